"""What was held and comes due is told: in one digest, or one by one. All of it in the transaction of a claim."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from monitor.core.items import identity
from monitor.core.telling import digests, hearing
from monitor.model import Alert, AlertType, Delivery, Hearing
from monitor.store.sqlite.rows import DELIVERY, delivery_of, micros
from monitor.store.sqlite.states import GATHERED
from monitor.store.sqlite.telling import held
from monitor.store.sqlite.telling.alerts import ring
from monitor.store.sqlite.telling.hearings import hearing_of
from monitor.values import dataclass


@dataclass(frozen=True, slots=True)
class _Member:
    batch: str
    delivery: Delivery


def gather(connection: sqlite3.Connection, notifier: str, now: datetime) -> None:
    """Make due what was held for a notifier until now.

    A batch becomes a digest, whose delivery then stands for those of its members: they are sent when it is.
    A crash before the commit leaves all of it held, and it is gathered again.
    """
    row = connection.execute("select hearing from receivers where notifier = ?", (notifier,)).fetchone()
    wanted = hearing_of(row["hearing"] if row else "")
    _hush(connection, notifier, wanted, now)
    rows = connection.execute(
        f"{DELIVERY} where d.notifier = :notifier and d.state = 'held' and d.batch != '' and d.digest = ''"
        " and d.due_at <= :now order by d.batch, d.seq",
        {"notifier": notifier, "now": micros(now)},
    ).fetchall()
    members = [_Member(row["batch"], delivery_of(row)) for row in rows]
    for batch, found in groupby(members, key=lambda one: one.batch):
        _flush(connection, notifier, batch, [one.delivery for one in found], wanted, now)


def _flush(
    connection: sqlite3.Connection,
    notifier: str,
    batch: str,
    members: Sequence[Delivery],
    wanted: Hearing,
    now: datetime,
) -> None:
    if batch == "away" and not held.is_caught_up(connection, now):
        _postpone(connection, [one.id for one in members], now + hearing.LOOK)
        return
    heard = held.heard(connection, notifier, wanted, now)
    told = []
    for one in members:
        again = hearing.still(one.alert, batch, wanted, heard, now)
        if again is None:
            told.append(one)
        else:
            connection.execute(
                "update deliveries set reason = ?, due_at = ?, batch = ? where id = ?",
                (again.reason, micros(again.until), again.batch, one.id),
            )
    alone = [one for one in told if one.alert.type is AlertType.DIGEST]
    together = [one for one in told if one.alert.type is not AlertType.DIGEST]
    if not hearing.needs_digest(batch, len(together)):
        alone, together = told, []
    _release(connection, [one.id for one in alone], now)
    if together:
        alerts = [one.alert for one in together]
        _tell(connection, notifier, batch, [one.id for one in together], alerts, wanted, now)
    if batch.startswith("group/") and told:
        connection.execute(
            "insert or replace into flushed (notifier, batch, at) values (?, ?, ?)",
            (notifier, batch, micros(now)),
        )


def _tell(
    connection: sqlite3.Connection,
    notifier: str,
    batch: str,
    ids: Sequence[str],
    alerts: Sequence[Alert],
    wanted: Hearing,
    now: datetime,
) -> None:
    """Write a digest and its delivery, and bind its members to that."""
    made = digests.digest(
        alerts,
        batch,
        notifier,
        now=now,
        zone=ZoneInfo(wanted.timezone),
        absence=held.absence(connection),
    )
    ring(connection, made, [notifier], now)
    connection.execute(
        "update deliveries set digest = ?, due_at = null where id in (select value from json_each(?))",
        (identity.delivery_id(made.id, notifier), json.dumps(list(ids))),
    )


def _release(connection: sqlite3.Connection, ids: Sequence[str], now: datetime) -> None:
    connection.execute(
        "update deliveries set state = 'due', reason = '', batch = '', due_at = :now, created_at = :now"
        " where id in (select value from json_each(:ids))",
        {"now": micros(now), "ids": json.dumps(list(ids))},
    )


def free(connection: sqlite3.Connection, notifier: str, reason: str, now: datetime) -> None:
    """Let go what was held for that reason: due now, or held on where the notifier wants to hear of it later."""
    receiver = connection.execute("select * from receivers where notifier = ?", (notifier,)).fetchone()
    rows = connection.execute(
        f"{DELIVERY} where d.notifier = ? and d.state = 'held' and d.reason = ? order by d.created_at, d.seq",
        (notifier, reason),
    ).fetchall()
    for one in map(delivery_of, rows):
        later = held.hold_on(connection, one.alert, receiver, now)
        connection.execute(
            "update deliveries set state = ?, reason = ?, due_at = ?, batch = ? where id = ?",
            ("held", later.reason, micros(later.until), later.batch, one.id)
            if later
            else ("due", "", micros(now), "", one.id),
        )


def _postpone(connection: sqlite3.Connection, ids: Sequence[str], until: datetime) -> None:
    connection.execute(
        "update deliveries set due_at = ? where id in (select value from json_each(?))",
        (micros(until), json.dumps(list(ids))),
    )


def _hush(connection: sqlite3.Connection, notifier: str, wanted: Hearing, now: datetime) -> None:
    """Hold in quiet hours what was due before they began, and is not told yet: its receiver was down."""
    hours = hearing.quiet_hours(wanted, now)
    if hours is None:
        return
    rows = connection.execute(
        f"{DELIVERY} where d.notifier = ? and d.state in ('due', 'retrying') and d.claimed_at is null"
        " and d.created_at < ?",
        (notifier, micros(hours[0])),
    ).fetchall()
    late = [
        one.id
        for one in map(delivery_of, rows)
        if not hearing.at_least(one.alert.severity, wanted.quiet_except)
    ]
    connection.execute(
        "update deliveries set state = 'held', reason = 'quiet', batch = 'quiet', due_at = ?"
        " where id in (select value from json_each(?))",
        (micros(hours[1]), json.dumps(late)),
    )


def follow(connection: sqlite3.Connection, digests_: Iterable[str]) -> None:
    """Let the members of digests be sent, or dead, as those are."""
    connection.execute(
        "update deliveries set state = d.state, reason = '', sent_at = d.sent_at, last_error = d.last_error"
        " from deliveries d where deliveries.digest = d.id and deliveries.digest != '' and d.state in ('sent', 'dead')"
        " and deliveries.state in ('held', 'dead') and d.id in (select value from json_each(?))",
        (json.dumps(list(digests_)),),
    )


def hear_otherwise(connection: sqlite3.Connection, notifier: str, wanted: str, now: datetime) -> None:
    """Note how a notifier wants to hear; what is held for it is looked at anew where that changed."""
    done = connection.execute(
        "update receivers set hearing = :hearing where notifier = :notifier and hearing != :hearing",
        {"hearing": wanted, "notifier": notifier},
    )
    if done.rowcount:
        connection.execute(
            f"update deliveries set due_at = min(due_at, ?) where notifier = ? and {GATHERED}"
            " and reason != 'inhibited'",
            (micros(now), notifier),
        )
