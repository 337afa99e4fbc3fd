"""The store whole, over one SQLite file: what is written in one transaction, and by whom each part of it."""

import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from monitor.core.cadence import left_alone
from monitor.core.domains import domain_of
from monitor.model import (
    Absence,
    Alert,
    Applied,
    Claim,
    Clock,
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
    Silence,
    Source,
    Subscription,
)
from monitor.store import Missed, Service, Totals
from monitor.store.sqlite import pruning, services
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import MEMORY, Database
from monitor.store.sqlite.items import stories
from monitor.store.sqlite.polling import claims, known, moved, polls, subscriptions
from monitor.store.sqlite.telling import absences, alerts, deliveries, paces, silences
from monitor.store.sqlite.telling import inhibitions as inhibiting

T = TypeVar("T")
P = ParamSpec("P")

PIECE = 1_024  # pages, 4 MiB, given back to the file system at once

__all__ = ["MEMORY", "SqliteStore"]


class SqliteStore:
    """`monitor.store.Store` over one file, or over memory for a monitor that writes nothing."""

    def __init__(self, path: Path | str, clock: Clock) -> None:
        """Open and migrate `path`; raises StoreError."""
        self._clock = clock
        self._sources: dict[str, Source] = {}
        self.database = Database(path)

    def now(self) -> datetime:
        """Return the injected clock's present."""
        return self._clock.now()

    async def recover(self) -> None:
        """Take back every claim of a daemon that is no more; the caller holds the lock."""
        await self.database.write(lambda connection: claims.recover(connection, self.now()))

    async def sync(
        self,
        *,
        sources: Sequence[Source] | None = None,
        longest: float = math.inf,
        rules: Sequence[Rule] | None = None,
        notifiers: Mapping[str, str] | None = None,
        hearing: Mapping[str, Hearing] = deliveries.NO_HEARING,
        inhibitions: Sequence[Inhibition] | None = None,
    ) -> None:
        """Go by what is given of a configuration, all of it or nothing; see the protocol."""
        before = self._sources

        def work(connection: sqlite3.Connection) -> None:
            if sources is not None:
                claims.sync_sources(connection, sources, self.now(), longest)
            if rules is not None:
                absences.sync(connection, rules, self.now())
                paces.sync(connection, rules)
            if notifiers is not None:
                deliveries.sync_notifiers(connection, notifiers, self.now(), hearing)
            if inhibitions is not None:
                inhibiting.sync(connection, inhibitions)
            if sources is not None:  # who claims next asks for these
                self._sources = {source.name: source for source in sources}

        try:
            await self.database.write(work)
        except BaseException:
            self._sources = before
            raise

    async def absences_due(self) -> tuple[list[Absence], dict[str, Look]]:
        """Return the absences whose time is up, and when each source was read."""
        return await self.database.read(lambda connection: absences.due(connection, self.now()))

    async def open_absences(self, openings: Sequence[Opening]) -> frozenset[str]:
        """Ring for absences in one transaction; return who has something to send."""
        return await self.database.write(lambda connection: alerts.open_(connection, openings, self.now()))

    async def claim_due(self, *, limit: int) -> list[Claim]:
        """Lend out sources whose poll is due. A crash leaves them due again at the next start."""
        return await self.database.write(
            lambda connection: claims.claim_due(connection, self._sources, self.now(), limit)
        )

    async def claim_pushed(self, source: str) -> Claim | None:
        """Lend out a source for what a hub pushed. A crash leaves it due at the next start."""
        return await self.database.write(
            lambda connection: claims.claim_pushed(connection, self._sources, source, self.now())
        )

    async def plan_subscriptions(self, callback: str, token: Callable[[], str]) -> None:
        """Make rows of what hubs are to be asked."""
        await self.database.write(
            lambda connection: subscriptions.plan(connection, self._sources, callback, token, self.now())
        )

    async def subscriptions_due(self) -> list[Subscription]:
        """Return those about which a hub is to be asked now. A crash leaves them asked: they come due again."""
        return await self.database.write(lambda connection: subscriptions.due(connection, self.now()))

    async def subscription(self, name: str) -> Subscription | None:
        """Return the subscription of a callback."""
        return await self.database.read(lambda connection: subscriptions.one(connection, name))

    async def change_subscription(
        self, name: str, how: Callable[[Subscription], Subscription | None]
    ) -> bool:
        """Change one as it stands now, or end it."""
        return await self.database.write(lambda connection: subscriptions.change(connection, name, how))

    async def next_subscription_at(self) -> datetime | None:
        """Return when a hub is next to be asked, or to be found silent."""
        return await self.database.read(subscriptions.next_at)

    async def not_pushed(self) -> list[Missed]:
        """Return whose hub has fallen silent."""
        return await self.database.write(lambda connection: subscriptions.overdue(connection, self.now()))

    async def next_poll_at(self) -> datetime | None:
        """Return when the next source is due."""
        return await self.database.read(claims.next_poll_at)

    async def set_back(self, by: timedelta) -> None:
        """Let what is due stay as far ahead as it was before the clock was set back."""
        await self.database.write(lambda connection: moved.set_back(connection, by))

    async def renew(self, names: Sequence[str]) -> None:
        """Leave these lent out for as long again: whoever has them is at work."""
        await self.database.write(lambda connection: claims.renew(connection, names, self.now()))

    async def not_later_than(self, at: datetime) -> None:
        """Pull polls that lie beyond `at` to `at`."""
        await self.database.write(lambda connection: claims.not_later_than(connection, at))

    async def known(self, source: str, keys: Iterable[str], prints: Iterable[str]) -> Known:
        """Return what is known of the entries of one body, and of what they may be an edit or a twin."""
        twins = self._twins(source)
        return await self.database.read(
            lambda connection: known.known(connection, source, keys, prints, twins, self.now())
        )

    def _twins(self, source: str) -> list[str]:
        """Return the source whose links and dates `source` borrows, or those which borrow from it."""
        lent = [other.name for other in self._sources.values() if other.twin == source]
        mine = self._sources[source].twin if source in self._sources else ""
        return [mine] if mine else lent

    async def kin(self, marks: Collection[int], stories_of: Collection[str]) -> Kin:
        """Return what may tell of the same events; nothing is read where nothing is asked."""
        if not marks and not stories_of:
            return Kin()
        return await self.database.read(
            lambda connection: stories.kin(connection, marks, stories_of, self.now())
        )

    async def apply(self, outcomes: Sequence[PollOutcome]) -> list[Applied]:
        """Commit all that the polls changed in ONE transaction; on return it is on the disk."""

        def work(connection: sqlite3.Connection) -> list[Applied]:
            for outcome in outcomes:
                if (trouble := outcome.trouble) and trouble.holds and trouble.retry_after:
                    until = outcome.at + timedelta(seconds=trouble.retry_after)
                    claims.leave_alone(connection, self._of(trouble.holds), until, left_alone(trouble))
            return polls.apply(connection, outcomes)

        return await self.database.write(work)

    def _of(self, domain: str) -> list[str]:
        """Return the sources whose address belongs to `domain`."""
        return [source.name for source in self._sources.values() if domain_of(source.url) == domain]

    async def postpone(self, claim: Claim, coming: NextPoll) -> None:
        """Give a claim back unused: it is due again at `coming`."""
        await self.database.write(lambda connection: claims.postpone(connection, claim, coming))

    async def claim_deliveries(self, notifier: str, *, limit: int) -> tuple[Receiver, list[Delivery]]:
        """Lend out what may be sent now. A crash leaves it due again, under the same id."""
        return await self.database.write(
            lambda connection: deliveries.claim(connection, notifier, self.now(), limit)
        )

    async def finish_deliveries(
        self, results: Sequence[tuple[SendResult, Delivery, Receiver]], rings: Sequence[Ring] = ()
    ) -> frozenset[str]:
        """Commit what became of attempts, with what that rings; return who has something to send by it."""

        def work(connection: sqlite3.Connection) -> frozenset[str]:
            deliveries.finish(connection, results)
            now = self.now()
            return frozenset().union(
                *(alerts.ring(connection, it.alert, it.notifiers, now, it.joined) for it in rings)
            )

        return await self.database.write(work)

    async def ring(self, alert: Alert, notifiers: Sequence[str]) -> None:
        """Commit an alert that no poll and no attempt brought."""
        await self.database.write(lambda connection: alerts.ring(connection, alert, notifiers, self.now()))

    async def next_delivery_at(self, notifier: str) -> datetime | None:
        """Return when `notifier` next has something to send."""
        return await self.database.read(lambda connection: deliveries.next_at(connection, notifier))

    async def enable(self, notifier: str) -> None:
        """Take a receiver for well again."""
        await self.database.write(lambda connection: deliveries.enable(connection, notifier, self.now()))

    async def replay(self, ids: Sequence[str], *, as_new: str = "") -> int:
        """Make deliveries due again; return how many."""
        return await self.database.write(
            lambda connection: deliveries.replay(connection, ids, self.now(), as_new=as_new)
        )

    async def silence(self, silence: Silence) -> int:
        """Begin a silence or an ack; return how many deliveries that waited it holds."""
        return await self.database.write(lambda connection: silences.add(connection, silence, self.now()))

    async def end_silences(self, ids: Sequence[str]) -> int:
        """End silences and acks; return how many."""
        return await self.database.write(lambda connection: silences.end(connection, ids, self.now()))

    async def prune(self, *, keep: float) -> int:
        """Forget what is old, and give its room back, a piece at a time; return items gone."""
        gone = await self.database.write(
            lambda connection: pruning.prune(connection, self.now(), timedelta(seconds=keep))
        )
        while await self.database.vacuum(pages=PIECE) > PIECE:
            pass  # who writes meanwhile comes between
        return gone

    async def newest(self, limit: int) -> list[Item]:
        """Return the items that came last."""
        return await self.database.read(lambda connection: reading.items(connection, limit=limit))

    async def totals(self) -> Totals:
        """Return a line of state."""
        return await self.database.read(reading.totals)

    async def note(self, service: Service) -> None:
        """Write down what the daemon goes by."""
        await self.database.write(lambda connection: services.write(connection, service))

    async def read(
        self, question: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask one of the questions of `monitor.store.sqlite.asked.reading`."""
        return await self.database.read(lambda connection: question(connection, *args, **kwargs))

    async def pulse(self) -> tuple[int, ...]:
        """Return what differs from the last time if anything was committed."""
        return await self.database.read(reading.pulse)

    def close(self) -> None:
        """Finish what is being written, then close."""
        self.database.close()
