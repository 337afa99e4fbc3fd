"""No loss over the whole line: gaps told and filled, parts of a body read in the same poll, the rhythm kept."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook
from monitor.core.telling.route import Routing
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.daemon.reading.gather import MOST, Errand, gather
from monitor.model import (
    Alert,
    AlertType,
    Applied,
    Claim,
    Entry,
    Parsed,
    RawDate,
    Response,
    Rule,
    Source,
    Trouble,
    Validators,
)
from monitor.rules.engine import Engine
from monitor.sources import ParseError
from monitor.store import SourceRow
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.virtual import START, ManualClock

Page = Response | Trouble
HOME = "https://news.example/feed"


@dataclass(slots=True)
class Web:
    """A site as the line sees it. A body is JSON: what a kind would make of it; `asked` in order."""

    clock: ManualClock
    pages: dict[str, object]
    asked: list[str]
    sent: list[Validators]

    async def fetch(self, claim: Claim) -> Page:
        url = claim.asks or claim.source.url
        self.asked.append(url)
        self.sent.append(claim.validators)
        page = self.pages.get(url)
        if page is None or isinstance(page, Trouble):
            return page or Trouble(sentence="answered 404", kind="status", status=404)
        body = page if isinstance(page, bytes) else json.dumps(page).encode()
        etag = f'"{hash(body)}"'
        if claim.validators.etag == etag:
            return Response(url=url, status=304, validators=claim.validators, received_at=self.clock.now())
        tag = Validators(etag=etag, url=url)
        return Response(url=url, status=200, body=body, validators=tag, received_at=self.clock.now())

    async def parse(self, source: Source, response: Response) -> Parsed:
        try:
            page = json.loads(response.body)
        except ValueError:
            raise ParseError("plain text, not a feed") from None
        return Parsed(
            entries=[self.entry(row) for row in page.get("items", [])],
            more=tuple(page.get("more", [])),
            older=tuple(page.get("older", [])),
            whole=page.get("whole", True),
        )

    def entry(self, row: str) -> Entry:
        """Return the item "words" or "words @-90": dated so many minutes from the start."""
        title, _, minutes = row.partition(" @")
        link = f"https://news.example/{title.replace(' ', '-')}"
        at = START + timedelta(minutes=float(minutes or 0))
        dates = (RawDate(text=format_datetime(at)),) if minutes else ()
        return Entry(keys=(f"url:{link}",), title=title, url=link, dates=dates)


@dataclass(slots=True)
class Desk:
    """One source and all that polls it."""

    web: Web
    store: SqliteStore
    clock: ManualClock
    source: Source

    async def poll(self, *, minutes: float = 10.0) -> Applied:
        self.clock.advance(minutes * 60)
        await self.store.not_later_than(self.clock.now())
        self.web.asked.clear()
        self.web.sent.clear()
        [claim] = await self.store.claim_due(limit=1)
        rules = [Rule(name="everything", query="/./")]
        book = Rulebook(engine=Engine(rules), routing=Routing(everyone=("desk",)), bounds=Bounds())
        line = Line(
            fetch=self.web.fetch, parse=self.web.parse, store=self.store, book=book, jitter=lambda: 0.0
        )
        return await poll(claim, line)

    async def rung(self) -> list[str]:
        alerts = await self.alerts()
        return sorted(alert.item.title for alert in alerts if alert.item)

    async def gaps(self) -> list[str]:
        return [alert.sentence for alert in await self.alerts() if alert.type is AlertType.SOURCE_GAP]

    async def alerts(self) -> list[Alert]:
        return await self.store.read(reading.alerts, limit=1000)

    async def row(self) -> SourceRow:
        [row] = await self.store.read(reading.sources)
        return row


Story = Callable[[Desk], Awaitable[None]]
Play = Callable[..., None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Run a story at a desk whose source stands at HOME."""

    def run(story: Story, pages: Mapping[str, object], **more: object) -> None:
        clock = ManualClock()
        source = replace(Source(name="wire", url=HOME), **more)  # type: ignore[arg-type]  # fields of Source

        async def telling() -> None:
            store = SqliteStore(tmp_path / "newsbell.db", clock)
            try:
                await store.sync(sources=[source])
                web = Web(clock=clock, pages=dict(pages), asked=[], sent=[])
                await story(Desk(web=web, store=store, clock=clock, source=source))
            finally:
                store.close()

        asyncio.run(telling())

    return run


def items(*titles: str, **more: object) -> dict[str, object]:
    return {"items": list(titles), **more}


# -- gaps -------------------------------------------------------------------------------------


