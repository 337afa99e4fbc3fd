"""All that is stored and worth a number, for what scrapes and probes. Nothing here writes."""

import sqlite3
from datetime import datetime
from pathlib import Path

from monitor.store.listed import SourceRow, Totals
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.rows import instant
from monitor.store.sqlite.states import POLLED
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many deliveries to one notifier are in one state."""

    notifier: str
    state: str
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is stored and worth a number."""

    totals: Totals
    sources: tuple[SourceRow, ...]
    deliveries: tuple[Waiting, ...]
    down: frozenset[str]  # notifiers whose receiver is in trouble
    next_poll_at: datetime | None  # of what nobody polls now
    bytes: int  # of the database
    log_bytes: int  # of its write-ahead log


def snapshot(connection: sqlite3.Connection) -> Snapshot:
    """Return what is stored, in numbers."""
    path = connection.execute("pragma database_list").fetchone()["file"]
    return Snapshot(
        totals=reading.totals(connection),
        sources=tuple(reading.sources(connection)),
        deliveries=tuple(
            Waiting(
                notifier=row["notifier"],
                state=row["state"],
                count=row["count"],
                oldest_at=instant(row["oldest"]),
            )
            for row in connection.execute(
                "select notifier, state, count(*) as count, min(created_at) as oldest from deliveries"
                " group by notifier, state"
            )
        ),
        down=frozenset(
            row["notifier"]
            for row in connection.execute(
                "select notifier from receivers where failures > 0 or disabled_at is not null"
            )
        ),
        next_poll_at=next_poll_at(connection),
        bytes=_size(path),
        log_bytes=_size(f"{path}-wal"),
    )


def next_poll_at(connection: sqlite3.Connection) -> datetime | None:
    """Return when the first source is due that nobody polls now, None if none is."""
    row = connection.execute(
        f"select min(next_poll_at) as next from sources where claimed_at is null and {POLLED}"
    ).fetchone()
    due: int | None = row["next"]
    return instant(due)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
