"""What is remembered: what a decision is made from, beside the body."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from monitor.model.alerts import Alert, Ring
from monitor.model.asked import Source
from monitor.model.basics import Severity
from monitor.model.fetched import Part, Validators
from monitor.model.items import Item, Lag
from monitor.model.paced import Advice, Budget, NextPoll, Rhythm
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """The last time that a rule rang for an item that was new to it."""

    alert: str  # its id
    at: datetime
    severity: Severity = Severity.CRITICAL  # a louder alert is not held by it


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """How long a rule that rings where nothing comes has waited for a match."""

    rule: str
    version: str  # of the rule
    since: datetime  # the last match, or when the rule was new
    due_at: datetime  # when it is to ring, if nothing comes
    opened_at: datetime | None = None  # that of which it rang; None: it did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """When a source was read last."""

    source: str
    ok_at: datetime | None  # it answered; None: it never did
    trouble: str = ""  # why it did not the last time
    held: str = ""  # who asks that it is not read now, "" nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An absence that has come to be, with the alert of it."""

    absence: Absence
    ring: Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a rule that rings for bursts matches, by hour of the day (UTC); `core/alerts/bursts` counts."""

    day: int = 0  # that is being counted, since 1970
    today: tuple[int, ...] = (0,) * 24  # matches in it
    looks: int = 0  # hours of it in which a source was read: bit 0 is the first
    matches: tuple[float, ...] = (0.0,) * 24  # in the days before, and
    watched: tuple[float, ...] = (0.0,) * 24  # days in which that hour was looked at; old ones weigh less
    rang: Rang | None = None  # the last time, for whatever story


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """What may tell of the same events as the new and edited entries of one body: bounded, and recent."""

    by_mark: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # fingerprint -> ids, newest first
    items: Mapping[str, Item] = field(default_factory=dict)  # those, and the first members of their stories
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # story -> ids, oldest first
    publishers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # story -> who tells it
    rang: Mapping[tuple[str, str], Rang] = field(
        default_factory=dict
    )  # (rule, story) -> for one of its items


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """An item that rang, and left its source sooner than its place there explains."""

    item: str  # its id
    since: datetime  # the first body without it
    older: frozenset[str]  # ids of the items that stood below it


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An item that stood in a source's last body."""

    item: Item
    keys: tuple[str, ...]  # by which it was known there


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows of the entries of one body, read before deciding."""

    by_key: Mapping[str, Item]  # this source's keys
    ambiguous: frozenset[str]  # keys that once stood for different items: they identify nothing
    by_print: Mapping[str, Item]  # fingerprints of any source (canonical URLs, long texts): the newest item
    alerts: Mapping[tuple[str, str], Alert] = field(default_factory=dict)  # (rule, item) -> the newest
    retold: Mapping[tuple[str, str], frozenset[str]] = field(
        default_factory=dict
    )  # (rule, item) -> digests of the texts that were told as edits within a day
    had: frozenset[str] = frozenset()  # ids of the items of by_print that this source had before
    last: frozenset[str] = frozenset()  # ids of the items of this source's last body
    kin: Kin = Kin()  # read second, for what is new or edited
    standing: tuple[Standing, ...] = ()  # this source's last body, in its order
    twins: tuple[Item, ...] = ()  # recent items of its twin, or of whose twin it is, not yet joined
    waiting: Mapping[str, tuple[Alert, ...]] = field(
        default_factory=dict
    )  # rule -> what its threshold holds and still counts, oldest first
    absences: Mapping[str, Absence] = field(
        default_factory=dict
    )  # rule -> the one that it rang for, and that lasts
    missing: tuple[Missing, ...] = ()  # of this source
    paces: Mapping[str, Pace] = field(default_factory=dict)  # of rules that ring for bursts


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a body of a page usually holds, by which `core/drift` knows selectors that no longer fit."""

    bodies: int = 0  # that were measured
    rows: float = 0.0
    linked: float = 0.0  # share of rows with a link of their own, and so on
    told: float = 0.0  # with a text under the headline
    dated: float = 0.0
    drifting_since: datetime | None = None
    select: str = ""  # hash of the selectors that read it: others begin anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A source that is due, lent to one worker; `generation` is the fence."""

    source: Source
    generation: int
    claimed_at: datetime
    validators: Validators = Validators()
    body_hash: str = ""  # of the last parsed body
    partial_since: datetime | None = None  # it sends what is new alone; None since it last sent all
    baselined_at: datetime | None = None
    shape: Shape = Shape()
    failures: int = 0  # in a row
    rhythm: Rhythm = Rhythm()
    parts: tuple[Part, ...] = ()  # that the last body named
    asks: str = ""  # one of those addresses, to be asked in place of the source's own
    lags: tuple[Lag, ...] = ()  # of its bare clock times, where no zone is configured
    budget: Budget | None = None  # None: it has an interval of its own
    latest_at: datetime | None = None  # as its last poll left it: from then on items may be lost
    advice: Advice = Advice()  # of the last body
    pushed: float = 0.0  # share of its items that a confirmed hub brings
    stays: NextPoll | None = None  # it is lent for what was pushed, and the next poll stays this one
    event_id: str = ""  # of the last event that is stored of a stream
