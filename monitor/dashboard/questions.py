"""What only this face asks of an SQLite store, beside `monitor.store.sqlite.reading`. Nothing here writes."""

import sqlite3
from datetime import datetime

from monitor.store.sqlite.rows import instant


def pulse(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return what differs from the last time if anything was committed, by whomever; costs no page."""
    return connection.execute("pragma data_version").fetchone()[0], connection.total_changes


def alerts_after(connection: sqlite3.Connection, cursor: int) -> frozenset[str]:
    """Return the ids of the alerts that were committed after `cursor`."""
    rows = connection.execute("select ref from stream where kind = 'alert' and seq > ?", (cursor,))
    return frozenset(row["ref"] for row in rows)


def baselines(connection: sqlite3.Connection) -> dict[str, datetime]:
    """Return when each source's first body was stored; its items were first seen at that instant."""
    rows = connection.execute("select name, baselined_at from sources where baselined_at is not null")
    return {row["name"]: instant(row["baselined_at"]) for row in rows}


def polls(connection: sqlite3.Connection) -> tuple[int, datetime | None]:
    """Return how many sources are being polled, and when the next of the others is due."""
    row = connection.execute(
        "select count(claimed_at) as polling, min(case when claimed_at is null then next_poll_at end) as next"
        " from sources where removed_at is null and state not in ('gone', 'paused')"
    ).fetchone()
    return row["polling"], instant(row["next"])
