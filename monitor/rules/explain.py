"""Why a query holds for a text or not, in words: which term stands where, which one failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Span
from monitor.rules import engine, language
from monitor.rules.dialects import shown
from monitor.rules.engine import Document, Reading
from monitor.rules.language import And, Node, Not, Or, Query, Term

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

    >>> told = explain(language.parse("ICBM launch* -exercise"), Document(title="ICBM in Russia"))
    >>> print(*told.lines(), sep=chr(10))
    no: needs launch*, which is nowhere in title or summary
      met    ICBM: title 0-4 "ICBM"
      unmet  launch*: nowhere in title or summary
      met    -exercise: nowhere in title or summary
    """
    reading = Reading(document, bare=bare)
    matches = engine.holds(query.root, reading) is not False
    return Explanation(
        matches=matches,
        why=_why_yes(query, reading) if matches else _why_no(query.root, reading),
        spans=engine.spans(query.root, reading) if matches else (),
        terms=tuple(_report(term, reading, wanted=wanted) for term, wanted in language.terms(query.root)),
    )


def _line(report: TermReport) -> str:
    return f"  {'met  ' if report.met else 'unmet'}  {'' if report.wanted else '-'}{report.term}: {'; '.join(report.places)}"


def _report(term: Term, reading: Reading, *, wanted: bool) -> TermReport:
    places = _places(term, reading)
    found = True if places else engine.holds(term, reading)
    if found is None:
        places = (f"counts as met, a text alone has no {_or(term.fields)}",)
    elif not places:
        places = (f"nowhere in {_or(term.fields)}",)
    return TermReport(term=_written(term), wanted=wanted, found=found, places=places)


def _places(term: Term, reading: Reading) -> tuple[str, ...]:
    places = []
    for name, text, start, end in reading.found(term):
        if start == end:
            return (f"{name} (it may be empty)",)
        words = shown(" ".join(text.original[start:end].split()))
        places.append(f'{name} {start}-{end} "{words}"')
        if len(places) == _MOST:
            break
    return tuple(places)


def _written(term: Term) -> str:
    field = "" if term.fields == language.ANYWHERE else f"{term.fields[0]}:"
    return f"{field}{shown(term.text)}"


def _or(names: Sequence[str]) -> str:
    if len(names) > _MOST:
        return f"{', '.join(names[:_MOST])} or {len(names) - _MOST} more"
    return " or ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _why_yes(query: Query, reading: Reading) -> str:
    found, met = [], []
    for term, wanted in language.terms(query.root):
        if wanted and next(reading.found(term), None) is not None:
            found.append(f"{_written(term)} in {_where(term, reading)}")
        elif engine.holds(term, reading) is None:
            met.append(_written(term))
    told = [_and(found)] if found else []
    if met:
        told.append(f"{_and(met)} {'counts' if len(met) == 1 else 'count'} as met for a text alone")
    return "; ".join(told) or "nothing that it excludes is there"


def _and(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


def _where(term: Term, reading: Reading) -> str:
    return " and ".join(dict.fromkeys(name for name, *_ in reading.found(term)))


def _why_no(root: Node, reading: Reading) -> str:
    reasons = list(dict.fromkeys(_reasons(root, reading, wanted=True)))
    more = f"; and {len(reasons) - _MOST} more reasons" if len(reasons) > _MOST else ""
    return "; ".join(reasons[:_MOST]) + more


def _reasons(node: Node, reading: Reading, *, wanted: bool) -> Iterator[str]:
    """Yield why a tree is not what is wanted of it; nothing where it is."""
    if engine.holds(node, reading) is not (not wanted):
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


def _sides(parts: Sequence[Node], reading: Reading, *, wanted: bool) -> Iterator[str]:
    for part in parts[:_MOST]:
        if wanted:
            yield "; ".join(_reasons(part, reading, wanted=True))
        else:
            terms = [_written(term) for term, asked in language.terms(part) if asked]
            yield f"has {_or(terms)}" if terms else "lacks what it excludes"


def _missing(terms: Sequence[Term]) -> str:
    fields = tuple(dict.fromkeys(name for term in terms for name in term.fields))
    names = [_written(term) for term in terms]
    if len(terms) == 1:
        return f"needs {names[0]}, which is nowhere in {_or(fields)}"
    return f"needs {_or(names)}, none of which is in {_or(fields)}"


def _excluded(term: Term, reading: Reading) -> str:
    return f"excluded by {_written(term)}, which is in {_where(term, reading)}"
