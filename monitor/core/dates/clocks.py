"""Two clocks: ours, by which things are first seen, and the server's, by which a page shows its times.

The system keeps ours right (NTP). A body says when it was made by the server's (`Date`, RFC 9110 §6.6.1),
and how long it then lay in caches (`Age`, RFC 9111 §5.1). Where the two differ and no cache explains it,
nothing tells which one the page shows: what only one of them allows is a guess, and teaches no zone.
"""

from datetime import datetime, timedelta

from monitor.model import Response
from monitor.values import dataclass

SANE = timedelta(hours=1)  # between the server's clock and ours; further apart, its `Date` says nothing
AGREE = timedelta(minutes=2)  # they say the same, a slow answer included


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """When a body was read and made.

    >>> at = datetime.fromisoformat("2024-11-21T14:00+00:00")
    >>> Clocks.of(at).agree, Clocks(now=at, made_at=at, dated_at=at - SANE).agree
    (True, False)
    """

    now: datetime  # it was read, by our clock
    made_at: datetime  # by our clock
    dated_at: datetime  # the same, by the server's clock

    @classmethod
    def of(cls, now: datetime) -> "Clocks":
        """Return the clocks of a body that says nothing of when it was made."""
        return cls(now=now, made_at=now, dated_at=now)

    @property
    def early(self) -> datetime:
        """The clock that is behind: both have shown what it shows."""
        return min(self.made_at, self.dated_at)

    @property
    def late(self) -> datetime:
        """The clock that is ahead: no page shows what is later."""
        return max(self.made_at, self.dated_at)

    @property
    def agree(self) -> bool:
        """Whether both say the same."""
        return self.late - self.early <= AGREE


def clocks(response: Response, now: datetime) -> Clocks:
    """Return by what to date the rows of a response: a `Date` too far from our clock says nothing, nor does its `Age`."""
    dated_at, age = response.server_at, timedelta(seconds=response.age)
    if dated_at is None or abs(dated_at - response.received_at + age) > SANE:
        return Clocks.of(now)
    return Clocks(now=now, made_at=now - age, dated_at=dated_at)
