"""Ways through real proxies on 127.0.0.1: who connects to what, who is told which secret, and what goes wrong."""

from __future__ import annotations

import asyncio
import doctest
import errno
import ssl
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from monitor.daemon.network import proxies
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import OutOfReach, TooMuch, TransportError
from monitor.daemon.network.transport import Answer, Transport
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.sending.ways import Through
from monitor.model import Access, Claim, Proxy, Reply, Response, Secret, Source, Trouble
from tests.proxies import ProxyServer, Speak, babbling, closing, endless, hanging, http, socks5

if TYPE_CHECKING:
    from tests.conftest import Site, StillClock

HERE = Path(__file__).parents[1]
FEED = b"<rss><channel><item><title>Ballistic</title></item></channel></rss>"
CANARY = "hunter2"
Scheme = Literal["http", "https", "socks5", "socks5h"]
KINDS: Sequence[tuple[Scheme, Speak]] = (("http", http), ("socks5", socks5), ("socks5h", socks5))


@pytest.fixture
def new_proxy() -> Iterator[Callable[..., ProxyServer]]:
    with ExitStack() as stack:
        yield lambda speak, **more: stack.enter_context(ProxyServer(speak=speak, **more).running())


def via(server: ProxyServer, scheme: Scheme, user: str = "", password: str = "") -> Proxy:
    secret = [Secret(text) if text else None for text in (user, password)]
    return Proxy(scheme=scheme, host="127.0.0.1", port=server.port, user=secret[0], password=secret[1])


@pytest.fixture
def get(clock: StillClock) -> Callable[..., Answer]:
    """One GET by a transport of its own."""

    def get(
        url: str,
        proxy: Proxy,
        *,
        reach: Reach = Reach.TYPED,
        tls: Any = None,
        resolve: Any = None,
        **more: Any,
    ) -> Answer:
        async def one() -> Answer:
            async with Transport(clock=clock, tls=tls, resolve=resolve) as transport:
                return await transport.get(url, reach=reach, via=proxy, **more)

        return asyncio.run(one())

    return get


