"""Many rules against one text: compiled once, each text read once, few rules looked at closely."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from monitor.model import Match, Rule
from monitor.rules.matching.automaton import Automaton
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds, joined, spans
from monitor.rules.matching.reading import Reading
from monitor.rules.query import language


@contextmanager
def _without_collector() -> Iterator[None]:
    """Keep the collector of cycles from walking trees, which have none, over and over: it takes half the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Engine:
    """Rules, compiled.

    >>> engine = Engine([Rule(name="kyiv", query="Kyiv -weather")])
    >>> [match.spans for match in engine.match(Document(title="Blast in Kyiv"))]
    [(Span(field='title', start=9, end=13),)]
    """

    def __init__(self, rules: Sequence[Rule], sample: Sequence[Document] = ()) -> None:
        """Compile rules; the first that cannot be read raises its QueryError.

        From a `sample` of what there is to read they learn which words are rare, and are quicker by it.
        """
        self._rules = tuple(rules)
        with _without_collector():
            self._roots = tuple(query.root for query in language.parse_all(rules))
            self._automaton = Automaton(self._roots, sample)
            self._sought = tuple(map(self._automaton.sought, self._roots))

    def match(self, document: Document, bare: bool = False) -> tuple[Match, ...]:
        """Return a match for each rule that holds, in the order of the rules.

        With `bare`, terms on fields that a text alone lacks count as met.
        """
        candidates, sighting = (
            (range(len(self._roots)), None) if bare else self._automaton.candidates(document)
        )
        if not candidates:
            return ()
        reading: Reading | None = None
        matches: list[Match] = []
        for number in candidates:
            if sighting is not None and (sought := self._sought[number]):
                if stands := sighting.all(sought):
                    matches.append(Match(rule=self._rules[number], spans=joined(stands)))
                continue
            reading = reading or Reading(document, bare=bare, sighting=sighting)
            root = self._roots[number]
            if holds(root, reading) is not False:
                matches.append(Match(rule=self._rules[number], spans=spans(root, reading)))
        return tuple(matches)

    def holding(self, document: Document) -> tuple[Rule, ...]:
        """Return the rules that hold, in their order: those of `match`, where nobody asks for the places.

        >>> [rule.name for rule in Engine([Rule(name="kyiv", query="Kyiv")]).holding(Document(title="Blast in Kyiv"))]
        ['kyiv']
        """
        candidates, sighting = self._automaton.candidates(document)
        if not candidates:
            return ()
        reading: Reading | None = None
        rules: list[Rule] = []
        for number in candidates:
            if sighting is not None and (sought := self._sought[number]):
                if sighting.has(sought):
                    rules.append(self._rules[number])
                continue
            reading = reading or Reading(document, sighting=sighting)
            if holds(self._roots[number], reading) is not False:
                rules.append(self._rules[number])
        return tuple(rules)
