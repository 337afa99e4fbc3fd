"""What every test may ask for: a real HTTP server on 127.0.0.1, and a clock the test moves."""

import asyncio
import signal
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Thread
from typing import Any

import pytest
from hypothesis import settings

# `make test` tries the same examples every time, judged by what they show and not by how long a busy machine
# took; `make torture` tries new ones, so that what they find is looked into and stops nobody's work
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile("same")

with suppress(ValueError):  # not in the main thread
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as of a job in the background; what tests start would too
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as the site received it."""

    method: str
    path: str
    headers: Mapping[str, str]  # lower-cased names
    body: bytes
    socket: socket.socket  # for pages that answer by hand


Answer = tuple[int, Mapping[str, str], bytes]  # status, headers, body
Page = Answer | Callable[[Asked], Answer | None]


@dataclass(slots=True)
class Site:
    """A real HTTP/1.1 server on a free port of 127.0.0.1; tests set `pages`, read `requests`.

    A page is `(status, headers, body)` or a function of the request that returns one, or that
    writes to `asked.socket` itself and returns None: then the connection is closed without
    another byte. Content-Length and Date are added unless the page sets them (a value of ""
    leaves the header out). An unknown path answers 404. `tls` makes it https.
    """

    tls: ssl.SSLContext | None = None
    url: str = ""  # without a trailing slash
    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    connections: int = 0  # accepted so far
    open: int = 0  # connections not yet closed by either side
    errors: list[BaseException] = field(default_factory=list)  # raised by pages
    busiest: Counter[str] = field(default_factory=Counter)  # path -> most requests at once; "" = all paths
    _busy: Counter[str] = field(default_factory=Counter)
    _sockets: set[socket.socket] = field(default_factory=set)
    _changed: Condition = field(default_factory=Condition)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    def wait(self, holds: Callable[["Site"], bool], *, seconds: float = 10.0) -> bool:
        """Block until `holds(self)`, False if it did not come to hold."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), seconds)

    def answer(self, asked: Asked) -> Answer | None:
        with self._changed:
            self.requests.append(asked)
            for key in ("", asked.path):
                self._busy[key] += 1
                self.busiest[key] = max(self.busiest[key], self._busy[key])
            self._changed.notify_all()
        try:
            page = self.pages.get(asked.path, (404, {}, b"no such page"))
            return page(asked) if callable(page) else page
        finally:
            with self._changed:
                self._busy.subtract(["", asked.path])

    def opened(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            self.open += 1
            self._sockets.add(connection)
            self._changed.notify_all()

    def wrapped(self, raw: socket.socket, tls: socket.socket) -> None:
        with self._changed:
            self._sockets ^= {raw, tls}

    def closed(self, connection: socket.socket) -> None:
        with self._changed:
            self.open -= connection in self._sockets
            self._sockets.discard(connection)
            self._changed.notify_all()

    def hang_up(self) -> None:
        """Close every open connection, idle ones too."""
        with self._changed:
            sockets = list(self._sockets)
        for connection in sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def serve(self) -> "Server":
        server = Server(self)
        self.port = server.server_port
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        return server


class Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close waits for every handler
    request_queue_size = 128

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.site.opened(request)
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(60)
        if self.site.tls is None:
            super().finish_request(request, client_address)
            return
        with self.site.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False) as tls:
            self.site.wrapped(request, tls)
            try:
                tls.do_handshake()
                super().finish_request(tls, client_address)
            finally:
                self.site.closed(tls)

    def shutdown_request(self, request: Any) -> None:
        self.site.closed(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):  # clients may hang up, pages may not fail
            self.site.errors.append(error)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(method=self.command, path=self.path, headers=headers, body=body, socket=self.connection)
        answer = self.server.site.answer(asked)
        if answer is None:
            self.close_connection = True
        else:
            self.send(*answer)

    do_POST = do_HEAD = do_PUT = do_GET  # noqa: N815 (names of the base class)

    def send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        bodiless = status in (204, 304)
        fixed = {"Date": self.date_time_string(), "Content-Length": "" if bodiless else str(len(body))}
        given = {name.lower() for name in headers}
        for name, value in [*headers.items(), *((n, v) for n, v in fixed.items() if n.lower() not in given)]:
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if bodiless or self.command == "HEAD" else body)

    def log_message(self, *args: Any) -> None:
        """Tests read `requests` instead."""


@pytest.fixture
def new_site() -> Iterator[Callable[..., Site]]:
    """Start further sites: `new_site()`, or `new_site(tls=context)` for https."""
    sites: list[Site] = []
    with ExitStack() as stack:

        def start(tls: ssl.SSLContext | None = None) -> Site:
            site = Site(tls=tls)
            server = stack.enter_context(site.serve())
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(site.hang_up)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            sites.append(site)
            return site

        yield start
    for site in sites:
        assert not site.errors, "a page of the test raised"


@pytest.fixture
def site(new_site: Callable[..., Site]) -> Site:
    """A real HTTP server on a free port; tests set `pages` and read `requests`."""
    return new_site()


@dataclass(slots=True)
class StillClock:
    """A clock that stands still until the test moves it."""

    at: datetime = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    _moved: list[asyncio.Future[None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        sleepers, self._moved = self._moved, []
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def sleep_until(self, at: datetime) -> None:
        while self.at < at:
            moved = asyncio.get_running_loop().create_future()
            self._moved.append(moved)
            await moved


@pytest.fixture
def clock() -> StillClock:
    """A clock the test moves: `clock.advance(seconds)`; it starts at 2026-11-24 12:00 UTC."""
    return StillClock()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database that is migrated, to be copied: to migrate one takes longer than most tests."""
    from tests.desk import Desk

    path = tmp_path_factory.mktemp("empty") / "newsbell.db"
    Desk([], path=str(path)).connection.close()
    return path
