"""The index names what may match a query, whatever the script, and forgets with the items."""

from datetime import timedelta

import pytest

from monitor.model import Item, Source
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import holds
from monitor.rules.matching.reading import Reading
from monitor.rules.query.language import parse
from monitor.store.sqlite import pruning
from monitor.store.sqlite.items import search
from tests.desk import START, Desk, line

TITLES = (
    "Drone strike hits Kyiv", "Pilots in training", "宮崎に津波注意報", "Удар по Києву", "AI chip", "St. Petersburg",
    "Le cafe\u0301 noir", "भारत में", "A 津 wave 波", "Women win", "Spielberg “returns”", "C++ and S&P",
)  # fmt: skip
QUERIES = (
    "ai", "津波", "津", "київ*", "~Київ", '"St Petersburg"', "café", "भारत", "wom?n", "*berg", "C++", "S&P", "-ai", "/dr.ne/", "🚀",
    "strike AND kyiv", "strike OR pilots", "tag:x", "kyiv NEAR/3 drone", "at least 2 of (drone, kyiv, pilots)", "=AI", "=ai",
)  # fmt: skip


@pytest.fixture
def desk() -> Desk:
    desk = Desk([Source(name="wire", url="https://e.org/rss")])
    desk.read("wire", [line(title, guid=str(number)) for number, title in enumerate(TITLES)], START)
    return desk


def found(desk: Desk, query: str) -> list[Item]:
    return list(search.candidates(desk.connection, parse(query)))


def matching(items: list[Item], query: str) -> set[str]:
    root = parse(query).root
    return {one.title for one in items if holds(root, Reading(Document.of(one)))}


@pytest.mark.parametrize("query", QUERIES)
def test_nothing_that_matches_is_missed(desk: Desk, query: str) -> None:
    assert matching(found(desk, query), query) == matching(desk.items(), query)


@pytest.mark.parametrize(
    ("query", "titles"), [("ai", {"AI chip"}), ("津波", {"宮崎に津波注意報"}), ("strike kyiv", {TITLES[0]})]
)
def test_what_cannot_match_is_not_read(desk: Desk, query: str, titles: set[str]) -> None:
    assert {one.title for one in found(desk, query)} >= titles
    assert len(found(desk, query)) < 3


def test_an_edit_is_found_by_its_new_words_only(desk: Desk) -> None:
    desk.read("wire", [line("Drone strike hits Lviv", guid="0")], START + timedelta(minutes=5))
    assert [one.title for one in found(desk, "lviv")] == ["Drone strike hits Lviv"]
    assert found(desk, "kyiv drone") == []


def test_what_is_forgotten_is_found_no_more(desk: Desk) -> None:
    later = START + timedelta(days=200)
    desk.read("wire", [line("Drone returns", guid="new")], later)
    pruning.prune(desk.connection, later + timedelta(days=40), timedelta(days=90))
    assert [one.title for one in found(desk, "drone")] == ["Drone returns"]
    rows = desk.connection.execute("select rowid from search where search match '\"dro\"'").fetchall()
    assert len(rows) == 1


def test_items_of_before_the_index_are_found_too(desk: Desk) -> None:
    desk.connection.execute("insert into search (search) values ('delete-all')")
    desk.connection.execute("update search_begins set seq = (select max(seq) from items)")
    assert matching(found(desk, "kyiv"), "kyiv") == {TITLES[0]}


def test_since_leaves_out_what_was_seen_before(desk: Desk) -> None:
    desk.read("wire", [line("Another strike", guid="n")], START + timedelta(hours=1))
    late = search.candidates(desk.connection, parse("strike"), since=START + timedelta(minutes=30))
    assert [one.title for one in late] == ["Another strike"]
