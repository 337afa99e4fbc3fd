"""What one row of a list says of its date: the best of several texts, and the days that a day's name may mean."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from monitor.core.dates.datetexts import heading, misread, read
from monitor.core.dates.offsets import named
from monitor.core.dates.readings import DAY, FARTHEST, Day, Reading
from monitor.model import DateOrigin, RawDate
from monitor.values import dataclass

FIRST = datetime(1970, 1, 2, tzinfo=UTC)  # before it: 0, the date of what has none, in any zone
FUTURE = timedelta(days=1)  # a date further ahead is none
NAMED = 28  # days back, less than which "Thursday 26" is one day at most
MIDNIGHTS = 3  # rows of one list that are all of midnight, by no chance
RANK: dict[DateOrigin, int] = {"attribute": 0, "json-ld": 1, "stated": 2, "text": 3, "updated": 4}

Origin = Literal["stated", "attribute", "json-ld", "twin", "text", "first-seen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The best date of a row."""

    says: Reading
    origin: Origin
    heading: str = ""  # above a bare clock, where nobody understands which day it names


def stamp(dates: Iterable[RawDate], now: datetime) -> Stamp | None:
    """Return the best of a row's dates: an attribute before JSON-LD, a feed's word, then the text.

    A day alone is completed by a clock that stands elsewhere in the row, or above it as a divider.
    """
    found = [
        Stamp(
            says=says,
            origin="stated" if raw.origin == "updated" else raw.origin,
            heading=raw.day if says.shape == "clock" else "",
        )
        for raw in sorted(dates, key=lambda raw: RANK[raw.origin])
        if (says := _says(raw)) and not _insane(says, now)
    ]
    if not found:
        return None
    best = found[0]
    for other in found[1:]:
        pair = {best.says.shape: best.says, other.says.shape: other.says}
        if pair.keys() == {"day", "clock"}:
            return Stamp(says=_joined(pair["day"].day, pair["clock"]), origin=best.origin)
        if best.says.shape == "day" and other.says.width < best.says.width:
            return other
        if best.says.shape == "clock" and _tells_its_day(other.says, best.says):
            return other
    return best


def _tells_its_day(says: Reading, bare: Reading) -> bool:
    """Tell whether a date is the bare clock time's, with its day: the same minute, in whichever zone."""
    clock = says.at.time() if says.at else says.clock if says.day else None
    return bool(clock and bare.clock and (clock.minute - bare.clock.minute) % 15 == 0)


def _says(raw: RawDate) -> Reading | None:
    """Return what a date says, as we read it, else as the library did; a duration says nothing."""
    found = read(raw.text)
    library = read(raw.parsed) if raw.parsed and not misread(raw.text) else None
    if library is not None and (found is None or _knew_a_zone(library, found)):
        return library
    above = heading(raw.day) if raw.day else None
    if found is None and above and raw.text == raw.day:  # a row without a time
        return Reading(shape="day", day=above, width=DAY)
    if found is None or found.shape == "duration":
        return None
    return _joined(above, found) if above and found.shape == "clock" else found


def _knew_a_zone(library: Reading, found: Reading) -> bool:
    """Tell whether a library read a zone into a text that shows us none (it takes such for UTC).

    Further from our reading than any zone it read another date; it may, where figures mean either of two.
    """
    day = found.day
    if library.at is None or day is None or found.zone or not (day.year and day.month and day.day):
        return False
    bare = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - compared with another wall clock
    apart = abs(datetime.combine(bare, found.clock or time()) - library.at.replace(tzinfo=None))
    return apart > timedelta(0) and (apart <= FARTHEST or day.swapped or day.year_first)


def _joined(day: Day | None, clock: Reading) -> Reading:
    return replace(clock, shape="local", day=day)


def _insane(says: Reading, now: datetime) -> bool:
    return says.at is not None and not FIRST <= says.at <= now + FUTURE


def days(day: Day, today: date) -> list[date]:
    """Return the dates that a day's name may mean, seen on `today`; a year left out is the nearest.

    >>> days(Day(ago=1), date(2024, 3, 1)), days(Day(month=12, day=31), date(2024, 1, 2))[0]
    ([datetime.date(2024, 2, 29)], datetime.date(2023, 12, 31))
    """
    if day.ago is not None:
        return [today - timedelta(days=day.ago)]
    if day.weekday is not None and day.day is not None:
        near = [today - timedelta(days=back) for back in range(NAMED)]
        return [one for one in near if (one.weekday(), one.day) == (day.weekday, day.day)]
    if day.weekday is not None:
        back = (today.weekday() - day.weekday) % 7
        return [
            today - timedelta(days=ago) for ago in (back, back + 7, back - 7)
        ]  # the next one: a clock ahead
    pairs = [(day.month, day.day), *([(day.day, day.month)] if day.swapped else [])]
    if day.year_first and day.year is not None and day.day is not None:
        return [
            one for one in (*days(replace(day, year_first=False), today), _turned(day)) if one is not None
        ]
    years = [day.year] if day.year is not None else [today.year, today.year - 1, today.year + 1]
    found = [_date(year, month, number) for month, number in pairs for year in years]
    named = [one for one in found if one is not None]
    return named if day.year is not None else sorted(named, key=lambda one: abs(one - today))


def _turned(day: Day) -> date | None:
    """Return the date that "24-03-12" is where the year comes first."""
    return _date(2000 + (day.day or 0), day.month, (day.year or 0) % 100)


def together(found: Sequence[Stamp | None]) -> list[Stamp | None]:
    """Return what the rows of one list say, each in the light of the others.

    Which of day and month comes first, one "25/03/2024" shows for all; and where each row is of midnight,
    midnight stands for a clock that is left out.
    """
    orders = {one.says.day.order for one in found if one and one.says.day} - {""}
    timed = [one for one in found if one and _time(one.says) is not None]
    midnights = len(timed) >= MIDNIGHTS and all(_time(one.says) == time() for one in timed)
    return [
        one
        and replace(one, says=_plain(one.says, orders.copy().pop() if len(orders) == 1 else "", midnights))
        for one in found
    ]


def _time(says: Reading) -> time | None:
    """Return the wall clock of a whole date."""
    return says.at.time() if says.at else says.clock if says.day else None


def _plain(says: Reading, order: str, midnights: bool) -> Reading:
    day = says.day
    if midnights and says.at:
        day = Day(year=says.at.year, month=says.at.month, day=says.at.day)
        zone = named(says.at.utcoffset() or timedelta(0))
        return Reading(shape="day", day=day, zone=zone, width=timedelta(days=1))
    if day and day.swapped and order:
        month, number = (day.day, day.month) if order == "md" else (day.month, day.day)
        says = replace(says, day=replace(day, month=month, day=number, swapped=False))
    if midnights and says.clock is not None and says.day:
        return replace(says, shape="day", clock=None, width=timedelta(days=1))
    return says


def _date(year: int | None, month: int | None, day: int | None) -> date | None:
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None
