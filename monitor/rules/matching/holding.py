"""Whether a tree holds for a document, and where: the words that make it hold."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter

from monitor.model import Span
from monitor.rules.matching.document import FIELDS, NUMBERS
from monitor.rules.matching.reading import MAX_MARKS, MAX_PLACES, Place, Reading
from monitor.rules.matching.sighting import Stand
from monitor.rules.query.tree import And, AtLeast, Dated, First, Mark, Near, Node, Not, Often, Or, Term, terms
from monitor.rules.words.text import Text

MAX_SPANS = 100  # of one match; the first ones
_WHERE = attrgetter("first", "last")


def holds(node: Node, reading: Reading) -> bool | None:
    """Tell whether a tree holds for a document; None where that rests on what it lacks.

    Three-valued as Kleene's logic is, so that neither `tag:x` nor `-tag:x` ever fails a bare text.
    """
    if isinstance(node, Term):
        if reading.has(node):
            return True
        return None if any(map(reading.lacks, node.fields)) else False
    match node:
        case And(parts=parts):
            return _fold(parts, reading, decisive=False)
        case Or(parts=parts):
            return _fold(parts, reading, decisive=True)
        case Not(part=part):
            value = holds(part, reading)
            return None if value is None else not value
        case AtLeast(count=count, parts=parts):
            return _at_least(count, parts, reading)
        case Dated(period=period):
            published, now = reading.document.published, reading.document.now
            return None if published is None or now is None else period.holds(*published, now)
        case Mark(value=value):
            return value
        case _:
            return _stands(node, reading)


def _fold(parts: Iterable[Node], reading: Reading, *, decisive: bool) -> bool | None:
    unknown = False
    for part in parts:
        value = holds(part, reading)
        if value is decisive:
            return decisive
        unknown = unknown or value is None
    return None if unknown else not decisive


def _at_least(count: int, parts: Sequence[Node], reading: Reading) -> bool | None:
    values = [holds(part, reading) for part in parts]
    if sum(value is True for value in values) >= count:
        return True
    return None if sum(value is not False for value in values) >= count else False


def _stands(node: Near | First | Often, reading: Reading) -> bool | None:
    if next(iter(_placed(node, reading)), None) is not None:
        return True
    asked = [term for term, _ in terms(node)]
    return None if any(reading.lacks(name) for term in asked for name in term.fields) else False


# -- where ------------------------------------------------------------------------------------


def places(node: Node, reading: Reading) -> list[Place]:
    """Return where a tree without AND and NOT stands, text by text, left to right; at most `MAX_PLACES`."""
    match node:
        case Term():
            return reading.places(node)
        case Or(parts=parts):
            return sorted({place for part in parts for place in places(part, reading)})[:MAX_PLACES]
        case Near() | First() | Often():
            return reading.kept(id(node), lambda: _placed(node, reading))
        case _:
            return []


def _placed(node: Near | First | Often, reading: Reading) -> Iterable[Place]:
    match node:
        case First(part=part, count=count):
            return [place for place in places(part, reading) if place.first < count]
        case Often(part=part, count=count):
            found = places(part, reading)
            return found if len(found) >= count else []
        case Near(parts=parts):
            return _near(node, [places(part, reading) for part in parts], reading)


def _near(node: Near, found: list[list[Place]], reading: Reading) -> Iterator[Place]:
    if not all(found):
        return
    by_text: dict[int, dict[tuple[str, int], list[Place]]] = {}  # of each list once: equal parts share theirs
    for part in found:
        if id(part) not in by_text:
            by_text[id(part)] = _by_text(part)
    for where in sorted(set.intersection(*(set(texts) for texts in by_text.values()))):
        rows = [by_text[id(part)][where] for part in found]
        text = _text(reading, *where)
        if node.sentence:
            yield from _in_one_sentence(rows, text)
        elif node.distance is None:
            yield _together([row[0] for row in rows])
        elif len(rows) == 2:
            yield from _in_order(rows[0], rows[1], node.distance)
            if not node.ordered:
                yield from _in_order(rows[1], rows[0], node.distance)
        else:
            yield from _in_window(node.parts, rows, node.distance)


def _by_text(places: Iterable[Place]) -> dict[tuple[str, int], list[Place]]:
    texts: dict[tuple[str, int], list[Place]] = {}
    for place in places:
        texts.setdefault((place.field, place.number), []).append(place)
    return texts


def _text(reading: Reading, name: str, number: int) -> Text:
    return reading.texts(name)[number]


def _in_order(left: list[Place], right: list[Place], distance: int) -> Iterator[Place]:
    """Yield each place of `left` with the next of `right` after it, where that is near enough."""
    right = sorted(right, key=lambda place: place.first)
    begins = [place.first for place in right]
    for one in left:
        at = bisect_right(begins, one.last)
        if at < len(right) and begins[at] - one.last <= distance:
            yield _together([one, right[at]])


def _in_window(parts: Sequence[Node], rows: list[list[Place]], distance: int) -> Iterator[Place]:
    """Yield windows that begin with a place and hold one of each part; equal parts want a place each."""
    asked: dict[object, tuple[list[Place], int]] = {}
    for part, row in zip(parts, rows, strict=True):
        key = (part.pattern, part.fields) if isinstance(part, Term) else part
        known = asked.get(key)
        asked[key] = (known[0], known[1] + 1) if known else (sorted(row, key=_WHERE), 1)
    ordered = [*asked.values()]
    begins = [[place.first for place in row] for row, _ in ordered]
    for opening in sorted((place for row, _ in ordered for place in row), key=_WHERE):
        chosen: list[Place] = []
        for (row, count), firsts in zip(ordered, begins, strict=True):
            low = bisect_right(firsts, opening.first - 1)
            inside = row[low : bisect_right(firsts, opening.last + distance)]
            if len(inside) < count:
                break
            chosen += inside[:count]
        else:
            yield _together(chosen)


def _in_one_sentence(rows: list[list[Place]], text: Text) -> Iterator[Place]:
    sentences = text.sentences
    by_sentence: list[dict[int, Place]] = []
    for row in rows:
        by_sentence.append({})
        for place in row:
            by_sentence[-1].setdefault(bisect_right(sentences, place.first), place)
    for number in sorted(set.intersection(*(set(row) for row in by_sentence))):
        yield _together([row[number] for row in by_sentence])


def _together(found: Sequence[Place]) -> Place:
    return Place(
        found[0].field,
        found[0].number,
        min([place.first for place in found]),
        max([place.last for place in found]),
        tuple(dict.fromkeys([hit for place in found for hit in place.hits])),
    )


# -- what is marked ---------------------------------------------------------------------------


def spans(node: Node, reading: Reading) -> tuple[Span, ...]:
    """Return where the terms stand that make a tree hold: sorted by field, overlaps joined."""
    marked: list[Stand] = []
    _mark(node, reading, marked, wanted=True)
    return joined(marked)


def joined(marked: list[Stand]) -> tuple[Span, ...]:
    """Return places in texts as spans: sorted by field, overlaps joined."""
    if len(marked) == 1:
        return (_span(*marked[0]),)
    found: list[Stand] = []
    for stand in sorted(set(marked)):
        last = found[-1] if found else None
        if last and last[0] == stand[0] and stand[1] < last[2]:
            found[-1] = (last[0], last[1], max(stand[2], last[2]))
        elif len(found) < MAX_SPANS:
            found.append(stand)
        else:
            break
    return tuple([_span(*stand) for stand in found])


def _span(number: int, start: int, end: int) -> Span:
    return Span(field=FIELDS[number], start=start, end=end)  # type: ignore[arg-type]  # one of FIELDS


def _mark(node: Node, reading: Reading, marked: list[Stand], *, wanted: bool) -> None:
    """Add the places of all terms that help a tree to be what is wanted of it."""
    if isinstance(node, Term):
        if wanted:
            marked += reading.marks(node)
        return
    match node:
        case And(parts=parts) | Or(parts=parts) | AtLeast(parts=parts):
            for part in parts:
                if isinstance(part, Term) or holds(part, reading) is not (
                    not wanted
                ):  # a term says where itself
                    _mark(part, reading, marked, wanted=wanted)
        case Not(part=part):
            _mark(part, reading, marked, wanted=not wanted)
        case Near() | First() | Often() if wanted:
            for place in islice(_placed(node, reading), MAX_MARKS):
                if place.field in NUMBERS:
                    marked.extend((NUMBERS[place.field], *hit) for hit in place.hits)
        case _:
            return
