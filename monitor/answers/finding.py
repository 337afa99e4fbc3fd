"""Which stored items a query matches, and which deliveries somebody means."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.model import Alert, Delivery, Item, Silence, Span
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds, spans
from monitor.rules.matching.reading import Reading
from monitor.rules.query.tree import Query, asks_for
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.items import search
from monitor.store.sqlite.telling import silences
from monitor.values import dataclass

MANY = 100_000  # deliveries


class NotMeant(Exception):
    """What was said names no delivery, or several; the text says what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the items that a query matches, newest first."""

    items: Sequence[Item]
    before: int | None  # where to look on: the `seq` of the last item that was looked at; None: that was all


def matching(
    store: sqlite3.Connection, query: Query, now: datetime, *, since: datetime | None = None
) -> Iterator[tuple[Item, tuple[Span, ...]]]:
    """Yield the stored items that a query matches, newest first, and the words that made them match."""
    for item, seen in _looked_at(store, query, now, since=since):
        if holds(query.root, seen) is not False:
            yield item, spans(query.root, seen)


def page(
    store: sqlite3.Connection,
    query: Query,
    now: datetime,
    *,
    limit: int,
    most: int,
    since: datetime | None = None,
    before: int | None = None,
) -> Page:
    """Return the next `limit` items that a query matches, or fewer where `most` were looked at before that."""
    found: list[Item] = []
    looked_at = _looked_at(store, query, now, since=since, before=before)
    for number, (item, seen) in enumerate(looked_at, 1):
        if holds(query.root, seen) is not False:
            found.append(item)
        if len(found) == limit or number == most:
            return Page(items=found, before=item.seq)
    return Page(items=found, before=None)


def _looked_at(
    store: sqlite3.Connection,
    query: Query,
    now: datetime,
    *,
    since: datetime | None = None,
    before: int | None = None,
) -> Iterator[tuple[Item, Reading]]:
    rang = reading.severities(store) if asks_for(query.root, "severity") else {}
    for item in search.candidates(store, query, since=since, before=before):
        yield item, Reading(Document.of(item, now=now, severities=rang.get(item.id, ())))


def meant(
    store: sqlite3.Connection, ids: Sequence[str], *, to: str = "", since: datetime | None = None
) -> list[Delivery]:
    """Return the deliveries that are to be told again: those with `ids`, else all that failed and wait for it.

    `to` and `since` leave out those to other notifiers, and of older alerts. Raises NotMeant.
    """
    if ids:
        named = {it.id: it for prefix in ids for it in _of(store, prefix, to=to, since=since)}
        return list(named.values())
    failed = reading.deliveries(store, limit=MANY, failed=True, notifier=to, since=since)
    return [delivery for delivery in failed if delivery.state != "due"]  # which are due already


def alert_meant(store: sqlite3.Connection, what: str) -> Alert:
    """Return the alert whose id, or that of one of its deliveries, begins so. Raises NotMeant."""
    prefix = what.lower()
    alerts = {it.id: it for it in reading.alerts(store, limit=2, prefix=prefix)} if prefix else {}
    found = reading.deliveries(store, limit=2, prefix=prefix) if prefix else []
    named = alerts | {it.alert.id: it.alert for it in found}
    if len(named) > 1:
        raise NotMeant(f"{what} is the beginning of several ids: write more of it")
    if not named:
        raise NotMeant(f"{what or 'nothing'} is no alert: `newsbell alerts` lists what rang")
    return next(iter(named.values()))


def silences_meant(store: sqlite3.Connection, ids: Sequence[str], now: datetime) -> list[Silence]:
    """Return the silences and acks, of those that go on, whose ids begin so. Raises NotMeant."""
    going, meant = silences.listed(store, now), dict[str, Silence]()
    for prefix in ids:
        found = [one for one in going if prefix and one.id.startswith(prefix.lower())]
        if len(found) != 1:
            why = (
                "is the beginning of several ids: write more of it" if found else "is no silence that goes on"
            )
            raise NotMeant(f"{prefix} {why}: `newsbell silence --list` lists them")
        meant[found[0].id] = found[0]
    return list(meant.values())


def _of(store: sqlite3.Connection, prefix: str, *, to: str, since: datetime | None) -> list[Delivery]:
    """Return the delivery whose id begins so, or an alert's newest one to each notifier."""
    found = reading.deliveries(store, limit=2, prefix=prefix.lower(), notifier=to, since=since)
    alerts = reading.alerts(store, limit=2, prefix=prefix.lower(), since=since)
    if len(found) + len(alerts) > 1:
        raise NotMeant(f"{prefix} is the beginning of several ids: write more of it")
    if alerts:
        all_of_it = reading.deliveries(store, limit=MANY, alert=alerts[0].id, notifier=to)  # newest first
        found = list({it.notifier: it for it in reversed(all_of_it)}.values())
    if not found:
        what = "is an alert that nobody was told" if alerts else "is no delivery and no alert"
        narrowed = f"{f' by {to}' if to else ''}{' so young' if since else ''}"
        raise NotMeant(f"{prefix} {what}{narrowed}: `newsbell deliveries` lists what was told")
    return found
