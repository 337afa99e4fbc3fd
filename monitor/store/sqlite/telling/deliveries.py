"""The telling half: deliveries are claimed in order, and what became of each attempt is written."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.items import identity
from monitor.core.telling import retry
from monitor.model import Delivery, Hearing, Receiver, SendResult
from monitor.store.sqlite.rows import (
    DELIVERY,
    delivery_of,
    instant,
    micros,
    receiver_columns,
    receiver_of,
)
from monitor.store.sqlite.states import GATHERED
from monitor.store.sqlite.telling import gathering
from monitor.store.sqlite.telling.hearings import hearing_text

OPEN = "d.state in ('due', 'retrying') and d.claimed_at is null and d.notifier = :notifier"
DUE = f"{OPEN} and (d.due_at is null or d.due_at <= :now)"
PROBES = (
    "(select count(*) from attempts where delivery = d.id and outcome = 'receiver' and at >= d.created_at)"
)
TOO_OLD = f"not delivered within {retry.MAX_AGE / 3600:.0f} h"


NO_HEARING: Mapping[str, Hearing] = {}


def sync_notifiers(
    connection: sqlite3.Connection,
    addresses: Mapping[str, str],
    now: datetime,
    hearing: Mapping[str, Hearing] = NO_HEARING,
) -> None:
    """Hold what is due to notifiers that are configured no more, free what waited for one that is back.

    `addresses` maps a notifier's name to a hash of its configuration: a changed one enables a
    receiver that had answered 410, and lets what it had refused come again at once. `hearing` says how each wants to hear. What is being sent right now is not called back.
    """
    names = json.dumps(sorted(addresses))
    connection.execute(
        "update receivers set removed = notifier not in (select value from json_each(?))", (names,)
    )
    _hold(connection, "notifier not in (select value from json_each(?))", names)
    connection.execute(
        f"update deliveries set reason = 'notifier-removed', batch = '' where {GATHERED}"
        " and notifier not in (select value from json_each(?))",
        (names,),
    )
    dead = connection.execute(
        "update deliveries set state = 'dead', last_error = ? where state = 'held' and reason = 'notifier-removed'"
        " and created_at < ? and notifier not in (select value from json_each(?)) returning id",
        (TOO_OLD, micros(now - timedelta(seconds=retry.MAX_AGE)), names),
    ).fetchall()
    gathering.follow(connection, [row["id"] for row in dead])
    for name, address in addresses.items():
        row, changed = (
            connection.execute("select address from receivers where notifier = ?", (name,)).fetchone(),
            False,
        )
        if row is None:
            connection.execute("insert into receivers (notifier, address) values (?, ?)", (name, address))
        elif row["address"] != address:
            connection.execute("update receivers set address = ? where notifier = ?", (address, name))
            _well(connection, name, now)
            changed = True
        gathering.hear_otherwise(connection, name, hearing_text(hearing.get(name, Hearing())), now)
        gathering.free(connection, name, "notifier-removed", now)
        if changed:
            gathering.free(connection, name, retry.DISABLED, now)


def _hold(connection: sqlite3.Connection, which: str, *values: str) -> None:
    """Hold what waits for notifiers that are configured no more."""
    connection.execute(
        "update deliveries set state = 'held', reason = 'notifier-removed'"
        f" where state in ('due', 'retrying') and claimed_at is null and {which}",
        values,
    )


def enable(connection: sqlite3.Connection, notifier: str, now: datetime) -> None:
    """Take a receiver for well again: free is what was held because it was disabled, due what it had refused."""
    _well(connection, notifier, now)
    gathering.free(connection, notifier, retry.DISABLED, now)


def _well(connection: sqlite3.Connection, notifier: str, now: datetime) -> None:
    connection.execute(
        "update receivers set failures = 0, failed_at = null, next_probe_at = null, not_before = null,"
        " disabled_at = null, recovered_at = iif(failures > 0 or disabled_at is not null, :now, recovered_at)"
        " where notifier = :notifier",
        {"notifier": notifier, "now": micros(now)},
    )
    connection.execute(
        "update deliveries set due_at = min(due_at, ?) where notifier = ? and state = 'retrying'",
        (micros(now), notifier),
    )


def receiver(connection: sqlite3.Connection, notifier: str) -> Receiver:
    """Return the health of a notifier's far end."""
    row = connection.execute("select * from receivers where notifier = ?", (notifier,)).fetchone()
    return receiver_of(notifier, row)


