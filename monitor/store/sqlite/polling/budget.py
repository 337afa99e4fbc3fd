"""The polls that sources share: one row, kept by each claim and each poll."""

import math
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from monitor.core import cadence, websub
from monitor.core.rhythm import price
from monitor.model import Budget, Hints, Source, Subscription
from monitor.store.sqlite.polling import subscriptions
from monitor.store.sqlite.rows import advice_of, micros, rhythm_of
from monitor.store.sqlite.states import POLLED, UNPOLLED

# what is due and neither paused nor gone; what waits for a token: not first polls, nor those a window needs
DUE = f"{POLLED} and next_poll_at <= :now"
WAITS = "pull > 0 and last_poll_at is not null and (latest_at is null or latest_at > :now)"
# most urgent first: the items expected unseen, squared, over twice their rate (docs/rhythm.md), without the profiles; alike, as
# what is pinned is, who fails waits for those who do not, and who was looked at for those who were not, or long ago
URGENCY = "pull * (:now - coalesce(last_poll_at, 0)) desc, failures, coalesce(last_poll_at, 0), name"


def read(connection: sqlite3.Connection) -> Budget:
    """Return the budget, an empty one before the first configuration."""
    row = connection.execute("select every, sources, pull, correction, tokens, at from budget").fetchone()
    return Budget(**dict(row)) if row else Budget()


def write(connection: sqlite3.Connection, budget: Budget) -> None:
    """Keep `budget`."""
    connection.execute(
        "insert or replace into budget values (1, :every, :sources, :pull, :correction, :tokens, :at)",
        {name: getattr(budget, name) for name in budget.__slots__},
    )


def share_out(connection: sqlite3.Connection, sources: Mapping[str, Source], now: datetime) -> None:
    """Count anew who shares the budget and what each claims: at a start, and when the configuration changed.

    The time in which polls were due and nobody made them earns tokens, and says nothing about the price.
    """
    rows = connection.execute("select * from sources where removed_at is null").fetchall()
    pushing = subscriptions.every(connection)
    pulls = {
        row["name"]: _pull(sources[row["name"]], row, pushing.get(row["name"]), now)
        for row in rows
        if row["name"] in sources
    }
    connection.executemany(
        "update sources set pull = ? where name = ?", [(p, name) for name, p in pulls.items()]
    )
    sharing = [pull for pull in pulls.values() if pull]
    every = next((it.every for it in sources.values() if not it.pinned), Budget().every)
    old = read(connection)
    new = replace(old, every=every, sources=len(sharing), pull=sum(sharing))
    begun = new if old.at else price.at_start(new)
    worked = price.passed(begun, min(_soonest(connection), now.timestamp()))
    write(connection, replace(price.passed(worked, now.timestamp()), correction=worked.correction))


def _soonest(connection: sqlite3.Connection) -> float:
    """Return when the first poll was or will be due, in seconds since 1970."""
    (soonest,) = connection.execute(
        f"select min(next_poll_at) from sources where {POLLED} and pull > 0"
    ).fetchone()
    return soonest / 1e6 if soonest is not None else math.inf


def _pull(source: Source, row: sqlite3.Row, pushing: Subscription | None, now: datetime) -> float:
    if source.pinned or row["state"] in UNPOLLED:
        return 0.0
    hints = Hints(advice=advice_of(row["advice"]), pushed=websub.share(pushing, now) if pushing else 0.0)
    return cadence.pull(source, rhythm_of(row), now, hints)


def turns(connection: sqlite3.Connection, now: datetime, limit: int) -> tuple[list[str], Budget]:
    """Return whose turn it is, at most `limit`, and the budget after that; the others are put off, urgent ones least.

    First polls and those that a window needs wait for nothing. Of the others as many are made as there are
    tokens; the rest come due one after the other, as tokens come in, at the latest when items may be lost.
    """
    at = {"now": micros(now), "limit": limit}
    due = connection.execute(
        f"select name, {WAITS} as waits, pull > 0 and (latest_at is null or latest_at > :now) as shared"
        f" from sources where {DUE} order by waits, {URGENCY} limit :limit",
        at,
    ).fetchall()
    if not due:
        return [], read(connection)
    budget = price.passed(read(connection), now.timestamp())
    free = sum(not row["waits"] for row in due)
    budget = price.passed(budget, now.timestamp(), sum(row["shared"] for row in due[:free]))
    able = next((n for n in range(len(due) - free) if price.wait(budget, n) > 0), len(due) - free)
    taken = due[: free + able]
    budget = price.passed(budget, now.timestamp(), able)
    if len(taken) < len(due):
        _put_off(connection, budget, now, [row["name"] for row in taken])
    write(connection, budget)
    return [row["name"] for row in taken], budget


def _put_off(connection: sqlite3.Connection, budget: Budget, now: datetime, taken: list[str]) -> None:
    rows = connection.execute(
        f"select name, latest_at from sources where {DUE} and {WAITS} order by {URGENCY}",
        {"now": micros(now)},
    ).fetchall()
    left = [row for row in rows if row["name"] not in set(taken)]
    later = [
        (
            min(micros(now) + 1 + int(price.wait(budget, place) * 1e6), row["latest_at"] or 1 << 62),
            row["name"],
        )
        for place, row in enumerate(left)
    ]
    connection.executemany("update sources set next_poll_at = ? where name = ?", later)


def moved(connection: sqlite3.Connection, old: float, new: float) -> None:
    """Note that what one source claims went from `old` to `new`."""
    connection.execute(
        "update budget set pull = max(pull + ?, 0), sources = sources + ?", (new - old, (new > 0) - (old > 0))
    )


def returned(connection: sqlite3.Connection) -> None:
    """Note that a poll for which a token was taken was not made."""
    budget = read(connection)
    write(connection, price.passed(budget, budget.at, -1))
