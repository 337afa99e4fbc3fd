"""When to poll next: the window at its busiest hour, few rows, a burst, Retry-After, and the reason in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cadence import Bounds, allowed, begun, interval, measured, next_poll, still, too_seldom
from monitor.model import NextPoll, Rhythm, Source, Trouble

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = Source(name="wire", url="http://127.0.0.1/rss", every=600.0)
PAGE = Source(name="sidebar", url="http://127.0.0.1/", kind="page", every=600.0)
PINNED = replace(FEED, every=900.0, pinned=True)
DOWN = Trouble(sentence="answered 503", kind="status", status=503)


def ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


def coming(
    source: Source, rhythm: Rhythm, *, failures: int = 0, trouble: Trouble | None = None, least: float = 60.0
) -> NextPoll:
    return next_poll(
        source,
        now=NOW,
        started_at=NOW,
        failures=failures,
        trouble=trouble,
        bounds=Bounds(min=least),
        rhythm=rhythm,
    )


def seconds(poll: NextPoll) -> float:
    return (poll.at - NOW).total_seconds()


def test_without_a_measure_the_configured_interval_holds() -> None:
    poll = coming(FEED, Rhythm())
    assert (seconds(poll), poll.why, poll.may_miss) == (600.0, "in 10 min: as configured", "")


@pytest.mark.parametrize(("rows", "due"), [(1, 60.0), (5, 60.0), (6, 600.0)])
def test_a_page_that_shows_five_rows_or_fewer_starts_at_60_s(rows: int, due: float) -> None:
    assert seconds(coming(PAGE, begun(rows, [], NOW))) == due


def test_the_reason_for_a_small_page_is_said_in_words() -> None:
    assert coming(PAGE, begun(2, [], NOW)).why == "in 60 s: it shows 2 items"


def test_a_feed_of_two_items_a_year_old_is_not_hurried() -> None:
    assert seconds(coming(FEED, begun(2, ago(500_000, 400_000), NOW))) == 600.0


def test_a_first_body_tells_its_busiest_hour_and_its_pace() -> None:
    rhythm = begun(20, ago(*range(1, 21)), NOW)  # twenty items within twenty minutes
    poll = coming(FEED, rhythm)
    assert seconds(poll) == pytest.approx(20 * 60 / 3, rel=0.1)
    assert "its 20 items last 2" in poll.why
    assert "at its present pace" in poll.why


def test_dates_that_a_site_made_up_say_nothing() -> None:
    assert begun(50, ago(*[5] * 50), NOW) == Rhythm(window=50, looked_at=NOW)
    assert begun(50, [NOW + timedelta(hours=1)] * 50, NOW).pace == 0


def test_the_busiest_hour_is_remembered_at_night() -> None:
    """12 items an hour by day, 6 visible: by the rule a poll each 10 minutes, also when nothing comes."""
    rhythm = begun(6, [], NOW)
    for n in range(1, 7):
        rhythm = measured(rhythm, window=6, arrived=2, now=NOW + timedelta(minutes=10 * n))
    night = still(rhythm, NOW + timedelta(hours=12))
    assert night.hours[12] == pytest.approx(10, rel=0.06)
    assert interval(replace(FEED, every=3600.0), 0, Bounds(), night) == pytest.approx(6 * 3600 / 30, rel=0.06)


def test_a_busy_hour_counts_half_a_week_later() -> None:
    rhythm = measured(begun(6, [], NOW), window=6, arrived=6, now=NOW + timedelta(minutes=10))
    assert still(rhythm, NOW + timedelta(days=7, minutes=10)).hours[12] == pytest.approx(3.0)


@pytest.mark.parametrize("fresh", [11, 15, 20])
def test_less_than_half_of_a_body_known_makes_the_next_poll_come_sooner(fresh: int) -> None:
    rhythm = measured(begun(20, [], NOW - timedelta(minutes=10)), window=20, arrived=fresh, now=NOW)
    poll = coming(FEED, rhythm)
    assert seconds(poll) == pytest.approx(600 * 20 / fresh / 3)
    assert seconds(poll) < 600


def test_a_burst_is_soon_forgotten() -> None:
    rhythm = measured(begun(20, [], NOW - timedelta(minutes=10)), window=20, arrived=15, now=NOW)
    assert allowed(FEED, still(rhythm, NOW + timedelta(hours=1))).seconds > 600


def test_a_burst_of_weeks_ago_breaks_nothing() -> None:
    """It has faded below what a float holds well: the window then lasts for ever, and nobody says so."""
    rhythm = measured(begun(20, [], NOW - timedelta(minutes=10)), window=20, arrived=15, now=NOW)
    for days in (10, 21, 21.5, 22, 23, 400):
        assert coming(FEED, still(rhythm, NOW + timedelta(days=days))).why.startswith("in 10 min")


def test_one_item_in_a_minute_does_not_make_a_long_list_hasty() -> None:
    rhythm = measured(begun(20, [], NOW - timedelta(seconds=60)), window=20, arrived=1, now=NOW)
    assert seconds(coming(FEED, rhythm)) > 300


def test_min_is_the_floor_and_says_when_it_loses() -> None:
    rhythm = Rhythm(window=10, hours=(900.0, *[0.0] * 23), looked_at=NOW)  # ten items last 40 s
    poll = coming(FEED, rhythm)
    assert seconds(poll) == 60.0
    assert poll.may_miss.startswith("never more often than 60 s, and its 10 items last 40 s in its busiest")


def test_a_pinned_interval_is_kept_to_the_letter_and_says_when_it_loses() -> None:
    slow = replace(PAGE, every=900.0, pinned=True)
    poll = coming(slow, begun(2, [], NOW))
    assert (seconds(poll), poll.why) == (900.0, "in 15 min: pinned to that")
    assert poll.may_miss == "pinned to 15 min, and it shows 2 items: that asks for a poll every 60 s"
    assert too_seldom(slow, Bounds(), begun(2, [], NOW)) == poll.may_miss
    quick = coming(replace(PAGE, every=5.0, pinned=True), begun(2, [], NOW))
    assert (seconds(quick), quick.may_miss) == (5.0, "")


def test_only_what_the_publisher_asks_for_overrides_the_window() -> None:
    busy = Trouble(sentence="answered 429", kind="status", status=429, retry_after=7200.0)
    poll = coming(PAGE, begun(2, [], NOW), failures=1, trouble=busy)
    assert seconds(poll) == 7200.0
    assert poll.why == "in 2 h: the publisher asks to be left alone for 2 h"
    assert poll.may_miss == "the publisher asks to be left alone for 2 h, and it shows 2 items"


def test_a_retry_after_shorter_than_the_interval_changes_nothing() -> None:
    soon = Trouble(sentence="answered 503", kind="status", status=503, retry_after=5.0)
    assert seconds(coming(FEED, Rhythm(), failures=1, trouble=soon)) == 600.0


def test_a_site_that_is_down_is_asked_as_often_as_its_window_wants() -> None:
    """It may be back any moment, and then its two rows go by as fast as ever."""
    assert seconds(coming(PAGE, begun(2, [], NOW), failures=9, trouble=DOWN)) == 60.0
    assert seconds(coming(FEED, Rhythm(), failures=3, trouble=DOWN)) == 2400.0


def test_a_site_that_refuses_us_is_left_alone_longer_and_longer() -> None:
    no = Trouble(sentence="answered 403", kind="status", status=403)
    poll = coming(PAGE, begun(2, [], NOW), failures=4, trouble=no)
    assert seconds(poll) == 480.0
    assert poll.may_miss.startswith("it failed 4 times in a row, and it shows 2 items")


@given(
    window=st.integers(0, 300),
    arrived=st.lists(st.integers(0, 300), max_size=30),
    gaps=st.lists(st.floats(0, 400_000), min_size=30, max_size=30),
)
def test_the_interval_stays_within_its_bounds_whatever_was_measured(
    window: int, arrived: list[int], gaps: list[float]
) -> None:
    rhythm, now = begun(window, [], NOW), NOW
    for count, gap in zip(arrived, gaps, strict=False):
        now += timedelta(seconds=gap)
        rhythm = measured(rhythm, window=window, arrived=min(count, window), now=now)
    for source in (FEED, PAGE):
        due = interval(source, 0, Bounds(), rhythm)
        assert 60.0 <= due <= 600.0
        assert due <= max(60.0, allowed(source, rhythm).seconds)
    assert interval(PINNED, 0, Bounds(), rhythm) == 900.0


def test_a_clock_set_back_does_no_harm() -> None:
    rhythm = measured(begun(20, [], NOW), window=20, arrived=3, now=NOW - timedelta(hours=5))
    assert 60.0 <= interval(FEED, 0, Bounds(), rhythm) <= 600.0
