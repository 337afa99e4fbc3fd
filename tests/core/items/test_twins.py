"""A page of bare clock times and the feed of its site: one item, one alert, the feed's link and date."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.model import Item, Rule, Source
from tests.desk import EVERYTHING, START, Desk, line

FEED = Source(name="feed", url="https://e.org/rss", tags=("wire",))
PAGE = Source(name="page", url="https://e.org/", kind="page", tags=("board",), twin="feed")
ROW = line("Russia launches ICBM at Dnipro", at="3:44 PM")
ITEM = line(
    "Russia launches an ICBM at Dnipro",
    "Ukraine's air force says that an intercontinental missile was used.",
    guid="g7",
    url="https://e.org/icbm",
    at="Sun, 01 Mar 2026 11:58:20 GMT",
)
OLD_ROW = line("Budget passed after a long night", at="3:30 PM")
OLD_ITEM = line("Budget passed after a long night", guid="g1", url="https://e.org/budget")
STATED = datetime(2026, 3, 1, 11, 58, 20, tzinfo=UTC)


@pytest.fixture
def desk() -> Desk:
    desk = Desk([FEED, PAGE], [EVERYTHING])
    desk.read("page", [OLD_ROW], START)
    desk.read("feed", [OLD_ITEM], START)
    return desk


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def newest(desk: Desk) -> Item:
    return desk.items()[-1]


def test_what_both_had_at_the_start_is_one_item(desk: Desk) -> None:
    [item] = desk.items()
    assert item.url == "https://e.org/budget"


def test_the_page_first(desk: Desk) -> None:
    desk.read("page", [ROW, OLD_ROW], at(1))
    before = newest(desk)
    assert (before.url, before.published.origin) == ("", "first-seen")
    desk.read("feed", [ITEM, OLD_ITEM], at(5))
    item = newest(desk)
    assert item.id == before.id
    assert (item.url, item.published.origin) == ("https://e.org/icbm", "twin")
    assert (item.published.earliest, item.published.latest) == (STATED, STATED)
    assert (item.title, item.revision) == (ROW.title, 1)
    assert desk.told == [("all", ROW.title)]


def test_the_feed_first(desk: Desk) -> None:
    desk.read("feed", [ITEM, OLD_ITEM], at(1))
    desk.read("page", [ROW, OLD_ROW], at(5))
    item = newest(desk)
    assert len(desk.items()) == 2
    assert (item.url, item.published.origin, item.published.latest) == (
        "https://e.org/icbm",
        "stated",
        STATED,
    )
    assert desk.told == [("all", ITEM.title)]


@pytest.mark.parametrize("first", ["page", "feed"])
def test_once_joined_they_stay_joined(desk: Desk, first: str) -> None:
    bodies = {"page": [ROW, OLD_ROW], "feed": [ITEM, OLD_ITEM]}
    second = "feed" if first == "page" else "page"
    for minute in range(0, 30, 10):
        desk.read(first, bodies[first], at(minute + 1))
        desk.read(second, bodies[second], at(minute + 6))
    item = newest(desk)
    assert (len(desk.items()), item.revision, item.url) == (2, 1, "https://e.org/icbm")
    assert desk.alerts() == 1


def test_an_edit_on_the_page_keeps_the_borrowed_link(desk: Desk) -> None:
    desk.read("page", [replace(ROW, url="https://e.org/"), OLD_ROW], at(1))
    desk.read("feed", [ITEM, OLD_ITEM], at(2))
    edited = line("Russia launches ICBM at Dnipro city", at="3:44 PM")
    desk.read("page", [replace(edited, url="https://e.org/"), OLD_ROW], at(3))
    item = newest(desk)
    assert (item.title, item.revision, item.url) == (edited.title, 2, "https://e.org/icbm")
    assert desk.alerts() == 1


def test_a_feed_without_a_date_lends_its_link(desk: Desk) -> None:
    desk.read("page", [ROW, OLD_ROW], at(1))
    desk.read("feed", [replace(ITEM, dates=()), OLD_ITEM], at(2))
    item = newest(desk)
    assert (item.url, item.published.origin) == ("https://e.org/icbm", "first-seen")


def test_another_headline_of_the_same_pattern_is_another_item(desk: Desk) -> None:
    desk.read("page", [line("Air alert in Kyiv region", at="15:44"), OLD_ROW], at(1))
    desk.read("feed", [line("Air alert in Sumy region", guid="g8", url="https://e.org/8"), OLD_ITEM], at(2))
    assert len(desk.items()) == 3
    assert desk.alerts() == 2


def test_a_second_report_under_the_same_headline_is_another_item(desk: Desk) -> None:
    """What the feed repeats is no twin of the row that it has lent to before."""
    desk.read("page", [ROW, OLD_ROW], at(1))
    desk.read("feed", [ITEM, OLD_ITEM], at(2))
    desk.read("feed", [replace(ITEM, keys=("guid:g9",), url="https://e.org/9"), ITEM], at(60))
    assert len(desk.items()) == 3


def test_the_same_headline_a_day_later_is_another_item(desk: Desk) -> None:
    desk.read("page", [ROW, OLD_ROW], at(1))
    desk.read("page", [OLD_ROW], at(60))
    desk.read("feed", [ITEM, OLD_ITEM], at(24 * 60))
    assert len(desk.items()) == 3


def test_the_fuller_text_of_the_second_rings_what_the_first_could_not() -> None:
    desk = Desk(
        [FEED, PAGE], [Rule(name="missile", query="intercontinental"), Rule(name="icbm", query="icbm")]
    )
    desk.read("page", [OLD_ROW], START)
    desk.read("feed", [OLD_ITEM], START)
    desk.read("page", [ROW, OLD_ROW], at(1))
    assert desk.told == [("icbm", ROW.title)]
    outcome = desk.read("feed", [ITEM, OLD_ITEM], at(2))
    assert desk.told[1:] == [("missile", ITEM.title)]
    alert = outcome.rings[0].alert
    assert alert.item is not None
    assert [alert.item.summary[span.start : span.end] for span in alert.spans] == ["intercontinental"]
    desk.read("feed", [ITEM, OLD_ITEM], at(3))
    assert desk.alerts() == 2


def test_two_pages_of_one_feed_share_its_items() -> None:
    side = Source(name="side", url="https://e.org/live", kind="page", twin="feed")
    desk = Desk([FEED, PAGE, side], [EVERYTHING])
    for name, body in (("page", OLD_ROW), ("feed", OLD_ITEM), ("side", OLD_ROW)):
        desk.read(name, [body], START)
    desk.read("page", [ROW, OLD_ROW], at(1))
    desk.read("feed", [ITEM, OLD_ITEM], at(2))
    desk.read("side", [ROW, OLD_ROW], at(3))
    assert len(desk.items()) == 2
    assert desk.alerts() == 1


def test_without_a_twin_they_are_two() -> None:
    desk = Desk([FEED, replace(PAGE, twin="")], [EVERYTHING])
    desk.read("page", [OLD_ROW], START)
    desk.read("feed", [OLD_ITEM], START)
    assert len(desk.items()) == 2
