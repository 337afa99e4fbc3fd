"""The values that flow through the house: no IO, no clock, no decisions. Read it first.

One file, longer than others, for it is read from top to bottom: in the order in which the values flow.

One item's way: `Source` -> `Claim` -> `Response` -> [`Entry`] -> `Known` -> `PollOutcome`
-> `Alert` -> `Delivery` -> `Reply`. Instants are aware UTC datetimes and end in `_at`; durations
are float seconds unless a comment says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Literal, Protocol


class Clock(Protocol):
    """Time as it is stored and waited for; tests move it. IO deadlines use real monotonic time."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""

    async def sleep_until(self, at: datetime) -> None:
        """Return when `at` has come."""


class Severity(StrEnum):
    """How loud a rule rings."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def mark(self) -> str:
        """Return the glyph that tells it where there is no colour."""
        return {"info": "○", "warning": "●", "critical": "▲"}[self.value]

    @property
    def loudness(self) -> int:
        """Return a number that is higher the louder it is."""
        return [*Severity].index(self)


class Secret:
    """A text that never shows itself: not in repr, logs, errors or JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


# -- what is asked for ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A way to a source that leads through another machine; it shows only of what kind it is."""

    scheme: Literal["http", "https", "socks5", "socks5h"]  # socks5h: it looks up the names
    host: str = field(repr=False)
    port: int = field(repr=False)
    user: Secret | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a source lets us in."""

    home: str = ""  # the address as typed: nobody else is ever sent the headers
    headers: tuple[tuple[str, Secret], ...] = ()  # lower-cased names; authorization and cookie are among them
    proxy: Proxy | None = None  # None: straight


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place news comes from, as configured."""

    name: str
    url: str  # what is polled: behind some addresses that people copy there is another, which is the feed
    kind: str = "auto"  # the file's name in monitor/sources; this one lets the body decide
    options: Mapping[str, object] = field(default_factory=dict)  # the kind's own keys, JSON-able
    tags: tuple[str, ...] = ()
    publisher: str = ""  # default: registrable domain of the URL
    every: float = 600.0  # seconds between polls, on average over all sources unless pinned
    pinned: bool = False  # `every` was set for this source: no jitter, `min` does not apply
    priority: float = 1.0  # what its items are worth beside others'
    by_alerts: bool = False  # its items are worth as much as rules match them
    backlog: Literal["skip", "all"] | int = "skip"  # what of the first fetch may ring
    private: bool = False  # redirects may lead to private addresses
    access: Access = Access()
    paused: bool = False  # not polled; all that is known of it stays
    timezone: str = ""  # of its bare clock times, tz database; "": inferred from when items appear
    listed: bool = False  # only a list of feeds names it: it may not lead to private addresses
    robots: bool = False  # a page for people: asked only where robots.txt lets us
    twin: str = ""  # name of the same site's feed, which knows its links and dates


