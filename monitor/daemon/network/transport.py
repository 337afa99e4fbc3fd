"""HTTP for everybody in the daemon: bounded, under one deadline, checked on every connection.

No proxies or passwords from the environment, no cookies kept, no redirects: `get` and `post` are one
request each. Requests go straight to the connections and not through `httpx.AsyncClient`, which
keeps cookies across sources and logs whole URLs (a webhook's URL is its secret).
"""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import field
from functools import cache, partial
from typing import Self

import httpx

from monitor import __version__
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.bodies import larger, unpacker
from monitor.daemon.network.connections import (
    PROGRESS,
    Connect,
    Connections,
    Lookup,
    Resolve,
    Straight,
    connect,
)
from monitor.daemon.network.failures import Progress, TransportError
from monitor.daemon.network.fields import EVENTS, http_date, is_stream, retry_after
from monitor.daemon.network.proxies import Detour, forwarded
from monitor.daemon.network.urls import parsed
from monitor.model import Clock, Proxy, Reply
from monitor.notifiers import Method, PostError
from monitor.values import dataclass

BODY = 8 * 1024 * 1024  # bytes, unpacked
HEAD = 4 * 1024  # bytes of a body that is only looked at
HEAD_WITHIN = 1.0  # seconds to wait for them once the status is known
GET_DEADLINE = 30.0  # seconds, from the look-up of the name to the last byte
POST_DEADLINE = 15.0

TASTE = 5.0  # seconds of a stream of events that `get` waits for, which has no end, or
SIP = 65_536  # bytes of it
AGENT = "Newsbell"  # how robots.txt may call us (RFC 9309 §2.2.1)
_WITH_BODY = frozenset({200, 226})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one GET was answered."""

    url: str  # without user name, password and fragment
    status: int
    headers: Mapping[str, str]  # lower-cased names; several of one name are joined with ", "
    body: bytes = field(
        default=b"", repr=False
    )  # of a 200 or 226: unpacked and whole; of others: the first 4 KiB as they came
    retry_after: float | None = None  # seconds


class Transport:
    """One for the whole daemon; an async context manager, safe to use from many tasks."""

    def __init__(
        self,
        *,
        clock: Clock,
        contact: str = "",
        tls: ssl.SSLContext | None = None,
        resolve: Resolve | None = None,
        connect: Connect = connect,
    ) -> None:
        """`contact` is shown to publishers; `resolve` and `connect` replace the network in tests."""
        self._clock = clock
        self.introduce(contact)
        self._tls = tls or _trusting()
        self._resolve = resolve
        self._connect = connect
        self._exits = AsyncExitStack()
        self._connections: dict[tuple[Reach, Proxy | None], Connections] = {}

    def introduce(self, contact: str) -> None:
        """Show publishers `contact` from now on."""
        self._agent = user_agent(contact)

    async def __aenter__(self) -> Self:
        self._resolve = self._resolve or self._exits.enter_context(closing(Lookup()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._exits.aclose()

    def _those(self, reach: Reach, via: Proxy | None) -> Connections:
        """Return the connections of one reach and way: what a wider one opened is never used by a narrower."""
        assert self._resolve is not None  # set by `async with`
        if (found := self._connections.get((reach, via))) is not None:
            return found
        straight = Straight(reach=reach, resolve=self._resolve, connect=self._connect)
        dial = Detour(proxy=via, straight=straight, tls=self._tls) if via else straight
        worded = partial(forwarded, via=via)
        made = self._connections[reach, via] = Connections(dial, self._tls, worded=worded)
        self._exits.push_async_callback(made.aclose)
        return made

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        reach: Reach,
        via: Proxy | None = None,
        limit: int = BODY,
        deadline: float = GET_DEADLINE,
    ) -> Answer:
        """Send one GET, through the proxy `via` if there is one; a redirect is an answer like any other.

        `limit` is in bytes, `deadline` in seconds and holds for everything together: look-up,
        connection, TLS, headers and body.

        Raises:
            Refused: not a web address, or (OutOfReach) one that `reach` may not go to.
            TooMuch: more than `limit`, or a bomb.
            TransportError: any other reason for having no whole answer.
        """
        fixed = {"user-agent": self._agent, "accept": "*/*", "accept-encoding": "gzip"}
        request = _request("GET", url, {**fixed, **(headers or {})})
        async with self._answer(request, self._those(reach, via), deadline) as response:
            whole = response.status_code in _WITH_BODY
            body = await (_whole(response, limit) if whole else _head(response))
        fields = _fields(response)
        return Answer(
            url=str(request.url),
            status=response.status_code,
            headers=fields,
            body=body,
            retry_after=self._retry_after(fields),
        )

    @asynccontextmanager
    async def open(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        reach: Reach,
        via: Proxy | None = None,
        deadline: float = GET_DEADLINE,
    ) -> AsyncIterator[tuple[Answer, AsyncIterator[bytes]]]:
        """Send one GET for a body without an end, and give the answer with what comes of its body; left, it is closed.

        `deadline` is in seconds, and holds until the headers are there. Raises as `get` does, reading too.
        """
        fixed = {"user-agent": self._agent, "accept": EVENTS, "accept-encoding": "identity"}
        request = _request("GET", url, {**fixed, **headers})
        try:
            async with asyncio.timeout(deadline):
                response = await self._those(reach, via).handle_async_request(request)
        except TimeoutError:
            raise TransportError(f"answered nothing for {deadline:.3g} s") from None
        try:
            fields = _fields(response)
            answer = Answer(
                url=str(request.url),
                status=response.status_code,
                headers=fields,
                retry_after=self._retry_after(fields),
            )
            yield answer, response.aiter_raw()
        finally:
            await response.aclose()

    async def post(
        self,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: Method = "POST",
        via: Proxy | None = None,
        deadline: float = POST_DEADLINE,
        reach: Reach = Reach.TYPED,
    ) -> Reply:
        """Send one POST, or PUT, through the proxy `via` if there is one: this is `monitor.notifiers.Post`.

        A kept connection that turns out to be closed is replaced once, so a receiver that
        dropped it after reading may see the request twice, with the same id.

        Raises:
            PostError: no answer came within `deadline` seconds.
        """
        fixed = {"user-agent": self._agent, "accept": "*/*", "accept-encoding": "identity"}
        try:
            request = _request(method, url, {**fixed, **headers}, body)
            async with self._answer(request, self._those(reach, via), deadline) as response:
                head = await _head(response)
        except TransportError as error:
            raise PostError(str(error)) from error
        fields = _fields(response)
        return Reply(
            status=response.status_code,
            retry_after=self._retry_after(fields),
            head=head,
            location=fields.get("location", ""),
        )

    @asynccontextmanager
    async def _answer(
        self, request: httpx.Request, connections: Connections, deadline: float
    ) -> AsyncIterator[httpx.Response]:
        progress = Progress()
        request.extensions[PROGRESS] = progress
        try:
            async with asyncio.timeout(deadline):
                response = await connections.handle_async_request(request)
                try:
                    yield response
                finally:
                    await response.aclose()
        except TimeoutError:
            raise progress.too_late(deadline) from None

    def _retry_after(self, fields: Mapping[str, str]) -> float | None:
        """Dates count from the answer's own, so that a wrong clock here or there does no harm."""
        now = http_date(fields.get("date", "")) or self._clock.now()
        return retry_after(fields.get("retry-after", ""), now=now)


