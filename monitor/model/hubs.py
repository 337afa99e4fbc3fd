"""Who pushes: the hub that a source names, and what is agreed with it."""

from datetime import datetime
from typing import Literal

from monitor.model.basics import Secret
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """Who pushes what is new at an address (W3C WebSub §4), as its publisher says; each "" where he does not."""

    url: str = ""
    topic: str = ""  # the name by which the hub knows the address


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A hub that is asked to push what is new in a source, that does, or that is asked to stop."""

    id: str  # the end of its callback's path: who does not know it pushes nothing
    source: str
    hub: Hub
    callback: str  # where the hub is told to push to
    secret: Secret  # by which it signs
    state: Literal["asked", "active", "denied", "ending"] = "asked"
    due_at: datetime  # when the hub is asked next: again, to go on, or to stop
    lease_until: datetime | None = None  # None: it was never verified
    failures: int = 0  # times in a row that it was asked in vain
    error: str = ""
    since: datetime | None = None  # from when on what is not pushed is missed
    pushed_at: datetime | None = None  # the last time
    pushed: float = 0.0  # items that it brought, of about the last fifty, and
    missed: float = 0.0  # those that only polls did
    silent_at: datetime | None = None  # when it was found to push no more