OnEdit = Literal["never", "material", "any"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How many matches a rule waits for, and in which time."""

    of: Literal["items", "publishers"]  # publishers: independent ones, as `core/voices` knows them
    number: int
    within: float  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """From how many independent publishers on a rule rings louder."""

    publishers: int
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What should ring."""

    name: str
    query: str
    severity: Severity = Severity.WARNING
    notify: tuple[str, ...] | None = None  # None: every configured notifier and the terminal
    rings: tuple[str, ...] = ()  # texts that must match, run by `check`
    silent: tuple[str, ...] = ()  # texts that must not
    version: str = ""  # hash of what the rule means; recorded on each alert
    ring: bool = True  # False: it only counts, as `check`, `try` and `why` tell
    on_edit: OnEdit = "material"  # which edits of what rang ring again
    cooldown: float = 0.0  # seconds after it rang for a story in which its other items are held; 0: none
    threshold: Threshold | None = None  # None: each match rings
    escalate: Escalation | None = None  # None: it rings as loud whoever tells it
    absent: float = (
        0.0  # seconds without a match after which it rings, then and only then; 0: it rings for matches
    )


MatcherOp = Literal["=", "!=", "=~", "!~"]


@dataclass(frozen=True, slots=True)
class Matcher:
    """What must hold of an alert, as `core/matchers` reads it."""

    label: str  # "severity", "tag" ...
    op: MatcherOp
    value: str  # of =~ and !~ a regular expression for the whole value


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Who hears of alerts for which all matchers hold."""

    name: str
    matchers: tuple[Matcher, ...] = ()  # none: it takes every alert
    notify: tuple[str, ...]
    goes_on: bool = False  # `continue`: the routes after it are asked too


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How a notifier wants to hear; by default of each alert, at once."""

    timezone: str = "UTC"  # of its clock times, tz database
    quiet: tuple[time, time] | None = None  # held from the one to the other, then told in one digest
    quiet_except: Severity | None = None  # so loud, or louder, is told all the same
    hourly: bool = False  # in digests, at each full hour
    daily: tuple[time, ...] = ()  # or at these times
    digest_except: Severity | None = None
    budget: int = 0  # so many alerts at most in each
    within: float = 3_600.0  # seconds; the rest comes in a digest
    group_by: Literal["", "story", "rule", "source"] = ""
    group_wait: float = 30.0  # seconds for which a group's first alert waits for others
    group_interval: float = 300.0  # seconds between two tellings of a group


# -- what was fetched -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a conditional GET sends back (RFC 9110 §13.1)."""

    etag: str = ""  # "" = none
    last_modified: str = ""
    url: str = ""  # which one they are of: after a redirect not the source's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A body that was answered 200, a part of one (226), or a 304 without one."""

    url: str  # after redirects
    status: int  # 200, 226 (RFC 3229: only what is new or changed since the validators that were sent) or 304
    body: bytes = b""  # decoded from its content-encoding, bounded
    content_type: str = ""
    validators: Validators = Validators()
    received_at: datetime  # by our clock
    server_at: datetime | None = None  # it was made, by the server's clock (RFC 9110 §6.6.1)
    age: float = 0.0  # seconds that it then lay in caches (RFC 9111 §5.1)
    expires_at: datetime | None = None  # by ours: a cache on the way shows nothing newer until then
    fresh_for: float = 0.0  # seconds for which it keeps what it has, 0 unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A poll that brought nothing: why, in one sentence, and what it asks of us."""

    sentence: str  # "answered 403", "no such host"; never a secret, no type names
    kind: Literal["network", "status", "refused", "not-a-feed", "limit", "gone", "held"]
    retry_after: float | None = None  # seconds the publisher asked for
    status: int = 0  # the HTTP status that says so, 0 for none
    holds: str = ""  # the registrable domain, all of whose sources are to be left alone for as long


DateOrigin = Literal["stated", "updated", "attribute", "json-ld", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDate:
    """A date as the source wrote it; `core/timestamps` resolves it."""

    text: str
    origin: DateOrigin = "stated"
    parsed: str = ""  # ISO 8601 UTC as a library read it, "" if it could not
    day: str = ""  # the day divider above the row, as written: it dates a bare time


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a source, as published, cleaned of controls and markup, undecided."""

    keys: tuple[str, ...]  # every candidate key, best first: "id:...", "guid:...", "url:..."
    title: str = ""
    summary: str = ""  # plain text
    url: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()  # the publisher's categories
    dates: tuple[RawDate, ...] = ()  # empty if the source gives none


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a feed says of when to read it. Others' word: `core/cadence` weighs it."""

    every: float = 0.0  # seconds that it thinks enough (ttl, sy:updatePeriod), 0: it does not say
    base: float = 0.0  # when such a period begins (sy:updateBase), in seconds since 1970, 0: it does not say
    skip_hours: tuple[int, ...] = ()  # of the day, UTC, in which not to read it
    skip_days: tuple[int, ...] = ()  # of the week, UTC, 0 is Monday


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a body holds, and where the rest of it is."""

    entries: Sequence[Entry] = ()  # in the order of the body
    title: str = ""  # what it calls itself
    more: tuple[
        str, ...
    ] = ()  # addresses that belong to it, most urgent first: the children of a sitemap index
    beyond: int = 0  # further ones, which nobody asks: too many to remember
    older: tuple[str, ...] = ()  # asked only to fill a gap: RFC 5005 archives, rel=next
    whole: bool = True  # False: it breaks off, so that equal validators prove nothing
    advice: Advice = Advice()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A way to read a page: selectors, and the rows that they read of it now."""

    select: Mapping[str, str]  # the keys of `select` in [source.NAME]
    entries: Sequence[Entry]  # in the order of the page
    why: str = ""  # "11 rows, each with a time and a headline"
    score: float = 0.0  # in [0, 1]; proposals come best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An address that a body names as a part of itself."""

    validators: Validators  # `url` is its name in the body
    asked_at: datetime | None = None  # None: never, for no poll had room for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a poll read beside the source's own address."""

    older: tuple[Entry, ...] = ()  # found to fill a gap, newest first
    asked: bool = False  # a gap was seen, and what could fill it was looked for
    parts: tuple[Part, ...] = ()  # all that the body names, asked this time or not
    late: tuple[Entry, ...] = ()  # of parts that are read for the first time, and not with the first body
    unchanged: bool = False  # a part holds what it held, or was not asked: items in common with the last body
    unread: str = ""  # which parts were asked in vain, and why
    missing: str = ""  # that, and how many wait for their turn


# -- what is remembered -----------------------------------------------------------------------


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
class Published:
    """When an item was published, as far as can be known."""

    earliest: datetime
    latest: datetime
    origin: Literal["stated", "attribute", "json-ld", "twin", "text", "first-seen"]
    zone: str = ""  # by which a bare clock time was read: "Europe/Kyiv", "+05:30"; "" where none was needed
    sure: bool = True  # False: a guess that nothing confirms, as for a row pinned on top for days


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How the clock that a fresh item showed lay to ours when it was first seen: evidence for a zone."""

    ahead: float  # seconds that it showed more than UTC, in [-12 h, 12 h)
    gap: float  # seconds since the poll before


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as stored: text of its newest revision."""

    id: str
    source: str  # who had it first
    title: str
    summary: str
    url: str
    author: str = ""
    tags: tuple[str, ...] = ()  # the source's and the publisher's
    publisher: str = ""
    published: Published
    first_seen_at: datetime
    absent_at: datetime | None = None  # the last look before that; None: it stood in the first body
    revision: int = 1
    story: str = ""  # id of the story's root item; the item itself when alone
    digest: str = ""  # of the normalised text; equal digests are no edit
    seq: int = 0  # position in the stream, 0 before it is stored


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
    ring: "Ring"


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
    alerts: Mapping[tuple[str, str], "Alert"] = field(default_factory=dict)  # (rule, item) -> the newest
    had: frozenset[str] = frozenset()  # ids of the items of by_print that this source had before
    last: frozenset[str] = frozenset()  # ids of the items of this source's last body
    kin: Kin = Kin()  # read second, for what is new or edited
    standing: tuple[Standing, ...] = ()  # this source's last body, in its order
    twins: tuple[Item, ...] = ()  # recent items of its twin, or of whose twin it is, not yet joined
    waiting: Mapping[str, tuple["Alert", ...]] = field(
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


# -- what is decided --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a rule matched: offsets into the field's text, in characters, end exclusive."""

    field: Literal["title", "summary", "source", "tag", "author", "url", "publisher"]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that holds for a text, and the words that made it hold."""

    rule: Rule
    spans: tuple[Span, ...] = ()


class AlertType(StrEnum):
    """Types of webhook bodies; later capabilities add to it."""

    CREATED = "alert.created"
    UPDATED = "alert.updated"
    SOURCE_FAILING = "source.failing"
    SOURCE_RECOVERED = "source.recovered"
    SOURCE_SILENT = "source.silent"
    SOURCE_GAP = "source.gap"
    SOURCE_DRIFTING = "source.drifting"
    RULE_ABSENT = "rule.absent"
    RULE_RECOVERED = "rule.recovered"
    RECEIVER_DISABLED = "receiver.disabled"
    STORE_RESTORED = "store.restored"
    DIGEST = "digest"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Where else a story stands, or another match of the same rule."""

    source: str
    publisher: str
    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an item said when its rule last rang, and why it is told again."""

    title: str
    summary: str
    kind: str = ""  # what tells something else by now: "number", "name" ...; "": nothing, but any edit rings


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is told to nobody for a time: alerts for which all matchers hold. Of an acked alert: its story."""

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime | None  # None: until the story tells something else
    comment: str = ""
    alert: str = ""  # id of the one that was acked; "": it is no ack


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why an alert is listed and told to nobody: its rule rang for another item of the story just before, or waits
    for more matches, or it is kept quiet by a silence or an ack."""

    reason: Literal["cooldown", "threshold", "silenced", "acked"] = "cooldown"
    # When the next one may ring, or a match counts no longer; None: when the story tells something else.
    until: datetime | None
    joins: str = ""  # id of the alert that rang and lists it, or was acked; "": there is none yet
    detail: str = ""  # of a threshold: "2 of 3 publishers within 30 min"
    silence: str = ""  # id of the one that holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """An alert as a digest lists it."""

    id: str
    at: datetime
    severity: Severity
    rule: str  # the type's name where there is none
    title: str
    url: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What was held for a notifier and is told at once."""

    batch: str  # why it was held: quiet, digest, budget, away, group/...
    count: int
    since: datetime  # of the first one
    alerts: tuple[Brief, ...]  # in the order of events; of very many the loudest


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something to be told. Its item is a snapshot: an edit does not change what is being sent."""

    id: str
    type: AlertType
    dedupe: str  # unique; what makes this alert the same alert
    at: datetime
    severity: Severity
    rule: str = ""  # "" where the type has none
    rule_version: str = ""
    item: Item | None = None
    spans: tuple[Span, ...] = ()
    source: str = ""
    sentence: str = ""  # for types without an item: what happened
    also_in: tuple[Also, ...] = ()  # other members of the story, the first ones first, 10 at most
    publishers: int = 1  # who tell the story, the item's own counted: publishers, not feeds
    edit: Edit | None = None  # of an alert.updated
    held: Held | None = None  # None: it is told
    members: tuple[Also, ...] = ()  # the other matches that its rule waited for, oldest first, 100 at most
    digest: Digest | None = None  # of that type
    routes: tuple[str, ...] = ()  # names of those that said who is told; none where the rule did, or all are


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """An alert and the names of those who are to hear it."""

    alert: Alert
    notifiers: tuple[str, ...]
    joined: tuple[str, ...] = ()  # ids of alerts that were held, and are told with this one


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """An item to be stored: new (revision 1), edited (revision > 1) or merely seen again."""

    item: Item
    keys: tuple[str, ...]
    prints: tuple[str, ...] = ()
    marks: tuple[int, ...] = ()  # fingerprints of the text, by which its like is found
    edited: bool = False  # a new revision
    new: bool = False
    joined: bool = False  # not edited, but its link and date are now those of its twin


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a body said of an item, at first sight or at an edit, to show to others."""

    item: str
    revision: int
    at: datetime
    source: str
    url: str  # of the body, after redirects
    body_sha256: str
    snippet: bytes  # of the body, about the item; empty where it was not found


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Two stories turned out to be one: `alias` is `root` from now on."""

    alias: str
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the first fetch held."""

    items: int
    would_have_rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPoll:
    """When a source is polled again, and why then."""

    at: datetime
    why: str = ""  # "in 60 s: it shows 2 items"
    may_miss: str = ""  # why items may go by unseen until then; "" if they hardly can
    latest_at: datetime | None = None  # from when on items may be lost: then it is polled outside the budget
    pull: float = 0.0  # what the source claims of the budget, 0 where it takes no part


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Two bodies in a row without a common item: what stood only between them was missed."""

    missed: int  # about so many, by the rhythm
    recovered: int = 0  # of them, found elsewhere
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """All that one poll changes, applied in one transaction."""

    claim: Claim
    at: datetime
    next_poll_at: datetime
    status: Literal["ok", "failing", "refused", "gone"]
    trouble: Trouble | None = None
    unchanged: bool = False  # 304 or an equal body
    not_modified: bool = False  # 304
    partial: bool = False  # 226: what stood in the last body stands there still
    validators: Validators = Validators()
    body_hash: str = ""
    changes: tuple[ItemChange, ...] = ()
    ambiguous: tuple[str, ...] = ()  # keys found to stand for different items
    freed: frozenset[str] = frozenset()  # keys of new items that stood for others: of another address
    rings: tuple[Ring, ...] = ()
    signs: frozenset[str] = frozenset()  # rules that ring where nothing comes, and for which something came
    folds: tuple[Fold, ...] = ()  # stories that turned out to be one
    baseline: Baseline | None = None  # set by the first body
    entries: int = 0  # in the body
    rhythm: Rhythm = Rhythm()
    shape: Shape | None = None  # None: as it was
    why: str = ""  # of next_poll_at
    may_miss: str = ""
    latest_at: datetime | None = None  # as in `NextPoll`, and so
    pull: float = 0.0
    gap: Gap | None = None
    rest: Rest = Rest()
    lags: tuple[Lag, ...] = ()  # to remember, with a new body
    advice: Advice = Advice()  # likewise
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of an outcome: `stale` ones are decided again."""

    stale: bool = False
    dropped: bool = False  # the source is gone or was claimed by another
    new: int = 0
    edited: int = 0
    rung: int = 0
    notifiers: frozenset[str] = frozenset()  # who has something to send now


# -- what is told -----------------------------------------------------------------------------

DeliveryState = Literal["due", "sent", "retrying", "dead", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert for one notifier. `id` is the webhook-id of every attempt."""

    id: str
    alert: Alert
    notifier: str
    state: DeliveryState = "due"
    reason: str = ""  # why it is held
    until: datetime | None = None
    attempts: int = 0  # all, of either trouble
    failures: int = 0  # of its own trouble
    last_error: str = ""
    created_at: datetime
    sent_at: datetime | None = None
    late: bool = False  # its receiver was down when it was due
    digest: str = ""  # id of the delivery that tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """The health of one notifier's far end."""

    notifier: str
    failures: int = 0  # in a row, of the receiver's trouble; 0 = well
    failed_at: datetime | None = None  # the outage's first failure
    last_probe_at: datetime | None = None
    next_probe_at: datetime | None = None
    not_before: datetime | None = None  # Retry-After
    recovered_at: datetime | None = None  # end of the last outage
    disabled_at: datetime | None = None  # answered 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a receiver answered."""

    status: int
    retry_after: float | None = None  # seconds
    head: bytes = b""  # first 4 KiB at most


TroubleOf = Literal["receiver", "delivery", "gone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """How one attempt ended."""

    delivery: Delivery
    at: datetime
    seconds: float  # real, for the ledger
    trouble: TroubleOf | None = None  # None: sent
    error: str = ""
    retry_after: float | None = None
    final: bool = False  # nothing will ever make it arrive (a closed stdout)


JSON = Mapping[str, "JSON"] | Sequence["JSON"] | str | int | float | bool | None
