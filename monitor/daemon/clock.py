"""The one place that reads the clock."""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.model import Clock

AWAKE = 1.0  # seconds of real time after which a loop looks by itself, whatever it was told


class SystemClock:
    """Wall time for what is stored and waited for."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        return datetime.now(UTC)  # noqa: TID251 - here and nowhere else

    async def sleep_until(self, at: datetime) -> None:
        """Return when `at` has come, by a wall clock that may be set meanwhile: set back, it is waited no longer for."""
        ends = time.monotonic() + (at - self.now()).total_seconds()
        while (left := min((at - self.now()).total_seconds(), ends - time.monotonic())) > 0:
            await asyncio.sleep(min(left, AWAKE))


async def wait(wake: asyncio.Event, clock: Clock, at: datetime | None) -> None:
    """Return when `wake` is set, at `at`, or after a second of real time: whichever comes first."""
    sleeps: list[asyncio.Future[object]] = [asyncio.ensure_future(wake.wait())]
    if at is not None and at < clock.now() + timedelta(days=1):
        sleeps.append(asyncio.ensure_future(clock.sleep_until(at)))
    try:
        await asyncio.wait(sleeps, timeout=AWAKE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for sleep in sleeps:
            sleep.cancel()
        await asyncio.wait(sleeps)  # raises what this task is told, never what they were


def offset() -> float:
    """Return wall minus monotonic time, in seconds: it changes when the clock is set or the machine slept."""
    return time.time() - time.monotonic()  # noqa: TID251 - here and nowhere else


def show_in(zone: ZoneInfo) -> None:
    """Let every clock on screen, in every log line and on the terminal go by `zone`: it becomes the process's own."""
    os.environ["TZ"] = zone.key
    time.tzset()
