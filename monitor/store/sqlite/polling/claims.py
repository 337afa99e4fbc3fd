"""Whose turn it is: sources become rows, what is due is lent to one worker, a moved clock is made good."""

import json
import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import drift, websub
from monitor.core.plurals import spell
from monitor.model import Budget, Claim, NextPoll, Shape, Source, Validators
from monitor.store.sqlite.polling import budget, subscriptions, validators
from monitor.store.sqlite.polling.pausing import pause, waits
from monitor.store.sqlite.rows import advice_of, instant, lags_of, micros, rhythm_of, shape_of
from monitor.store.sqlite.states import POLLED
from monitor.store.sqlite.telling import held

LEASE = timedelta(minutes=10)  # a worker that takes longer has lost its claim


def recover(connection: sqlite3.Connection, now: datetime) -> None:
    """Make due again what a daemon that is no more had claimed."""
    connection.execute(
        "update sources set claimed_at = null, next_poll_at = max(?, not_before) where claimed_at is not null",
        (micros(now),),
    )
    connection.execute("update deliveries set claimed_at = null where claimed_at is not null")
    held.note_absence(connection, now)
    subscriptions.listening(connection, now)


def sync_sources(
    connection: sqlite3.Connection, sources: Sequence[Source], now: datetime, longest: float = math.inf
) -> None:
    """Make rows of `sources`, none of which waits for its next poll longer than `longest`, in seconds, by its own rhythm.

    A history belongs to its address: one that is now polled under another name is a rename, also to a name that
    was used before, or that another source has until now.
    """
    _rename(connection, _renamed(connection, sources), now)
    have = {row["name"]: row for row in connection.execute("select * from sources")}
    for source in sources:
        if source.name in have:
            _keep(connection, source, have[source.name], now)
        else:
            connection.execute(
                "insert into sources (name, type, url, next_poll_at) values (?, ?, ?, ?)",
                (source.name, source.kind, source.url, micros(now)),
            )
    names = json.dumps(sorted(source.name for source in sources))
    gone = "removed_at is null and name not in (select value from json_each(?))"
    _drop(connection, gone, (names,), now)
    connection.execute(f"update sources set removed_at = ? where {gone}", (micros(now), names))
    pause(connection, sources)
    if longest < math.inf:
        _bound(connection, [source.name for source in sources if not source.pinned], longest, now)
    budget.share_out(connection, {source.name: source for source in sources}, now)


def _renamed(connection: sqlite3.Connection, sources: Sequence[Source]) -> dict[str, str]:
    """Return old names and new ones of rows whose address is now polled under another name only."""
    wanted = {source.name: source.url for source in sources}
    rows = connection.execute(
        "select name, url from sources order by removed_at is null, removed_at"
    ).fetchall()
    kept = {row["name"] for row in rows if wanted.get(row["name"]) == row["url"]}
    free = {row["url"]: row["name"] for row in rows if row["name"] not in kept}  # polled now, or removed last
    found = {}
    for source in sources:
        if source.name not in kept and source.url in free:
            found[free.pop(source.url)] = source.name
    return found


def _rename(connection: sqlite3.Connection, names: Mapping[str, str], now: datetime) -> None:
    """Give rows their new names, by way of ones that nobody has; who had such a name, and is not renamed
    itself, keeps its history under a name that says until when."""
    there = {row["name"] for row in connection.execute("select name from sources")}
    for name in (set(names.values()) & there) - names.keys():
        _call(connection, name, f"{name} (until {now.isoformat()})")
    for old in names:
        _drop(connection, "name = ?", (old,), now)
        _call(connection, old, f"{old}\x1f")
    for old, new in names.items():
        _call(connection, f"{old}\x1f", new)


def _call(connection: sqlite3.Connection, old: str, new: str) -> None:
    connection.execute("update sources set name = ? where name = ?", (new, old))
    for table in ("validators", "items", "item_keys", "polled", "subscriptions", "unpushed", "missing"):
        connection.execute(f"update {table} set source = ? where source = ?", (new, old))
    connection.execute(
        "update or replace prints set print = 'born:' || :new || substr(print, length('born:' || :old) + 1)"
        " where print >= 'born:' || :old || ':' and print < 'born:' || :old || ';' and not exists ("
        "   select 1 from sources where substr(name, 1, length(:old) + 1) = :old || ':'"
        "   and substr(print, 1, length('born:' || name) + 1) = 'born:' || name || ':')",
        {"old": old, "new": new},
    )


