"""The etiquette of reading a source, against a site that counts."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.core.domains import registrable_domain
from monitor.daemon.network.connections import Stream, connect
from monitor.daemon.network.transport import Transport
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.model import Claim, Response, Source, Trouble, Validators

if TYPE_CHECKING:
    from tests.conftest import Answer, Asked, Site, StillClock

HERE = Path(__file__).parents[1]
FEED = b"<rss><channel><item><title>Ballistic</title></item></channel></rss>"
NONE = Validators()


@pytest.fixture
def poll(clock: StillClock) -> Callable[..., Response | Trouble]:
    """Fetch one source once."""

    def poll(url: str, *, validators: Validators = NONE, private: bool = False, **more: Any) -> Any:
        network = {name: more.pop(name) for name in ("tls", "resolve", "connect") if name in more}

        async def once() -> Response | Trouble:
            async with Transport(clock=clock, **network) as transport:
                return await fetch(
                    transport, claim(clock, url, validators, private=private), Hosts(), clock=clock, **more
                )

        return asyncio.run(once())

    return poll


def claim(clock: StillClock, url: str, validators: Validators = NONE, *, private: bool = False) -> Claim:
    source = Source(name="desk", url=url, private=private)
    return Claim(source=source, generation=1, claimed_at=clock.now(), validators=validators)


async def to_this_machine(host: str, port: int) -> Sequence[str]:
    """Every name leads to 127.0.0.1."""
    return ["127.0.0.1"]


# -- changed or not ---------------------------------------------------------------------------


def test_a_feed_that_has_not_changed_is_not_sent_again(site: Site, poll: Any, clock: StillClock) -> None:
    modified = "Tue, 24 Nov 2026 11:00:00 GMT"

    def page(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"a"':
            return 304, {"ETag": '"a"'}, b""
        return 200, {"ETag": '"a"', "Last-Modified": modified, "Content-Type": "application/rss+xml"}, FEED

    site.pages["/rss"] = page
    first = poll(f"{site.url}/rss")
    assert first.server_at is not None
    assert first.server_at.utcoffset() == timedelta()  # the site's own Date header, not our clock
    assert replace(first, server_at=None) == Response(
        url=f"{site.url}/rss",
        status=200,
        body=FEED,
        content_type="application/rss+xml",
        validators=Validators(etag='"a"', last_modified=modified, url=f"{site.url}/rss"),
        received_at=clock.now(),
    )
    clock.advance(600)
    second = poll(f"{site.url}/rss", validators=first.validators)
    assert (second.status, second.body, second.received_at) == (304, b"", clock.now())
    assert second.validators == first.validators  # what the 304 left out is kept
    asked = [(r.headers.get("if-none-match"), r.headers.get("if-modified-since")) for r in site.requests]
    assert asked == [(None, None), ('"a"', modified)]


@pytest.mark.parametrize(
    ("header", "age"),
    [("600", 600.0), (" 7 ", 7.0), ("60, 30", 60.0), ("-5", 0.0), ("٣", 0.0), ("9" * 30, 0.0), ("soon", 0.0)],
)
def test_the_age_of_a_page_from_a_cache_is_kept(site: Site, poll: Any, header: str, age: float) -> None:
    site.pages["/rss"] = (200, {"Age": header.encode().decode("latin-1")}, FEED)
    assert poll(f"{site.url}/rss").age == age


def test_an_etag_of_any_bytes_comes_back_as_it_was(site: Site, poll: Any) -> None:
    site.pages["/rss"] = (200, {"ETag": 'W/"caf\xe9 \xff"'}, FEED)
    validators = poll(f"{site.url}/rss").validators
    poll(f"{site.url}/rss", validators=validators)
    assert site.requests[1].headers["if-none-match"] == 'W/"caf\xe9 \xff"'


def test_an_absurdly_long_etag_is_not_kept(site: Site, poll: Any) -> None:
    site.pages["/rss"] = (200, {"ETag": '"' + "a" * 5000 + '"', "Last-Modified": "yesterday"}, FEED)
    assert poll(f"{site.url}/rss").validators == Validators(last_modified="yesterday", url=f"{site.url}/rss")


def test_a_304_that_nobody_asked_for_is_trouble(site: Site, poll: Any) -> None:
    site.pages["/rss"] = (304, {}, b"")
    assert poll(f"{site.url}/rss") == Trouble(sentence="answered 304", kind="status", status=304)


# -- a no is a no -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", [201, 204, 206, 300, 400, 401, 403, 404, 418, 429, 451, 500, 502, 503, 599]
)
def test_what_is_not_a_whole_body_is_trouble(site: Site, poll: Any, status: int) -> None:
    site.pages["/rss"] = (status, {"ETag": '"a"', "Content-Range": "bytes 0-9/99"}, FEED)
    said = poll(f"{site.url}/rss")
    assert (said.sentence, said.kind, said.status) == (f"answered {status}", "status", status)
    assert said.retry_after == (60.0 if status == 429 else None)


def test_gone_is_gone(site: Site, poll: Any) -> None:
    site.pages["/rss"] = (410, {"Retry-After": "60"}, b"")
    assert poll(f"{site.url}/rss") == Trouble(sentence="answered 410: gone for good", kind="gone")


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (429, "120", 120.0),
        (503, "Tue, 24 Nov 2026 12:05:00 GMT", 300.0),
        (503, "999999999", 86_400.0),
        (403, "60", 60.0),
        (500, "soon", None),
        (304, "60", None),
    ],
)
def test_when_to_come_back_is_heard(
    site: Site, poll: Any, status: int, text: str, seconds: float | None
) -> None:
    site.pages["/rss"] = (status, {"Retry-After": text, "Date": "Tue, 24 Nov 2026 12:00:00 GMT"}, b"")
    assert poll(f"{site.url}/rss").retry_after == seconds


def test_trouble_on_the_way_is_a_value(site: Site, poll: Any) -> None:
    site.pages["/half"] = lambda asked: asked.socket.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n" + FEED
    )
    site.pages["/big"] = (200, {}, b"x" * 2000)
    site.pages["/br"] = (200, {"Content-Encoding": "br"}, b"\x0b\x02\x80")
    half = "closed the connection in the middle of the body"
    assert poll(f"{site.url}/half") == Trouble(sentence=half, kind="network", code="body-cut")
    big = poll(f"{site.url}/big", limit=1999)
    assert big == Trouble(sentence="the body is larger than 1999 bytes", kind="limit", code="too-much")
    br = poll(f"{site.url}/br")
    assert br == Trouble(
        sentence="answered in br, which was not asked for", kind="network", code="bad-encoding"
    )


# -- redirects --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_validators_are_those_of_its_end(
    site: Site, poll: Any, status: int
) -> None:
    site.pages["/old/rss"] = (status, {"Location": "../новини?x=1#top"}, b"moved")
    site.pages["/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8?x=1"] = (200, {"ETag": '"new"'}, FEED)
    site.pages["/old/rss"] = lambda asked: asked.socket.sendall(
        f'HTTP/1.1 {status} Moved\r\nLocation: ../новини?x=1#top\r\nETag: "old"\r\n\r\n'.encode()
    )
    answer = poll(f"{site.url}/old/rss", validators=Validators(etag='"mine"'))
    assert (answer.status, answer.body) == (200, FEED)
    assert answer.url == f"{site.url}/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8?x=1"
    assert answer.validators.etag == '"new"'
    poll(f"{site.url}/old/rss", validators=answer.validators)
    asked = [r.headers.get("if-none-match") for r in site.requests]
    assert asked == ['"mine"', '"mine"', None, '"new"']  # "mine" named no address, so it is sent to all


def test_a_redirect_that_leads_elsewhere_now_is_asked_for_everything(site: Site, poll: Any) -> None:
    """Else an older document behind the new target would answer 304, and its items would never be seen."""
    site.pages["/rss"] = (302, {"Location": "/a"}, b"")
    site.pages["/a"] = (200, {"Last-Modified": "Tue, 24 Nov 2026 11:00:00 GMT"}, FEED)
    first = poll(f"{site.url}/rss")
    site.pages["/rss"] = (302, {"Location": "/b"}, b"")
    site.pages["/b"] = lambda asked: (304 if "if-modified-since" in asked.headers else 200, {}, FEED)
    assert poll(f"{site.url}/rss", validators=first.validators).status == 200


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Site, poll: Any) -> None:
    for n in range(7):
        site.pages[f"/{n}"] = (302, {"Location": f"/{n + 1}"}, b"")
    site.pages["/7"] = (200, {}, FEED)
    assert poll(f"{site.url}/2").body == FEED
    assert poll(f"{site.url}/1") == Trouble(
        sentence="redirected more than 5 times", kind="network", code="redirects"
    )
    assert len(site.requests) == 6 + 6


def test_a_loop_ends(site: Site, poll: Any) -> None:
    site.pages["/"] = (301, {"Location": "/"}, b"")
    assert poll(f"{site.url}/") == Trouble(
        sentence="redirected more than 5 times", kind="network", code="redirects"
    )
    assert (len(site.requests), site.connections) == (6, 1)


def test_a_redirect_to_nowhere_is_a_status(site: Site, poll: Any) -> None:
    site.pages["/"] = (302, {}, b"")
    assert poll(f"{site.url}/") == Trouble(sentence="answered 302", kind="status", status=302)


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a cloud metadata address"),
        ("http://[fd00:ec2::254]/", "fd00:ec2::254 is a cloud metadata address"),
        ("http://10.0.0.1/", "10.0.0.1 is a private address"),
        ("http://localhost:{port}/secret", "localhost is at 127.0.0.1, a loopback address"),
        ("http://127.0.0.1:{other}/secret", "127.0.0.1 is a loopback address"),
        ("http://2130706433:{port}/secret", "2130706433 is at 127.0.0.1, a loopback address"),
        ("http://[::ffff:7f00:1]:{port}/secret", "::ffff:7f00:1 is a loopback address"),
        ("http://me@0x7f.1:{port}/secret", "0x7f.1 is at 127.0.0.1, a loopback address"),
        ("//localhost:{port}/secret", "localhost is at 127.0.0.1, a loopback address"),
        ("https://127.0.0.1:{other}/secret", "127.0.0.1 is a loopback address"),
    ],
)
def test_a_redirect_does_not_lead_inside(
    site: Site, new_site: Callable[..., Site], poll: Any, location: str, sentence: str
) -> None:
    other = new_site()
    site.pages["/"] = (302, {"Location": location.format(port=site.port, other=other.port)}, b"")
    trouble = poll(f"{site.url}/")
    assert trouble.kind == "refused"
    assert trouble.sentence == (
        f"redirected to where it may not go: {sentence}; set private = true for this source to allow it"
    )
    assert (site.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://x/", "javascript:alert(1)", "http://[::1", "http://a b/"],
)
def test_a_redirect_does_not_lead_out_of_the_web(site: Site, poll: Any, location: str) -> None:
    site.pages["/"] = (302, {"Location": location}, b"")
    trouble = poll(f"{site.url}/", private=True)
    assert trouble.kind == "refused"
    assert trouble.sentence.endswith(("not a web address", "is not http or https"))
    assert len(site.requests) == 1


def test_with_the_setting_a_redirect_may_lead_inside(
    site: Site, new_site: Callable[..., Site], poll: Any
) -> None:
    other = new_site()
    site.pages["/"] = (302, {"Location": f"{other.url}/inside"}, b"")
    other.pages["/inside"] = (200, {}, FEED)
    assert poll(f"{site.url}/", private=True).body == FEED


def test_once_abroad_a_stranger_does_not_lead_home(
    site: Site, new_site: Callable[..., Site], poll: Any
) -> None:
    """The middle hop stands for a public site: it is let through, and sends us back to the desk."""

    async def resolve(host: str, port: int) -> Sequence[str]:
        return {"desk.example": ["127.0.0.1"], "public.example": ["93.184.215.14"]}[host]

    async def dial(address: str, port: int) -> Stream:
        return await connect("127.0.0.1", port)

    public = new_site()
    site.pages["/"] = (302, {"Location": f"http://public.example:{public.port}/"}, b"")
    public.pages["/"] = (302, {"Location": f"http://desk.example:{site.port}/admin"}, b"")
    trouble = poll(f"http://desk.example:{site.port}/", resolve=resolve, connect=dial)
    assert "desk.example is at 127.0.0.1, a loopback address" in trouble.sentence
    assert (site.paths(), public.paths()) == (["/"], ["/"])


@pytest.fixture
def house(site: Site, new_site: Callable[..., Site]) -> tuple[Site, Site, dict[str, Any]]:
    """One name with an http and an https site on the usual ports, as far as the client can tell."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(HERE / "tls-good.pem")
    secure = new_site(tls=server)
    client = ssl.create_default_context()
    client.load_verify_locations(HERE / "tls-good.pem")

    async def dial(address: str, port: int) -> Stream:
        return await connect(address, {80: site.port, 443: secure.port}[port])

    return site, secure, {"tls": client, "resolve": to_this_machine, "connect": dial}


