"""Why a query holds for a text or not, in words: which term stands where, which one failed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.model import Span
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds, places, spans
from monitor.rules.matching.reading import Reading
from monitor.rules.query.dialects import shown
from monitor.rules.query.tree import (
    ANYWHERE,
    And,
    AtLeast,
    Dated,
    First,
    Mark,
    Near,
    Node,
    Not,
    Often,
    Or,
    Query,
    Term,
    terms,
    walk,
)
from monitor.values import dataclass

Leaf = Term | Dated | Mark | Near | First | Often | AtLeast  # what is met or not, and told so
_MOST = 6  # terms told in a sentence; a query may have thousands


@dataclass(frozen=True, slots=True, kw_only=True)
class TermReport:
    """What became of one term."""

    term: str  # as written, with its field: 'title:"dirty bomb"'
    wanted: bool  # False: a NOT stands before it
    found: bool | None  # None: a bare text lacks its field, so it counts as met
    places: tuple[str, ...] = ()  # 'title 4-8 "ICBM"', the first ones

    @property
    def met(self) -> bool:
        """Tell whether the term is as it is wanted."""
        return self.found is None or self.found is self.wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A verdict with its reasons."""

    matches: bool
    why: str  # one sentence
    spans: tuple[Span, ...]  # what made it match; empty where it does not
    terms: tuple[TermReport, ...]  # in the order written

    def lines(self) -> tuple[str, ...]:
        """Return the verdict and a line for each term, for a person."""
        return (f"{'yes' if self.matches else 'no'}: {self.why}", *(_line(term) for term in self.terms))


def explain(query: Query, document: Document, bare: bool = False) -> Explanation:
    """Say whether a query holds for a document, and why; `bare` as in `Engine.match`.

    >>> from monitor.rules.query.language import parse
    >>> told = explain(parse("ICBM launch* -exercise"), Document(title="ICBM in Russia"))
    >>> print(*told.lines(), sep=chr(10))
    no: needs launch*, which is nowhere in title or summary
      met    ICBM: title 0-4 "ICBM"
      unmet  launch*: nowhere in title or summary
      met    -exercise: nowhere in title or summary
    """
    reading = Reading(document, bare=bare)
    matches = holds(query.root, reading) is not False
    return Explanation(
        matches=matches,
        why=_why_yes(query, reading) if matches else _why_no(query.root, reading),
        spans=spans(query.root, reading) if matches else (),
        terms=tuple(
            _report(node, reading, wanted=wanted)
            for node, wanted in walk(query.root)
            if not isinstance(node, And | Or | Not)
        ),
    )


def _line(report: TermReport) -> str:
    return f"  {'met  ' if report.met else 'unmet'}  {'' if report.wanted else '-'}{report.term}: {'; '.join(report.places)}"


def _report(node: Leaf, reading: Reading, *, wanted: bool) -> TermReport:
    found = holds(node, reading)
    return TermReport(
        term=_written(node), wanted=wanted, found=found, places=tuple(_told(node, reading, found))
    )


def _told(node: Leaf, reading: Reading, found: bool | None) -> Iterator[str]:
    """Yield what there is to say of one condition: where it is met, or how it is not."""
    match node:
        case _ if found is None:
            fields = dict.fromkeys(name for term, _ in terms(node) for name in term.fields)
            yield f"counts as met, {_lacking([*fields], reading)}"
        case Term() if not found:
            yield f"nowhere in {_or(node.fields)}"
        case Term():
            yield from _places(node, reading)
        case Dated():
            earliest, latest = reading.document.published or (None, None)
            yield f"published {_instant(earliest)}" + (
                f" to {_instant(latest)}" if latest != earliest else ""
            )
        case Mark(value=value):
            yield "every item counts as such" if value else "no item counts as such"
        case AtLeast(parts=parts):
            yield f"{sum(holds(part, reading) is True for part in parts)} of {len(parts)} hold"
        case Often(part=part):
            yield f"{len(places(part, reading))} times"
        case _ if found:
            yield from (
                _place(place.field, place.hits, reading, place.number)
                for place in places(node, reading)[:_MOST]
            )
        case _:
            yield "not so in any text"


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"


