"""The daemon in one call: the loops wired to the store, started together, stopped together."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook
from monitor.core.domains import registrable_domain
from monitor.core.identity import make_id
from monitor.core.plurals import count
from monitor.daemon.clock import wait
from monitor.daemon.dispatch import Desk, dispatch, wakes
from monitor.daemon.fetch import fetch
from monitor.daemon.hosts import AT_ONCE, GAP, Hosts
from monitor.daemon.line import Line
from monitor.daemon.logs import event
from monitor.daemon.parse import Parsers
from monitor.daemon.poll import poll
from monitor.daemon.schedule import Schedule, Tick
from monitor.daemon.transport import Transport
from monitor.model import Claim, Clock, Response, Rule, Source, Trouble
from monitor.notifiers import Notifier
from monitor.rules.engine import Engine
from monitor.store import Store, StoreError

POLLS = 64  # at once
QUEUED = 2_048  # of them and of those that wait at a door
CROWD = 0.01  # seconds
DRAIN = 10.0  # seconds given to deliveries in flight when asked to stop
PRUNE_EVERY = 3_600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the daemon is to do: the configuration, as values."""

    sources: Sequence[Source]
    rules: Sequence[Rule]
    notifiers: Mapping[str, Notifier]
    bounds: Bounds = Bounds()
    contact: str = ""
    at_once: int = AT_ONCE
    gap: float = GAP  # seconds
    keep: float = 90 * 86_400.0  # seconds


async def serve(
    plan: Plan,
    store: Store,
    *,
    clock: Clock,
    random: Callable[[], float],
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Poll and tell until `stop` is set; the caller holds the store's lock.

    A stop drops polls in flight (nothing of them was promised) and gives deliveries in flight 10 s.
    Raises whatever ends a loop: half a daemon is worse than none.
    """
    await store.recover()
    await store.sync_sources([_with_publisher(source) for source in plan.sources])
    await store.sync_notifiers({name: _address(notifier) for name, notifier in plan.notifiers.items()})
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(Transport(contact=plan.contact, clock=clock))
        parsers = await stack.enter_async_context(Parsers())
        house = House(
            plan=plan,
            store=store,
            clock=clock,
            random=random,
            transport=transport,
            parsers=parsers,
            hosts=Hosts(at_once=plan.at_once, gap=plan.gap),
        )
        schedule = Schedule(
            {
                "poll": Tick(1.0, house.due),
                "tell": Tick(1.0, house.tell),
                "prune": Tick(PRUNE_EVERY, house.prune),
            }
        )
        schedule.start()
        stack.callback(schedule.stop)
        await _run(house, schedule, stop, ready)


def _with_publisher(source: Source) -> Source:
    """Return `source` with who publishes it: by default the registrable domain of its address."""
    if source.publisher:
        return source
    return replace(source, publisher=registrable_domain(urlsplit(source.url).hostname or ""))


def _address(notifier: Notifier) -> str:
    """Return a hash of a notifier's configuration, secrets included: a changed one is another receiver."""
    parts = (
        getattr(getattr(notifier, name), "reveal", lambda n=name: repr(getattr(notifier, n)))()
        for name in _fields(notifier)
    )
    return make_id(type(notifier).__name__, *parts)


def _fields(notifier: Notifier) -> Sequence[str]:
    return tuple(getattr(notifier, "__dataclass_fields__", ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything the loops share."""

    plan: Plan
    store: Store
    clock: Clock
    random: Callable[[], float]
    transport: Transport
    parsers: Parsers
    hosts: Hosts
    due: asyncio.Event = field(default_factory=asyncio.Event)
    tell: asyncio.Event = field(default_factory=asyncio.Event)
    prune: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)


async def _run(house: House, schedule: Schedule, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    desk = Desk(
        store=house.store,
        clock=house.clock,
        post=house.transport.post,
        notifiers=house.plan.notifiers,
        jitter=house.random,
        wakes=wakes(tuple(house.plan.notifiers)),
        stopping=house.stopping,
    )

    async def jumped() -> None:
        latest = house.clock.now() + timedelta(seconds=house.plan.bounds.max)
        await house.store.not_later_than(latest)

    async with asyncio.TaskGroup() as loops:
        polling = loops.create_task(poll_loop(house, desk.wakes), name="poll")
        telling = loops.create_task(dispatch(desk), name="tell")
        rest = [
            loops.create_task(prune_loop(house), name="prune"),
            loops.create_task(schedule.watch(jumped), name="clock"),
            loops.create_task(_ring_all(house.tell, desk.wakes), name="ticks"),
        ]
        ready()
        await stop.wait()
        polling.cancel()
        house.stopping.set()
        for wake in desk.wakes.values():
            wake.set()
        await asyncio.wait([telling], timeout=DRAIN)
        for task in (telling, *rest):
            task.cancel()


async def _ring_all(tick: asyncio.Event, to: Mapping[str, asyncio.Event]) -> None:
    """Pass a tick on to every receiver: a retry may have fallen due, a replay may have come in."""
    while True:
        await tick.wait()
        tick.clear()
        for wake in to.values():
            wake.set()


async def poll_loop(house: House, told: Mapping[str, asyncio.Event]) -> None:
    """Poll what is due until cancelled; polls run side by side, `POLLS` at once.

    Who waits at a publisher's door is not counted: a hundred sources of one domain hold up no other.
    """
    line = _line(house, await asyncio.to_thread(Engine, house.plan.rules))  # a hundred thousand take seconds
    running: set[str] = set()

    async def one(claim: Claim) -> None:
        try:
            applied = await poll(claim, line)
            for name in applied.notifiers & told.keys():
                told[name].set()
        except StoreError as error:
            event(
                "store.trouble",
                f"{claim.source.name}: {error}",
                level=logging.ERROR,
                source=claim.source.name,
            )
        finally:
            running.discard(claim.source.name)
            house.due.set()

    async with asyncio.TaskGroup() as polls:
        while True:
            house.due.clear()
            try:
                room = max(0, min(POLLS + house.hosts.waiting, QUEUED) - len(running))
                claims = await house.store.claim_due(limit=room)
                soonest = await house.store.next_poll_at() if len(claims) < room else None
            except StoreError as error:
                event("store.trouble", str(error), level=logging.ERROR)
                await asyncio.sleep(1.0)
                continue
            for claim in claims:
                running.add(claim.source.name)
                polls.create_task(one(claim), name=f"poll {claim.source.name}")
            if claims and len(claims) == room:
                await asyncio.sleep(CROWD)  # till it shows who of them waits at a door: others may pass
                continue
            await wait(house.due, house.clock, soonest)


def _line(house: House, engine: Engine) -> Line:
    async def fetch_one(claim: Claim) -> Response | Trouble:
        return await fetch(house.transport, claim, house.hosts, clock=house.clock)

    return Line(
        fetch=fetch_one,
        parse=house.parsers.parse,
        propose=house.parsers.propose,
        store=house.store,
        book=Rulebook(
            engine=engine,
            everyone=tuple(house.plan.notifiers),
            bounds=house.plan.bounds,
        ),
        jitter=house.random,
    )


async def prune_loop(house: House) -> None:
    """Forget what is old, at start and with each tick."""
    while True:
        house.prune.clear()
        try:
            gone = await house.store.prune(keep=house.plan.keep)
        except StoreError as error:
            event("store.trouble", str(error), level=logging.ERROR)
        else:
            if gone:
                event("store.pruned", f"forgot {count(gone, 'item')}", items=gone)
        await house.prune.wait()
