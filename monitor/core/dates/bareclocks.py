"""Bare clock times of a list: which day each was, by the order of the rows.

A list runs from the newest row down, so a clock that rises marks a midnight. What is pinned on top
breaks that order: up to three top rows are left out where that saves more midnights than it costs
(research: 0 of 428 real updates wrong, where "today" dates 15-43 % wrong).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo

from monitor.core.dates.offsets import instants
from monitor.values import dataclass

BACK = timedelta(hours=2)  # a new row may be so much older than the poll before
AHEAD = timedelta(minutes=10)  # and show a clock so much ahead of ours
DISORDER = timedelta(minutes=10)  # rows may stand in the wrong order by so much
PINS = 3  # rows on top that may be pinned
PIN = 0.5  # of a midnight
LIVE = timedelta(hours=1)  # the newest row of a list that goes on is not older
BRISK = timedelta(hours=5)  # the mean between rows; a day without one is then rarer than 1 in 100 (e^-24/5)
DAYS = 400  # back from the row above, at most, that a bare clock is looked for


@dataclass(frozen=True, slots=True)
class Clock:
    """A row of a list: a bare clock to be placed, or an instant that is known and guides the rest."""

    clock: time | None = None
    zone: tzinfo = UTC
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row was placed; `pinned` rows stand out of the order."""

    at: datetime
    pinned: bool = False


def latest(row: Clock, before: datetime) -> datetime:
    """Return the last time that the row's clock showed what it shows, not after `before`.

    >>> latest(Clock(time(23, 50)), datetime(2024, 8, 5, 0, 5, tzinfo=UTC)).isoformat()
    '2024-08-04T23:50:00+00:00'
    """
    if row.clock is None:
        return row.at or before
    day = before.astimezone(row.zone).date()
    for back in range(3):
        for at in instants(datetime.combine(day - timedelta(days=back), row.clock), row.zone):
            if at <= before:
                return at
    return before


def candidates(row: Clock, after: datetime, until: datetime) -> list[datetime]:
    """Return when the row's clock showed what it shows in (after, until], the latest first."""
    if row.clock is None:
        return [row.at] if row.at and after < row.at <= until else []
    day, found = until.astimezone(row.zone).date() + timedelta(days=1), []
    for _ in range(min((until - after).days, DAYS) + 3):
        found += [at for at in instants(datetime.combine(day, row.clock), row.zone) if after < at <= until]
        day -= timedelta(days=1)
    return found


def placed(rows: Sequence[Clock], now: datetime) -> list[Placed]:
    """Return each row's place in a list that runs from the newest down, or the other way if that takes
    fewer midnights. Nothing is known before; a row of which the order says nothing stands by itself.

    >>> at = datetime(2024, 8, 5, 0, 30, tzinfo=UTC)
    >>> [it.at.day for it in placed([Clock(time(0, 20)), Clock(time(23, 50)), Clock(time(23, 10))], at)]
    [5, 4, 4]
    >>> [it.pinned for it in placed([Clock(time(20, 0)), Clock(time(0, 20)), Clock(time(0, 10))], at)]
    [True, False, False]
    """
    down = _cheapest(rows, now)
    up = _walk(rows[::-1], now, 0)
    if up.cost + 1 <= down.cost:
        down = _Walk(up.places[::-1], up.cost)
    if len(rows) > 5 and down.cost > 1 + len(rows) / 3:  # no order at all
        return [Placed(latest(row, now + AHEAD), pinned=True) for row in rows]
    return list(down.places)


def brisk(dates: Sequence[datetime]) -> bool:
    """Tell whether a list moves too fast for a day without any row.

    >>> at = datetime(2024, 8, 5, tzinfo=UTC)
    >>> brisk([at, at - timedelta(hours=3)]), brisk([at, at - timedelta(hours=9)]), brisk([at])
    (True, False, False)
    """
    return len(dates) > 1 and max(dates) - min(dates) <= BRISK * (len(dates) - 1)


def lively(places: Sequence[Placed], now: datetime) -> bool:
    """Tell whether a list can not be one of a day before, that has stood still since: it is brisk, and its newest
    row was shown just now."""
    dates = [place.at for place in places if not place.pinned]
    return len(dates) >= PINS and now - max(dates) <= LIVE and brisk(dates)


@dataclass(frozen=True, slots=True)
class _Walk:
    places: Sequence[Placed]
    cost: float


def _cheapest(rows: Sequence[Clock], now: datetime) -> _Walk:
    tries = (_walk(rows, now, dropped) for dropped in range(min(PINS + 1, max(len(rows), 1))))
    return min(tries, key=lambda walk: walk.cost)


def _walk(rows: Sequence[Clock], now: datetime, dropped: int) -> _Walk:
    """Place rows newest first, the first `dropped` ones by themselves."""
    places = [Placed(latest(row, now + AHEAD), pinned=True) for row in rows[:dropped]]
    bound, slack, midnights = now + AHEAD, timedelta(0), 0
    for row in rows[dropped:]:
        at = _below(row, bound + slack)
        places.append(Placed(at))
        if at < bound or not slack:
            midnights += (bound.astimezone(row.zone).date() - at.astimezone(row.zone).date()).days
            bound = at
        slack = DISORDER
    return _Walk(places, midnights + PIN * dropped)


def _below(row: Clock, bound: datetime) -> datetime:
    return row.at if row.at is not None else latest(row, bound)