def _lacking(fields: Sequence[str], reading: Reading) -> str:
    if not fields:
        return "a text alone has no date"
    if "lang" in fields and not reading.language:
        return "its language does not show"
    return f"a text alone has no {_or(fields)}"


def _places(term: Term, reading: Reading) -> Iterator[str]:
    for told, (name, number, text, start, end) in enumerate(reading.found(term)):
        if start == end:
            yield f"{name} (it may be empty)"
            return
        if told == _MOST:
            return
        yield _place(name, (text.span(start, end),), reading, number)


def _place(name: str, hits: Sequence[tuple[int, int]], reading: Reading, number: int) -> str:
    start, end = min(hit[0] for hit in hits), max(hit[1] for hit in hits)
    words = shown(" ".join(reading.texts(name)[number].original[start:end].split()))
    return f'{name} {start}-{end} "{words}"'


def _written(node: Leaf) -> str:
    field = f"{node.fields[0]}:" if isinstance(node, Term) and node.fields != ANYWHERE else ""
    return f"{field}{shown(node.text)}"


def _or(names: Sequence[str]) -> str:
    if len(names) > _MOST:
        return f"{', '.join(names[:_MOST])} or {len(names) - _MOST} more"
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _why_yes(query: Query, reading: Reading) -> str:
    found, met = [], []
    for node, wanted in walk(query.root):
        if isinstance(node, Term):
            if wanted and reading.has(node):
                found.append(f"{_written(node)} in {_where(node, reading)}")
            elif holds(node, reading) is None:
                met.append(_written(node))
        elif isinstance(node, Dated | Mark) and wanted:
            (met if holds(node, reading) is None else found).append(_written(node))
    told = [_and(found)] if found else []
    if met:
        told.append(f"{_and(met)} {'counts' if len(met) == 1 else 'count'} as met for a text alone")
    return "; ".join(told) or "nothing that it excludes is there"


def _and(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _where(term: Term, reading: Reading) -> str:
    return " and ".join(dict.fromkeys(name for name, *_ in reading.found(term))) or _or(term.fields)


def _why_no(root: Node, reading: Reading) -> str:
    reasons = list(dict.fromkeys(_reasons(root, reading, wanted=True)))
    more = f"; and {len(reasons) - _MOST} more reasons" if len(reasons) > _MOST else ""
    return "; ".join(reasons[:_MOST]) + more


def _reasons(node: Node, reading: Reading, *, wanted: bool) -> Iterator[str]:
    """Yield why a tree is not what is wanted of it; nothing where it is."""
    if holds(node, reading) is not (not wanted):
        return
    match node:
        case Term():
            yield _missing([node]) if wanted else _excluded(node, reading)
        case Not(part=part):
            yield from _reasons(part, reading, wanted=not wanted)
        case Or(parts=parts) if wanted and all(isinstance(part, Term) for part in parts):
            yield _missing([part for part in parts if isinstance(part, Term)])
        case Or(parts=parts) if wanted:
            yield f"no side of its OR holds: {' / '.join(_sides(parts, reading, wanted=wanted))}"
        case And(parts=parts) if not wanted:
            yield f"excludes a text that {' and '.join(_sides(parts, reading, wanted=wanted))}"
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _reasons(part, reading, wanted=wanted)
        case _:
            told = "; ".join(_told(node, reading, not wanted))
            yield f"needs {_written(node)}: {told}" if wanted else f"excluded by {_written(node)}: {told}"


def _sides(parts: Sequence[Node], reading: Reading, *, wanted: bool) -> Iterator[str]:
    for part in parts[:_MOST]:
        if wanted:
            yield "; ".join(_reasons(part, reading, wanted=True))
        else:
            named = [_written(term) for term, asked in terms(part) if asked]
            yield f"has {_or(named)}" if named else "lacks what it excludes"


def _missing(terms: Sequence[Term]) -> str:
    fields = tuple(dict.fromkeys(name for term in terms for name in term.fields))
    names = [_written(term) for term in terms]
    if len(terms) == 1:
        return f"needs {names[0]}, which is nowhere in {_or(fields)}"
    return f"needs {_or(names)}, none of which is in {_or(fields)}"


def _excluded(term: Term, reading: Reading) -> str:
    return f"excluded by {_written(term)}, which is in {_where(term, reading)}"