def test_a_house_that_moves_to_https_is_still_the_house(house: Any, poll: Any) -> None:
    plain, secure, network = house
    plain.pages["/rss"] = (301, {"Location": "https://localhost/rss"}, b"")
    secure.pages["/rss"] = (200, {}, FEED)
    answer = poll("http://me:hunter2@localhost/rss", **network)
    assert (answer.status, answer.url) == (200, "https://localhost/rss")
    sent = [r.headers.get("authorization") for r in (*plain.requests, *secure.requests)]
    assert sent == ["Basic bWU6aHVudGVyMg=="] * 2


def test_https_does_not_lead_to_a_private_http(house: Any, poll: Any) -> None:
    plain, secure, network = house
    secure.pages["/rss"] = (302, {"Location": "http://localhost/rss"}, b"")
    trouble = poll("https://me:hunter2@localhost/rss", **network)
    assert "localhost is at 127.0.0.1, a loopback address" in trouble.sentence
    assert (trouble.kind, plain.connections) == ("refused", 0)


def test_what_a_list_names_may_not_lead_inside(site: Site, clock: StillClock) -> None:
    source = Source(name="desk", url=f"{site.url}/rss", listed=True)

    async def once() -> Response | Trouble:
        async with Transport(clock=clock) as transport:
            lent = Claim(source=source, generation=1, claimed_at=clock.now())
            return await fetch(transport, lent, Hosts(), clock=clock)

    trouble = asyncio.run(once())
    assert isinstance(trouble, Trouble)
    assert (
        trouble.sentence == "127.0.0.1 is a loopback address; type its address into config.toml to allow it"
    )
    assert site.connections == 0


