"""The feed against a real store: what is new, what is lit, what rang since one last looked, what vanished."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answers.wire import Lighting, WireRow
from monitor.cli import printing
from monitor.dashboard.bookmark import Bookmark
from monitor.dashboard.feed import HISTORY, PAGE, Daemon, Feed, Reader
from monitor.dashboard.view import View, next_poll, polls_an_hour, troubles
from monitor.dashboard.wire import Wire
from monitor.model import Alert, Rule, Severity
from monitor.store import Service, StoreError
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.outside.attached import Attached
from tests.dashboard.newsroom import Newsroom
from tests.virtual import ManualClock

RUNNING = Daemon(pid=lambda: 42)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "newsbell.db"


@pytest.fixture
def room(path: Path, clock: ManualClock) -> Iterator[Newsroom]:
    """The daemon's side of a file."""
    store = SqliteStore(path, clock)
    yield Newsroom(store, clock)
    store.close()


@pytest.fixture
def own(clock: ManualClock) -> Iterator[Newsroom]:
    """A monitor of its own, in memory."""
    store = SqliteStore(MEMORY, clock)
    yield Newsroom(store, clock)
    store.close()


@pytest.fixture
def attached(path: Path) -> Iterator[Attached]:
    attached = Attached(path)
    yield attached
    attached.close()


async def shown(reader: Reader, *rules: Rule) -> list[WireRow]:
    """Return the wire, newest first."""
    wire = Wire(Feed(reader, Lighting(rules)))
    await wire.complete()
    await wire.read(0, wire.size)
    return [row for row in map(wire.row, range(wire.size)) if row]


async def titles(reader: Reader) -> list[str]:
    return [row.item.title for row in await shown(reader)]


def news(view: View) -> list[str]:
    """Return the news: titles, those of alerts with a bell before."""
    return [
        one.item.title if isinstance(one, WireRow) else f"bell: {one.item.title if one.item else ''}"
        for one in view.news
    ]


def test_a_first_body_is_lit_and_does_not_ring_and_what_comes_after_rings(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting(own.rules))
        await own.open("bbc")
        assert (await feed.look(own.clock.now())).news == ()

        await own.first("bbc", "Summit in Kyiv", "Weather", ages=(5, 3))
        own.clock.advance(1)
        view = await feed.look(own.clock.now())
        rows = await shown(own.store, *own.rules)
        assert [(row.item.title, row.severity) for row in rows] == [
            ("Weather", None),
            ("Summit in Kyiv", Severity.WARNING),
        ]
        assert [(span.start, span.end) for span in rows[1].spans] == [(0, 6)]
        assert (view.alerts, view.unseen) == ((), frozenset())

        await own.publish("bbc", "ICBM launched")
        view = await feed.look(own.clock.now())
        assert (await titles(own.store))[0] == "ICBM launched"
        assert [alert.rule for alert in view.alerts] == ["escalation"]
        assert view.unseen == {view.alerts[0].id}
        assert news(view) == ["ICBM launched", "bell: ICBM launched"]
        assert (await feed.look(own.clock.now())).news == ()

    asyncio.run(story())


def test_what_comes_late_comes_in_on_top_whatever_its_date(own: Newsroom) -> None:
    async def story() -> None:
        await own.open("bbc")
        await own.first("bbc", "from tomorrow", "old", ages=(-24, 2))
        rows = await shown(own.store)
        assert [row.item.title for row in rows] == ["from tomorrow", "old"]
        assert rows[0].at == own.clock.now()  # never later than it was seen
        own.clock.advance(60)
        late = own.item("bbc", "late", own.clock.now() - timedelta(days=3))
        await own.poll("bbc", changes=_changes(own, late.title))
        assert (await titles(own.store)) == ["late", "from tomorrow", "old"]

    asyncio.run(story())


def _changes(room: Newsroom, title: str) -> tuple[object, ...]:
    from monitor.model import ItemChange

    return (ItemChange(item=room.items[title], keys=(f"guid:{title}",), new=True),)


