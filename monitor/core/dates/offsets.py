"""Zones: a clock on a wall becomes an instant, and a zone nobody states is told by when items appear."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.model import Lag

HOUR, HALF_DAY, WHOLE_DAY = timedelta(hours=1), timedelta(hours=12), timedelta(days=1)
LATE = timedelta(minutes=5)  # a page may show an item so long after the minute it gives it
EARLY = timedelta(minutes=1)  # and be so much ahead of us
LONGEST_GAP = timedelta(hours=3)  # between two polls, for what is new to tell anything of a zone
KEPT = 24  # lags that are remembered
ENOUGH = 3  # items that must agree, and by so many more than agree on any other offset:
AHEAD_BY = 2

# every offset in the tz database of today, in minutes; +13 and +14 show the clock of -11 and -10
MINUTES = (*range(-660, 721, 60), -570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765)
OFFSETS = tuple(timedelta(minutes=minutes) for minutes in sorted(MINUTES))
WORLD = (*OFFSETS, timedelta(hours=13), timedelta(hours=14))  # of each its own day as well


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """Return the zone of "UTC", "+05:30" or a name of the tz database, None if there is none such.

    >>> zone("+05:30"), zone("nowhere")
    (datetime.timezone(datetime.timedelta(seconds=19800)), None)
    """
    if name == "UTC":
        return UTC
    if name[:1] in ("+", "-"):
        offset = timedelta(hours=int(name[1:3]), minutes=int(name[4:6]))
        return timezone(-offset if name[0] == "-" else offset)
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, LookupError):  # a machine without this zone, a folder, a path
        return None


def named(offset: timedelta) -> str:
    """Return an offset as zones are written.

    >>> named(timedelta(hours=5, minutes=45)), named(-timedelta(hours=4)), named(timedelta(0))
    ('+05:45', '-04:00', 'UTC')
    """
    if not offset:
        return "UTC"
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"


def instants(shown: datetime, where: tzinfo) -> list[datetime]:
    """Return when a naive wall clock `shown` in `where` was, UTC: two instants where clocks went back,
    the later first. Empty beyond the calendar's ends.

    >>> [at.isoformat() for at in instants(datetime(2024, 10, 27, 3, 30), zone("Europe/Kyiv"))]
    ['2024-10-27T01:30:00+00:00', '2024-10-27T00:30:00+00:00']
    """
    try:
        both = {shown.replace(tzinfo=where, fold=fold).astimezone(UTC) for fold in (1, 0)}
    except (OverflowError, ValueError):
        return []
    return sorted(both, reverse=True)


def lag(shown: datetime, seen: datetime, gap: timedelta) -> Lag:
    """Return how far a naive `shown` lies from the first sight of it, as evidence for a zone."""
    ahead = (shown.replace(tzinfo=UTC) - seen + HALF_DAY) % WHOLE_DAY - HALF_DAY
    return Lag(ahead=ahead.total_seconds(), gap=gap.total_seconds())


def settled(lags: Sequence[Lag]) -> timedelta | None:
    """Return the offset that the evidence agrees on, None as long as it does not.

    An item that was new at this poll was published after the poll before; so what its clock was ahead
    of ours, less what of that is the zone, lies between the two. The offset that makes this true of
    the most items is the source's, if it beats every other one by two.

    >>> early = [Lag(ahead=7200 - late, gap=300) for late in (20, 100, 250)]
    >>> settled(early), settled(early[:2])
    (datetime.timedelta(seconds=7200), None)
    """
    votes: Counter[timedelta] = Counter()
    for one in lags:
        votes.update(agreeing(one))
    ranked = votes.most_common(2)
    if not ranked or ranked[0][1] < ENOUGH:
        return None
    second = ranked[1][1] if len(ranked) > 1 else 0
    return ranked[0][0] if ranked[0][1] - second >= AHEAD_BY else None


def agreeing(one: Lag) -> Iterable[timedelta]:
    """Yield the offsets by which an item would have appeared between the two polls."""
    for offset in OFFSETS:
        late = (offset - timedelta(seconds=one.ahead) + EARLY) % WHOLE_DAY - EARLY
        if late <= timedelta(seconds=one.gap) + LATE:
            yield offset


def doubted(offset: timedelta, lags: Sequence[Lag]) -> bool:
    """Tell whether the last item contradicts a settled `offset` by an hour: a clock may have changed since.

    >>> doubted(2 * HOUR, [Lag(ahead=3540, gap=300)]), doubted(2 * HOUR, [Lag(ahead=7140, gap=300)])
    (True, False)
    """
    found = set(agreeing(lags[-1])) if lags else set()
    return offset not in found and bool(found & {offset - HOUR, offset + HOUR})


def remembered(old: Sequence[Lag], new: Sequence[Lag]) -> tuple[Lag, ...]:
    """Return the evidence to keep. Where the last items all contradict what was settled, as when a
    clock changes, what came before them is forgotten."""
    lags = (*old, *new)[-KEPT:]
    offset, latest = settled(lags), lags[-ENOUGH:]
    if offset is not None and len(lags) > ENOUGH and not any(offset in agreeing(one) for one in latest):
        return latest
    return lags
