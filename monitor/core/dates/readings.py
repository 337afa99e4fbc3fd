"""What a date text says, as values: an instant, a day, a clock time, an age; and how far clocks lie apart."""

from datetime import datetime, time, timedelta
from typing import Literal

from monitor.values import dataclass

Shape = Literal["instant", "local", "day", "clock", "ago", "duration"]

EXACT = timedelta(0)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
FARTHEST = timedelta(hours=14)  # from UTC that a clock anywhere is


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as a text names it: by its date, by its weekday, or counted from today."""

    year: int | None = None  # None: the text leaves it out
    month: int | None = None
    day: int | None = None
    swapped: bool = False  # "03/04/2024" may be April as well
    order: Literal["", "dm", "md"] = ""  # that "25/03/2024" and "03/25/2024" show, for the others of a list
    year_first: bool = False  # "24-03-12" may begin with its year
    ago: int | None = None  # 0 today, 1 yesterday
    weekday: int | None = None  # 0 Monday, the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a date text says.

    | shape | has |
    |---|---|
    | instant | `at`, aware |
    | local | `day` and `clock` |
    | day | `day` |
    | clock | `clock` |
    | ago | `ago`, before now |
    | duration | nothing: it dates nothing |
    """

    shape: Shape
    at: datetime | None = None
    day: Day | None = None
    clock: time | None = None  # naive
    zone: str = ""  # that the text states: "UTC", "+05:30" or a name of the tz database
    ago: timedelta | None = None
    width: timedelta = EXACT  # what the text leaves open: "15:44" is any moment of a minute


def is_near(hours: int, minutes: int) -> bool:
    """Tell whether an offset from UTC is one that a clock somewhere has.

    >>> is_near(5, 45), is_near(14, 0), is_near(99, 0), is_near(5, 75)
    (True, True, False, False)
    """
    return minutes < 60 and timedelta(hours=hours, minutes=minutes) <= FARTHEST
