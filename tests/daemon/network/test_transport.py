"""One request each way, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import doctest
import gzip
import itertools
import random
import socket
import ssl
import time
import traceback
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pytest

from monitor.daemon.network import bodies, racing, transport
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.bodies import unpacker
from monitor.daemon.network.connections import Stream, connect
from monitor.daemon.network.failures import OutOfReach, Refused, TooMuch, TransportError
from monitor.daemon.network.fields import retry_after
from monitor.daemon.network.transport import Answer, Transport, user_agent
from monitor.daemon.network.urls import joined, place
from monitor.model import Reply
from monitor.notifiers import PostError

if TYPE_CHECKING:
    from tests.conftest import Asked, Site, StillClock

HERE = Path(__file__).parents[1]
FEED = b"<rss><channel><item><title>Ballistic</title></item></channel></rss>"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def get(clock: StillClock) -> Callable[..., Answer]:
    """One GET by a transport of its own."""

    def get(
        url: str, *, reach: Reach = Reach.TYPED, tls: Any = None, resolve: Any = None, **more: Any
    ) -> Answer:
        async def one() -> Answer:
            async with Transport(clock=clock, tls=tls, resolve=resolve) as transport:
                return await transport.get(url, reach=reach, **more)

        return asyncio.run(one())

    return get


@pytest.fixture
def post(clock: StillClock) -> Callable[..., Reply]:
    """One POST by a transport of its own."""

    def post(url: str, headers: dict[str, str] | None = None, body: bytes = b"{}", **more: Any) -> Reply:
        async def one() -> Reply:
            async with Transport(clock=clock, contact="desk@example.org") as transport:
                return await transport.post(url, headers or {}, body, **more)

        return asyncio.run(one())

    return post


def until_hung_up(asked: Asked, chunk: bytes, pause: float = 0.0) -> None:
    """Send `chunk` again and again until the client has gone."""
    with suppress(OSError):
        while True:
            asked.socket.sendall(chunk)
            if pause:
                time.sleep(pause)


def silence(asked: Asked) -> None:
    """Say nothing until the client has gone."""
    with suppress(OSError):
        asked.socket.recv(1)


# -- what goes out and what comes back --------------------------------------------------------


def test_a_request_says_who_asks_and_takes_only_gzip(site: Site, clock: StillClock) -> None:
    site.pages["/rss?day=1"] = (200, {"Content-Type": "application/rss+xml", "ETag": '"a"'}, FEED)

    async def story() -> Answer:
        async with Transport(clock=clock, contact="desk@example.org") as transport:
            return await transport.get(
                f"{site.url}/rss?day=1#top", headers={"If-None-Match": '"b"'}, reach=Reach.TYPED
            )

    answer = asyncio.run(story())
    assert (answer.status, answer.body) == (200, FEED)
    assert answer.url == f"{site.url}/rss?day=1"
    assert (answer.headers["content-type"], answer.headers["etag"]) == ("application/rss+xml", '"a"')
    [asked] = site.requests
    assert asked.headers == {
        "host": f"127.0.0.1:{site.port}",
        "user-agent": "Newsbell/0.1 (+desk@example.org)",
        "accept": "*/*",
        "accept-encoding": "gzip",
        "if-none-match": '"b"',
    }


def test_a_contact_cannot_add_a_header() -> None:
    assert user_agent("me@x.org\r\nX-Evil: 1") == "Newsbell/0.1 (+me@x.orgX-Evil: 1)"
    assert user_agent("") == user_agent("\n(é)") == "Newsbell/0.1"


def test_a_redirect_is_an_answer_and_cookies_are_forgotten(site: Site, clock: StillClock) -> None:
    site.pages["/"] = (302, {"Location": "/there", "Set-Cookie": "id=1; Path=/"}, b"moved")

    async def story() -> list[Answer]:
        async with Transport(clock=clock) as transport:
            return [await transport.get(f"{site.url}/", reach=Reach.TYPED) for _ in range(2)]

    first, second = asyncio.run(story())
    assert (first.status, first.headers["location"], first.body) == (302, "/there", b"moved")
    assert site.paths() == ["/", "/"]
    assert "cookie" not in site.requests[1].headers
    assert second == first


def test_a_user_name_in_the_address_becomes_basic_auth_and_is_shown_nowhere(site: Site, get: Any) -> None:
    answer = get(site.url.replace("//", "//desk:pa%3Ass@") + "/rss")
    assert site.requests[0].headers["authorization"] == "Basic ZGVzazpwYTpzcw=="
    assert answer.url == f"{site.url}/rss"


def test_the_environment_has_no_say(site: Site, get: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.pages["/"] = (200, {}, b"straight")
    assert get(f"{site.url}/").body == b"straight"


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(FEED),
        gzip.compress(FEED[:20]) + gzip.compress(FEED[20:]),  # two members are one body
        gzip.compress(FEED) + b"\0\0\0 and junk",
    ],
    ids=["one member", "two members", "junk behind"],  # the bytes hold the time of packing
)
@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_gzip_is_unpacked(site: Site, get: Any, packed: bytes, name: str) -> None:
    site.pages["/"] = (200, {"Content-Encoding": name}, packed)
    assert get(f"{site.url}/").body == FEED


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_gzip_may_be_cut_anywhere(size: int) -> None:
    packed = gzip.compress(FEED[:20]) + gzip.compress(b"") + gzip.compress(FEED[20:])
    unpack = unpacker(["gzip"], limit=len(FEED))
    body = b"".join(unpack.feed(packed[at : at + size]) for at in range(0, len(packed), size))
    unpack.finish()
    assert body == FEED


def test_the_body_of_an_error_is_only_looked_at(site: Site, get: Any) -> None:
    site.pages["/"] = (403, {"Content-Encoding": "br"}, b"x" * 100_000)
    answer = get(f"{site.url}/")
    assert (answer.status, answer.body) == (403, b"x" * 4096)


def test_an_error_whose_body_never_ends_is_still_that_error(site: Site, get: Any) -> None:
    def slow(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 503 No\r\nRetry-After: 7\r\n\r\n")
        until_hung_up(asked, b"x", 0.05)

    site.pages["/"] = slow
    answer = get(f"{site.url}/", deadline=10)
    assert (answer.status, answer.retry_after) == (503, 7.0)


# -- bounds -----------------------------------------------------------------------------------


def test_of_a_stream_without_an_end_a_sip_is_the_body(site: Site, get: Any) -> None:
    events = b"data: fire\n\n" * (transport.SIP // 12 + 1)

    def endless(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + events)
        until_hung_up(asked, b":\n\n", 0.05)

    site.pages["/stream"] = endless
    assert get(f"{site.url}/stream").body.startswith(events[: transport.SIP])


def bomb(mebibytes: int) -> bytes:
    pack = zlib.compressobj(9, wbits=31)
    return b"".join(pack.compress(bytes(2**20)) for _ in range(mebibytes)) + pack.flush()


BOMBS = [(256, "the body is larger than 8 MiB"), (7, "the body unpacks to more than 200 times its size")]


@pytest.mark.parametrize("mebibytes", [mebibytes for mebibytes, _ in BOMBS])
def test_a_bomb_goes_off_in_a_small_room(site: Site, get: Any, mebibytes: int) -> None:
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, bomb(mebibytes))
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch):  # which limit it meets first, is a matter of how the network cuts it
            get(f"{site.url}/")
        assert (
            tracemalloc.get_traced_memory()[1] < 20 * 2**20
        )  # zlib joins its blocks: twice the limit, for a moment
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("mebibytes", "sentence"), BOMBS)
def test_a_bomb_is_refused_for_the_limit_that_it_meets(mebibytes: int, sentence: str) -> None:
    with pytest.raises(TooMuch, match=sentence):
        unpacker(["gzip"], limit=8 * 2**20).feed(bomb(mebibytes))


def test_what_unpacks_to_more_than_the_limit_is_never_held() -> None:
    text = random.Random(4).randbytes(2**20).hex().encode()
    unpack = unpacker(["gzip"], limit=2**20)
    with pytest.raises(TooMuch, match="larger than 1 MiB"):
        unpack.feed(gzip.compress(text))
    exact = unpacker(["gzip"], limit=len(text))
    assert exact.feed(gzip.compress(text)) == text
    exact.finish()


def test_endless_empty_members_end() -> None:
    unpack = unpacker(["gzip"], limit=100)
    assert unpack.feed(gzip.compress(b"") * 5_000 + gzip.compress(b"late")) == b""


@pytest.mark.parametrize(
    ("encodings", "shown"),
    [
        ({"Content-Encoding": "br"}, "br"),
        ({"Content-Encoding": "zstd"}, "zstd"),
        ({"Content-Encoding": "deflate"}, "deflate"),
        ({"Content-Encoding": "gzip, gzip"}, "gzip in gzip"),
        ({"Content-Encoding": "gzip,br"}, "gzip in br"),
        ({"Content-Encoding": "gzip", "content-encoding": "gzip"}, "gzip in gzip"),
        ({"Content-Encoding": "\x1b[31m<b>"}, "31mb"),
    ],
)
def test_what_was_not_asked_for_is_not_unpacked(
    site: Site, get: Any, encodings: dict[str, str], shown: str
) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in encodings.items())
    packed = gzip.compress(bomb(1))
    site.pages["/"] = lambda asked: asked.socket.sendall(
        f"HTTP/1.1 200 OK\r\nContent-Length: {len(packed)}\r\n{head}\r\n".encode() + packed
    )
    with pytest.raises(TransportError) as caught:
        get(f"{site.url}/")
    assert str(caught.value) in (f"answered in {shown}, which was not asked for", "did not answer in HTTP")
    assert "\x1b" not in str(caught.value)


def test_a_false_gzip_is_not_a_body(site: Site, get: Any) -> None:
    site.pages["/"] = (200, {"Content-Encoding": "gzip"}, FEED)
    with pytest.raises(TransportError, match="declared gzip and sent something else"):
        get(f"{site.url}/")


def test_a_body_without_end_ends_at_the_limit(site: Site, get: Any) -> None:
    def endless(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        until_hung_up(asked, b"x" * 65536)

    site.pages["/"] = endless
    with pytest.raises(TooMuch, match="the body is larger than 8 MiB"):
        get(f"{site.url}/")


def test_a_declared_length_beyond_the_limit_is_not_read(site: Site, get: Any) -> None:
    def declares(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
        silence(asked)

    site.pages["/"] = declares
    with pytest.raises(TooMuch, match="the body is larger than 8 MiB"):
        get(f"{site.url}/")
    site.pages["/"] = (200, {}, b"x" * 101)
    with pytest.raises(TooMuch, match="the body is larger than 100 bytes"):
        get(f"{site.url}/", limit=100)
    site.pages["/"] = (200, {}, b"x" * 100)
    assert len(get(f"{site.url}/", limit=100).body) == 100


@pytest.mark.parametrize(
    "half",
    [
        b"Content-Length: 100\r\n\r\n" + FEED[:50],
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n50\r\n<rss>",
        b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(FEED)[:-9],
    ],
    ids=["length", "chunk missing", "chunk cut", "gzip cut"],  # packed bytes hold the time of packing
)
def test_half_a_body_is_none(site: Site, get: Any, half: bytes) -> None:
    site.pages["/"] = lambda asked: asked.socket.sendall(b"HTTP/1.1 200 OK\r\n" + half)
    with pytest.raises(TransportError, match="closed the connection in the middle of the body"):
        get(f"{site.url}/")


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (lambda asked: None, "closed the connection without an answer"),
        (lambda asked: asked.socket.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "did not answer in HTTP"),
        (lambda asked: asked.socket.sendall(b"HTTP/1.1 200 OK\r\nBroken"), "closed the connection"),
        (lambda asked: asked.socket.sendall(b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n"), "did not answer in HTTP"),
        (
            lambda asked: asked.socket.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"
            ),
            "did not answer in HTTP",
        ),
    ],
)
def test_what_is_not_http_is_said_in_a_sentence(site: Site, get: Any, page: Any, sentence: str) -> None:
    site.pages["/"] = page
    with pytest.raises(TransportError, match=sentence):
        get(f"{site.url}/")


def test_a_flood_of_headers_is_cut(site: Site, get: Any) -> None:
    def flood(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\n")
        until_hung_up(asked, b"X-Flood: " + b"x" * 1000 + b"\r\n")

    site.pages["/"] = flood
    with pytest.raises(TooMuch, match="sent more than 100 KiB of headers"):
        get(f"{site.url}/")


def test_interim_answers_without_end_are_cut(site: Site, get: Any) -> None:
    site.pages["/"] = lambda asked: until_hung_up(
        asked, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 99
    )
    with pytest.raises(TooMuch, match="sent more than 256 KiB of headers"):
        get(f"{site.url}/")


def trickle_body(asked: Asked) -> None:
    asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    until_hung_up(asked, b"x", 0.02)


def trickle_headers(asked: Asked) -> None:
    asked.socket.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    until_hung_up(asked, b"x", 0.02)


def trickle_interim(asked: Asked) -> None:
    until_hung_up(asked, b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.02)


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (silence, "answered nothing for 0.3 s"),
        (trickle_headers, "answered nothing for 0.3 s"),
        (trickle_interim, "answered nothing for 0.3 s"),
        (trickle_body, "had not finished its answer after 0.3 s"),
    ],
)
def test_one_deadline_holds_for_all_of_it(site: Site, get: Any, page: Any, sentence: str) -> None:
    site.pages["/"] = page
    with pytest.raises(TransportError, match=f"^{sentence}$"):
        get(f"{site.url}/", deadline=0.3)
    assert site.wait(lambda s: s.open == 0)


# -- where it goes ----------------------------------------------------------------------------


@contextmanager
def listener() -> Iterator[tuple[int, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server.getsockname()[1], server


def syns(server: socket.socket) -> int:
    """Count the connections that were ever opened to `server`."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count


