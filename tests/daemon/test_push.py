"""A hub on loopback, the daemon and its listener: asked, agreed, pushed, forged, renewed, fallen silent."""

import asyncio
import hmac
import http.client
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from monitor.api import listener
from monitor.api.app import application
from monitor.api.door import ROOM
from monitor.api.office import Office, Watched
from monitor.api.tally import Tally
from monitor.core.cadence import Bounds
from monitor.daemon.push import Pushes
from monitor.daemon.service import Plan, serve
from monitor.model import Rule, Secret, Source, Subscription
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore, reading
from monitor.store.sqlite.attached import Attached
from tests.conftest import Asked, Site
from tests.daemon.test_service import told
from tests.virtual import ManualClock

LEASE = 86_400
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>f</id>'
    '<link rel="hub" href="{hub}"/><link rel="self" href="{topic}"/>{entries}</feed>'
)
ENTRY = "<entry><id>{0}</id><title>{0}</title></entry>"


class House:
    """A site with a feed, a hub and a receiver; a daemon that listens for the hub."""

    def __init__(self, site: Site, path: Path, clock: ManualClock) -> None:
        self.site, self.clock = site, clock
        self.hub, self.topic = f"{site.url}/hub", f"{site.url}/rss"
        self.store, self.stop, self.tally = SqliteStore(path / "newsbell.db", clock), asyncio.Event(), Tally()
        self.asked: list[dict[str, str]] = []
        site.pages["/hook"] = (204, {}, b"")
        site.pages["/hub"] = self.answer
        self.publish("old fire")

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        self.asked.append({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        return 202, {}, b""

    def feed(self, *titles: str) -> bytes:
        entries = "".join(map(ENTRY.format, titles))
        return ATOM.format(hub=self.hub, topic=self.topic, entries=entries).encode()

    def publish(self, *titles: str) -> None:
        self.site.pages["/rss"] = (200, {}, self.feed(*titles))

    def plan(self, port: int) -> Plan:
        return Plan(
            sources=[Source(name="wire", url=self.topic, every=600.0, pinned=True)],
            rules=[Rule(name="fire", query="fire")],
            notifiers={"desk": Webhook(url=Secret(f"{self.site.url}/hook"))},
            bounds=Bounds(min=1.0, max=21_600.0),
            callback=f"http://127.0.0.1:{port}/push/",
        )

    async def __aenter__(self) -> "House":
        listening = listener.on_port("127.0.0.1", 0)
        self.port = listening.getsockname()[1]
        self.pushes = Pushes(store=self.store, tally=self.tally)
        path = Path(self.store.database.path)
        self.readers = Attached(path), Attached(path)
        office = Office(
            reader=self.readers[0],
            quick=self.readers[1],
            clock=self.clock,
            tally=self.tally,
            watched=lambda: Watched(sources={}, rules=(), notifiers=()),
            replay=lambda ids, nonce: self.store.replay(ids, as_new=nonce),
            silence=self.store.silence,
            end_silences=self.store.end_silences,
            version="1",
            door=self.pushes,
        )
        app = application(office, ())
        self.listening = listening
        self.task = asyncio.create_task(
            serve(
                self.plan(self.port),
                self.store,
                clock=self.clock,
                random=lambda: 0.0,
                stop=self.stop,
                tally=self.tally,
                pushes=self.pushes,
                beside={"api": lambda: listener.serve(app, listening, office.closing)},
            )
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task
        for reader in self.readers:
            reader.close()
        self.listening.close()
        self.store.close()

    async def until(self, holds: Callable[[], bool | Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while True:
                held = holds()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.01)

    async def rings(self, times: int) -> None:
        """Wait until the receiver was told so often; a moment passes between two tellings."""

        def all_told() -> bool:
            self.clock.advance(0.1)
            return len(told(self.site)) == times

        await self.until(all_told)

    def hold(self, name: str, size: int) -> socket.socket:
        """Begin a push of `size` bytes, and leave it at that."""
        held = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        held.sendall(f"POST {name} HTTP/1.1\r\nHost: h\r\nContent-Length: {size}\r\n\r\n<".encode())
        return held

    async def agreement(self) -> Subscription | None:
        [row] = await self.store.read(reading.sources)
        return row.subscription

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        def work() -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
            try:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                connection.request(method, path, body, {"Host": "news.example.org", **named})
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()

        return await asyncio.to_thread(work)

    async def verify(self, mode: str = "subscribe", topic: str = "", **said: str) -> tuple[int, bytes]:
        said = {
            "hub.mode": mode,
            "hub.topic": topic or self.topic,
            "hub.challenge": "c-1",
            "hub.lease_seconds": str(LEASE),
        } | {f"hub.{name}": value for name, value in said.items()}
        path = urlsplit(self.asked[-1]["hub.callback"]).path
        return await self.ask("GET", f"{path}?{urlencode(said)}")

    async def agree(self) -> None:
        await self.until(lambda: len(self.asked) > 0)
        assert await self.verify() == (200, b"c-1")

    async def push(self, *titles: str, method: str = "sha256", secret: str = "") -> int:
        asked, body = self.asked[-1], self.feed(*titles)
        digest = hmac.new((secret or self.asked[0]["hub.secret"]).encode(), body, method).hexdigest()
        signature = f"{method}={digest}"
        return (
            await self.ask("POST", urlsplit(asked["hub.callback"]).path, body, X_Hub_Signature=signature)
        )[0]


def run(site: Site, path: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def telling() -> None:
        async with House(site, path, ManualClock()) as house:
            await story(house)

    asyncio.run(telling())


def test_what_a_hub_pushes_rings_once_and_without_a_poll(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        polls = site.paths().count("/rss")
        for method in ("sha1", "sha256", "sha384", "sha512"):
            assert await house.push(f"{method} fire", method=method) == 200
        assert await house.push("sha1 fire") == 200

        await house.rings(4)
        assert told(site) == ["sha1 fire", "sha256 fire", "sha384 fire", "sha512 fire"]
        assert site.paths().count("/rss") == polls
        house.publish("sha512 fire", "sha384 fire", "sha256 fire", "sha1 fire", "old fire")
        house.clock.advance(601)
        await house.until(lambda: site.paths().count("/rss") > polls)
        await house.until(lambda: house.tally.polls["ok"] == 2)
        assert len(told(site)) == 4
        assert house.tally.gaps == 0

    run(site, tmp_path, story)


def test_a_forged_or_unsigned_push_is_ignored(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        path = urlsplit(house.asked[-1]["hub.callback"]).path
        assert await house.push("forged fire", secret="guessed") == 200
        assert (await house.ask("POST", path, house.feed("unsigned fire")))[0] == 200
        assert (await house.ask("POST", "/push/guessed", house.feed("fire")))[0] == 404
        assert await house.push("signed fire") == 200
        await house.until(lambda: told(site) == ["signed fire"])
        assert house.tally.pushes["forged"] == 2
        assert (await house.ask("GET", "/api/v1/items"))[0] == 403  # by the name that hubs use, nothing else

    run(site, tmp_path, story)


def test_only_what_was_asked_for_is_confirmed(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.until(lambda: len(house.asked) > 0)
        assert (await house.verify(topic="http://other.example/"))[0] == 404
        assert (await house.verify("unsubscribe"))[0] == 404
        assert (await house.verify(challenge=""))[0] == 404
        assert (await house.verify(challenge="c" * 5_000))[0] == 404
        assert await house.push("early fire") == 410
        assert await house.verify() == (200, b"c-1")
        assert (await house.verify())[0] == 404  # it was not asked again

    run(site, tmp_path, story)


def test_a_lease_is_renewed_before_it_ends(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        first = await house.agreement()
        house.clock.advance(LEASE * 0.8)
        await house.until(lambda: len(house.asked) == 2)
        assert house.asked[1]["hub.callback"] == house.asked[0]["hub.callback"]
        assert await house.verify() == (200, b"c-1")
        second = await house.agreement()
        assert first
        assert first.lease_until
        assert second
        assert second.lease_until
        assert (second.lease_until - first.lease_until).total_seconds() == LEASE * 0.8
        assert second.state == "active"

    run(site, tmp_path, story)


def test_what_is_too_much_is_not_read_and_hears_later(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        path = urlsplit(house.asked[-1]["hub.callback"]).path
        held = [await asyncio.to_thread(house.hold, path, ROOM) for _ in range(2)]
        await house.until(lambda: house.pushes.inside == 2 * ROOM)
        third = await asyncio.to_thread(house.hold, path, ROOM)
        assert (await asyncio.to_thread(third.recv, 4_096)).startswith(b"HTTP/1.1 503 ")
        assert house.pushes.inside == 2 * ROOM
        for it in (*held, third):
            it.close()
        await house.until(lambda: house.pushes.inside == 0)
        assert await house.push("next fire") == 200

    run(site, tmp_path, story)


def test_a_push_waits_for_the_poll_of_its_source(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        go = Event()

        def slowly(_: Asked) -> tuple[int, dict[str, str], bytes]:
            go.wait(20)
            return 200, {}, house.feed("polled fire", "old fire")

        site.pages["/rss"] = slowly
        polls = site.paths().count("/rss")
        house.clock.advance(601)
        await house.until(lambda: site.paths().count("/rss") > polls)
        pushes = [asyncio.create_task(house.push(f"fire {n}")) for n in range(3)]
        await house.until(lambda: house.pushes.inside > 0)
        go.set()
        assert await asyncio.gather(*pushes) == [200] * 3

        await house.rings(4)
        assert sorted(told(site)) == ["fire 0", "fire 1", "fire 2", "polled fire"]

    run(site, tmp_path, story)


def test_a_push_says_nothing_of_what_else_was_not_there(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        [before] = await house.store.read(reading.sources)
        house.clock.advance(300)
        assert await house.push("pushed fire") == 200
        house.publish("missed fire", "pushed fire", "old fire")
        house.clock.advance(301)
        await house.rings(2)
        missed = await house.store.read(reading.items_like, "missed fire")
        assert [it.absent_at for it in missed] == [before.last_poll_at]

    run(site, tmp_path, story)


def test_a_hub_that_pushes_no_more_is_found_out(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        house.publish("missed fire", "old fire")
        house.clock.advance(601)
        await house.until(lambda: told(site) == ["missed fire"])
        before = await house.agreement()
        assert before
        assert before.silent_at is None
        house.clock.advance(601)

        async def silent() -> bool:
            it = await house.agreement()
            return it is not None and it.silent_at is not None

        await house.until(silent)
        await house.until(lambda: len(house.asked) == 2)  # and is asked anew
        assert await house.verify() == (200, b"c-1")
        assert await house.push("missed fire") == 200
        assert await silent()  # what the polls had found long ago is no push
        assert await house.push("pushed fire") == 200
        assert not await silent()

    run(site, tmp_path, story)


def test_a_denial_is_kept(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.until(lambda: len(house.asked) > 0)
        assert (await house.verify("denied"))[0] == 200
        it = await house.agreement()
        assert it
        assert it.state == "denied"

    run(site, tmp_path, story)


def test_the_no_of_a_hub_that_was_left_leaves_the_next_one_alone(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        site.pages["/other"] = house.answer
        house.hub = f"{site.url}/other"
        house.publish("old fire")
        house.clock.advance(601)
        await house.until(lambda: len(house.asked) == 3)
        house.asked.sort(key=lambda it: it["hub.mode"])  # subscribe twice, unsubscribe
        assert (await house.verify("denied"))[0] == 200
        it = await house.agreement()
        assert it
        assert (it.hub.url, it.state) == (house.hub, "asked")

    run(site, tmp_path, story)


@pytest.mark.parametrize("websub", [False, None])
def test_a_source_that_wants_no_hub_ends_what_was_agreed(
    site: Site, tmp_path: Path, websub: bool | None
) -> None:
    async def story(house: House) -> None:
        await house.agree()
        source = Source(name="wire", url=house.topic, websub=websub, paused=websub is None)
        await house.store.sync_sources([source])
        await house.until(lambda: len(house.asked) == 2)
        assert house.asked[1]["hub.mode"] == "unsubscribe"
        assert await house.push("late fire") == 410
        assert await house.verify("unsubscribe") == (200, b"c-1")
        assert (await house.verify("unsubscribe"))[0] == 404

    run(site, tmp_path, story)
