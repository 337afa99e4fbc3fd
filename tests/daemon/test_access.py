"""Who is sent a source's headers, what a pause is, and that no secret of a source is anywhere to be found."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from monitor.daemon.network.transport import Transport
from monitor.daemon.parsing import pipes
from monitor.daemon.parsing.parse import Limits
from monitor.daemon.plan import Plan
from monitor.daemon.reading.fetch import fetch, own_headers
from monitor.daemon.reading.hosts import Hosts
from monitor.model import Access, Claim, Proxy, Response, Rule, Secret, Source, Trouble
from monitor.store.sqlite.asked import reading
from tests.daemon.reading.test_fetch import house  # noqa: F401 (a fixture)
from tests.daemon.test_service import Daemon, rss
from tests.proxies import ProxyServer, hanging, socks5
from tests.virtual import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Answer as SiteAnswer
    from tests.conftest import Asked, Site, StillClock

FEED = b"<rss><channel><item><title>Ballistic</title></item></channel></rss>"
MINE = {"authorization": "Basic CANARY", "cookie": "id=CANARY", "x-api-key": "CANARY"}


def having(url: str, **more: Any) -> Source:
    headers = tuple((name, Secret(value)) for name, value in MINE.items())
    return Source(name="desk", url=url, access=Access(home=url, headers=headers), **more)


def sent(asked: Asked) -> bool:
    """Tell whether a request has all of the source's headers; some of them would be an error."""
    found = [asked.headers.get(name) for name in MINE]
    assert found in ([*MINE.values()], [None] * 3)
    return found[0] is not None


@pytest.fixture
def poll(clock: StillClock) -> Callable[..., Response | Trouble]:
    def poll(source: Source, **network: Any) -> Response | Trouble:
        async def once() -> Response | Trouble:
            async with Transport(clock=clock, **network) as transport:
                claim = Claim(source=source, generation=1, claimed_at=clock.now())
                return await fetch(transport, claim, Hosts(), clock=clock)

        return asyncio.run(once())

    return poll


# -- to whom ----------------------------------------------------------------------------------


def test_its_own_host_is_sent_them_on_every_hop(site: Site, poll: Any) -> None:
    site.pages |= {"/": (302, {"Location": "/rss"}, b""), "/rss": (200, {}, FEED)}
    assert poll(having(f"{site.url}/")).body == FEED
    assert [sent(asked) for asked in site.requests] == [True, True]


@pytest.mark.parametrize("private", [True, False])
def test_another_host_is_not_and_sends_nobody_back_with_them(
    site: Site, new_site: Any, poll: Any, private: bool
) -> None:
    other = new_site()
    site.pages |= {"/": (302, {"Location": f"{other.url}/"}, b""), "/secret": (200, {}, FEED)}
    other.pages["/"] = (302, {"Location": f"{site.url}/secret"}, b"")
    answer = poll(having(f"{site.url}/", private=private))
    assert isinstance(answer, Response if private else Trouble)
    assert [sent(asked) for asked in site.requests] == [True, False][: 1 + private]
    assert [sent(asked) for asked in other.requests] == [False][:private]


def test_the_same_house_by_https_is_and_not_by_http_after_it(house: Any, poll: Any) -> None:  # noqa: F811
    plain, secure, network = house
    plain.pages |= {"/": (301, {"Location": "https://localhost/"}, b""), "/rss": (200, {}, FEED)}
    secure.pages["/"] = (302, {"Location": "http://localhost/rss"}, b"")
    assert poll(having("http://localhost/", private=True), **network).body == FEED
    assert [sent(asked) for asked in (*plain.requests, *secure.requests)] == [True, False, True]


def test_what_a_body_leads_to_is_not_home() -> None:
    access = having("https://desk.example/sitemap.xml").access
    for url in (
        "https://desk.example:8443/",
        "http://desk.example/",
        "https://www.desk.example/",
        "https://x/",
    ):
        assert own_headers(access, url) == {}
    assert own_headers(access, "https://DESK.example:443/news.xml") == MINE


def test_a_strangers_body_sends_nobody_home_with_them(site: Site, new_site: Any, tmp_path: Path) -> None:
    """Redirected abroad, a sitemap index names an address of the source's own house."""
    other = new_site()
    index = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{}</loc></sitemap></sitemapindex>'
    site.pages |= {
        "/": (302, {"Location": f"{other.url}/"}, b""),
        "/news.xml": (200, {}, b"<urlset></urlset>"),
    }
    other.pages["/"] = (200, {}, index.format(f"{site.url}/news.xml").encode())
    plan = Plan(
        sources=[having(f"{site.url}/", private=True, every=60.0, pinned=True)], rules=(), notifiers={}
    )

    async def story() -> None:
        async with Daemon(plan, tmp_path / "newsbell.db", ManualClock()) as daemon:
            await daemon.after(5)

    asyncio.run(story())
    assert [(asked.path, sent(asked)) for asked in site.requests[:2]] == [("/", True), ("/news.xml", False)]


