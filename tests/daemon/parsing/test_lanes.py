"""Lanes: who goes first, who is turned away, and how a source that was slow is trusted again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from monitor.daemon.parsing.lanes import PROBATION, FullError, Lane, Pace, Paces


def queue(
    *paces: Pace, then: Callable[[list[asyncio.Task[None]]], Awaitable[None]] | None = None
) -> list[Pace]:
    """Return the order in which jobs of `paces`, which came in this order, went through a lane of one slot."""
    went: list[Pace] = []

    async def story() -> None:
        lane = Lane(1)

        async def job(pace: Pace) -> None:
            async with lane.slot(pace):
                went.append(pace)

        async with lane.slot(Pace.QUICK):
            jobs = [asyncio.create_task(job(pace)) for pace in paces]
            await asyncio.sleep(0)
            if then:
                await then(jobs)
        await asyncio.gather(*jobs, return_exceptions=True)
        async with asyncio.timeout(5), lane.slot(Pace.QUICK):  # nobody kept it
            pass

    asyncio.run(story())
    return went


def test_the_quick_go_before_the_unknown_and_these_before_the_slow() -> None:
    given = (Pace.ENDLESS, Pace.SLOW, Pace.UNKNOWN, Pace.QUICK)
    assert queue(*given) == sorted(given)


def test_who_gives_up_waiting_leaves_no_hole() -> None:
    async def give_up(jobs: list[asyncio.Task[None]]) -> None:
        jobs[0].cancel()

    assert queue(Pace.QUICK, Pace.SLOW, then=give_up) == [Pace.SLOW]


def test_a_slot_that_comes_as_its_owner_gives_up_goes_to_the_next() -> None:
    went: list[str] = []

    async def story() -> None:
        lane = Lane(1)

        async def job(name: str) -> None:
            async with lane.slot(Pace.QUICK):
                went.append(name)

        async with lane.slot(Pace.QUICK):
            first, second = (asyncio.create_task(job(name)) for name in ("first", "second"))
            await asyncio.sleep(0)
        first.cancel()  # the slot is its own already, and it has not run since
        await asyncio.wait_for(second, 5)

    asyncio.run(story())
    assert went == ["second"]


def test_one_too_many_is_turned_away() -> None:
    async def story() -> None:
        lane = Lane(1, waiting=1)

        async def job() -> None:
            async with lane.slot(Pace.SLOW):
                pass

        async with lane.slot(Pace.SLOW):
            waiting = asyncio.create_task(job())
            await asyncio.sleep(0)
            with pytest.raises(FullError):
                await job()
            waiting.cancel()
            await asyncio.wait([waiting])
            again = asyncio.create_task(job())
            await asyncio.sleep(0)
            assert not again.done()
        await again

    asyncio.run(story())


def test_a_source_that_was_slow_is_trusted_after_a_row_of_quick_bodies() -> None:
    paces = Paces()
    assert paces.of("wire") is Pace.UNKNOWN
    paces.note("wire", Pace.ENDLESS)
    assert paces.of("wire") is Pace.ENDLESS
    for _ in range(PROBATION - 1):
        paces.note("wire", Pace.QUICK)
        assert paces.of("wire") is Pace.SLOW
    paces.note("wire", Pace.SLOW)
    for _ in range(PROBATION - 1):
        paces.note("wire", Pace.QUICK)
    assert paces.of("wire") is Pace.SLOW  # not in a row
    paces.note("wire", Pace.QUICK)
    assert paces.of("wire") is Pace.QUICK
    assert paces.of("other") is Pace.UNKNOWN


def test_what_has_no_name_is_not_remembered() -> None:
    paces = Paces()
    paces.note("", Pace.ENDLESS)
    assert paces.of("") is Pace.UNKNOWN
