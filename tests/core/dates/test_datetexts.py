"""What date texts say: the stamps of real pages and feeds, in the languages of newsrooms."""

import gzip
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dates.datetexts import clock_text, heading, read
from monitor.core.dates.readings import DAY, EXACT, HOUR, MINUTE, Day, Reading

CORPUS = Path(
    os.environ.get("NEWSBELL_CORPUS") or Path(__file__).parents[3].parent / "shared" / "data"
).resolve()


MONTH, YEAR = timedelta(seconds=2_629_746), timedelta(seconds=31_556_952)  # on average


def clock(hour: int, minute: int, *, zone: str = "") -> Reading:
    return Reading(shape="clock", clock=time(hour, minute), zone=zone, width=MINUTE)


def local(day: Day, hour: int, minute: int) -> Reading:
    return Reading(shape="local", day=day, clock=time(hour, minute), width=MINUTE)


def ago(width: timedelta, count: int) -> Reading:
    return Reading(shape="ago", ago=count * width, width=width)


def instant(text: str, width: timedelta = EXACT) -> Reading:
    return Reading(shape="instant", at=datetime.fromisoformat(text), width=width)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("3:44 PM", clock(15, 44)),
        ("3:44 p.m.", clock(15, 44)),
        ("03:30PM", clock(15, 30)),
        ("12:30 AM", clock(0, 30)),
        ("12:30 PM", clock(12, 30)),
        ("15:44", clock(15, 44)),
        ("１５：４４", clock(15, 44)),
        ("18.47", clock(18, 47)),
        ("kl 12.17", clock(12, 17)),
        ("kl. 12:17", clock(12, 17)),
        ("klo 9.05", clock(9, 5)),
        ("15h44", clock(15, 44)),
        ("15 h 44", clock(15, 44)),
        ("à 15h44", clock(15, 44)),
        ("15.44 Uhr", clock(15, 44)),
        ("午後3時44分", clock(15, 44)),
        ("下午3:44", clock(15, 44)),
        ("오후 3:44", clock(15, 44)),
        ("12:07 PM UTC", clock(12, 7, zone="UTC")),
        ("12:07 PM UTC · Updated ago", clock(12, 7, zone="UTC")),
        ("3:44 p.m. ET", clock(15, 44, zone="America/New_York")),
        ("15:44 GMT+5:30", clock(15, 44, zone="+05:30")),
        ("Updated: 3:44 PM", clock(15, 44)),
        ("15:44 h", clock(15, 44)),
        ("15:44 h.", clock(15, 44)),
        ("12:00 AM", clock(0, 0)),
        ("12:00 PM", clock(12, 0)),
        ("١٥:٤٤", clock(15, 44)),
        ("۱۵:۴۴", clock(15, 44)),
        ("०९:३०", clock(9, 30)),
    ],
)
def test_a_clock_time(text: str, says: Reading) -> None:
    assert read(text) == says


