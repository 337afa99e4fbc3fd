"""What this process has done since it began, counted for metrics. Plain numbers: counting costs a poll nothing."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import field
from datetime import datetime, timedelta

from monitor.model import Applied, PollOutcome, SendResult
from monitor.values import dataclass

ITEM_DELAYS = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0)  # seconds
TELL_DELAYS = (0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3_600.0, 86_400.0)  # seconds


class Histogram:
    """How many values fell into each bucket, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        """Take the upper bounds of all buckets but the last, which has none."""
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value in the bucket whose bound it does not exceed."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> list[tuple[str, float]]:
        """Return each bound with how many values do not exceed it, as Prometheus wants them.

        >>> told = Histogram([1.0, 5.0])
        >>> told.observe(1.0), told.observe(9.0)
        (None, None)
        >>> told.cumulative()
        [('1.0', 1), ('5.0', 1), ('+Inf', 2)]
        """
        below, out = 0, list[tuple[str, float]]()
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.counts, strict=True):
            below += count
            out.append((bound, below))
        return out


RECENT = timedelta(minutes=1)  # how long a trouble of the store counts


@dataclass(slots=True)
class Tally:
    """Counts of one process; a restart begins anew, which Prometheus knows as a reset."""

    polls: Counter[str] = field(default_factory=Counter)  # by outcome
    items: Counter[str] = field(default_factory=Counter)  # new, edited
    alerts: int = 0
    gaps: int = 0
    pushes: Counter[str] = field(default_factory=Counter)  # of hubs: taken, forged, unreadable, later
    attempts: Counter[tuple[str, str]] = field(default_factory=Counter)  # by notifier and outcome
    troubles: int = 0  # of the store
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)  # by route and status
    item_delay: Histogram = field(default_factory=lambda: Histogram(ITEM_DELAYS))
    tell_delay: dict[str, Histogram] = field(default_factory=dict)  # by notifier
    ready: bool = False  # the loops run
    stopping: bool = False
    trouble: str = ""  # the store's last one
    trouble_at: datetime | None = None

    def polled(self, outcome: PollOutcome, applied: Applied) -> None:
        """Count a poll that was committed, and what it brought."""
        if outcome.claim.stays is None:
            self.polls["not_modified" if outcome.not_modified else outcome.status] += 1
        self.items["new"] += applied.new
        self.items["edited"] += applied.edited
        self.alerts += applied.rung
        self.gaps += outcome.gap is not None
        if outcome.baseline is None:
            self._delays(outcome)

    def _delays(self, outcome: PollOutcome) -> None:
        for change in outcome.changes:
            published = change.item.published
            if change.new and published.sure and published.stated:
                late = change.item.first_seen_at - published.latest
                self.item_delay.observe(max(0.0, late.total_seconds()))

    def attempted(self, result: SendResult) -> None:
        """Count an attempt to tell somebody."""
        name = result.delivery.notifier
        self.attempts[name, result.trouble or "sent"] += 1
        if result.trouble is None:
            waited = (result.at - result.delivery.alert.at).total_seconds()
            self.tell_delay.setdefault(name, Histogram(TELL_DELAYS)).observe(max(0.0, waited))

    def troubled(self, sentence: str, at: datetime) -> None:
        """Note that the store could not do something."""
        self.troubles += 1
        self.trouble, self.trouble_at = sentence, at

    def lately(self, now: datetime) -> str:
        """Return what the store could not do within the last minute, "" where it did all."""
        return self.trouble if self.trouble_at is not None and now - self.trouble_at < RECENT else ""
