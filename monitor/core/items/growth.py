"""A window that grew: what a body shows for the first time, and was there before we looked.

A feed of 10 entries that is suddenly one of 50 shows 40 that are old, and none of them is news.
"""

from collections.abc import Sequence
from datetime import datetime

from monitor.core.items.recognition import Resolved
from monitor.model import Known, Published

WHOLE = 3  # entries that come at once; one or two may be news that were dated back
PINNED = 3  # items of the window before that may be older than its tail, and that may be gone or not dated
SURE = 2  # of them that are dated


def grown(resolved: Sequence[Resolved], dates: Sequence[Published], known: Known) -> frozenset[int]:
    """Return the positions of a tail that came into view at once, below all that stood there at the last look
    and stands there still, and that is older than that.

    What was dated back and put among the known is no tail; nor is what stands where the last body is gone.
    """
    stood = [n for n, one in enumerate(resolved) if one.item is not None and one.item.id in known.last]
    dated = [n for n in stood if dates[n].told]  # the top row of a first body may be a pin
    if len(dated) < min(len(stood), SURE) or not dated or len(known.last) - len(dated) > PINNED:
        return frozenset()
    tail = range(stood[-1] + 1, len(resolved))
    if len(tail) < WHOLE or not all(dates[n].told for n in tail):
        return frozenset()
    oldest = _oldest([dates[n].earliest for n in dated])
    if not all(resolved[n].item is None and dates[n].latest <= oldest for n in tail):
        return frozenset()
    return frozenset(tail)


def _oldest(dates: Sequence[datetime]) -> datetime:
    """Return the oldest date but for pins; that of the tail is at most the last one's."""
    return min(sorted(dates)[min(PINNED, len(dates) - 1)], dates[-1])
