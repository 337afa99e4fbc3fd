"""What a store tells those who only look: sources, polls, attempts, totals."""

from datetime import datetime

from monitor.model import Advice, Alert, Item, Rhythm, Subscription
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """A source as the store knows it."""

    name: str
    type: str
    url: str
    state: str
    items: int
    last_poll_at: datetime | None
    last_ok_at: datetime | None
    next_poll_at: datetime | None  # None: it is paused, gone for good, or polled now
    failures: int
    error: str
    error_code: str  # for programs
    baselined_at: datetime | None
    baseline_items: int | None
    baseline_matches: int | None
    rhythm: Rhythm = Rhythm()
    next_why: str = ""  # "in 60 s: it shows 2 items"
    may_miss: str = ""  # why items may go by unseen until the next poll
    polling_since: datetime | None = None  # None: nobody polls it now, or takes in what was pushed
    pull: float = 0.0  # its claim on the polls that all share, 0 where it has an interval of its own
    advice: Advice = Advice()
    subscription: Subscription | None = None  # with its hub, where one pushes or is asked to


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledHour:
    """How often something was polled within an hour."""

    at: datetime  # when the hour began
    polls: int
    not_modified: int  # of them, answered 304
    failed: int
    outside: int  # for a window's sake, not out of the budget
    items: int  # that were new
    same: int = 0  # of the polls, answered with a body equal to the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How often a source, or all of a publisher's, was polled, and how often it sent in vain."""

    polls: int = 0
    not_modified: int = 0  # of them, answered 304
    same: int = 0  # answered with a body equal to the last one: its validators are missing, or lie

    def __add__(self, other: "Polled") -> "Polled":
        return Polled(
            polls=self.polls + other.polls,
            not_modified=self.not_modified + other.not_modified,
            same=self.same + other.same,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long items stood unseen, as far as their dates tell; seconds."""

    items: int = 0
    mean: float = 0.0
    p95: float = 0.0
    publisher: float = 0.0  # mean time from the date to the last look at which it was not yet there


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How long one alert was on its way to one receiver, step by step; seconds."""

    alert: str
    source: str
    notifier: str
    seen: float | None  # from the item's date to when we had it; None: its date does not say
    rung: float  # from there to the alert
    delivered: float  # from there, or from when it was held no more, to the receiver's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A text that an edit replaced."""

    revision: int
    at: datetime
    title: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One line of the ledger."""

    at: datetime
    seconds: float
    outcome: str  # sent | receiver | delivery | gone
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """One thing that was committed; `cursor` is where to read on."""

    cursor: int
    kind: str  # item | revision | alert
    at: datetime
    item: Item | None = None
    alert: Alert | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A line of state."""

    sources: int
    failing: int
    items: int
    alerts: int
    waiting: int  # deliveries not yet told
    dead: int
    held: int = 0  # of those that wait: held back, to be told together later


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the daemon goes by."""

    pid: int
    started_at: datetime
    config: str  # its path
    read_at: datetime  # when it was read last, whether it was taken or not
    reads: int = 1  # since the start
    changed: str = ""  # what the last one that was taken changed, a sentence
    rules: tuple[str, ...] = ()  # that it brought or changed
    refused: str = ""  # why the last one was not taken: its errors, one a line; "" it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A hub that did not push what a poll found."""

    source: str
    hub: str
    title: str  # of an item that it missed
