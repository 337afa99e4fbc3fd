"""All that is stored of a kind, oldest first, row by row: however many there are, one is in memory."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from monitor.model import Alert, Delivery, Item
from monitor.store.sqlite.rows import DELIVERY, alert_of, delivery_of, item_of, micros


def items(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Item]:
    """Yield the items that were first seen since then."""
    rows = connection.execute(
        "select * from items where :since is null or first_seen_at >= :since order by seq",
        {"since": micros(since)},
    )
    yield from map(item_of, rows)


def alerts(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Alert]:
    """Yield the alerts that rang since then."""
    rows = connection.execute(
        "select * from alerts where :since is null or at >= :since order by seq", {"since": micros(since)}
    )
    yield from map(alert_of, rows)


def deliveries(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Delivery]:
    """Yield the deliveries of alerts that rang since then."""
    rows = connection.execute(
        f"{DELIVERY} where :since is null or a.at >= :since order by d.seq", {"since": micros(since)}
    )
    yield from map(delivery_of, rows)
