"""robots.txt before pages, and not before feeds: real sites, and a clock that is moved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.transport import Transport
from monitor.daemon.parsing.parse import Parsers
from monitor.daemon.reading import robots as rules
from monitor.daemon.reading.discover import Search, discover
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.reading.robots import Robots
from monitor.model import Claim, Response, Source, Trouble
from tests.virtual import ManualClock

if TYPE_CHECKING:
    from tests.conftest import Answer, Asked, Site

DAY = 86_400.0
PAGE = (200, {"Content-Type": "text/html"}, b"<ul><li>Sirens</li></ul>")
NOT_NEWS = b"User-agent: *\nDisallow: /news\n"


@dataclass
class Reader:
    """Reads addresses as one daemon does."""

    site: Site
    clock: ManualClock
    transport: Transport
    hosts: Hosts
    robots: Robots = field(init=False)

    def __post_init__(self) -> None:
        self.robots = Robots(self.transport, self.hosts, self.clock)

    async def read(self, path: str, *, host: str = "", obeys: bool = True) -> Response | Trouble:
        base = f"http://{host}:{self.site.port}" if host else self.site.url
        source = Source(name="page", url=f"{base}{path}", robots=obeys)
        claim = Claim(source=source, generation=1, claimed_at=self.clock.now())
        return await fetch(self.transport, claim, self.hosts, clock=self.clock, robots=self.robots)

    def asked(self) -> int:
        """Return how often robots.txt was asked for."""
        return self.site.paths().count("/robots.txt")


async def to_this_machine(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def run(site: Site, story: Callable[[Reader], Awaitable[None]]) -> None:
    async def telling() -> None:
        clock = ManualClock()
        async with Transport(clock=clock, resolve=to_this_machine) as transport:
            await story(Reader(site, clock, transport, Hosts()))

    asyncio.run(telling())


def sentence(answer: Response | Trouble) -> str:
    assert isinstance(answer, Trouble)
    return answer.sentence


def test_what_a_site_keeps_to_people_is_not_asked_and_one_sentence_says_why(site: Site) -> None:
    site.pages = {"/robots.txt": (200, {}, NOT_NEWS), "/news": PAGE, "/live": PAGE}

    async def story(reader: Reader) -> None:
        no = await reader.read("/news?page=2")
        assert no == Trouble(
            sentence="robots.txt of 127.0.0.1 asks programs not to read /news;"
            " robots = false for this source reads it all the same",
            kind="refused",
            code="robots",
        )
        assert isinstance(await reader.read("/live"), Response)
        assert site.paths() == ["/robots.txt", "/live"]
        assert isinstance(
            await reader.read("/news", obeys=False), Response
        )  # a feed, or one that overrides it

    run(site, story)


def test_a_group_of_our_own_goes_before_that_of_everybody(site: Site) -> None:
    site.pages = {
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\n\nUser-agent: newsbell\nDisallow: /private\n"),
        "/news": PAGE,
    }

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Response)
        assert isinstance(await reader.read("/private"), Trouble)
        agent = site.requests[0].headers["user-agent"]
        assert agent.startswith("Newsbell/")  # by which name it can be told so

    run(site, story)


def test_it_is_asked_once_a_day_for_all_pages_of_its_origin(site: Site) -> None:
    site.pages = {"/robots.txt": (200, {}, b""), "/news": PAGE, "/live": PAGE}

    async def story(reader: Reader) -> None:
        await asyncio.gather(*(reader.read(path) for path in ("/news", "/live", "/news")))
        assert reader.asked() == 1
        reader.clock.advance(DAY - 1)
        await reader.read("/news")
        assert reader.asked() == 1
        site.pages["/robots.txt"] = (200, {}, NOT_NEWS)
        reader.clock.advance(1)
        assert "asks programs not to read" in sentence(await reader.read("/news"))
        assert reader.asked() == 2
        await reader.read("/news", host="other.example.org")
        assert reader.asked() == 3

    run(site, story)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_one_that_is_not_there_forbids_nothing(site: Site, status: int) -> None:
    site.pages = {"/robots.txt": (status, {}, NOT_NEWS), "/news": PAGE}

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Response)

    run(site, story)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_one_that_cannot_be_had_is_a_no_until_it_can(site: Site, status: int) -> None:
    site.pages = {"/robots.txt": (status, {}, b""), "/news": PAGE}

    async def story(reader: Reader) -> None:
        no = await reader.read("/news")
        assert f"robots.txt of 127.0.0.1: answered {status}; without it none of its pages" in sentence(no)
        assert (no.kind, no.status) == ("status", status)  # type: ignore[union-attr]
        assert (no.holds != "") == (status == 429)  # type: ignore[union-attr]  # then nobody asks this publisher
        site.pages["/robots.txt"] = (200, {}, b"")
        reader.clock.advance(599)
        assert isinstance(await reader.read("/news"), Trouble)
        reader.clock.advance(1)
        assert isinstance(await reader.read("/news"), Response)
        assert site.paths().count("/news") == 1

    run(site, story)


def test_while_it_cannot_be_had_what_it_said_before_holds(site: Site) -> None:
    site.pages = {"/robots.txt": (200, {}, NOT_NEWS), "/news": PAGE, "/live": PAGE}

    async def story(reader: Reader) -> None:
        await reader.read("/live")
        site.pages["/robots.txt"] = (503, {}, b"")
        reader.clock.advance(DAY)
        assert isinstance(await reader.read("/live"), Response)
        assert "asks programs not to read" in sentence(await reader.read("/news"))

    run(site, story)


def test_out_of_reach_for_a_month_it_is_taken_for_not_there(site: Site) -> None:
    site.pages = {"/robots.txt": (500, {}, b""), "/news": PAGE}

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Trouble)
        reader.clock.advance(30 * DAY - 1)
        assert isinstance(await reader.read("/news"), Trouble)
        reader.clock.advance(600)
        assert isinstance(await reader.read("/news"), Response)

    run(site, story)


def test_a_broken_connection_is_a_no_too(site: Site) -> None:
    site.pages = {"/robots.txt": lambda asked: None, "/news": PAGE}

    async def story(reader: Reader) -> None:
        no = await reader.read("/news")
        assert "closed the connection without an answer" in sentence(no)
        assert no.kind == "network"  # type: ignore[union-attr]

    run(site, story)


@pytest.mark.parametrize(("hops", "allowed"), [(5, False), (6, True)])
def test_five_redirects_of_it_are_followed_and_more_lead_nowhere(
    site: Site, hops: int, allowed: bool
) -> None:
    site.pages = {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(1, hops)}
    site.pages |= {
        f"/{hops}": (200, {}, NOT_NEWS),
        "/robots.txt": (301, {"Location": "/1"}, b""),
        "/news": PAGE,
    }

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Response) == allowed

    run(site, story)


def test_a_redirect_to_another_site_asks_that_site_first(site: Site) -> None:
    def moved(asked: Asked) -> Answer:
        at_home = asked.headers["host"].startswith("127")
        return (302, {"Location": f"http://moved.example:{site.port}/news"}, b"") if at_home else PAGE

    def robots(asked: Asked) -> Answer:
        return (404, {}, b"") if asked.headers["host"].startswith("127") else (200, {}, NOT_NEWS)

    site.pages = {"/robots.txt": robots, "/old": moved, "/news": PAGE}

    async def story(reader: Reader) -> None:
        source = Source(name="page", url=f"{site.url}/old", robots=True, private=True)
        claim = Claim(source=source, generation=1, claimed_at=reader.clock.now())
        no = await fetch(reader.transport, claim, reader.hosts, clock=reader.clock, robots=reader.robots)
        assert "robots.txt of moved.example asks" in sentence(no)
        assert "/news" not in site.paths()

    run(site, story)


def test_what_stands_beyond_500_kib_is_not_read(site: Site) -> None:
    comments = b"# nothing\n" * 51_200  # 500 KiB
    site.pages = {"/robots.txt": (200, {}, comments[: rules.SIZE] + NOT_NEWS), "/news": PAGE}

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Response)
        site.pages["/robots.txt"] = (200, {}, comments[: rules.SIZE - 100] + NOT_NEWS)
        reader.clock.advance(DAY)
        assert isinstance(await reader.read("/news"), Trouble)

    run(site, story)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"<html>not found</html>", b"Disallow", b"\xef\xbb\xbf"])
def test_what_is_no_robots_txt_forbids_nothing(site: Site, body: bytes) -> None:
    site.pages = {"/robots.txt": (200, {}, body), "/news": PAGE}

    async def story(reader: Reader) -> None:
        assert isinstance(await reader.read("/news"), Response)

    run(site, story)


@pytest.mark.parametrize(("delay", "gap"), [("10", 10.0), ("86400", 60.0), ("soon", 0.0)])
def test_a_crawl_delay_is_kept_between_any_two_requests(site: Site, delay: str, gap: float) -> None:
    site.pages = {"/robots.txt": (200, {}, f"User-agent: *\nCrawl-delay: {delay}\n".encode())}
    came = []

    async def story(reader: Reader) -> None:
        def page(asked: Asked) -> Answer:
            came.append(reader.clock.now())
            return PAGE

        site.pages |= {"/news": page, "/live": page}
        began = reader.clock.now()
        tasks = [asyncio.create_task(reader.read(path)) for path in ("/news", "/live")]
        while left := [task for task in tasks if not task.done()]:
            await asyncio.sleep(0.001)
            soonest = reader.clock.earliest()
            if len(left) == reader.hosts.waiting and soonest is not None:
                reader.clock.advance_to(soonest)
        assert [(at - began).total_seconds() for at in came] == [gap, 2 * gap]

    run(site, story)


# -- looking for feeds ------------------------------------------------------------------------


def look(site: Site, url: str) -> Search:
    async def once() -> Search:
        clock, hosts = ManualClock(), Hosts()
        async with (
            Transport(clock=clock) as transport,
            Parsers(working=1, slow=0, spare=0) as parsers,
        ):
            robots = Robots(transport, hosts, clock)

            async def ask(source: Source) -> Response | Trouble:
                claim = Claim(source=source, generation=0, claimed_at=clock.now())
                return await fetch(transport, claim, hosts, clock=clock)

            async def forbidden(source: Source) -> Trouble | None:
                return await robots.trouble(source.url, reach=Reach.TYPED)

            return await discover(url, ["feed"], fetch=ask, parse=parsers.parse, forbidden=forbidden)

    return asyncio.run(once())


FEED = b"<rss version='2.0'><channel><title>t</title><item><title>a</title></item></channel></rss>"


def test_a_feed_is_added_whatever_robots_txt_says(site: Site) -> None:
    site.pages = {"/robots.txt": (200, {}, b"User-agent: *\nDisallow: /\n"), "/feed": (200, {}, FEED)}
    assert [one.how for one in look(site, f"{site.url}/feed").found] == ["typed"]
    assert site.paths() == ["/feed"]


def test_a_page_that_is_kept_to_people_is_not_read_for_feeds(site: Site) -> None:
    anchor = b'<!doctype html><html><body><a href="/world.rss">RSS</a></body></html>'
    site.pages = {
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /news\n"),
        "/news": (200, {"Content-Type": "text/html"}, anchor),
        "/world.rss": (200, {}, FEED),
    }
    search = look(site, f"{site.url}/news")
    assert "asks programs not to read /news" in search.trouble
    assert search.page is None
    assert "/world.rss" not in site.paths()


def test_only_what_robots_txt_allows_is_tried_by_guess(site: Site) -> None:
    site.pages = {
        "/robots.txt": (200, {}, b"User-agent: *\nDisallow: /rss\n"),
        "/": (200, {"Content-Type": "text/html"}, b"<!doctype html><html><body></body></html>"),
        "/rss": (200, {}, FEED),
        "/atom.xml": (200, {}, FEED),
    }
    assert [one.source.url for one in look(site, f"{site.url}/").found] == [f"{site.url}/atom.xml"]
    assert "/rss" not in site.paths()
