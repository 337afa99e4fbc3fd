"""What does not come: bodies committed to a real file, and looked at as the daemon looks, by a clock that moves."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.alerts.absence import watches
from monitor.core.decide import Rulebook, failed
from monitor.core.telling.route import Routing
from monitor.daemon.polling.lookout import look, watch
from monitor.daemon.system.pulse import TURN, Pulse
from monitor.model import Alert, Rule, Source, Trouble
from monitor.rules.engine import Engine
from monitor.store import Damaged
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import transaction
from monitor.store.sqlite.polling import claims, polls
from monitor.store.sqlite.telling import absences
from tests.desk import START, Desk, line

WIRE = Source(name="wire", url="https://wire.example/rss", tags=("ukraine",))
OTHER = Source(name="other", url="https://other.example/rss")
QUIET = Rule(name="quiet", query="tag:ukraine", version="v1", absent=1_800.0)


@dataclass
class Moved:
    """A clock that the test sets."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, at: datetime) -> None:
        raise AssertionError("nobody waits here")


class Watch:
    """A newsroom over one file, with the daemon's look at what does not come."""

    def __init__(self, path: Path) -> None:
        self.path, self.rules, self.clock = path, (QUIET,), Moved()
        self.sources: tuple[Source, ...] = (WIRE, OTHER)
        self.begin()
        for name in ("wire", "other"):
            self.read(name, [])

    def begin(self) -> None:
        """Start, with nothing in memory."""
        self.desk = Desk(self.sources, self.rules, path=str(self.path), stories=True)
        self.store = SqliteStore(self.path, self.clock)
        asyncio.run(self.store.sync(rules=self.rules))
        self.said: set[tuple[str, str]] = set()

    def restart(self) -> None:
        self.end()
        self.begin()

    def end(self) -> None:
        self.store.close()
        self.desk.connection.close()

    def read(self, name: str, titles: Sequence[str]) -> None:
        self.desk.read(name, [line(title, guid=title) for title in titles], self.clock.at)

    def fails(self, name: str) -> None:
        """Let a poll of a source fail."""
        self.desk.connection.execute("update sources set next_poll_at = 0 where name = ?", (name,))
        self.desk.connection.execute("update budget set tokens = null")
        named = {source.name: source for source in self.sources}
        claimed = claims.claim_due(self.desk.connection, named, self.clock.at, 9)
        [claim] = [one for one in claimed if one.source.name == name]
        trouble = Trouble(sentence="answered 503", kind="status")
        with transaction(self.desk.connection):
            polls.apply(
                self.desk.connection, [failed(claim, trouble, self.book(), now=self.clock.at, jitter=0.0)]
            )

    def book(self) -> Rulebook:
        return Rulebook(
            engine=Engine(list(self.rules)),
            routing=Routing(everyone=("desk",)),
            watched=watches(self.rules, self.sources),
        )

    def after(self, minutes: float) -> None:
        self.clock.at += timedelta(minutes=minutes)

    def look(self) -> list[str]:
        """Return what alerts of the rule this made, as they are told."""
        before = len(self.alerts())
        heard = asyncio.run(look(self.store, self.book(), self.said))
        fresh = self.alerts()[before:]
        assert heard == (frozenset({"desk"}) if fresh else frozenset())
        return [alert.sentence for alert in fresh]

    def alerts(self) -> list[Alert]:
        found = reading.alerts(self.desk.connection, limit=99)[::-1]
        return [alert for alert in found if alert.rule]


@pytest.fixture
def it(tmp_path: Path, empty: Path) -> Iterator[Watch]:
    watch = Watch(Path(shutil.copy(empty, tmp_path / "newsbell.db")))
    yield watch
    watch.end()


def test_a_rule_rings_once_where_nothing_comes_and_once_more_when_something_does(it: Watch) -> None:
    it.after(29)
    it.read("wire", [])
    assert it.look() == []
    it.after(2)
    it.read("wire", [])
    assert it.look() == ["quiet: nothing for 31 min"]
    it.after(60)
    it.read("wire", [])
    assert it.look() == []
    it.read("wire", ["Blasts in Kyiv"])
    absent, recovered = it.alerts()
    assert (absent.type.value, recovered.type.value) == ("rule.absent", "rule.recovered")
    assert absent.dedupe == f"absent/quiet/{(START + timedelta(minutes=30)).isoformat()}"
    assert recovered.sentence == "quiet: came back after 2 h: Blasts in Kyiv"
    it.read("wire", ["Blasts in Kyiv", "More of them"])
    assert len(it.alerts()) == 2  # a match of such a rule rings nothing itself
    it.after(31)
    it.read("wire", ["More of them"])
    assert it.look() == ["quiet: nothing for 31 min"]


