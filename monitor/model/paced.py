"""When a source is polled: what its bodies showed, what it says itself, what all sources share."""

from datetime import datetime

from monitor.values import dataclass


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
    ahead: float = 0.0  # seconds that its server's clock was ahead of ours at the last look
    skewed: int = 0  # looks in a row at which it was as far off
    left: float = 0.0  # items that stood in a body and not in the next one; and of them
    early: float = 0.0  # while most that stood below them stayed
    tempo: Tempo = Tempo()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a feed says of when to read it. Others' word: `core/cadence` weighs it."""

    every: float = 0.0  # seconds that it thinks enough (ttl, sy:updatePeriod), 0: it does not say
    base: float = 0.0  # when such a period begins (sy:updateBase), in seconds since 1970, 0: it does not say
    skip_hours: tuple[int, ...] = ()  # of the day, UTC, in which not to read it
    skip_days: tuple[int, ...] = ()  # of the week, UTC, 0 is Monday


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What others say of when a source should be polled; `core/cadence` weighs it."""

    not_before: datetime | None = None  # Retry-After, the pause of a host: never sooner
    expires_at: datetime | None = None  # when a cache on the way fetches anew: before it there is nothing new
    fresh_for: float = 0.0  # seconds that it then keeps what it has, 0 unknown
    advice: Advice = Advice()
    pushed: float = 0.0  # share of the items that a confirmed hub brings before a poll would


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
class NextPoll:
    """When a source is polled again, and why then."""

    at: datetime
    why: str = ""  # "in 60 s: it shows 2 items"
    may_miss: str = ""  # why items may go by unseen until then; "" if they hardly can
    latest_at: datetime | None = None  # from when on items may be lost: then it is polled outside the budget
    pull: float = 0.0  # what the source claims of the budget, 0 where it takes no part
