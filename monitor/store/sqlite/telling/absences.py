"""Rules that ring where nothing comes: since when they wait, and whether they rang."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from monitor.core.alerts.absence import waits
from monitor.model import Absence, Look, Rule
from monitor.store.sqlite.rows import instant, micros


def sync(connection: sqlite3.Connection, rules: Sequence[Rule], now: datetime) -> None:
    """Make rows of the rules that wait; one that is new, or means something else by now, waits from now on."""
    kept = [rule for rule in rules if waits(rule)]
    connection.execute(
        "delete from absences where (rule, version) not in (select value ->> 0, value ->> 1 from json_each(?))",
        (json.dumps([(rule.name, rule.version) for rule in kept]),),
    )
    connection.executemany(
        "insert into absences (rule, version, since, due_at) values (:rule, :version, :now, :now + :after)"
        " on conflict do update set due_at = since + :after",
        [
            {
                "rule": rule.name,
                "version": rule.version,
                "now": micros(now),
                "after": timedelta(seconds=rule.absent) // timedelta(microseconds=1),
            }
            for rule in kept
        ],
    )


def due(connection: sqlite3.Connection, now: datetime) -> tuple[list[Absence], dict[str, Look]]:
    """Return the absences whose time is up, and, if there are any, when each source was read."""
    rows = connection.execute(
        "select * from absences where opened_at is null and due_at <= ?", (micros(now),)
    ).fetchall()
    if not rows:
        return [], {}
    looks = connection.execute(
        "select name, last_ok_at, iif(failures > 0 or state in ('failing', 'refused', 'gone', 'paused'),"
        " coalesce(nullif(error, ''), state), '') as trouble, iif(not_before > ?, next_why, '') as held"
        " from sources where removed_at is null",
        (micros(now),),
    )
    found = (
        Look(source=row["name"], ok_at=instant(row["last_ok_at"]), trouble=row["trouble"], held=row["held"])
        for row in looks
    )
    return [_absence_of(row) for row in rows], {look.source: look for look in found}


def opened(connection: sqlite3.Connection) -> dict[str, Absence]:
    """Return the absences that rang, and last."""
    rows = connection.execute("select * from absences where opened_at is not null")
    return {row["rule"]: _absence_of(row) for row in rows}


def begin(connection: sqlite3.Connection, absence: Absence) -> bool:
    """Note that a rule rang for an absence; False, and nothing is noted, where something came since it was read."""
    done = connection.execute(
        "update absences set opened_at = due_at where rule = ? and version = ? and since = ? and opened_at is null",
        (absence.rule, absence.version, micros(absence.since)),
    )
    return done.rowcount > 0


def came(connection: sqlite3.Connection, rules: Collection[str], at: datetime) -> None:
    """Note that something matched `rules`: they wait anew."""
    connection.executemany(
        "update absences set due_at = due_at - since + :at, since = :at, opened_at = null"
        " where rule = :rule and since <= :at",
        [{"rule": rule, "at": micros(at)} for rule in sorted(rules)],
    )


def _absence_of(row: sqlite3.Row) -> Absence:
    return Absence(
        rule=row["rule"],
        version=row["version"],
        since=instant(row["since"]),
        due_at=instant(row["due_at"]),
        opened_at=instant(row["opened_at"]),
    )