def test_a_gap_is_filled_from_the_archive_until_something_known(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("i", "h", older=[f"{HOME}/2"])
        desk.web.pages[f"{HOME}/2"] = items("g", "f", older=[f"{HOME}/3"])
        desk.web.pages[f"{HOME}/3"] = items("e", "b", "a", "zero", older=[f"{HOME}/4"])
        applied = await desk.poll()
        assert desk.web.asked == [HOME, f"{HOME}/2", f"{HOME}/3"]
        assert applied.new == 5
        assert await desk.rung() == ["e", "f", "g", "h", "i"]  # not "zero", which stood below what was known
        [told] = await desk.gaps()
        assert "recovered 3 of about 3 items" in told
        await desk.poll()
        assert (desk.web.asked, len(await desk.rung())) == ([HOME], 5)

    play(story, {HOME: items("b", "a")})


def test_a_body_that_breaks_off_before_anything_known_is_no_gap_and_hides_none(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("d", whole=False)
        await desk.poll()
        desk.web.pages[HOME] = items("d", "c", "b")  # whole: nothing went by
        await desk.poll()
        assert await desk.gaps() == []
        assert await desk.rung() == ["c", "d"]
        desk.web.pages[HOME] = items("g", whole=False)
        await desk.poll()
        assert await desk.gaps() == []
        desk.web.pages[HOME] = items("g", "f", "e")  # of the same day, and this one is a gap
        await desk.poll()
        assert len(await desk.gaps()) == 1
        await desk.poll()
        desk.web.pages[HOME] = items("j", "i", "h", whole=False)
        await desk.poll()
        assert (await desk.row()).items == 11

    play(story, {HOME: items("b", "a", "zero")})


def test_a_gap_is_filled_from_wordpress_pages(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("f @19", "e @18")
        desk.web.pages[f"{HOME}?paged=2"] = items("d @17", "c @16")
        desk.web.pages[f"{HOME}?paged=3"] = items("b @5", "a @1", "before @0.5")
        await desk.poll()
        assert desk.web.asked == [HOME, f"{HOME}?paged=2", f"{HOME}?paged=3"]
        assert await desk.rung() == ["c", "d", "e", "f"]
        [told] = await desk.gaps()
        assert "recovered 2 of about" in told

    play(story, {HOME: items("b @5", "a @1")})


def test_a_site_that_answers_each_page_with_the_same_body_is_asked_once(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = desk.web.pages[f"{HOME}?paged=2"] = items("d", "c")
        await desk.poll()
        assert desk.web.asked == [
            HOME,
            f"{HOME}?paged=2",
            "https://news.example/robots.txt",
            "https://news.example/news-sitemap.xml",
        ]
        [told] = await desk.gaps()
        assert "recovered none of about 1 item" in told

    play(story, {HOME: items("b", "a")})


def test_a_gap_is_filled_from_the_news_sitemap_that_robots_txt_names(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("f @19", "e @18")
        robots = b"User-agent: *\nSitemap: /sitemap.xml\nSitemap: https://news.example/google-news.xml\n"
        desk.web.pages["https://news.example/robots.txt"] = robots
        listed = items("a @1", "f @19", "old @-4000", "c @12", "e @18", "d @15", "b @2")
        desk.web.pages["https://news.example/google-news.xml"] = listed
        await desk.poll()
        assert await desk.rung() == ["c", "d", "e", "f"]
        assert "recovered 2 of about 2 items" in (await desk.gaps())[0]

    play(story, {HOME: items("b @2", "a @1")})


def test_a_sitemap_of_a_whole_site_fills_no_gap_of_one_section(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("f @19", "e @14")
        others = [f"sport {n} @{14 + n / 4}" for n in range(20)]
        desk.web.pages["https://news.example/news-sitemap.xml"] = items("f @19", "e @14", "c @12", *others)
        await desk.poll()
        assert await desk.rung() == ["e", "f"]

    play(story, {HOME: items("b @2", "a @1")})


def test_undated_pages_that_lead_to_nothing_known_bring_nothing(play: Play) -> None:
    """A site that changed all its addresses must not ring its whole archive."""

    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("y", "x", older=[f"{HOME}/1"])
        for n in range(1, 40):
            desk.web.pages[f"{HOME}/{n}"] = items(f"u{n}", f"v{n}", older=[f"{HOME}/{n + 1}"])
        await desk.poll()
        assert len(desk.web.asked) == MOST
        assert await desk.rung() == ["x", "y"]

    play(story, {HOME: items("b", "a")})


def test_a_second_gap_of_the_day_is_filled_and_not_told_again(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        for first, second, third in ("cde", "fgh"):
            desk.web.pages[HOME] = items(third, second, older=[f"{HOME}/2"])
            desk.web.pages[f"{HOME}/2"] = items(first, "b", "a")
            await desk.poll()
        assert await desk.rung() == list("cdefgh")
        assert len(await desk.gaps()) == 1
        await desk.poll(minutes=60 * 24)
        desk.web.pages[HOME] = items("y", "z")
        await desk.poll()
        assert len(await desk.gaps()) == 2

    play(story, {HOME: items("b", "a")})


def test_a_changed_address_is_no_gap(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages["https://news.example/other"] = items("y", "z")
        await desk.store.sync(sources=[replace(desk.source, url="https://news.example/other")])
        await desk.poll()
        assert (await desk.gaps(), await desk.rung()) == ([], ["y", "z"])

    play(story, {HOME: items("b", "a")})


def test_an_item_that_left_the_window_before_the_last_body_is_no_overlap(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("c", "b")
        await desk.poll()
        desk.web.pages[HOME] = items("d", "a")  # a returns after c and b went by
        await desk.poll()
        assert len(await desk.gaps()) == 1
        assert await desk.rung() == ["c", "d"]

    play(story, {HOME: items("b", "a")})


# -- parts ------------------------------------------------------------------------------------

ONE, TWO = f"{HOME}/1", f"{HOME}/2"
INDEX = {HOME: {"more": [ONE, TWO]}, ONE: items("a", "b"), TWO: items("c")}


def test_the_parts_of_a_body_are_read_in_the_same_poll(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        assert desk.web.asked == [HOME, ONE, TWO]
        assert (await desk.row()).baseline_items == 3
        desk.web.pages[TWO] = items("d", "c")
        await desk.poll()
        assert desk.web.asked == [HOME, ONE, TWO]
        assert all(sent.etag for sent in desk.web.sent)  # each with its own validators
        assert len({sent.etag for sent in desk.web.sent}) == 3
        assert (await desk.rung(), await desk.gaps()) == (["d"], [])
        await desk.poll()
        assert (desk.web.asked, await desk.rung()) == ([HOME, ONE, TWO], ["d"])

    play(story, INDEX)


def test_one_part_after_the_other_may_change_without_a_gap(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[ONE] = items("e", "d")
        await desk.poll()
        desk.web.pages[TWO] = items("f")
        await desk.poll()
        assert (await desk.rung(), await desk.gaps()) == (["d", "e", "f"], [])

    play(story, INDEX)


def test_a_part_that_fails_is_said_and_asked_again_and_the_others_count(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[ONE] = Trouble(sentence="answered 503", kind="status", status=503)
        desk.web.pages[TWO] = items("d", "c")
        await desk.poll()
        row = await desk.row()
        assert (row.state, row.failures) == ("ok", 0)
        assert row.may_miss == f"a part was not read: {ONE}: answered 503"
        assert await desk.rung() == ["d"]
        desk.web.pages[ONE] = items("e", "a", "b")
        await desk.poll()
        assert (await desk.rung(), (await desk.row()).may_miss) == (["d", "e"], "")

    play(story, INDEX)


def test_a_first_body_waits_for_all_its_parts_but_not_for_ever(play: Play) -> None:
    """What was missing in a baseline would ring later."""

    async def story(desk: Desk) -> None:
        desk.web.pages[TWO] = Trouble(sentence="answered 503", kind="status", status=503)
        await desk.poll()
        row = await desk.row()
        assert (row.state, row.baselined_at) == ("failing", None)
        assert row.error == f"a part was not read: {TWO}: answered 503"
        for _ in range(3):
            await desk.poll()
        row = await desk.row()
        assert (row.state, row.baseline_items) == ("ok", 2)

    play(story, INDEX)


def test_a_body_of_which_nothing_is_read_fails(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[ONE] = desk.web.pages[TWO] = b"no feed"
        await desk.poll()
        row = await desk.row()
        assert row.state == "failing"
        assert row.error == f"a part was not read: {ONE}: plain text, not a feed, and 1 more"

    play(story, INDEX)


def index(*urls: str) -> dict[str, object]:
    return {"more": list(urls)}


def parts(count: int) -> dict[str, object]:
    """Return an index of parts with one item each."""
    urls = [f"{HOME}/{n}" for n in range(count)]
    return {HOME: index(*urls), **{url: items(f"x{n}") for n, url in enumerate(urls)}}


def test_parts_that_one_poll_has_no_room_for_are_read_in_turn(play: Play) -> None:
    async def story(desk: Desk) -> None:
        asked = []
        for _ in range(5):
            await desk.poll()
            assert len(desk.web.asked) == MOST
            asked.append({url.rpartition("/")[2] for url in desk.web.asked[1:]})
        first = set(map(str, range(8)))
        assert all(first <= poll for poll in asked)  # where news is likeliest
        others = [sorted(map(int, poll - first)) for poll in asked]
        assert others[:4] == [list(range(8 + 7 * n, 15 + 7 * n)) for n in range(4)]
        assert others[4] == [8, 9, 10, 36, 37, 38, 39]
        row = await desk.row()
        assert row.may_miss == "15 of its 40 parts are read in one poll, the others in turn"
        assert (await desk.rung(), await desk.gaps()) == ([], [])  # all of that stood there before

    play(story, parts(40))


def test_what_a_part_dates_after_the_first_body_rings_whenever_it_is_read(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()  # the baseline, ten minutes after the start
        desk.web.pages[f"{HOME}/15"] = items("late @25", "old @5", "undated")
        await desk.poll()
        assert await desk.rung() == ["late"]
        desk.web.pages[f"{HOME}/15"] = items("next", "late @25", "old @5", "undated")
        await desk.poll()
        await desk.poll()
        assert await desk.rung() == ["late", "next"]

    play(story, parts(16))


def test_a_part_that_appears_is_asked_first_and_rings(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = index(*(f"{HOME}/{n}" for n in range(41)))
        desk.web.pages[f"{HOME}/40"] = items("news", "more news @25", "moved here @5")
        await desk.poll()
        assert desk.web.asked[1] == f"{HOME}/40"
        assert await desk.rung() == ["more news", "news"]

    play(story, parts(40))


def test_parts_of_parts_wait_for_their_turn_too(play: Play) -> None:
    async def story(desk: Desk) -> None:
        for _ in range(4):
            await desk.poll()
            assert len(desk.web.asked) == MOST
        assert (await desk.row()).items == 30
        assert await desk.rung() == []

    inner = parts(30)
    play(story, {**inner, HOME: index(f"{HOME}/inner"), f"{HOME}/inner": inner[HOME]})


def test_how_many_parts_wait_is_logged_when_it_changes(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    async def story(desk: Desk) -> None:
        for _ in range(3):
            await desk.poll()
        desk.web.pages |= parts(41)
        await desk.poll()

    play(story, parts(40))
    assert [line for line in caplog.messages if "parts" in line] == [
        f"wire: 15 of its {count} parts are read in one poll, the others in turn" for count in (40, 41)
    ]


def test_large_parts_wait_for_the_next_poll(play: Play) -> None:
    async def story(desk: Desk) -> None:
        claim = Claim(source=desk.source, generation=1, claimed_at=START)
        errand = Errand(claim=claim, fetch=desk.web.fetch, parse=desk.web.parse, room=4)
        body = await gather(errand, Parsed(more=(ONE, TWO, f"{HOME}/3")), now=START)
        assert desk.web.asked == [ONE, TWO]
        assert [part.asked_at for part in body.rest.parts] == [START, START, None]
        assert body.rest.missing == "2 of its 3 parts are read in one poll, the others in turn"

    play(story, {ONE: items("a", "b", "c"), TWO: items("d")})


# -- the rhythm -------------------------------------------------------------------------------


def test_the_rhythm_outlives_the_daemon(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages[HOME] = items("f", "e", "d", "c")
        await desk.poll()
        row = await desk.row()
        assert row.rhythm.window == 4
        assert row.rhythm.looked_at == desk.clock.now()
        assert row.next_why == "in 3 min: its 4 items last 10 min at its present pace"
        assert row.next_poll_at == desk.clock.now() + timedelta(seconds=200)
        [claim] = await claimed(desk)
        assert claim.rhythm == row.rhythm

    play(story, {HOME: items("b", "a")})


async def claimed(desk: Desk) -> list[Claim]:
    desk.clock.advance(3600)
    return await desk.store.claim_due(limit=1)


def test_a_page_of_two_rows_is_polled_each_minute(play: Play) -> None:
    async def story(desk: Desk) -> None:
        await desk.poll()
        row = await desk.row()
        assert row.next_why == "in 60 s: it shows 2 items"
        assert row.next_poll_at == desk.clock.now() + timedelta(seconds=60)

    play(story, {HOME: items("b", "a")}, kind="page")


def test_a_feed_whose_items_are_on_another_site_leads_nobody_there(play: Play) -> None:
    """A gap asks for robots.txt of the house that was typed, not of whatever its links name."""

    async def story(desk: Desk) -> None:
        await desk.poll()
        desk.web.pages["https://feeds.proxy.example/rss"] = items("d", "c")
        await desk.poll()
        assert desk.web.asked[2:] == [
            "https://feeds.proxy.example/robots.txt",
            "https://feeds.proxy.example/news-sitemap.xml",
        ]

    play(story, {"https://feeds.proxy.example/rss": items("b", "a")}, url="https://feeds.proxy.example/rss")
