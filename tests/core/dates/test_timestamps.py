"""Dates as sites write them, insane ones included: never an exception, never an item of the year 9999."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.dates.clocks import Clocks, clocks
from monitor.core.dates.timestamps import Row, dated
from monitor.model import DateOrigin, Lag, Published, RawDate, Response, Source

NOW = datetime(2024, 3, 12, 9, 0, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=10)
KYIV = Source(name="kyiv", url="https://example.org/", timezone="Europe/Kyiv")  # +02:00 in March
NOWHERE = Source(name="nowhere", url="https://example.org/")
MINUTE = timedelta(minutes=1)


def resolve(
    *dates: RawDate, source: Source = NOWHERE, since: datetime | None = SINCE, now: datetime = NOW
) -> Published:
    [found] = dated(source, [Row(dates)], now=now, since=since).published
    return found


def text(says: str, **fields: Any) -> RawDate:
    return RawDate(text=says, origin=fields.pop("origin", "text"), **fields)


def shown(
    *texts: str, since: datetime | None = None, now: datetime = NOW, source: Source = KYIV
) -> list[str]:
    """Return the dates of a list of texts as people in the source's zone write them, a guess with "?"."""
    found = dated(source, [Row([text(it)]) for it in texts], now=now, since=since).published
    return [_local(it) for it in found]


def _local(it: Published) -> str:
    from zoneinfo import ZoneInfo

    return f"{it.earliest.astimezone(ZoneInfo('Europe/Kyiv')):%d %H:%M}" + ("" if it.sure else "?")


# -- stated dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("Mon, 11 Mar 2024 15:44:00 GMT", "2024-03-11T15:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 -0400", "2024-03-11T19:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 EST", "2024-03-11T20:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 -0000", "2024-03-11T15:44:00"),
        ("2024-03-11T15:44:00Z", "2024-03-11T15:44:00"),
        ("2024-03-11T15:44:00.5+02:00", "2024-03-11T13:44:00.500000"),
        ("\n  Mon,  11 Mar 2024\n 15:44:00 GMT ", "2024-03-11T15:44:00"),
        ("Mon,11 Mar 2024 4:35:5 GMT+9", "2024-03-10T19:35:05"),
    ],
)
def test_a_stated_date_is_one_instant(written: str, at: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert resolve(RawDate(text=written)) == Published(earliest=instant, latest=instant, origin="stated")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0000-00-00",
        "0000-00-00T00:00:00Z",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "0001-01-01 15:44",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 01:00:00 +0100",
        "9999-12-31T23:59:59-02:00",
        "9999-12-31 23:59",
        "Fri, 31 Dec 9999 23:59:59 -0200",
        "99999-01-01",
        "2024-02-30",
        "Mon, 99 Foo 2024 99:99:99 GMT",
        "Thu, 14 Mar 2024 09:00:01 GMT",
        "2024-03-11T10:00:00+26:00",
        "2024-03-11T10:00:00+14:30",
        "Mon, 11 Mar 2024 10:00:00 -2300",
        "Mon, 01 Jan 0001 00:00:00 +1400",
        "Mon, 01 Jan 0024 00:00:00 GMT",
        "24:00",
        "2567-03-11 15:44",  # of the Buddhist calendar
        "11/03/2567 15:44",
        "1402-12-21 15:44",  # of the Persian one
        "۰۲/۱۲/۲۱ ۱۵:۴۴",
        "1445/09/01 10:00",  # of the Islamic one
        "令和6年3月11日 15:44",
        "民國113年3月11日 15:44",
        "농력 2월 2일",
        "3:44 PM IST",  # of India, Ireland or Israel
        "PT2M53S",
        "1" * 10_000,
        "\ud800",
    ],
)
def test_an_unusable_date_is_first_seen_between_the_polls(written: str) -> None:
    for source in (NOWHERE, KYIV):
        seen = Published(earliest=SINCE, latest=NOW, origin="first-seen")
        assert resolve(RawDate(text=written), source=source) == seen
        first = resolve(RawDate(text=written), source=source, since=None)
        assert first == Published(earliest=NOW, latest=NOW, origin="first-seen", sure=False)


def test_an_item_without_dates_is_first_seen() -> None:
    assert resolve() == Published(earliest=SINCE, latest=NOW, origin="first-seen")


def test_a_clock_that_went_back_makes_no_negative_interval() -> None:
    assert resolve(since=NOW + timedelta(hours=1)).earliest == NOW


def test_the_librarys_reading_counts_where_ours_fails_or_knows_no_zone() -> None:
    korean = resolve(RawDate(text="2024년 3월 11일", parsed="2024-03-11T06:44:00+00:00"))
    assert korean.latest == datetime(2024, 3, 11, 6, 44, tzinfo=UTC)
    assert resolve(RawDate(text="Ides", parsed="2024-03-11T06:44:00+00:00")).origin == "stated"
    assert resolve(RawDate(text="2024년", parsed="9999-01-01T00:00:00+00:00")).origin == "first-seen"


