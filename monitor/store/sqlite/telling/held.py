"""What is held for a notifier: why, and until when, by what it heard and how it wants to hear."""

import sqlite3
from datetime import datetime, timedelta

from monitor.core.telling import hearing
from monitor.core.telling.hearing import Absence, Heard, Hold
from monitor.model import Alert, AlertType, Hearing
from monitor.store.sqlite.rows import instant, micros
from monitor.store.sqlite.states import GATHERED, POLLED
from monitor.store.sqlite.telling.hearings import hearing_of

# Held to be told with others; what is in a digest already waits for that.


def hold(
    connection: sqlite3.Connection, alert: Alert, receiver: sqlite3.Row | None, now: datetime
) -> Hold | None:
    """Return why an alert that is written now is told to a receiver later, None if it is told now."""
    if receiver is None:
        return None
    wanted = hearing_of(receiver["hearing"])
    return hearing.hold(alert, wanted, heard(connection, receiver["notifier"], wanted, now), now)


def hold_on(
    connection: sqlite3.Connection, alert: Alert, receiver: sqlite3.Row, now: datetime
) -> Hold | None:
    """Return why an alert that could not be told until now is told to a receiver later still."""
    if alert.type is AlertType.DIGEST:
        return hearing.still(alert, "", hearing_of(receiver["hearing"]), Heard(), now)
    return hold(connection, alert, receiver, now)


def heard(connection: sqlite3.Connection, notifier: str, wanted: Hearing, now: datetime) -> Heard:
    """Return what a notifier heard lately; only what its `Hearing` asks for is looked up."""
    return Heard(
        told=_told(connection, notifier, wanted, now) if wanted.budget else (),
        gathering=_gathering(connection, notifier) if wanted.budget or wanted.group_by else {},
        flushed=_flushed(connection, notifier) if wanted.group_by else {},
        absence=absence(connection),
    )


def _told(
    connection: sqlite3.Connection, notifier: str, wanted: Hearing, now: datetime
) -> tuple[datetime, ...]:
    """Return when what the budget counts was told, or will be at once: what went in a digest is that one."""
    rows = connection.execute(
        "select created_at from deliveries where notifier = ? and created_at > ? and digest = ''"
        " and state in ('due', 'retrying', 'sent') order by created_at",
        (notifier, micros(now - timedelta(seconds=wanted.within))),
    )
    return tuple(instant(row[0]) for row in rows)


def _gathering(connection: sqlite3.Connection, notifier: str) -> dict[str, datetime]:
    rows = connection.execute(
        f"select batch, min(due_at) from deliveries where notifier = ? and {GATHERED} group by batch",
        (notifier,),
    )
    return {row[0]: instant(row[1]) for row in rows}


def _flushed(connection: sqlite3.Connection, notifier: str) -> dict[str, datetime]:
    rows = connection.execute("select batch, at from flushed where notifier = ?", (notifier,))
    return {row[0]: instant(row[1]) for row in rows}


def absence(connection: sqlite3.Connection) -> Absence | None:
    """Return when no daemon ran last, None if that never was, or not for long."""
    row = connection.execute("select since, until from absence").fetchone()
    return Absence(since=instant(row["since"]), until=instant(row["until"])) if row else None


def note_absence(connection: sqlite3.Connection, now: datetime) -> None:
    """Note at a start since when nobody watched, if that is long."""
    row = connection.execute("select max(last_poll_at) from sources where removed_at is null").fetchone()
    since: datetime | None = instant(row[0])
    if since is not None and now - since >= hearing.AWAY:
        connection.execute(
            "insert or replace into absence (id, since, until) values (1, ?, ?)", (micros(since), micros(now))
        )


def is_caught_up(connection: sqlite3.Connection, now: datetime) -> bool:
    """Tell whether what came in the absence is known: all sources were polled since, or had time to be."""
    away = absence(connection)
    if away is None or now >= away.until + hearing.SETTLED:
        return True
    behind = connection.execute(
        f"select 1 from sources where {POLLED} and (last_poll_at is null or last_poll_at < ?) limit 1",
        (micros(away.until),),
    ).fetchone()
    return behind is None
