"""An alert rings: it is written with its deliveries, each due at once or held, or nobody is told of it."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from monitor.core.items import identity
from monitor.core.telling import retry
from monitor.core.telling.hearing import Hold
from monitor.model import Alert, AlertType, Opening, Severity
from monitor.store.sqlite import stream
from monitor.store.sqlite.items import stories
from monitor.store.sqlite.rows import alert_columns, micros, receiver_columns, receiver_of
from monitor.store.sqlite.telling import absences, held, inhibitions, paces, silences


def ring(
    connection: sqlite3.Connection,
    alert: Alert,
    notifiers: Sequence[str],
    now: datetime,
    joined: Sequence[str] = (),
) -> frozenset[str]:
    """Write an alert and its deliveries, and that those with the ids `joined` are told with it; return who has something to send, nobody if it is held or had rung before."""
    alert = silences.hushed(connection, alert, now)
    columns = alert_columns(alert)
    names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    done = connection.execute(
        f"insert into alerts ({names}) values ({marks}) on conflict do nothing", columns
    )
    if not done.rowcount:
        return frozenset()
    stream.add(connection, "alert", alert.id, now)
    inhibited = None if alert.held else inhibitions.hold(connection, alert, now)
    for notifier in notifiers:
        _deliver(connection, alert, notifier, now, inhibited)
    if alert.held:
        return frozenset()
    connection.executemany("update alerts set joins = ? where id = ?", [(alert.id, one) for one in joined])
    if alert.type is AlertType.CREATED:
        stories.rang(connection, alert, joined)
        paces.rang(connection, alert)
    return frozenset(notifiers)


def open_(connection: sqlite3.Connection, openings: Sequence[Opening], now: datetime) -> frozenset[str]:
    """Ring for absences, but for those that ended since they were read; return who has something to send."""
    rings = [one.ring for one in openings if absences.begin(connection, one.absence)]
    return frozenset().union(*(ring(connection, it.alert, it.notifiers, now) for it in rings))


def _deliver(
    connection: sqlite3.Connection, alert: Alert, notifier: str, now: datetime, inhibited: Hold | None
) -> None:
    row = connection.execute("select * from receivers where notifier = ?", (notifier,)).fetchone()
    receiver = receiver_of(notifier, row)
    disabled = receiver.disabled_at is not None
    removed = row is not None and row["removed"]  # it was decided under an older configuration
    reason = "notifier-removed" if removed else retry.DISABLED if disabled else ""
    reason = alert.held.reason if alert.held else reason
    later = None if reason else inhibited or held.hold(connection, alert, row, now)
    due_at = alert.held.until if alert.held else now
    if later:
        reason, due_at = later.reason, later.until
    connection.execute(
        "insert into deliveries (id, alert, notifier, state, reason, due_at, created_at, critical, batch)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        (
            identity.delivery_id(alert.id, notifier),
            alert.id,
            notifier,
            "held" if reason else "due",
            reason,
            micros(due_at),
            micros(now),
            alert.severity is Severity.CRITICAL,
            later.batch if later else "",
        ),
    )
    if receiver.failures and not reason:
        columns = receiver_columns(retry.probe_due_for_new_alert(receiver, now))
        connection.execute(
            "update receivers set next_probe_at = :next_probe_at where notifier = :notifier", columns
        )