def test_a_library_that_takes_no_zone_for_utc_is_not_believed() -> None:
    raw = RawDate(text="2024-03-11 15:44:00", parsed="2024-03-11T15:44:00+00:00")
    assert resolve(raw, source=KYIV).latest == datetime(2024, 3, 11, 13, 44, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "parsed"),
    [
        ("2024-03-11T15:44:00+99:99", "2024-03-07T11:05:00+00:00"),
        ("Mon, 11 Mar 2024 15:44:00 +9999", "2024-03-07T11:05:00+00:00"),
        ("2024-W10", "2024-03-10T00:00:00+00:00"),
    ],
)
def test_a_library_that_reads_what_is_no_date_is_not_believed(written: str, parsed: str) -> None:
    assert resolve(RawDate(text=written, parsed=parsed)).origin == "first-seen"


def test_a_library_that_takes_a_week_for_a_month_is_not_believed() -> None:
    week = RawDate(text="2024-W10-5", parsed="2024-03-10T00:00:00+00:00")
    assert resolve(week, source=KYIV).earliest == datetime(2024, 3, 7, 22, tzinfo=UTC)  # a Friday


def test_publication_goes_before_change_and_nonsense_steps_aside() -> None:
    updated = RawDate(text="2024-03-12T08:00:00Z", origin="updated")
    stated = RawDate(text="2024-03-11T08:00:00Z")
    assert resolve(updated, stated).latest.day == 11
    assert resolve(updated, RawDate(text="0000-00-00")).latest.day == 12


def test_an_attribute_goes_before_json_ld_before_the_text() -> None:
    attribute = text("2024-03-12T08:50:00Z", origin="attribute")
    json_ld = text("2024-03-12T08:55:00Z", origin="json-ld")
    assert resolve(text("10:58"), json_ld, attribute, source=KYIV).origin == "attribute"
    assert resolve(text("10:58"), json_ld, source=KYIV).origin == "json-ld"
    assert resolve(text("10:58"), text("PT2M", origin="attribute"), source=KYIV).origin == "text"


def test_a_clock_in_an_attribute_has_its_day_from_elsewhere() -> None:
    """`datetime="10:36"` is no more than a clock; what tells the same minute with a day says more."""
    clock = text("10:36", origin="attribute")
    json_ld = text("2024-03-05T08:36:12Z", origin="json-ld")
    assert resolve(clock, json_ld, source=KYIV).earliest == datetime(2024, 3, 5, 8, 36, 12, tzinfo=UTC)
    assert resolve(clock, text("5 March, 10:36"), source=KYIV).earliest == datetime(
        2024, 3, 5, 8, 36, tzinfo=UTC
    )
    edited = text("2024-03-12T08:59:00Z", origin="json-ld")  # of another minute: it may be of another thing
    assert resolve(clock, edited, source=KYIV).origin == "attribute"


def test_a_day_is_completed_by_a_clock() -> None:
    day = text("2024-03-11", origin="attribute")
    found = resolve(day, text("15:44"), source=KYIV)
    assert found.earliest == datetime(2024, 3, 11, 13, 44, tzinfo=UTC)
    assert (found.origin, found.zone) == ("attribute", "Europe/Kyiv")
    assert resolve(text("15:44", day="Вчора"), source=KYIV).earliest == found.earliest
    assert resolve(text("15:44", day="11 березня"), source=KYIV).earliest == found.earliest


def test_a_day_alone_is_as_wide_as_the_day_until_now() -> None:
    whole = resolve(text("2024-03-11"), source=KYIV)
    assert (whole.earliest, whole.latest + timedelta(microseconds=1)) == (
        datetime(2024, 3, 10, 22, tzinfo=UTC),
        datetime(2024, 3, 11, 22, tzinfo=UTC),
    )
    today = resolve(text("2024-03-12"), source=KYIV)
    assert (today.earliest, today.latest) == (datetime(2024, 3, 11, 22, tzinfo=UTC), NOW)


def test_an_age_is_rounded_or_cut() -> None:
    found = resolve(text("28 min ago"))
    assert found.latest == NOW - timedelta(minutes=27.5)
    assert found.latest - found.earliest <= timedelta(minutes=5)
    hours = resolve(text("vor 2 Stunden"))
    assert (hours.earliest, hours.latest) == (NOW - timedelta(hours=3), NOW - timedelta(hours=1.5))
    assert resolve(text("just now")).latest == NOW
    years = resolve(text("2 years ago"))
    assert years.earliest < datetime(2021, 6, 1, tzinfo=UTC) < datetime(2022, 6, 1, tzinfo=UTC) < years.latest


