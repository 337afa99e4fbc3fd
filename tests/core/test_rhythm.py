"""When a poll is worth it: laws of the rate, the profiles, the burst, the price and the plan."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.cadence import Bounds, next_poll, pull
from monitor.core.rhythm import burst, learning, plan, price, quiet, trust
from monitor.core.rhythm.forecast import Forecast
from monitor.core.rhythm.rate import DAY, posterior
from monitor.model import Advice, Budget, Hints, NextPoll, Published, Rhythm, Source, Tempo, Trouble

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AT = NOW.timestamp()
HOUR, MINUTE = 3_600.0, 60.0
FEED = Source(name="wire", url="http://127.0.0.1/rss", every=600.0)
BOUNDS = Bounds(min=60.0, max=21_600.0)


def steady(a_day: float) -> Tempo:
    """Return the tempo of a source that brings so much at any time alike."""
    return Tempo(items=7 * a_day, exposure=7 * DAY, at=AT)


def coming(
    tempo: Tempo, *, source: Source = FEED, others: float = 0.03, n: int = 10, **given: object
) -> NextPoll:
    """Return the next poll of a source that shares a budget with nine others."""
    budget = Budget(every=600.0, sources=n, pull=others)
    return next_poll(
        source,
        now=NOW,
        started_at=NOW,
        bounds=BOUNDS,
        rhythm=Rhythm(tempo=tempo, looked_at=NOW),
        budget=budget,
        **given,  # type: ignore[arg-type]
    )


def seconds(poll: NextPoll) -> float:
    return (poll.at - NOW).total_seconds()


# -- the law ----------------------------------------------------------------------------------


def test_at_a_constant_rate_the_interval_is_the_square_root_law() -> None:
    quick, slow = (Forecast.of(steady(rate), AT) for rate in (96.0, 6.0))
    due = [plan.due(it, 0.5, soonest=AT, latest=AT + DAY) - AT for it in (quick, slow)]
    assert due[0] == pytest.approx(math.sqrt(2 * 0.5 / quick.base), rel=1e-6)
    assert due[1] / due[0] == pytest.approx(math.sqrt(quick.base / slow.base), rel=1e-6)


def test_a_lone_source_is_polled_each_every_however_much_it_brings() -> None:
    for a_day in (1.0, 10.0, 100.0):
        assert seconds(coming(steady(a_day), others=0.0, n=1)) == pytest.approx(600.0)


def test_four_times_the_priority_is_twice_as_often() -> None:
    usual = coming(steady(20.0))
    urgent = coming(steady(20.0), source=replace(FEED, priority=4.0), others=0.03 - usual.pull)
    assert seconds(usual) / seconds(urgent) == pytest.approx(2.0, rel=0.1)
    assert urgent.pull == pytest.approx(2 * usual.pull)


def test_by_alerts_a_source_counts_as_much_as_rules_match_it() -> None:
    by_alerts = replace(FEED, by_alerts=True)
    for share, pulls in ((0.0, 0.07), (0.5, 0.71), (1.0, 1.0)):
        tempo = steady(20.0)
        tempo = replace(tempo, seen=140.0, matched=share * 140.0)
        rhythm = Rhythm(tempo=tempo)
        assert pull(by_alerts, rhythm, NOW) / pull(FEED, rhythm, NOW) == pytest.approx(pulls, abs=0.01)


def test_pushed_items_need_no_poll() -> None:
    all_pushed = coming(steady(20.0), hints=Hints(pushed=0.99))
    assert seconds(all_pushed) > 5 * seconds(coming(steady(20.0)))


def test_what_a_publisher_states_counts_only_while_nothing_is_known() -> None:
    hint = Hints(advice=Advice(every=900.0))
    assert seconds(coming(Tempo(at=AT), hints=hint)) < seconds(coming(Tempo(at=AT))) / 5
    assert seconds(coming(steady(2.0), hints=hint)) == pytest.approx(seconds(coming(steady(2.0))), rel=0.02)


def test_a_day_of_silence_is_little_proof_against_a_source_that_nobody_knows() -> None:
    """A section brings an item in two or three days: after the first of them it is not left to its fate."""
    silent = learning.learnt(Tempo(at=AT), AT + DAY, ())
    assert 0.25 < Forecast.of(silent, AT + DAY).base * DAY < 0.5
    for day in range(2, 29):
        silent = learning.learnt(silent, AT + day * DAY, ())
    assert Forecast.of(silent, AT + 28 * DAY).base * DAY < 0.06


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


NIGHT = Hints(advice=Advice(skip_hours=(0, 1, 2)))


def test_hours_in_which_a_feed_asks_not_to_be_read_are_left_out() -> None:
    poll = coming(steady(2.0), hints=NIGHT)
    assert poll.at == at(3)
    assert poll.why == "in 3 h: the feed asks not to be read from 00:00 to 03:00 UTC"
    weekend = coming(steady(2.0), hints=Hints(advice=Advice(skip_days=(6,))))  # 1 March 2026 is a Sunday
    assert weekend.at == at(6)  # at the latest after `max`, whatever is asked


def test_a_hint_loses_no_item_and_changes_no_pinned_interval() -> None:
    window = Rhythm(tempo=steady(2.0), window=6, hours=(12.0,) * 24, looked_at=NOW)  # it lasts half an hour
    given = {"now": NOW, "started_at": NOW, "bounds": BOUNDS, "hints": NIGHT}
    assert next_poll(FEED, rhythm=window, **given).at == NOW + timedelta(minutes=10)  # type: ignore[arg-type]
    pinned = replace(FEED, pinned=True)
    assert next_poll(pinned, rhythm=replace(window, window=0), **given).at == NOW + timedelta(minutes=10)  # type: ignore[arg-type]


def test_an_hour_in_which_it_publishes_after_all_is_read() -> None:
    """Its clock shows two hours more than UTC: what came at its 02:00 came at 00:00."""
    came = [0.0] * 24
    came[2] = 5.0
    belied = replace(steady(20.0), hours=tuple(came))
    advice = Advice(skip_hours=(0, 1, 2))
    assert quiet.over(at(0, 30), advice, belied, ahead=7_200.0) == at(0, 30)
    assert quiet.over(at(1, 30), advice, belied, ahead=7_200.0) == at(3)
    assert quiet.over(at(0, 30), advice, belied) == at(2)  # by UTC it came at 02:00


def test_a_feed_that_is_never_to_be_read_says_nothing() -> None:
    advice = Advice(skip_hours=tuple(range(24)), skip_days=())
    assert quiet.over(at(5), advice, Tempo()) == at(5)
    assert quiet.over(at(5), Advice(skip_days=tuple(range(7))), Tempo()) == at(5)


def test_a_stated_schedule_is_met_just_after_its_mark_while_nothing_is_known() -> None:
    """Every five minutes, counted from 00:07."""
    advice = Advice(every=300.0, base=AT + 420.0)
    poll = coming(Tempo(at=AT), hints=Hints(advice=advice), others=0.3)
    assert (seconds(poll) - 422.0) % 300.0 == 0
    known = coming(replace(steady(2.0), seen=50.0), hints=Hints(advice=advice))
    assert (seconds(known) - 422.0) % 300.0 != 0
    seldom = Hints(
        advice=replace(advice, every=5 * 3_600.0)
    )  # coarser than the interval: it would put it off
    assert (seconds(coming(Tempo(at=AT), hints=seldom)) - 422.0) % 18_000.0 != 0


@given(
    advice=st.builds(
        Advice,
        every=st.floats(0, 1e6),
        base=st.floats(0, 2e9),
        skip_hours=st.sets(st.integers(0, 23)).map(tuple),
        skip_days=st.sets(st.integers(0, 6)).map(tuple),
    ),
    a_day=st.floats(0, 500),
)
def test_whatever_a_feed_says_the_next_poll_stays_within_its_bounds(advice: Advice, a_day: float) -> None:
    assert BOUNDS.min <= seconds(coming(steady(a_day), hints=Hints(advice=advice))) <= BOUNDS.max


# -- what a look teaches ----------------------------------------------------------------------


def test_a_first_body_is_a_history() -> None:
    dice = Random(1)
    tempo = learning.begun(sorted(AT - dice.uniform(0, 10) * DAY for _ in range(480)), AT)
    assert posterior(tempo.items, tempo.exposure) * DAY == pytest.approx(48.0, rel=0.1)


def test_a_month_of_silence_in_a_first_body_is_known_as_such() -> None:
    silent = learning.begun([AT - n * DAY for n in range(60, 90)], AT)
    assert posterior(silent.items, silent.exposure) * DAY < 0.03


def test_a_first_body_without_dates_teaches_nothing() -> None:
    assert learning.begun([], AT) == learning.begun([AT], AT) == Tempo(at=AT)


def test_quiet_hours_are_not_asked_about_and_busy_ones_are() -> None:
    dates = [AT - n * HOUR for n in range(28 * 24) if 8 <= (24 - n) % 24 < 18]
    tempo = learning.begun(sorted(dates), AT)
    rates = [Forecast.of(tempo, AT).rate(AT + hour * HOUR) for hour in range(24)]
    assert min(rates[9:17]) > 5 * max(rates[20:24])
    kyiv = [
        Forecast.of(learning.begun(sorted(dates), AT, ahead=7_200.0), AT, ahead=7_200.0).rate(AT + 12 * HOUR)
    ]
    assert kyiv[0] == pytest.approx(rates[12], rel=0.05)  # another zone names the hours, and changes nothing


def test_a_timetable_is_met_on_the_minute() -> None:
    """Items at :00 for weeks: the next poll is just after the next full hour, not spread over it."""
    tempo = learning.begun([AT - n * HOUR + 5 for n in range(24 * 20, 0, -1)], AT - 1200)
    forecast = Forecast.of(tempo, AT - 1200)
    due = plan.due(forecast, 20.0, soonest=AT - 1140, latest=AT + 6 * HOUR)
    assert 0 <= (due % HOUR) <= 90


def test_a_batch_is_one_proof_of_an_hour() -> None:
    one = learning.learnt(Tempo(at=AT), AT + 600, [AT + 300.0 + n for n in range(30)])
    assert sum(one.hours) == sum(one.minutes) == 1.0
    assert one.items == 30


def test_bursts_are_followed_only_where_they_have_meant_something() -> None:
    dice, tempo, now = Random(1), steady(6.0), AT
    for _ in range(60):  # each first item brings three more within the hour
        now += 4 * HOUR
        for _ in range(4):
            tempo = learning.learnt(tempo, now, [now - 60.0])
            now += 600.0
    assert burst.gain(tempo.brought, tempo.predicted) > 0.3
    now += 4 * HOUR
    begun = Forecast.of(learning.learnt(tempo, now, [now - 300.0, now - 60.0, now - 1.0]), now)
    assert begun.stir > begun.base
    lone = steady(6.0)
    now = AT
    for _ in range(240):
        gap = dice.uniform(2, 6) * HOUR
        for step in range(1, 5):
            lone = learning.learnt(lone, now + gap * step / 4, [now + gap] if step == 4 else [])
        now += gap
    assert burst.gain(lone.brought, lone.predicted) < burst.gain(tempo.brought, tempo.predicted) / 3


moments = st.floats(-10 * DAY, 10 * DAY)


@given(
    looks=st.lists(st.tuples(moments, st.lists(moments, max_size=20)), min_size=1, max_size=20),
)
def test_no_clock_and_no_date_makes_more_of_a_source_than_it_brought(
    looks: Sequence[tuple[float, list[float]]],
) -> None:
    """Clocks jump back and forth, dates are doubled and to come: the rate is never above items per time looked at."""
    tempo, items, watched, last = Tempo(at=AT), 0, 0.0, AT
    for jump, dates in looks:
        now = AT + jump
        tempo = learning.learnt(tempo, now, [now + date for date in dates])
        items, watched, last = items + len(dates), watched + max(now - last, 0.0), now
    forecast = Forecast.of(tempo, tempo.at)
    assert tempo.items <= items + 1e-9
    assert sum(tempo.hours) <= items + 1e-9
    assert tempo.lately <= items + 1e-9
    assert 0 <= forecast.stir <= items / burst.SPAN
    assert all(
        math.isfinite(value) and value >= 0 for value in (*tempo.hours, *tempo.minutes, tempo.exposure)
    )
    assert forecast.base <= posterior(items, 0.0)


# -- the bounds -------------------------------------------------------------------------------


@given(
    a_day=st.floats(0.01, 5_000),
    others=st.floats(0.0, 10.0),
    floor=st.floats(-1_000, 100_000),
    expires=st.none() | st.floats(-1_000, 10_000),
    kept=st.floats(0, 4_000),
    jitter=st.floats(0, 0.999),
    window=st.integers(0, 50),
)
def test_a_poll_is_never_too_soon_nor_too_late(
    a_day: float, others: float, floor: float, expires: float | None, kept: float, jitter: float, window: int
) -> None:
    tempo = Tempo(items=a_day * 7, exposure=7 * DAY, at=AT)
    hints = Hints(
        not_before=NOW + timedelta(seconds=floor),
        expires_at=None if expires is None else NOW + timedelta(seconds=expires),
        fresh_for=kept,
    )
    poll = next_poll(
        FEED,
        now=NOW,
        started_at=NOW,
        bounds=BOUNDS,
        rhythm=Rhythm(tempo=tempo, window=window, looked_at=NOW, hours=(a_day / 24,) * 24),
        budget=Budget(every=600.0, sources=10, pull=others),
        hints=hints,
        jitter=jitter,
    )
    late = max(BOUNDS.max, min(floor, DAY), expires or 0.0) + 2 + kept  # a cache may be filled just after
    assert max(BOUNDS.min, min(floor, DAY)) - 1e-3 <= seconds(poll) <= late + 1e-3


def test_a_source_that_falls_silent_is_asked_ever_more_seldom_up_to_max() -> None:
    tempo, now, last = steady(40.0), AT, 0.0
    for _ in range(500):
        forecast = Forecast.of(tempo, now)
        due = plan.due(forecast, 2_000.0, soonest=now + 60, latest=now + BOUNDS.max) - now
        assert due >= last - 1e-6
        last = due
        now += due
        tempo = learning.learnt(tempo, now, ())
    assert last == BOUNDS.max


def test_a_retry_after_wins_over_what_a_poll_is_worth() -> None:
    asked = coming(steady(500.0), hints=Hints(not_before=NOW + timedelta(hours=2)))
    assert seconds(asked) == 7_200.0
    busy = Trouble(sentence="answered 429", kind="status", status=429, retry_after=5_000.0)
    assert seconds(coming(steady(500.0), failures=1, trouble=busy)) == 5_000.0


def test_failures_back_off_and_leave_the_claim_on_the_budget_alone() -> None:
    down = Trouble(sentence="answered 403", kind="status", status=403)
    polls = [coming(steady(50.0), failures=n, trouble=down) for n in (1, 2, 3)]
    assert [seconds(poll) for poll in polls] == [600.0, 1200.0, 2400.0]
    assert {poll.pull for poll in polls} == {coming(steady(50.0)).pull}


def test_a_cache_is_asked_just_after_it_was_filled_anew() -> None:
    plain = seconds(coming(steady(50.0)))
    expires = NOW + timedelta(seconds=100)
    snapped = seconds(coming(steady(50.0), hints=Hints(expires_at=expires, fresh_for=300.0)))
    assert (snapped - 102.0) % 300.0 == pytest.approx(0.0, abs=1e-3)
    assert abs(snapped - plain) <= 150.0
    once = Hints(expires_at=NOW + timedelta(seconds=plain + 50))
    assert seconds(coming(steady(50.0), hints=once)) == pytest.approx(plain + 52)


def test_the_window_comes_before_the_budget() -> None:
    small = Rhythm(tempo=steady(0.5), window=10, hours=(20.0,) * 24, looked_at=NOW)
    poll = next_poll(
        FEED,
        now=NOW,
        started_at=NOW,
        bounds=BOUNDS,
        rhythm=small,
        budget=Budget(every=600.0, sources=10, pull=0.1),
    )
    assert seconds(poll) == 600.0  # ten items last half an hour
    assert poll.at == poll.latest_at
    assert poll.why == "in 10 min: its 10 items last 30 min in its busiest hour"


def test_a_pinned_source_takes_no_part() -> None:
    poll = coming(steady(500.0), source=replace(FEED, every=900.0, pinned=True))
    assert (seconds(poll), poll.pull, poll.why) == (900.0, 0.0, "in 15 min: pinned to that")


# -- the price --------------------------------------------------------------------------------


@given(n=st.integers(1, 200), every=st.floats(60, 7_200), step=st.floats(5, 600))
def test_no_hour_has_more_than_its_tokens(n: int, every: float, step: float) -> None:
    """Whoever is always due polls, in any hour, one and a half of its budget at most, however few they are."""
    budget, now, made = Budget(every=every, sources=n, at=AT), AT, 0
    while now < AT + HOUR:
        budget = price.passed(budget, now)
        able = 0
        while price.wait(budget, able) <= 0:
            able += 1
        budget = price.passed(budget, now, able)
        made += able
        now += step
    allowed = HOUR * n / every
    assert made <= max(1.5 * allowed, 1.25 * allowed + price.FEW) + 1


def test_the_price_rises_while_too_much_is_polled_and_falls_back() -> None:
    budget = Budget(every=600.0, sources=60, at=AT)
    for _ in range(24):
        budget = price.passed(budget, budget.at + HOUR, polls=450)  # a quarter too many
    dear = budget.correction
    assert dear > 1.3
    for _ in range(48):
        budget = price.passed(budget, budget.at + HOUR, polls=270)
    assert budget.correction < dear / 1.2


def test_no_source_no_price() -> None:
    nobody = price.passed(Budget(), AT, 3)
    assert (price.price(nobody), price.wait(nobody), nobody.at) == (0.0, 0.0, AT)


# -- dates ------------------------------------------------------------------------------------


def published(at: datetime, *, wide: float = 0.0, origin: str = "stated", sure: bool = True) -> Published:
    return Published(earliest=at - timedelta(seconds=wide), latest=at, origin=origin, sure=sure)  # type: ignore[arg-type]


def test_dates_that_stand_for_days_teach_no_history() -> None:
    days = [published(NOW - timedelta(days=n)) for n in range(10)]
    assert trust.history(days, NOW) == []
    hours = [published(NOW - timedelta(minutes=97 * n)) for n in range(10)]
    assert len(trust.history(hours, NOW)) == 10
    assert trust.history([published(NOW + timedelta(hours=1))], NOW) == []


def test_a_vague_date_tells_no_moment() -> None:
    vague = (
        published(NOW, wide=3_600.0),
        published(NOW, origin="first-seen"),
        published(NOW, sure=False),
    )
    assert [trust.told(date) for date in vague] == [None] * 3
    assert trust.told(published(NOW, wide=60.0)) == AT
