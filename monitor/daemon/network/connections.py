"""Checked connections: a name is looked up once, and only an address that passed is connected to.

So DNS rebinding has no window, and no SYN goes to a refused address. Every connection is owned by
exactly one request or lies idle: httpcore's own pool is not used, because a request cancelled in
some of its awaits leaves its connection there for ever. Whatever the libraries raise leaves as a
`TransportError` (`failures`).
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any, SupportsIndex

import httpcore
import httpx

from monitor.daemon.network.addresses import Reach, refusal
from monitor.daemon.network.failures import OutOfReach, Progress, TooMuch, TransportError, explained
from monitor.daemon.network.racing import ATTEMPTS, Answered, alternating, first_of
from monitor.values import dataclass

IDLE = 16  # connections kept between requests, per reach
IDLE_FOR = 20.0  # seconds
CONNECT = 10.0  # seconds for a connection, TLS included
HEADERS = 256 * 1024  # bytes before the body, interim 1xx answers included
PROGRESS = "progress"  # the extension of a request that holds its Progress
LOOKUPS = 64  # at once: a name server that hangs must not hold up the other hosts


Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Connect = Callable[[str, int], Awaitable["Stream"]]  # address, port
Dial = Callable[[str, int, ssl.SSLContext | None, Progress], Awaitable["Stream"]]  # host, port, TLS or none
Worded = Callable[[httpcore.Request], httpcore.Request]  # as whoever is dialled must see it


class Lookup:
    """`Resolve` by the machine's resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of `host`, best first; raise OSError if there are none."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(info[4][0]) for info in found))

    def close(self) -> None:
        """Forget what nobody waits for any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Reader(asyncio.StreamReader):
    """A StreamReader that knows how much it was ever fed."""

    fed = 0

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        chunk = bytes(data)
        self.fed += len(chunk)
        super().feed_data(chunk)


class Stream(httpcore.AsyncNetworkStream):
    """One TCP or TLS connection. Closing is immediate, so no cancellation can interrupt it."""

    def __init__(self, reader: _Reader, writer: asyncio.StreamWriter, under: "Stream | None" = None) -> None:
        self._reader = reader
        self._writer = writer
        self._under = under  # the stream that carries this one; let go of, it would be closed
        self._taken = 0
        self._asked_at = 0  # `_taken` when the request was sent
        self._in_head = False

    def expect_answer(self) -> None:
        """A request is about to be sent."""
        self._asked_at, self._in_head = self._taken, True

    def expect_body(self) -> None:
        """The headers are read."""
        self._in_head = False

    @property
    def heard(self) -> int:
        """Bytes of the present answer."""
        return self._taken - self._asked_at

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return at most `max_bytes`, b"" at the end; the caller's deadline is the timeout."""
        chunk = await self._reader.read(max_bytes)
        self._taken += len(chunk)
        if self._in_head and self.heard > HEADERS:
            raise TooMuch(f"sent more than {HEADERS // 1024} KiB of headers")
        return chunk

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send `buffer`. A server that stopped reading may still have answered: see httpcore."""
        try:
            self._writer.write(buffer)
            await self._writer.drain()
        except OSError as error:
            raise httpcore.WriteError from error

    async def secured(self, tls: ssl.SSLContext, host: str) -> "Stream":
        """Return a TLS connection to `host` inside this one, which is used no more; closed where there is none."""
        loop = asyncio.get_running_loop()
        reader, protocol = _ends(loop)
        try:
            transport = await loop.start_tls(
                self._writer.transport, protocol, tls, server_hostname=host.rstrip(".")
            )
        except BaseException:
            self.abort()
            raise
        assert transport is not None  # as typeshed has it: None only where the loop was closed
        protocol.connection_made(transport)
        return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop), under=self)

    async def aclose(self) -> None:
        """Close at once."""
        self.abort()

    def abort(self) -> None:
        """Close at once, without waiting for anybody."""
        self._writer.transport.abort()

    def get_extra_info(self, info: str) -> Any:
        """Say whether something came that nobody asked for: an idle connection is then done."""
        if info == "is_readable":
            reader = self._reader
            return reader.fed != self._taken or reader.at_eof() or reader.exception() is not None
        return None


async def connect(address: str, port: int) -> Stream:
    """Open a connection to an IP address."""
    loop = asyncio.get_running_loop()
    reader, protocol = _ends(loop)
    transport, _ = await loop.create_connection(lambda: protocol, address, port)
    return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


def _ends(loop: asyncio.AbstractEventLoop) -> tuple[_Reader, asyncio.StreamReaderProtocol]:
    reader = _Reader(limit=64 * 1024, loop=loop)
    return reader, asyncio.StreamReaderProtocol(reader, loop=loop)


async def permitted(host: str, port: int, reach: Reach, resolve: Resolve) -> list[str]:
    """Return the addresses of `host` that `reach` may go to, in the order to try them.

    Raises OutOfReach if it has addresses but none of them is open, OSError if it has none.
    """
    try:
        addresses: Sequence[str] = [str(ip_address(host))]
        written = True  # an IPv6 address may be written in several ways
    except ValueError:
        addresses, written = await resolve(host, port), False
    refusals = {address: refusal(address, reach) for address in addresses}
    allowed = [address for address in addresses if refusals[address] is None]
    if allowed:
        return alternating(allowed)[:ATTEMPTS]
    for address, name in refusals.items():
        is_at = f"{host} is {name}" if written else f"{host[:100]} is at {address}, {name}"
        raise OutOfReach(is_at)
    raise socket.gaierror(socket.EAI_NONAME, "no address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Straight:
    """`Dial` without anybody between: an address that passed is connected to."""

    reach: Reach
    resolve: Resolve
    connect: Connect

    within: float = CONNECT  # seconds, from the first SYN on

    async def __call__(self, host: str, port: int, tls: ssl.SSLContext | None, progress: Progress) -> Stream:
        """Connect to the first address of `host` that answers."""

        async def attempt(address: str, answered: Answered) -> Stream:
            stream = await self.connect(address, port)
            answered()
            if tls is None:
                return stream
            progress.waits_for = "handshake"
            return await stream.secured(tls, host)

        addresses = await permitted(host, port, self.reach, self.resolve)
        progress.waits_for = "connection"
        try:
            async with asyncio.timeout(self.within) as limit:
                return await first_of(addresses, attempt)
        except TimeoutError:
            if not limit.expired():  # the machine's own patience ended before
                raise
        raise progress.too_late(self.within)


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """One connection and the HTTP spoken on it."""

    origin: httpcore.Origin
    stream: Stream
    http: httpcore.AsyncHTTP11Connection


def _link(origin: httpcore.Origin, stream: Stream) -> _Link:
    http = httpcore.AsyncHTTP11Connection(origin, stream, keepalive_expiry=IDLE_FOR)
    return _Link(origin, stream, http)


class Connections(httpx.AsyncBaseTransport):
    """Connections of one reach, each lent to one request; a few are kept for the next one.

    Raises TransportError, also while the body is read. Cancelled anywhere, the connection in use
    is closed.
    """

    def __init__(self, dial: Dial, tls: ssl.SSLContext, *, worded: Worded = lambda request: request) -> None:
        self._dial_host = dial
        self._tls = tls
        self._worded = worded
        self._idle: list[_Link] = []  # newest last
        self._lent: set[_Link] = set()
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the caller closes the response. Its extension PROGRESS is told how far it has come."""
        with explained():
            sent = self._worded(_as_httpcore(request))
            progress: Progress = request.extensions.get(PROGRESS) or Progress()
            link = self._take_idle(sent.url.origin)
            if link is None:
                return await self._exchange(await self._dial(sent.url.origin, progress), sent, progress)
            try:
                return await self._exchange(link, sent, progress)
            except (OSError, httpcore.NetworkError, httpcore.RemoteProtocolError):
                if link.stream.heard:
                    raise
            # It had been closed while it lay idle: not an answer to this request, so ask again.
            return await self._exchange(await self._dial(sent.url.origin, progress), sent, progress)

    async def aclose(self) -> None:
        """Close everything, what is in use too."""
        self._closed = True
        for link in (*self._idle, *self._lent):
            link.stream.abort()
        self._idle.clear()
        self._lent.clear()

    async def _dial(self, origin: httpcore.Origin, progress: Progress) -> _Link:
        host, tls = origin.host.decode("ascii"), self._tls if origin.scheme == b"https" else None
        try:
            progress.waits_for = "name"
            return _link(origin, await self._dial_host(host, origin.port, tls, progress))
        except UnicodeError:  # neither DNS nor TLS can carry the name: an empty or overlong label
            raise TransportError("no such host", "dns-no-such-host") from None

    async def _exchange(self, link: _Link, request: httpcore.Request, progress: Progress) -> httpx.Response:
        self._lent.add(link)
        progress.waits_for = "answer"
        try:
            link.stream.expect_answer()
            answer = await link.http.handle_async_request(request)
            link.stream.expect_body()
            progress.waits_for = "body"
            body = _Body(answer, partial(self._give_back, link))
            return httpx.Response(answer.status, headers=answer.headers, stream=body)
        except BaseException:
            self._lent.discard(link)
            link.stream.abort()
            raise

    def _give_back(self, link: _Link) -> None:
        self._lent.discard(link)
        if self._closed or not link.http.is_idle():
            link.stream.abort()
            return
        self._idle.append(link)
        if len(self._idle) > IDLE:
            self._idle.pop(0).stream.abort()

    def _take_idle(self, origin: httpcore.Origin) -> _Link | None:
        for link in [link for link in self._idle if link.http.has_expired()]:
            self._idle.remove(link)
            link.stream.abort()
        for link in reversed(self._idle):
            if link.origin == origin:
                self._idle.remove(link)
                return link
        return None


class _Body(httpx.AsyncByteStream):
    """The body of one answer; closing it gives the connection back."""

    def __init__(self, answer: httpcore.Response, give_back: Callable[[], None]) -> None:
        self._answer = answer
        self._give_back: Callable[[], None] | None = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with explained():
            async for chunk in self._answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is None:
            return
        try:
            await self._answer.aclose()
        finally:
            give_back()


def _as_httpcore(request: httpx.Request) -> httpcore.Request:
    url = httpcore.URL(
        scheme=request.url.raw_scheme,
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore.Request(
        method=request.method, url=url, headers=request.headers.raw, content=request.stream
    )
