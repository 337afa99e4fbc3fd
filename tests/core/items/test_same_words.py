"""The same words in two papers are one item and one alert, for some hours. Over a real store."""

from datetime import timedelta

import pytest

from monitor.model import Entry, Source
from tests.desk import EVERYTHING, START, Desk, line

ONE = Source(name="one", url="https://one.example/rss", publisher="one.example")
OTHER = Source(name="other", url="https://other.example/rss", publisher="other.example")
TITLE = "Ballistic missile hits the port of Odesa"
TEXT = "Three people were wounded, the regional governor said on Telegram."
OLD = line("Budget passed", "The vote was close in the end.", guid="old")


@pytest.fixture
def desk() -> Desk:
    desk = Desk([ONE, OTHER], [EVERYTHING])
    for name in ("one", "other"):
        desk.read(name, [OLD], START)
    return desk


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def told(name: str, number: int = 1, *, title: str = TITLE, text: str = TEXT) -> Entry:
    return line(title, text, guid=f"{name}-{number}", url=f"https://{name}.example/{number}")


def test_wire_copy_in_two_papers_is_one_item_and_one_alert(desk: Desk) -> None:
    desk.read("one", [told("one"), OLD], START + hours(1))
    desk.read("other", [told("other"), OLD], START + hours(2))
    desk.read("other", [told("other"), OLD], START + hours(30))
    assert [item.title for item in desk.items() if item.title == TITLE] == [TITLE]
    assert desk.told == [("all", TITLE)]


def test_the_same_words_the_next_day_ring_again(desk: Desk) -> None:
    desk.read("one", [told("one"), OLD], START + hours(1))
    desk.read("other", [told("other"), OLD], START + hours(20))
    assert len(desk.told) == 2


def test_one_paper_that_says_it_again_under_another_id_rings_again(desk: Desk) -> None:
    desk.read("one", [told("one"), OLD], START + hours(1))
    desk.read("one", [told("one", 2), told("one"), OLD], START + hours(2))
    assert len(desk.told) == 2
    desk.read("other", [told("other"), OLD], START + hours(3))  # one of the two, and nobody knows which
    assert len(desk.told) == 2


def test_the_first_of_two_papers_to_say_it_again_rings_again(desk: Desk) -> None:
    """The same warning comes twice a day, word for word; this time the other paper is first, or the only one."""
    desk.read("one", [told("one"), OLD], START + hours(1))
    desk.read("other", [told("other"), OLD], START + hours(1.1))
    desk.read("other", [OLD], START + hours(2))
    desk.read("other", [told("other", 2), OLD], START + hours(5))
    assert len(desk.told) == 2


def test_a_headline_alone_is_no_evidence(desk: Desk) -> None:
    desk.read("one", [told("one", title="Air alert in Kyiv", text=""), OLD], START + hours(1))
    desk.read("other", [told("other", title="Air alert in Kyiv", text=""), OLD], START + hours(1.1))
    assert len(desk.told) == 2