def claim(
    connection: sqlite3.Connection, notifier: str, now: datetime, limit: int
) -> tuple[Receiver, list[Delivery]]:
    """Lend out what may be sent now: all that is due, or one probe to a receiver in trouble."""
    _give_up(connection, notifier, now)
    gathering.gather(connection, notifier, now)
    far_end = receiver(connection, notifier)
    chosen = _choose(connection, far_end, now, limit)
    ids = json.dumps([delivery.id for delivery in chosen])
    connection.execute(
        "update deliveries set claimed_at = ? where id in (select value from json_each(?))",
        (micros(now), ids),
    )
    return far_end, chosen


def _give_up(connection: sqlite3.Connection, notifier: str, now: datetime) -> None:
    dead = connection.execute(
        "update deliveries set state = 'dead', last_error = iif(last_error = '', :why, last_error)"
        " where state in ('due', 'retrying') and claimed_at is null and notifier = :notifier and created_at < :oldest"
        " and (attempts > 0 or exists (select 1 from receivers where notifier = :notifier and failures > 0))"
        " returning id",
        {
            "why": TOO_OLD,
            "notifier": notifier,
            "oldest": micros(now - timedelta(seconds=retry.MAX_AGE)),
        },
    ).fetchall()
    gathering.follow(connection, [row["id"] for row in dead])


def _choose(connection: sqlite3.Connection, far_end: Receiver, now: datetime, limit: int) -> list[Delivery]:
    if far_end.disabled_at is not None:
        return []
    values = {"notifier": far_end.notifier, "now": micros(now), "limit": limit}
    due = f"{DELIVERY} where {DUE}"
    if far_end.failures:
        if far_end.next_probe_at is not None and now < far_end.next_probe_at:
            return []
        return _probe(connection, far_end, values)
    values["recovered"] = micros(far_end.recovered_at) or 0
    ready = f"{due} and d.critical = :critical and d.created_at >= :recovered order by d.created_at, d.seq limit :limit"
    new = [
        row
        for critical in (True, False)
        for row in connection.execute(ready, {**values, "critical": critical})
    ]
    backlog: list[sqlite3.Row] = []
    if len(new) < limit:
        backlog = connection.execute(
            f"{due} and d.created_at < :recovered order by d.created_at, d.seq limit :limit", values
        ).fetchall()
    ordered = retry.order([retry.marked(delivery_of(row), far_end) for row in [*new, *backlog]], far_end)
    return [replace(one, probes=_probes(connection, one.id)) for one in ordered[:limit]]


def _probe(connection: sqlite3.Connection, far_end: Receiver, values: Mapping[str, object]) -> list[Delivery]:
    """Return the oldest delivery; once that is no news for the receiver, the one it was tried with least, loud and new ones first."""
    turns = "d.created_at, d.seq", f"{PROBES}, d.critical desc, d.created_at desc, d.seq desc"
    for turn in turns:
        query = f"{DELIVERY} where d.id = (select d.id from deliveries d where {DUE} order by {turn} limit 1)"
        row = connection.execute(query, values).fetchone()
        if row is None:
            return []
        probes = _probes(connection, row["delivery"])
        if probes < retry.PROBES:
            break
    return [replace(retry.marked(delivery_of(row), far_end), probes=probes)]


