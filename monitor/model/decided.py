"""What is decided: all that one poll changes, and what became of it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Literal

from monitor.model.alerts import Ring
from monitor.model.fetched import Rest, Trouble, Validators
from monitor.model.hubs import Hub
from monitor.model.items import Item, Lag
from monitor.model.paced import Advice, Rhythm
from monitor.model.remembered import Claim, Missing, Shape
from monitor.values import dataclass


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
class Gap:
    """Two bodies in a row without a common item: what stood only between them was missed."""

    missed: int  # about so many, by the rhythm
    recovered: int = 0  # of them, found elsewhere
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """All that one poll, or what a hub pushed, changes, applied in one transaction."""

    claim: Claim
    at: datetime
    next_poll_at: datetime
    status: Literal["ok", "failing", "refused", "gone"]
    trouble: Trouble | None = None
    unchanged: bool = False  # 304 or an equal body
    not_modified: bool = False  # 304
    partial: bool = False  # 226: what stood in the last body stands there still
    broken: bool = (
        False  # it breaks off before anything known: the next one is held against the body before it
    )
    validators: Validators = Validators()
    body_hash: str = ""
    changes: tuple[ItemChange, ...] = ()
    ambiguous: tuple[str, ...] = ()  # keys found to stand for different items
    freed: frozenset[str] = frozenset()  # keys of new items that stood for others: of another address
    rings: tuple[Ring, ...] = ()
    missing: tuple[Missing, ...] | None = None  # what rang and left too soon; None: as it was
    matched: Mapping[str, int] = field(default_factory=dict)  # rules that ring for bursts -> items of now
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
    hub: Hub = Hub()  # likewise
    event_id: str | None = None  # likewise, where a stream says one
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
