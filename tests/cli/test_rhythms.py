"""What `why SOURCE` and `sources --plan` say of the rhythm: measured beside expected, and what more polls would buy."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from monitor.answers import life, sources
from monitor.cli import life as telling
from monitor.cli import rhythms
from monitor.model import Entry, Source
from monitor.store.sqlite.asked import history, reading
from tests.desk import EVERYTHING, START, Desk, line

BUSY = Source(name="busy", url="https://e.org/busy", every=600.0)
QUIET = Source(name="quiet", url="https://e.org/quiet", every=600.0)
SOURCES = {"busy": BUSY, "quiet": QUIET}


def row(n: int, at: datetime) -> Entry:
    return line(f"Headline number {n}", guid=f"g{n}", url=f"https://e.org/{n}", at=at.isoformat())


def body(now: datetime, every: timedelta, first: datetime) -> Sequence[Entry]:
    """Return the items that came each `every` since `first`, newest first, each two minutes after its date."""
    count = int((now - first) / every) + 1
    return [row(n, first + n * every - timedelta(minutes=2)) for n in range(count)][::-1][:20]


@pytest.fixture(scope="module")
def room() -> Desk:
    """Two days of a source that brings an item each 40 minutes, polled each 10; another that brings nothing."""
    room, first = Desk([BUSY, QUIET], [EVERYTHING]), START - timedelta(days=5)
    for step in range(2 * 24 * 6):
        now = START + timedelta(minutes=10 * step + 5)
        room.read("busy", body(now, timedelta(minutes=40), first), now)
        if step % 18 == 0:
            room.read("quiet", [row(10_000, START - timedelta(days=90))], now)
    return room


def test_why_tells_the_rhythm_of_a_source(room: Desk) -> None:
    [found] = life.of(room.connection, "busy", (), SOURCES).found
    told = "\n".join(telling.lines(found))
    assert "  rhythm    3" in told  # 36 items a day, less what the newest weigh more
    assert "items a day, polled every" in told
    assert "of the polls that are shared out" in told
    assert "expected for an item that comes now; measured in 7 days: mean 7 min, 95 % within 7 min" in told
    assert "the publisher itself takes" not in told
    assert "polls, 0% answered 304 in the last 24 h" in told
    assert "at most 6 an hour: every 10 min" in told
    assert "by day" in told


def test_a_source_without_news_says_so(room: Desk) -> None:
    [found] = life.of(room.connection, "quiet", (), SOURCES).found
    told = "\n".join(telling.lines(found))
    assert "none measured in 7 days" in told


def test_a_measured_wait_is_ours_and_not_the_publishers(room: Desk) -> None:
    waits = history.waits(room.connection, START, source="busy")
    assert waits.items == 71  # the first body's are left out
    assert waits.mean == waits.p95 == 420.0  # each poll comes seven minutes after the date
    assert waits.publisher == 0.0


def test_an_item_dated_before_the_last_look_was_late_itself() -> None:
    room = Desk([BUSY], [EVERYTHING])
    room.read("busy", [row(1, START)], START)
    room.read("busy", [row(2, START - timedelta(minutes=30)), row(1, START)], START + timedelta(minutes=10))
    waits = history.waits(room.connection, START)
    assert (waits.items, waits.mean, waits.publisher) == (1, 600.0, 1_800.0)


def test_a_plan_says_what_more_polls_would_buy(room: Desk) -> None:
    rows = reading.sources(room.connection)
    found = sources.of(room.connection, rows, SOURCES, alone=False)
    whole = sources.planned(room.connection, found)
    told = rhythms.plan_lines(found, whole)
    assert told[0].startswith("busy ")
    assert told[1].startswith("quiet ")
    assert any(text.startswith("budget: 12 polls an hour, one each 10 min for 2 sources") for text in told)
    assert "  e.org: 152 polls, 0% answered 304" in told  # both sources are its
    half, same, double = whole.offers
    assert [offer[0] for offer in whole.offers] == [300.0, 600.0, 1_200.0]
    assert half[1] == pytest.approx(same[1] / 2) == pytest.approx(double[1] / 4)
    assert same[1] < same[2] == 300.0  # sooner than a fixed interval of 10 minutes
    assert sum(it.share for it in found) == pytest.approx(1.0)


def test_json_has_the_same(room: Desk) -> None:
    [found] = life.of(room.connection, "busy", (), SOURCES).found
    told = life.as_json(found)["rhythm"]
    assert told["name"] == "busy"
    assert told["measured_wait"] == {"items": 71, "mean": 420.0, "p95": 420.0, "publisher": 0.0}
    assert 0 < told["expected_wait"] < 600
    assert sum(hour["polls"] for hour in told["polled"]) == 288
    rows = sources.of(room.connection, reading.sources(room.connection), {}, alone=False)
    plan = sources.plan_json(sources.planned(room.connection, rows))
    assert plan["budget"] == {"every": 600.0, "sources": 2, "polls_an_hour": 12.0}
    assert plan["hosts"] == [{"host": "e.org", "polls": 152, "not_modified": 0, "equal": 0}]
    assert len(plan["offers"]) == 3
