"""A loop that waits: woken by an event, by its time, and always to be stopped."""

import asyncio
from datetime import timedelta

import pytest

from monitor.daemon.clock import wait
from tests.virtual import ManualClock


@pytest.mark.parametrize("passes", range(8))
def test_a_stop_that_comes_as_a_loop_wakes_still_stops_it(passes: int) -> None:
    clock, wake = ManualClock(), asyncio.Event()

    async def story() -> None:
        loop = asyncio.create_task(wait(wake, clock, clock.now() + timedelta(seconds=60)))
        await asyncio.sleep(0.01)
        wake.set()
        for _ in range(passes):
            await asyncio.sleep(0)
        told = loop.cancel()
        await asyncio.wait([loop])
        assert loop.cancelled() == told

    asyncio.run(story())


def test_a_wait_leaves_no_sleeper_behind() -> None:
    clock, wake = ManualClock(), asyncio.Event()

    async def story() -> None:
        loop = asyncio.create_task(wait(wake, clock, clock.now() + timedelta(seconds=60)))
        await asyncio.sleep(0.01)
        wake.set()
        await loop
        assert clock.earliest() is None

    asyncio.run(story())