def test_what_is_dated_ahead_is_a_guess() -> None:
    """Less than a day ahead: a zone written wrongly."""
    instant = datetime(2024, 3, 13, 8, tzinfo=UTC)
    ahead = Published(earliest=instant, latest=instant, origin="stated", sure=False)
    assert resolve(RawDate(text="Wed, 13 Mar 2024 08:00:00 GMT")) == ahead
    assert not resolve(text("2024-03-12T22:30:00"), source=KYIV).sure
    assert resolve(text("2024-03-12T09:05:00Z"), source=KYIV).sure


# -- dates in figures -------------------------------------------------------------------------

JUNE = datetime(2024, 6, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["03/04/2024 10:00"], ["03.04.24?"]),
        (["03-04-2024 10:00"], ["03.04.24?"]),
        (["03.04.2024 10:00"], ["03.04.24"]),
        (["03/04/2024 10:00", "25/03/2024 10:00"], ["03.04.24", "25.03.24"]),
        (["03/04/2024 10:00", "03/25/2024 10:00"], ["04.03.24", "25.03.24"]),
        (["03/04/2024 10:00", "03/25/2024 10:00", "25/03/2024 10:00"], ["03.04.24?", "25.03.24", "25.03.24"]),
        (["06/01/2024 10:00"], ["01.06.24"]),  # it is new, so it is not of January
        (["24-05-31 10:00"], ["31.05.24?"]),
        (["31.05.24 10:00"], ["31.05.24"]),
        (["12/31/2023"], ["31.12.23"]),
    ],
)
def test_a_date_in_figures_is_sure_where_it_has_one_reading(texts: list[str], dates: list[str]) -> None:
    rows = [Row([text(it)]) for it in texts]
    found = dated(KYIV, rows, now=JUNE, since=JUNE - timedelta(minutes=10)).published
    written = [f"{it.latest + timedelta(hours=2):%d.%m.%y}{'' if it.sure else '?'}" for it in found]
    assert written == dates


def test_a_list_of_midnights_is_one_of_days() -> None:
    midnights = [RawDate(text=f"2024-03-{day:02}T00:00:00Z") for day in (11, 9, 8)]
    found = dated(NOWHERE, [Row([it]) for it in midnights], now=NOW, since=SINCE).published
    assert [it.latest - it.earliest + timedelta(microseconds=1) for it in found] == [timedelta(days=1)] * 3
    local = [text(f"2024-03-{day:02} 00:00") for day in (11, 9, 8)]
    found = dated(KYIV, [Row([it]) for it in local], now=NOW, since=SINCE).published
    assert all(it.latest - it.earliest > timedelta(hours=23) for it in found)
    mixed = [*midnights, RawDate(text="2024-03-07T10:00:00Z")]
    found = dated(NOWHERE, [Row([it]) for it in mixed], now=NOW, since=SINCE).published
    assert all(it.latest == it.earliest for it in found)


# -- two clocks -------------------------------------------------------------------------------


def served(*, ahead: timedelta, age: timedelta = timedelta(0)) -> Clocks:
    """Return the clocks of a body whose server says `ahead` of ours, with what an `Age` says of caches."""
    response = Response(
        url="https://example.org/",
        status=200,
        received_at=NOW,
        server_at=NOW + ahead,
        age=age.total_seconds(),
    )
    return clocks(response, NOW)


@pytest.mark.parametrize(
    ("ahead", "age", "made_at", "dated_at"),
    [
        (30, 0, 0, 30),
        (-1_800, 0, 0, -1_800),  # behind, or from a cache that does not say so
        (-1_800, 1_800, -1_800, -1_800),
        (-18_000, 18_000, -18_000, -18_000),
        (4_000, 0, 0, 0),
        (-90_000, 0, 0, 0),
        (0, 90_000, 0, 0),  # made now, and a day old
    ],
)
def test_a_date_and_an_age_say_when_a_body_was_made(
    ahead: int, age: int, made_at: int, dated_at: int
) -> None:
    found = served(ahead=timedelta(seconds=ahead), age=timedelta(seconds=age))
    assert found == Clocks(
        now=NOW, made_at=NOW + timedelta(seconds=made_at), dated_at=NOW + timedelta(seconds=dated_at)
    )


def test_a_server_at_the_end_of_time_has_no_clock() -> None:
    for end in (datetime.min, datetime.max):
        response = Response(
            url="https://example.org/",
            status=200,
            received_at=NOW,
            server_at=end.replace(tzinfo=UTC),
            age=9e8,
        )
        assert clocks(response, NOW) == Clocks.of(NOW)