def test_a_no_behind_a_redirect_says_why(site: Site, new_site: Any, poll: Any) -> None:
    other = new_site()
    site.pages["/"] = (302, {"Location": f"{other.url}/"}, b"")
    other.pages["/"] = (401, {}, b"")
    trouble = poll(having(f"{site.url}/", private=True))
    assert trouble.sentence == (
        "answered 401 where it was redirected to: another host is not sent this source's headers, auth and cookies"
    )
    site.pages["/"] = (401, {}, b"")
    assert poll(having(f"{site.url}/")).sentence == "answered 401"


def test_an_own_user_agent_takes_the_place_of_ours(site: Site, poll: Any) -> None:
    site.pages["/"] = (200, {}, FEED)
    source = Source(
        name="desk",
        url=f"{site.url}/",
        access=Access(
            home=f"{site.url}/", headers=(("user-agent", Secret("Desk")), ("accept", Secret("a/b")))
        ),
    )
    poll(source)
    assert (site.requests[0].headers["user-agent"], site.requests[0].headers["accept"]) == ("Desk", "a/b")


# -- nowhere to be found ----------------------------------------------------------------------


def test_the_parse_child_is_told_nothing_of_it(clock: StillClock) -> None:
    source = having("http://desk.example/")
    response = Response(url=source.url, status=200, body=FEED, received_at=clock.now())
    assert b"CANARY" not in pipes.request(source, response, asdict(Limits()))


@pytest.mark.parametrize("way", ["straight", "socks", "hanging"])
def test_no_log_no_row_and_no_file_has_it(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, way: str
) -> None:
    caplog.set_level(0)
    answers: Iterator[SiteAnswer] = itertools.cycle(
        [(401, {}, b"CANARY? no"), (200, {}, rss("a: fire")), (200, {}, rss("b: fire"))]
    )
    site.pages["/rss"] = lambda asked: next(answers)
    source = having(f"{site.url}/rss", every=60.0, pinned=True)
    with ProxyServer(
        speak=hanging if way == "hanging" else socks5, user="CANARY", password="CANARY"
    ).running() as at:
        proxy = Proxy(
            scheme="socks5", host="localhost", port=at.port, user=Secret("CANARY"), password=Secret("CANARY2")
        )
        if way == "socks":
            proxy = Proxy(
                scheme="socks5",
                host="localhost",
                port=at.port,
                user=Secret("CANARY"),
                password=Secret("CANARY"),
            )
        if way == "hanging":
            at.speak = lambda server, client: client.sendall(b"\x05\x02\x01\x01")  # refuses, CANARY2
        if way != "straight":
            source = Source(
                name="desk",
                url=source.url,
                every=60.0,
                pinned=True,
                access=Access(home=source.url, headers=source.access.headers, proxy=proxy),
            )

        async def story() -> list[Any]:
            clock = ManualClock()
            plan = Plan(sources=[source], rules=[Rule(name="fire", query="fire")], notifiers={})
            async with Daemon(plan, tmp_path / "newsbell.db", clock) as daemon:
                await daemon.after(700)
                return [await daemon.ask(reading.sources)]

        rows = asyncio.run(story())
    assert (rows[0][0].items > 0) == (way != "hanging")
    shown = "".join([caplog.text, repr(rows), *capsys.readouterr()])
    assert "CANARY" not in shown.replace("CANARY? no", "")
    for file in tmp_path.iterdir():
        assert b"CANARY" not in file.read_bytes(), file.name


# -- a pause ----------------------------------------------------------------------------------


