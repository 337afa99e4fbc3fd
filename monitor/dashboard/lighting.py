"""Rows of the wire as a store has them, lit where a rule holds or rang."""

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace

from monitor.dashboard import questions
from monitor.dashboard.questions import Placed
from monitor.dashboard.view import WireRow, joined, loudest
from monitor.model import Alert, Item, Match, Rule, Span
from monitor.rules.engine import Document, Engine

SUMMARY = 400  # characters of a summary that a row keeps: it is shown where there is no title


class Lighting:
    """Reads rows and lights them by `rules`; without rules an item is lit where it rang."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        """Compile rules; the first that cannot be read raises its QueryError."""
        self.rules = tuple(rules)
        self._engine = Engine(rules) if rules else None

    def rows(self, connection: sqlite3.Connection, seqs: Collection[int]) -> dict[int, WireRow]:
        """Return the rows of the items with these `seq`s that are still stored: a question to a store."""
        return {placed.item.seq: self.row(placed) for placed in questions.placed(connection, seqs)}

    def matches(self, item: Item) -> tuple[Match, ...]:
        """Return which rules hold for an item."""
        return self._engine.match(Document.of(item)) if self._engine else ()

    def row(self, placed: Placed) -> WireRow:
        """Return a row, lit as the loudest of what holds for it and of what rang."""
        item, matches = placed.item, self.matches(placed.item)
        severities = [match.rule.severity for match in matches] + [alert.severity for alert in placed.rang]
        spans = [match.spans for match in matches] + [_still(alert, item) for alert in placed.rang]
        return WireRow(
            item=replace(item, summary=item.summary[:SUMMARY]),
            at=placed.at,
            severity=loudest(severities),
            spans=joined(spans),
            was=placed.was if placed.was != item.title else "",
            others=placed.others,
        )


def _still(alert: Alert, item: Item) -> tuple[Span, ...]:
    """Return the spans of an alert where they still fit the text."""
    then = alert.item
    same = then is not None and (then.title, then.summary) == (item.title, item.summary)
    return alert.spans if same else ()
