"""Asking hubs to push: where a source names one, before their promise runs out, and to stop."""

import asyncio
import logging
from collections.abc import Callable

from monitor.core import websub
from monitor.core.text import clean
from monitor.daemon.clock import wait
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import Refused
from monitor.daemon.network.transport import Transport
from monitor.daemon.network.urls import joined, place, stays
from monitor.daemon.system.logs import event
from monitor.model import Clock, Reply, Source, Subscription
from monitor.notifiers import PostError
from monitor.store import Damaged, Store, StoreError

HOPS = 3  # redirects of a request that are followed (307 and 308, §5.1)
FORM = {"content-type": "application/x-www-form-urlencoded"}
SHOWN = 120  # characters of why a hub refuses

Watched = Callable[[], dict[str, Source]]


async def subscribe(
    store: Store,
    transport: Transport,
    clock: Clock,
    tick: asyncio.Event,
    callback: Callable[[], str],
    watched: Watched,
    token: Callable[[], str],
) -> None:
    """Keep what is agreed with hubs true until cancelled.

    A request is noted before it is sent: killed after it, the hub's question is answered by the next daemon.
    """
    while True:
        tick.clear()
        soonest = None
        try:
            await store.plan_subscriptions(callback(), token)
            for missed in await store.not_pushed():
                event(
                    "push.silent",
                    f"{missed.source}: {missed.hub} did not push {missed.title!r}, which a poll found; polled as before",
                    level=logging.WARNING,
                    source=missed.source,
                )
            due = await store.subscriptions_due()
            async with asyncio.TaskGroup() as asking:
                for it in due:
                    asking.create_task(_ask(it, watched().get(it.source), store, transport))
            soonest = await store.next_subscription_at()
        except* Damaged:
            raise
        except* StoreError as errors:
            event("store.trouble", str(errors.exceptions[0]), level=logging.ERROR)
        await wait(tick, clock, soonest)


async def _ask(it: Subscription, source: Source | None, store: Store, transport: Transport) -> None:
    """Ask a hub; where it has trouble with that, it is asked again later. That it agrees it says itself."""
    try:
        reply = await _post(it, _reach(it, source), transport)
    except (PostError, Refused) as error:
        sentence = str(error)
    else:
        if 200 <= reply.status < 300:
            return
        because = clean(reply.head.decode("utf-8", "replace"))[:SHOWN]
        sentence = f"the hub answered {reply.status}{': ' if because else ''}{because}"
    event("push.refused", f"{it.source}: {it.hub.url}: {sentence}", level=logging.WARNING, source=it.source)
    now = store.now()
    await store.change_subscription(it.id, lambda now_: websub.failed(now_, sentence, now))


async def _post(it: Subscription, reach: Reach, transport: Transport) -> Reply:
    url = it.hub.url
    for _ in range(HOPS):
        reply = await transport.post(url, FORM, websub.request(it), reach=reach)
        if reply.status not in (307, 308) or not reply.location:
            break
        url = joined(url, reply.location)
        reach = min(reach, Reach.PUBLIC) if reach is not Reach.PRIVATE else reach
    return reply


def _reach(it: Subscription, source: Source | None) -> Reach:
    """Return how far a hub may be: a body named it, so it is no private address unless it is the source's own house."""
    if source is None:
        return Reach.PUBLIC
    if source.private:
        return Reach.PRIVATE
    home = not source.listed and stays(place(source.url), place(it.hub.url))
    return Reach.TYPED if home else Reach.PUBLIC
