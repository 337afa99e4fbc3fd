"""Deciding off the loop: who waits for whom, and what is decided again because it no longer holds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event

import pytest

from monitor.core.decide import Rulebook
from monitor.core.telling.route import Routing
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.daemon.polling.settle import LARGE, ROUNDS
from monitor.model import Alert, Applied, Claim, Entry, Item, Match, Parsed, Response, Rule, Source
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.virtual import ManualClock

WIRE = "Magnitude 7.4 earthquake strikes off northern Japan, tsunami warning issued"
REWRITTEN = "Tsunami warning issued after magnitude 7.4 earthquake strikes off northern Japan"
OTHER = "Parliament passes the budget after a night of debate"
PONDERED = "Ponder this"


class Pondering(Engine):
    """Rules that take as long as the test likes over one headline: they begin, and wait for `go`."""

    def __init__(self) -> None:
        super().__init__([Rule(name="quake", query="quake OR earthquake")])
        self.begun, self.go, self.times = Event(), Event(), 0

    def match(self, document: Document, bare: bool = False) -> tuple[Match, ...]:
        if document.title == PONDERED:
            self.times += 1
            self.begun.set()
            assert self.go.wait(20), "nothing else ran meanwhile"
            self.go.clear()
        return super().match(document, bare)

    async def begin(self) -> None:
        assert await asyncio.to_thread(self.begun.wait, 20)
        self.begun.clear()


class Desk:
    """A wire and a paper, and the line that polls them."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.store, self.rules = SqliteStore(path, self.clock), Pondering()
        self.bodies: dict[str, list[Entry]] = {"wire": [], "bbc": []}
        self.line = Line(
            fetch=self._fetch,
            parse=self._parse,
            store=self.store,
            book=Rulebook(engine=self.rules, routing=Routing(everyone=("desk",))),
            jitter=lambda: 0.0,
        )

    async def _fetch(self, claim: Claim) -> Response:
        body = f"{claim.source.name} {claim.generation}".encode()
        return Response(url=claim.source.url, status=200, body=body, received_at=self.clock.now())

    async def _parse(self, source: Source, response: Response) -> Parsed:
        return Parsed(entries=tuple(self.bodies[source.name]))

    async def polled(self, name: str, *entries: Entry) -> Applied:
        """Put entries on top of a source's body, and poll it."""
        self.bodies[name] = [*entries, *self.bodies[name]]
        await self.store.database.write(
            lambda connection: connection.execute(
                "update sources set next_poll_at = iif(name = ?, 0, next_poll_at + 4000000000000000)", (name,)
            )
        )
        [claim] = await self.store.claim_due(limit=9)
        return await poll(claim, self.line)

    def polling(self, name: str, *entries: Entry) -> asyncio.Task[Applied]:
        return asyncio.create_task(self.polled(name, *entries))

    async def items(self) -> list[Item]:
        return await self.store.read(reading.items, limit=10_000)

    async def rung(self) -> dict[str, Alert]:
        alerts = await self.store.read(reading.alerts, limit=10_000)
        return {alert.item.source: alert for alert in alerts if alert.item}


async def still_waits(polling: asyncio.Task[Applied]) -> bool:
    """Give a poll every chance to end."""
    await asyncio.wait([polling], timeout=0.5)
    return not polling.done()


def entry(key: str, title: str) -> Entry:
    return Entry(keys=(f"url:http://e.example/{key}",), title=title, url=f"http://e.example/{key}")


def large(*entries: Entry) -> list[Entry]:
    """Return a body of more than `LARGE` entries that tell of nothing, with `entries` among them."""
    others = [entry(f"n{n}", f"{n:x} {n * 7919:x}") for n in range(LARGE)]
    return [*entries, *others, entry("pondered", PONDERED)]


Story = Callable[[Desk], Awaitable[None]]
Play = Callable[[Story], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a story at a desk whose sources have had an empty first body."""

    def run(story: Story) -> None:
        async def telling() -> None:
            desk = Desk(tmp_path / "newsbell.db")
            try:
                await desk.store.sync(
                    sources=[
                        Source(name=name, url=f"http://127.0.0.1/{name}", publisher=f"{name}.example")
                        for name in desk.bodies
                    ]
                )
                for name in desk.bodies:
                    await desk.polled(name)
                await story(desk)
            finally:
                desk.store.close()

        asyncio.run(telling())

    return run


def test_the_loop_runs_while_a_body_is_decided(play: Play) -> None:
    async def story(desk: Desk) -> None:
        polling = desk.polling("wire", entry("a", PONDERED))
        await desk.rules.begin()
        desk.rules.go.set()
        assert (await polling).new == 1

    play(story)


def test_one_body_of_usual_size_is_decided_at_a_time(play: Play) -> None:
    async def story(desk: Desk) -> None:
        first = desk.polling("wire", entry("a", PONDERED), entry("b", WIRE))
        await desk.rules.begin()
        second = desk.polling("bbc", entry("c", REWRITTEN))
        assert await still_waits(second)
        desk.rules.go.set()
        await asyncio.gather(first, second)
        assert desk.rules.times == 1
        assert [one.source for one in (await desk.rung())["bbc"].also_in] == ["wire"]

    play(story)


def test_a_large_body_keeps_nobody_waiting(play: Play) -> None:
    async def story(desk: Desk) -> None:
        polling = desk.polling("wire", *large())
        await desk.rules.begin()
        assert (await desk.polled("bbc", entry("c", WIRE), entry("d", OTHER))).new == 2
        assert set(await desk.rung()) == {"bbc"}
        desk.rules.go.set()
        assert (await polling).new == LARGE + 1
        assert desk.rules.times == 1  # what the other told has nothing to do with it

    play(story)


def test_a_large_body_is_decided_again_if_another_poll_told_the_same_story(play: Play) -> None:
    async def story(desk: Desk) -> None:
        polling = desk.polling("wire", *large(entry("a", WIRE)))
        await desk.rules.begin()
        await desk.polled("bbc", entry("c", REWRITTEN))
        desk.rules.go.set()
        await desk.rules.begin()
        desk.rules.go.set()
        await polling
        assert [one.source for one in (await desk.rung())["wire"].also_in] == ["bbc"]

    play(story)


def test_a_large_body_is_decided_again_if_another_poll_had_one_of_its_items_first(play: Play) -> None:
    async def story(desk: Desk) -> None:
        polling = desk.polling("wire", *large(entry("a", WIRE)))
        await desk.rules.begin()
        await desk.polled("bbc", entry("a", WIRE))
        desk.rules.go.set()
        await desk.rules.begin()
        desk.rules.go.set()
        assert (await polling).new == LARGE + 1
        assert len([item for item in await desk.items() if item.title == WIRE]) == 1
        assert set(await desk.rung()) == {"bbc"}

    play(story)


def test_a_large_body_that_is_always_overtaken_takes_the_turn_in_the_end(play: Play) -> None:
    async def story(desk: Desk) -> None:
        polling = desk.polling("wire", *large(entry("a", WIRE)))
        for n in range(ROUNDS - 1):
            await desk.rules.begin()
            await desk.polled("bbc", entry(f"c{n}", f"{REWRITTEN}, report {n}"))
            desk.rules.go.set()
        await desk.rules.begin()
        waiting = desk.polling("bbc", entry("last", f"{REWRITTEN}, last report"))
        assert await still_waits(waiting)
        desk.rules.go.set()
        assert (await polling).new == LARGE + 2
        await waiting
        assert "wire" in await desk.rung()

    play(story)
