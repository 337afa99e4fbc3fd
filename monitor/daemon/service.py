"""The daemon in one call: the loops wired to the store, started together, stopped together."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from monitor.api.tally import Tally
from monitor.daemon.clock import wait
from monitor.daemon.network.connections import Resolve
from monitor.daemon.network.transport import Transport
from monitor.daemon.parsing.parse import Parsers
from monitor.daemon.plan import Plan, with_publisher
from monitor.daemon.polling import lookout, websub
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.daemon.polling.push import Intake, Pushes, take_in
from monitor.daemon.polling.streams import Streams
from monitor.daemon.pruning import prune
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.reading.robots import Robots
from monitor.daemon.schedule import Schedule, Tick
from monitor.daemon.sending import heartbeat
from monitor.daemon.sending.dispatch import Desk, dispatch
from monitor.daemon.system.logs import event
from monitor.daemon.system.pulse import TURN, Pulse
from monitor.model import Alert, Applied, Claim, Clock, NextPoll, Response, Trouble
from monitor.store import Damaged, Store, StoreError
from monitor.values import dataclass

POLLS = 64  # at once
QUEUED = 2_048  # of them and of those that wait at a door
CROWD = 0.01  # seconds
RENEW = timedelta(minutes=2)  # between two renewals of leases: a fraction of one
DRAIN = 10.0  # seconds given to deliveries in flight when asked to stop
PRUNE_EVERY = 3_600.0  # seconds
NOT_TAKEN = "now: what it brought could not be stored"

Take = Callable[[Plan], Awaitable[None]]
Beside = Callable[[], Coroutine[Any, Any, None]]


async def serve(
    plan: Plan,
    store: Store,
    *,
    clock: Clock,
    random: Callable[[], float],
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    follow: Callable[[Take], Awaitable[None]] | None = None,
    beside: Mapping[str, Beside] = MappingProxyType({}),
    news: Sequence[Alert] = (),
    pulse: Pulse | None = None,
    tally: Tally | None = None,
    pushes: Pushes | None = None,
    resolve: Resolve | None = None,
    hosts: Hosts | None = None,
) -> None:
    """Poll and tell until `stop` is set; the caller holds the store's lock.

    `follow` is run beside and handed a function by which another plan takes the place of this one; what `beside`
    names runs beside the loops too. `news` happened before the start and is told to whom `plan.health` names.
    `pulse` hears of each turn of the loops, `tally` counts what is done; `pushes` is where hubs come in. `ready` is called after
    the first turn that saw to all that was due. `resolve` replaces the machine's resolver, and `hosts` are the
    publishers' doors, where the caller looks at them too.
    A stop drops polls in flight (nothing of them was promised) and gives deliveries in flight 10 s.
    Raises whatever ends a loop: half a daemon is worse than none.
    """
    pulse, tally = pulse or Pulse(), tally or Tally()
    await store.recover()
    await plan.noted_in(store)
    for alert in news:
        await store.ring(alert, plan.health)
    async with AsyncExitStack() as stack:
        transport = await stack.enter_async_context(
            Transport(contact=plan.contact, clock=clock, resolve=resolve)
        )
        parsers = await stack.enter_async_context(Parsers())
        doors = hosts or Hosts()
        doors.change(at_once=plan.at_once, gap=plan.gap)
        robots = Robots(transport, doors, clock)

        async def fetch_one(claim: Claim) -> Response | Trouble:
            return await fetch(transport, claim, doors, clock=clock, robots=robots)

        house = House(
            plan=plan,
            store=store,
            clock=clock,
            transport=transport,
            hosts=doors,
            line=Line(
                fetch=fetch_one,
                parse=parsers.parse,
                propose=parsers.propose,
                store=store,
                book=await plan.book(store),
                jitter=random,
                tally=tally,
                evidence=plan.evidence,
            ),
            desk=Desk(
                store=store,
                clock=clock,
                post=transport.post,
                notifiers=plan.notifiers,
                access=plan.access,
                jitter=random,
                pulse=pulse,
                tally=tally,
            ),
            pulse=pulse,
            tally=tally,
            pushes=pushes or Pushes(store=store, tally=tally),
        )
        schedule = Schedule(
            {
                "poll": Tick(1.0, house.due),
                "tell": Tick(1.0, house.tell),
                "absence": Tick(1.0, house.absence),
                "prune": Tick(PRUNE_EVERY, house.prune),
                "hubs": Tick(1.0, house.hubs),
            }
        )
        schedule.start()
        stack.callback(schedule.stop)
        await _run(house, schedule, stop, ready, follow, beside)


@dataclass(slots=True, kw_only=True)
class House:
    """Everything the loops share."""

    plan: Plan
    store: Store
    clock: Clock
    transport: Transport
    hosts: Hosts
    line: Line
    desk: Desk
    pulse: Pulse
    tally: Tally
    pushes: Pushes
    reading: dict[str, asyncio.Future[None]] = field(default_factory=dict)  # who polls, or takes a push
    hubs: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)  # all that was due was seen to once
    due: asyncio.Event = field(default_factory=asyncio.Event)
    tell: asyncio.Event = field(default_factory=asyncio.Event)
    absence: asyncio.Event = field(default_factory=asyncio.Event)
    prune: asyncio.Event = field(default_factory=asyncio.Event)
    intake: Intake = field(init=False)
    streams: Streams = field(init=False)

    def __post_init__(self) -> None:
        """Let in what is pushed, by hubs and on streams."""
        self.intake = Intake(line=lambda: self.line, reading=self.reading, wake=self.wake)
        self.streams = Streams(
            transport=self.transport,
            hosts=self.hosts,
            clock=self.clock,
            intake=self.intake,
            ended=self.due.set,
        )

    def wake(self, applied: Applied) -> None:
        """Let those send who have something to send."""
        self.desk.wake(applied.notifiers & self.desk.notifiers.keys())


async def _run(
    house: House,
    schedule: Schedule,
    stop: asyncio.Event,
    ready: Callable[[], None],
    follow: Callable[[Take], Awaitable[None]] | None,
    beside: Mapping[str, Beside],
) -> None:
    async def jumped(seconds: float) -> None:
        if seconds < 0:
            await house.store.set_back(timedelta(seconds=-seconds))
            house.hosts.set_back(timedelta(seconds=-seconds))
        latest = house.clock.now() + timedelta(seconds=house.plan.bounds.max)
        await house.store.not_later_than(latest)

    async with asyncio.TaskGroup() as loops:
        polling = loops.create_task(poll_loop(house), name="poll")
        telling = loops.create_task(dispatch(house.desk), name="tell")
        rest = [
            loops.create_task(prune(house.store, lambda: house.plan.keep, house.prune), name="prune"),
            loops.create_task(_watch(house), name="absence"),
            loops.create_task(_ask_hubs(house), name="hubs"),
            loops.create_task(take_in(house.pushes, house.intake), name="push"),
            loops.create_task(schedule.watch(jumped), name="clock"),
            loops.create_task(_ring_all(house), name="ticks"),
            loops.create_task(_beat(house), name="heartbeat"),
            loops.create_task(_say_ready(house, ready), name="ready"),
        ]
        if follow is not None:
            rest.append(loops.create_task(_following(follow, house), name="follow"))
        rest += [loops.create_task(work(), name=name) for name, work in beside.items()]
        await stop.wait()
        house.tally.stopping = True
        polling.cancel()
        house.desk.stop()
        await asyncio.wait([telling], timeout=DRAIN)
        for task in (telling, *rest):
            task.cancel()


async def _watch(house: House) -> None:
    await lookout.watch(
        house.store,
        lambda: house.line.book,
        house.absence,
        lambda names: house.desk.wake(names & house.desk.notifiers.keys()),
        pulse=house.pulse,
    )


async def _ask_hubs(house: House) -> None:
    await websub.subscribe(
        house.store,
        house.transport,
        house.clock,
        house.hubs,
        lambda: house.plan.callback,
        lambda: {source.name: source for source in house.plan.sources},
        partial(secrets.token_urlsafe, 32),
    )


async def _beat(house: House) -> None:
    await house.begun.wait()
    await heartbeat.beat(
        lambda: house.plan.heartbeat,
        house.transport.get,
        pulse=house.pulse,
        store=house.store,
        tally=house.tally,
        clock=house.clock,
    )


async def _ring_all(house: House) -> None:
    """Pass a tick on to every receiver: a retry may have fallen due, a replay may have come in."""
    while True:
        await house.tell.wait()
        house.tell.clear()
        house.desk.wake()


async def _say_ready(house: House, ready: Callable[[], None]) -> None:
    await house.begun.wait()
    house.tally.ready = True
    ready()


async def _following(follow: Callable[[Take], Awaitable[None]], house: House) -> None:
    await follow(partial(_change, house))


async def _change(house: House, plan: Plan) -> None:
    """Go by `plan` from now on.

    What is in flight ends as it began: a poll that was decided by the old rules commits, one of a source that is
    gone is dropped, a delivery is told by the notifier that has it. New rules look forward only.
    """
    book = await plan.book(house.store)  # first what takes long, and may fail
    await plan.noted_in(house.store)  # and nothing else before the store has taken it
    house.streams.keep({source.name: with_publisher(source) for source in plan.sources})
    house.plan = plan
    house.transport.introduce(plan.contact)
    house.hosts.change(at_once=plan.at_once, gap=plan.gap)
    house.desk.employ(plan.notifiers, plan.access)
    house.line = replace(house.line, book=book, evidence=plan.evidence)
    house.due.set()


async def poll_loop(house: House) -> None:
    """Poll what is due until cancelled; polls run side by side, `POLLS` at once.

    Who waits at a publisher's door is not counted: a hundred sources of one domain hold up no other.
    """
    running = house.reading

    async def one(claim: Claim) -> None:
        try:
            looking = house.streams.look(claim, polls.create_task) if claim.source.live else None
            applied = await (looking or poll(claim, house.line))
            house.wake(applied)
        except Damaged:
            raise
        except StoreError as error:
            event(
                "store.trouble",
                f"{claim.source.name}: {error}",
                level=logging.ERROR,
                source=claim.source.name,
            )
            house.tally.troubled(str(error), house.clock.now())
            await _give_back(claim, house)
        finally:
            running.pop(claim.source.name, None)
            house.due.set()

    renewed = house.clock.now()
    async with asyncio.TaskGroup() as polls:
        while True:
            house.due.clear()
            house.pulse.beat("poll", within=TURN)
            try:
                renewed = await _renewed(house, renewed)
                room = max(0, min(POLLS + house.hosts.waiting, QUEUED) - len(running))
                claims = await house.store.claim_due(limit=room)
                for claim in claims:  # at once: who finds a source lent out looks here by whom
                    name = claim.source.name
                    running[name] = polls.create_task(one(claim), name=f"poll {name}")
                soonest = await house.store.next_poll_at() if len(claims) < room else None
            except Damaged:
                raise
            except StoreError as error:
                event("store.trouble", str(error), level=logging.ERROR)
                house.tally.troubled(str(error), house.clock.now())
                await asyncio.sleep(1.0)
                continue
            house.begun.set()
            if claims and len(claims) == room:
                await asyncio.sleep(CROWD)  # till it shows who of them waits at a door: others may pass
                continue
            await wait(house.due, house.clock, soonest)


async def _renewed(house: House, at: datetime) -> datetime:
    """Renew the leases of what is read now, if that was last done long before; return when it was done. Raises StoreError.

    Who waits at a door with a thousand before it would lose its claim, be lent out again, and wait anew.
    """
    now = house.clock.now()
    if abs(now - at) < RENEW:
        return at
    await house.store.renew(list(house.reading))
    return now


async def _give_back(claim: Claim, house: House) -> None:
    """Make a source due again whose poll could not be committed, as soon as the store takes that: it was lent out."""
    while True:
        try:
            await house.store.postpone(claim, NextPoll(at=house.clock.now(), why=NOT_TAKEN))
        except Damaged:
            raise
        except StoreError:  # what is wrong with it was said
            await asyncio.sleep(1.0)
        else:
            return
