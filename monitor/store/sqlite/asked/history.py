"""How sources were polled and how long their items waited: what `why` and `sources --plan` read."""

import sqlite3
from datetime import datetime, timedelta

from monitor.store import Polled, PolledHour, Waits
from monitor.store.sqlite.rows import instant, micros

HOUR = 3_600  # seconds
KEPT = timedelta(days=14)


def polled(connection: sqlite3.Connection, since: datetime, *, source: str = "") -> list[PolledHour]:
    """Return the hours since `since` in which a source, or any, was polled; oldest first."""
    rows = connection.execute(
        "select hour, sum(polls), sum(not_modified), sum(failed), sum(outside), sum(items), sum(same) from polled"
        " where hour >= :hour and (:source = '' or source = :source) group by hour order by hour",
        {"hour": int(since.timestamp() // HOUR), "source": source},
    )
    return [
        PolledHour(
            at=instant(row[0] * HOUR * 1_000_000),
            polls=row[1],
            not_modified=row[2],
            failed=row[3],
            outside=row[4],
            items=row[5],
            same=row[6],
        )
        for row in rows
    ]


def by_source(connection: sqlite3.Connection, since: datetime) -> dict[str, Polled]:
    """Return how often each source was polled since the hour of `since`."""
    rows = connection.execute(
        "select source, sum(polls), sum(not_modified), sum(same) from polled where hour >= ? group by source",
        (int(since.timestamp() // HOUR),),
    )
    return {row[0]: Polled(polls=row[1], not_modified=row[2], same=row[3]) for row in rows}


def waits(connection: sqlite3.Connection, since: datetime, *, source: str = "") -> Waits:
    """Return how long the items first seen since `since` stood unseen, and how late they were published.

    Only those count whose own date says when: stated to ten minutes, sure, and no part of a first body. What
    was not there at the last look came after it, whatever its date: that part is the publisher's, not ours.
    """
    rows = connection.execute(
        "select first_seen_at - max(published_latest, absent_at) as ours,"
        " max(absent_at - published_latest, 0) as theirs from items where first_seen_at >= :since"
        " and (:source = '' or source = :source) and absent_at is not null and published_sure"
        " and published_origin != 'first-seen' and published_latest - published_earliest <= 600000000"
        " and published_latest <= first_seen_at and first_seen_at - published_latest <= 86400000000"
        " order by ours",
        {"since": micros(since), "source": source},
    ).fetchall()
    if not rows:
        return Waits()
    ours = [row["ours"] / 1e6 for row in rows]
    return Waits(
        items=len(rows),
        mean=sum(ours) / len(ours),
        p95=ours[int(0.95 * (len(ours) - 1))],
        publisher=sum(row["theirs"] for row in rows) / 1e6 / len(rows),
    )


def prune(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget the hours before the last fortnight."""
    connection.execute("delete from polled where hour < ?", (int((now - KEPT).timestamp() // HOUR),))
