"""Ways to a source through another machine: SOCKS5 (RFC 1928, 1929) and HTTP proxies (RFC 9110 §9.3.6).

The proxy's own address was typed, and is checked as such. By socks5 the source's name is looked up and checked
here, as without a proxy. By socks5h, http and https the proxy looks it up, and nobody here sees what it finds:
only a host that is written as an address is checked.
"""

import errno
import socket
import ssl
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address

import httpcore
from socksio import ProtocolError, socks5

from monitor.daemon.network.addresses import Reach, refusal
from monitor.daemon.network.connections import Straight, Stream, permitted
from monitor.daemon.network.failures import OutOfReach, Progress, TooLate, TransportError, explained
from monitor.daemon.network.racing import Answered, first_of
from monitor.model import Proxy
from monitor.values import dataclass

PROXY = "the proxy: "
_UNREACHED = {  # RFC 1928 §6: what a proxy says of the source, and what a connection of ours would have met
    socks5.SOCKS5ReplyCode.NETWORK_UNREACHABLE: errno.ENETUNREACH,
    socks5.SOCKS5ReplyCode.HOST_UNREACHABLE: errno.EHOSTUNREACH,
    socks5.SOCKS5ReplyCode.CONNECTION_REFUSED: errno.ECONNREFUSED,
    socks5.SOCKS5ReplyCode.TTL_EXPIRED: errno.ETIMEDOUT,
}
_ADDRESS = {socks5.SOCKS5AType.IPV4_ADDRESS.value: 4, socks5.SOCKS5AType.IPV6_ADDRESS.value: 16}  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Detour:
    """`Dial` through a proxy; cancelled or failed anywhere, it leaves no connection behind."""

    proxy: Proxy
    straight: Straight  # as far as the source may reach
    tls: ssl.SSLContext  # to an https proxy

    async def __call__(self, host: str, port: int, tls: ssl.SSLContext | None, progress: Progress) -> Stream:
        """Return a connection to `host` that leads through the proxy.

        To a source without TLS an HTTP proxy is spoken to as it is: `forwarded` tells it where to.
        """
        if self.proxy.scheme == "socks5":
            addresses = await permitted(host, port, self.straight.reach, self.straight.resolve)
            progress.waits_for = "proxy"
            tunnel = await first_of(
                addresses, lambda address, answered: self._tunnel(address, port, answered)
            )
        else:
            refuse_written(host, self.straight.reach)
            progress.waits_for = "proxy"
            is_forward = tls is None and self.proxy.scheme in {"http", "https"}
            tunnel = await (self._reached() if is_forward else self._tunnel(host, port))
        if tls is None:
            return tunnel
        progress.waits_for = "handshake"
        return await tunnel.secured(tls, host)

    async def _reached(self) -> Stream:
        """Connect to the proxy. Where it is may be a secret: no sentence names it."""
        straight = replace(self.straight, reach=max(self.straight.reach, Reach.TYPED))
        tls = self.tls if self.proxy.scheme == "https" else None
        try:
            with explained(PROXY, "proxy-"):
                return await straight(self.proxy.host, self.proxy.port, tls, Progress())
        except OutOfReach:
            raise OutOfReach("its proxy is at an address that is not gone to") from None
        except TooLate:
            raise Progress("proxy").too_late(straight.within) from None

    async def _tunnel(self, host: str, port: int, answered: Answered = lambda: None) -> Stream:
        greet = _socks if self.proxy.scheme.startswith("socks") else _connect
        stream = await self._reached()
        answered()  # the proxy has: how long it takes to find the host says nothing about the address
        try:
            with explained(PROXY, "proxy-"):
                trouble = await greet(stream, self.proxy, host, port)
            if trouble is not None:
                raise trouble
        except BaseException:
            stream.abort()
            raise
        return stream


def refuse_written(host: str, reach: Reach) -> None:
    """Raise OutOfReach if `host` is written as an address where `reach` may not go.

    >>> refuse_written("localhost", Reach.TYPED)
    >>> refuse_written("127.1", Reach.PUBLIC)
    Traceback (most recent call last):
    monitor.daemon.network.failures.OutOfReach: 127.1 is a loopback address
    """
    address = written_address(host)
    if address and (name := refusal(address, reach)):
        raise OutOfReach(f"{host[:100]} is {name}")


def written_address(host: str) -> str:
    """Return the address that `host` is another spelling of, "" if it is a name to be looked up.

    >>> [written_address(host) for host in ("::1", "0x7f.1", "2130706433", "a.localhost.", "desk.example")]
    ['::1', '127.0.0.1', '127.0.0.1', '127.0.0.1', '']
    """
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return "127.0.0.1"
    with suppress(ValueError):
        return str(ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))  # as resolvers read it: hexadecimal, parts left out
    return ""


