"""The wire as a store has it: its rows, lit where a rule holds or rang."""

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core.telling.render import instant, item_json, span_json
from monitor.model import JSON, Alert, Item, Match, Severity, Span
from monitor.store.sqlite.asked import wire
from monitor.store.sqlite.asked.wire import Placed
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.model import Rule
    from monitor.rules.engine import Engine
    from monitor.rules.query.aliases import Aliases

SUMMARY = 400  # characters of a summary that a row keeps: it is shown where there is no title


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRow:
    """An item on the wire, lit where a rule holds for it."""

    item: Item  # without the end of a long summary
    at: datetime  # as published if it stood in its source's first body, else when it was first seen
    severity: Severity | None = None  # of the loudest rule that holds; None: no rule does
    spans: tuple[Span, ...] = ()
    was: str = ""  # the title before its last edit, "" where that left it alone
    others: int = 0  # further publishers that tell the story
    edited: bool = False  # news only: the item was there, its text is new


class Lighting:
    """Reads rows and lights them by `rules`; without rules an item is lit where it rang.

    `aliases` are those of the same configuration, for the queries that people type.
    """

    def __init__(self, rules: "Sequence[Rule]" = (), aliases: "Aliases | None" = None) -> None:
        """Compile rules; the first that cannot be read raises its QueryError."""
        self.rules = tuple(rules)
        self.aliases: Aliases = aliases or {}
        self._engine = _engine(self.rules) if rules else None

    def rows(self, connection: sqlite3.Connection, seqs: Collection[int]) -> dict[int, WireRow]:
        """Return the rows of the items with these `seq`s that are still stored: a question to a store."""
        return {placed.item.seq: self.row(placed) for placed in wire.placed(connection, seqs)}

    def matches(self, item: Item) -> tuple[Match, ...]:
        """Return which rules hold for an item."""
        if self._engine is None:
            return ()
        from monitor.rules.matching.document import Document

        return self._engine.match(Document.of(item))

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


def _engine(rules: "Sequence[Rule]") -> "Engine":
    from monitor.rules.engine import Engine  # a wire without rules is there sooner

    return Engine(rules)


def _still(alert: Alert, item: Item) -> tuple[Span, ...]:
    """Return the spans of an alert where they still fit the text."""
    then = alert.item
    same = then is not None and (then.title, then.summary) == (item.title, item.summary)
    return alert.spans if same else ()


def loudest(severities: Iterable[Severity]) -> Severity | None:
    """Return the loudest, None of none.

    >>> loudest([Severity.INFO, Severity.CRITICAL, Severity.WARNING])
    <Severity.CRITICAL: 'critical'>
    """
    return max(severities, key=lambda it: it.loudness, default=None)


def joined(groups: Iterable[Iterable[Span]]) -> tuple[Span, ...]:
    """Return all spans, each once, in order."""
    return tuple(sorted({span for spans in groups for span in spans}, key=_place))


def _place(span: Span) -> tuple[str, int, int]:
    return span.field, span.start, span.end


def wire_json(row: WireRow) -> dict[str, JSON]:
    """Return a row as the API gives it: the item, and how it stands on the wire."""
    return {
        **item_json(row.item),
        "at": instant(row.at),
        "severity": str(row.severity) if row.severity else None,
        "spans": [span_json(span) for span in row.spans],
        "was": row.was or None,
        "others": row.others,
    }
