"""Whether rows are news: a programme rises, a subject's archive reaches back over months, news comes newest first."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time
from itertools import pairwise
from typing import Any

from monitor.core.dates.datetexts import read as read_date
from monitor.core.dates.readings import Reading
from monitor.model import Entry

FEWEST_DAYS = 8  # rows of a list that is dated by days alone
LONGEST_SPAN = 30  # days that three quarters of it may reach back


def is_recent(entries: Sequence[Entry]) -> bool:
    """Tell whether rows that have days and no times follow each other as news does: archives of an article's
    subject reach back over months, and a handful of rows of one day is a box.
    """
    readings = [[reading for date in entry.dates if (reading := read_date(date.text))] for entry in entries]
    if any(reading.shape != "day" for found in readings for reading in found):
        return True
    days = sorted(day for found in readings for reading in found[:1] if (day := _day(reading)))
    return len(days) >= FEWEST_DAYS and (days[-1] - days[len(days) // 4]).days <= LONGEST_SPAN


def _day(reading: Reading) -> date | None:
    named = reading.day
    if named is None or not (named.year and named.month and named.day):
        return None
    with suppress(ValueError):
        return date(named.year, named.month, named.day)
    return None


def falls(entries: Sequence[Entry]) -> bool:
    """Tell whether the rows come newest first, more or less: news does, a programme runs the other way.

    Several lists of one page stand below each other, so instants need not fall often; bare clock times must, those
    of each day by themselves.
    """
    clocks: list[tuple[str, time]] = []  # with the heading of the day
    instants: list[datetime] = []
    for entry in entries:
        readings = [reading for date in entry.dates if (reading := read_date(date.text))]
        exact = next((reading.at for reading in readings if reading.at is not None), None)
        if exact is not None:
            instants.append(exact)
        elif readings and all(reading.shape == "clock" and reading.clock for reading in readings):
            clocks.append((entry.dates[0].day, readings[0].clock or time()))
    of_one_day = [(before, after) for (day, before), (later, after) in pairwise(clocks) if day == later]
    return (
        _share_falling(list(pairwise(instants)), strictly=True) >= 0.15
        and _share_falling(of_one_day, strictly=False) >= 0.6
    )


def _share_falling(steps: Sequence[tuple[Any, Any]], *, strictly: bool) -> float:
    if len(steps) < 3:
        return 1.0
    falling: list[bool] = [after < before or (after == before and not strictly) for before, after in steps]
    return sum(falling) / len(steps)
