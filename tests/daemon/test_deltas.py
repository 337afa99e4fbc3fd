"""RFC 3229, `A-IM: feed`: a server that sends only what is new, and those that do it wrongly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.core.items.identity import of_body
from monitor.model import Rule
from monitor.store.sqlite.asked import reading
from tests.conftest import Answer, Asked, Site
from tests.daemon.test_service import Daemon, plan, rss, run, told
from tests.virtual import ManualClock

ALL = Rule(name="all", query="/./")
PAUSE = 21_600.0  # seconds


class Shelf:
    """A feed that shows the newest `window` entries and sends, to who asks for it, those since an ETag."""

    def __init__(self, window: int, *, im: str = "feed", always: bool = False) -> None:
        self.titles: list[str] = []  # newest first
        self.window, self.im, self.always = window, im, always
        self.sent: list[int] = []  # entries in each body

    def __call__(self, asked: Asked) -> Answer:
        etag = f'"{len(self.titles)}"'
        known = asked.headers.get("if-none-match", "")
        if known == etag and not self.always:
            return 304, {"ETag": etag}, b""
        shown, status, headers = self.titles[: self.window], 200, {"ETag": etag}
        if self.always or (known and asked.headers.get("a-im") == "feed"):
            since = int(known.strip('"') or "0")
            shown = shown[: len(self.titles) - since]
            status, headers = 226, headers | ({"IM": self.im} if self.im else {})
        self.sent.append(len(shown))
        return status, headers, rss(*shown)

    def add(self, *titles: str) -> None:
        self.titles = [*titles, *self.titles]


def watch(site: Site, path: Path, clock: ManualClock, story: Callable[[Daemon], object]) -> None:
    run(plan(site, ALL), path, clock, story)  # type: ignore[arg-type]


@pytest.mark.parametrize("im", ["feed", "feed, gzip", ""])
def test_only_what_is_new_is_sent_and_nothing_is_taken_for_gone(
    site: Site, tmp_path: Path, virtual: ManualClock, im: str
) -> None:
    shelf = site.pages["/rss"] = Shelf(5, im=im)
    site.pages["/hook"] = (204, {}, b"")
    shelf.add("3: c", "2: b", "1: a")

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        for number in range(4, 13):
            shelf.add(f"{number}: new")
            await daemon.after(60)
            await daemon.after(60)  # nothing new: 304
        asked = [it for it in site.requests if it.path == "/rss"]
        assert ("a-im" in asked[0].headers, asked[1].headers["a-im"]) == (False, "feed")
        assert shelf.sent == [3] + [1] * 9
        known = await daemon.ask(reading.sources)
        assert known[0].rhythm.window == 3  # as the last whole body said
        assert known[0].rhythm.gap_on == ""

    watch(site, tmp_path, virtual, story)
    assert told(site) == [f"{number}: new" for number in range(4, 13)]


def test_what_a_partial_body_leaves_out_goes_on_standing_and_the_next_whole_one_is_no_gap(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """The one item that came in part is gone from the whole body; the others of the body before are not."""
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {"ETag": '"1"'}, rss("3: c", "2: b", "1: a"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        site.pages["/rss"] = (226, {"ETag": '"2"', "IM": "feed"}, rss("1: edited"))
        await daemon.after(60)
        site.pages["/rss"] = (200, {}, rss("4: new", "3: c", "2: b"))
        await daemon.after(60)
        [row] = await daemon.ask(reading.sources)
        assert row.rhythm.gap_on == ""

    watch(site, tmp_path, virtual, story)
    assert told(site) == ["4: new"]


def test_an_edit_comes_alone_too(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {"ETag": '"1"'}, rss("2: b", "1: calm"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        site.pages["/rss"] = (226, {"ETag": '"2"', "IM": "feed"}, rss("1: fire"))
        await daemon.after(60)
        items = await daemon.ask(reading.items, limit=9)
        assert sorted((item.title, item.revision) for item in items) == [("1: fire", 2), ("2: b", 1)]

    run(plan(site), tmp_path, virtual, story)
    assert told(site) == ["1: fire"]


def test_a_partial_body_that_nobody_asked_for_is_trouble(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """The first one would be the baseline: what it leaves out would ring later."""
    site.pages["/rss"] = (226, {"ETag": '"1"', "IM": "feed"}, rss("1: a"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        [row] = await daemon.ask(reading.sources)
        assert (row.error, row.items, row.baselined_at) == ("answered 226", 0, None)

    watch(site, tmp_path, virtual, story)


def test_one_made_otherwise_is_trouble_and_all_is_asked_for_then(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    shelf = site.pages["/rss"] = Shelf(5, im="vcdiff")
    site.pages["/hook"] = (204, {}, b"")
    shelf.add("1: a")

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        shelf.add("2: b")
        await daemon.after(60)
        [row] = await daemon.ask(reading.sources)
        assert (row.error, row.items) == ("answered 226", 1)
        await daemon.after(60)
        [row] = await daemon.ask(reading.sources)
        assert (row.error, row.items) == ("", 2)

    watch(site, tmp_path, virtual, story)
    assert told(site) == ["2: b"]


def test_once_a_day_all_is_asked_for_and_what_was_left_out_rings(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """A server whose idea of new is by the date of an entry forgets one that is dated back."""
    shelf = site.pages["/rss"] = Shelf(5)
    site.pages["/hook"] = (204, {}, b"")
    shelf.add("1: a")

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        shelf.add("2: b")
        await daemon.after(PAUSE)
        shelf.titles.insert(
            1, "3: forgotten"
        )  # the ETag changes, and what is new is said to be the first of them
        await daemon.after(PAUSE)
        assert told(site) == ["2: b"]
        await daemon.after(4 * PAUSE)
        assert told(site) == ["2: b", "3: forgotten"]
        since = [it for it in site.requests if "if-none-match" not in it.headers and it.path == "/rss"]
        assert len(since) == 2
        await daemon.after(4 * PAUSE)  # only 304s since: there is nothing to be sure of
        since = [it for it in site.requests if "if-none-match" not in it.headers and it.path == "/rss"]
        assert len(since) == 2

    run(plan(site, ALL, every=PAUSE), tmp_path, virtual, story)


def test_a_partial_body_is_no_body_to_know_an_equal_one_by(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    first = rss("2: b", "1: a")
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {"ETag": '"1"'}, first)

    async def story(daemon: Daemon) -> None:
        await daemon.after(0)
        site.pages["/rss"] = (226, {"ETag": '"2"', "IM": "feed"}, rss("3: c"))
        await daemon.after(60)
        stored = await daemon.ask(
            lambda connection: connection.execute("select body_hash from sources").fetchone()[0]
        )
        assert stored not in (of_body(first), of_body(rss("3: c")))

    watch(site, tmp_path, virtual, story)


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock()
