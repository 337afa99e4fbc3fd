"""What is remembered: what a decision is made from, beside the body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.alerts import Alert, Ring
from monitor.model.asked import Source
from monitor.model.basics import Severity
from monitor.model.fetched import Advice, Part, Validators
from monitor.model.items import Item, Lag


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """When a source publishes, as its items showed: about 1 kB that `core/rhythm` keeps. What is old weighs less."""

    items: float = 0.0  # and the
    exposure: float = 0.0  # seconds in which they came; a busy hour's count for more
    seen: float = 0.0  # items, remembered for longer, and how many
    matched: float = 0.0  # of them a rule asks for
    hours: tuple[float, ...] = (0.0,) * 24  # items by hour of the source's day
    watched: tuple[float, ...] = (0.0,) * 24  # seconds looked at, by the same
    minutes: tuple[float, ...] = (0.0,) * 60  # items by minute of the hour
    lately: float = 0.0  # items; one of now counts 1, one of 45 minutes ago 1/e
    brought: float = 0.0  # items that came in bursts beyond the usual, and how many
    predicted: float = 0.0  # one each would have brought
    at: float = 0.0  # seconds since 1970 when it was last brought up to date, 0 before the first body


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How fast the items of one source go by, as its bodies showed; `core/cadence` measures it."""

    window: int = 0  # items in the last body, 0 before the first
    hours: tuple[float, ...] = (0.0,) * 24  # UTC; most items that came within such an hour, slowly forgotten
    hour: int = 0  # the clock hour being counted, in hours since 1970
    in_hour: float = 0.0  # items that came in it so far
    pace: float = 0.0  # items a second lately, soon forgotten
    arrived: float = 0.0  # items, and the
    watched: float = 0.0  # seconds in which they came; old ones weigh less
    fresh: int = 0  # items of the last changed body that were not in the one before
    looked_at: datetime | None = None  # the last time we knew what the source shows: what is new came later
    gap_on: str = ""  # the day (UTC) of the last gap that was told
    new_at: datetime | None = None  # the last look that brought something new, or the first
    longest: float = 0.0  # seconds between two such looks at most; what is old is forgotten slowly
    silent: bool = False  # quiet for longer than it ever is, which was told
    tempo: Tempo = Tempo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What all sources without an interval of their own may be polled together, and what they were."""

    every: float = 600.0  # seconds between two polls of a source, on average over them
    sources: int = 0  # that share it
    pull: float = 0.0  # the sum of what each of them claims of it; in a `Claim`, of the others
    correction: float = 1.0  # of the price of a poll, as the polls made so far show
    tokens: float | None = None  # polls that may be made at once; None: as many as at a start
    at: float = 0.0  # seconds since 1970 when it was last brought up to date


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What others say of when a source should be polled; `core/cadence` weighs it."""

    not_before: datetime | None = None  # Retry-After, the pause of a host: never sooner
    expires_at: datetime | None = None  # when a cache on the way fetches anew: before it there is nothing new
    fresh_for: float = 0.0  # seconds that it then keeps what it has, 0 unknown
    advice: Advice = Advice()
    pushed: float = 0.0  # share of the items that a confirmed hub brings before a poll would


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An absence that has come to be, with the alert of it."""

    absence: Absence
    ring: Ring


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
