"""All that is stored of a kind, oldest first, page by page: however many there are, few are in memory, and whoever reads them
slowly, or stops, keeps no page of the log from being taken over into the file."""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime

from monitor.model import Alert, Delivery, Item
from monitor.store.sqlite.rows import DELIVERY, alert_of, delivery_of, item_of, micros

PAGE = 500  # rows


def items(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Item]:
    """Yield the items that were first seen since then."""
    query = "select * from items where {bounds} order by seq"
    yield from map(item_of, _rows(connection, "items", query, ("seq", "first_seen_at"), since))


def alerts(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Alert]:
    """Yield the alerts that rang since then."""
    query = "select * from alerts where {bounds} order by seq"
    yield from map(alert_of, _rows(connection, "alerts", query, ("seq", "at"), since))


def deliveries(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Delivery]:
    """Yield the deliveries of alerts that rang since then."""
    query = DELIVERY + " where {bounds} order by d.seq"
    yield from map(delivery_of, _rows(connection, "deliveries", query, ("d.seq", "a.at"), since))


def _rows(
    connection: sqlite3.Connection, table: str, query: str, by: tuple[str, str], since: datetime | None
) -> Iterator[sqlite3.Row]:
    """Yield the rows of a query over a table, a page at a time; `by` is what it calls the row's number and its time."""
    number, at = by
    bounds = f"{number} > :after and {number} <= :last and (:since is null or {at} >= :since)"
    for page in _pages(connection, table, since):
        yield from connection.execute(query.format(bounds=bounds), page).fetchall()


def _pages(
    connection: sqlite3.Connection, table: str, since: datetime | None
) -> Iterator[Mapping[str, int | None]]:
    """Yield what bounds each page of a table: after which row it begins, and its last."""
    after = 0
    while True:
        (last,) = connection.execute(
            f"select max(seq) from (select seq from {table} where seq > ? order by seq limit ?)",
            (after, PAGE),
        ).fetchone()
        if last is None:
            return
        yield {"after": after, "last": last, "since": micros(since)}
        after = last
