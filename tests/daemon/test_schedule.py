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
        apart, looks = [0.0], list[float]()
        jumps = asyncio.Queue[float]()
        schedule = Schedule({"poll": Tick(60.0, asyncio.Event())})
        schedule.start()

        async def jumped(seconds: float) -> None:
            await jumps.put(seconds)

        def offset() -> float:
            looks.append(apart[0])
            return apart[0]

        async def looked_twice() -> None:  # the second look comes when the first was seen to
            async with asyncio.timeout(5):
                while looks[-2:] != [apart[0]] * 2:
                    await asyncio.sleep(0.01)

        watching = asyncio.create_task(schedule.watch(jumped, offset=offset, look_every=0.01))
        await looked_twice()
        apart[0] = 59.0  # a correction, no jump
        await looked_twice()
        assert jumps.empty()
        apart[0] = -86_400.0
        assert await asyncio.wait_for(jumps.get(), 5) == -86_459.0
        apart[0] -= 30.0  # set back, each step counts: nothing would come due until it has caught up
        assert await asyncio.wait_for(jumps.get(), 5) == -30.0
        watching.cancel()
        schedule.stop()

    asyncio.run(story())
