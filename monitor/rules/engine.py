"""Many rules against one text: compiled once, each text read once, few rules looked at closely.

A rule names words without which it cannot hold. A text looks its own words up among these, and only
the rules found so are evaluated; those that name none (a NOT alone, a regular expression) always are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Item, Match, Rule, Span
from monitor.rules import language, phrase
from monitor.rules.language import And, Node, Not, Or, Query, Term
from monitor.rules.text import Text

MAX_SPANS = 100  # of one match; the first ones
FIELDS = ("title", "summary", "source", "tag", "author", "url")
_LACKING = frozenset(("source", "tag", "author", "url"))  # what a bare text has not


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What rules look at."""

    title: str = ""
    summary: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    url: str = ""

    @classmethod
    def of(cls, item: Item) -> "Document":
        """Return what rules see of an item."""
        return cls(
            title=item.title,
            summary=item.summary,
            source=item.source,
            tags=item.tags,
            author=item.author,
            url=item.url,
        )


class Reading:
    """A document, folded and cut into words once for all rules.

    `bare` is a text alone, as in a rule's tests: a term on a field it lacks is neither found nor
    missing, and the title stands in for a summary.
    """

    def __init__(self, document: Document, *, bare: bool = False) -> None:
        self._texts: dict[str, tuple[Text, ...]] = {
            "title": _read(document.title),
            "summary": _read(document.summary),
            "source": _read(document.source),
            "tag": tuple(Text(tag) for tag in document.tags if tag),
            "author": _read(document.author),
            "url": _read(document.url),
        }
        self.bare = bare

    def lacks(self, name: str) -> bool:
        """Tell whether this is a bare text and `name` a field that it cannot have."""
        return self.bare and name in _LACKING and not self._texts[name]

    def found(self, term: Term) -> Iterator[tuple[str, Text, int, int]]:
        """Yield field, text and original offsets of every place where a term stands."""
        alone = self.bare and term.fields == ("summary",) and not self._texts["summary"]
        for name in ("title",) if alone else term.fields:
            for text in self._texts[name]:
                for start, end in term.pattern.find(text):
                    yield (name, text, *(text.span(start, end) if start < end else (0, 0)))

    def keys(self) -> set[str]:
        """Return all words of the document, as rules name them."""
        return {key for texts in self._texts.values() for text in texts for key in phrase.keys(text)}


def _read(text: str) -> tuple[Text, ...]:
    return (Text(text),) if text else ()


def holds(node: Node, reading: Reading) -> bool | None:
    """Tell whether a tree holds for a document; None where that rests on fields a bare text lacks.

    Three-valued as Kleene's logic is, so that neither `tag:x` nor `-tag:x` ever fails a bare text.
    """
    match node:
        case Term():
            if next(reading.found(node), None) is not None:
                return True
            return None if any(reading.lacks(name) for name in node.fields) else False
        case Not(part=part):
            value = holds(part, reading)
            return None if value is None else not value
        case And(parts=parts):
            return _fold(parts, reading, decisive=False)
        case Or(parts=parts):
            return _fold(parts, reading, decisive=True)


def _fold(parts: Iterable[Node], reading: Reading, *, decisive: bool) -> bool | None:
    unknown = False
    for part in parts:
        value = holds(part, reading)
        if value is decisive:
            return decisive
        unknown = unknown or value is None
    return None if unknown else not decisive


def spans(node: Node, reading: Reading) -> tuple[Span, ...]:
    """Return where the terms stand that make a tree hold: sorted by field, overlaps joined."""
    places = {(name, start, end) for name, start, end in _places(node, reading, wanted=True) if start < end}
    joined: list[Span] = []
    for name, start, end in sorted(places, key=lambda place: (FIELDS.index(place[0]), *place[1:])):
        last = joined[-1] if joined else None
        if last and last.field == name and start < last.end:
            joined[-1] = _span(name, last.start, max(end, last.end))
        else:
            joined.append(_span(name, start, end))
    return tuple(joined[:MAX_SPANS])


def _span(name: str, start: int, end: int) -> Span:
    return Span(field=name, start=start, end=end)  # type: ignore[arg-type]  # one of FIELDS


def _places(node: Node, reading: Reading, *, wanted: bool) -> Iterator[tuple[str, int, int]]:
    """Yield the places of all terms that help a tree to be what is wanted of it."""
    match node:
        case Term():
            if wanted:
                for name, _, start, end in reading.found(node):
                    yield name, start, end
        case Not(part=part):
            yield from _places(part, reading, wanted=not wanted)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                if holds(part, reading) is not (not wanted):
                    yield from _places(part, reading, wanted=wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    rule: Rule
    query: Query


class _Index:
    """Which rules a text's words call up."""

    def __init__(self, needed: Iterable[frozenset[str] | None]) -> None:
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_prefix: dict[str, list[int]] = {}
        for number, keys in enumerate(needed):
            if keys is None:
                self._always.append(number)
            for key in keys or ():
                prefix = key.removesuffix("*")
                index = self._by_word if prefix == key else self._by_prefix
                index.setdefault(prefix, []).append(number)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def candidates(self, keys: set[str]) -> list[int]:
        """Return the rules to look at for a text with these words, in order."""
        found = set(self._always)
        for key in keys:
            found.update(self._by_word.get(key, ()))
            for length in self._lengths:
                if length > len(key):
                    break
                found.update(self._by_prefix.get(key[:length], ()))
        return sorted(found)


def _needed(node: Node) -> frozenset[str] | None:
    """Return keys of which every text has one where the tree holds; None if there are none such."""
    match node:
        case Term(pattern=pattern):
            key = pattern.key()
            return None if key is None else frozenset((key,))
        case Not():
            return None
        case And(parts=parts):
            choices = [keys for keys in map(_needed, parts) if keys is not None]
            return min(choices, key=lambda keys: (len(keys), -min(map(len, keys))), default=None)
        case Or(parts=parts):
            every = [_needed(part) for part in parts]
            known = [keys for keys in every if keys is not None]
            return frozenset().union(*known) if len(known) == len(every) else None


class Engine:
    """Rules, compiled.

    >>> engine = Engine([Rule(name="kyiv", query="Kyiv -weather")])
    >>> [match.spans for match in engine.match(Document(title="Blast in Kyiv"))]
    [(Span(field='title', start=9, end=13),)]
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Compile rules; the first that cannot be read raises its QueryError."""
        self._compiled = tuple(_Compiled(rule=rule, query=language.parse(rule.query)) for rule in rules)
        self._index = _Index(_needed(compiled.query.root) for compiled in self._compiled)

    def match(self, document: Document, bare: bool = False) -> tuple[Match, ...]:
        """Return a match for each rule that holds, in the order of the rules.

        With `bare`, terms on fields that a text alone lacks count as met.
        """
        reading = Reading(document, bare=bare)
        candidates = range(len(self._compiled)) if bare else self._index.candidates(reading.keys())
        matches = []
        for number in candidates:
            compiled = self._compiled[number]
            if holds(compiled.query.root, reading) is not False:
                matches.append(Match(rule=compiled.rule, spans=spans(compiled.query.root, reading)))
        return tuple(matches)
