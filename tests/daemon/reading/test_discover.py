"""From a site to its feed: a real site, real children, and a count of what was asked."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.daemon.network.transport import Transport
from monitor.daemon.parsing.parse import Parsers
from monitor.daemon.reading.discover import MOST, Search, discover
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hints import of_anchors, of_custom, of_json_ld, of_links, of_robots
from monitor.daemon.reading.hosts import Hosts
from monitor.model import Claim, Response, Source, Trouble
from tests.conftest import Site, StillClock

HTML = {"Content-Type": "text/html; charset=utf-8"}
Look = Callable[..., Search]


def rss(
    *titles: str, at: datetime | None = datetime(2026, 11, 24, 11, 0, tzinfo=UTC), name: str = "News"
) -> bytes:
    items = ""
    for number, title in enumerate(titles):
        date = f"<pubDate>{at - timedelta(hours=number):%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if at else ""
        items += f"<item><title>{title}</title><link>http://e.org/{title}</link>{date}</item>"
    return f"<rss version='2.0'><channel><title>{name}</title>{items}</channel></rss>".encode()


def page(head: str = "", body: str = "") -> tuple[int, dict[str, str], bytes]:
    return 200, HTML, f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'


@pytest.fixture
def look(clock: StillClock) -> Look:
    """Search one site with everything real."""

    async def once(url: str, kinds: Sequence[str], **network: Any) -> Search:
        hosts = Hosts()
        async with (
            Transport(clock=clock, **network) as transport,
            Parsers(working=1, slow=0, spare=0) as parsers,
        ):

            async def ask(source: Source) -> Response | Trouble:
                claim = Claim(source=source, generation=0, claimed_at=clock.now())
                return await fetch(transport, claim, hosts, clock=clock)

            return await discover(url, kinds, fetch=ask, parse=parsers.parse)

    return lambda url, kinds=("feed",), **network: asyncio.run(once(url, kinds, **network))


def found(search: Search, site: Site) -> list[tuple[str, str]]:
    return [(one.source.url.removeprefix(site.url), one.how) for one in search.found]


def test_a_feed_is_taken_as_it_is(look: Look, site: Site) -> None:
    site.pages["/x"] = (200, {}, rss("a", "b", "c"))
    search = look(f"{site.url}/x")
    assert (found(search, site), site.paths()) == ([("/x", "typed")], ["/x"])
    [feed] = search.found
    assert (feed.title, len(feed.entries)) == ("News", 3)
    assert (feed.dates[0].hour, feed.dates[-1].hour) == (9, 11)


def test_what_the_page_links_to_goes_first_and_ends_the_search(look: Look, site: Site) -> None:
    site.pages["/"] = page(
        link("/comments/feed", title="Comments on everything")
        + link("/api", "application/json")
        + link("old.rss")
        + link("main.atom", "application/atom+xml")
        + link("dead", title="gone")
        + '<link rel="stylesheet" href="/rss.css">'
    )
    site.pages["/comments/feed"] = (200, {}, rss("c1", "c2", "c3", name="Comments"))
    site.pages["/old.rss"] = (200, {}, rss("o1", "o2", "o3", at=datetime(2024, 1, 1, tzinfo=UTC)))
    site.pages["/main.atom"] = (200, {}, rss("m1", "m2"))
    site.pages["/rss"] = (200, {}, rss("r"))
    search = look(f"{site.url}/")
    assert found(search, site) == [("/main.atom", "link"), ("/old.rss", "link"), ("/comments/feed", "link")]
    assert sorted(site.paths()) == ["/", "/comments/feed", "/dead", "/main.atom", "/old.rss"]
    assert search.asked == 5


def test_one_feed_under_two_addresses_is_one(look: Look, site: Site) -> None:
    site.pages["/"] = page(link("/a") + link("/b"))
    site.pages["/a"] = (301, {"Location": "/b"}, b"")
    site.pages["/b"] = (200, {}, rss("m1", "m2"))
    assert len(look(f"{site.url}/").found) == 1


def test_anchors_json_ld_and_a_base_lead_on(look: Look, site: Site) -> None:
    site.pages["/news"] = page(
        '<base href="/deep/">',
        '<a href="feed.xml">RSS</a><a href="/about">About</a>'
        f'<script type="application/ld+json">{{"@graph": [{{"url": "{site.url}/ld/rss"}}]}}</script>',
    )
    site.pages["/deep/feed.xml"] = (200, {}, rss("a", "b"))
    site.pages["/ld/rss"] = (200, {}, rss("c"))
    assert found(look(f"{site.url}/news"), site) == [("/deep/feed.xml", "anchor"), ("/ld/rss", "json-ld")]


def test_custom_places_are_tried_even_where_the_page_itself_is_refused(look: Look, site: Site) -> None:
    site.pages["/"] = (403, {}, b"no robots")
    site.pages["/news-archive/rss/"] = (200, {}, rss("a"))
    search = look(f"{site.url}/")
    assert found(search, site) == [("/news-archive/rss/", "custom")]
    assert search.trouble == "answered 403"


def test_an_empty_feed_does_not_end_the_search(look: Look, site: Site) -> None:
    site.pages["/"] = page(link("/empty"))
    site.pages["/empty"] = (200, {}, rss())
    site.pages["/rss.xml"] = (200, {}, rss("a"))
    assert found(look(f"{site.url}/"), site) == [("/rss.xml", "custom")]


def test_what_is_asked_is_bounded_and_each_address_asked_once(look: Look, site: Site) -> None:
    many = "".join(link(f"/feed{n}") for n in range(100))
    anchors = "".join(f'<a href="/rss/{n}">rss</a>' for n in range(100))
    site.pages["/"] = page(many, anchors)
    site.pages["/robots.txt"] = (200, {}, "".join(f"Sitemap: {site.url}/s{n}\n" for n in range(50)).encode())
    search = look(f"{site.url}/")
    assert search.found == ()
    assert len(site.requests) == len(set(site.paths())) == search.asked <= MOST
    assert search.left > 150
    assert "HTML" in search.trouble or "page" in search.trouble


def test_a_site_that_does_not_answer_is_asked_once(look: Look) -> None:
    search = look("http://127.0.0.1:9/")
    assert (search.asked, search.found) == (1, ())
    assert search.trouble


def test_discovery_does_not_lead_to_other_private_places(look: Look, site: Site, new_site: Any) -> None:
    """The typed host may be this machine; another port of it, named by the page, may not."""
    inside = new_site()
    inside.pages["/rss"] = (200, {}, rss("secret"))
    site.pages["/"] = page(link(f"{inside.url}/rss") + link("http://169.254.169.254/rss") + link("/mine"))
    site.pages["/mine"] = (200, {}, rss("a"))
    site.pages["/robots.txt"] = (302, {"Location": f"{inside.url}/rss"}, b"")
    assert found(look(f"{site.url}/"), site) == [("/mine", "link")]
    del site.pages["/mine"]
    assert look(f"{site.url}/").found == ()
    assert inside.connections == 0


def test_hints_of_hostile_pages_are_none_or_addresses() -> None:
    for html in ("", "<link rel=alternate>", '<base href="http://[">' + link("rss"), "<script type='application/ld+json'>{", link("javascript:alert(1)"), "<a href='http://[/rss'>rss</a>", '<script type="application/ld+json">' + "[" * 100_000 + "</script>"):  # fmt: skip
        hints = [*of_links(html, "http://a.org/"), *of_anchors(html, "http://a.org/"), *of_json_ld(html, "http://a.org/")]  # fmt: skip
        assert all(hint.url.startswith("http://a.org/") for hint in hints)
    assert of_robots("Sitemap:\nSitemap: javascript:1\n", "http://a.org/") == []
    assert of_custom("http://a.org/page.html")[0].url == "http://a.org/feed"
