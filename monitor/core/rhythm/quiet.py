"""When a feed asks not to be read: its skipHours and skipDays, as far as what it published does not belie them."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from monitor.model import Advice, Tempo

HOUR = timedelta(hours=1)
BELIED = 1 / 48  # share of a source's items: half of what an hour has where all are alike
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def over(at: datetime, advice: Advice, tempo: Tempo, *, ahead: float = 0.0) -> datetime:
    """Return the first instant from `at` on that lies in no skipped hour and on no skipped day (UTC, RSS 2.0).

    An hour in which the source published after all is not skipped. `ahead` is what the source's clock, by which
    `tempo` counts, shows more than UTC, in seconds.

    >>> from datetime import UTC
    >>> over(datetime(2026, 3, 1, 22, 30, tzinfo=UTC), Advice(skip_hours=(22, 23)), Tempo()).isoformat()
    '2026-03-02T00:00:00+00:00'
    """
    hours = frozenset(hour for hour in advice.skip_hours if not _belied(hour, tempo, ahead))
    if len(hours) >= 24 or len(set(advice.skip_days)) >= 7:
        return at
    found = at
    while found.hour in hours or found.weekday() in advice.skip_days:
        found = found.replace(minute=0, second=0, microsecond=0) + HOUR
    return found


def _belied(hour: int, tempo: Tempo, ahead: float) -> bool:
    came = tempo.hours[int(hour + 0.5 + ahead / 3_600) % 24]
    return came >= 1 and came >= BELIED * sum(tempo.hours)


def said(advice: Advice) -> str:
    """Return in words when a feed asks not to be read, "" if it does not ask.

    >>> said(Advice(skip_hours=(0, 1, 2, 22, 23), skip_days=(6,)))
    'from 00:00 to 03:00, from 22:00 to 24:00 UTC and on Sunday'
    """
    hours = ", ".join(f"from {first:02}:00 to {last:02}:00" for first, last in _spans(advice.skip_hours))
    days = ", ".join(DAYS[day] for day in advice.skip_days)
    return " and ".join(filter(None, (hours and f"{hours} UTC", days and f"on {days}")))


def _spans(hours: Sequence[int]) -> Iterator[tuple[int, int]]:
    first = None
    for hour in range(25):
        if hour in hours and hour < 24:
            first = hour if first is None else first
        elif first is not None:
            yield first, hour
            first = None
