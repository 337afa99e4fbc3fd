"""What is agreed with hubs, and what they brought: rows, written with the polls and pushes that they speak of."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.core import websub
from monitor.model import Hub, Secret, Subscription
from monitor.store import Missed
from monitor.store.sqlite.rows import instant, micros
from monitor.store.sqlite.states import POLLED

if TYPE_CHECKING:
    from monitor.model import PollOutcome, Source

AT_ONCE = 16  # hubs that are asked in one turn
COLUMNS = (
    "id, source, hub, topic, callback, secret, state, due_at, lease_until, failures, error, since, pushed_at,"
    " pushed, missed, silent_at"
)


def plan(
    connection: sqlite3.Connection,
    sources: "Mapping[str, Source]",
    callback: str,
    token: Callable[[], str],
    now: datetime,
) -> None:
    """Make rows of what hubs are to be asked: to push where a source names one, to stop where that is over.

    `callback` is the address below which they push, "" where there is none; `token` makes what nobody guesses.
    """
    offers = {
        row["name"]: Hub(url=row["hub"], topic=row["topic"])
        for row in connection.execute(f"select name, hub, topic from sources where hub != '' and {POLLED}")
        if callback and row["name"] in sources and websub.wanted(sources[row["name"]])
    }
    agreed = {}
    for it in _those(connection, "state != 'ending'"):
        if offers.get(it.source) == it.hub and it.callback == callback + it.id:
            agreed[it.source] = it
        elif it.lease_until is None:  # it never came about: a hub that asks back now is told no
            _forget(connection, it)
        else:
            write(connection, replace(it, state="ending", due_at=now, failures=0, error=""))
    for name in offers.keys() - agreed.keys():
        own = token()
        made = Subscription(
            id=own, source=name, hub=offers[name], callback=callback + own, secret=Secret(token()), due_at=now
        )
        write(connection, made)
    for it in _those(connection, "state = 'ending'"):
        if websub.over(it, now) or not callback:
            _forget(connection, it)


def due(connection: sqlite3.Connection, now: datetime) -> list[Subscription]:
    """Return those about which a hub is to be asked now, as they are while it is asked: written so before it hears."""
    found = _those(connection, "due_at <= ? order by due_at limit ?", micros(now), AT_ONCE)
    asked = [websub.asked(it, now) for it in found]
    for it in asked:
        write(connection, it)
    return asked


def next_at(connection: sqlite3.Connection) -> datetime | None:
    """Return when the next hub is to be asked, or found to have missed something."""
    row = connection.execute(
        "select min(due_at) as due, (select min(at) from unpushed) as found from subscriptions"
    )
    due, found = row.fetchone()
    times = [instant(due), instant(found) + websub.GRACE if found is not None else None]
    return min((at for at in times if at), default=None)


def one(connection: sqlite3.Connection, name: str) -> Subscription | None:
    """Return the subscription of a callback, None where there is none."""
    return next(iter(_those(connection, "id = ?", name)), None)


def of_source(connection: sqlite3.Connection, source: str) -> Subscription | None:
    """Return what is agreed for a source now."""
    return next(iter(_those(connection, "source = ? and state != 'ending'", source)), None)


def every(connection: sqlite3.Connection) -> dict[str, Subscription]:
    """Return what is agreed, by source."""
    return {it.source: it for it in _those(connection, "state != 'ending'")}


def change(
    connection: sqlite3.Connection, name: str, how: Callable[[Subscription], Subscription | None]
) -> bool:
    """Change a subscription as it stands now; where `how` gives None, it is over. Tell whether there is one."""
    it = one(connection, name)
    if it is None:
        return False
    if (after := how(it)) is None:
        _forget(connection, it)
    else:
        write(connection, after)
    return True


def write(connection: sqlite3.Connection, it: Subscription) -> None:
    """Keep a subscription."""
    values = (
        it.id,
        it.source,
        it.hub.url,
        it.hub.topic,
        it.callback,
        it.secret.reveal(),
        it.state,
        micros(it.due_at),
        micros(it.lease_until),
        it.failures,
        it.error,
        micros(it.since),
        micros(it.pushed_at),
        it.pushed,
        it.missed,
        micros(it.silent_at),
    )
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert or replace into subscriptions ({COLUMNS}) values ({marks})", values)


def _forget(connection: sqlite3.Connection, it: Subscription) -> None:
    connection.execute("delete from subscriptions where id = ?", (it.id,))


def _those(connection: sqlite3.Connection, which: str, *values: object) -> list[Subscription]:
    rows = connection.execute(f"select {COLUMNS} from subscriptions where {which}", values).fetchall()
    return [_of(row) for row in rows]


def _of(row: sqlite3.Row) -> Subscription:
    """Return a subscription; guests of a daemon are not told its secret, nor where the hub pushes."""
    return Subscription(
        id=row["id"] or "",
        source=row["source"],
        hub=Hub(url=row["hub"], topic=row["topic"]),
        callback=row["callback"] or "",
        secret=Secret(row["secret"] or ""),
        state=row["state"],
        due_at=instant(row["due_at"]),
        lease_until=instant(row["lease_until"]),
        failures=row["failures"],
        error=row["error"],
        since=instant(row["since"]),
        pushed_at=instant(row["pushed_at"]),
        pushed=row["pushed"],
        missed=row["missed"],
        silent_at=instant(row["silent_at"]),
    )


# -- what they bring --------------------------------------------------------------------------


def listening(connection: sqlite3.Connection, now: datetime) -> None:
    """Note that a daemon listens from now on: what was pushed before, nobody heard."""
    connection.execute("update subscriptions set since = ? where since is not null", (micros(now),))
    connection.execute("delete from unpushed")


def offered(connection: sqlite3.Connection, outcome: "PollOutcome") -> None:
    """Note who offers to push, as a new body says."""
    connection.execute(
        "update sources set hub = ?, topic = ? where name = ?",
        (outcome.hub.url, outcome.hub.topic, outcome.claim.source.name),
    )


def note(connection: sqlite3.Connection, outcome: "PollOutcome") -> None:
    """Count what a hub pushed, or note what a poll found that none has pushed yet."""
    source, at = outcome.claim.source.name, outcome.at
    it = of_source(connection, source)
    if it is None:
        return
    if outcome.claim.stays is None:
        found = [
            (source, change.item.id, micros(at))
            for change in outcome.changes
            if change.new and it.since and change.item.absent_at and change.item.absent_at >= it.since
        ]
        if websub.lasts(it, at):
            connection.executemany("insert or ignore into unpushed values (?, ?, ?)", found)
        return
    ids = json.dumps([change.item.id for change in outcome.changes])
    late = connection.execute(
        "delete from unpushed where source = ? and item in (select value from json_each(?))", (source, ids)
    ).rowcount
    brought = late + sum(change.new for change in outcome.changes)
    silent_at = None if brought else it.silent_at  # what polls had found long before is no proof of it
    write(connection, replace(websub.counted(it, pushed=brought), pushed_at=at, silent_at=silent_at))


def overdue(connection: sqlite3.Connection, now: datetime) -> list[Missed]:
    """Count what polls found and hubs did not push in time; return whose hub has fallen silent.

    Such a source is due now, for its next poll was planned in trust; and its hub is asked anew.
    """
    rows = connection.execute(
        "select u.source, count(*) as items, max(u.at) as at, max(i.title) as title from unpushed u"
        " left join items i on i.id = u.item where u.at <= ? group by u.source",
        (micros(now - websub.GRACE),),
    ).fetchall()
    silent = []
    for row in rows:
        it = of_source(connection, row["source"])
        if it is None:
            continue
        found_at = instant(row["at"])
        quiet = websub.lasts(it, now) and (it.pushed_at is None or it.pushed_at < found_at)
        after = websub.counted(it, missed=row["items"])
        if quiet and it.silent_at is None:
            silent.append(Missed(source=it.source, hub=it.hub.url, title=row["title"] or ""))
            after = replace(after, silent_at=now, due_at=now)
            connection.execute(
                "update sources set next_poll_at = max(min(next_poll_at, ?), not_before)"
                " where name = ? and claimed_at is null",
                (micros(now), it.source),
            )
        write(connection, after)
    connection.execute("delete from unpushed where at <= ?", (micros(now - websub.GRACE),))
    return silent
