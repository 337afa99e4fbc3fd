"""The wire as an index: places, days, filters, and what comes while one reads."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.answers import finding
from monitor.answers.wire import Lighting, WireRow
from monitor.dashboard.days import Days, days
from monitor.dashboard.feed import Feed
from monitor.dashboard.wire import PAGE, Wire
from monitor.rules.query.language import parse
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.rows import micros
from tests.dashboard.newsroom import Newsroom
from tests.virtual import ManualClock


@pytest.fixture
def room() -> Iterator[Newsroom]:
    clock = ManualClock()
    store = SqliteStore(MEMORY, clock)
    yield Newsroom(store, clock)
    store.close()


async def titles(wire: Wire) -> list[str]:
    await wire.read(0, wire.size)
    return [row.item.title if (row := wire.row(number)) else "?" for number in range(wire.size)]


async def news(feed: Feed, room: Newsroom) -> list[WireRow]:
    return [one for one in (await feed.look(room.clock.now())).news if isinstance(one, WireRow)]


def test_rows_are_read_where_they_are_seen(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", *(f"item {n}" for n in range(50)), ages=range(50))
        wire = Wire(Feed(room.store, Lighting(room.rules)))
        await wire.begin()
        assert (wire.size, wire.row(3)) == (50, None)
        assert wire.misses(0, 5)
        assert await wire.read(0, 5)
        assert not wire.misses(0, 5)
        assert not await wire.read(0, 5)
        assert [row.item.title for row in map(wire.row, range(5)) if row] == [f"item {n}" for n in range(5)]
        assert wire.misses(0, 6)

    asyncio.run(story())


def test_a_row_is_found_again_after_others_came_in_above(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "one", "two", ages=(1, 2))
        wire = Wire(feed := Feed(room.store, Lighting()))
        await feed.look(room.clock.now())
        await wire.begin()
        anchor = wire.place(1)
        await room.publish("bbc", "new", "newer")
        await wire.take(await news(feed, room), room.clock.now())
        assert await titles(wire) == ["newer", "new", "one", "two"]
        assert wire.find(*anchor) == wire.nearest(*anchor) == 3
        assert wire.find(anchor[0], 99) is None

    asyncio.run(story())


def test_what_came_while_all_places_were_read_is_not_lost(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "old")
        wire = Wire(feed := Feed(room.store, Lighting()))
        await feed.look(room.clock.now())
        await wire.begin()
        before = await room.store.read(lambda connection: connection.execute("select 1").fetchall())
        assert before
        await room.publish("bbc", "new")
        completing = asyncio.create_task(wire.complete())
        await asyncio.sleep(0)
        await wire.take(await news(feed, room), room.clock.now())
        await completing
        assert await titles(wire) == ["new", "old"]

    asyncio.run(story())


def test_a_filter_keeps_what_it_holds_for_the_newest_first_and_what_comes_later(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc", "ntv")
        count = 2 * PAGE + 7
        await room.first(
            "bbc", *(f"{'talks' if n % 10 == 0 else 'weather'} {n}" for n in range(count)), ages=range(count)
        )
        wire = Wire(feed := Feed(room.store, Lighting()))
        for _ in range(4):
            await feed.look(room.clock.now())
        await wire.complete()
        wire.filter(parse("talks"))
        assert (wire.size, wire.unsearched) == (0, count)
        assert await wire.search(room.clock.now())
        assert (wire.size, wire.unsearched) == (PAGE // 10, count - PAGE)
        while await wire.search(room.clock.now()):
            pass
        assert await titles(wire) == [f"talks {n}" for n in range(0, count, 10)]

        await room.publish("bbc", "talks again", "rain again")
        await wire.take(await news(feed, room), room.clock.now())
        assert (await titles(wire))[:2] == ["talks again", "talks 0"]
        await room.edit("bbc", "talks again", "nothing again")
        await wire.take(await news(feed, room), room.clock.now())
        assert (await titles(wire))[0] == "talks 0"

        wire.filter(None)
        assert (wire.size, wire.searching) == (count + 2, False)

    asyncio.run(story())


def test_an_item_that_is_dated_anew_stands_where_it_belongs_and_nowhere_else(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "talks begin", "talks fail", "talks end", ages=(1, 2, 3))
        wire = Wire(feed := Feed(room.store, Lighting()))
        await feed.look(room.clock.now())
        await wire.begin()
        wire.filter(parse("talks"))
        while await wire.search(room.clock.now()):
            pass
        for title, new, hours in (("talks end", "talks go on", 1.5), ("talks fail", "summit fails", 4)):
            at = room.clock.now() - timedelta(hours=hours)
            dated = replace(room.items[title].published, earliest=at, latest=at)
            room.items[title] = replace(room.items[title], published=dated)
            await room.edit("bbc", title, new)
            await wire.take(await news(feed, room), room.clock.now())
        assert await titles(wire) == ["talks begin", "talks go on"]
        wire.filter(None)
        assert await titles(wire) == ["talks begin", "talks go on", "summit fails"]

    asyncio.run(story())


def test_another_filter_drops_the_search_of_the_first(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "talks", "weather")
        wire = Wire(Feed(room.store, Lighting()))
        await wire.complete()
        wire.filter(parse("talks"))
        searching = asyncio.create_task(wire.search(room.clock.now()))
        await asyncio.sleep(0)
        wire.filter(parse("weather"))
        await searching
        assert wire.size == 0
        await wire.search(room.clock.now())
        assert await titles(wire) == ["weather"]

    asyncio.run(story())


@pytest.mark.parametrize(
    "query",
    [
        "publisher:bbc.example",
        "-publisher:bbc.example",
        "published:>2026-02-01",
        "date:today",
        "-date:today",
        "severity:critical",
        "-severity:critical",
        "lang:en",
        "-lang:de",
    ],
)
def test_a_filter_keeps_what_the_command_lists(room: Newsroom, query: str) -> None:
    async def story() -> None:
        await room.open("bbc", "ntv")
        await room.first("bbc", "talks begin", "ICBM, four weeks ago", ages=(1, 700))
        await room.first("ntv", "talks fail", "talks of old", ages=(2, 700))
        await room.publish("bbc", "ICBM launched")
        room.clock.advance(3_600)
        now, wire = room.clock.now(), Wire(Feed(room.store, Lighting()))
        await wire.complete()
        wire.filter(parse(query))
        while await wire.search(now):
            pass
        found = await room.store.read(lambda connection: [*finding.matching(connection, parse(query), now)])
        assert sorted(await titles(wire)) == sorted(item.title for item, _ in found)
        assert found

    asyncio.run(story())


def test_a_filter_sees_the_whole_summary(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc")
        wire = Wire(feed := Feed(room.store, Lighting()))
        await feed.look(room.clock.now())
        await wire.begin()
        wire.filter(parse("needle"))
        await room.publish("bbc", "hay", summary="hay " * 400 + "needle")
        await wire.take(await news(feed, room), room.clock.now())
        assert await titles(wire) == ["hay"]

    asyncio.run(story())


def test_what_was_pruned_leaves_the_wire(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "one", "two", "three", ages=(1, 2, 3))
        wire = Wire(Feed(room.store, Lighting()))
        await wire.begin()
        await room.store.database.write(
            lambda connection: connection.execute("delete from items where title = 'two'")
        )
        assert await titles(wire) == ["one", "three"]

    asyncio.run(story())


def test_rows_say_who_else_tells_the_story_and_older_ones_learn_of_it(room: Newsroom) -> None:
    async def story() -> None:
        await room.open("bbc", "dw", "ntv")
        await room.first("bbc", "Dam bursts")
        for name in ("dw", "ntv"):
            await room.first(name)
        wire = Wire(feed := Feed(room.store, Lighting()))
        await feed.look(room.clock.now())
        await wire.begin()
        await wire.read(0, 1)
        for name in ("dw", "ntv"):
            await room.publish(name, f"Dam bursts, {name} says", story="Dam bursts")
            await wire.take(await news(feed, room), room.clock.now())
        await wire.read(0, 3)
        assert [row.others for row in map(wire.row, range(3)) if row] == [2, 2, 2]

    asyncio.run(story())


def at(*instants: datetime) -> list[int]:
    return [micros(instant) for instant in sorted(instants)]


def test_days_are_divided_where_the_reader_lives() -> None:
    night = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    places = at(night - timedelta(days=1), night - timedelta(hours=2), night)
    here = days(places, date(2026, 3, 1), UTC)
    assert (here.begins, here.dates) == ((2,), (date(2026, 2, 28),))
    kyiv = days(places, date(2026, 3, 2), ZoneInfo("Europe/Kyiv"))
    assert kyiv.dates == (date(2026, 3, 1),)
    assert kyiv.begins == (1,)
    assert days([], date(2026, 3, 1), UTC) == Days(0, (), ())


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"])
def test_lines_and_rows_lead_to_each_other_over_changes_of_clocks(zone: str) -> None:
    start = datetime(2018, 10, 1, tzinfo=UTC)
    places = at(*(start + timedelta(hours=7 * n) for n in range(300)))
    found = days(places, date(2019, 1, 1), ZoneInfo(zone))
    assert list(found.dates) == sorted(set(found.dates), reverse=True)
    assert found.lines == 300 + len(found.dates)
    for row in range(300):
        assert found.at(found.line(row)) == row
        assert found.row_near(found.line(row)) == row
    heads = [found.at(line) for line in range(found.lines)]
    assert [one for one in heads if not isinstance(one, int)] == list(found.dates)