def resolving(*rounds: Sequence[str]) -> Callable[[str, int], Awaitable[Sequence[str]]]:
    """Answer each look-up with the next of `rounds`, round and round."""
    answers = itertools.cycle(rounds)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    return resolve


@pytest.mark.parametrize(
    "host",
    """127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 0 0.0.0.0 localhost
    [::1] [::] [::ffff:7f00:1] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:0001] 127。0。0。1
    me@127.0.0.1 example.org@127.0.0.1 example.org%40127.0.0.1 a\\@127.0.0.1 127.0.0.1\\@example.invalid
    １２７.0.0.1 127.0.0.1%00.example.org 127.0.0.1%09 ①②⑦.0.0.1 [::1%25lo]""".split(),  # noqa: SIM905
)
def test_no_spelling_of_a_host_leads_inside(get: Any, host: str) -> None:
    with listener() as (port, server):
        with pytest.raises(Refused):
            get(f"http://{host}:{port}/", reach=Reach.PUBLIC)
        assert syns(server) == 0


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.example/rss",
        "//news.example/rss",
        "file:///etc/passwd",
        "ftp://news.example/",
        "javascript:alert(1)",
        "http://",
        "http:///rss",
        "http://news.example:0/",
        "http://news.example:99999/",
        "http://news.example:http/",
        "http://news example/",
        "http://news.example/\nHost: x",
        "http://[::1/",
        "http://" + "a" * 300 + "/",
        "http://-/",
        "unix:/run/docker.sock",
    ],
)
def test_what_is_no_web_address_is_refused(get: Any, url: str) -> None:
    with pytest.raises(Refused, match=r"not a web address|is not http or https"):
        get(url)


