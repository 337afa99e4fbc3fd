"""The words of date texts: which language a word of several is read in."""

from collections import Counter

import pytest

from monitor.core.dates import datewords
from monitor.core.dates.datetexts import clock_text, heading, read
from monitor.core.dates.readings import Day

SATURDAY, SUNDAY = Day(weekday=5), Day(weekday=6)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("So, 14:50 Uhr", SUNDAY),
        ("So. 14:50", SUNDAY),
        ("So 14:50", SUNDAY),
        ("SO 14:50", SUNDAY),
        ("so, 14:50 Uhr", SUNDAY),
        ("Redaktion · So, 14:50", SUNDAY),
        ("so 14:50", SATURDAY),  # of a Czech page
        ("SOBOTA 14:50", SATURDAY),
        ("Sa, 14:50 Uhr", SATURDAY),
        ("ne 14:50", SUNDAY),
        ("So 5. prosince, 14:50", Day(month=12, day=5)),
    ],
)
def test_a_short_sunday_is_german_and_a_small_so_czech(text: str, day: Day) -> None:
    found = read(text)
    assert found is not None
    assert found.day == day


def test_so_a_heading_and_a_stamp_of_a_page_are_read_alike() -> None:
    assert [heading(text) for text in ("So", "so", "So 26", "so 26.")] == [
        SUNDAY,
        SATURDAY,
        Day(weekday=6, day=26),
        Day(weekday=5, day=26),
    ]
    assert clock_text("So, 14:50")
    assert clock_text("so 14:50")


@pytest.mark.parametrize("rows", ["_MONTHS", "_WEEKDAYS", "_DAYS_AGO", "_UNITS"])
def test_no_word_means_two_things_of_one_kind(rows: str) -> None:
    """The last row would win, and the other language be misread without a sound."""
    table = getattr(datewords, rows)
    words = Counter(
        word
        for row in (table.values() if isinstance(table, dict) else table)
        for word in {datewords.fold(word) for word in row.split()}
    )
    assert [word for word, count in words.items() if count > 1] == []