YESTERDAY, TODAY = Day(ago=1), Day(ago=0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Вчора, 15:44", local(YESTERDAY, 15, 44)),
        ("вчера в 15:44", local(YESTERDAY, 15, 44)),
        ("Сьогодні о 15:44", local(TODAY, 15, 44)),
        ("сегодня, 15:44", local(TODAY, 15, 44)),
        ("gestern, 18:00 Uhr", local(YESTERDAY, 18, 0)),
        ("heute 18.00 Uhr", local(TODAY, 18, 0)),
        ("Hier à 15h44", local(YESTERDAY, 15, 44)),
        ("aujourd'hui à 15:44", local(TODAY, 15, 44)),
        ("aujourd’hui, 15:44", local(TODAY, 15, 44)),
        ("ayer a las 15:44", local(YESTERDAY, 15, 44)),
        ("hoy, 15:44", local(TODAY, 15, 44)),
        ("ieri alle 15:44", local(YESTERDAY, 15, 44)),
        ("oggi 15:44", local(TODAY, 15, 44)),
        ("včera 16:35", local(YESTERDAY, 16, 35)),
        ("dnes 16:35", local(TODAY, 16, 35)),
        ("igår 18.47", local(YESTERDAY, 18, 47)),
        ("i går kl. 18:47", local(YESTERDAY, 18, 47)),
        ("idag 18.47", local(TODAY, 18, 47)),
        ("gisteren 21:52", local(YESTERDAY, 21, 52)),
        ("wczoraj, 21:52", local(YESTERDAY, 21, 52)),
        ("昨日15:44", local(YESTERDAY, 15, 44)),
        ("今日 午後3時44分", local(TODAY, 15, 44)),
        ("昨天 15:44", local(YESTERDAY, 15, 44)),
        ("어제 15:44", local(YESTERDAY, 15, 44)),
        ("Monday 15:44", local(Day(weekday=0), 15, 44)),
        ("пн, 15:44", local(Day(weekday=0), 15, 44)),
        ("Yesterday", Reading(shape="day", day=YESTERDAY, width=DAY)),
        ("позавчора", Reading(shape="day", day=Day(ago=2), width=DAY)),
    ],
)
def test_a_day_word(text: str, says: Reading) -> None:
    assert read(text) == says


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("5 min ago", ago(MINUTE, 5)),
        ("56 mins ago", ago(MINUTE, 56)),
        ("2 hours ago", ago(HOUR, 2)),
        ("an hour ago", ago(HOUR, 1)),
        ("1 h 20 min ago", ago(MINUTE, 80)),
        ("vor 28 Minuten", ago(MINUTE, 28)),
        ("Aktualisiert vor 5 Min.", ago(MINUTE, 5)),
        ("vor einer Stunde", ago(HOUR, 1)),
        ("il y a 5 minutes", ago(MINUTE, 5)),
        ("hace 5 minutos", ago(MINUTE, 5)),
        ("5 minuti fa", ago(MINUTE, 5)),
        ("há 5 minutos", ago(MINUTE, 5)),
        ("5 minuten geleden", ago(MINUTE, 5)),
        ("för 5 minuter sedan", ago(MINUTE, 5)),
        ("for 5 minutter siden", ago(MINUTE, 5)),
        ("před 5 minutami", ago(MINUTE, 5)),
        ("5 minut temu", ago(MINUTE, 5)),
        ("5 хв тому", ago(MINUTE, 5)),
        ("годину тому", ago(HOUR, 1)),
        ("час назад", ago(HOUR, 1)),
        ("3分前", ago(MINUTE, 3)),
        ("2時間前", ago(HOUR, 2)),
        ("5分钟前", ago(MINUTE, 5)),
        ("5분 전", ago(MINUTE, 5)),
        ("3 dni temu", ago(DAY, 3)),
        ("2 months ago", ago(MONTH, 2)),
        ("vor einem Monat", ago(MONTH, 1)),
        ("3か月前", ago(MONTH, 3)),
        ("2 роки тому", ago(YEAR, 2)),
        ("il y a 3 ans", ago(YEAR, 3)),
        ("2年前", ago(YEAR, 2)),
        ("just now", ago(MINUTE, 0)),
        ("щойно", ago(MINUTE, 0)),
    ],
)
def test_an_age(text: str, says: Reading) -> None:
    assert read(text) == says
    assert clock_text(text)