def test_an_overlong_label_is_no_host(get: Any) -> None:
    with pytest.raises(TransportError, match="no such host"):
        get(f"http://{'a' * 64}.example/")
    with pytest.raises(TransportError, match="no such host"):
        get("http://a..example/")


def test_a_name_that_flips_to_loopback_is_never_followed_there(clock: StillClock) -> None:
    """DNS rebinding: what was checked is what is connected to, in 200 rounds of flipping answers."""
    reached: list[str] = []

    async def record(address: str, port: int) -> Stream:
        reached.append(address)
        if address != "127.0.0.1":
            raise ConnectionRefusedError(111, "no test goes beyond 127.0.0.1")
        return await connect(address, port)

    async def story(port: int) -> list[str]:
        resolve = resolving(["93.184.215.14"], ["127.0.0.1"], ["10.0.0.1", "127.0.0.1"], ["::1"])
        ends = []
        async with Transport(clock=clock, resolve=resolve, connect=record) as transport:
            for _ in range(200):
                with pytest.raises(TransportError) as caught:
                    await transport.get(f"http://rebind.example:{port}/", reach=Reach.PUBLIC)
                ends.append(str(caught.value))
        return ends

    with listener() as (port, server):
        ends = asyncio.run(story(port))
        assert syns(server) == 0
    assert set(reached) == {"93.184.215.14"}
    assert ends.count("connection refused") == len(reached) == 50
    assert ends.count("rebind.example is at 127.0.0.1, a loopback address") == 50