def test_a_typed_address_that_needs_the_setting_says_so(poll: Any) -> None:
    trouble = poll("http://169.254.169.254/")
    assert trouble.sentence == (
        "169.254.169.254 is a cloud metadata address; set private = true for this source to allow it"
    )


def test_all_hops_share_one_deadline(site: Site, poll: Any) -> None:
    def slow(asked: Asked) -> Answer:
        time.sleep(0.15)
        return 302, {"Location": "/"}, b""

    site.pages["/"] = slow
    trouble = poll(f"{site.url}/", deadline=0.4)
    assert trouble.kind == "network"
    assert trouble.sentence.startswith("answered nothing for 0.")
    assert len(site.requests) < 5


# -- not to crowd -----------------------------------------------------------------------------


def test_a_domain_is_never_asked_more_than_twice_at_once(site: Site, clock: StillClock) -> None:
    def slow(asked: Asked) -> Answer:
        time.sleep(0.02)
        return 200, {}, FEED

    site.pages["/rss"] = slow

    async def story() -> list[Response | Trouble]:
        hosts = Hosts()
        async with Transport(clock=clock, resolve=to_this_machine) as transport:
            urls = [f"http://{name}.example.co.uk:{site.port}/rss" for name in "abcdefghijklmnop"]
            return await asyncio.gather(
                *(fetch(transport, claim(clock, url), hosts, clock=clock) for url in urls)
            )

    answers = asyncio.run(story())
    assert [getattr(answer, "body", None) for answer in answers] == [FEED] * 16
    assert site.busiest[""] == 2


