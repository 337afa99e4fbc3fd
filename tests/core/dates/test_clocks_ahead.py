"""Clocks of a zone that is wrong, not known, or changed tonight: no row becomes a day, a week or a year old for it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core.dates.timestamps import Row, dated
from monitor.model import Lag, Published, RawDate, Source

KYIV = Source(name="kyiv", url="https://example.org/", timezone="Europe/Kyiv")  # +02:00 in November
NOWHERE = Source(name="nowhere", url="https://example.org/")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)  # a Tuesday, 15:05 in Kyiv
SINCE = NOW - 10 * MINUTE


def local(it: Published) -> str:
    """Return a date as people in Kyiv write it, a guess with "?"."""
    return f"{it.earliest.astimezone(ZoneInfo('Europe/Kyiv')):%y-%m-%d %H:%M}" + ("" if it.sure else "?")


def shown(
    *texts: str, since: datetime | None = SINCE, now: datetime = NOW, source: Source = KYIV
) -> list[str]:
    rows = [Row([RawDate(text=it, origin="text")]) for it in texts]
    return [local(it) for it in dated(source, rows, now=now, since=since).published]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Nov 24, 3:14 PM", "26-11-24 15:14"),  # so much clocks may differ
        ("Nov 24, 3:25 PM", "26-11-24 15:25?"),
        ("24 Nov, 16:04", "26-11-24 16:04?"),  # of a zone an hour further east
        ("24 Nov 2026, 16:04", "26-11-24 16:04?"),
        ("25 Nov, 09:00", "26-11-25 09:00?"),
        ("25 Nov", "26-11-25 00:00?"),
        ("23 Nov, 16:04", "26-11-23 16:04"),
        ("26 Nov, 09:00", "25-11-26 09:00?"),  # no news is dated so far ahead; nor by chance a year back
        ("24 Dec", "25-12-24 00:00?"),
        ("1 Aug, 09:00", "26-08-01 09:00"),
        ("1 May, 09:00", "26-05-01 09:00?"),  # 207 days back, and 158 ahead
    ],
)
def test_a_date_without_its_year_is_the_nearest(text: str, at: str) -> None:
    for since in (SINCE, None):
        assert shown(text, since=since) == [at]


def test_figures_that_mean_today_a_little_later_mean_no_day_of_another_month() -> None:
    now = datetime(2026, 11, 10, 13, 5, tzinfo=UTC)
    assert shown("11/10/2026 15:25", now=now, since=now - 10 * MINUTE) == ["26-11-10 15:25?"]
    assert shown("11/10 15:25", now=now, since=now - 10 * MINUTE) == ["26-11-10 15:25?"]


def test_a_weekday_of_a_new_row_is_of_today() -> None:
    assert shown("Tue 15:12") == ["26-11-24 15:12"]
    assert shown("Tue 15:55") == ["26-11-24 15:55?"]
    assert shown("Tue 20:00") == ["26-11-17 20:00"]  # what is to come is announced otherwise
    night = datetime(2026, 11, 24, 21, 40, tzinfo=UTC)
    assert shown("Wed 00:20", now=night, since=night - 10 * MINUTE) == ["26-11-25 00:20?"]


def test_a_weekday_of_a_first_body_is_the_last_and_may_be_of_today() -> None:
    assert shown("Tue 15:55", since=None) == ["26-11-17 15:55?"]
    assert shown("Tue 20:00", since=None) == ["26-11-17 20:00"]
    assert shown("Tue 14:55", "Tue 15:55", since=NOW - 2 * DAY) == ["26-11-24 14:55", "26-11-17 15:55?"]


def test_a_today_a_little_ahead_is_not_yesterday() -> None:
    for since in (SINCE, None):
        assert shown("Today 15:25", since=since) == ["26-11-24 15:25?"]
        assert shown("Today 15:55", "Today 15:20", "Today 14:50", "Yesterday 20:00", since=since)[::3] == [
            "26-11-24 15:55?",
            "26-11-23 20:00?",
        ]


# -- a zone that was inferred, on the night of a clock change ---------------------------------


def over_a_change(written: str, *, then: timedelta, until: int = 18) -> list[str]:
    """Return how items are dated that come each five minutes, by a clock two hours ahead, and `then` from the
    eleventh on: how many minutes off, with "?" for a guess."""
    lags: tuple[Lag, ...] = ()
    at, off = NOW, []
    for n in range(18):
        shown_at = at - MINUTE + (then if 10 <= n < until else 2 * HOUR)
        row = Row([RawDate(text=f"{shown_at:{written}}", origin="text")])
        one = dated(NOWHERE, [row], now=at, since=at - 5 * MINUTE, lags=lags)
        [found] = one.published
        off.append(f"{(found.earliest - at + MINUTE) // MINUTE}{'' if found.sure else '?'}")
        lags, at = one.lags, at + 5 * MINUTE
    return off


@pytest.mark.parametrize("written", ["%d %b, %H:%M", "%Y-%m-%d %H:%M", "%a %H:%M", "%H:%M"])
@pytest.mark.parametrize("then", [HOUR, 3 * HOUR])
def test_an_inferred_zone_whose_clock_changes_is_doubted_at_once(written: str, then: timedelta) -> None:
    off = over_a_change(written, then=then)
    assert off[5:10] == ["0"] * 5
    assert [it for it in off[10:] if not it.endswith("?") and it != "0"] == []
    assert off[13:] == ["0"] * 5  # learned again


def test_an_item_that_is_shown_an_hour_late_costs_the_next_one_nothing() -> None:
    off = over_a_change("%d %b, %H:%M", then=HOUR, until=11)
    assert off[5:] == [*["0"] * 5, "-60?", *["0"] * 7]


# -- a day's name in a zone that is not known -------------------------------------------------


def anywhere(text: str, *, now: datetime) -> Published:
    for since in (None, now - 5 * HOUR):
        rows = [Row([RawDate(text=text, origin="text")])]
        [found] = dated(NOWHERE, rows, now=now, since=since).published
    return found


@pytest.mark.parametrize("hour", [0, 3, 8, 14, 20, 23])
@pytest.mark.parametrize("ago", [0, 1])
def test_a_day_counted_from_a_today_that_nobody_knows_is_a_guess_as_wide_as_the_zones_allow(
    hour: int, ago: int
) -> None:
    now = datetime(2026, 11, 24, hour, 30, tzinfo=UTC)
    found = anywhere(f"{('Today', 'Yesterday')[ago]} 00:15", now=now)
    assert not found.sure
    for offset in (-10, -5, 0, 2, 5.5, 9, 13):
        there = now + offset * HOUR
        at = there.replace(hour=0, minute=15) - ago * DAY - offset * HOUR
        assert found.earliest <= at <= found.latest or at > now
    assert found.latest <= now - ago * 23 * HOUR


def test_what_is_of_yesterday_everywhere_does_not_reach_until_now() -> None:
    found = anywhere("Yesterday 9:15 PM", now=datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    assert f"{found.earliest:%d %H:%M} {found.latest:%d %H:%M}" == "23 06:15 24 05:16"


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("Tue 12:00", False),
        ("Nov 24, 12:00", True),
        ("Nov 24", True),
        ("2026-11-24 12:00", True),
        ("26 Nov", False),
        ("26 Nov, 12:00", False),
        ("Wed 12:00", False),
    ],
)
def test_a_date_that_is_stated_is_sure_in_a_zone_not_known_if_it_is_the_nearest(
    text: str, sure: bool
) -> None:
    assert anywhere(text, now=NOW).sure == sure