def test_an_edit_changes_the_row_and_lights_it_anew(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting(own.rules))
        await own.open("bbc")
        await own.first("bbc", "Leaders meet", "Wheat", ages=(2, 1))
        await feed.look(own.clock.now())
        await own.edit("bbc", "Leaders meet", "Leaders meet for talks")
        view = await feed.look(own.clock.now())
        rows = await shown(own.store, *own.rules)
        assert [(row.item.title, row.was) for row in rows] == [
            ("Wheat", ""),
            ("Leaders meet for talks", "Leaders meet"),
        ]
        assert rows[1].severity is Severity.WARNING
        [item, alert] = view.news
        assert isinstance(item, WireRow)
        assert item.edited
        assert isinstance(alert, Alert)

    asyncio.run(story())


def test_without_rules_an_item_is_lit_where_it_rang(own: Newsroom) -> None:
    async def story() -> None:
        await own.open("bbc")
        await own.first("bbc")
        await own.publish("bbc", "Wheat talks", "Weather")
        lit = {row.item.title: (row.severity, len(row.spans)) for row in await shown(own.store)}
        assert lit == {"Wheat talks": (Severity.WARNING, 2), "Weather": (None, 0)}
        await own.edit("bbc", "Wheat talks", "Now about something else")
        lit = {row.item.title: (row.severity, len(row.spans)) for row in await shown(own.store)}
        assert lit["Now about something else"] == (Severity.WARNING, 0)  # old offsets light no new words

    asyncio.run(story())


def test_each_alert_since_one_last_looked_is_new_and_none_is_new_twice(
    room: Newsroom, attached: Attached, tmp_path: Path
) -> None:
    async def look() -> View:
        mark = Bookmark(tmp_path / "seen" / "mark")
        view = await Feed(attached, Lighting(), daemon=RUNNING, cursor=mark.cursor).look(room.clock.now())
        mark.move(view.cursor)
        assert mark.trouble == ""
        return view

    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "Weather")
        await room.publish("bbc", "ICBM one")
        assert news(await look()) == ["bell: ICBM one", "Weather", "ICBM one"]

        await room.publish("bbc", "ICBM two", "Wheat")
        view = await look()
        assert [alert.item.title for alert in view.alerts if alert.item] == ["ICBM two", "Wheat", "ICBM one"]
        assert view.unseen == {alert.id for alert in view.alerts[:2]}
        assert news(view)[:2] == ["bell: Wheat", "bell: ICBM two"]
        assert (await look()).unseen == frozenset()

    asyncio.run(story())


def test_a_bookmark_that_is_broken_or_cannot_be_kept_makes_things_new_again(tmp_path: Path) -> None:
    path = tmp_path / "mark"
    path.write_bytes(b"\xff not a number")
    assert Bookmark(path).cursor == 0
    lost = Bookmark(path / "below-a-file")
    lost.move(3)
    assert "cannot be written" in lost.trouble
    Bookmark(path).move(7)
    assert Bookmark(path).cursor == 7
    assert [file.name for file in tmp_path.iterdir()] == ["mark"]


def test_a_burst_longer_than_a_page_is_all_told(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting())
        await own.open("bbc")
        await own.first("bbc", *(f"item {number}" for number in range(2 * PAGE + 50)))
        told: list[str] = []
        for _ in range(4):
            told += news(await feed.look(own.clock.now()))
        assert told == [f"item {number}" for number in range(2 * PAGE + 50)]
        view = await feed.look(own.clock.now())
        assert view.totals is not None
        assert view.totals.items == 2 * PAGE + 50

    asyncio.run(story())


def test_lines_begin_with_the_newest_only(room: Newsroom, attached: Attached) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", *(f"item {number}" for number in range(100)))
        view = await Feed(attached, Lighting(), daemon=RUNNING).look(room.clock.now())
        assert news(view) == [f"item {number}" for number in range(100 - HISTORY, 100)]

    asyncio.run(story())