def _probes(connection: sqlite3.Connection, delivery: str) -> int:
    found: int = connection.execute(
        f"select {PROBES} from deliveries d where d.id = ?", (delivery,)
    ).fetchone()[0]
    return found


def finish(connection: sqlite3.Connection, results: Sequence[tuple[SendResult, Delivery, Receiver]]) -> None:
    """Write what became of attempts. One that was taken back meanwhile (a replay) is only in the ledger."""
    for result, after, far_end in results:
        connection.execute(
            "insert into attempts (delivery, at, ms, outcome, error) values (?, ?, ?, ?, ?)",
            (
                after.id,
                micros(result.at),
                round(result.seconds * 1000),
                result.trouble or "sent",
                result.error,
            ),
        )
        connection.execute(
            "update deliveries set state = :state, reason = :reason, due_at = :due, claimed_at = null,"
            " attempts = :attempts, failures = :failures, last_error = :error, sent_at = :sent, late = :late"
            " where id = :id and claimed_at is not null",
            {
                "state": after.state,
                "reason": after.reason,
                "due": micros(after.until),
                "attempts": after.attempts,
                "failures": after.failures,
                "error": after.last_error,
                "sent": micros(after.sent_at),
                "late": after.late,
                "id": after.id,
            },
        )
        gathering.follow(connection, [after.id])
        _finish_receiver(connection, far_end)
        _hold(connection, "id = ? and notifier in (select notifier from receivers where removed)", after.id)


def _finish_receiver(connection: sqlite3.Connection, far_end: Receiver) -> None:
    columns = receiver_columns(far_end)
    names = ", ".join(columns)
    marks = ", ".join(f":{name}" for name in columns)
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    connection.execute(
        f"insert into receivers ({names}) values ({marks}) on conflict do update set {sets}", columns
    )
    if far_end.disabled_at is not None:
        connection.execute(
            "update deliveries set state = 'held', reason = 'receiver-disabled' where notifier = ?"
            " and state in ('due', 'retrying') and claimed_at is null",
            (far_end.notifier,),
        )


def next_at(connection: sqlite3.Connection, notifier: str) -> datetime | None:
    """Return when `notifier` next has something to send."""
    far_end = receiver(connection, notifier)
    if far_end.disabled_at is not None:
        return None
    row = connection.execute(
        f"select (select min(coalesce(d.due_at, 0)) from deliveries d where {OPEN}) as due,"
        f" (select min(due_at) from deliveries where notifier = :notifier and {GATHERED}) as held",
        {"notifier": notifier},
    ).fetchone()
    due, held = instant(row["due"]), instant(row["held"])
    if due and far_end.failures and far_end.next_probe_at:
        due = max(due, far_end.next_probe_at)
    return min(filter(None, (due, held)), default=None)


def replay(connection: sqlite3.Connection, ids: Sequence[str], now: datetime, *, as_new: str = "") -> int:
    """Make deliveries due again, under the same id; `as_new` is a nonce that mints new ones instead."""
    if not as_new:
        done = connection.execute(
            "update deliveries set state = 'due', reason = '', due_at = :now, created_at = :now, failures = 0,"
            " late = 0, claimed_at = null, batch = '', digest = '' where id in (select value from json_each(:ids))",
            {"now": micros(now), "ids": json.dumps(list(ids))},
        )
        return done.rowcount
    rows = connection.execute(
        "select * from deliveries where id in (select value from json_each(?))", (json.dumps(list(ids)),)
    ).fetchall()
    for row in rows:
        connection.execute(
            "insert into deliveries (id, alert, notifier, state, due_at, created_at, critical, nonce)"
            " values (?, ?, ?, 'due', ?, ?, ?, ?)",
            (
                identity.delivery_id(row["alert"], row["notifier"], as_new),
                row["alert"],
                row["notifier"],
                micros(now),
                micros(now),
                row["critical"],
                as_new,
            ),
        )
    return len(rows)
