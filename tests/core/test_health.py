"""A source that is not well is told once, and once when it is well again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core import health
from monitor.model import AlertType, Claim, Response, Rhythm, Severity, Source, Trouble

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
WIRE = Source(name="wire", url="https://e.org/rss")
HOUR = timedelta(hours=1)
NEW = Rhythm()
REFUSED = Trouble(kind="network", sentence="connection refused")


def claim(rhythm: Rhythm = NEW, failures: int = 0) -> Claim:
    return Claim(source=WIRE, generation=1, claimed_at=START, rhythm=rhythm, failures=failures)


def failing(polls: Sequence[bool]) -> list[str]:
    """Return what is told through polls that were answered, or not."""
    failures, told = 0, []
    for n, answered in enumerate(polls):
        now = START + n * HOUR
        if answered:
            alerts = health.well(claim(failures=failures), Rhythm(), now)
            failures = 0
        else:
            alerts = health.failed(claim(failures=failures), REFUSED, now)
            failures += 1
        told += [str(alert.type) for alert in alerts]
    return told


def test_three_failures_in_a_row_are_told_once_and_so_is_their_end() -> None:
    assert failing([True, False, False, True, False]) == []
    assert failing([False] * 9) == ["source.failing"]
    assert failing([False] * 9 + [True] * 3) == ["source.failing", "source.recovered"]
    assert failing([False] * 3 + [True] + [False] * 3) == [
        "source.failing",
        "source.recovered",
        "source.failing",
    ]


def test_who_is_gone_for_good_is_told_at_once() -> None:
    [alert] = health.failed(claim(), Trouble(kind="gone", sentence="answered 410"), START)
    assert (alert.type, alert.severity, alert.sentence) == (
        AlertType.SOURCE_FAILING,
        Severity.CRITICAL,
        "wire: answered 410",
    )


def days(pauses: Sequence[float], then: float, *, every: float = 1.0) -> list[tuple[float, str]]:
    """Return what is told, and after how many hours of quiet, by a source with such pauses (hours) and then quiet."""
    rhythm, now, told = health.begun(Rhythm(looked_at=START), [], START), START, []
    news = [START]
    for pause in pauses:
        news.append(news[-1] + pause * HOUR)
    end = news[-1] + then * HOUR
    while now < end:
        before, now = now, now + every * HOUR
        seconds = every * 3600
        came = sum(before < at <= now for at in news)
        after = replace(
            rhythm, looked_at=now, arrived=rhythm.arrived + came, watched=rhythm.watched + seconds
        )
        after = health.brought(after, before, now) if came else health.kept(after, now)
        alerts = health.well(claim(rhythm), after, now)
        told += [((now - news[-1]) / HOUR, str(alert.type)) for alert in alerts]
        rhythm = after
    return told


def test_a_wire_that_falls_silent_is_told_when_it_is_quiet_for_twice_its_nights() -> None:
    nights = ([0.5] * 32 + [8.0]) * 12
    [(after, kind)] = days(nights, 60)
    assert kind == "source.silent"
    assert 14 <= after <= 18


def test_a_weekend_is_no_silence_not_even_the_first() -> None:
    weeks = ([1.0] * 8 + [16.0]) * 4 + [1.0] * 8 + [64.0]
    assert days(weeks * 3, 2) == []


def test_news_after_a_silence_are_told_once() -> None:
    [silent, back] = days([0.5] * 600 + [40.0] + [0.5] * 48, 1)
    assert (silent[1], back[1]) == ("source.silent", "source.recovered")


def test_the_time_when_nobody_looked_is_no_pause_of_the_source() -> None:
    rhythm = Rhythm(new_at=START, longest=3600.0, looked_at=START)
    later = START + timedelta(days=9)
    assert health.brought(rhythm, START, later).longest < 3600.0


def test_a_source_that_never_brought_anything_is_not_silent() -> None:
    assert not health.kept(Rhythm(new_at=START), START + timedelta(days=400)).silent


@pytest.mark.parametrize("to", [(), ("ops", "desk")])
def test_who_is_named_hears_of_it(to: tuple[str, ...]) -> None:
    rings = health.rings(health.failed(claim(failures=2), REFUSED, START), to)
    assert [ring.notifiers for ring in rings] == [to]
    assert rings[0].alert.sentence == "wire: connection refused, 3 times in a row"


def answered(at: datetime, ahead: float, age: float = 0.0) -> Response:
    """Return an answer by a clock that is so many seconds ahead, after `age` in caches that say so."""
    made = at + timedelta(seconds=ahead - age)
    return Response(url=WIRE.url, status=304, received_at=at, server_at=made, age=age)


def timed(
    aheads: Sequence[float | None], *, every: float = 60.0, cached: bool = False
) -> list[tuple[int, str]]:
    """Return what is told at which look of a source whose server is so far ahead; None: it sends no `Date`."""
    rhythm, told = Rhythm(looked_at=START), []
    for n, ahead in enumerate(aheads):
        now = START + timedelta(seconds=(n + 1) * every)
        off = ahead if ahead is None or not cached else ahead - n * every
        response = answered(now, off) if off is not None else replace(answered(now, 0), server_at=None)
        after = health.timed(replace(rhythm, looked_at=now), rhythm, response)
        told += [(n, str(one.type)) for one in health.well(claim(rhythm), after, now)]
        rhythm = after
    return told


@pytest.mark.parametrize("ahead", [420.0, -420.0, -7200.0])
def test_a_clock_that_is_off_is_told_once_and_so_is_its_end(ahead: float) -> None:
    off = [0.0, ahead, ahead + 1, ahead - 1, ahead, None, ahead, ahead + 60, 1.0, 0.0]
    assert timed(off) == [(3, "source.skewed"), (8, "source.recovered")]


def test_what_a_cache_kept_is_no_clock_that_is_off() -> None:
    assert timed([-300.0] * 40, cached=True) == []
    assert timed([-300.0] * 40, cached=True, every=11.0) == []
    assert timed([400.0] * 40, every=5.0) == []  # too near to each other to tell one from the other
    rhythm = Rhythm(looked_at=START - HOUR)
    assert health.timed(rhythm, rhythm, answered(START, 0.0, age=3_000.0)).skewed == 0


def test_minutes_that_a_slow_answer_takes_are_no_clock_that_is_off() -> None:
    assert timed([-200.0] * 9) == []
    assert timed([400.0, 360.0, 420.0, 380.0] * 3) == []
