"""Ticks only set events; a clock that was set makes all polls due anew."""

import asyncio

from monitor.daemon.schedule import Schedule, Tick


def test_a_tick_sets_its_loops_event_and_a_late_one_is_not_skipped() -> None:
    async def story() -> None:
        wake = asyncio.Event()
        schedule = Schedule({"poll": Tick(0.01, wake)})
        schedule.start()
        try:
            await asyncio.wait_for(wake.wait(), 5)
            [job] = schedule.jobs()
            assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
            wake.clear()
            await asyncio.wait_for(wake.wait(), 5)
        finally:
            schedule.stop()

    asyncio.run(story())


def test_a_jump_of_the_clock_is_seen_and_passed_on() -> None:
    async def story() -> None:
        apart = [0.0]
        jumps = asyncio.Queue[float]()
        schedule = Schedule({"poll": Tick(60.0, asyncio.Event())})
        schedule.start()

        async def jumped(seconds: float) -> None:
            await jumps.put(seconds)

        watching = asyncio.create_task(schedule.watch(jumped, offset=lambda: apart[0], look_every=0.01))
        await asyncio.sleep(0.05)
        apart[0] = 59.0  # a correction, no jump
        await asyncio.sleep(0.05)
        assert jumps.empty()
        apart[0] = -86_400.0
        assert await asyncio.wait_for(jumps.get(), 5) == -86_459.0
        apart[0] -= 30.0  # set back, each step counts: nothing would come due until it has caught up
        assert await asyncio.wait_for(jumps.get(), 5) == -30.0
        watching.cancel()
        schedule.stop()

    asyncio.run(story())
