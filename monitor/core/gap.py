"""A gap: a body that has no item in common with the one before it, so that items went by unseen."""

from collections.abc import Iterable
from datetime import datetime

from monitor.model import Gap, Known, Rest, Rhythm


def seen(rhythm: Rhythm, known: Known, items: Iterable[str], rest: Rest) -> bool:
    """Tell whether a body with the items `items` (ids of those that are not new) has none of the last one.

    An empty body before it, or none, proves nothing; nor does one of which a part has not changed.
    """
    return bool(rhythm.window and known.last) and not rest.unchanged and known.last.isdisjoint(items)


def told(rhythm: Rhythm, *, window: int, recovered: int, now: datetime) -> Gap:
    """Return what a gap is worth telling: how much was missed, by the rhythm, and found elsewhere.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> before = Rhythm(window=2, arrived=60.0, watched=10 * 3600.0, looked_at=now - timedelta(hours=2))
    >>> told(before, window=2, recovered=7, now=now).sentence
    'nothing is left of what stood there 2026-03-01 10:00 UTC: recovered 7 of about 10 items in between'
    """
    missed = max(_missed(rhythm, window, now), recovered, 1)
    before = f"{rhythm.looked_at:%Y-%m-%d %H:%M} UTC" if rhythm.looked_at else "before"
    found = f"recovered {recovered or 'none'} of about {missed}"
    return Gap(
        missed=missed,
        recovered=recovered,
        sentence=f"nothing is left of what stood there {before}: {found} item{'' if missed == 1 else 's'} in between",
    )


def _missed(rhythm: Rhythm, window: int, now: datetime) -> int:
    """Return how many came since the last look, at the mean rate so far, without those that stand there."""
    if rhythm.looked_at is None or not rhythm.watched:
        return 0
    seconds = (now - rhythm.looked_at).total_seconds()
    return round(seconds * rhythm.arrived / rhythm.watched) - window


def day(now: datetime) -> str:
    """Return the day a gap is told once on, in UTC.

    >>> day(datetime.fromisoformat("2026-03-01T12:00:00+00:00"))
    '2026-03-01'
    """
    return now.date().isoformat()
