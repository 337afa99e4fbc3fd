"""What hubs push: checked, and taken into the line as the body of a poll would be."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import field, replace
from datetime import datetime, timedelta

from monitor.api.callback import ROOM, Pushed
from monitor.api.tally import Tally
from monitor.core import websub
from monitor.core.text import clean
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import broke
from monitor.daemon.polling.settle import settle
from monitor.daemon.reading.gather import Errand, Gathered
from monitor.daemon.system.logs import event
from monitor.model import Applied, Claim, Response, Rest, Subscription, Trouble
from monitor.store import Damaged, Store, StoreError
from monitor.values import dataclass

FULL = 8 * ROOM  # bytes of all pushes on their way, and
OWN = 2 * ROOM  # those of one hub for one source; what is beyond is not read, and hears "later"
SMALL = 65_536  # bytes that each counts for at least
PATIENCE = 10.0  # seconds in which a hub hears whether what it pushed is stored
REASON = 200  # characters of why a hub says no
FORGERIES = timedelta(minutes=1)  # in which those at one callback are said once

TAKEN, GONE, LATER = 200, 410, 503


@dataclass(slots=True)
class Arrival:
    """A push on its way, and who waits for what becomes of it."""

    source: str
    response: Response
    done: "asyncio.Future[int]"  # the status to answer


@dataclass(slots=True, kw_only=True)
class Pushes:
    """The door that the API holds open (`monitor.api.callback.Door`), and the queue behind it."""

    store: Store
    tally: Tally
    queue: "asyncio.Queue[Arrival]" = field(default_factory=asyncio.Queue)
    _inside: Counter[str] = field(default_factory=Counter)  # bytes on their way, by callback
    _forged_at: dict[str, datetime] = field(default_factory=dict)  # when forgeries were said, by callback

    @property
    def inside(self) -> int:
        """Return how many bytes of pushes are on their way."""
        return self._inside.total()

    async def known(self, name: str) -> bool:
        """Tell whether a hub was ever told of this callback."""
        return await self.store.subscription(name) is not None

    async def asked_back(self, name: str, query: Mapping[str, str]) -> bool:
        """Tell whether we asked for what a hub asks back about; a no of the hub's is noted."""
        it = await self.store.subscription(name)
        if it is None or query.get("hub.topic") != it.hub.topic:
            return False
        now, ending = self.store.now(), it.state == "ending"
        match query.get("hub.mode"):
            case "denied":
                reason = clean(query.get("hub.reason", ""))[:REASON]
                if it.state != "denied":
                    event(
                        "push.denied",
                        f"{it.source}: {it.hub.url} said no: {reason or 'it gave no reason'}",
                        source=it.source,
                    )
                return await self.store.change_subscription(name, lambda it: websub.denied(it, reason, now))
            case "subscribe" if it.state in ("asked", "active") and it.failures:
                event("push.agreed", f"{it.source}: {it.hub.url} pushes what is new", source=it.source)
                return await self.store.change_subscription(
                    name, lambda it: websub.verified(it, websub.lease(query), now)
                )
            case "unsubscribe" if ending:
                event("push.ended", f"{it.source}: {it.hub.url} pushes no more", source=it.source)
                return await self.store.change_subscription(name, lambda it: None)
        return False

    async def take(self, pushed: Pushed) -> int:
        """Take in what is pushed, and return once it is stored.

        What bears no right signature is not looked at; the answer does not say so (§8). What is not stored in time
        stays on its way, and the hub may push it again.
        """
        it = await self.store.subscription(pushed.name)
        if it is None or it.state not in ("asked", "active") or it.lease_until is None:
            return GONE
        size, own = max(pushed.size, SMALL), self._inside[pushed.name]
        if own + size > OWN or self.inside + size > FULL:
            self.tally.pushes["later"] += 1
            return LATER
        self._inside[pushed.name] += size
        done = asyncio.get_running_loop().create_future()
        done.add_done_callback(lambda _: self._leave(pushed.name, size))
        try:
            body = await pushed.body()
            if not websub.signed(it.secret.reveal(), body, pushed.signature):
                self._say_forged(it)
                done.set_result(TAKEN)
                return TAKEN
        except BaseException:
            done.cancel()
            raise
        self.queue.put_nowait(Arrival(it.source, self._response(it, pushed, body), done))
        await asyncio.wait([done], timeout=PATIENCE)
        return done.result() if done.done() else LATER

    def _leave(self, name: str, size: int) -> None:
        self._inside[name] -= size
        if self._inside[name] <= 0:
            del self._inside[name]

    def _say_forged(self, it: Subscription) -> None:
        self.tally.pushes["forged"] += 1
        now = self.store.now()
        self._forged_at = {name: at for name, at in self._forged_at.items() if now - at < FORGERIES}
        if it.id not in self._forged_at:
            self._forged_at[it.id] = now
            event(
                "push.forged",
                f"{it.source}: something was pushed that {it.hub.url} did not sign; it is ignored",
                level=logging.WARNING,
                source=it.source,
            )

    def _response(self, it: Subscription, pushed: Pushed, body: bytes) -> Response:
        return Response(
            url=it.hub.topic,
            status=226,
            body=body,
            content_type=pushed.content_type,
            received_at=self.store.now(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What takes in pushes: the line of the polls, and who reads a source now, so that nobody else does."""

    line: Callable[[], Line]
    reading: dict[str, asyncio.Future[None]]
    wake: Callable[[Applied], None]  # who has something to send


async def take_in(pushes: Pushes, intake: Intake) -> None:
    """Take in what hubs push until cancelled, each beside the others; who waits for one that is dropped hears "later"."""
    async with asyncio.TaskGroup() as taking:
        while True:
            arrival = await pushes.queue.get()
            taking.create_task(_take(arrival, pushes, intake), name=f"push {arrival.source}")


@asynccontextmanager
async def lent(name: str, intake: Intake) -> AsyncIterator[Claim | None]:
    """Lend out a source for what was pushed, once nobody else reads it; None where it is not to be had. Raises StoreError."""
    store = intake.line().store
    while (claim := await store.claim_pushed(name)) is None and name in intake.reading:
        await asyncio.wait([intake.reading[name]])
    if claim is None:
        yield None
        return
    back = intake.reading[name] = asyncio.get_running_loop().create_future()
    try:
        yield claim
    finally:
        del intake.reading[name]
        back.set_result(None)


async def _take(arrival: Arrival, pushes: Pushes, intake: Intake) -> None:
    status, name, line = LATER, arrival.source, intake.line()
    try:
        async with lent(name, intake) as claim:
            if claim is None:
                return
            applied = await push(claim, arrival.response, line)
        if not applied.dropped:
            status = TAKEN
            intake.wake(applied)
    except Damaged:
        raise
    except StoreError as error:
        event("store.trouble", f"{name}: {error}", level=logging.ERROR, source=name)
        pushes.tally.troubled(str(error), line.store.now())
    finally:
        pushes.tally.pushes["later"] += status == LATER
        if not arrival.done.done():
            arrival.done.set_result(status)


async def push(claim: Claim, response: Response, line: Line) -> Applied:
    """Commit what a hub, or a stream, pushed into a claimed source; `dropped` where that did not come about.

    A body like any other, of which nothing is expected to be whole; one that cannot be read brings nothing, one that
    nobody came to read is `dropped`, for it comes only once. Cancelled or killed anywhere before the commit, nothing has changed but the claim, and the hub was not told that it is stored.
    A bug of ours costs what was pushed, and nothing else. Raises StoreError.
    """
    try:
        return await _pushed(claim, response, line)
    except StoreError:
        await give_back(claim, line.store)
        raise
    except Exception:  # it would break again: what is polled next has it too, or is told of
        broke(claim)
        await give_back(claim, line.store)
        return Applied()


async def _pushed(claim: Claim, response: Response, line: Line) -> Applied:
    response = replace(response, validators=claim.validators)
    errand = Errand(claim=claim, fetch=line.fetch, parse=line.parse, left=0)
    parsed = await errand.read(response)
    if isinstance(parsed, Trouble) and parsed.kind == "limit":
        await give_back(claim, line.store)
        return Applied(dropped=True)
    if isinstance(parsed, Trouble):
        event(
            "push.unreadable",
            f"{claim.source.name}: what was pushed is {parsed.sentence}",
            level=logging.WARNING,
            source=claim.source.name,
        )
        line.tally.pushes["unreadable"] += 1
        await give_back(claim, line.store)
        return Applied()
    own = replace(parsed, more=(), beyond=0, older=(), advice=claim.advice)
    body = Gathered(parsed=own, rest=Rest(parts=claim.parts, asked=True))
    applied = await settle(errand, response, body, line)
    if applied.stale:
        await give_back(claim, line.store)
        return Applied(dropped=True)
    line.tally.pushes["taken"] += not applied.dropped
    return applied


async def give_back(claim: Claim, store: Store) -> None:
    """Let a source be due when it was before a push that came to nothing."""
    assert claim.stays is not None  # it was lent for a push
    with suppress(StoreError):  # then the claim runs out by itself, and what is wrong was said
        await store.postpone(claim, claim.stays)