def _drop(connection: sqlite3.Connection, which: str, values: Sequence[object], now: datetime) -> None:
    """Let polls in flight of some sources commit nothing: those are due again."""
    connection.execute(
        "update sources set generation = generation + 1, claimed_at = null, next_poll_at = max(?, not_before)"
        f" where claimed_at is not null and {which}",
        (micros(now), *values),
    )


def _keep(connection: sqlite3.Connection, source: Source, row: sqlite3.Row, now: datetime) -> None:
    """Bring a row up to date."""
    if (row["url"], row["type"]) != (source.url, source.kind):
        _drop(connection, "name = ?", (source.name,), now)
    connection.execute(
        "update sources set type = ?, removed_at = null, next_poll_at = max(?, not_before) where name = ?",
        (source.kind, _due_at(source, row, now), source.name),
    )
    if row["url"] != source.url:
        connection.execute("delete from validators where source = ?", (source.name,))
        connection.execute(
            "update sources set url = ?, body_hash = '', partial_since = null, state = 'new', failures = 0, error = '', error_code = '', rhythm = '', tempo = x'', shape = '', advice = '',"
            " next_why = '', may_miss = '', latest_at = null, hub = '', topic = '', event_id = '', not_before = 0, next_poll_at = ?"
            " where name = ?",
            (source.url, micros(now), source.name),
        )
    elif row["type"] != source.kind:  # equal bytes read otherwise are another body
        connection.execute(
            "update sources set body_hash = '', rhythm = '', tempo = x'', shape = '', advice = '' where name = ?",
            (source.name,),
        )
        connection.execute("delete from validators where source = ?", (source.name,))


def _due_at(source: Source, row: sqlite3.Row, now: datetime) -> int:
    """Return when a source is due (microseconds): pinned, or failing until now, one interval from now at the latest."""
    at: int = row["next_poll_at"]
    if row["type"] != source.kind:
        return micros(now)
    if row["claimed_at"] is not None or waits(row["failures"], row["error_code"]):
        return at  # where it is claimed: by when its poll has to be back
    if source.live:  # nobody has a stream open at a start
        return min(at, micros(now))
    if source.pinned or row["failures"] or not row["pull"]:
        return min(at, micros(now + timedelta(seconds=source.every)))
    return at


def _bound(connection: sqlite3.Connection, names: Sequence[str], longest: float, now: datetime) -> None:
    """Let no source wait longer than `longest` by its own rhythm; one that fails keeps its wait, which its publisher may have asked for."""
    connection.execute(
        "update sources set next_poll_at = :latest, next_why = :why where claimed_at is null and failures = 0"
        " and next_poll_at > :latest and not_before <= :latest and name in (select value from json_each(:names))",
        {
            "latest": micros(now + timedelta(seconds=longest)),
            "why": f"in {spell(longest)}: `max` of [polling] is that now",
            "names": json.dumps(names),
        },
    )


def claim_due(
    connection: sqlite3.Connection, sources: Mapping[str, Source], now: datetime, limit: int
) -> list[Claim]:
    """Lend out what is due and not paused, in the order of its turns. A 410 is polled no more until its URL changes."""
    names, shared = budget.turns(connection, now, limit)
    rows = connection.execute(
        "update sources set generation = generation + 1, claimed_at = :now, next_poll_at = :lease"
        " where name in (select value from json_each(:names)) returning *",
        {"now": micros(now), "lease": micros(now + LEASE), "names": json.dumps(names)},
    ).fetchall()
    lent = {row["name"]: row for row in rows}
    return [_claim(connection, sources[name], lent[name], shared, now) for name in names if name in sources]


