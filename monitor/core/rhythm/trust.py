"""Which dates of a body say when its items came."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from monitor.model import Published

DAY, MINUTE = 86_400, 60  # seconds
SHARP = 600.0  # seconds that a date may be wide
ENOUGH = 5  # dates that can prove anything
MOST = 0.3  # share of dates at one minute of the day: more were made up (66-92 % in three sources that state days only)


def told(published: Published) -> float | None:
    """Return when an item came by its own date, in seconds since 1970; None where it is too vague to tell."""
    wide = (published.latest - published.earliest).total_seconds()
    if not published.told or wide > SHARP:
        return None
    return published.latest.timestamp()


def history(dates: Sequence[Published], now: datetime) -> list[float]:
    """Return the dates of a first body from which to learn, in seconds since 1970; none where they are not times.

    A date to come is none, and where over three tenths stand at one minute of the day, or at one instant, none is.
    """
    times = [at for at in map(told, dates) if at is not None and at <= now.timestamp()]
    return [] if made_up(times) else times


def made_up(times: Sequence[float]) -> bool:
    """Tell whether dates, in seconds since 1970, stand for days and not for moments.

    >>> made_up([DAY * n for n in range(9)]), made_up([5_000.0 * n for n in range(9)])
    (True, False)
    """
    if len(times) < ENOUGH:
        return False
    [(_, same)] = Counter(int(at) % DAY // MINUTE for at in times).most_common(1)
    return same > MOST * len(times)