def test_a_file_that_vanishes_is_said_and_what_was_read_stays(
    room: Newsroom, path: Path, clock: ManualClock
) -> None:
    async def story(attached: Attached) -> None:
        feed = Feed(attached, Lighting(), daemon=RUNNING)
        await room.open("bbc")
        await room.first("bbc", "Weather")
        await feed.look(clock.now())

        away = path.with_name("away")
        path.rename(away)  # noqa: ASYNC240 - at once
        for _ in range(2):
            view = await feed.look(clock.now())
            assert "has vanished" in view.trouble
            assert view.totals is not None
            assert view.totals.items == 1

        away.rename(path)
        await room.publish("bbc", "ICBM launched")
        view = await feed.look(clock.now())
        assert view.trouble == ""
        assert troubles(view, clock.now()) == ["the store can be read again"]
        assert troubles(view, clock.now() + timedelta(minutes=1)) == []
        assert news(view) == ["ICBM launched", "bell: ICBM launched"]
        assert len(view.unseen) == 1

    attached = Attached(path)
    asyncio.run(story(attached))
    attached.close()


def test_the_pulse_of_a_file_changes_with_each_commit_and_only_then(
    room: Newsroom, attached: Attached
) -> None:
    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "Weather")
        on_the_thread = await attached.pulse()
        before = await attached.pulse()
        assert before != on_the_thread  # another connection, which counts otherwise
        assert await attached.pulse() == before
        await room.publish("bbc", "ICBM launched")
        after = await attached.pulse()
        assert after != before
        assert await attached.pulse() == after

    asyncio.run(story())


def test_the_pulse_of_a_file_that_went_says_so(room: Newsroom, path: Path, attached: Attached) -> None:
    async def story() -> None:
        await room.open("bbc")
        before = [await attached.pulse() for _ in range(2)][-1]
        os.rename(path, away := path.with_suffix(".away"))
        with pytest.raises(StoreError, match="has vanished"):
            await attached.pulse()
        os.rename(away, path)
        await room.first("bbc", "Weather")
        assert await attached.pulse() != before

    asyncio.run(story())


def test_another_database_in_its_place_is_read_anew(
    room: Newsroom, path: Path, tmp_path: Path, clock: ManualClock, attached: Attached
) -> None:
    async def story() -> None:
        feed = Feed(attached, Lighting(), daemon=RUNNING)
        await room.open("bbc")
        await room.first("bbc", *(f"item {number}" for number in range(30)))
        await feed.look(clock.now())

        other = Newsroom(SqliteStore(tmp_path / "other.db", clock), clock)
        await other.open("ntv")
        await other.first("ntv", "Weather")
        await other.publish("ntv", "ICBM launched")
        other.store.close()
        for beside in ("-wal", "-shm"):  # of the old one: they would be read as the new one's
            path.with_name(path.name + beside).unlink()
        (tmp_path / "other.db").replace(path)
        assert "was replaced by another file" in (await feed.look(clock.now())).trouble
        view = await feed.look(clock.now())
        assert await titles(attached) == ["ICBM launched", "Weather"]
        assert [alert.rule for alert in view.alerts] == ["escalation"]
        assert len(view.unseen) == 1

    asyncio.run(story())


def test_a_file_that_is_not_there_yet_is_waited_for(
    path: Path, clock: ManualClock, attached: Attached
) -> None:
    async def story() -> None:
        feed = Feed(attached, Lighting(), daemon=Daemon(pid=lambda: None, start="newsbell run --state D"))
        view = await feed.look(clock.now())
        assert view.totals is None
        said = troubles(view, clock.now())
        assert "does not exist yet" in said[0]
        assert said[1] == "the daemon is not running: `newsbell run --state D` starts it"

        store = SqliteStore(path, clock)
        room = Newsroom(store, clock)
        await room.open("bbc")
        await room.first("bbc", "Weather")
        view = await feed.look(clock.now())
        assert await titles(attached) == ["Weather"]
        assert view.trouble == ""
        store.close()

    asyncio.run(story())