CHRISTMAS = Day(year=2024, month=12, day=23)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("23. 12. 2024 13:31", local(CHRISTMAS, 13, 31)),
        ("Dec-23-24 01:31PM", local(CHRISTMAS, 13, 31)),
        ("December 23rd, 2024, 1:31 PM", local(CHRISTMAS, 13, 31)),
        ("Updated 13:31, 23 Dec 2024", local(CHRISTMAS, 13, 31)),
        ("23 dic 2024 - 13:31", local(CHRISTMAS, 13, 31)),
        ("23 грудня 2024, 13:31", local(CHRISTMAS, 13, 31)),
        ("23 декабря 2024 года, 13:31", local(CHRISTMAS, 13, 31)),
        ("23. Dezember 2024, 13.31 Uhr", local(CHRISTMAS, 13, 31)),
        ("lundi 23 décembre 2024 à 13h31", local(CHRISTMAS, 13, 31)),
        ("23 de diciembre de 2024 13:31", local(CHRISTMAS, 13, 31)),
        ("23 grudnia 2024, 13:31", local(CHRISTMAS, 13, 31)),
        ("23. prosince 2024 13:31", local(CHRISTMAS, 13, 31)),
        ("12/23/2024 01:31 PM", local(replace(CHRISTMAS, order="md"), 13, 31)),
        ("23/12/2024 13:31", local(replace(CHRISTMAS, order="dm"), 13, 31)),
        ("23-12-2024 13:31", local(replace(CHRISTMAS, order="dm"), 13, 31)),
        ("12-23-2024 13:31", local(replace(CHRISTMAS, order="md"), 13, 31)),
        ("23.12.24 13:31", local(replace(CHRISTMAS, year_first=True), 13, 31)),
        ("12 мар. 2024, 13:31", local(Day(year=2024, month=3, day=12), 13, 31)),
        ("23.12.2024 klo 13.31", local(CHRISTMAS, 13, 31)),
        ("2024年12月23日 13時31分", local(CHRISTMAS, 13, 31)),
        ("2024. 12. 23. 13:31", local(CHRISTMAS, 13, 31)),
        ("2024-12-23 13:31", local(CHRISTMAS, 13, 31)),
        ("8. 4. 10:32", local(Day(month=4, day=8), 10, 32)),
        ("8 января, 17:46", local(Day(month=1, day=8), 17, 46)),
        ("Jane Doe, 8 January, 17:46", local(Day(month=1, day=8), 17, 46)),
        ("mar. 17 déc. 15:44", local(Day(month=12, day=17), 15, 44)),
        ("12月17日(火) 15:44", local(Day(month=12, day=17), 15, 44)),
        ("03/04/2024 10:00", local(Day(year=2024, month=4, day=3, swapped=True), 10, 0)),
        ("20 Nov", Reading(shape="day", day=Day(month=11, day=20), width=DAY)),
        ("1er mars 2024", Reading(shape="day", day=Day(year=2024, month=3, day=1), width=DAY)),
        ("torsdag 8 januari 2026", Reading(shape="day", day=Day(year=2026, month=1, day=8), width=DAY)),
        ("2024-W52-1", Reading(shape="day", day=CHRISTMAS, width=DAY)),
        ("2024W521", Reading(shape="day", day=CHRISTMAS, width=DAY)),
        ("2024-W52-1 13:31", local(CHRISTMAS, 13, 31)),
        ("23. listopadu 2024 13:31", local(Day(year=2024, month=11, day=23), 13, 31)),
        ("23 Aralık 2024 Pazartesi 13:31", local(CHRISTMAS, 13, 31)),
        ("segunda-feira, 23 de dezembro de 2024, 13h31", local(CHRISTMAS, 13, 31)),
        ("20241217T000000", None),
        ("2024-W52", None),
        ("2024-W54-1", None),
    ],
)
def test_a_date(text: str, says: Reading | None) -> None:
    assert read(text) == says


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Yesterday", YESTERDAY),
        ("9 March", Day(month=3, day=9)),
        ("26/11", Day(month=11, day=26, order="dm")),
        ("11/26", Day(month=11, day=26, order="md")),
        ("11/26(木)", Day(month=11, day=26, order="md")),
        ("Thu, 26/11", Day(month=11, day=26, order="dm")),
        ("03/04", Day(month=4, day=3, swapped=True)),
        ("26.11", Day(month=11, day=26)),
        ("Thursday 26", Day(weekday=3, day=26)),
        ("Donnerstag, 26.", Day(weekday=3, day=26)),
        ("Jeudi 26", Day(weekday=3, day=26)),
        ("Thursday the 26th", Day(weekday=3, day=26)),
        ("Keskiviikko", Day(weekday=2)),
        ("26. listopadu", Day(month=11, day=26)),
        ("26 Kasım Perşembe", Day(month=11, day=26)),
        *(
            (text, None)
            for text in ("", "Letzten Freitag", "Earlier", "Tomorrow", "31 February", "31/02", "26", "26/13")
        ),
        *(
            (text, None)
            for text in (
                "24/7",
                "Last Friday",
                "Thursday 32",
                "Thursday 0",
                "1-0",
                "26/11 26",
                "3:44 PM",
                "Live 26/11",
            )
        ),
    ],
)
def test_a_heading_is_a_day_and_nothing_else(text: str, day: Day | None) -> None:
    assert heading(text) == day


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1733000000", instant("2024-11-30T20:53:20+00:00")),
        ("1733000000123", instant("2024-11-30T20:53:20.123+00:00")),
        ("Tue Jun 03 2025 13:18:00 GMT+0000 (Coordinated Universal Time)", instant("2025-06-03T13:18:00+00:00")),
        ("2025-06-03T13:43:00.000Z", instant("2025-06-03T13:43:00+00:00")),
        ("2024-10-15T17:35:25+02:00", instant("2024-10-15T17:35:25+02:00")),
        ("2024-10-15T17:35:25 +0200", instant("2024-10-15T17:35:25+02:00")),
        ("2024-10-15T17:35:25+02:00[Europe/Paris]", instant("2024-10-15T17:35:25+02:00")),
        ("2024-10-15T15:35Z[Europe/Paris][u-ca=hebrew]", instant("2024-10-15T15:35+00:00", MINUTE)),
        ("2024-10-15 17:35 UTC", instant("2024-10-15T17:35+00:00", MINUTE)),
        ("15 oct 2024 - 17:38CEST", instant("2024-10-15T17:38+02:00", MINUTE)),
        ("Mon, 11 Mar 2024 15:44:00 EST", instant("2024-03-11T15:44-05:00")),
        ("Mon, 11 Mar 2024 15:44:00 -0000", instant("2024-03-11T15:44+00:00")),
        ("Thu,28 Jul 2022 4:35:5 GMT+9", instant("2022-07-28T04:35:05+09:00")),
        ("Mon Mar 11 2024 15:44:00 GMT-0430", instant("2024-03-11T15:44-04:30")),
    ],
)  # fmt: skip
def test_an_instant(text: str, says: Reading) -> None:
    assert read(text) == says