def test_one_slow_domain_holds_up_no_other(site: Site, clock: StillClock) -> None:
    def slow(asked: Asked) -> None:
        asked.socket.recv(1)  # until it hangs up

    site.pages |= {"/slow": slow, "/rss": (200, {}, FEED)}

    async def story() -> None:
        hosts = Hosts()
        async with Transport(clock=clock, resolve=to_this_machine) as transport:

            def poll(host: str, path: str) -> Awaitable[Response | Trouble]:
                return fetch(transport, claim(clock, f"http://{host}:{site.port}{path}"), hosts, clock=clock)

            crowd = [asyncio.ensure_future(poll(f"{n}.slow.example", "/slow")) for n in range(5)]
            assert await asyncio.to_thread(site.wait, lambda s: len(s.requests) == 2)
            answer = await poll("quick.org", "/rss")
            assert isinstance(answer, Response)
            assert site.paths().count("/slow") == 2
            for waiting in crowd[2:]:  # cancelled while it waits, a turn is not lost
                waiting.cancel()
            for asking in crowd[:2]:
                asking.cancel()
            await asyncio.gather(*crowd, return_exceptions=True)
            again = await asyncio.wait_for(poll("9.slow.example", "/rss"), 10)
            assert isinstance(again, Response)

    asyncio.run(story())


def test_domains_that_redirect_to_each_other_do_not_wait_for_each_other(
    site: Site, clock: StillClock
) -> None:
    site.pages |= {
        "/to-b": (302, {"Location": f"http://b.org:{site.port}/rss"}, b""),
        "/to-a": (302, {"Location": f"http://a.org:{site.port}/rss"}, b""),
        "/rss": (200, {}, FEED),
    }

    async def story() -> list[Response | Trouble]:
        hosts = Hosts()
        async with Transport(clock=clock, resolve=to_this_machine) as transport:
            urls = [f"http://a.org:{site.port}/to-b", f"http://b.org:{site.port}/to-a"] * 6
            polls = (fetch(transport, claim(clock, url, private=True), hosts, clock=clock) for url in urls)
            return await asyncio.wait_for(asyncio.gather(*polls), 20)

    assert [getattr(answer, "body", None) for answer in asyncio.run(story())] == [FEED] * 12


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("FEEDS.Example.COM.", "example.com"),
        ("someone.github.io", "someone.github.io"),
        ("news.xn--j1amh", "news.xn--j1amh"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::FFFF", "::ffff"),
        ("rss.intranet", "rss.intranet"),
        ("", ""),
    ],
)
def test_who_registered_a_host(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain
