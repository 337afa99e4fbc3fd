"""When to poll next: a fixed interval, failures back off, the publisher's Retry-After wins."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Source

LONGEST_RETRY_AFTER = 86_400.0  # seconds; 88 h were seen in the wild
SPREAD = 0.1  # share of an interval that jitter may take off


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The configured limits of any interval."""

    min: float = 60.0  # seconds
    max: float = 21_600.0  # seconds


def interval(source: Source, failures: int, bounds: Bounds) -> float:
    """Return the seconds between polls after `failures` in a row: doubling, up to `bounds.max`.

    An interval that the user pinned is never stretched by `min`, only by failures.

    >>> [interval(Source(name="a", url="", every=600), n, Bounds()) for n in (0, 1, 2, 3, 20)]
    [600.0, 600.0, 1200.0, 2400.0, 21600.0]
    """
    usual = source.every if source.pinned else max(source.every, bounds.min)
    stretched = usual * 2.0 ** min(max(failures - 1, 0), 20)
    return float(min(stretched, max(bounds.max, usual)))


def next_poll(
    source: Source,
    *,
    now: datetime,
    started_at: datetime,
    failures: int = 0,
    retry_after: float | None = None,
    bounds: Bounds,
    jitter: float = 0.0,
) -> datetime:
    """Return when to poll `source` again, at the earliest `now`, at the latest `now` + `bounds.max`
    unless the publisher asked for more.

    The interval runs from the start of the last poll, so that a slow answer does not stretch it.
    `jitter` in [0, 1) takes off up to a tenth, so that sources started together drift apart; a
    pinned rhythm is kept to the letter, except while it fails.
    """
    seconds = interval(source, failures, bounds)
    if not source.pinned or failures:
        seconds *= 1 - SPREAD * jitter
    due = max(started_at + timedelta(seconds=seconds), now)
    if retry_after is None:
        return due
    return max(due, now + timedelta(seconds=min(retry_after, LONGEST_RETRY_AFTER)))
