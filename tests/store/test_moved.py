"""The clock is set back: what was due in a minute is due in a minute. A real file."""

import asyncio
from datetime import timedelta
from pathlib import Path

from monitor.daemon.reading.hosts import Held, Hosts
from monitor.model import NextPoll, Source
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.polling import budget
from tests.virtual import ManualClock

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def test_polls_stay_as_far_ahead_and_tokens_go_on_coming_in(tmp_path: Path) -> None:
    late = ManualClock()
    early = ManualClock(late.now() - HOUR)

    async def story() -> None:
        store = SqliteStore(tmp_path / "db", late)
        await store.sync(sources=[Source(name="wire", url="http://127.0.0.1/rss", every=60.0)])
        [claim] = await store.claim_due(limit=1)
        await store.postpone(claim, NextPoll(at=late.now() + MINUTE, why="soon"))
        at = (await store.read(budget.read)).at
        await store.set_back(HOUR)
        assert await store.next_poll_at() == early.now() + MINUTE
        assert (await store.read(budget.read)).at == at - HOUR.total_seconds()
        store.close()

    asyncio.run(story())


def test_who_is_at_work_keeps_a_source_however_long_that_takes(tmp_path: Path) -> None:
    clock = ManualClock()

    async def story() -> None:
        store = SqliteStore(tmp_path / "db", clock)
        await store.sync(sources=[Source(name="wire", url="http://127.0.0.1/rss", every=60.0)])
        [claim] = await store.claim_due(limit=1)
        for _ in range(6):
            clock.advance(300)
            await store.renew([claim.source.name])
            assert await store.claim_due(limit=1) == []
        clock.advance(601)
        assert len(await store.claim_due(limit=1)) == 1
        store.close()

    asyncio.run(story())


def test_a_door_stays_closed_as_long_as_it_was_to_be() -> None:
    late = ManualClock()
    early = ManualClock(late.now() - HOUR)
    hosts = Hosts(gap=1.0)
    hosts.hold("example.org", late.now() + MINUTE)
    hosts.set_back(HOUR)

    async def comes(clock: ManualClock) -> bool:
        try:
            async with hosts.slot("example.org", clock):
                return True
        except Held:
            return False

    async def story() -> None:
        assert not await comes(early)
        early.advance(61)
        assert await comes(early)

    asyncio.run(story())
