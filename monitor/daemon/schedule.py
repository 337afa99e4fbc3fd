"""The ticks: APScheduler sets the loops' events on time. Due times live in the store, not here."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.daemon.clock import offset
from monitor.daemon.system.logs import event
from monitor.values import dataclass

JUMP = 60.0  # seconds by which wall time may get ahead of monotonic time before the jobs are set anew, and
BACK = 2.0  # by which it may fall behind: so long nothing would come due


@dataclass(frozen=True, slots=True)
class Tick:
    """A loop's event and how often to set it."""

    seconds: float
    wake: asyncio.Event


class Schedule:
    """Ticks for the loops. A job only sets its loop's event: one that worked in the tick would be
    skipped when it is late (APScheduler drops jobs over a second late unless told otherwise)."""

    def __init__(self, ticks: Mapping[str, Tick]) -> None:
        """Take the ticks, by name; nothing runs before `start`."""
        self._ticks = ticks
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Start ticking on the running loop."""
        self._add()
        self._scheduler.start()

    def _add(self) -> None:
        for name, tick in self._ticks.items():
            self._scheduler.add_job(
                _setter(tick.wake),
                "interval",
                seconds=tick.seconds,
                id=name,
                replace_existing=True,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )

    def jobs(self) -> list[Job]:
        """Return the jobs as the scheduler has them."""
        found: list[Job] = self._scheduler.get_jobs()
        return found

    async def watch(
        self,
        jumped: Callable[[float], Awaitable[None]],
        *,
        offset: Callable[[], float] = offset,
        look_every: float = 1.0,
    ) -> None:
        """Set the jobs anew, and call `jumped` with the seconds, when the wall clock was set or the machine slept.

        `offset` returns wall minus monotonic time; it is looked at every `look_every` seconds.
        """
        apart = offset()
        while True:
            await asyncio.sleep(look_every)
            now_apart = offset()
            if not -BACK <= now_apart - apart <= JUMP:
                event(
                    "clock.jumped",
                    f"the clock jumped by {now_apart - apart:+.0f} s; polls are set anew",
                    level=logging.WARNING,
                )
                self._add()
                await jumped(now_apart - apart)
            apart = now_apart

    def stop(self) -> None:
        """Tick no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _setter(wake: asyncio.Event) -> Callable[[], Awaitable[None]]:
    async def tick() -> None:  # a coroutine runs on the loop, a plain function in a thread
        wake.set()

    return tick
