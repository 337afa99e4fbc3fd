"""The API on a real port, over a real SQLite file that a desk fills."""

import asyncio
import http.client
import json
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.api import listener
from monitor.api.app import application
from monitor.api.office import Office, Watched
from monitor.api.tally import Tally
from monitor.model import Rule, Secret, Source
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.outside.attached import Attached
from tests.desk import START, Desk
from tests.virtual import ManualClock

TOKEN = "0123456789abcdef"
SOURCES = (
    Source(name="wire", url="http://e.org/rss", backlog="all", tags=("world",)),
    Source(name="desk", url="http://d.org/rss"),
)
RULES = (Rule(name="quake", query="quake"), Rule(name="fire", query="fire"))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # lower-cased names
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class House:
    """A desk that fills a file, and the API that shows it; `restart` is a new process on the same file."""

    def __init__(self, path: Path, hosts: tuple[str, ...] | None) -> None:
        self.path, self.hosts = path, hosts
        self.clock = ManualClock(START)
        self.store = SqliteStore(path, self.clock)
        self.desk = Desk(SOURCES, RULES, path=str(path))
        self.tally = Tally(ready=True)
        self.watched = Watched(
            sources={source.name: source for source in SOURCES}, rules=RULES, notifiers=("desk", "terminal")
        )
        self.still: dict[str, float] = {}
        self.token: Secret | None = Secret(TOKEN)
        self.port = 0
        self.office: Office

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        bound = listener.on_port("127.0.0.1", self.port)
        self.port = bound.getsockname()[1]
        self.office = Office(
            reader=Attached(self.path),
            quick=Attached(self.path),
            clock=self.clock,
            tally=self.tally,
            watched=lambda: self.watched,
            replay=lambda ids, nonce: self.store.replay(ids, as_new=nonce),
            silence=self.store.silence,
            end_silences=self.store.end_silences,
            version="1.2.3",
            token=self.token,
            still=lambda: self.still,
            timezone=ZoneInfo("Europe/Kyiv"),
        )
        serving = listener.serve(application(self.office, self.hosts), bound, self.office.closing)
        begun = Event()

        async def serve() -> None:
            self._loop, self._task = asyncio.get_running_loop(), asyncio.create_task(serving)
            begun.set()
            await asyncio.wait([self._task])

        self._thread = Thread(target=asyncio.run, args=(serve(),))
        self._thread.start()
        begun.wait(10)

    def run(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Run something on the loop of the API."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()
        self.office.reader.close()
        self.office.quick.close()

    def close(self) -> None:
        self.stop()
        self.store.close()

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                answer.read(),
            )
        finally:
            connection.close()

    def json(self, path: str) -> Any:
        answer = self.ask(path)
        assert answer.status == 200, answer.body
        return answer.json


@contextmanager
def opened(path: Path, hosts: tuple[str, ...] | None = ()) -> Iterator[House]:
    house = House(path, hosts)
    house.start()
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened(tmp_path / "newsbell.db", ("wall.example.org",)) as house:
        yield house