def forwarded(request: httpcore.Request, via: Proxy | None) -> httpcore.Request:
    """Return `request` as `via` must see it: with the whole address, if it is to pass it on (RFC 9112 §3.2.2)."""
    url = request.url
    if via is None or via.scheme.startswith("socks") or url.scheme != b"http":
        return request
    host, port = url.host.decode("ascii"), url.origin.port
    where = _authority(host, port) if port != 80 else _authority(host, port).removesuffix(":80")
    target = f"http://{where}".encode("ascii") + url.target
    whole = httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=target)
    return httpcore.Request(
        request.method, whole, headers=[*request.headers, *_credentials(via)], content=request.stream
    )


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _credentials(proxy: Proxy) -> list[tuple[bytes, bytes]]:
    if proxy.user is None:
        return []
    return [(b"Proxy-Authorization", b"Basic " + b64encode(b":".join(_pair(proxy))))]


def _pair(proxy: Proxy) -> tuple[bytes, bytes]:
    user, password = (part.reveal().encode() if part else b"" for part in (proxy.user, proxy.password))
    return user, password


def _unknown(proxy: Proxy) -> TransportError:
    refuses = "refuses the user name or the password" if proxy.user else "wants a user name and password"
    return TransportError(f"the proxy {refuses}", "proxy")


async def _connect(stream: Stream, proxy: Proxy, host: str, port: int) -> TransportError | None:
    """Ask an HTTP proxy for a tunnel; return why there is none."""
    where = _authority(host, port).encode("ascii")
    origin = httpcore.Origin(proxy.scheme.encode("ascii"), proxy.host.encode("ascii"), proxy.port)
    url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=where)
    request = httpcore.Request("CONNECT", url, headers=[(b"Host", where), *_credentials(proxy)])
    stream.expect_answer()
    answer = await httpcore.AsyncHTTP11Connection(origin, stream).handle_async_request(request)
    stream.expect_body()
    if answer.status == 407:
        return _unknown(proxy)
    if not 200 <= answer.status < 300:
        return TransportError(f"the proxy answered {answer.status} and did not connect", "proxy")
    return None


async def _socks(stream: Stream, proxy: Proxy, host: str, port: int) -> TransportError | OSError | None:
    """Ask a SOCKS5 proxy for a tunnel; return why there is none: an OSError if the source does not take it."""
    try:
        return await _greet(stream, proxy) or await _ask(stream, host, port)
    except ProtocolError:
        return TransportError("the proxy does not speak SOCKS5", "proxy")


async def _greet(stream: Stream, proxy: Proxy) -> TransportError | None:
    methods = [socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED]
    if proxy.user:
        methods.append(socks5.SOCKS5AuthMethod.USERNAME_PASSWORD)
    await stream.write(socks5.SOCKS5AuthMethodsRequest(methods).dumps())
    version, method = await _exactly(stream, 2)
    if version != 5:
        return TransportError("the proxy does not speak SOCKS5", "proxy")
    if method not in (known.value[0] for known in methods):
        return _unknown(proxy)
    if method:
        await stream.write(socks5.SOCKS5UsernamePasswordRequest(*_pair(proxy)).dumps())
        _, status = await _exactly(stream, 2)  # some write the wrong version before it
        return _unknown(proxy) if status else None
    return None


async def _ask(stream: Stream, host: str, port: int) -> TransportError | OSError | None:
    command = socks5.SOCKS5Command.CONNECT
    await stream.write(socks5.SOCKS5CommandRequest.from_address(command, (host, port)).dumps())
    head = await _exactly(stream, 4)
    length = _ADDRESS.get(head[3:])
    rest = await _exactly(stream, length + 2) if length else await _named(stream)
    code = socks5.SOCKS5Reply.loads(head + rest).reply_code
    if code == socks5.SOCKS5ReplyCode.SUCCEEDED:
        return None
    if code in _UNREACHED:
        return OSError(_UNREACHED[code], "")
    return TransportError(f"the proxy did not connect: {code.name.lower().replace('_', ' ')}", "proxy")


async def _named(stream: Stream) -> bytes:
    size = await _exactly(stream, 1)
    return await _exactly(stream, size[0] + 2)


async def _exactly(stream: Stream, size: int) -> bytes:
    """Return `size` bytes and not one more: what follows is the source's."""
    found = b""
    while len(found) < size:
        chunk = await stream.read(size - len(found))
        if not chunk:
            raise TransportError("the proxy closed the connection", "proxy")
        found += chunk
    return found