async def to_this_machine(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def nowhere(host: str, port: int) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up here")


@pytest.fixture
def secure(new_site: Callable[..., Site]) -> tuple[Site, ssl.SSLContext]:
    """A site with a certificate for localhost, and a context that trusts it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(HERE / "tls-good.pem")
    client = ssl.create_default_context()
    client.load_verify_locations(HERE / "tls-good.pem")
    site = new_site(tls=server)
    site.pages["/rss"] = (200, {}, FEED)
    return site, client


# -- the way there ----------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "speak"), KINDS)
def test_a_plain_site_is_reached_through_each_kind(
    site: Site, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak
) -> None:
    site.pages["/rss?a=1"] = (200, {}, FEED)
    server = new_proxy(speak)
    assert get(f"{site.url}/rss?a=1", via(server, scheme), headers={"X-Desk": "1"}).body == FEED
    assert server.asked == [("127.0.0.1", site.port)]
    [asked] = site.requests
    assert (asked.path, asked.headers["host"]) == ("/rss?a=1", f"127.0.0.1:{site.port}")
    assert asked.headers["x-desk"] == "1"


@pytest.mark.parametrize(("scheme", "speak"), KINDS)
def test_tls_is_spoken_with_the_site_and_not_with_the_proxy(
    secure: Any, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak
) -> None:
    site, trusting = secure
    server = new_proxy(speak)
    url = f"https://localhost:{site.port}/rss"
    assert get(url, via(server, scheme), tls=trusting, resolve=to_this_machine).body == FEED
    assert server.asked == [("127.0.0.1" if scheme == "socks5" else "localhost", site.port)]
    assert all(head.startswith(f"CONNECT localhost:{site.port} ".encode()) for head in server.heads)


@pytest.mark.parametrize("speak", [http, socks5])
def test_a_notifier_tells_through_its_own_proxy_with_its_own_headers(
    site: Site, clock: Any, new_proxy: Any, speak: Speak
) -> None:
    site.pages["/hook"] = (204, {}, b"")
    server = new_proxy(speak, names={"desk.example": site.port})
    proxy = Proxy(scheme="http" if speak is http else "socks5h", host="127.0.0.1", port=server.port)
    access = Access(
        headers=(("x-desk", Secret("s3cret")), ("content-type", Secret("text/plain"))), proxy=proxy
    )

    async def tell() -> Reply:
        async with Transport(clock=clock) as transport:
            post = Through(transport.post, access)
            return await post(
                f"http://desk.example:{site.port}/hook", {"content-type": "application/json"}, b"{}"
            )

    assert asyncio.run(tell()).status == 204
    [asked] = site.requests
    assert (asked.headers["x-desk"], asked.headers["content-type"]) == ("s3cret", "application/json")
    assert server.asked or server.heads


@pytest.mark.parametrize(("scheme", "speak"), KINDS)
def test_a_proxy_cannot_pass_for_the_site(
    secure: Any, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak
) -> None:
    site, trusting = secure
    server = new_proxy(speak, names={"desk.example": site.port, "127.0.0.1": site.port})
    with pytest.raises(TransportError, match=r"^the certificate is for another host$"):
        get("https://desk.example/rss", via(server, scheme), tls=trusting, resolve=to_this_machine)
    assert site.requests == []


def test_a_proxy_may_be_spoken_to_by_tls(secure: Any, site: Site, get: Any, new_proxy: Any) -> None:
    inner, trusting = secure
    site.pages["/rss"] = (200, {}, FEED)
    server = new_proxy(http, tls=inner.tls)
    proxy = replace(via(server, "https"), host="localhost")
    assert (
        get(f"https://localhost:{inner.port}/rss", proxy, tls=trusting, resolve=to_this_machine).body == FEED
    )
    assert get(f"{site.url}/rss", proxy, tls=trusting, resolve=to_this_machine).body == FEED
    untrusted = "^the proxy: the certificate is self-signed$"
    with pytest.raises(TransportError, match=untrusted):
        get(f"{site.url}/rss", proxy, tls=ssl.create_default_context(), resolve=to_this_machine)


def test_names_are_looked_up_here_for_socks5_and_there_for_the_others(
    site: Site, get: Any, new_proxy: Any
) -> None:
    site.pages["/"] = (200, {}, FEED)
    there = {"desk.example": site.port, "127.0.0.1": site.port}
    for scheme, speak in KINDS[::2]:
        server = new_proxy(speak, names=there)
        assert get("http://desk.example/", via(server, scheme), resolve=nowhere).body == FEED
        assert server.asked == [("desk.example", 80)]
    server = new_proxy(socks5, names=there)
    assert get("http://desk.example/", via(server, "socks5"), resolve=to_this_machine).body == FEED
    assert server.asked == [("127.0.0.1", 80)]


def test_the_next_address_is_tried_where_the_proxy_meets_a_closed_one(
    site: Site, get: Any, new_proxy: Any
) -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.9", "127.0.0.1"]

    site.pages["/"] = (200, {}, FEED)
    server = new_proxy(socks5, names={"127.0.0.9": 1, "127.0.0.1": site.port})
    assert get("http://desk.example/", via(server, "socks5"), resolve=two).body == FEED
    assert server.asked == [("127.0.0.9", 80), ("127.0.0.1", 80)]


def test_a_kept_connection_serves_only_the_way_it_was_made_for(
    site: Site, clock: StillClock, new_proxy: Any
) -> None:
    site.pages["/"] = (200, {}, FEED)
    server = new_proxy(socks5)

    async def story() -> None:
        async with Transport(clock=clock) as transport:
            proxy = via(server, "socks5")
            for way in (None, proxy, proxy, via(server, "socks5h"), None):
                answer = await transport.get(f"{site.url}/", reach=Reach.TYPED, via=way)
                assert answer.body == FEED

    asyncio.run(story())
    assert site.connections == 3  # straight, by socks5, by socks5h
    assert len(server.asked) == 2


# -- who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "speak"), KINDS)
def test_a_proxy_is_told_who_asks_and_the_site_is_not(
    site: Site, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak
) -> None:
    site.pages["/"] = (200, {}, FEED)
    server = new_proxy(speak, user="désk", password=CANARY)
    assert get(f"{site.url}/", via(server, scheme, "désk", CANARY)).body == FEED
    [asked] = site.requests
    assert not any("proxy" in name or CANARY in value for name, value in asked.headers.items())


@pytest.mark.parametrize("user", ["", "desk"])
@pytest.mark.parametrize(("scheme", "speak"), KINDS[1:])
def test_a_proxy_that_does_not_know_us_says_so(
    site: Site, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak, user: str
) -> None:
    server = new_proxy(speak, user="somebody", password="else")
    with pytest.raises(TransportError) as caught:
        get(f"{site.url}/", via(server, scheme, user, CANARY if user else ""))
    says = "refuses the user name or the password" if user else "wants a user name and password"
    assert str(caught.value) == f"the proxy {says}"
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    assert site.requests == []


def test_an_http_proxy_that_does_not_know_us_says_so(secure: Any, get: Any, new_proxy: Any) -> None:
    site, trusting = secure
    server = new_proxy(http, user="somebody", password="else")
    url = f"https://localhost:{site.port}/rss"
    with pytest.raises(TransportError, match=r"^the proxy wants a user name and password$"):
        get(url, via(server, "http"), tls=trusting)
    with pytest.raises(TransportError, match=r"^the proxy refuses the user name or the password$"):
        get(url, via(server, "http", "desk", "wrong"), tls=trusting)
    assert get(f"http://localhost:{site.port}/", via(server, "http")).status == 407


# -- where it may not lead --------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "speak"), KINDS)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "x.localhost.", "127.1", "0x7f000001", "[::1]"])
def test_a_stranger_leads_to_no_private_address(
    site: Site, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak, host: str
) -> None:
    server = new_proxy(speak)
    with pytest.raises(OutOfReach, match=r"a loopback address$"):
        get(
            f"http://{host}:{site.port}/",
            via(server, scheme),
            reach=Reach.PUBLIC,
            resolve=to_this_machine if scheme == "socks5" else nowhere,
        )
    assert (server.asked, site.requests) == ([], [])


def test_what_socks5_looks_up_here_is_checked_here(site: Site, get: Any, new_proxy: Any) -> None:
    server = new_proxy(socks5)
    with pytest.raises(OutOfReach, match=r"^desk.example is at 127\.0\.0\.1, a loopback address$"):
        get("http://desk.example/", via(server, "socks5"), reach=Reach.PUBLIC, resolve=to_this_machine)
    assert server.asked == []


def test_a_proxy_was_typed_but_is_not_at_a_metadata_address(get: Any) -> None:
    proxy = Proxy(scheme="http", host="169.254.169.254", port=80)
    with pytest.raises(OutOfReach) as caught:
        get("http://desk.example/", proxy)
    assert str(caught.value) == "its proxy is at an address that is not gone to"
    assert "169.254" not in "".join(traceback.format_exception(caught.value)).replace(
        "169.254.169.254/32", ""
    )


# -- what goes wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "speak", "says"),
    [
        ("http", closing, "the proxy: closed the connection without an answer"),
        ("socks5", closing, "the proxy closed the connection"),
        ("http", babbling, "the proxy: did not answer in HTTP"),
        ("socks5h", babbling, "the proxy does not speak SOCKS5"),
        ("http", hanging, "the proxy did not connect within 0.3 s"),
        ("socks5", hanging, "the proxy did not connect within 0.3 s"),
    ],
)
def test_a_proxy_that_is_none(
    site: Site, get: Any, new_proxy: Any, scheme: Scheme, speak: Speak, says: str
) -> None:
    server = new_proxy(speak)
    deadline = 0.3 if speak is hanging else 10
    with pytest.raises(TransportError) as caught:
        get(f"https://127.0.0.1:{site.port}/", via(server, scheme), deadline=deadline)
    assert str(caught.value) == says
    assert gone(server)


def gone(server: ProxyServer) -> bool:
    """Wait until no connection to the proxy is left."""
    for _ in range(500):
        if not server.open:
            return True
        time.sleep(0.01)
    return False


def test_a_proxy_whose_headers_never_end(site: Site, get: Any, new_proxy: Any) -> None:
    server = new_proxy(endless)
    with pytest.raises(TooMuch, match=r"headers$"):
        get(f"https://127.0.0.1:{site.port}/", via(server, "http"))
    assert gone(server)


def test_no_proxy_there(site: Site, get: Any, new_proxy: Any) -> None:
    for scheme, _ in KINDS:
        with pytest.raises(TransportError, match=r"^the proxy: connection refused$"):
            get(f"{site.url}/", Proxy(scheme=scheme, host="127.0.0.1", port=1))


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (1, "the proxy did not connect: general server failure"),
        (2, "the proxy did not connect: connection not allowed by ruleset"),
        (3, "no route to the host"),
        (4, "no route to the host"),
        (5, "connection refused"),
        (6, "the host does not answer"),
        (8, "the proxy did not connect: address type not supported"),
        (99, "the proxy does not speak SOCKS5"),
    ],
)
def test_what_a_socks_proxy_says_of_the_site(
    site: Site, get: Any, new_proxy: Any, reply: int, says: str
) -> None:
    server = new_proxy(socks5, reply=reply)
    with pytest.raises(TransportError) as caught:
        get(f"{site.url}/", via(server, "socks5"))
    assert str(caught.value) == says
    assert gone(server)


def test_an_http_proxy_that_cannot_connect(get: Any, new_proxy: Any) -> None:
    server = new_proxy(http)
    with pytest.raises(TransportError, match=r"^the proxy answered 502 and did not connect$"):
        get("https://127.0.0.1:1/", via(server, "http"))


@pytest.mark.parametrize(("scheme", "speak"), [("http", hanging), ("socks5", hanging), *KINDS])
@pytest.mark.parametrize("after", [0.0, 0.002, 0.01, 0.03])
def test_cancelled_anywhere_nothing_is_left(
    secure: Any, clock: StillClock, new_proxy: Any, scheme: Scheme, speak: Speak, after: float
) -> None:
    site, trusting = secure
    server = new_proxy(speak)

    async def story() -> None:
        async with Transport(clock=clock, tls=trusting, resolve=to_this_machine) as transport:
            getting = asyncio.create_task(
                transport.get(
                    f"https://localhost:{site.port}/rss", reach=Reach.TYPED, via=via(server, scheme)
                )
            )
            await asyncio.sleep(after)
            getting.cancel()
            await asyncio.gather(getting, return_exceptions=True)
            await asyncio.sleep(0)

    asyncio.run(story())
    assert gone(server)


# -- a poll of a source -----------------------------------------------------------------------


def test_a_source_is_polled_through_its_proxy_on_every_hop(
    site: Site, clock: StillClock, new_proxy: Any
) -> None:
    site.pages |= {"/": (302, {"Location": "/rss"}, b""), "/rss": (200, {}, FEED)}
    server = new_proxy(socks5)
    access = Access(home=f"{site.url}/", proxy=via(server, "socks5"))
    source = Source(name="desk", url=f"{site.url}/", access=access)

    async def once() -> Response | Trouble:
        async with Transport(clock=clock) as transport:
            claim = Claim(source=source, generation=1, claimed_at=clock.now())
            return await fetch(transport, claim, Hosts(), clock=clock)

    answer = asyncio.run(once())
    assert isinstance(answer, Response)
    assert (answer.body, site.paths(), len(server.asked)) == (FEED, ["/", "/rss"], 1)
    server.speak = closing
    assert asyncio.run(once()) == Trouble(
        sentence="the proxy closed the connection", kind="network", code="proxy"
    )


def test_nothing_of_a_proxy_shows() -> None:
    proxy = Proxy(scheme="socks5", host=CANARY, port=12345, user=Secret(CANARY), password=Secret(CANARY))
    source = Source(name="desk", url="http://x/", access=Access(home="http://x/", proxy=proxy))
    assert CANARY not in repr(source)
    assert "12345" not in repr(source)


def test_the_replies_that_mean_the_site_are_numbers_that_have_a_sentence() -> None:
    assert set(proxies._UNREACHED.values()) == {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ECONNREFUSED,
        errno.ETIMEDOUT,
    }


def test_the_examples_in_the_docstrings_run() -> None:
    ran = doctest.testmod(proxies)
    assert (ran.failed, ran.attempted >= 3) == (0, True)
