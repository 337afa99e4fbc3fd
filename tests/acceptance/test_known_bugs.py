"""Bugs of other programs that repeated or lost items, replayed through the whole line: one alert each.

A real site on loopback, the real children, a SQLite file, a receiver; only the clock is the test's.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.model import Rule, Source
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import Daemon, plan, run, told
from tests.virtual import ManualClock

POLL = 61.0  # seconds; each is one more poll


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock()


def replay(site: Site, path: Path, clock: ManualClock, bodies: list[bytes], rule: str = "fire") -> list[str]:
    """Return the titles that the receiver was told while the feed served `bodies`, each for two polls."""
    site.pages["/hook"] = (204, {}, b"")

    async def story(daemon: Daemon) -> None:
        for body in bodies:
            site.pages["/rss"] = (200, {}, body)
            await daemon.after(2 * POLL)
        [row] = await daemon.ask(reading.sources)
        assert row.error == ""

    run(plan(site, Rule(name="fire", query=rule)), path, clock, story)
    return told(site)


def rss(*items: str) -> bytes:
    return f"<rss version='2.0'><channel><title>t</title>{''.join(items)}</channel></rss>".encode()


def item(title: str, *, guid: str = "", link: str = "", date: str = "", text: str = "") -> str:
    parts = {"title": title, "guid": guid, "link": link, "pubDate": date, "description": text}
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in parts.items() if value)}</item>"


def atom(*entries: str) -> bytes:
    head = "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><id>f</id>"
    return f"{head}{''.join(entries)}</feed>".encode()


def release(tag: str, updated: str, text: str = "") -> str:
    return (
        f"<entry><id>tag:github.com,2008:Repository/1/{tag}</id><updated>{updated}</updated>"
        f"<link rel='alternate' href='https://g.org/r/{tag}'/><title>{tag}</title><content>{text}</content></entry>"
    )


OLD = item("Budget passed", guid="old", link="https://e.org/old")


def test_n8n_8856_dates_that_do_not_fall_repeat_nothing(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """A watermark of the last entry's date is below that of its neighbour: it rang at each poll."""
    first = release("n8n@1.31.0", "2024-03-06T10:00:00Z")
    older, newer = (
        release("n8n@1.31.2 fire", "2024-03-07T09:50:47Z"),
        release("n8n@1.32.0 fire", "2024-03-07T13:25:46Z"),
    )
    backdated = release("n8n@1.30.1 fire", "2024-03-01T08:00:00Z")
    bodies = [
        atom(first),
        atom(older, newer, first),
        atom(newer, older, first),
        atom(older, newer, backdated),
    ]
    assert sorted(replay(site, tmp_path, virtual, bodies)) == [
        "n8n@1.30.1 fire",
        "n8n@1.31.2 fire",
        "n8n@1.32.0 fire",
    ]