def test_a_paused_source_is_left_alone_and_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    bodies = {'"1"': rss("a: fire", "b: fire")}
    etag = ['"1"']

    def page(asked: Asked) -> SiteAnswer:
        if asked.headers.get("if-none-match") == etag[0]:
            return 304, {"ETag": etag[0]}, b""
        return 200, {"ETag": etag[0]}, bodies[etag[0]]

    site.pages["/rss"] = page
    clock = ManualClock()

    async def run(seconds: float, *, paused: bool) -> Any:
        source = Source(name="wire", url=f"{site.url}/rss", every=60.0, paused=paused)
        plan = Plan(sources=[source], rules=[Rule(name="fire", query="fire")], notifiers={})
        async with Daemon(plan, tmp_path / "newsbell.db", clock) as daemon:
            await daemon.after(seconds)
            [row] = await daemon.ask(reading.sources)
            return row, [alert.item.title for alert in await daemon.ask(reading.alerts, limit=9)]

    row, rung = asyncio.run(run(1, paused=False))
    assert (row.state, row.items, rung) == ("ok", 2, [])
    asked = len(site.requests)

    for days in (0.1, 45, 45):  # the daemon prunes at each start: keys of 30 days, text of 90
        row, rung = asyncio.run(run(3_700, paused=True))
        assert (row.state, row.items, rung) == ("paused", 2, [])
        clock.advance(days * 86_400)
    assert len(site.requests) == asked

    row, rung = asyncio.run(run(1, paused=False))
    assert (row.state, rung) == ("ok", [])
    assert site.requests[-1].headers["if-none-match"] == '"1"'  # so that an unchanged one is not read again

    asyncio.run(run(1, paused=True))
    clock.advance(40 * 86_400)
    bodies['"2"'], etag[0] = rss("a: fire", "b: fire", "c: fire"), '"2"'
    row, rung = asyncio.run(run(1, paused=False))
    assert (row.state, row.items, rung) == (
        "ok",
        3,
        ["c: fire"],
    )  # what is new rings, what was known does not


def test_a_failing_one_and_a_new_one_may_be_paused(site: Site, tmp_path: Path) -> None:
    clock = ManualClock()

    async def run(*, paused: bool) -> list[str]:
        sources = [
            Source(name=name, url=f"{site.url}/{name}", every=60.0, paused=paused) for name in ("a", "b")
        ]
        plan = Plan(sources=sources[: 1 if not paused else 2], rules=[], notifiers={})
        async with Daemon(plan, tmp_path / "newsbell.db", clock) as daemon:
            await daemon.after(1)
            return [row.state for row in await daemon.ask(reading.sources)]

    site.pages["/a"] = (503, {}, b"")
    assert asyncio.run(run(paused=False)) == ["failing"]
    assert asyncio.run(run(paused=True)) == ["paused", "paused"]
    assert site.paths() == ["/a"]
    site.pages["/a"] = (200, {}, rss("a: fire"))
    clock.advance(3_600)
    assert asyncio.run(run(paused=False)) == ["ok"]


def test_a_locked_source_is_tried_with_other_credentials_soon_after_a_start(
    site: Site, tmp_path: Path
) -> None:
    def page(asked: Asked) -> SiteAnswer:
        return (200, {}, rss("a: fire")) if asked.headers["authorization"] == "two" else (401, {}, b"")

    site.pages["/rss"] = page
    clock = ManualClock()

    async def run(password: str, seconds: float) -> Any:
        url = f"{site.url}/rss"
        access = Access(home=url, headers=(("authorization", Secret(password)),))
        source = Source(name="wire", url=url, every=60.0, access=access)
        async with Daemon(
            Plan(sources=[source], rules=[], notifiers={}), tmp_path / "newsbell.db", clock
        ) as daemon:
            await daemon.after(seconds)
            [row] = await daemon.ask(reading.sources)
            return row

    row = asyncio.run(run("one", 20_000))
    assert (row.state, row.error) == ("failing", "answered 401")
    assert (row.next_poll_at - clock.now()).total_seconds() > 120  # it has grown patient
    assert asyncio.run(run("two", 61)).state == "ok"


def test_other_credentials_forget_nothing(site: Site, tmp_path: Path) -> None:
    site.pages["/rss"] = (200, {"ETag": '"1"'}, rss("a: fire"))
    clock = ManualClock()

    async def run(password: str) -> Any:
        url = f"{site.url}/rss"
        access = Access(home=url, headers=(("authorization", Secret(password)),))
        plan = Plan(
            sources=[Source(name="wire", url=url, every=60.0, access=access)],
            rules=[Rule(name="fire", query="fire")],
            notifiers={},
        )
        async with Daemon(plan, tmp_path / "newsbell.db", clock) as daemon:
            await daemon.after(1)
            return await daemon.ask(reading.sources), await daemon.ask(reading.alerts, limit=9)

    asyncio.run(run("one"))
    clock.advance(60)
    [row], rung = asyncio.run(run("two"))
    assert (row.items, rung) == (1, [])
    assert [(it.headers["authorization"], it.headers.get("if-none-match")) for it in site.requests] == [
        ("one", None),
        ("two", '"1"'),
    ]