def user_agent(contact: str) -> str:
    """Return the User-Agent: who asks, and whom to ask about it.

    >>> user_agent("desk@example.org")
    'Newsbell/0.1 (+desk@example.org)'
    """
    name = f"{AGENT}/{'.'.join(__version__.split('.')[:2])}"
    plain = "".join(c for c in contact if " " <= c <= "~" and c not in "()\\")
    return f"{name} (+{plain})" if plain else name


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> httpx.Request:
    there = parsed(url)
    fields = {name.lower(): value for name, value in headers.items()}
    if there.userinfo and "authorization" not in fields:
        pair = base64.b64encode(f"{there.username}:{there.password}".encode())
        fields["authorization"] = f"Basic {pair.decode('ascii')}"
    try:
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]
    except UnicodeError:
        raise TransportError("the request has a header that HTTP cannot carry", "bad-header") from None
    return httpx.Request(method, there.copy_with(userinfo=b""), headers=raw, content=body or None)


def _fields(response: httpx.Response) -> dict[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_value in response.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


async def _whole(response: httpx.Response, limit: int) -> bytes:
    """Return the body, unpacked; never a part of it, but of a stream of events what comes within a few seconds."""
    length = response.headers.get("content-length", "")
    if length.isdecimal() and int(length[:18]) > limit:
        raise larger(limit)
    unpack = unpacker(response.headers.get_list("content-encoding"), limit=limit)
    body = bytearray()
    if is_stream(response.headers):
        with suppress(TimeoutError):
            async with asyncio.timeout(TASTE):
                async for chunk in response.aiter_raw():
                    body += unpack.feed(chunk)
                    if len(body) >= SIP:
                        break
        return bytes(body)
    async for chunk in response.aiter_raw():
        body += unpack.feed(chunk)
    unpack.finish()
    return bytes(body)


async def _head(response: httpx.Response) -> bytes:
    """Return what comes soon of a body that changes nothing: the status has said it all."""
    head = bytearray()
    with suppress(TransportError, TimeoutError):
        async with asyncio.timeout(HEAD_WITHIN):
            async for chunk in response.aiter_raw():
                head += chunk
                if len(head) >= HEAD:
                    break
    return bytes(head[:HEAD])


@cache
def _trusting() -> ssl.SSLContext:
    """Trust what the machine trusts (an intranet's authority too) and the bundle we brought."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context
