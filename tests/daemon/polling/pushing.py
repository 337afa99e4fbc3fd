"""A site with a feed and a receiver, and a daemon in this process that listens for a hub, under a clock the test moves."""

import asyncio
import http.client
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from monitor.api import listener
from monitor.api.app import application
from monitor.api.office import Office, Watched
from monitor.api.tally import Tally
from monitor.core.cadence import Bounds
from monitor.daemon.plan import Plan
from monitor.daemon.polling.push import Pushes
from monitor.daemon.service import serve
from monitor.model import Rule, Secret, Source, Subscription
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.outside.attached import Attached
from tests.conftest import Asked, Site
from tests.daemon.test_service import told
from tests.hub import Hub, atom, signature
from tests.virtual import ManualClock

LEASE = 86_400


class House:
    """A site with a feed, a hub and a receiver; a daemon that listens for the hub, which is a real one or the test's hand."""

    def __init__(self, site: Site, path: Path, clock: ManualClock, *, hub: Hub | None = None) -> None:
        self.site, self.clock, self.began = site, clock, clock.now()
        self.hub, self.topic = f"{site.url}/hub", f"{site.url}/rss"
        self.store, self.stop, self.tally = SqliteStore(path / "newsbell.db", clock), asyncio.Event(), Tally()
        self.asked: list[dict[str, str]] = []
        site.pages["/hook"] = (204, {}, b"")
        if hub is None:
            site.pages["/hub"] = self.answer
        self.publish("old fire")

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        self.asked.append({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        return 202, {}, b""

    def feed(self, *titles: str) -> bytes:
        return atom(self.hub, self.topic, *titles)

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
        signed = signature(secret or self.asked[0]["hub.secret"], body, method)
        path = urlsplit(asked["hub.callback"]).path
        return (await self.ask("POST", path, body, X_Hub_Signature=signed))[0]
