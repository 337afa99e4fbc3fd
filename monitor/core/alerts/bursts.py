"""Does a rule match more than it usually does? What is usual is counted by the hour of the day, each day weighing less.

A day is added once it is over, so a burst is not held against itself. What an hour brought in few days is drawn towards
the mean of all hours; and of an hour in which no source was read nothing is known, so that an outage makes no rule rare.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.alerts.thresholds import Tally, once
from monitor.core.plurals import count, spell
from monitor.model import Burst, Item, Pace, Rule

DAY, HOUR = 86_400, 3_600  # seconds
FORGET = 28.0  # days after which one weighs 1/e
DRAWN = 7.0  # days of an hour that weigh as much as the mean of all hours
LEARNING = 40.0  # hours of past days that must have been looked at before anything is usual: two days
COUNTED = 500  # matches; a burst asks for no more
NOTHING = Pace()  # is known of the rule


def looked(pace: Pace, now: datetime, *, matches: int = 0) -> Pace:
    """Return `pace` after a source was read at `now` and brought so many matches; what is over becomes usual.

    A clock that was set back counts to the day that it left.
    """
    pace, hour = _turned(pace, _day(now)), now.astimezone(UTC).hour
    found = (*pace.today[:hour], pace.today[hour] + matches, *pace.today[hour + 1 :])
    return replace(pace, today=found, looks=pace.looks | 1 << hour)


def _turned(pace: Pace, day: int) -> Pace:
    """Return `pace` on the morning of `day`."""
    if day <= pace.day:
        return pace
    fade = math.exp((pace.day - day) / FORGET)
    seen = [bool(pace.looks >> hour & 1) for hour in range(24)]
    return replace(
        pace,
        day=day,
        today=NOTHING.today,
        looks=0,
        matches=tuple(
            (old + new * it) * fade for old, new, it in zip(pace.matches, pace.today, seen, strict=True)
        ),
        watched=tuple((old + it) * fade for old, it in zip(pace.watched, seen, strict=True)),
    )


def usual(pace: Pace, now: datetime, within: float) -> float | None:
    """Return how many matches the `within` seconds up to `now` usually bring, None while that is not known.

    >>> pace = Pace(day=20_000, matches=(20.0,) * 24, watched=(10.0,) * 24)
    >>> usual(pace, datetime.fromtimestamp(20_000 * DAY, UTC), 1_800.0)
    1.0
    """
    pace = _turned(pace, _day(now))
    hours = sum(pace.watched)
    if hours < LEARNING:
        return None
    mean, end = sum(pace.matches) / hours, now.timestamp()
    at, total = end - within, 0.0
    while at < end:
        stop = min(end, (at // HOUR + 1) * HOUR)
        hour = int(at // HOUR) % 24
        an_hour = (pace.matches[hour] + DRAWN * mean) / (pace.watched[hour] + DRAWN)
        total += an_hour * (stop - at) / HOUR
        at = stop
    return total


def needed(burst: Burst, usually: float) -> int:
    """Return how many matches are a burst where so many are usual.

    >>> rare = Burst(times=3.0, within=3_600.0, at_least=5)
    >>> needed(rare, 0.3), needed(rare, 4.1)
    (5, 13)
    """
    return min(max(burst.at_least, math.ceil(burst.times * usually)), COUNTED)


def tally(burst: Burst, pace: Pace, items: Sequence[Item], now: datetime) -> Tally:
    """Return how far the matches of `items` are from a burst; while nothing is known to be usual none is one."""
    number = len(once(item for item in items if not late(burst, item)))
    usually = usual(pace, now, burst.within)
    within = f"within {spell(burst.within)}"
    if usually is None:
        hours = f"{sum(pace.watched):.0f} of {LEARNING:.0f} h"
        detail = f"{count(number, 'item')} {within}; what is usual is not known yet: {hours} were looked at"
        return Tally(reached=False, within=burst.within, detail=detail)
    enough, often = needed(burst, usually), f"usually {usually:.{int(usually < 9.95)}f}"
    return Tally(
        reached=number >= enough,
        within=burst.within,
        detail=f"{number} of {count(enough, 'item')} {within}, {often}",
        told=f"{count(number, 'match', 'matches')} {within}, {often}",
    )


def late(burst: Burst, item: Item) -> bool:
    """Tell whether `item` was published so long before it was seen that it is no part of what happens now."""
    unseen = item.first_seen_at - item.published.latest
    return item.published.sure and unseen >= timedelta(seconds=burst.within)


def came(matches: Iterable[tuple[Rule, Item]]) -> dict[str, int]:
    """Return how many items of now each rule matched that waits for bursts."""
    found: dict[str, set[str]] = {}
    for rule, item in matches:
        if rule.burst and not late(rule.burst, item):
            found.setdefault(rule.name, set()).add(item.id)
    return {rule: len(items) for rule, items in found.items()}


def _day(at: datetime) -> int:
    return int(at.timestamp() // DAY)
