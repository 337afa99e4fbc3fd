"""What names a source, a tag or a rule that is nowhere: a slip of the pen, which would keep silent for ever."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from monitor.config.reading.checks import Wrong, meant
from monitor.config.reading.table import Table
from monitor.config.text.secrets import quoted
from monitor.core.telling import matchers
from monitor.model import Inhibition, Matcher, Route, Rule, Source
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds
from monitor.rules.matching.reading import Reading
from monitor.rules.query import language
from monitor.rules.query.tree import Term, terms
from monitor.values import dataclass

_ASKS = re.compile("source:|tag:", re.IGNORECASE)
_MOST = 100_000  # names that are held against terms: beyond, starting would wait for it


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to be named."""

    sources: Sequence[str]
    tags: Sequence[str]
    rules: Sequence[str]

    @classmethod
    def of(cls, sources: Sequence[Source], rules: Sequence[Rule]) -> "Names":
        """Return the names of a configuration."""
        tags = dict.fromkeys(tag for source in sources for tag in source.tags)
        return cls([source.name for source in sources], [*tags], [rule.name for rule in rules])

    def lacking(self, matcher: Matcher) -> str:
        """Return what a matcher asks for that is nowhere, as a sentence; "" if it is there, or may be.

        >>> Names(["bbc"], ["local"], []).lacking(Matcher("source", "=", "bcb"))
        "source=bcb: no source is called so (did you mean 'bbc'?)"
        """
        there = {"source": self.sources, "tag": self.tags, "rule": self.rules}.get(matcher.label)
        if there is None or matchers.names(matcher, ("", *there)):
            return ""
        return _sentence(f"{matchers.text_of(matcher)}: ", matcher.label, matcher.value, there)


def check(
    top: Table,
    names: Names,
    rules: Sequence[Rule],
    routes: Sequence[Route],
    inhibitions: Sequence[Inhibition],
) -> None:
    """Warn of each query and each matcher that waits for a source, a tag or a rule that is nowhere."""
    for rule, at, told in _of_queries(names, rules):
        written = cast("Mapping[str, object]", top.values["rule"])[rule.name]
        path = ("query",) if isinstance(written, dict) else ()
        _part(top, "rule", rule.name).warn(Wrong(told, path=path, index=at))
    for route in routes:
        _warn(_part(top, "route", route.name), "matchers", route.matchers, names)
    for one in inhibitions:
        part = _part(top, "inhibit", one.name)
        _warn(part, "source_matchers", one.source, names)
        _warn(part, "target_matchers", one.target, names)


def _part(top: Table, table: str, name: str) -> Table:
    return Table(top.notes, (*top.keys, table, name), {}, f"{table} {quoted(name)}")


def _warn(part: Table, key: str, asked: Sequence[Matcher], names: Names) -> None:
    for number, matcher in enumerate(asked):
        if told := names.lacking(matcher):
            part.warn(Wrong(told), key, number)


def _of_queries(names: Names, rules: Sequence[Rule]) -> Iterator[tuple[Rule, int, str]]:
    """Yield the rules that ask for a source or a tag that is nowhere, where in the query, and what to say."""
    there: Mapping[str, Sequence[str]] = {"source": names.sources, "tag": names.tags}
    known: dict[tuple[str, str], str] = {}
    for rule in rules:
        if not _ASKS.search(rule.query):
            continue
        for term, _ in terms(language.parse(rule.query, rule.aliases).root):
            field = term.fields[0]
            if field not in there or len(known) * len(there[field]) > _MOST:
                continue
            key = (field, term.text)
            if key not in known:
                known[key] = _lacking(term, field, there[field])
            if known[key]:
                yield rule, max(rule.query.find(term.text), 0), known[key]


def _lacking(term: Term, field: str, there: Sequence[str]) -> str:
    documents = (Document(source=name) if field == "source" else Document(tags=(name,)) for name in there)
    if any(holds(term, Reading(document)) for document in documents):
        return ""
    return _sentence(f"{field}:{term.text}: ", field, term.text, there)


def _sentence(asked: str, label: str, name: str, there: Sequence[str]) -> str:
    """Return what is lacking; an item may bring a tag of its own, so only one that is nearly a source's is told of."""
    hint = meant(name, there)
    if label == "tag":
        return f"{asked}no source has this tag{hint}" if hint else ""
    return f"{asked}no {label} is called so{hint}"