def test_of_several_addresses_only_the_open_ones_are_used(clock: StillClock) -> None:
    tried: list[str] = []

    async def record(address: str, port: int) -> Stream:
        tried.append(address)
        raise ConnectionRefusedError(111, "no test goes beyond 127.0.0.1")

    async def story(*addresses: str) -> str:
        resolve = resolving(addresses)
        async with Transport(clock=clock, resolve=resolve, connect=record) as transport:
            with pytest.raises(TransportError) as caught:
                await transport.get("http://mixed.example/", reach=Reach.TYPED)
        return str(caught.value)

    mixed = asyncio.run(story("169.254.169.254", "fe80::1", "127.0.0.1", "224.0.0.1", "::1"))
    assert (mixed, tried) == ("connection refused", ["127.0.0.1", "::1"])
    closed = asyncio.run(story("169.254.169.254", "fe80::1"))
    assert closed == "mixed.example is at 169.254.169.254, a cloud metadata address"
    assert tried == ["127.0.0.1", "::1"]


def test_a_name_without_an_address_is_no_host(get: Any) -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolve in (unknown, resolving([])):
        with pytest.raises(TransportError, match=r"^no such host$"):
            get("http://nowhere.example/", resolve=resolve)


def test_the_machines_own_resolver_finds_localhost(site: Site, get: Any) -> None:
    site.pages["/"] = (200, {}, b"here")
    assert get(f"http://localhost:{site.port}/").body == b"here"


