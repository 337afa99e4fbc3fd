"""Clocks that go back or forward: an hour that was shown twice, or never, and which reading of it was meant.

Where clocks go back, "03:30" is two instants an hour apart; where they go forward it is none, and a page
that shows it has not turned its clock yet, or too soon: two readings as well.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo

from monitor.core.dates.bareclocks import AHEAD, DISORDER
from monitor.core.dates.offsets import EARLY, instants

PROMPT = timedelta(minutes=10)  # after the poll before, at least: a row that was not there then


def readings(at: datetime, clock: time, where: tzinfo) -> list[datetime]:
    """Return each instant that the text read as `at` may mean, the later first: `at` alone on most days.

    >>> from zoneinfo import ZoneInfo
    >>> at = datetime.fromisoformat("2024-10-27T01:30+00:00")
    >>> [it.hour for it in readings(at, time(3, 30), ZoneInfo("Europe/Kyiv"))]
    [1, 0]
    """
    day = at.astimezone(where).date()
    for one in (day, day + timedelta(days=1), day - timedelta(days=1)):  # a midnight may be left out
        both = instants(datetime.combine(one, clock), where)
        if at in both:
            return both
    return [at]


def by_order(rows: Sequence[Sequence[datetime]]) -> list[list[datetime]]:
    """Return the readings of each row, newest first, that its neighbours allow; all where none is allowed.

    >>> late, early = (datetime.fromisoformat(f"2024-10-27T0{hour}:30+00:00") for hour in (1, 0))
    >>> [[it.hour for it in row] for row in by_order([[late, early], [late - timedelta(minutes=20)]])]
    [[1], [1]]
    """
    below = _bounded(rows, newest=True)
    return _bounded(below[::-1], newest=False)[::-1]


def _bounded(rows: Sequence[Sequence[datetime]], *, newest: bool) -> list[list[datetime]]:
    """Return the readings that no row before contradicts; rows run from the newest down, or from the oldest up."""
    bound: datetime | None = None
    left = []
    for row in rows:
        fits = [at for at in row if bound is None or _follows(at, bound, newest)] or list(row)
        left.append(fits)
        best = max(fits) if newest else min(fits)
        bound = best if bound is None else min(bound, best) if newest else max(bound, best)
    return left


def _follows(at: datetime, bound: datetime, newest: bool) -> bool:
    return at <= bound + DISORDER if newest else at >= bound - DISORDER


def by_sight(found: Sequence[datetime], since: datetime | None, now: datetime) -> list[datetime]:
    """Return the reading of a new row that lies between the poll before and now, all where that is not one.

    >>> late, early = (datetime.fromisoformat(f"2024-10-27T0{hour}:30+00:00") for hour in (1, 0))
    >>> now = late + timedelta(minutes=3)
    >>> [[it.hour for it in by_sight([late, early], now - timedelta(minutes=gap), now)] for gap in (5, 90)]
    [[1], [1, 0]]
    """
    past = [at for at in found if at <= now + AHEAD] or list(found)
    if len(past) == 1 or since is None or past[0] > now + EARLY:
        return past
    prompt = [at for at in past if at > since - PROMPT]
    return prompt if len(prompt) == 1 else past