def test_an_age_holds_by_our_clock_whatever_the_servers_says() -> None:
    fast = dated(NOWHERE, [Row([text("vor 2 Stunden")])], now=served(ahead=30 * MINUTE), since=SINCE)
    assert fast.published[0].latest == NOW - timedelta(hours=1.5)
    cached = served(ahead=-30 * MINUTE, age=30 * MINUTE)
    [found] = dated(NOWHERE, [Row([text("vor 2 Stunden")])], now=cached, since=SINCE).published
    assert (found.earliest, found.latest) == (NOW - timedelta(hours=3.5), NOW - timedelta(hours=2))


def test_a_server_that_is_behind_shifts_no_row_to_another_day() -> None:
    """Its page may show the right time all the same: "10:58" at 11:00 is of today, of half past ten or not."""
    behind = served(ahead=-30 * MINUTE)
    [found] = dated(KYIV, [Row([text("10:58")])], now=behind, since=SINCE).published
    assert _local(found) == "12 10:58?"  # only our clock allows it
    [found] = dated(KYIV, [Row([text("10:28")])], now=behind, since=SINCE).published
    assert _local(found) == "12 10:28"  # both do
    ahead = served(ahead=30 * MINUTE)
    [found] = dated(KYIV, [Row([text("11:28")])], now=ahead, since=SINCE).published
    assert _local(found) == "12 11:28?"


def test_a_row_of_a_cached_page_is_as_old_as_the_page() -> None:
    cached = served(ahead=timedelta(hours=-5), age=timedelta(hours=5))
    rows = [Row([text("05:58")]), Row([text("08:30")])]
    found = dated(KYIV, rows, now=cached, since=SINCE).published
    assert [_local(it) for it in found] == ["12 05:58", "11 08:30?"]


def test_a_day_that_only_one_clock_calls_today_is_a_guess() -> None:
    midnight = datetime(2024, 3, 11, 22, 10, tzinfo=UTC)  # 00:10 in Kyiv
    behind = Clocks(now=midnight, made_at=midnight, dated_at=midnight - 30 * MINUTE)
    found = dated(KYIV, [Row([text("сьогодні 23:30")]), Row([text("сьогодні")])], now=behind, since=SINCE)
    assert [_local(it) for it in found.published] == ["11 23:30?", "11 00:00?"]
    cached = Clocks(now=midnight, made_at=midnight - 30 * MINUTE, dated_at=midnight - 30 * MINUTE)
    found = dated(KYIV, [Row([text("сьогодні 23:30")])], now=cached, since=SINCE)
    assert [_local(it) for it in found.published] == ["11 23:30"]


def days_of(*clocks: str, now: datetime, since: datetime | None = None) -> list[str]:
    """Return the dates of rows under "Today" until a "|", and under "Yesterday" from there, in a list of Kyiv."""
    bar = clocks.index("|")
    today, yesterday = clocks[:bar], clocks[bar + 1 :]
    rows = [Row([text(it, day="Today")]) for it in today] + [
        Row([text(it, day="Yesterday")]) for it in yesterday
    ]
    return [_local(it) for it in dated(KYIV, rows, now=now, since=since).published]


@pytest.mark.parametrize("hour", [0, 1, 8])
def test_a_page_made_before_midnight_counts_all_its_days_from_there(hour: int) -> None:
    after = datetime(2024, 3, 11, 22, 46, tzinfo=UTC) + timedelta(hours=hour)  # 00:46 in Kyiv and later
    for since in (None, after - timedelta(hours=2)):
        found = days_of("23:50", "22:30", "09:00", "|", "23:00", "09:00", now=after, since=since)
        assert found == ["11 23:50", "11 22:30", "11 09:00", "10 23:00", "10 09:00"]
    rows = [Row([text("сьогодні, 23:50")]), Row([text("21:30")]), Row([text("вчора, 23:00")])]
    whole = dated(KYIV, [*rows, Row([text("вчора")])], now=after, since=None).published
    assert [_local(it) for it in whole] == ["11 23:50", "11 21:30", "10 23:00", "10 00:00"]


def test_a_page_of_today_counts_its_days_from_today() -> None:
    assert days_of("10:58", "09:00", "|", "23:00", now=NOW) == ["12 10:58", "12 09:00", "11 23:00"]


def test_a_page_that_does_not_agree_on_its_today_is_a_guess() -> None:
    """Its first row may announce this evening, or the page is of yesterday evening."""
    mostly = days_of("23:50", "22:30", "09:00", "|", "23:00", now=NOW)
    assert mostly == ["11 23:50?", "11 22:30?", "11 09:00?", "10 23:00?"]
    hardly = days_of("20:00", "10:58", "10:30", "|", "23:00", now=NOW)
    assert hardly == ["11 20:00?", "12 10:58?", "12 10:30?", "11 23:00?"]
    polled = days_of("20:00", "10:58", "10:30", "|", "23:00", now=NOW, since=SINCE)
    assert polled == ["11 20:00?", "12 10:58", "12 10:30", "11 23:00?"]


