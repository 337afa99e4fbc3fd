"""Lines for people: what they say of an item that has no title, of one that has too much of it, and of a date that is a guess."""

from dataclasses import replace
from datetime import timedelta

from monitor.answers import life
from monitor.cli import life as telling
from monitor.cli import printing
from monitor.model import Source
from monitor.store.sqlite.asked import reading
from tests.desk import EVERYTHING, START, Desk, line


def test_an_item_without_a_title_is_called_by_its_summary_wherever_it_is_told() -> None:
    room = Desk([Source(name="wire", url="https://e.org/rss")], [EVERYTHING])
    room.read("wire", [], START)
    untitled = line("", "nuclear plant is quiet", guid="1")
    room.read("wire", [untitled, line("", "", guid="2", url="https://e.org/2")], START + timedelta(minutes=1))

    said = [printing.item(one).rpartition("  ")[2] for one in reading.items(room.connection, limit=9)]
    assert sorted(said) == ["(no title)", "nuclear plant is quiet"]
    [alert] = [one for one in reading.alerts(room.connection, limit=9) if one.item and one.item.summary]
    assert printing.alert(alert).endswith("  nuclear plant is quiet")
    [told] = [one for one in reading.deliveries(room.connection, limit=9) if one.alert.id == alert.id]
    assert printing.delivery(told).endswith("  all: nuclear plant is quiet")
    [whole] = life.of(room.connection, "https://e.org/2", ()).found
    assert telling.lines(whole)[0] == "(no title)"


def test_a_title_of_a_whole_page_is_shown_by_its_beginning_and_a_guess_as_one() -> None:
    room = Desk([Source(name="wire", url="https://e.org/rss")], [EVERYTHING])
    room.read("wire", [], START)
    room.read("wire", [line("fire " * 10_000)], START + timedelta(minutes=1))
    [one] = reading.items(room.connection, limit=9)
    assert printing.item(one).endswith("fire fire …")
    assert len(printing.item(one)) < printing.TITLE + 100
    short = replace(one, title="fire", published=replace(one.published, sure=False))
    assert printing.item(short) == f"{printing.at(short.published.latest)}~ {short.id[:8]}  wire  fire"
    sure = replace(short, published=replace(one.published, sure=True), revision=3)
    assert (
        printing.item(sure) == f"{printing.at(sure.published.latest)}  {sure.id[:8]}  wire  fire (edited 2x)"
    )
