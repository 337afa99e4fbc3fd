"""What a rule would have done with the items that are stored: how often it matched, and rang."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.core.alerts import backtest
from monitor.core.plurals import count, spell
from monitor.model import Item, Rule, Span
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds, spans
from monitor.rules.matching.reading import Reading
from monitor.rules.query.language import parse
from monitor.rules.query.tree import Query
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.items import search
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a rule would have done between two instants."""

    rule: Rule
    since: datetime
    until: datetime
    of: int  # items that came meanwhile
    matched: tuple[Item, ...]  # of them

    @property
    def stories(self) -> int:
        """Return how many stories the matches tell."""
        return len({item.story or item.id for item in self.matched})

    @property
    def rings(self) -> int:
        """Return how often it would have rung for a match."""
        return len(backtest.rung(self.rule, self.matched, since=self.since))

    def sentence(self) -> str:
        """Return it as a person reads it."""
        days, stories = (self.until - self.since) / timedelta(days=1), count(self.stories, "story", "stories")
        matched = f"{len(self.matched)} of {self.of:,} items in {days:g} days"
        if self.rule.absent:
            return f"{matched}, {stories}; it rings for none of them, but where none comes for {spell(self.rule.absent)}"
        rings = self.rings
        rate = f"{rings / days if days else 0.0:.1f} alerts a day"
        if held := backtest.holding_back(self.rule):
            return f"{matched}, {stories}; with {held} it rings {count(rings, 'time')}: {rate}"
        return f"{matched}: {rate}, {stories}"


def judged(
    store: sqlite3.Connection, query: Query, *, since: datetime
) -> Iterator[tuple[Item, tuple[Span, ...]]]:
    """Yield the items since then that a query matches, newest first, and the words that made them match.

    Each as a rule judged it: its age is that of when it was first seen, and it had not rung.
    """
    for item in search.candidates(store, query, since=since):
        seen = Reading(Document.of(item))
        if holds(query.root, seen) is not False:
            yield item, spans(query.root, seen)


def past(store: sqlite3.Connection, rule: Rule, now: datetime, *, since: datetime) -> Past:
    """Return what a rule would have done since then."""
    matched = tuple(item for item, _ in judged(store, parse(rule.query, rule.aliases), since=since))
    return Past(rule=rule, since=since, until=now, of=reading.count_since(store, since), matched=matched)