def test_a_closed_port_refuses(get: Any) -> None:
    with listener() as (port, _):
        pass
    with pytest.raises(TransportError, match=r"^connection refused$"):
        get(f"http://127.0.0.1:{port}/")


def test_a_redirect_keeps_the_password_in_the_house() -> None:
    assert joined("http://me:pw@a.example/x", "https://a.example/y") == "https://me:pw@a.example/y"
    assert joined("http://me:pw@a.example/x", "http://b.example/y") == "http://b.example/y"
    assert joined("https://me:pw@a.example/x", "http://a.example/y") == "http://a.example/y"
    assert joined("https://me:pw@a.example:81/x", "http://a.example:81/y") == "http://a.example:81/y"
    assert joined("http://a.example/x", "//evil:pw@a.example/y") == "http://a.example/y"
    assert joined("http://a.example/x", "/Київ".encode().decode("latin-1")).endswith(
        "/%D0%9A%D0%B8%D1%97%D0%B2"
    )
    assert place("http://[::FFFF:7f00:1]/").host == "::ffff:7f00:1"


# -- TLS --------------------------------------------------------------------------------------


def certificate(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / f"tls-{name}.pem")
    return context


def trust(name: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(HERE / f"tls-{name}.pem")
    return context


def test_https_is_read_and_its_connection_kept(new_site: Callable[..., Site], clock: StillClock) -> None:
    site = new_site(tls=certificate("good"))
    site.pages["/"] = (200, {}, FEED * 1000)

    async def story() -> None:
        async with Transport(clock=clock, tls=trust("good")) as transport:
            for _ in range(3):
                answer = await transport.get(f"https://localhost:{site.port}/", reach=Reach.TYPED)
                assert answer.body == FEED * 1000

    asyncio.run(story())
    assert site.connections == 1
    assert site.wait(lambda s: s.open == 0)


def test_https_is_not_read_as_http(new_site: Callable[..., Site], get: Any) -> None:
    secure = new_site(tls=certificate("good"))
    with pytest.raises(TransportError, match=r"^(closed the connection without an answer|connection reset)$"):
        get(f"http://127.0.0.1:{secure.port}/")


# -- connections ------------------------------------------------------------------------------


def test_a_connection_is_kept_but_not_across_reaches(site: Site, clock: StillClock) -> None:
    site.pages["/"] = (200, {}, FEED)

    async def story() -> None:
        async with Transport(clock=clock) as transport:
            for _ in range(3):
                await transport.get(f"{site.url}/", reach=Reach.PRIVATE)
            assert site.connections == 1
            await transport.get(f"{site.url}/", reach=Reach.TYPED)
            assert site.connections == 2
            with pytest.raises(OutOfReach):
                await transport.get(f"{site.url}/", reach=Reach.PUBLIC)

    asyncio.run(story())
    assert (site.connections, len(site.requests)) == (2, 4)
    assert site.wait(lambda s: s.open == 0)


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(site: Site, clock: StillClock) -> None:
    site.pages["/"] = (200, {}, FEED)

    async def story() -> None:
        async with Transport(clock=clock) as transport:
            await transport.get(f"{site.url}/", reach=Reach.TYPED)
            site.hang_up()
            assert (await transport.get(f"{site.url}/", reach=Reach.TYPED)).body == FEED
            # Now it hangs up only when the next request is there.
            site.pages["/bye"] = lambda asked: None if len(site.requests) == 3 else (200, {}, b"second try")
            assert (await transport.get(f"{site.url}/bye", reach=Reach.TYPED)).body == b"second try"
            # On a connection of its own a hang-up is the answer.
            site.pages["/gone"] = lambda asked: None
            with pytest.raises(TransportError, match="closed the connection without an answer"):
                await transport.get(f"{site.url}/gone", reach=Reach.TYPED)

    asyncio.run(story())
    assert site.paths() == ["/", "/", "/bye", "/bye", "/gone", "/gone"]


def test_what_comes_unasked_on_an_idle_connection_answers_nothing(site: Site, clock: StillClock) -> None:
    async def story() -> None:
        async with Transport(clock=clock) as transport:
            assert (await transport.get(f"{site.url}/a", reach=Reach.TYPED)).body == b"true"
            read.set()
            assert await asyncio.to_thread(sent.wait, 10)
            assert (await transport.get(f"{site.url}/b", reach=Reach.TYPED)).body == b"right"

    read, sent = Event(), Event()

    def page(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue")
        read.wait(10)
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfalse")
        sent.set()
        silence(asked)

    site.pages |= {"/a": page, "/b": (200, {}, b"right")}
    asyncio.run(story())


def test_many_requests_at_once_do_not_mix(site: Site, clock: StillClock) -> None:
    for n in range(40):
        site.pages[f"/{n}"] = (200, {}, b"%d" % n * 1000)

    async def story() -> list[Answer]:
        async with Transport(clock=clock) as transport:
            return await asyncio.gather(
                *(transport.get(f"{site.url}/{n}", reach=Reach.TYPED) for n in range(40))
            )

    assert [a.body for a in asyncio.run(story())] == [b"%d" % n * 1000 for n in range(40)]
    assert site.wait(lambda s: s.open == 0)


class CancelledAt:
    """Runs `work` and cancels its task in the n-th suspension; `reached` says whether it came so far."""

    def __init__(self, work: Awaitable[Any], n: int) -> None:
        self.work = work
        self.left = n

    @property
    def reached(self) -> bool:
        return self.left <= 0

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self.work.__await__()
        resume: Callable[[Any], Any] = steps.send
        value: Any = None
        while True:
            try:
                waits = resume(value)
            except StopIteration as end:
                return end.value
            self.left -= 1
            task = asyncio.current_task()
            if self.left == 0 and task is not None:
                task.cancel()
            try:
                resume, value = steps.send, (yield waits)
            except BaseException as error:
                resume, value = steps.throw, error


async def awaited(cut: CancelledAt) -> None:
    await cut


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("kept", [False, True], ids=["new-connection", "kept-connection"])
@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1", "127.0.0.1"]], ids=["straight", "race"])
def test_cancelled_in_any_await_it_leaves_no_connection(
    new_site: Callable[..., Site], clock: StillClock, secure: bool, kept: bool, addresses: Sequence[str]
) -> None:
    site = new_site(tls=certificate("good") if secure else None)
    url = f"http{'s' if secure else ''}://localhost:{site.port}/"
    last = {} if kept else {"Connection": "close"}
    site.pages["/"] = (200, last, FEED * 4000)

    async def story() -> int:
        async with Transport(clock=clock, tls=trust("good"), resolve=resolving(addresses)) as transport:
            for n in range(1, 1000):
                if kept:  # one lies idle, for this request to take
                    await transport.get(url, reach=Reach.TYPED)
                cut = CancelledAt(transport.get(url, reach=Reach.TYPED), n)
                with suppress(asyncio.CancelledError):
                    await cut
                settled = await asyncio.to_thread(site.wait, lambda s: s.open <= int(kept))
                assert settled, f"cancelled in await {n}: {site.open} connections left"
                if not cut.reached:
                    return n
        raise AssertionError("never came to its end")

    assert asyncio.run(story()) > 4


def test_cancelled_while_the_server_is_silent_it_hangs_up(site: Site, clock: StillClock) -> None:
    site.pages["/"] = silence

    async def story() -> None:
        async with Transport(clock=clock) as transport:
            task = asyncio.create_task(transport.get(f"{site.url}/", reach=Reach.TYPED))
            assert await asyncio.to_thread(site.wait, lambda s: len(s.requests) == 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(site.wait, lambda s: s.open == 0)

    asyncio.run(story())


# -- telling ----------------------------------------------------------------------------------


def test_a_post_arrives_whole_and_its_answer_comes_back(site: Site, post: Any) -> None:
    site.pages["/hook"] = (202, {}, b"taken")
    body = b'{"type": "alert.created"}' * 9000
    reply = post(f"{site.url}/hook", {"Content-Type": "application/json", "webhook-id": "d1"}, body)
    assert reply == Reply(status=202, head=b"taken")
    [asked] = site.requests
    assert (asked.method, asked.body, asked.headers["webhook-id"]) == ("POST", body, "d1")
    assert asked.headers["user-agent"] == "Newsbell/0.1 (+desk@example.org)"
    assert asked.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_receivers_redirect_is_never_followed(site: Site, post: Any, status: int) -> None:
    site.pages["/hook"] = (status, {"Location": f"{site.url}/inward"}, b"")
    assert post(f"{site.url}/hook").status == status
    assert site.paths() == ["/hook"]


def test_an_endless_reply_is_read_for_four_kibibytes(site: Site, post: Any) -> None:
    def endless(asked: Asked) -> None:
        asked.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        until_hung_up(asked, b"x" * 65536)

    site.pages["/hook"] = endless
    assert post(f"{site.url}/hook") == Reply(status=200, head=b"x" * 4096)


def test_a_receiver_that_refuses_before_it_has_read_is_heard(site: Site, post: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(1024)
                taken.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                taken.shutdown(socket.SHUT_WR)
                while taken.recv(65536):
                    pass

        (thread := Thread(target=refuse)).start()
        reply = post(f"http://127.0.0.1:{server.getsockname()[1]}/hook", body=b"x" * 3_000_000)
        thread.join()
    assert reply.status == 413


@pytest.mark.parametrize(
    ("url", "headers", "sentence"),
    [
        ("http://127.0.0.1:{closed}/hunter2", {}, "connection refused"),
        ("http://127.0.0.1:{silent}/hunter2", {}, "answered nothing for 0.2 s"),
        ("http://169.254.169.254/hunter2", {}, "169.254.169.254 is a cloud metadata address"),
        ("http://[fe80::1]/hunter2", {}, "fe80::1 is a link-local address"),
        ("ftp://hunter2@example.org/hunter2", {}, "ftp: is not http or https"),
        ("http://127.0.0.1:{silent}/hunter2\n", {}, "not a web address"),
        ("http://hunter2 example/", {}, "not a web address"),
        (
            "http://127.0.0.1:{silent}/",
            {"X-Key": "hunter2\n"},
            "the request has a header that HTTP cannot carry",
        ),
        (
            "http://127.0.0.1:{silent}/",
            {"X-Key": "hunter2é→"},
            "the request has a header that HTTP cannot carry",
        ),
        (
            "http://127.0.0.1:{silent}/",
            {"X Key:": "hunter2"},
            "the request has a header that HTTP cannot carry",
        ),
    ],
)
def test_why_there_was_no_answer_is_told_without_the_secret(
    post: Any, url: str, headers: dict[str, str], sentence: str
) -> None:
    with listener() as (closed, _):
        pass
    with listener() as (silent, _), pytest.raises(PostError) as caught:
        post(url.format(closed=closed, silent=silent), headers, deadline=0.2)
    assert str(caught.value) == sentence
    assert "hunter2" not in "".join(
        line for line in traceback.format_exception(caught.value) if "monitor" not in line
    )
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "hunter2" not in f"{chain!r} {chain}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 120 ", 120.0),
        ("120, 120", 120.0),
        ("0.65", 0.65),  # Discord
        ("86401", 86_400.0),
        ("9" * 5000, 86_400.0),
        ("0", None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1e3", None),
        ("١٢٠", None),
        ("120 seconds", 120.0),
        ("120s", 120.0),
        ('"120"', 120.0),
        ("2 minutes", 120.0),
        ("1h", 3_600.0),
        ("120; comment", 120.0),
        ("120 parsecs", None),
        ("1795521720", 120.0),  # seconds since 1970
        ("1795521720000", 120.0),
        ("1795521500", None),
        ("Tue, 24 Nov 2026 12:02:00 GMT", 120.0),
        ("Tuesday, 24-Nov-26 12:02:00 GMT", 120.0),  # RFC 850
        ("Tue Nov 24 12:02:00 2026", 120.0),  # asctime
        ("Tue, 24 Nov 2026 14:02:00 +0200", 120.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", None),
        ("Tue, 24 Nov 9999 11:00:00 GMT", 86_400.0),
        ("Tue, 99 Nov 2026 11:00:00 GMT", None),
        ("Tue, 24 Nov 0000 11:00:00 GMT", None),
        ("Tue, 01 Jan 0001 00:00:00 +2300", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", 86_400.0),
        ("2026-11-24T12:02:00Z", 120.0),
        ("2026-11-24T14:02:00+02:00", 120.0),
        ("2026-99-24T12:02:00Z", None),
    ],
)
def test_retry_after_in_every_spelling(text: str, seconds: float | None) -> None:
    assert retry_after(text, now=NOON) == seconds


def test_a_date_counts_from_the_answers_own_clock(site: Site, post: Any) -> None:
    at = "Tue, 24 Nov 2026 13:00:30 GMT"
    site.pages["/hook"] = (503, {"Retry-After": at, "Date": "Tue, 24 Nov 2026 13:00:00 GMT"}, b"")
    assert post(f"{site.url}/hook").retry_after == 30.0
    site.pages["/hook"] = (429, {"Retry-After": at, "Date": ""}, b"")
    assert post(f"{site.url}/hook").retry_after == 3630.0  # our clock says noon


@pytest.mark.parametrize("module", [bodies, racing, transport])
def test_the_examples_in_the_docstrings_run(module: Any) -> None:
    ran = doctest.testmod(module)
    assert (ran.failed, ran.attempted > 0) == (0, True)
