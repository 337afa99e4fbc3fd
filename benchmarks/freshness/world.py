"""Virtual time: sources publish, a policy polls, and each item's wait is written down."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.freshness.streams import DAY, Stream

FLOOR, CAP = 60.0, DAY  # seconds between two polls of a source, whoever makes them
CLOSE = 0.003  # of the polls: near enough
NOBODY: "Mapping[str, Wanted]" = {}


class Policy(Protocol):
    """How one source is polled, knowing no other."""

    def first(self, now: float, dates: Sequence[float]) -> float:
        """Return the seconds to the next poll after a first body with items of these `dates`, in order."""

    def then(self, now: float, new: Sequence[float]) -> float:
        """Return the seconds to the next poll after one that brought `new`, their dates, in order."""


@dataclass(slots=True)
class Tally:
    """What came of a run."""

    waits: list[float] = field(default_factory=list)  # seconds, of every item
    early: list[float] = field(default_factory=list)  # of those that came in the first 24 h
    matched: list[float] = field(default_factory=list)  # of those that a rule asks for
    polls: int = 0
    no_loss: int = 0  # of them, made for a window's sake and not for the budget
    missed: int = 0
    hours: Counter[int] = field(default_factory=Counter)  # polls of the budget by the hour
    seconds: float = 0.0  # that all sources together were there
    cpu: float = 0.0  # seconds of this thread, the bookkeeping of the run included

    def quantile(self, share: float) -> float:
        """Return how long the item waited that waited longer than `share` of all, in seconds."""
        return sorted(self.waits)[min(int(len(self.waits) * share), len(self.waits) - 1)]


def mean(waits: Sequence[float]) -> float:
    """Return the mean wait, nan where nothing came."""
    return sum(waits) / len(waits) if waits else math.nan


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items of a stream a rule asks for."""

    items: Sequence[bool]  # of the arrivals
    before: int = 0  # so many of the history


NOT_ASKED = Wanted(())


class Watch:
    """One source under observation: what a poll shows, and how long each item stood unseen."""

    def __init__(self, stream: Stream, wanted: Wanted, tally: Tally) -> None:
        self.stream, self.wanted, self._tally = stream, wanted, tally
        self._seen = 0
        tally.seconds += stream.until

    def poll(self, now: float) -> tuple[Sequence[float], int]:
        """Return the dates of what is new in the body, and how many of that a rule asks for; note the waits."""
        there = bisect_right(self.stream.arrivals, now)
        for n in range(self._seen, there):
            self._note(n, now)
        begin = max(self._seen, there - self.stream.window)
        self._tally.missed += begin - self._seen
        self._seen = there
        self._tally.polls += 1
        return self.stream.arrivals[begin:there], sum(self.wanted.items[begin:there])

    def end(self) -> None:
        """Charge what was never seen until the end."""
        for n in range(self._seen, len(self.stream.arrivals)):
            self._note(n, self.stream.until)

    def _note(self, n: int, now: float) -> None:
        came = self.stream.arrivals[n]
        self._tally.waits.append(now - came)
        if came < DAY:
            self._tally.early.append(now - came)
        if n < len(self.wanted.items) and self.wanted.items[n]:
            self._tally.matched.append(now - came)


def alone(
    streams: Sequence[Stream], make: Callable[[], Policy], wanted: Mapping[str, Wanted] = NOBODY
) -> Tally:
    """Run a policy on each source by itself; all are met first at 0."""
    tally = Tally()
    for stream in streams:
        watch, policy = Watch(stream, wanted.get(stream.name, NOT_ASKED), tally), make()
        watch.poll(0.0)
        now = min(max(policy.first(0.0, stream.history), FLOOR), CAP)
        while now < stream.until:
            new, _ = watch.poll(now)
            now += min(max(policy.then(now, new), FLOOR), CAP)
        watch.end()
    return tally


def at_equal_polls(
    streams: Sequence[Stream],
    make: Callable[[float], Policy],
    polls: int,
    wanted: Mapping[str, Wanted] = NOBODY,
    *,
    low: float,
    high: float,
) -> Tally:
    """Return the run of a policy whose knob was turned, in hindsight, until it polled as often: a favour to it.

    A larger knob polls more seldom. The run nearest to `polls` is returned, and says how many it made.
    """
    runs: list[Tally] = []
    for _ in range(14):
        knob = math.sqrt(low * high)
        runs.append(alone(streams, lambda knob=knob: make(knob), wanted))  # type: ignore[misc]
        made = runs[-1].polls
        if abs(made - polls) <= CLOSE * polls:
            break
        low, high = (knob, high) if made > polls else (low, knob)
    return min(runs, key=lambda run: abs(run.polls - polls))
