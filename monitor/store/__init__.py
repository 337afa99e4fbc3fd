"""What is remembered: the protocol every engine keeps, and how to open one.

Batch only, idempotent. `now` is the store's clock. An alert is carried from "seen" to "told"
by rows, never by memory.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.model import (
    Absence,
    Advice,
    Alert,
    Applied,
    Claim,
    Delivery,
    Hearing,
    Item,
    Kin,
    Known,
    Look,
    NextPoll,
    Opening,
    PollOutcome,
    Receiver,
    Rhythm,
    Rule,
    SendResult,
    Source,
)


class StoreError(Exception):
    """The store cannot do it; the text is one sentence for the user."""


class Damaged(StoreError):
    """What is stored contradicts itself: nothing that is read from it can be trusted, nothing more may be written."""


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
    next_poll_at: datetime | None  # None: it is paused, or gone for good
    failures: int
    error: str
    baselined_at: datetime | None
    baseline_items: int | None
    baseline_matches: int | None
    rhythm: Rhythm = Rhythm()
    next_why: str = ""  # "in 60 s: it shows 2 items"
    may_miss: str = ""  # why items may go by unseen until the next poll
    pull: float = 0.0  # its claim on the polls that all share, 0 where it has an interval of its own
    advice: Advice = Advice()


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


class Store(Protocol):
    """What the daemon asks of an engine."""

    def now(self) -> datetime:
        """Return the instant by which all that is stored is dated."""

    async def recover(self) -> None:
        """Take back every claim of a daemon that is no more; the caller holds the lock."""

    async def sync_sources(self, sources: Sequence[Source]) -> None:
        """Make rows of the configuration, by name: a changed URL drops the validators, keeps history."""

    async def sync_notifiers(
        self, addresses: Mapping[str, str], hearing: Mapping[str, Hearing] = ...
    ) -> None:
        """Note how notifiers want to hear, hold what is due to notifiers that are gone, free what waited for one that is back."""

    async def sync_rules(self, rules: Sequence[Rule]) -> None:
        """Note since when rules that ring where nothing comes wait for a match; a new one waits from now on."""

    async def absences_due(self) -> tuple[list[Absence], dict[str, Look]]:
        """Return the absences whose time is up, and, if there are any, when each source was read, by name."""

    async def open_absences(self, openings: Sequence[Opening]) -> frozenset[str]:
        """Ring in ONE transaction for absences that still last; return who has something to send."""

    async def claim_due(self, *, limit: int) -> list[Claim]:
        """Lend out sources whose poll is due: generation + 1, nobody else gets them."""

    async def next_poll_at(self) -> datetime | None:
        """Return when the next unclaimed source is due."""

    async def not_later_than(self, at: datetime) -> None:
        """Pull polls that lie beyond `at`, because the clock was set back, to `at`."""

    async def known(self, source: str, keys: Iterable[str], prints: Iterable[str]) -> Known:
        """Return what is known of the entries of one body."""

    async def kin(self, marks: Collection[int], stories_of: Collection[str]) -> Kin:
        """Return the items of the last 72 h that share fingerprints, the first members of their stories
        and of `stories_of`, and who tells them; bounded, however large a story is."""

    async def apply(self, outcomes: Sequence[PollOutcome]) -> list[Applied]:
        """Commit all that the polls changed in ONE transaction; on return it is on the disk.

        Where the trouble of one holds its domain, all sources of that domain wait in the same transaction.
        """

    async def postpone(self, claim: Claim, coming: NextPoll) -> None:
        """Give a claim back unused: nothing was asked, nothing failed, it is due again at `coming`."""

    async def claim_deliveries(self, notifier: str, *, limit: int) -> tuple[Receiver, list[Delivery]]:
        """Lend out what may be sent to `notifier` now, in the order of core/retry."""

    async def finish_deliveries(self, results: Sequence[tuple[SendResult, Delivery, Receiver]]) -> None:
        """Commit what became of attempts: the result, the delivery after it, the receiver after it."""

    async def ring(self, alert: Alert, notifiers: Sequence[str]) -> None:
        """Commit an alert that no poll brought (a receiver was disabled)."""

    async def next_delivery_at(self, notifier: str) -> datetime | None:
        """Return when `notifier` next has something to send, None if nothing waits."""

    async def prune(self, *, keep: float) -> int:
        """Forget texts older than `keep` seconds and identities unseen for 30 days, and give their room
        back to the file system; return items gone."""

    async def totals(self) -> Totals:
        """Return a line of state."""

    async def note(self, service: Service) -> None:
        """Write down what the daemon goes by, for those who ask from outside."""

    def close(self) -> None:
        """Finish what is being written, then close."""
