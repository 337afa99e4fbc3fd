"""What fell into a gap is looked for and rings once: a real site, the real kinds and children, the real daemon.

The feed shows its three newest items, one comes each five minutes, and it is polled once an hour: between the
first two polls nine go by. Two of them the site has taken down; the other seven stand somewhere else on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.daemon.reading.gather import MOST
from monitor.model import AlertType, Source
from monitor.store.sqlite.asked import reading
from tests.conftest import Answer, Asked, Site
from tests.daemon.test_service import Daemon, plan, run, told
from tests.virtual import START, ManualClock

FIRST, MISSED, NOW = range(3), range(3, 12), range(12, 15)
LEFT = [number for number in MISSED if number not in (5, 8)]  # nobody has the others any more
SILENT = {"Date": ""}  # the site has no clock of its own
HOUR = 3_601.0  # seconds; each is one more poll
Lay = Callable[[Site], None]  # puts what stands elsewhere on a site, after the gap


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock(START)


def at(number: int) -> str:
    return format_datetime(START + timedelta(minutes=5 * number - 15))


def item(site: Site, number: int) -> str:
    return f"<item><title>fire {number}</title><link>{site.url}/n/{number}</link><pubDate>{at(number)}</pubDate></item>"


def feed(site: Site, numbers: Sequence[int], links: str = "") -> Answer:
    """Return a feed of items, newest first; `links` are further children of the channel."""
    items = "".join(item(site, number) for number in sorted(numbers, reverse=True))
    head = "<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>t</title>"
    return 200, SILENT, f"{head}{links}{items}</channel></rss>".encode()


def link(rel: str, href: str) -> str:
    return f"<a:link rel='{rel}' href='{href}'/>"


def sitemap(site: Site, numbers: Sequence[int]) -> Answer:
    rows = "".join(
        f"<url><loc>{site.url}/n/{number}</loc><news:news><news:title>fire {number}</news:title>"
        f"<news:publication_date>{(START + timedelta(minutes=5 * number - 15)).isoformat()}</news:publication_date>"
        "</news:news></url>"
        for number in numbers
    )
    spaces = (
        "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    )
    return 200, SILENT, f"<?xml version='1.0'?><urlset {spaces}>{rows}</urlset>".encode()


class Day:
    """What a day of polls brought."""

    def __init__(self) -> None:
        self.gaps: list[str] = []
        self.asked: list[str] = []  # paths, by the poll with the gap
        self.quiet: list[str] = []  # by the poll after it


def lived(site: Site, path: Path, clock: ManualClock, lay: Lay, *, private: bool = False) -> Day:
    """Poll a feed before, after and once more after its gap; `lay` changes the site meanwhile."""
    day = Day()
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = feed(site, FIRST)

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = feed(site, NOW)
        lay(site)
        for asked in (day.asked, day.quiet):
            site.requests[:] = [one for one in site.requests if one.path == "/hook"]
            await daemon.after(HOUR)
            asked += [one for one in site.paths() if one != "/hook"]
        alerts = await daemon.ask(reading.alerts, limit=99)
        day.gaps = [alert.sentence for alert in alerts if alert.type is AlertType.SOURCE_GAP]

    source = Source(name="wire", url=f"{site.url}/rss", every=3600.0, pinned=True, private=private)
    run(replace(plan(site), sources=[source]), path, clock, story)
    return day


def rung(site: Site) -> list[str]:
    return sorted(told(site), key=lambda title: int(title.split()[1]))


def fires(*numbers: int) -> list[str]:
    return [f"fire {number}" for number in numbers]


# -- where it is found ------------------------------------------------------------------------


def archive(site: Site) -> None:
    """RFC 5005 §4: archived feeds, each naming the one before it."""
    site.pages["/rss"] = feed(site, NOW, link("prev-archive", "/archive/2"))
    site.pages["/archive/2"] = feed(site, LEFT[3:], link("prev-archive", "/archive/1"))
    site.pages["/archive/1"] = feed(site, [*FIRST, *LEFT[:3]], link("prev-archive", "/archive/0"))


def paged(site: Site) -> None:
    """RFC 5005 §3: pages of one feed."""
    site.pages["/rss"] = feed(site, NOW, link("next", "/rss?page=2"))
    site.pages["/rss?page=2"] = feed(site, LEFT[3:], link("next", "/rss?page=3"))
    site.pages["/rss?page=3"] = feed(site, [*FIRST, *LEFT[:3]], link("next", "/rss?page=4"))


def wordpress(site: Site) -> None:
    site.pages["/rss?paged=2"] = feed(site, LEFT[3:])
    site.pages["/rss?paged=3"] = feed(site, [*FIRST, *LEFT[:3]])


def news_sitemap(site: Site) -> None:
    robots = f"User-agent: *\nDisallow:\nSitemap: {site.url}/all.xml\nSitemap: {site.url}/google-news.xml\n"
    site.pages["/robots.txt"] = (200, SILENT, robots.encode())
    site.pages["/google-news.xml"] = sitemap(site, [*range(-400, 0), *FIRST, *LEFT, *NOW])


WAYS: dict[Lay, list[str]] = {
    archive: ["/rss", "/archive/2", "/archive/1"],
    paged: ["/rss", "/rss?page=2", "/rss?page=3"],
    wordpress: ["/rss", "/rss?paged=2", "/rss?paged=3"],
    news_sitemap: ["/rss", "/rss?paged=2", "/robots.txt", "/google-news.xml"],
}


@pytest.mark.parametrize("lay", WAYS, ids=lambda lay: lay.__name__)
def test_what_fell_into_a_gap_rings_once(lay: Lay, site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    day = lived(site, tmp_path, virtual, lay)
    assert day.asked == WAYS[lay]
    assert rung(site) == fires(*LEFT, *NOW)
    [sentence] = day.gaps
    assert sentence.endswith("recovered 7 of about 9 items in between")
    assert day.quiet == ["/rss"]


# -- where it is not --------------------------------------------------------------------------


def nothing_found(day: Day, site: Site) -> None:
    assert rung(site) == fires(*NOW)
    [sentence] = day.gaps
    assert sentence.endswith("recovered none of about 9 items in between")
    assert day.quiet == ["/rss"]


def test_an_archive_that_loops_is_asked_once(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    def loop(site: Site) -> None:
        site.pages["/rss"] = feed(site, NOW, link("prev-archive", "/archive/2"))
        site.pages["/archive/2"] = feed(site, LEFT[3:], link("prev-archive", "/archive/1"))
        site.pages["/archive/1"] = feed(site, LEFT[:3], link("prev-archive", "/archive/2"))

    day = lived(site, tmp_path, virtual, loop)
    assert day.asked == ["/rss", "/archive/2", "/archive/1", "/robots.txt", "/news-sitemap.xml"]
    assert rung(site) == fires(*LEFT, *NOW)


def test_an_archive_without_end_is_left_after_sixteen_requests(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    def endless(site: Site) -> None:
        site.pages["/rss"] = feed(site, NOW, link("prev-archive", "/archive/1"))
        for number in range(1, 40):
            older = feed(site, [1000 + number], link("prev-archive", f"/archive/{number + 1}"))
            site.pages[f"/archive/{number}"] = (200, SILENT, older[2].replace(b"pubDate", b"none"))

    day = lived(site, tmp_path, virtual, endless)
    assert len(day.asked) == MOST
    nothing_found(day, site)


def test_an_archive_that_answers_with_the_same_page_is_left_at_once(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    def same(site: Site) -> None:
        for number in range(40):
            page = feed(site, NOW, link("prev-archive", f"/archive/{number + 1}"))
            site.pages[f"/archive/{number}" if number else "/rss"] = page

    day = lived(site, tmp_path, virtual, same)
    assert day.asked == ["/rss", "/archive/1", "/robots.txt", "/news-sitemap.xml"]
    nothing_found(day, site)


@pytest.mark.parametrize("private", [False, True])
def test_an_archive_on_another_host_is_not_asked(
    private: bool, site: Site, new_site: Callable[..., Site], tmp_path: Path, virtual: ManualClock
) -> None:
    other = new_site()

    def elsewhere(site: Site) -> None:
        href = f"http://localhost:{other.port}/archive"
        site.pages["/rss"] = feed(site, NOW, link("prev-archive", href))
        other.pages["/archive"] = feed(site, [*FIRST, *LEFT])

    day = lived(site, tmp_path, virtual, elsewhere, private=private)
    assert other.connections == 0
    nothing_found(day, site)


def test_an_archive_of_100_mb_is_dropped(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    sent = []

    def huge(asked: Asked) -> None:
        asked.socket.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n" + feed(site, LEFT)[2]
        )
        for _ in range(100):
            try:
                asked.socket.sendall(b" " * (1 << 20))
            except OSError:
                return
            sent.append(1)

    def lay(site: Site) -> None:
        site.pages["/rss"] = feed(site, NOW, link("prev-archive", "/archive"))
        site.pages["/archive"] = huge

    day = lived(site, tmp_path, virtual, lay)
    assert 0 < len(sent) < 50  # MiB; some lie in the buffers between us
    nothing_found(day, site)


def test_a_sitemap_of_the_whole_site_fills_no_gap(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    """The feed shows one section; what else the site published meanwhile never stood in it."""

    def whole(site: Site) -> None:
        mine = sitemap(site, [*FIRST, *LEFT, *NOW])[2]
        other = mine.replace(b"/n/", b"/sport/").replace(b"fire", b"sport fire")
        both = mine.replace(b"</urlset>", other[other.index(b"<url>") :])
        site.pages["/news-sitemap.xml"] = (200, SILENT, both)

    day = lived(site, tmp_path, virtual, whole)
    nothing_found(day, site)
