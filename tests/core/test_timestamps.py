"""Dates as sites write them, insane ones included: never an exception, never an item of the year 9999."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.timestamps import published
from monitor.model import Published, RawDate

NOW = datetime(2024, 3, 12, 9, 0, tzinfo=UTC)
SINCE = NOW - timedelta(minutes=10)


def resolve(*dates: RawDate, since: datetime | None = SINCE) -> Published:
    return published(dates, now=NOW, since=since)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Mon, 11 Mar 2024 15:44:00 GMT", "2024-03-11T15:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 -0400", "2024-03-11T19:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 EST", "2024-03-11T20:44:00"),
        ("11 Mar 24 15:44 +0200", "2024-03-11T13:44:00"),
        ("Mon, 11 Mar 2024 15:44:00 -0000", "2024-03-11T15:44:00"),
        ("2024-03-11T15:44:00Z", "2024-03-11T15:44:00"),
        ("2024-03-11T15:44:00.5+02:00", "2024-03-11T13:44:00.500000"),
        ("2024-03-11 15:44:00", "2024-03-11T15:44:00"),  # without a zone: UTC, for now
        ("2024-03-11", "2024-03-11T00:00:00"),
        ("\n  Mon,  11 Mar 2024\n 15:44:00 GMT ", "2024-03-11T15:44:00"),
        (
            "Wed, 13 Mar 2024 08:00:00 GMT",
            "2024-03-13T08:00:00",
        ),  # less than a day ahead: a zone written wrongly
    ],
)
def test_a_stated_date_is_one_instant(text: str, at: str) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert resolve(RawDate(text=text)) == Published(earliest=instant, latest=instant, origin="stated")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "0000-00-00",
        "0000-00-00T00:00:00Z",
        "-0001-11-30T00:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 01:00:00 +0100",
        "9999-12-31T23:59:59-02:00",
        "Fri, 31 Dec 9999 23:59:59 -0200",
        "99999-01-01",
        "2024-02-30",
        "Mon, 99 Foo 2024 99:99:99 GMT",
        "Thu, 14 Mar 2024 09:00:01 GMT",
        "1" * 10_000,
        "\ud800",
    ],
)
def test_an_unusable_date_is_first_seen_between_the_polls(text: str) -> None:
    assert resolve(RawDate(text=text)) == Published(earliest=SINCE, latest=NOW, origin="first-seen")
    assert resolve(RawDate(text=text), since=None) == Published(earliest=NOW, latest=NOW, origin="first-seen")


def test_an_item_without_dates_is_first_seen() -> None:
    assert resolve().origin == "first-seen"


def test_a_clock_that_went_back_makes_no_negative_interval() -> None:
    assert resolve(since=NOW + timedelta(hours=1)).earliest == NOW


def test_the_librarys_reading_counts_where_ours_fails() -> None:
    found = resolve(RawDate(text="2024년 3월 11일", parsed="2024-03-11T06:44:00+00:00"))
    assert found.latest == datetime(2024, 3, 11, 6, 44, tzinfo=UTC)
    assert resolve(RawDate(text="2024년", parsed="9999-01-01T00:00:00+00:00")).origin == "first-seen"


def test_publication_goes_before_change_and_nonsense_steps_aside() -> None:
    updated = RawDate(text="2024-03-12T08:00:00Z", origin="updated")
    stated = RawDate(text="2024-03-11T08:00:00Z")
    assert resolve(updated, stated).latest.day == 11
    assert resolve(updated, RawDate(text="0000-00-00")).latest.day == 12


junk = st.one_of(
    st.text(),
    st.text(alphabet="0123456789-+:TZ., JanFebMarGMT"),
    st.datetimes().map(lambda at: at.isoformat()),
    st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S +1400")),
    st.from_regex(
        r"[0-9]{1,6}-[0-9]{1,3}-[0-9]{1,3}[T ][0-9]{1,3}:[0-9]{1,3}(:[0-9]{1,3})?(Z|[+-][0-9:]{1,9})?"
    ),
)


@given(
    st.lists(
        st.builds(RawDate, text=junk, parsed=junk, origin=st.sampled_from(["stated", "updated"])), max_size=3
    )
)
def test_no_text_raises_and_every_answer_is_sane(dates: list[RawDate]) -> None:
    found = resolve(*dates)
    assert found.earliest <= found.latest <= NOW + timedelta(days=1)
    assert found.earliest.utcoffset() == timedelta(0)
    assert found.origin == "first-seen" or found.earliest == found.latest >= datetime(1970, 1, 2, tzinfo=UTC)