def test_a_server_whose_clock_is_wrong_teaches_no_zone() -> None:
    """Its rows show the right time of +02:00; by its `Date`, fifty minutes behind, that looks like +03:00."""
    lags: tuple[Lag, ...] = ()
    at = NOW
    for _ in range(6):
        wrong = Clocks(now=at, made_at=at, dated_at=at - 50 * MINUTE)
        row = Row([text((at - MINUTE + timedelta(hours=2)).strftime("%H:%M"))])
        found = dated(NOWHERE, [row], now=wrong, since=at - 5 * MINUTE, lags=lags)
        assert found.published[0].zone == ""
        assert found.published[0].earliest <= at - MINUTE <= found.published[0].latest
        lags, at = found.lags, at + 5 * MINUTE
    assert lags == ()


# -- bare clock times -------------------------------------------------------------------------


def test_a_new_row_belongs_to_the_time_since_the_last_poll() -> None:
    night = datetime(2024, 3, 12, 22, 3, tzinfo=UTC)  # 00:03 in Kyiv
    since = night - timedelta(minutes=10)
    assert shown("00:01", "23:58", since=since, now=night) == ["13 00:01", "12 23:58"]
    assert shown("12:02 AM", since=since, now=night) == ["13 00:02"]


def test_a_row_of_another_time_is_a_guess() -> None:
    assert shown("15:44", since=SINCE) == ["11 15:44?"]


def test_the_first_body_is_dated_by_its_order() -> None:
    assert shown("10:50", "09:10", "00:05", "23:50", "11:00", "10:55") == [
        "12 10:50?",  # nothing above it says that it is no pin
        "12 09:10",
        "12 00:05",
        "11 23:50",
        "11 11:00",
        "11 10:55",
    ]


def test_a_pin_on_top_shifts_nothing() -> None:
    assert shown("20:15", "10:50", "10:40", "10:31", "10:20") == [
        "11 20:15?",
        "12 10:50",
        "12 10:40",
        "12 10:31",
        "12 10:20",
    ]


def test_rows_in_slight_disorder_are_of_one_day() -> None:
    assert shown("10:50", "10:40", "10:42", "10:30")[1:] == ["12 10:40", "12 10:42", "12 10:30"]


def test_a_list_that_runs_upwards_is_read_upwards() -> None:
    assert shown("23:50", "00:10", "09:00", "10:00", "10:50")[:-1] == [
        "11 23:50",
        "12 00:10",
        "12 09:00",
        "12 10:00",
    ]


def test_what_has_no_order_is_guessed_row_by_row() -> None:
    found = shown("10:50", "23:00", "09:00", "22:00", "08:00", "21:00", "07:00", "20:00")
    assert all(it.endswith("?") for it in found)


def test_a_date_on_the_first_row_of_a_day_is_carried_down() -> None:
    assert shown("Mar-11-24 03:44PM", "03:30PM", "09:00AM", "Mar-08-24 06:00PM", "05:00PM") == [
        "11 15:44",
        "11 15:30",
        "11 09:00",
        "08 18:00",
        "08 17:00",
    ]


def test_a_dated_pin_carries_nothing_down() -> None:
    assert shown("Mar 1, 2024 08:00", "10:50", "10:40", "10:30")[1:] == ["12 10:50", "12 10:40", "12 10:30"]


def test_a_day_divider_dates_the_rows_below_it() -> None:
    rows = [Row([text("23:00", day="9 March")]), Row([text("22:00", day="9 March")])]
    found = dated(KYIV, rows, now=NOW, since=SINCE).published
    assert [_local(it) for it in found] == ["09 23:00", "09 22:00"]


def under(*headings: str, since: datetime | None = None, clock: str = "09:00") -> list[str]:
    """Return the dates of a row of 23:00 under yesterday and of one more under each heading, in a list of Kyiv."""
    rows = [Row([text("23:00", day="Yesterday")]), *(Row([text(clock, day=it)]) for it in headings)]
    return [_local(it) for it in dated(KYIV, rows, now=NOW, since=since).published][1:]


@pytest.mark.parametrize(
    ("heading", "date"),
    [
        ("8/3", "08 09:00?"),  # or 3 August
        ("10.03.", "10 09:00"),
        ("29/2", "29 09:00"),
        ("Friday 8", "08 09:00"),
        ("Fr, 8.", "08 09:00"),
        ("Keskiviikko", "06 09:00"),
    ],
)
def test_a_heading_in_figures_is_sure_where_it_has_one_reading(heading: str, date: str) -> None:
    assert under(heading) == [date]


