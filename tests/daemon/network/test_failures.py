"""Why there is no answer: each reason has its own sentence for people and its own word for programs."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from monitor.daemon.network import failures
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.connections import Resolve, Straight, connect
from monitor.daemon.network.failures import Progress, TransportError
from monitor.daemon.network.transport import Transport
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.model import Claim, Source, Trouble
from tests.virtual import ManualClock

if TYPE_CHECKING:
    from tests.conftest import Site

HERE = Path(__file__).parents[1]
DOCS = HERE.parents[1] / "docs" / "sources.md"
Told = tuple[str, str]  # the sentence, the word


async def here(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def told(
    url: str, *, resolve: Resolve = here, trusts: str = "", within: float = 10.0, via: Any = None
) -> Told:
    """Poll `url` once and return what went wrong; `trusts` names the certificate that is trusted."""
    clock = ManualClock()
    tls = ssl.create_default_context()
    if trusts:
        tls.load_verify_locations(HERE / f"tls-{trusts}.pem")

    async def once() -> object:
        async with Transport(clock=clock, tls=tls, resolve=resolve) as transport:
            claim = Claim(source=Source(name="desk", url=url), generation=1, claimed_at=clock.now())
            return await fetch(transport, claim, Hosts(), clock=clock, deadline=within)

    trouble = asyncio.run(once())
    assert isinstance(trouble, Trouble)
    assert trouble.kind == "network"
    return trouble.sentence, trouble.code


@contextmanager
def served(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Accept one connection after the other on a port of 127.0.0.1 and leave it to `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = server.accept()
                    with taken, suppress(OSError):
                        answer(taken)

        (thread := Thread(target=serve, daemon=True)).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


# -- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (socket.EAI_NONAME, ("no such host", "dns-no-such-host")),
        (socket.EAI_NODATA, ("the host has no address", "dns-no-address")),
        (socket.EAI_AGAIN, ("the name server does not answer", "dns-no-answer")),
        (socket.EAI_FAIL, ("the name server cannot say where the host is", "dns-failed")),
        (socket.EAI_SERVICE, ("the name of the host cannot be looked up", "dns-failed")),
    ],
)
def test_what_a_resolver_says(number: int, expected: Told) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(number, "as getaddrinfo says it")

    assert told("http://news.example/", resolve=resolve) == expected


def test_a_resolver_that_says_nothing() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        raise AssertionError

    expected = ("the name server answered nothing for 0.1 s", "dns-timeout")
    assert told("http://news.example/", resolve=resolve, within=0.1) == expected


# -- connections ------------------------------------------------------------------------------


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert told(f"http://127.0.0.1:{port}/") == ("connection refused", "connection-refused")


@contextmanager
def full() -> Iterator[int]:
    """A port whose queue of who may be accepted is full: it answers no SYN."""
    with socket.socket() as mute, socket.socket() as one, socket.socket() as other:
        mute.bind(("127.0.0.1", 0))
        mute.listen(0)
        for waits in (one, other):
            waits.setblocking(False)
            waits.connect_ex(mute.getsockname())
        yield mute.getsockname()[1]


def test_nobody_answers() -> None:
    with full() as port:
        expected = ("could not be connected to within 0.2 s", "connect-timeout")
        assert told(f"http://127.0.0.1:{port}/", within=0.2) == expected


def test_a_connection_has_less_time_than_the_whole() -> None:
    straight = Straight(reach=Reach.TYPED, resolve=here, connect=connect, within=0.1)
    with full() as port, pytest.raises(TransportError) as caught:
        asyncio.run(straight("news.example", port, None, Progress()))
    assert (str(caught.value), caught.value.code) == (
        "could not be connected to within 0.1 s",
        "connect-timeout",
    )


def reset(taken: socket.socket) -> None:
    taken.recv(1)  # the rest lies unread: closing now is a reset
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang_up(taken: socket.socket) -> None:
    taken.recv(65536)


def hold(taken: socket.socket) -> None:
    while taken.recv(65536):
        pass


def begin(taken: socket.socket) -> None:
    taken.recv(65536)
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss")
    hold(taken)


def half(taken: socket.socket) -> None:
    taken.recv(65536)
    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<rss")


def other(taken: socket.socket) -> None:
    taken.recv(65536)
    taken.sendall(b"220 mail.example ESMTP\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (reset, ("connection reset", "connection-reset")),
        (hang_up, ("closed the connection without an answer", "connection-closed")),
        (half, ("closed the connection in the middle of the body", "body-cut")),
        (other, ("did not answer in HTTP", "not-http")),
        (hold, ("answered nothing for 0.3 s", "answer-timeout")),
        (begin, ("had not finished its answer after 0.3 s", "body-timeout")),
    ],
)
def test_what_comes_over_a_connection(answer: Any, expected: Told) -> None:
    slow = answer in (hold, begin)
    with served(answer) as port:
        assert told(f"http://127.0.0.1:{port}/", within=0.3 if slow else 10.0) == expected


# -- TLS --------------------------------------------------------------------------------------


def certificate(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / f"tls-{name}.pem")
    return context


@pytest.mark.parametrize(
    ("name", "trusts", "expected"),
    [
        ("expired", "expired", ("the certificate has expired", "tls-expired")),
        ("future", "future", ("the certificate is not valid yet", "tls-not-yet-valid")),
        ("other", "other", ("the certificate is for another host", "tls-wrong-host")),
        ("good", "", ("the certificate is self-signed", "tls-self-signed")),
        ("issued", "", ("the certificate is signed by an unknown authority", "tls-unknown-authority")),
    ],
)
def test_a_bad_certificate(new_site: Callable[..., Site], name: str, trusts: str, expected: Told) -> None:
    site = new_site(tls=certificate(name))
    for host in ("localhost", "127.0.0.1"):
        assert told(f"https://{host}:{site.port}/", trusts=trusts) == expected
    assert site.requests == []


def shaking_hands(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def answer(taken: socket.socket) -> None:
        secure = context.wrap_socket(taken, server_side=True, do_handshake_on_connect=False)
        with suppress(ssl.SSLError):
            secure.do_handshake()
        with socket.socket(
            fileno=secure.detach()
        ) as plain:  # closed now, a reset might overtake what it said
            hold(plain)

    return answer


def outdated(taken: socket.socket) -> None:
    """Refuse as a server of TLS 1.1 does: no OpenSSL of today would serve as one (RFC 8446 §6.2, protocol_version)."""
    taken.recv(65536)
    taken.sendall(bytes((21, 3, 2, 0, 2, 2, 70)))
    hold(taken)


def choosy() -> ssl.SSLContext:
    context = certificate("good")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")  # the key is none of RSA
    return context


def asking(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = certificate("good")
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        (choosy, ("has no way of TLS in common with us", "tls-handshake")),
        (
            lambda: asking(ssl.TLSVersion.TLSv1_3),
            ("wants a certificate of ours", "tls-client-certificate"),
        ),
    ],
)
def test_what_a_server_wants_of_tls(context: Callable[[], ssl.SSLContext], expected: Told) -> None:
    with served(shaking_hands(context())) as port:
        assert told(f"https://localhost:{port}/", trusts="good") == expected


def test_a_port_without_tls(site: Site) -> None:
    expected = ("does not speak TLS at that port", "tls-none")
    assert told(f"https://localhost:{site.port}/", trusts="good") == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (hold, ("did not finish the TLS handshake within 0.3 s", "tls-timeout")),
        (hang_up, ("closed the connection", "connection-closed")),
        (reset, ("connection reset", "connection-reset")),
        (outdated, ("speaks an outdated TLS only", "tls-version")),
    ],
)
def test_a_handshake_that_does_not_end(answer: Any, expected: Told) -> None:
    with served(answer) as port:
        within = 0.3 if answer is hold else 10.0
        assert told(f"https://localhost:{port}/", trusts="good", within=within) == expected


# -- what is said of it -----------------------------------------------------------------------


def test_every_word_stands_in_the_docs_and_no_other() -> None:
    tables = (failures._CERTIFICATE, failures._TLS, failures._LOOKUP, failures._ERRNO, failures._LATE)
    words = {word for table in tables for word, _ in table.values()}
    section = DOCS.read_text().split("## Why there is no answer", 1)[1].split("\n## ", 1)[0]
    listed = set(re.findall(r"^\| `([a-z-]+)` ", section, re.MULTILINE))
    elsewhere = {"network", "not-http", "body-cut", "connection-closed", "bad-header", "bad-encoding"}
    elsewhere |= {"tls-unverified", "redirects", "refused", "out-of-reach", "too-much", "robots", "proxy"}
    assert listed == words | elsewhere
