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
    for page in _pages(connection, "items", since):
        rows = connection.execute(
            "select * from items where seq > :after and seq <= :last"
            " and (:since is null or first_seen_at >= :since) order by seq",
            page,
        ).fetchall()
        yield from map(item_of, rows)


def alerts(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Alert]:
    """Yield the alerts that rang since then."""
    for page in _pages(connection, "alerts", since):
        rows = connection.execute(
            "select * from alerts where seq > :after and seq <= :last"
            " and (:since is null or at >= :since) order by seq",
            page,
        ).fetchall()
        yield from map(alert_of, rows)


def deliveries(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Delivery]:
    """Yield the deliveries of alerts that rang since then."""
    for page in _pages(connection, "deliveries", since):
        rows = connection.execute(
            f"{DELIVERY} where d.seq > :after and d.seq <= :last"
            " and (:since is null or a.at >= :since) order by d.seq",
            page,
        ).fetchall()
        yield from map(delivery_of, rows)


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
