"""What is usual for a rule, by its own count."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.alerts import bursts
from monitor.model import Burst, Item, Pace, Published, Rule
from tests.desk import START

HOUR = timedelta(hours=1)
BURST = Burst(times=5.0, within=3_600.0, at_least=5)
MORNING = datetime(2026, 3, 2, tzinfo=UTC)


def watched(days: int, by_hour: dict[int, int], *, asleep: range = range(0)) -> Pace:
    """Return the pace after so many whole days with so many matches at these hours; `asleep` are hours of no look."""
    pace = bursts.NOTHING
    for hour in range(24 * days):
        at = MORNING + hour * HOUR
        if at.hour not in asleep:
            pace = bursts.looked(pace, at, matches=by_hour.get(at.hour, 0))
            pace = bursts.looked(pace, at + HOUR / 2)
    return pace


def after(days: int, hour: float) -> datetime:
    return MORNING + timedelta(days=days, hours=hour)


def test_nothing_is_usual_before_two_days_were_looked_at() -> None:
    assert bursts.usual(watched(1, {9: 3}), after(1, 10), 3_600) is None
    assert bursts.usual(watched(2, {9: 3}), after(2, 10), 3_600) is not None


def test_each_hour_has_its_own_usual_number_as_far_as_days_prove_it() -> None:
    few, many = watched(3, {9: 12}), watched(40, {9: 12})
    at_nine, at_night = after(40, 10), after(40, 3)
    assert bursts.usual(many, at_nine, 3_600) == pytest.approx(12, rel=0.25)
    assert bursts.usual(many, at_night, 3_600) == pytest.approx(0, abs=0.2)
    some = bursts.usual(few, after(3, 10), 3_600)
    assert some is not None
    assert 2 < some < 6  # three days prove little
    half = bursts.usual(many, after(40, 9.5), 3_600)  # half of an hour without
    assert half == pytest.approx(6, rel=0.25)


def test_a_night_in_which_nothing_was_read_makes_no_rule_rare() -> None:
    whole, half = (
        watched(10, dict.fromkeys(range(24), 2)),
        watched(10, dict.fromkeys(range(24), 2), asleep=range(12)),
    )
    assert bursts.usual(half, after(10, 15), 3_600) == pytest.approx(2)
    assert bursts.usual(half, after(10, 5), 3_600) == bursts.usual(whole, after(10, 5), 3_600)
    late = bursts.usual(whole, after(30, 15), 3_600)  # nobody was here for three weeks
    assert late == pytest.approx(2)


def test_what_is_usual_is_forgotten_for_what_is_usual_by_now() -> None:
    pace = watched(30, {12: 10})
    for day in range(30, 90):
        for hour in range(24):
            pace = bursts.looked(pace, after(day, hour))
    usually = bursts.usual(pace, after(90, 13), 3_600)
    assert usually is not None
    assert usually < 1.5


def test_a_burst_is_not_held_against_itself() -> None:
    pace = watched(10, dict.fromkeys(range(24), 1))
    before = bursts.usual(pace, after(10, 12), 3_600)
    pace = bursts.looked(pace, after(10, 12), matches=100)
    assert bursts.usual(pace, after(10, 12), 3_600) == pytest.approx(before)


def test_from_one_to_three_is_no_burst() -> None:
    assert bursts.needed(BURST, 0.4) == 5
    assert bursts.needed(BURST, 2.1) == 11
    assert bursts.needed(BURST, 1_000.0) == bursts.COUNTED


def test_a_clock_that_is_set_back_counts_on() -> None:
    pace = bursts.looked(bursts.looked(bursts.NOTHING, after(3, 1), matches=2), after(2, 1), matches=3)
    assert (pace.day, pace.today[1]) == (int(after(3, 0).timestamp() // 86_400), 5)


def seen(hours: float, *, sure: bool = True, name: str = "a") -> Item:
    """Return an item that was published so many hours before it was seen."""
    at = START - hours * HOUR
    published = Published(earliest=at, latest=at, origin="stated", sure=sure)
    return Item(
        id=name, source="wire", title="Blast", summary="", url="", published=published, first_seen_at=START
    )


def test_what_was_published_long_before_it_was_seen_is_no_part_of_a_burst() -> None:
    assert [bursts.late(BURST, seen(hours)) for hours in (0, 0.9, 1, 5)] == [False, False, True, True]
    assert not bursts.late(BURST, seen(5, sure=False))
    rule = Rule(name="many", query="blast", burst=BURST)
    items = [seen(0), seen(0), seen(5, name="b"), seen(0.5, name="c")]
    assert bursts.came([(rule, item) for item in items]) == {"many": 2}
    assert bursts.came([(replace(rule, burst=None), item) for item in items]) == {}
    pace = watched(3, {})
    assert bursts.tally(BURST, pace, items, after(3, 0)).detail == "2 of 5 items within 60 min, usually 0.0"
