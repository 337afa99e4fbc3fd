"""What rings, or is held: a match becomes an alert."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from monitor.model.basics import Matcher, Severity
from monitor.model.items import Item
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.model.asked import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where a rule matched: offsets into the field's text, in characters, end exclusive."""

    field: Literal["title", "summary", "source", "tag", "author", "url", "publisher"]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that holds for a text, and the words that made it hold."""

    rule: "Rule"
    spans: tuple[Span, ...] = ()


class AlertType(StrEnum):
    """Types of webhook bodies; later capabilities add to it."""

    CREATED = "alert.created"
    UPDATED = "alert.updated"
    RETRACTED = "alert.retracted"
    SOURCE_FAILING = "source.failing"
    SOURCE_RECOVERED = "source.recovered"
    SOURCE_SILENT = "source.silent"
    SOURCE_GAP = "source.gap"
    SOURCE_DRIFTING = "source.drifting"
    SOURCE_SKEWED = "source.skewed"
    RULE_ABSENT = "rule.absent"
    RULE_RECOVERED = "rule.recovered"
    RECEIVER_FAILING = "receiver.failing"
    RECEIVER_RECOVERED = "receiver.recovered"
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
    sentence: str = (
        ""  # what happened, where no item tells it: of a type without one, of a burst, of a retraction
    )
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