def test_feedcord_67_a_bumped_date_and_a_tracking_fragment_repeat_nothing(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    def body(minute: int, fragment: str) -> bytes:
        link = f"https://www.franceinfo.fr/monde/incendie_7.html#xtor={fragment}"
        date = f"Tue, 12 Nov 2024 10:{minute:02}:00 +0100"
        return rss(item("Grand fire a Marseille", guid=link, link=link, date=date), OLD)

    bodies = [rss(OLD), body(1, "RSS-3-[lestitres]"), body(9, "RSS-3-[]"), body(17, "RSS-9-[une]")]
    assert replay(site, tmp_path, virtual, bodies) == ["Grand fire a Marseille"]


def test_rssguard_640_a_bump_of_updated_alone_repeats_nothing(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    old = release("v1", "2024-01-01T00:00:00Z")
    bumps = [
        atom(release("v2 fire", f"2024-01-02T00:0{n}:00Z", "Notes  of\nthe &lt;b&gt;release&lt;/b&gt;."), old)
        for n in range(4)
    ]
    assert replay(site, tmp_path, virtual, [atom(old), *bumps]) == ["v2 fire"]


@pytest.mark.parametrize("where", ["https://docs.e.org/notes", "https://e-{build}.vercel.app/notes"])
def test_newrelic_1271_guids_of_each_build_repeat_nothing(
    where: str, site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """Every guid is new each evening; on some hosts every link too (OpenSats#662)."""

    def build(number: int, count: int) -> bytes:
        place = where.format(build=f"a{number}")
        return rss(
            *(
                item(
                    f"Agent release {n}.0 fire",
                    guid=f"{number}-{n}",
                    link=f"{place}/{n}",
                    text=f"Fixes bug {n}.",
                )
                for n in range(count, 0, -1)
            )
        )

    bodies = [build(1, 6), build(2, 6), build(3, 7), build(4, 7), build(5, 7)]
    assert replay(site, tmp_path, virtual, bodies) == ["Agent release 7.0 fire"]


def test_miniflux_4197_ten_items_under_one_guid_ring_ten_times(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    quakes = [item(f"Fire {n}", guid="same", link=f"https://e.org/{n}") for n in range(10)]
    assert len(replay(site, tmp_path, virtual, [rss(OLD), rss(*quakes), rss(*quakes[::-1]), rss(OLD)])) == 10


def test_liferea_1195_https_for_http_repeats_nothing(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    new = [
        item("Fire at the port", guid=f"{scheme}://e.org/7", link=f"{scheme}://e.org/7")
        for scheme in ("http", "https")
    ]
    bodies = [rss(OLD), rss(new[0], OLD), rss(new[1], OLD), rss(new[0], OLD)]
    assert replay(site, tmp_path, virtual, bodies) == ["Fire at the port"]


def test_an_entry_without_id_and_link_is_edited_in_its_minute(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """The sidebar, by way of a feed: a clock time, a headline, a paragraph."""
    rows = [
        item("Fire at the port", date="3:44 PM", text="Smoke was seen over Odesa."),
        item("Fire at the port kills three", date="3:44 PM", text="Smoke was seen over Odesa."),
        item("Great fire at the port kills three", date="3:44 PM", text="Smoke was seen over Odesa today."),
    ]
    bodies = [rss(OLD), *(rss(row, OLD) for row in rows)]
    assert replay(site, tmp_path, virtual, bodies) == ["Fire at the port"]


def sidebar(*rows: tuple[str, str]) -> bytes:
    items = "".join(f"<li><span class='t'>{time}</span><b>{title}</b></li>" for time, title in rows)
    return f"<!DOCTYPE html><html><head><title>t</title></head><body><ul>{items}</ul></body></html>".encode()


@pytest.mark.parametrize("order", [("page", "feed"), ("feed", "page")])
def test_a_page_and_its_twin_ring_once(
    order: tuple[str, str], site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """The sidebar this project began with, and the feed of its site: in either order one item, one alert."""
    old = item("Budget passed after a long night", guid="g1", link="https://e.org/1")
    new = item(
        "Fire at the port of Odesa", guid="g2", link="https://e.org/2", date="Sun, 01 Mar 2026 11:59:00 GMT"
    )
    before, after = ("3:30 PM", "Budget passed after a long night"), ("3:44 PM", "Fire at the port of Odesa")
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/page"] = (200, {"Content-Type": "text/html"}, sidebar(before))
    site.pages["/feed"] = (200, {}, rss(old))
    select = {"item": "li", "time": ".t", "title": "b"}
    page = Source(
        name="page",
        url=f"{site.url}/page",
        kind="page",
        options={"select": select},
        every=60.0,
        pinned=True,
        twin="feed",
    )
    feed = Source(name="feed", url=f"{site.url}/feed", every=60.0, pinned=True)

    async def story(daemon: Daemon) -> None:
        await daemon.after(2 * POLL)
        for name in order:
            body = sidebar(after, before) if name == "page" else rss(new, old)
            site.pages[f"/{name}"] = (200, {"Content-Type": "text/html"} if name == "page" else {}, body)
            await daemon.after(2 * POLL)
        assert [row.error for row in await daemon.ask(reading.sources)] == ["", ""]
        assert told(site) == ["Fire at the port of Odesa"]
        fire, budget = await daemon.ask(reading.items, limit=9)
        assert (fire.url, budget.url) == ("https://e.org/2", "https://e.org/1")
        assert fire.published.latest.isoformat() == "2026-03-01T11:59:00+00:00"
        assert fire.published.origin == ("twin" if order[0] == "page" else "stated")

    run(replace(plan(site), sources=[page, feed]), tmp_path, virtual, story)


def test_the_sidebar_is_edited_in_place(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    before = ("3:30 PM", "Budget passed after a long night")
    titles = [
        "Fire at the port of Odesa",
        "Great fire at the port of Odesa",
        "Three dead in port fire in Odesa",
    ]
    site.pages["/hook"] = (204, {}, b"")
    page = Source(
        name="page",
        url=f"{site.url}/page",
        kind="page",
        options={"select": {"item": "li", "time": ".t", "title": "b"}},
        every=60.0,
        pinned=True,
    )

    async def story(daemon: Daemon) -> None:
        for rows in ([before], *([("3:44 PM", title), before] for title in titles)):
            site.pages["/page"] = (200, {"Content-Type": "text/html"}, sidebar(*rows))
            await daemon.after(2 * POLL)
        assert told(site) == titles[:1]
        assert told(site, "alert.updated") == titles[2:]  # "great" is no news, three dead are
        fire, _ = await daemon.ask(reading.items, limit=9)
        assert (fire.title, fire.revision) == (titles[2], 3)
        assert [old.title for old in await daemon.store.read(reading.revisions, fire.id)] == titles[:2]

    run(replace(plan(site), sources=[page]), tmp_path, virtual, story)
