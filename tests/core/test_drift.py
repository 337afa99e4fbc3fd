"""Selectors that no longer fit their page are known by what the page used to hold, and told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core import drift
from monitor.model import AlertType, Claim, Entry, RawDate, Shape, Source, Trouble

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = Source(
    name="desk", url="https://e.org/", kind="page", options={"select": {"item": "li", "title": "h3"}}
)
USUAL = Shape(bodies=9, rows=20.0, linked=1.0, told=1.0, dated=1.0, select=drift.version(PAGE))
ROW = Entry(keys=("url:https://e.org/1",), title="Fire", summary="It burns.", dates=(RawDate(text="15:44"),))


def claim(shape: Shape = USUAL, source: Source = PAGE) -> Claim:
    return Claim(source=source, generation=1, claimed_at=NOW, shape=shape)


@pytest.mark.parametrize(
    ("row", "count", "changed"),
    [
        (ROW, 20, ""),
        (ROW, 11, ""),
        (ROW, 9, "9 rows where there were usually 20"),
        (ROW, 90, "90 rows where there were usually 20"),
        (replace(ROW, dates=()), 20, "no row has a time any more"),
        (replace(ROW, keys=("text:1",)), 20, "no row has a link any more"),
        (replace(ROW, summary=""), 20, "no row has a text under its headline any more"),
        (replace(ROW, dates=(), keys=()), 20, "no row has a time any more, no row has a link any more"),
    ],
)
def test_what_changed_is_said(row: Entry, count: int, changed: str) -> None:
    assert drift.judged(claim(), [row] * count, now=NOW).changed == changed


def test_a_habit_takes_three_bodies() -> None:
    young = replace(USUAL, bodies=2)
    assert drift.judged(claim(young), [ROW] * 3, now=NOW).changed == ""


def test_two_rows_say_little_by_their_number() -> None:
    assert drift.judged(claim(replace(USUAL, rows=2.0)), [ROW], now=NOW).changed == ""


def test_it_is_told_once_until_it_recovers() -> None:
    first = drift.judged(claim(), [ROW] * 5, now=NOW)
    [told] = drift.alerts(claim(), first, NOW)
    assert told.type == AlertType.SOURCE_DRIFTING
    assert told.sentence == "desk: its selectors drift: 5 rows where there were usually 20"
    second = drift.judged(claim(first.shape), [ROW] * 5, now=NOW + timedelta(hours=1))
    assert second.changed
    assert second.shape.drifting_since == NOW
    assert drift.alerts(claim(first.shape), second, NOW + timedelta(hours=1)) == ()
    well = drift.judged(claim(second.shape), [ROW] * 20, now=NOW + timedelta(hours=2))
    assert well.shape.drifting_since is None
    again = drift.judged(claim(well.shape), [ROW] * 5, now=NOW + timedelta(hours=3))
    [told_again] = drift.alerts(claim(well.shape), again, NOW + timedelta(hours=3))
    assert told_again.id != told.id


def test_what_stays_is_a_new_habit_at_last() -> None:
    shape, bodies = USUAL, 0
    while bodies < 200:
        judged = drift.judged(claim(shape), [ROW] * 9, now=NOW)
        shape, bodies = judged.shape, bodies + 1
        if not judged.changed:
            break
    assert 3 < bodies < 100


def test_no_row_at_all_is_drift_where_there_were_some_and_only_then() -> None:
    nothing = Trouble(sentence=f"{drift.NOTHING}: no row of item = 'li' in this page", kind="not-a-feed")
    assert drift.failed(claim(), nothing, now=NOW).changed == "no rows where there were usually 20"
    assert drift.failed(claim(Shape()), nothing, now=NOW).changed == ""
    assert drift.failed(claim(), Trouble(sentence="answered 503", kind="status"), now=NOW).changed == ""


def test_a_source_without_selectors_never_drifts() -> None:
    feed = Source(name="feed", url="https://e.org/rss")
    judged = drift.judged(claim(USUAL, feed), [ROW], now=NOW)
    assert (judged.changed, judged.shape) == ("", USUAL)