@pytest.mark.parametrize("heading", ["Letzten Freitag", "Earlier", "Tomorrow", "31 February", "26/13"])
def test_a_heading_that_is_not_understood_takes_no_day_from_the_one_above(heading: str) -> None:
    """Its rows are below that one, and how far, nobody can tell."""
    assert under(heading) == ["11 09:00?"]
    assert under(heading, "8 March") == ["11 09:00?", "08 09:00"]
    assert under(heading, since=NOW - timedelta(hours=30)) == ["11 09:00?"]
    assert under(heading, since=NOW - timedelta(hours=3)) == ["12 09:00?"]
    assert under(heading, heading, heading, heading, clock="10:58") == ["11 10:58?"] * 4


def test_a_heading_without_a_day_above_all_hides_no_news() -> None:
    """ "Latest" is no day either: what comes into view under it is of now all the same."""
    rows = [Row([text(clock, day="Latest")]) for clock in ("10:58", "10:55")]
    found = dated(KYIV, rows, now=NOW, since=SINCE).published
    assert [_local(it) for it in found] == ["12 10:58", "12 10:55"]
    found = dated(KYIV, rows, now=NOW, since=None).published
    assert [_local(it) for it in found] == ["12 10:58?", "12 10:55?"]


def test_a_heading_without_a_time_below_it_dates_a_row_by_itself() -> None:
    assert _local(resolve(text("29/2", day="29/2"), source=KYIV)) == "29 00:00"
    assert resolve(text("Earlier", day="Earlier"), source=KYIV).origin == "first-seen"


@pytest.mark.parametrize(("hours", "guess"), [((1, 4, 7), ""), ((1, 9, 20), "?")])
def test_rows_that_come_into_view_from_below_are_older_than_those_above(
    hours: Sequence[int], guess: str
) -> None:
    """A list that is slow may have skipped a day."""
    times = [NOW - timedelta(hours=h) for h in hours]
    rows = [Row([text("x")], Published(earliest=at, latest=at, origin="text")) for at in times]
    rows += [Row([text("10:59")]), Row([text("10:30")])]
    found = dated(KYIV, rows, now=NOW, since=SINCE).published
    assert [_local(it) for it in found[3:]] == [f"11 10:59{guess}", f"11 10:30{guess}"]


def test_the_texts_own_zone_wins() -> None:
    found = resolve(text("08:57 AM UTC"), source=KYIV)
    assert (found.earliest, found.zone) == (NOW - timedelta(minutes=3), "UTC")


@pytest.mark.parametrize(
    ("now", "clock", "at"),
    [
        ("2024-10-27T00:33", "03:30", "2024-10-27T00:30"),  # the first 03:30, in summer time
        ("2024-10-27T01:33", "03:30", "2024-10-27T01:30"),  # the second
        ("2024-10-27T01:02", "03:58", "2024-10-27T00:58"),  # of before the change
        ("2024-03-31T01:04", "04:01", "2024-03-31T01:01"),  # after the hour that was left out
    ],
)
def test_an_hour_that_comes_twice_is_told_by_the_poll(now: str, clock: str, at: str) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    found = resolve(text(clock), source=KYIV, now=instant, since=instant - timedelta(minutes=5))
    assert found.earliest == datetime.fromisoformat(at).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "gap", "written", "between"),
    [
        ("2024-10-27T01:40", 5, "03:38", ("01:38", "01:38")),  # the poll before tells
        ("2024-10-27T01:40", 70, "03:38", ("00:38", "01:38")),  # both readings are new
        ("2024-10-27T00:40", 70, "03:38", ("00:38", "00:38")),  # the second has not come yet
        ("2024-10-27T05:40", 600, "03:38", ("00:38", "01:38")),
        ("2024-10-27T05:40", None, "27.10.2024 03:38", ("00:38", "01:38")),
        ("2024-10-27T01:40", 5, "27.10.2024 03:38", ("01:38", "01:38")),
        ("2024-03-31T01:33", 5, "03:30", ("01:30", "01:30")),  # a page that has not turned its clock yet
        ("2024-03-31T05:33", 600, "03:30", ("00:30", "01:30")),  # an hour that was not
        ("2024-03-31T05:33", None, "31.03.2024 03:30", ("00:30", "01:30")),
    ],
)
def test_an_hour_that_is_twice_or_never_is_as_wide_as_what_tells_it(
    now: str, gap: int | None, written: str, between: tuple[str, str]
) -> None:
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    since = None if gap is None else instant - gap * MINUTE
    found = resolve(text(written), source=KYIV, now=instant, since=since)
    assert (f"{found.earliest:%H:%M}", f"{found.latest:%H:%M}") == between
    assert found.latest.second == 59


