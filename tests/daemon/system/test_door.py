"""The service's socket: whoever is let in reads all and changes nothing but what people do."""

import asyncio
import json
import os
import resource
import socket
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answers import finding, life
from monitor.core.telling import hush
from monitor.daemon.system import door
from monitor.model import Hub, Matcher, Rule, Secret, Source, Subscription
from monitor.rules.query.language import parse
from monitor.store import StoreError, Unanswered
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import exporting, reading
from monitor.store.sqlite.database import reader
from monitor.store.sqlite.outside import spoken
from monitor.store.sqlite.outside.attached import Attached
from monitor.store.sqlite.outside.through import Through, daemon_at, read_through
from monitor.store.sqlite.polling import subscriptions
from monitor.store.sqlite.telling import silences
from tests.desk import START, Desk, line
from tests.virtual import ManualClock

WIRE = Source(name="wire", url="http://e.org/rss", backlog="all")
ROWS = 10  # in one answer
MANY = ROWS * 2 + 7  # items: three answers
Within = Callable[[Callable[[Path], None]], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "newsbell.db"


@pytest.fixture
def store(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    monkeypatch.setattr("monitor.store.sqlite.outside.statements.ROWS", ROWS)
    store = SqliteStore(path, ManualClock(START))
    asyncio.run(store.sync(notifiers={"desk": "1"}))
    desk = Desk([WIRE], [Rule(name="quake", query="quake")], path=str(path))
    desk.read("wire", [], START)
    desk.read("wire", [line(f"quake {n}", url=f"http://e.org/{n}") for n in range(MANY)], START)
    yield store
    store.close()


@pytest.fixture
def within(store: SqliteStore, tmp_path: Path) -> Within:
    """Run a story of a guest, on a thread of its own, while the door is open."""

    def run(story: Callable[[Path], None]) -> None:
        async def opened() -> None:
            where = tmp_path / "newsbell.sock"
            async with door.opened(where, store):
                await asyncio.to_thread(story, where)

        asyncio.run(opened())

    return run


def test_a_guest_reads_what_the_file_says(within: Within, path: Path) -> None:
    def story(where: Path) -> None:
        file, through = reader(path), read_through(where)
        for question in (
            lambda store: reading.items(store, limit=20),
            lambda store: reading.alerts(store, limit=20),
            lambda store: reading.deliveries(store, limit=20),
            reading.sources,
            reading.totals,
            reading.notifiers,
            lambda store: [item for item, _ in finding.matching(store, parse("quake AND 17"), START)],
            lambda store: life.of(store, "wire", (), {"wire": WIRE}).found,
            lambda store: life.of(store, "http://e.org/5", (), {}).found,
            lambda store: list(exporting.items(store, None)),
        ):
            said = question(through)
            assert said, question
            assert said == question(file)
        assert len(list(exporting.items(through, None))) == MANY
        through.close()
        file.close()

    within(story)


def test_a_guest_changes_nothing_by_what_it_asks(within: Within) -> None:
    def story(where: Path) -> None:
        guest = Through(where)
        for sql in (
            "delete from items",
            "update deliveries set state = 'sent'",
            "insert into sources (name) values ('x')",
            "drop table items",
            "attach '/etc/passwd' as other",
            "attach ':memory:' as other",
            "vacuum into '/tmp/stolen.db'",
            "pragma journal_mode = delete",
            "pragma user_version = 1",
            "pragma writable_schema = on",
            "begin immediate",
            "create temp table t (a)",
            "select load_extension('x')",
            "select zeroblob(16000000), zeroblob(16000000), zeroblob(16000000)",  # nor makes much of little
            "select replace(hex(title), '3', summary) from items",
            "select group_concat(title) from items",
        ):
            with pytest.raises(StoreError):
                guest.execute(sql)
        [count] = guest.execute("select count(*) as n from items where title like ?", ("quake %",)).fetchall()
        assert (count["n"], count[0], count.keys()) == (MANY, MANY, ["n"])
        guest.close()

    within(story)


def test_a_guest_tells_again_and_keeps_quiet(within: Within, path: Path) -> None:
    def story(where: Path) -> None:
        file, guest = reader(path), Through(where)
        [first, *_] = reading.deliveries(file, limit=1)
        assert asyncio.run(guest.replay([first.id])) == 1
        made = hush.silence(
            [Matcher("rule", "=", "quake")], START, START + timedelta(hours=2), "drill", nonce="1"
        )
        assert asyncio.run(guest.silence(made)) == MANY
        assert silences.listed(file, START) == [made]
        assert {one.state for one in reading.deliveries(file, limit=9)} == {"held"}
        assert asyncio.run(guest.end_silences([made.id])) == 1
        assert silences.listed(file, START) == []
        guest.close()
        file.close()

    within(story)


NO_REQUESTS = (
    b"what is new?\n",
    b"[]\n",
    b"{}\n",
    b'{"ask": 7}\n',
    b'{"ask": "select ?", "with": [[]]}\n',
    b'{"ask": "select ?", "with": [99999999999999999999]}\n',
    b'{"ask": "select ?"}\n',
    b'{"ask": "select"}\n',
    b'{"more": 4}\n',
    b'{"more": []}\n',
    b'{"more": 1.0}\n',
    b'{"more": true}\n',
    b'{"ask": "select 1; select 2"}\n',
    b'{"ask": "select 1\\u0000"}\n',
    b'{"ask": "select ?", "with": ["\\ud800"]}\n',
    b'{"ask": "select :a", "with": {"b": 1}}\n',
    b'{"ask": "select cast(x\'ff\' as text)"}\n',
    b'{"do": "stop"}\n',
    b'{"do": ["replay"]}\n',
    b'{"do": "replay"}\n',
    b'{"do": "replay", "ids": [1]}\n',
    b'{"do": "silence", "silence": {"id": 1}}\n',
    b'{"ask": "select 1", "drop": 3}\n',
    b'{"ask": "select zeroblob(900000000)"}\n',
    b"[" * 100_000 + b"\n",
    b"\xff\n",
)


def test_who_says_what_is_no_request_is_told_so_and_may_ask_on(within: Within) -> None:
    def story(where: Path) -> None:
        with socket.socket(socket.AF_UNIX) as guest:
            guest.settimeout(10)
            guest.connect(str(where))
            lines = guest.makefile("rb")
            lines.readline()
            for sent in NO_REQUESTS:
                guest.sendall(sent)
                assert json.loads(lines.readline()).keys() == {"error"}, sent[:80]
                guest.sendall(b'{"ask": "select 7"}\n')
                assert json.loads(lines.readline())["rows"] == [[7]], sent[:80]

    within(story)


NO_SILENCES: tuple[dict[str, object], ...] = (
    {"matchers": [["colour", "=", "red"]]},
    {"matchers": [["rule", "~", "quake"]]},
    {"matchers": [["rule", "=~", "("]]},
    {"matchers": [["severity", "=", "loud"]]},
    {"matchers": ["rule"]},
    {"starts_at": "2026-11-29T08:00:00"},
    {"ends_at": "2026-11-29T08:00:00"},
)


def test_a_silence_that_would_fail_at_every_alert_is_not_taken(within: Within, path: Path) -> None:
    made = hush.silence([Matcher("rule", "=", "calm")], START, START + timedelta(hours=2), nonce="1")

    def story(where: Path) -> None:
        file, guest = reader(path), Through(where)
        for wrong in NO_SILENCES:
            with pytest.raises(StoreError, match="silence: "):
                guest.say({"do": "silence", "silence": spoken.silence_said(made) | wrong})
        assert silences.listed(file, START) == []
        guest.close()
        file.close()

    within(story)


def test_a_guest_is_not_told_by_what_a_hub_signs(within: Within, store: SqliteStore, path: Path) -> None:
    agreed = Subscription(
        id="x", source="wire", hub=Hub(url="http://h.org/", topic="t"), callback="c/x",
        secret=Secret("whsec"), state="active", due_at=START,
    )  # fmt: skip
    asyncio.run(store.database.write(lambda connection: subscriptions.write(connection, agreed)))

    def story(where: Path) -> None:
        guest = read_through(where)
        for sql in (
            "select secret from subscriptions",
            "select secret || '' from subscriptions",
            "select id from subscriptions where source = 'wire'",
            "select callback from subscriptions",
            "select max(secret) from subscriptions",
            "with s as (select * from subscriptions) select secret from s",
        ):
            assert [tuple(row) for row in guest.execute(sql)] == [(None,)], sql
        assert subscriptions.every(guest)["wire"].hub == agreed.hub
        guest.close()

    within(story)


def test_who_asks_for_more_than_a_request_may_hold_is_hung_up_on(within: Within) -> None:
    def story(where: Path) -> None:
        with socket.socket(socket.AF_UNIX) as guest:
            guest.settimeout(10)
            guest.connect(str(where))
            lines = guest.makefile("rb")
            lines.readline()
            with suppress(OSError):  # it may be hung up on before all is sent
                guest.sendall(b"x" * (spoken.LONGEST * 4))
            with suppress(ConnectionResetError):
                assert json.loads(lines.readline()) == {"error": "a request has at most 1 MiB"}
                assert lines.readline() == b""
        other = Through(where)
        assert next(other.execute("select 1"))[0] == 1
        other.close()

    within(story)


def test_an_answer_holds_no_more_than_is_good(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.sqlite.outside.statements.FULL", 100)

    def story(where: Path) -> None:
        guest = Through(where)
        said = guest.say({"ask": "select title, ? as long from items", "with": ["x" * 60]})
        assert (len(said["rows"]), said["more"] is not None) == (2, True)
        assert len(guest.execute("select title, ? as long from items", ["x" * 60]).fetchall()) == MANY
        guest.close()

    within(story)


def test_the_daemon_waits_for_no_guest_when_it_ends(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.store.sqlite.outside.statements.PATIENCE", 3_600.0)
    where = tmp_path / "newsbell.sock"

    async def story() -> None:
        async with door.opened(where, store):
            sent, answers = await asyncio.open_unix_connection(str(where))
            await sent.readline()
            answers.write(
                b'{"ask": "with recursive n(a) as (select 1 union all select a from n) select 1 from n where a > 1"}\n'
            )
            while not (busy := [one for one in threading.enumerate() if one.name.startswith("guest")]):
                await asyncio.sleep(0.01)
        assert await sent.readline() == b""
        for thread in busy:
            thread.join(60)
            assert not thread.is_alive()
        answers.close()

    asyncio.run(story())


def test_answers_that_nobody_reads_on_are_few(within: Within) -> None:
    def story(where: Path) -> None:
        guest = Through(where)
        kept = guest.execute("select title from items")
        for _ in range(3):
            assert next(guest.execute("select title from items"))["title"]  # left there
        assert len(kept.fetchall()) == MANY
        left = [guest.execute("select title from items") for _ in range(9)]
        with pytest.raises(StoreError, match="ask again"):
            left[0].fetchall()
        assert len(left[-1].fetchall()) == MANY
        guest.close()

    within(story)


def test_what_takes_too_long_is_given_up(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.sqlite.outside.statements.PATIENCE", 0.05)

    def story(where: Path) -> None:
        guest = Through(where)
        with pytest.raises(StoreError, match="was given up"):
            guest.execute(
                "with recursive n(a) as (select 1 union all select a + 1 from n) select sum(a) from n"
            )
        assert next(guest.execute("select 1"))[0] == 1
        guest.close()

    within(story)


def test_an_answer_that_is_not_read_on_is_forgotten_so_that_the_file_can_shrink(
    within: Within, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.daemon.system.door.UNREAD", 0.05)

    def story(where: Path) -> None:
        guest = Through(where)
        rows = guest.execute("select title from items")
        while _reads(path):
            pass
        with pytest.raises(StoreError, match="ask again"):
            rows.fetchall()
        guest.close()

    within(story)


def test_an_answer_is_forgotten_too_where_its_guest_asks_other_things(
    within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(where: Path) -> None:
        guest = Through(where)
        kept = guest.execute("select title from items")
        monkeypatch.setattr("monitor.store.sqlite.outside.statements.UNREAD", -1.0)
        assert next(guest.execute("select 7"))[0] == 7
        with pytest.raises(StoreError, match="ask again"):
            kept.fetchall()
        assert len(guest.execute("select title from items").fetchall()) == MANY  # what is read on is kept
        guest.close()

    within(story)


def _reads(path: Path) -> bool:
    """Tell whether somebody still reads an earlier state of the file, so that its log cannot be emptied."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("update deliveries set reason = reason || 'x'")
        other.commit()
        busy: int = other.execute("pragma wal_checkpoint(truncate)").fetchone()[0]
    return busy == 1


def test_no_more_are_let_in_than_there_is_room_for(within: Within, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.daemon.system.door.GUESTS", 2)

    def story(where: Path) -> None:
        two = [Through(where), Through(where)]
        with pytest.raises(StoreError, match="2 others are attached"):
            Through(where)
        for one in two:
            one.close()

    within(story)


def test_where_no_descriptor_is_left_the_next_one_waits(
    within: Within, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.daemon.system.door.RELIEF", 0.01)

    def story(where: Path) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket(socket.AF_UNIX) as guest:
            os.close(free := os.dup(guest.fileno()))
            resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
            try:
                guest.settimeout(0.2)
                guest.connect(str(where))
                with pytest.raises(TimeoutError):
                    guest.recv(1)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            guest.settimeout(10)
            assert guest.recv(1) == b"{"

    within(story)


def test_the_socket_is_for_its_owner_and_group_and_goes_with_the_daemon(
    within: Within, tmp_path: Path
) -> None:
    def story(where: Path) -> None:
        assert stat.S_IMODE(where.stat().st_mode) == 0o660
        assert daemon_at(where) == os.getpid()

    within(story)
    assert not (tmp_path / "newsbell.sock").exists()
    assert daemon_at(tmp_path / "newsbell.sock") is None
    with pytest.raises(Unanswered, match=r"newsbell\.sock \(it is not there\): `systemctl --user start"):
        read_through(tmp_path / "newsbell.sock")


def test_a_socket_that_a_killed_daemon_left_is_replaced(within: Within, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "newsbell.sock"))
    with pytest.raises(Unanswered, match=r"\(a daemon that was killed left it\)"):
        read_through(tmp_path / "newsbell.sock")
    within(lambda where: read_through(where).close())


def test_a_place_that_cannot_be_listened_on_stops_no_daemon(store: SqliteStore, tmp_path: Path) -> None:
    async def story() -> None:
        async with door.opened(tmp_path / "nowhere" / "newsbell.sock", store):
            pass
        async with door.opened(None, store):
            pass

    asyncio.run(story())


def test_a_daemon_of_another_schema_is_not_misread(tmp_path: Path) -> None:
    where = tmp_path / "newsbell.sock"

    async def story() -> None:
        async def greet(_: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
            answers.write(b'{"newsbell": "9.0", "schema": 999}\n')
            answers.close()

        server = await asyncio.start_unix_server(greet, str(where))
        with pytest.raises(StoreError, match=r"is newsbell 9\.0 with schema 999"):
            await asyncio.to_thread(Through, where)
        server.close()

    asyncio.run(story())


def test_a_watcher_takes_up_again_with_the_daemon_that_comes_next(store: SqliteStore, tmp_path: Path) -> None:
    where = tmp_path / "newsbell.sock"

    async def story() -> None:
        watcher = Attached(where, read_through)
        async with door.opened(where, store):
            before = await watcher.read(reading.stream_end)
            assert before
        with pytest.raises(StoreError):
            await watcher.read(reading.stream_end)
        async with door.opened(where, store):
            for _ in range(2):  # once it says that another took its place
                try:
                    assert await watcher.read(reading.stream_end) == before
                except StoreError:
                    continue
        watcher.close()

    asyncio.run(story())


def test_the_pulse_tells_of_commits(within: Within, path: Path) -> None:
    def story(where: Path) -> None:
        guest = read_through(where)
        before = reading.pulse(guest)
        assert reading.pulse(guest) == before
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("update deliveries set reason = 'x'")
        assert reading.pulse(guest) != before
        guest.close()

    within(story)
