"""A clock that tests move, and a driver that moves it when the daemon has nothing left to do."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.rows import micros

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSES = 20  # of the event loop: more than a task takes from being woken to asking the store
BUSY = """
    select (select count(*) from sources where claimed_at is not null),
           (select count(*) from deliveries where claimed_at is not null),
           (select count(*) from sources where removed_at is null and state not in ('gone', 'paused') and next_poll_at <= :now),
           (select count(*) from deliveries d left join receivers r on r.notifier = d.notifier
            where d.state in ('due', 'retrying') and coalesce(d.due_at, 0) <= :now
              and (coalesce(r.failures, 0) = 0 or coalesce(r.next_probe_at, 0) <= :now)),
           (select count(*) from deliveries where state = 'held' and batch != '' and digest = '' and due_at <= :now)
"""


class ManualClock:
    """`monitor.model.Clock` that stands still until it is moved."""

    def __init__(self, at: datetime = START) -> None:
        self._now = at
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    async def sleep_until(self, at: datetime) -> None:
        if at <= self._now:
            return
        sleeper = (at, asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper[1]
        finally:
            self._sleepers.remove(sleeper)

    def advance(self, seconds: float) -> None:
        """Move on, and wake whoever slept until then."""
        self.advance_to(self._now + timedelta(seconds=seconds))

    def advance_to(self, at: datetime) -> None:
        self._now = max(self._now, at)
        for until, sleeper in list(self._sleepers):
            if until <= self._now and not sleeper.done():
                sleeper.set_result(None)

    def earliest(self) -> datetime | None:
        """Return when the first sleeper wakes."""
        return min((at for at, sleeper in self._sleepers if not sleeper.done()), default=None)


async def settle(store: SqliteStore, clock: ManualClock) -> None:
    """Return when nothing is in flight and nothing is due; short waits between sends are skipped."""

    def busy(connection: sqlite3.Connection) -> tuple[int, ...]:
        return tuple(connection.execute(BUSY, {"now": micros(clock.now())}).fetchone())

    while any(counts := await store.database.read(busy)):
        if pausing(counts):
            await _caught_up(store)  # whoever has just woken may be about to claim
            soon = clock.earliest()
            if (
                await store.database.read(busy) == counts
                and soon is not None
                and soon - clock.now() <= timedelta(seconds=2)
            ):
                clock.advance_to(soon)
        await asyncio.sleep(0.001)


def pausing(counts: tuple[int, ...]) -> bool:
    """Tell whether nothing is in flight and only a pause under a rate is left."""
    return not any(counts[:3])


async def _caught_up(store: SqliteStore) -> None:
    """Return when every task that could run has run, and what it asked of the writer is committed."""
    for _ in range(2):  # once to ask, once to take the answer
        for _ in range(PASSES):
            await asyncio.sleep(0)
        await store.database.write(lambda _: None)


async def run_until(
    end: datetime, store: SqliteStore, clock: ManualClock, *, step: Callable[[], None] = lambda: None
) -> None:
    """Run a daemon that serves `store` until `end`, as fast as it works; `step` is called at each instant."""
    while True:
        await settle(store, clock)
        step()
        dues = [
            await store.next_poll_at(),
            *[await store.next_delivery_at(name) for name in await _receivers(store)],
        ]
        coming = min((due for due in dues if due is not None and due > clock.now()), default=end)
        if coming >= end:
            clock.advance_to(end)
            await settle(store, clock)
            return
        clock.advance_to(coming)


async def _receivers(store: SqliteStore) -> list[str]:
    return await store.database.read(
        lambda connection: [row[0] for row in connection.execute("select notifier from receivers")]
    )
