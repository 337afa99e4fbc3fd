"""What hubs push: checked, and taken into the line as the body of a poll would be."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from monitor.api.door import Pushed
from monitor.api.tally import Tally
from monitor.core import websub
from monitor.core.text import clean
from monitor.daemon.gather import Errand, Gathered
from monitor.daemon.line import Line
from monitor.daemon.logs import event
from monitor.daemon.settle import settle
from monitor.model import Applied, Claim, Response, Rest, Subscription, Trouble
from monitor.store import Store, StoreError

WAITING = 64  # pushes that are not yet taken up
PATIENCE = 10.0  # seconds in which a hub hears whether what it pushed is stored
REASON = 200  # characters of why a hub says no

TAKEN, GONE, LATER = 200, 410, 503


@dataclass(slots=True)
class Errands:
    """A push on its way, and who waits for what becomes of it."""

    source: str
    response: Response
    done: "asyncio.Future[int]"  # the status to answer


@dataclass(slots=True, kw_only=True)
class Pushes:
    """The door that the API holds open (`monitor.api.door.Door`), and the queue behind it."""

    store: Store
    tally: Tally
    queue: "asyncio.Queue[Errands]" = field(default_factory=lambda: asyncio.Queue(WAITING))

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
        """Take in what was pushed, and return once it is stored.

        What bears no right signature is not looked at; the answer does not say so (§8).
        """
        it = await self.store.subscription(pushed.name)
        if it is None or it.state not in ("asked", "active") or it.lease_until is None:
            return GONE
        if not websub.signed(it.secret.reveal(), pushed.body, pushed.signature):
            self.tally.pushes["forged"] += 1
            event(
                "push.forged",
                f"{it.source}: something was pushed that {it.hub.url} did not sign; it is ignored",
                level=logging.WARNING,
                source=it.source,
            )
            return TAKEN
        errand = Errands(it.source, self._response(it, pushed), asyncio.get_running_loop().create_future())
        with suppress(asyncio.QueueFull):
            self.queue.put_nowait(errand)
            await asyncio.wait([errand.done], timeout=PATIENCE)
        return errand.done.result() if errand.done.done() and not errand.done.cancelled() else LATER

    def _response(self, it: Subscription, pushed: Pushed) -> Response:
        return Response(
            url=it.hub.topic,
            status=226,
            body=pushed.body,
            content_type=pushed.content_type,
            received_at=self.store.now(),
        )


async def push(claim: Claim, response: Response, line: Line) -> Applied | None:
    """Commit what a hub pushed into a claimed source, None where it cannot be read.

    A body like any other, of which nothing is expected to be whole. Cancelled or killed anywhere before the commit,
    nothing has changed but the claim, and the hub was not told that it is stored.
    """
    response = replace(response, validators=claim.validators)
    errand = Errand(claim=claim, fetch=line.fetch, parse=line.parse, left=0)
    parsed = await errand.read(response)
    if isinstance(parsed, Trouble):
        event(
            "push.unreadable",
            f"{claim.source.name}: what was pushed is {parsed.sentence}",
            level=logging.WARNING,
            source=claim.source.name,
        )
        await give_back(claim, line.store)
        return None
    own = replace(parsed, more=(), beyond=0, older=(), advice=claim.advice)
    body = Gathered(parsed=own, rest=Rest(parts=claim.parts, asked=True))
    return await settle(errand, response, body, line)


async def give_back(claim: Claim, store: Store) -> None:
    """Let a source be due when it was before a push that came to nothing."""
    assert claim.stays is not None  # it was lent for a push
    with suppress(StoreError):  # then the claim runs out by itself, and what is wrong was said
        await store.postpone(claim, claim.stays)
