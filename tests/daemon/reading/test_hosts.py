"""A publisher's door: never too many, never too soon, never while it asked to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from monitor.daemon.network.transport import Transport
from monitor.daemon.plan import Plan
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import DOORS, Held, Hosts
from monitor.daemon.service import serve
from monitor.model import Claim, Response, Source, Trouble
from monitor.store import SourceRow
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.rows import micros
from tests.torture import guest
from tests.virtual import ManualClock

if TYPE_CHECKING:
    from tests.conftest import Site

FEED = b'<rss version="2.0"><channel><item><title>Ballistic</title><guid>1</guid></item></channel></rss>'

BUSY = "select count(*) from sources where claimed_at is not null or next_poll_at <= ?"


async def to_this_machine(host: str, port: int) -> Sequence[str]:
    """Every name leads to 127.0.0.1."""
    return ["127.0.0.1"]


@pytest.mark.torture
@pytest.mark.parametrize(("at_once", "gap"), [(2, 1.0), (3, 0.0)])
def test_the_hosts_count_no_more_requests_than_are_configured_and_none_too_soon(
    at_once: int, gap: float
) -> None:
    seen = guest.watch(feeds=40, hours=0.7, at_once=at_once, gap=gap, seed=1)
    assert seen["most_at_once"] == at_once
    assert seen["closest"] == gap
    assert seen["refusals"] == 4
    assert seen["before_retry_after"] == 0
    assert seen["sources_in_trouble"] == 0


def claim(url: str, clock: ManualClock) -> Claim:
    return Claim(source=Source(name=url, url=url), generation=1, claimed_at=clock.now())


@pytest.mark.parametrize(
    ("status", "header", "pause"),
    [(429, "120", 120.0), (429, "", 60.0), (503, "300", 300.0), (503, "", 0.0), (404, "300", 0.0)],
)
def test_a_domain_that_asks_to_be_left_alone_is_asked_by_nobody(
    site: Site, status: int, header: str, pause: float
) -> None:
    clock = ManualClock()
    site.pages = {"/": (status, {"Retry-After": header} if header else {}, b""), "/rss": (200, {}, FEED)}

    async def story() -> None:
        hosts = Hosts()
        async with Transport(clock=clock, resolve=to_this_machine) as transport:

            async def ask(host: str, path: str) -> Response | Trouble:
                url = f"http://{host}:{site.port}{path}"
                return await fetch(transport, claim(url, clock), hosts, clock=clock)

            first = await ask("www.news.co.uk", "/")
            assert isinstance(first, Trouble)
            assert first.holds == ("news.co.uk" if pause else "")
            if pause:
                held = await ask("feeds.news.co.uk", "/rss")
                assert held == Trouble(
                    sentence="news.co.uk asks to be left alone",
                    kind="held",
                    retry_after=pause,
                    holds="news.co.uk",
                )
                clock.advance(pause - 0.001)
                assert isinstance(await ask("feeds.news.co.uk", "/rss"), Trouble)
                assert isinstance(await ask("www.other.co.uk", "/rss"), Response)
                clock.advance(0.001)
            assert isinstance(await ask("feeds.news.co.uk", "/rss"), Response)

    asyncio.run(story())
    assert site.paths() == ["/", *(["/rss"] * (2 if pause else 1))]


def test_who_waits_at_the_door_hears_of_it_too() -> None:
    clock = ManualClock()

    async def story() -> None:
        hosts = Hosts(at_once=1)
        heard: list[Held] = []

        async def wait() -> None:
            try:
                async with hosts.slot("a.org", clock):
                    pytest.fail("came in")
            except Held as held:
                heard.append(held)

        async with hosts.slot("a.org", clock):
            waiting = [asyncio.create_task(wait()) for _ in range(3)]
            await asyncio.sleep(0)
            assert hosts.waiting == 3
            hosts.hold("www.a.org", clock.now() + timedelta(minutes=2))
        await asyncio.gather(*waiting)
        assert [held.domain for held in heard] == ["a.org"] * 3
        assert hosts.waiting == 0

    asyncio.run(story())


def test_a_door_that_is_held_is_not_forgotten_where_there_are_many() -> None:
    clock = ManualClock()

    async def story() -> None:
        hosts = Hosts()

        async def call(domain: str) -> None:
            async with hosts.slot(domain, clock):
                pass

        for domain in ("held.org", "slow.org"):
            await call(domain)
        hosts.hold("held.org", clock.now() + timedelta(minutes=2))
        hosts.widen("slow.org", 30.0)
        for number in range(2 * DOORS):
            await call(f"site{number}.org")
        with pytest.raises(Held):
            await call("held.org")
        soon = asyncio.create_task(call("slow.org"))
        await asyncio.sleep(0)
        assert clock.earliest() == clock.now() + timedelta(seconds=30)
        clock.advance(121)
        await soon
        await call("held.org")

    asyncio.run(story())


def test_a_caller_that_gives_up_takes_nobodys_turn() -> None:
    clock = ManualClock()

    async def story() -> None:
        hosts = Hosts(at_once=1, gap=1.0)

        async def call() -> None:
            async with hosts.slot("a.org", clock):
                await asyncio.sleep(0)

        async with hosts.slot("a.org", clock):
            gone = asyncio.create_task(call())
            await asyncio.sleep(0)
            gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        clock.advance(5)
        await asyncio.wait_for(call(), 5)
        assert hosts.waiting == 0

    asyncio.run(story())


async def lived(plan: Plan, database: Path, clock: ManualClock, enough: Callable[[], bool]) -> None:
    """Run the daemon until the site was asked `enough` and nothing is due any more."""
    store, stop, ready = SqliteStore(database, clock), asyncio.Event(), asyncio.Event()
    daemon = asyncio.create_task(
        serve(plan, store, clock=clock, random=lambda: 0.0, stop=stop, ready=ready.set)
    )
    await ready.wait()
    while True:
        if enough() and not await store.database.read(
            lambda it: it.execute(BUSY, [micros(clock.now())]).fetchone()[0]
        ):
            break
        await asyncio.sleep(0.01)
    stop.set()
    await daemon
    store.close()


async def known(database: Path, clock: ManualClock) -> list[SourceRow]:
    with closing(SqliteStore(database, clock)) as store:
        return await store.database.read(reading.sources)


def test_what_a_domain_asked_for_outlives_the_daemon(site: Site, tmp_path: Path) -> None:
    clock = ManualClock()
    site.pages = {"/a": (429, {"Retry-After": "7200"}, b""), "/b": (200, {}, FEED), "/c": (200, {}, FEED)}
    sources = [
        Source(name=name, url=f"{site.url}/{name}", every=60, pinned=True, private=True) for name in "abc"
    ]
    plan = Plan(sources=sources, rules=(), notifiers={}, at_once=1)
    database = tmp_path / "newsbell.db"

    async def story() -> None:
        well = replace(plan, sources=sources[1:])
        await lived(well, database, clock, lambda: len(site.requests) == 2)
        clock.advance(60)
        await lived(plan, database, clock, lambda: "/a" in site.paths())
        asked = len(site.requests)
        clock.advance(7_199 - 60)
        await lived(plan, database, clock, lambda: True)
        late = len(site.requests)
        assert site.paths()[asked:] == []
        rows = {row.name: row for row in await known(database, clock)}
        assert (rows["a"].failures, rows["b"].failures, rows["c"].failures) == (1, 0, 0)
        assert {row.next_why.rpartition(": ")[2] for row in rows.values()} == {
            "127.0.0.1 asks to be left alone for 2 h"
        }
        site.pages["/a"] = (200, {}, FEED)
        clock.advance(120)
        await lived(plan, database, clock, lambda: {*site.paths()[late:]} == {"/b", "/c", "/a"})

    asyncio.run(asyncio.wait_for(story(), 60))
