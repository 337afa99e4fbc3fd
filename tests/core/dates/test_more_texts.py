"""Stamps that people write beside the plain ones: ages of social media, cities' times, Arabic; and what is none."""

from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.core.dates.datetexts import clock_text, read
from monitor.core.dates.readings import DAY, HOUR, MINUTE, SECOND, Day, Reading
from monitor.core.dates.timestamps import Row, dated
from monitor.model import RawDate, Source

HALF_AN_HOUR, WEEK = 30 * MINUTE, timedelta(days=7)


def clock(hour: int, minute: int, *, zone: str = "") -> Reading:
    return Reading(shape="clock", clock=time(hour, minute), zone=zone, width=MINUTE)


def local(day: Day, hour: int, minute: int) -> Reading:
    return Reading(shape="local", day=day, clock=time(hour, minute), width=MINUTE)


def ago(width: timedelta, count: int = 1) -> Reading:
    return Reading(shape="ago", ago=count * width, width=width)


def day(**named: int) -> Reading:
    return Reading(shape="day", day=Day(**named), width=DAY)  # type: ignore[arg-type]  # whole numbers alone


TODAY, YESTERDAY = Day(ago=0), Day(ago=1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5m", ago(MINUTE, 5)),
        (" 2h ", ago(HOUR, 2)),
        ("1d", ago(DAY)),
        ("30s", ago(SECOND, 30)),
        ("a few seconds ago", ago(MINUTE, 0)),
        ("Moments ago", ago(MINUTE, 0)),
        ("przed chwilą", ago(MINUTE, 0)),
        ("кілька секунд тому", ago(MINUTE, 0)),
        ("half an hour ago", ago(HALF_AN_HOUR)),
        ("полчаса назад", ago(HALF_AN_HOUR)),
        ("пів години тому", ago(HALF_AN_HOUR)),
        ("vor einer halben Stunde", ago(HALF_AN_HOUR)),
    ],
)
def test_a_short_or_a_rounded_age(text: str, says: Reading) -> None:
    assert read(text) == says
    assert clock_text(text.strip())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("godz. 15:44", clock(15, 44)),
        ("o godz. 15:44", clock(15, 44)),
        ("周一 15:44", local(Day(weekday=0), 15, 44)),
        ("週日15:44", local(Day(weekday=6), 15, 44)),
        ("11-24 15:44", local(Day(month=11, day=24, order="md"), 15, 44)),
        ("11-12 15:44", local(Day(month=12, day=11, swapped=True), 15, 44)),
        ("きのう 15:44", local(YESTERDAY, 15, 44)),
        ("きょう15:44", local(TODAY, 15, 44)),
        ("12:00 noon", clock(12, 0)),
        ("12:00 midnight", clock(0, 0)),
        ("15:44 (Kyiv time)", clock(15, 44, zone="Europe/Kyiv")),
        ("15:44 Kyiv time", clock(15, 44, zone="Europe/Kyiv")),
        ("15:44 за київським часом", clock(15, 44, zone="Europe/Kyiv")),
        ("3:44 PM Eastern Time", clock(15, 44, zone="America/New_York")),
    ],
)
def test_a_clock_in_other_words(text: str, says: Reading) -> None:
    assert read(text) == says


@pytest.mark.parametrize(
    "text",
    [
        "3:44 PM (updated 4:10 PM)",
        "3:44 PM (Updated: 4:10 PM)",
        "Published 3:44 PM · Updated 4:10 PM",
        "15:44, оновлено 16:10",
    ],
)
def test_of_two_clocks_the_first_counts_and_not_that_of_an_update(text: str) -> None:
    assert read(text) == clock(15, 44)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("منذ 5 دقائق", ago(MINUTE, 5)),
        ("منذ ٥ دقائق", ago(MINUTE, 5)),
        ("قبل ساعة", ago(HOUR)),
        ("منذ ساعتين", ago(HOUR, 2)),
        ("منذ دقيقة واحدة", ago(MINUTE)),
        ("قبل أسبوعين", ago(WEEK, 2)),
        ("الآن", ago(MINUTE, 0)),
        ("\u200fمنذ 5 دقائق\u200f", ago(MINUTE, 5)),  # with the marks that say from where a line runs
        ("أمس 15:44", local(YESTERDAY, 15, 44)),
        ("اليوم، ١٥:٤٤", local(TODAY, 15, 44)),
        ("أول أمس", day(ago=2)),
        ("الثلاثاء 15:44", local(Day(weekday=1), 15, 44)),
        ("3:44 م", clock(15, 44)),
        ("3:44 ص", clock(3, 44)),
        ("3:44 مساءً", clock(15, 44)),
        ("12:44 بتوقيت غرينتش", clock(12, 44, zone="UTC")),
        ("24 نوفمبر 2026 15:44", local(Day(year=2026, month=11, day=24), 15, 44)),
        ("٢٤ نوفمبر ٢٠٢٦، ١٥:٤٤", local(Day(year=2026, month=11, day=24), 15, 44)),
        ("24 تشرين الثاني 2026", day(year=2026, month=11, day=24)),  # of the Levant
        ("5 كانون الأول 2026", day(year=2026, month=12, day=5)),
        ("الثلاثاء 24 نوفمبر 2026م", day(year=2026, month=11, day=24)),
        ("11 رمضان 1445", None),  # of another calendar
    ],
)
def test_arabic(text: str, says: Reading | None) -> None:
    assert read(text) == says


@pytest.mark.parametrize(
    "text",
    [
        "5M", "2H", "75m", "0x5m", "25h", "9h", "15h", "5m views", "Wins 5m", "2m53s", "4 min", "3 min read", "half time", "noon",
        "High noon", "Kyiv time", "11-24", "2-1 15:44", "10-12:30", "上周一 15:44", "5 م", "updated", "(Updated:  )",
        "Peace talks updated 4:10 PM", "قبل الحرب", "اليوم الثاني من الحرب",
    ],
)  # fmt: skip
def test_what_is_no_stamp(text: str) -> None:
    assert read(text) is None
    assert not clock_text(text)


def test_an_age_of_half_an_hour_is_as_wide_as_that() -> None:
    now = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
    source = Source(name="desk", url="https://example.org/")
    rows = [Row([RawDate(text=it, origin="text")]) for it in ("half an hour ago", "5m")]
    half, five = dated(source, rows, now=now, since=now - HOUR).published
    assert (half.earliest, half.latest) == (now - HOUR, now - 15 * MINUTE)
    assert five.earliest <= now - 5 * MINUTE <= five.latest