@pytest.mark.parametrize("text", ["PT2M53S", "P1DT2H", "pt45s"])
def test_a_duration_is_known_as_one(text: str) -> None:
    assert read(text) == Reading(shape="duration")
    assert not clock_text(text)


@pytest.mark.parametrize("text", ["14:36", "2:53"])
def test_an_attribute_may_hold_a_bare_clock_time(text: str) -> None:
    found = read(text)
    assert found is not None
    assert found.shape == "clock"


def test_an_attribute_without_zone_is_zoneless() -> None:
    found = read("2025-11-06 12:43:08")
    assert found == Reading(shape="local", day=Day(year=2025, month=11, day=6), clock=time(12, 43, 8))


@pytest.mark.parametrize(
    "text",
    ["", " ", "Kyiv", "3 min read", "7 min", "4 min.", "10.5", "18.47 %", "2-1", "100", "24:00", "25:10", "10:60", "May",
     "0000-00-00", "0000-01-01", "2024-02-30", "Mon, 99 Foo 2024 99:99:99 GMT", "(Updated:  )", "18:30 - 20:00", "2024", "Anhören", "民國113年3月11日 15:44", "令和6年3月11日", "농력 2월 2일",
     "農曆二月初二 10:00", "۲۱ اسفند ۱۴۰۲", "11 มีนาคม 2567 15:44", "tomorrow 10:00", "in 5 minutes", "2 years", "100 years ago"],
)  # fmt: skip
def test_no_date(text: str) -> None:
    assert read(text) is None
    assert not clock_text(text)


@given(
    st.one_of(
        st.text(max_size=130),
        st.text(alphabet="0123456789:.-/,+ apmhTZуч年月日時分前", max_size=60),
        st.lists(
            st.sampled_from(
                ["vor", "5", "ago", "12", ":", "h", "dec", "2024", "am", "вчора", "昨日", "gmt+9", "/"]
            )
        ).map(" ".join),
        st.datetimes().map(str),
    )
)
def test_reading_never_raises(text: str) -> None:
    found = read(text)
    clock_text(text)
    heading(text)
    if found is not None:
        assert (found.at is not None) == (found.shape == "instant")
        assert (found.clock is not None) == (found.shape in ("clock", "local"))
        assert (found.day is not None) == (found.shape in ("day", "local"))
        assert found.at is None or found.at.tzinfo is not None


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)))
def test_what_programs_write_is_read_back(at: datetime) -> None:
    at = at.replace(tzinfo=UTC)
    assert read(at.isoformat()) == Reading(shape="instant", at=at)
    assert read(f"{at:%a, %d %b %Y %H:%M:%S} GMT") == Reading(shape="instant", at=at.replace(microsecond=0))


PAGES = ["cz_SeznamZpravy_2025_12_10", "reuters_20251129T092135Z", "lu_LuxemburgerWort_2025_06_30"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
@pytest.mark.parametrize("name", PAGES)
def test_the_stamps_of_real_pages_are_read(name: str) -> None:
    rows = json.loads((CORPUS / "pages" / f"{name}.expected.json").read_text())
    texts = {text for row in rows for text in (row["time_text"], row["datetime"]) if text}
    assert [text for text in texts if read(text) is None] == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
def test_the_dates_of_real_feeds_are_read() -> None:
    """Korea Times writes `GMT+9`: 195 of 195 that feedparser cannot read."""
    feed = (CORPUS / "tickers" / "mediacloud-real-korean-times.rss").read_text(errors="replace")
    dates = re.findall(r"<pubdate>(.*?)</pubdate>", feed, re.IGNORECASE)
    assert len(dates) == 195
    found = [read(text) for text in dates]
    assert all(
        it is not None and it.at is not None and it.at.utcoffset() == timedelta(hours=9) for it in found
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")
def test_a_page_of_stamps_and_words() -> None:
    """Of a whole front page the short texts that are stamps are found, and few others."""
    page = gzip.decompress((CORPUS / "pages" / "cz_SeznamZpravy_2025_12_10.html.gz").read_bytes()).decode()
    texts = {" ".join(text.split()) for text in re.findall(r">([^<>]{2,60})<", page)}
    stamps = {text for text in texts if clock_text(text)}
    assert {"14:52", "14:45", "11:46"} <= stamps
    assert {text for text in stamps if not re.search(r"\d", text)} <= {"Dnes", "Včera", "dnes", "včera"}