def test_the_order_tells_which_reading_of_an_hour_is_meant() -> None:
    now = datetime(2024, 10, 27, 1, 55, tzinfo=UTC)
    texts = ["03:50", "03:38", "03:20", "03:45", "03:10"]  # between 03:45 and 03:20 the clock went back
    rows = [Row([text(it)]) for it in texts]
    found = dated(KYIV, rows, now=now, since=now - timedelta(hours=3)).published
    assert [f"{it.earliest:%H:%M}" for it in found] == ["01:50", "01:38", "01:20", "00:45", "00:10"]
    assert all(it.latest - it.earliest < MINUTE for it in found)
    upwards = dated(KYIV, rows[::-1], now=now, since=now - timedelta(hours=3)).published
    assert upwards == found[::-1]


def test_a_row_above_one_that_is_known_is_the_later_reading() -> None:
    now = datetime(2024, 10, 27, 5, 0, tzinfo=UTC)
    known = datetime(2024, 10, 27, 1, 5, tzinfo=UTC)
    kept = Row([text("03:05")], Published(earliest=known, latest=known, origin="text"))
    found = dated(KYIV, [Row([text("03:38")]), kept], now=now, since=now - timedelta(hours=5)).published
    assert (found[0].earliest, found[0].sure) == (known + 33 * MINUTE, True)


def test_a_day_of_25_hours_is_25_hours_long() -> None:
    found = resolve(text("27.10.2024"), source=KYIV, now=datetime(2024, 10, 29, tzinfo=UTC))
    assert found.latest - found.earliest + timedelta(microseconds=1) == timedelta(hours=25)
    found = resolve(text("31.03.2024"), source=KYIV, now=datetime(2024, 4, 2, tzinfo=UTC))
    assert found.latest - found.earliest + timedelta(microseconds=1) == timedelta(hours=23)


# -- a silence of more than a day -------------------------------------------------------------


def kept(*shown_at: str) -> list[Row]:
    """Return rows that are known, by their times in Kyiv ("11 15:44" of March 2024)."""
    dates = [datetime.strptime(f"2024-03-{it} +0200", "%Y-%m-%d %H:%M %z").astimezone(UTC) for it in shown_at]
    return [Row([text("x")], Published(earliest=at, latest=at, origin="text")) for at in dates]


def after_silence(*texts: str, below: Sequence[Row] = (), hours: int = 30) -> list[str]:
    rows = [*(Row([text(it)]) for it in texts), *below]
    found = dated(KYIV, rows, now=NOW, since=NOW - timedelta(hours=hours)).published
    return [_local(it) for it in found[: len(texts)]]


def test_after_a_day_without_a_poll_a_clock_may_be_of_two_days() -> None:
    assert after_silence("10:44") == ["12 10:44?"]
    assert after_silence("10:44", "09:30") == ["12 10:44?", "12 09:30?"]


def test_what_is_known_below_or_the_silence_itself_may_leave_one_day() -> None:
    assert after_silence("10:44", below=kept("11 12:00", "11 11:00")) == ["12 10:44"]
    assert after_silence("10:44", below=kept("11 10:00", "11 09:00")) == ["12 10:44?"]
    assert after_silence("20:44") == ["11 20:44"]  # not yet today
    assert after_silence("10:44", "23:10", "12:30") == ["12 10:44", "11 23:10", "11 12:30"]


def test_a_list_that_goes_on_is_of_today() -> None:
    assert after_silence("10:44", "10:30", "10:02") == ["12 10:44", "12 10:30", "12 10:02"]
    assert after_silence("08:44", "08:30", "08:02") == ["12 08:44?", "12 08:30?", "12 08:02?"]


def test_a_first_body_that_stood_still_since_yesterday_is_a_guess() -> None:
    assert shown("09:10", "09:05", "08:40", "08:30", "08:00") == [
        "12 09:10?",
        "12 09:05?",
        "12 08:40?",
        "12 08:30?",
        "12 08:00?",
    ]


def test_a_dated_row_above_tells_the_days_of_a_first_body() -> None:
    assert shown("12.03.2024 09:10", "09:05", "08:40", "08:30")[1:] == ["12 09:05", "12 08:40", "12 08:30"]


def test_rows_from_below_are_older_after_a_silence_too() -> None:
    above = kept("12 10:40", "12 09:00", "12 07:30")
    rows = [*above, Row([text("08:00")])]
    found = dated(KYIV, rows, now=NOW, since=NOW - timedelta(hours=21)).published
    assert _local(found[3]) == "11 08:00"


# -- a zone that nobody states ----------------------------------------------------------------


