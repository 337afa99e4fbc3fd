"""The protocol that every engine keeps."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import (
    Absence,
    Alert,
    Applied,
    Claim,
    Delivery,
    Hearing,
    Inhibition,
    Item,
    Kin,
    Known,
    Look,
    NextPoll,
    Opening,
    PollOutcome,
    Receiver,
    Ring,
    Rule,
    SendResult,
    Source,
    Subscription,
)
from monitor.store.listed import Missed, Service, Totals


class Store(Protocol):
    """What the daemon asks of an engine."""

    def now(self) -> datetime:
        """Return the instant by which all that is stored is dated."""

    async def recover(self) -> None:
        """Take back every claim of a daemon that is no more; the caller holds the lock."""

    async def sync(
        self,
        *,
        sources: Sequence[Source] | None = None,
        longest: float = ...,
        rules: Sequence[Rule] | None = None,
        notifiers: Mapping[str, str] | None = None,
        hearing: Mapping[str, Hearing] = ...,
        inhibitions: Sequence[Inhibition] | None = None,
    ) -> None:
        """Go by what is given of a configuration, all of it or nothing; what is None stays as it is.

        Sources become rows by their names: another address drops the validators and keeps the history. None waits longer than
        `longest` seconds by its rhythm, only where its publisher or the user says so. Of `rules` it is
        noted since when those that ring where nothing comes wait for a match, and how often those match that ring for
        bursts; of a new one nothing is known. `notifiers` are addresses by name, `hearing` is how they want to be told:
        what is due to one that is gone is held, and free when it is back. `inhibitions` hold from now on.
        """

    async def absences_due(self) -> tuple[list[Absence], dict[str, Look]]:
        """Return the absences whose time is up, and, if there are any, when each source was read, by name."""

    async def open_absences(self, openings: Sequence[Opening]) -> frozenset[str]:
        """Ring in ONE transaction for absences that still last; return who has something to send."""

    async def claim_due(self, *, limit: int) -> list[Claim]:
        """Lend out sources whose poll is due: generation + 1, nobody else gets them."""

    async def claim_pushed(self, source: str) -> Claim | None:
        """Lend out a source for what a hub pushed; None where somebody has it, or it is not read now."""

    async def plan_subscriptions(self, callback: str, token: Callable[[], str]) -> None:
        """Make rows of what hubs are to be asked; `callback` is where they push to, "" where there is none."""

    async def subscriptions_due(self) -> list[Subscription]:
        """Return those about which a hub is to be asked now, noted as asked."""

    async def subscription(self, name: str) -> Subscription | None:
        """Return the subscription of a callback."""

    async def change_subscription(
        self, name: str, how: Callable[[Subscription], Subscription | None]
    ) -> bool:
        """Change one as it stands now, or end it, where `how` gives None; tell whether there is one."""

    async def next_subscription_at(self) -> datetime | None:
        """Return when a hub is next to be asked, or to be found silent."""

    async def not_pushed(self) -> list[Missed]:
        """Count what polls found and hubs did not push in time; return whose hub has fallen silent."""

    async def next_poll_at(self) -> datetime | None:
        """Return when the next unclaimed source is due."""

    async def set_back(self, by: timedelta) -> None:
        """Let what is due stay as far ahead as it was before the clock was set back."""

    async def renew(self, names: Sequence[str]) -> None:
        """Leave these lent out for as long again: whoever has them is at work, or waits at a publisher's door."""

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
        """Lend out what may be sent to `notifier` now, in the order of core/telling/retry."""

    async def finish_deliveries(
        self, results: Sequence[tuple[SendResult, Delivery, Receiver]], rings: Sequence[Ring] = ()
    ) -> frozenset[str]:
        """Commit in ONE transaction what became of attempts, and what that `rings`; return who has something to send by it.

        A result is what an attempt brought, the delivery after it, the receiver after it.
        """

    async def ring(self, alert: Alert, notifiers: Sequence[str]) -> None:
        """Commit an alert that no poll and no attempt brought (the database was restored)."""

    async def next_delivery_at(self, notifier: str) -> datetime | None:
        """Return when `notifier` next has something to send, None if nothing waits."""

    async def prune(self, *, keep: float) -> int:
        """Forget texts older than `keep` seconds and identities unseen for 30 days, and give their room
        back to the file system; return items gone."""

    async def newest(self, limit: int) -> list[Item]:
        """Return the items that came last."""

    async def totals(self) -> Totals:
        """Return a line of state."""

    async def note(self, service: Service) -> None:
        """Write down what the daemon goes by, for those who ask from outside."""

    def close(self) -> None:
        """Finish what is being written, then close."""
