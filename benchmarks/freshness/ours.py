"""Newsbell's own rhythm in virtual time: the functions of the daemon and one heap, nothing in between."""

import heapq
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from benchmarks.freshness.streams import HOUR, Stream
from benchmarks.freshness.world import CAP, FLOOR, NOT_ASKED, Tally, Wanted, Watch
from monitor.core import cadence
from monitor.core.cadence import Bounds
from monitor.core.rhythm import learning, price
from monitor.model import Budget, NextPoll, Rhythm, Source

MIDNIGHT = 1_600_041_600.0  # virtual 0, in seconds since 1970
BOUNDS = Bounds(min=FLOOR, max=CAP)  # as everybody's here


@dataclass(slots=True)
class Followed:
    """One source and what is known of it."""

    watch: Watch
    rhythm: Rhythm
    coming: NextPoll
    first: bool = True


class Desk:
    """All sources under one budget."""

    def __init__(
        self,
        streams: Sequence[Stream],
        wanted: Mapping[str, Wanted],
        every: float,
        by_alerts: bool,
        dated: bool,
    ) -> None:
        self.tally = Tally()
        self._source = Source(name="feed", url="", every=every, by_alerts=by_alerts)
        self._dated = dated
        start = _instant(0.0)
        pull = cadence.pull(self._source, Rhythm(), start)
        self.all = [
            Followed(
                Watch(stream, wanted.get(stream.name, NOT_ASKED), self.tally),
                Rhythm(),
                NextPoll(at=start, pull=pull),
            )
            for stream in streams
        ]
        whole = Budget(every=every, sources=len(streams), pull=pull * len(streams), at=MIDNIGHT)
        self.budget = price.at_start(whole)

    def leave(self, one: Followed) -> None:
        """Poll a source no more: its share of the budget goes with it."""
        one.watch.end()
        left = price.passed(self.budget, MIDNIGHT + one.watch.stream.until)
        self.budget = replace(left, sources=left.sources - 1, pull=left.pull - one.coming.pull)

    def turn(self, one: Followed, now: float) -> float:
        """Poll a source, or let it wait for a token; return when its turn comes again."""
        outside = one.coming.latest_at is not None and _instant(now) >= one.coming.latest_at
        if not outside:
            spent = price.passed(self.budget, MIDNIGHT + now, 0)
            if not one.first and (wait := price.wait(spent)) > 1e-3:
                latest = one.coming.latest_at
                return min(now + wait, latest.timestamp() - MIDNIGHT if latest else now + wait)
            self.budget = price.passed(self.budget, MIDNIGHT + now, 1)
            self.tally.hours[int(now // HOUR)] += 1
        self.tally.no_loss += outside
        new, matched = one.watch.poll(now)
        self._learn(one, now, new, matched)
        self._plan(one, now)
        return one.coming.at.timestamp() - MIDNIGHT

    def _learn(self, one: Followed, now: float, new: Sequence[float], matched: int) -> None:
        stream, at = one.watch.stream, _instant(now)
        ahead = stream.ahead(now)
        if one.first:
            dates = [MIDNIGHT + date for date in stream.history] if self._dated else []
            rhythm = cadence.begun(stream.window, [_instant(date) for date in stream.history], at)
            matched = one.watch.wanted.before
            tempo = learning.begun(dates, at.timestamp(), ahead=ahead, matched=matched)
        else:
            rhythm = cadence.still(one.rhythm, at)
            if new:
                rhythm = cadence.measured(one.rhythm, window=stream.window, arrived=len(new), now=at)
            dates = [MIDNIGHT + date for date in new] if self._dated else []
            tempo = learning.learnt(
                one.rhythm.tempo, at.timestamp(), dates, ahead=ahead, count=len(new), matched=matched
            )
        one.rhythm = replace(rhythm, tempo=tempo)
        one.first = False

    def _plan(self, one: Followed, now: float) -> None:
        at, others = _instant(now), replace(self.budget, pull=self.budget.pull - one.coming.pull)
        one.coming = cadence.next_poll(
            self._source,
            now=at,
            started_at=at,
            bounds=BOUNDS,
            rhythm=one.rhythm,
            budget=others,
            ahead=one.watch.stream.ahead(now),
        )
        self.budget = replace(others, pull=others.pull + one.coming.pull)


def run(
    streams: Sequence[Stream],
    every: float,
    wanted: Mapping[str, Wanted],
    *,
    by_alerts: bool = False,
    dated: bool = True,
) -> Tally:
    """Poll all streams by the daemon's rules; `dated` False takes their dates away."""
    began = time.thread_time()
    desk = Desk(streams, wanted, every, by_alerts, dated)
    ends = [(one.watch.stream.until, 0, n) for n, one in enumerate(desk.all)]
    queue = [(0.0, 1, n) for n in range(len(desk.all))] + ends
    heapq.heapify(queue)
    gone: set[int] = set()
    while queue:
        now, polled, n = heapq.heappop(queue)
        if not polled:
            desk.leave(desk.all[n])
            gone.add(n)
        elif n not in gone:
            heapq.heappush(queue, (desk.turn(desk.all[n], now), 1, n))
    desk.tally.cpu = time.thread_time() - began
    return desk.tally


def _instant(now: float) -> datetime:
    return datetime.fromtimestamp(MIDNIGHT + now, UTC)
