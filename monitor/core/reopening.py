"""When a stream that is kept open is looked at, and when one that could not be opened is tried again."""

from datetime import datetime, timedelta

from monitor.core.plurals import spell
from monitor.model import NextPoll

LOOK = 300.0  # seconds between two looks at a stream that is open
AGAIN = 3.0  # seconds until one that ended is opened again, unless it says (`retry`), and
FAILED = 20.0  # one that was refused, or did not answer,
LAST = 300.0  # doubling while it comes to nothing, up to so many
SPREAD = 0.1  # of it that chance adds, so that those which ended together do not come back together


def next_look(failures: int, now: datetime, *, jitter: float = 0.0) -> NextPoll:
    """Return when a stream is looked at after `failures` in a row to open it.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, tzinfo=UTC)
    >>> [(next_look(n, now).at - now).total_seconds() for n in (0, 1, 2, 20)]
    [300.0, 20.0, 40.0, 300.0]
    """
    if not failures:
        return NextPoll(at=now + timedelta(seconds=LOOK), why="its stream is open")
    wait = pause(FAILED, failures, jitter=jitter)
    return NextPoll(at=now + timedelta(seconds=wait), why=f"in {spell(wait)}: its stream is opened again")


def pause(retry: float, vain: int, *, jitter: float = 0.0) -> float:
    """Return the seconds until a stream is opened again that came to nothing `vain` times in a row.

    `retry` are the seconds that it asks for itself.

    >>> [pause(5.0, vain) for vain in (0, 1, 2, 3, 99)], pause(0.0, 0), pause(1e9, 0)
    ([5.0, 5.0, 10.0, 20.0, 300.0], 1.0, 300.0)
    """
    doubled = max(retry, 1.0) * 2.0 ** min(max(vain - 1, 0), 20)
    return min(doubled, LAST) * (1 + SPREAD * jitter)
