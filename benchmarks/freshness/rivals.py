"""How others decide when to poll, each by its own formula, and the least delay that knowing the truth would buy."""

import math
from collections import deque
from collections.abc import Sequence

from benchmarks.freshness.streams import DAY, HOUR, Stream
from benchmarks.freshness.world import CAP, FLOOR

WEEK = 7 * DAY


class Fixed:
    """newsboat, MonitoRSS: the same interval for all, from when each was first met."""

    def __init__(self, every: float) -> None:
        self._every = every

    def first(self, now: float, dates: Sequence[float]) -> float:
        return self._every

    def then(self, now: float, new: Sequence[float]) -> float:
        return self._every


class Miniflux:
    """entry_frequency (miniflux/v2 internal/model/feed.go): a week divided by the entries published in it.

    weekly = ceil(week / mean gap) over the entries of the last week; one or none means the cap.
    `slow` is one over its `factor`, the knob. Its shortest interval is 5 minutes, longer with the knob.
    """

    def __init__(self, slow: float, cap: float = CAP) -> None:
        self._slow, self._cap = slow, cap
        self._dates: deque[float] = deque()

    def first(self, now: float, dates: Sequence[float]) -> float:
        return self.then(now, dates)

    def then(self, now: float, new: Sequence[float]) -> float:
        self._dates.extend(new)
        while self._dates and self._dates[0] < now - WEEK:
            self._dates.popleft()
        if len(self._dates) < 2 or self._dates[-1] == self._dates[0]:
            return self._cap
        gap = (self._dates[-1] - self._dates[0]) / (len(self._dates) - 1)
        return min(max(WEEK / math.ceil(WEEK / gap) * self._slow, FLOOR), self._cap)


class Aimd:
    """Halve after a poll that brought something, else add a step: the knob."""

    def __init__(self, step: float) -> None:
        self._step, self._every = step, HOUR / 4

    def first(self, now: float, dates: Sequence[float]) -> float:
        return self._every

    def then(self, now: float, new: Sequence[float]) -> float:
        self._every = min(max(self._every / 2 if new else self._every + self._step, FLOOR), CAP)
        return self._every


class SquareRoot:
    """An exponentially weighted rate of 7 days and the square-root law; the knob scales the interval."""

    def __init__(self, scale: float) -> None:
        self._scale, self._items, self._seconds, self._at = scale, 0.3, 0.3 * DAY, 0.0

    def first(self, now: float, dates: Sequence[float]) -> float:
        if len(dates) > 1:
            self._items += len(dates) - 1
            self._seconds += now - dates[0]
        self._at = now
        return self._interval()

    def then(self, now: float, new: Sequence[float]) -> float:
        left = math.exp(-(now - self._at) / WEEK)
        self._items, self._seconds = self._items * left + len(new), self._seconds * left + now - self._at
        self._at = now
        return self._interval()

    def _interval(self) -> float:
        return self._scale * math.sqrt(self._seconds / max(self._items, 1e-6))


# -- the bound --------------------------------------------------------------------------------

GRID = 60.0  # seconds


def bound(streams: Sequence[Stream], polls: int) -> float:
    """Return the least mean wait in seconds that a schedule of so many polls has, knowing every intensity.

    Exact on a grid of a minute, by dynamic programming over the last poll, with a price of a poll that is
    bisected until the polls fit. It knows no single item, and not what Hawkes items excite: there it is a
    reference that can be beaten.
    """
    known = [_prefix(stream) for stream in streams]
    items = sum(mass[-1] for mass, _ in known)
    low, high = 1e-3, 1e7
    for _ in range(11):
        price = math.sqrt(low * high)
        runs = [_schedule(mass, moment, price) for mass, moment in known]
        made = sum(count for count, _ in runs)
        low, high = (price, high) if made > polls else (low, price)
    cost = sum(cost for _, cost in runs)
    return cost / items * made / polls  # what the last half per cent of polls would buy: delay ~ 1 / polls


def _prefix(stream: Stream) -> tuple[list[float], list[float]]:
    """Return the items expected up to each minute, and the same weighted by when they come."""
    assert stream.intensity is not None
    mass, moment = [0.0], [0.0]
    for minute in range(int(stream.until // GRID)):
        middle = (minute + 0.5) * GRID
        items = stream.intensity(middle) * GRID
        mass.append(mass[-1] + items)
        moment.append(moment[-1] + items * middle)
    return mass, moment


def _schedule(mass: Sequence[float], moment: Sequence[float], price: float) -> tuple[int, float]:
    """Return how many polls the cheapest schedule makes, and its waits in item-seconds.

    best(b) = price + b M(b) - S(b) + min over a < b of best(a) + S(a) - b M(a): lines in b with falling slopes,
    asked in order, so the lower hull is a queue (convex hull trick).
    """
    last = len(mass) - 1
    hull: deque[tuple[float, float, int]] = deque([(0.0, 0.0, 0)])  # slope, offset, polls
    polls, waits = 0, 0.0
    for b in range(1, last + 1):
        at = b * GRID
        while len(hull) > 1 and hull[1][0] * at + hull[1][1] <= hull[0][0] * at + hull[0][1]:
            hull.popleft()
        slope, offset, made = hull[0]
        value = slope * at + offset + at * mass[b] - moment[b] + price
        polls, waits = made + 1, value - price * (made + 1)
        line = (-mass[b], value + moment[b])
        while len(hull) > 1 and _useless(hull[-2], hull[-1], line):
            hull.pop()
        if line[0] < hull[-1][0] or line[1] < hull[-1][1]:
            hull.append((*line, polls))
    return polls, waits


def _useless(a: tuple[float, ...], b: tuple[float, ...], c: tuple[float, ...]) -> bool:
    """Tell whether the line `b` lies nowhere below both `a` and `c`."""
    return (c[1] - a[1]) * (a[0] - b[0]) <= (b[1] - a[1]) * (a[0] - c[0])
