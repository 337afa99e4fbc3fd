"""A server of events on loopback and the daemon: opened, read, dropped, resumed, refused, fallen silent, reloaded."""

import asyncio
import re
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.api.tally import Tally
from monitor.core.cadence import Bounds
from monitor.daemon.parsing import parse
from monitor.daemon.plan import Plan
from monitor.daemon.service import Take, serve
from monitor.model import Inhibition, Rule, Secret, Source
from monitor.notifiers.webhook import Webhook
from monitor.sources import UnreadError
from monitor.sources._event_stream import LARGEST, events
from monitor.store import SourceRow, StoreError
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import told
from tests.streams import Stream
from tests.virtual import ManualClock


class House:
    """A daemon that reads a stream, under a clock the test moves."""

    def __init__(self, site: Site, path: Path, stream: Stream) -> None:
        self.site, self.stream, self.clock = site, stream, ManualClock()
        self.store, self.stop, self.tally = (
            SqliteStore(path / "newsbell.db", self.clock),
            asyncio.Event(),
            Tally(),
        )
        self.source = Source(name="wire", url=stream.url, kind="sse", live=True, pinned=True, every=300.0)
        self.plan = Plan(
            sources=[self.source],
            rules=[Rule(name="fire", query="fire")],
            notifiers={"desk": Webhook(url=Secret(f"{site.url}/hook"))},
            bounds=Bounds(),
        )
        self.take: Take | None = None
        site.pages["/hook"] = (204, {}, b"")

    async def __aenter__(self) -> "House":
        self.stop = asyncio.Event()

        async def follow(take: Take) -> None:
            self.take = take
            await self.stop.wait()

        self.task = asyncio.create_task(
            serve(
                self.plan,
                self.store,
                clock=self.clock,
                random=lambda: 0.0,
                stop=self.stop,
                tally=self.tally,
                follow=follow,
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task

    async def until(self, holds: Callable[[], bool | Awaitable[bool]], *, step: float = 0.0) -> None:
        """Wait until something holds; `step` seconds pass at each look."""
        async with asyncio.timeout(30):
            while True:
                held = holds()
                if held if isinstance(held, bool) else await held:
                    return
                self.clock.advance(step)
                await asyncio.sleep(0.01)

    async def opened(self, times: int) -> None:
        """Wait until the stream was opened so often, and that is committed."""

        async def so_often() -> bool:
            return len(self.stream.asked) == times and (await self.row()).next_why == "its stream is open"

        await self.until(so_often, step=0.5)

    async def rings(self, *titles: str) -> None:
        """Wait until the receiver was told of these, and of nothing else."""
        await self.until(lambda: len(told(self.site)) >= len(titles), step=0.1)
        assert sorted(told(self.site)) == sorted(titles)

    def refuse(self, items: bool) -> None:
        """Let the store take no items, or take them again."""
        with closing(sqlite3.connect(self.store.database.path)) as other, other:
            other.execute(
                "create trigger no before insert on items begin select raise(abort, 'no'); end"
                if items
                else "drop trigger no"
            )

    async def row(self) -> SourceRow:
        [row] = await self.store.read(reading.sources)
        return row


def run(site: Site, path: Path, story: Callable[[House], Awaitable[None]], **options: float) -> None:
    async def telling() -> None:
        stream = Stream(site=site)
        house = House(site, path, stream)
        house.source = replace(house.source, options=options)
        house.plan = replace(house.plan, sources=[house.source])
        try:
            async with house:
                await story(house)
        finally:
            stream.drop()
            house.store.close()

    asyncio.run(telling())


def test_what_a_stream_says_rings_at_once_and_goes_on_after_a_break(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        house.stream.say("old fire")
        await house.opened(1)
        assert house.stream.asked == [None]
        house.stream.say("first fire", "rain")
        await house.rings("first fire")
        house.stream.drop()
        house.stream.say("second fire")  # while nobody is there
        await house.opened(2)
        assert house.stream.asked[1] == "2"
        await house.rings("first fire", "second fire")
        assert (await house.row()).state == "ok"
        assert house.tally.gaps == 0
        items = await house.store.read(reading.items, limit=9)
        assert {item.published.origin for item in items} == {"stated"}

    run(site, tmp_path, story)


def test_a_bug_ends_one_stream_for_a_while(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(body: bytes) -> Any:
        if b"bad" in body:
            raise ZeroDivisionError
        return events(body)

    async def story(house: House) -> None:
        await house.opened(1)
        house.stream.say("first fire")
        await house.rings("first fire")
        with monkeypatch.context() as broken:
            broken.setattr("monitor.daemon.polling.streams.events", breaking)
            house.stream.say("bad fire")
            await house.until(
                lambda: len(house.stream.asked) == 3, step=0.5
            )  # it breaks again, behind the same id
        await house.rings("first fire", "bad fire")
        house.stream.say("next fire")
        await house.rings("first fire", "bad fire", "next fire")

    run(site, tmp_path, story)


def test_a_bug_in_looking_after_a_stream_is_its_trouble_and_not_the_daemons(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(*_: object, **__: object) -> Any:
        raise ZeroDivisionError

    async def story(house: House) -> None:
        async def broken() -> bool:
            return (await house.row()).error_code == "broke"

        await house.opened(1)
        with monkeypatch.context() as bug:
            bug.setattr("monitor.daemon.polling.streams.unchanged", breaking)
            await house.until(broken, step=5)
        house.stream.say("a fire")
        await house.rings("a fire")
        assert not house.task.done()

    run(site, tmp_path, story)


def test_a_stop_and_a_start_lose_nothing(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.stream.say("first fire")
        await house.rings("first fire")
        await house.__aexit__()
        house.stream.drop()
        house.stream.say("second fire")
        await house.__aenter__()
        await house.opened(2)
        assert house.stream.asked[1] == "0"
        await house.rings("first fire", "second fire")

    run(site, tmp_path, story)


def test_one_connection_that_a_look_leaves_alone(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        await house.until(lambda: house.tally.polls.total() == 1)  # counted after it is committed
        for polls in range(2, 5):
            house.clock.advance(301)
            await house.until(lambda polls=polls: house.tally.polls.total() == polls)  # type: ignore[misc]  # bound at once
        assert len(house.stream.asked) == 1
        assert site.busiest["/stream"] == 1

    run(site, tmp_path, story)


@pytest.mark.torture
def test_a_stream_that_says_nothing_is_opened_anew(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.stream.send(b": still here\n\n")
        await house.until(lambda: len(house.stream.asked) == 2, step=0.5)
        house.stream.say("late fire")
        await house.rings("late fire")

    run(site, tmp_path, story, patience=1.0)


def test_what_cannot_be_read_is_passed_over(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.stream.send(b"data: {broken\n\n")
        house.stream.send(b"data: " + b"x" * (LARGEST + 70_000) + b" fire\n\n")
        house.stream.send(b"\xff\xfe\n\n")
        house.stream.say("next fire")
        await house.rings("next fire")
        assert len(house.stream.asked) == 1

    run(site, tmp_path, story)


@pytest.mark.parametrize(
    ("answer", "state", "error", "again"),
    [
        ((204, {}, b""), "gone", "answered 204: the stream is over", None),
        ((503, {"Retry-After": "600"}, b""), "failing", "answered 503", 600.0),
        ((404, {}, b""), "failing", "answered 404", 20.0),
        (
            (200, {"Content-Type": "text/html"}, b"<p>"),
            "failing",
            "answered with text/html, not with text/event-stream",
            20.0,
        ),
    ],
)
def test_a_stream_that_is_refused(
    site: Site,
    tmp_path: Path,
    answer: tuple[int, dict[str, str], bytes],
    state: str,
    error: str,
    again: float | None,
) -> None:
    async def story(house: House) -> None:
        async def refused() -> bool:
            return [row.state for row in await house.store.read(reading.sources)] == [state]

        await house.until(refused)
        row = await house.row()
        assert row.error == error
        waits = (row.next_poll_at - house.clock.now()).total_seconds() if row.next_poll_at else None
        assert waits == again
        asked = site.paths().count("/stream")
        house.clock.advance((again or 86_400) - 1)
        await asyncio.sleep(0.1)
        assert site.paths().count("/stream") == asked

    async def telling() -> None:
        house = House(site, tmp_path, Stream(site=site))
        site.pages["/stream"] = answer
        async with house:
            await story(house)
        house.store.close()

    asyncio.run(telling())


def test_a_redirect_is_followed_and_a_page_asked_by_nothing_else(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        site.pages["/moved"] = (307, {"Location": "/stream"}, b"")
        await house.opened(1)
        asked = next(it for it in site.requests if it.path == "/stream")
        assert asked.headers["accept"] == "text/event-stream"
        assert re.search("^Newsbell/", asked.headers["user-agent"])
        assert house.take
        moved = replace(house.source, url=f"{site.url}/moved")
        await house.take(replace(house.plan, sources=[moved]))
        await house.until(lambda: len(house.stream.asked) == 2)
        house.stream.say("moved fire")
        await house.rings("moved fire")
        assert house.stream.asked == [None, None]  # another address: its ids are others

    run(site, tmp_path, story)


def test_a_source_that_is_removed_is_hung_up_on(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        assert house.take
        await house.take(replace(house.plan, sources=[]))
        await house.until(lambda: site.open == 0)
        assert len(house.stream.asked) == 1

    run(site, tmp_path, story)


def test_a_reload_that_the_store_refuses_ends_no_stream(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        with closing(sqlite3.connect(house.store.database.path)) as other, other:
            other.execute(
                "create trigger never before insert on inhibitions begin select raise(abort, 'no'); end"
            )
        assert house.take
        quiet = Inhibition(name="quiet", source=(), target=())
        with pytest.raises(StoreError):
            await house.take(replace(house.plan, sources=[], inhibitions=[quiet]))
        house.stream.say("a fire")
        await house.rings("a fire")
        assert len(house.stream.asked) == 1

    run(site, tmp_path, story)


def test_a_reload_does_not_wait_for_what_waits_for_it(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.refuse(True)
        house.stream.say("kept fire")
        await house.until(lambda: house.tally.troubles > 0)
        assert house.take
        other = replace(house.source, tags=("desk",))
        await house.take(replace(house.plan, sources=[other]))
        await house.until(lambda: len(house.stream.asked) == 2, step=0.5)
        house.refuse(False)
        await house.rings("kept fire")
        assert house.stream.asked == [None, "0"]
        assert site.busiest["/stream"] <= 2

    run(site, tmp_path, story)


def test_two_events_of_one_id_are_an_edit(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.stream.send(b'data: {"id": 7, "title": "Rain"}\n\n')
        await house.until(lambda: house.tally.items["new"] == 1)
        house.stream.send(b'data: {"id": 7, "title": "Rain puts out a fire"}\n\n')
        await house.rings("Rain puts out a fire")
        [item] = await house.store.read(reading.items, limit=9)
        assert item.revision == 2

    run(site, tmp_path, story)


@pytest.mark.torture
def test_what_cannot_be_stored_yet_is_not_lost(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.opened(1)
        house.refuse(True)
        house.stream.say("kept fire")
        await house.until(lambda: house.tally.troubles > 0)
        assert told(site) == []
        house.refuse(False)
        await house.rings("kept fire")
        assert len(house.stream.asked) == 1

    run(site, tmp_path, story)


@pytest.mark.torture
def test_what_nobody_comes_to_read_is_not_lost(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy, child = [True, True], parse.Parsers._next

    async def next_(parsers: parse.Parsers) -> Any:
        if busy:
            busy.pop()
            raise UnreadError("not read: no child gets ready to parse")
        return await child(parsers)

    async def story(house: House) -> None:
        await house.opened(1)
        monkeypatch.setattr(parse.Parsers, "_next", next_)
        house.stream.say("kept fire")
        await house.rings("kept fire")
        assert not busy
        assert len(house.stream.asked) == 1

    run(site, tmp_path, story)