def test_a_zone_is_inferred_from_when_items_appear() -> None:
    lags: tuple[Lag, ...] = ()
    at = NOW
    found: list[Published] = []
    for _ in range(4):
        clock = (at - MINUTE + timedelta(hours=5, minutes=45)).strftime("%H:%M")
        one = dated(NOWHERE, [Row([text(clock)])], now=at, since=at - 5 * MINUTE, lags=lags)
        found += one.published
        lags, at = one.lags, at + 5 * MINUTE
    assert [(it.zone, it.sure) for it in found] == [
        ("+05:45", False),
        ("+05:45", False),
        ("+05:45", True),
        ("+05:45", True),
    ]
    assert all(it.earliest == NOW - MINUTE + n * 5 * MINUTE for n, it in enumerate(found))


def test_slow_polls_say_less_of_a_zone_and_are_not_believed_too_soon() -> None:
    since = NOW - timedelta(hours=2)
    found = dated(NOWHERE, [Row([text("11:10")]), Row([text("10:40")])], now=NOW, since=since)
    assert [it.origin for it in found.published] == ["first-seen", "first-seen"]


def test_without_a_zone_the_first_body_is_dated_as_wide_as_the_world() -> None:
    rows = [Row([text("10:50")]), Row([text("10:40")]), Row([text("2024-03-12 01:00:00")])]
    found = dated(NOWHERE, rows, now=NOW, since=None).published
    assert [it.sure for it in found] == [False, False, True]  # a clock may be of any day, a date may not
    assert all(it.latest - it.earliest >= timedelta(hours=12) for it in found)
    assert found[0].latest - found[1].latest == 9 * MINUTE  # to 10: clocks leave seconds out


def test_a_clock_change_is_noticed_where_the_zone_is_inferred() -> None:
    lags: tuple[Lag, ...] = ()
    at, zones = NOW, []
    for n in range(30):
        ahead = timedelta(hours=2 if n < 15 else 1)
        row = Row([text((at - MINUTE + ahead).strftime("%H:%M"))])
        one = dated(NOWHERE, [row], now=at, since=at - 5 * MINUTE, lags=lags)
        zones.append((one.published[0].zone, one.published[0].sure))
        lags, at = one.lags, at + 5 * MINUTE
    assert zones[14] == ("+02:00", True)
    assert zones[-1] == ("+01:00", True)
    assert ("+02:00", True) not in zones[15:]  # an hour off, and known for a guess


# -- laws -------------------------------------------------------------------------------------

junk = st.one_of(
    st.text(),
    st.text(alphabet="0123456789-+:TZ., JanFebMarGMT"),
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S +1400")),
    st.times().map(lambda at: at.strftime("%H:%M")),
    st.times().map(lambda at: at.strftime("%I:%M %p")),
    st.sampled_from(["yesterday 10:00", "5 min ago", "2 weeks ago", "20 Nov", "Fri 09:00", "Mar-11-24 03:44PM"]),
    st.from_regex(
        r"[0-9]{1,6}-[0-9]{1,3}-[0-9]{1,3}[T ][0-9]{1,3}:[0-9]{1,3}(:[0-9]{1,3})?(Z|[+-][0-9:]{1,9})?"
    ),
)  # fmt: skip
raw_dates = st.builds(
    RawDate, text=junk, parsed=junk, day=st.one_of(st.just(""), junk), origin=st.sampled_from(get_args(DateOrigin))
)  # fmt: skip
kept_dates = st.builds(
    lambda back: Published(earliest=NOW - back, latest=NOW - back, origin="text"),
    st.timedeltas(timedelta(0), timedelta(days=9)),
)
rows = st.lists(
    st.builds(Row, st.lists(raw_dates, max_size=3), st.one_of(st.none(), st.none(), kept_dates)), max_size=9
)
sources = st.sampled_from([NOWHERE, KYIV])
gaps = st.one_of(
    st.none(), st.sampled_from([timedelta(0), 5 * MINUTE, timedelta(hours=9), timedelta(days=40)])
)
evidence = st.lists(
    st.builds(Lag, ahead=st.floats(-43_200, 43_199), gap=st.floats(0, 10_800)), max_size=30
).map(tuple)


@given(rows, sources, gaps, evidence)
def test_no_text_raises_every_answer_is_sane_and_what_is_stored_stays(
    body: Sequence[Row], source: Source, gap: timedelta | None, lags: tuple[Lag, ...]
) -> None:
    found = dated(source, body, now=NOW, since=None if gap is None else NOW - gap, lags=lags)
    assert len(found.published) == len(body)
    assert len(found.lags) <= 24
    for row, at in zip(body, found.published, strict=True):
        assert at.earliest <= at.latest <= NOW + timedelta(days=2)
        assert at.earliest.utcoffset() == at.latest.utcoffset() == timedelta(0)
        assert row.kept is None or at == row.kept
        assert at.origin == "first-seen" or at.earliest >= datetime(1969, 12, 31, tzinfo=UTC)