def test_a_match_begins_the_time_anew(it: Watch) -> None:
    it.after(20)
    it.read("wire", ["Blasts in Kyiv"])
    it.after(29)
    it.read("wire", ["Blasts in Kyiv"])
    assert it.look() == []


def test_nobody_is_called_silent_before_he_was_read(it: Watch) -> None:
    it.after(31)
    it.read("other", [])  # it has no such tag: it says nothing
    assert it.look() == []
    it.read("wire", ["Blasts in Kyiv"])
    assert it.look() == []


def test_a_source_that_a_neighbour_keeps_from_being_read_is_no_absence_and_is_named(
    it: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    it.after(20)
    why = "wire.example asks to be left alone for 2 h"
    with transaction(it.desk.connection):
        claims.leave_alone(it.desk.connection, ["wire"], it.clock.at + timedelta(hours=2), why)
    it.after(11)
    with caplog.at_level("WARNING"):
        assert it.look() == it.look() == []
    [said] = [one.getMessage() for one in caplog.records if "nothing could be read" in one.getMessage()]
    assert f"wire ({why})" in said
    it.after(120)
    assert it.look() == []  # it may be read by now
    it.read("wire", [])
    assert it.look() == ["quiet: nothing for 3 h"]


def test_a_source_that_cannot_be_read_is_no_absence(it: Watch, caplog: pytest.LogCaptureFixture) -> None:
    it.after(31)
    it.fails("wire")
    with caplog.at_level("WARNING"):
        assert it.look() == it.look() == []
    blind = [one.getMessage() for one in caplog.records if "nothing could be read" in one.getMessage()]
    assert len(blind) == 1
    assert "wire (answered 503)" in blind[0]
    it.read("wire", [])
    assert it.look() == ["quiet: nothing for 31 min"]


def test_one_of_two_that_cannot_be_read_is_named(it: Watch) -> None:
    it.sources = (WIRE, replace(OTHER, tags=("ukraine",)))
    it.restart()
    it.after(31)
    it.fails("wire")
    it.read("other", [])
    assert it.look() == ["quiet: nothing for 31 min; not read: wire (answered 503)"]


def test_it_outlives_a_restart_open_or_not(it: Watch) -> None:
    it.after(31)
    it.restart()
    assert it.look() == []  # not yet read since
    it.read("wire", [])
    assert len(it.look()) == 1
    it.restart()
    it.read("wire", [])
    assert it.look() == []
    it.read("wire", ["Blasts in Kyiv"])
    assert [alert.type.value for alert in it.alerts()] == ["rule.absent", "rule.recovered"]


def test_what_comes_between_the_look_and_its_commit_keeps_it_from_ringing(it: Watch) -> None:
    it.after(31)
    it.read("wire", [])
    due, _ = absences.due(it.desk.connection, it.clock.at)
    it.read("wire", ["Blasts in Kyiv"])
    assert absences.begin(it.desk.connection, due[0]) is False


@pytest.mark.parametrize(
    "changed",
    [
        lambda rule: replace(rule, version="v2"),  # it means something else
        lambda rule: replace(rule, absent=3_600.0),
        lambda rule: replace(rule, ring=False),
    ],
)
def test_a_rule_that_is_changed_looks_forward(it: Watch, changed: Callable[[Rule], Rule]) -> None:
    it.after(31)
    it.rules = (changed(QUIET),)
    it.restart()
    it.read("wire", [])
    assert it.look() == []


def test_a_lookout_that_stands_still_is_known_by_its_name(it: Watch) -> None:
    async def turns() -> None:
        now, tick = [0.0], asyncio.Event()
        pulse = Pulse(clock=lambda: now[0])
        looking = asyncio.create_task(watch(it.store, it.book, tick, lambda _: None, pulse=pulse))
        await asyncio.sleep(0)
        now[0] = TURN + 1
        assert pulse.still() == {"absence": TURN + 1}
        tick.set()
        async with asyncio.timeout(10):
            while pulse.still():
                await asyncio.sleep(0.001)
        looking.cancel()

    asyncio.run(turns())


def test_a_damaged_store_is_no_trouble_to_wait_out(it: Watch) -> None:
    it.after(31)
    it.desk.connection.execute("update absences set rule = cast(x'ff61' as text)")
    with pytest.raises(Damaged):
        asyncio.run(
            asyncio.wait_for(watch(it.store, it.book, asyncio.Event(), lambda _: None, pulse=Pulse()), 10)
        )
