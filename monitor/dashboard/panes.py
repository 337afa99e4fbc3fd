"""The newest of the wire and of the alerts, kept in order and lit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.dashboard.view import WireRow, joined, loudest
from monitor.model import Alert, Item, Span
from monitor.rules.engine import Document, Engine
from monitor.store import StreamRow

WIRE = 300  # items kept; the tallest screen shows fewer
ALERTS = 200  # alerts kept


class Panes:
    """What the panes hold. `wire` and `alerts` are newest first."""

    def __init__(self, engine: Engine | None) -> None:
        self._engine = engine
        self.wire: tuple[WireRow, ...] = ()
        self.alerts: tuple[Alert, ...] = ()
        self.unseen: set[str] = set()

    def fill(
        self,
        items: Iterable[Item],
        alerts: Sequence[Alert],
        unseen: Iterable[str],
        baselines: Mapping[str, datetime],
    ) -> None:
        """Begin with what a store holds; `alerts` are newest first."""
        self.alerts = tuple(alerts)
        self.unseen = set(unseen)
        self.wire = newest([self._lit(_placed(item, baselines)) for item in items])

    def take(
        self, rows: Sequence[StreamRow], baselines: Mapping[str, datetime]
    ) -> tuple[WireRow | Alert, ...]:
        """Add what was committed and return it as it is shown; what is gone from the store is skipped."""
        alerts = {row.alert.id: row.alert for row in rows if row.alert}
        known = {alert.id for alert in self.alerts}
        fresh = [alert for alert in alerts.values() if alert.id not in known]
        self.alerts = (*reversed(fresh), *self.alerts)[:ALERTS]
        self.unseen |= alerts.keys()

        items = {row.item.id: self._lit(_placed(row.item, baselines)) for row in rows if row.item}
        rung = {alert.item.id for alert in fresh if alert.item}
        old = [
            self._lit(row) if row.item.id in rung else row for row in self.wire if row.item.id not in items
        ]
        self.wire = newest([*old, *items.values()])
        return tuple(_news(rows, items))

    def _lit(self, row: WireRow) -> WireRow:
        """Light an item where a rule holds for it or rang for it."""
        matches = self._engine.match(Document.of(row.item)) if self._engine else ()
        rang = [alert for alert in self.alerts if alert.item and alert.item.id == row.item.id]
        severity = loudest([match.rule.severity for match in matches] + [alert.severity for alert in rang])
        spans = joined([match.spans for match in matches] + [_still(alert, row.item) for alert in rang])
        return replace(row, severity=severity, spans=spans)


def _still(alert: Alert, item: Item) -> tuple[Span, ...]:
    """Return the spans of an alert where they still fit the text."""
    then = alert.item
    same = then is not None and (then.title, then.summary) == (item.title, item.summary)
    return alert.spans if same else ()


def _placed(item: Item, baselines: Mapping[str, datetime]) -> WireRow:
    """Return an item at its place on the wire.

    What stood in the first body was no news when we came, and is dated as published, never later than
    it was seen; the rest is dated when it was seen, so that what comes in late comes in on top.
    """
    seen = item.first_seen_at
    baseline = baselines.get(item.source) == seen
    dated = baseline and item.published.origin != "first-seen" and item.published.sure
    return WireRow(item=item, at=min(item.published.latest, seen) if dated else seen, baseline=baseline)


def newest(rows: Iterable[WireRow]) -> tuple[WireRow, ...]:
    """Return the newest rows, newest first."""
    return tuple(sorted(rows, key=lambda row: (row.at, row.item.seq), reverse=True)[:WIRE])


def _news(rows: Sequence[StreamRow], items: Mapping[str, WireRow]) -> Iterable[WireRow | Alert]:
    for row in rows:
        if row.alert:
            yield row.alert
        elif row.item:
            yield replace(items[row.item.id], edited=row.kind == "revision")