def _claim(
    connection: sqlite3.Connection, source: Source, row: sqlite3.Row, shared: Budget, now: datetime
) -> Claim:
    own, parts = validators.read(connection, source.name)
    shape = shape_of(row["shape"])
    pushing = subscriptions.of_source(connection, source.name)
    other = shape.bodies > 0 and shape.select != drift.version(source)  # equal bytes read otherwise
    return Claim(
        source=source,
        generation=row["generation"],
        claimed_at=now,
        validators=Validators() if other else own,
        parts=parts,
        rhythm=rhythm_of(row),
        shape=Shape() if other else shape,
        body_hash="" if other else row["body_hash"],
        partial_since=instant(row["partial_since"]),
        baselined_at=instant(row["baselined_at"]),
        failures=row["failures"],
        lags=lags_of(row["lags"]),
        budget=replace(shared, pull=max(shared.pull - row["pull"], 0.0)) if row["pull"] else None,
        latest_at=instant(row["latest_at"]),
        advice=advice_of(row["advice"]),
        pushed=websub.share(pushing, now) if pushing else 0.0,
        event_id=row["event_id"],
    )


def claim_pushed(
    connection: sqlite3.Connection, sources: Mapping[str, Source], name: str, now: datetime
) -> Claim | None:
    """Lend out a source for what a hub pushed, unless somebody has it, or it is paused, gone or never was read.

    That is no poll: it costs none of the budget, and ends no failures.
    """
    row = connection.execute(
        f"select * from sources where name = ? and claimed_at is null and baselined_at is not null and {POLLED}",
        (name,),
    ).fetchone()
    if row is None or name not in sources:
        return None
    connection.execute(
        "update sources set generation = generation + 1, claimed_at = ?, next_poll_at = ? where name = ?",
        (micros(now), micros(now + LEASE), name),
    )
    stays = NextPoll(
        at=instant(row["next_poll_at"]),
        why=row["next_why"],
        may_miss=row["may_miss"],
        latest_at=instant(row["latest_at"]),
        pull=row["pull"],
    )
    claim = _claim(connection, sources[name], row, budget.read(connection), now)
    return replace(claim, generation=row["generation"] + 1, failures=0, stays=stays)


def renew(connection: sqlite3.Connection, names: Sequence[str], now: datetime) -> None:
    """Let the leases of these begin anew."""
    connection.execute(
        "update sources set next_poll_at = ? where claimed_at is not null and name in (select value from json_each(?))",
        (micros(now + LEASE), json.dumps(list(names))),
    )


def postpone(connection: sqlite3.Connection, claim: Claim, coming: NextPoll) -> None:
    """Give a claim back unused: nothing was asked, nothing failed, it is due again at `coming`, or when its publisher lets it."""
    if claim.budget is not None and claim.stays is None:
        budget.returned(connection)
    connection.execute(
        "update sources set claimed_at = null, next_poll_at = max(:next, not_before),"
        " next_why = iif(not_before > :next, next_why, :why), may_miss = :may_miss"
        " where name = :name and generation = :generation",
        {
            "next": micros(coming.at),
            "why": coming.why,
            "may_miss": coming.may_miss,
            "name": claim.source.name,
            "generation": claim.generation,
        },
    )


def leave_alone(connection: sqlite3.Connection, names: Sequence[str], until: datetime, why: str) -> None:
    """Poll none of `names` before `until`. Who has one of them claimed hears of it at the door (`daemon/reading/hosts`)."""
    values = {"until": micros(until), "why": why, "names": json.dumps(list(names))}
    those = "name in (select value from json_each(:names))"
    connection.execute(
        f"update sources set not_before = :until, next_why = :why where not_before < :until and {those}",
        values,
    )
    connection.execute(
        f"update sources set next_poll_at = max(next_poll_at, :until) where claimed_at is null and {those}",
        values,
    )


def next_poll_at(connection: sqlite3.Connection) -> datetime | None:
    """Return when the next source is due."""
    row = connection.execute(f"select min(next_poll_at) from sources where {POLLED}").fetchone()
    soonest: datetime | None = instant(row[0])
    return soonest


def not_later_than(connection: sqlite3.Connection, at: datetime) -> None:
    """Pull polls and probes that lie beyond `at`, because the clock was set back, to `at`."""
    late = (micros(at), micros(at))
    connection.execute(
        "update sources set next_poll_at = ? where claimed_at is null and next_poll_at > ?", late
    )
    connection.execute("update sources set not_before = min(not_before, ?)", late[:1])
    connection.execute("update receivers set next_probe_at = ? where next_probe_at > ?", late)