def test_a_daemon_that_stops_and_comes_back_is_told(room: Newsroom, attached: Attached) -> None:
    pids = iter((7, None, 8))

    async def story() -> None:
        await room.open("bbc")
        feed = Feed(attached, Lighting(), daemon=Daemon(pid=lambda: next(pids)))
        view = await feed.look(room.clock.now())
        assert (view.pid, troubles(view, room.clock.now())) == (7, [])
        assert (await feed.look(room.clock.now())).pid == 7  # asked once a second

        room.clock.advance(1)
        view = await feed.look(room.clock.now())
        assert "not running" in troubles(view, room.clock.now())[0]
        assert next_poll(view, room.clock.now()) == ""

        room.clock.advance(1)
        view = await feed.look(room.clock.now())
        assert troubles(view, room.clock.now()) == ["the daemon was started: process 8"]

    asyncio.run(story())


def test_a_configuration_that_was_refused_is_said_until_it_is_mended(
    room: Newsroom, attached: Attached
) -> None:
    service = Service(pid=42, started_at=room.clock.now(), read_at=room.clock.now(), config="config.toml")
    said = "config.toml:6:9: rule 'fire': '(' is never closed\n    fire = \"(fire\"\n           ^"

    async def story() -> None:
        feed = Feed(attached, Lighting(), daemon=RUNNING)
        await room.store.note(replace(service, reads=2, refused=said))
        view = await feed.look(room.clock.now())
        assert troubles(view, room.clock.now()) == [
            "config.toml:6:9: rule 'fire': '(' is never closed; the configuration of before runs on"
        ]
        await room.store.note(replace(service, reads=3))
        room.clock.advance(2)
        view = await feed.look(room.clock.now())
        assert troubles(view, room.clock.now()) == []

    asyncio.run(story())


def test_the_countdown_runs_to_the_next_poll_and_says_when_one_runs(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting())
        await own.open("bbc", "ntv")
        claim = await own.claim("bbc")
        view = await feed.look(own.clock.now())
        assert (view.polling, next_poll(view, own.clock.now())) == (2, "now")
        own._claims[claim.source.name] = claim
        await own.first("bbc", "Weather")
        await own.first("ntv", "Weather")
        view = await feed.look(own.clock.now())
        assert next_poll(view, own.clock.now()) == "1:00"
        assert next_poll(view, own.clock.now() + timedelta(seconds=48.5)) == "0:12"

    asyncio.run(story())


def test_a_source_that_is_polled_now_is_not_said_to_wait_for_its_lease_to_end(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting())
        await own.open("bbc", pinned=True)
        await own.first("bbc", "Weather")
        await own.fail("bbc", "answered 503")
        own.clock.advance(60)
        claim = await own.claim("bbc")
        own.clock.advance(20)  # its server is slow
        view = await feed.look(own.clock.now())
        [row] = view.sources
        assert (row.next_poll_at, row.polling_since) == (None, claim.claimed_at)
        assert printing.next_poll(row) == f"now, since {printing.at(claim.claimed_at)}"
        assert round(polls_an_hour(view)) == 60
        assert troubles(view, own.clock.now()) == ["bbc: answered 503; trying again"]

    asyncio.run(story())


def test_the_trouble_of_a_source_is_a_sentence(own: Newsroom) -> None:
    async def story() -> None:
        feed = Feed(own.store, Lighting())
        await own.open("bbc", "ntv")
        await own.first("bbc", "Weather")
        await own.first("ntv", "Weather")
        await own.fail("ntv", "answered 503")
        view = await feed.look(own.clock.now())
        assert troubles(view, own.clock.now()) == ["ntv: answered 503; next try in 1:00"]
        await own.fail("ntv", "answered 503")
        view = await feed.look(own.clock.now())
        assert troubles(view, own.clock.now()) == ["ntv: answered 503, 2 times in a row; next try in 1:00"]

    asyncio.run(story())
