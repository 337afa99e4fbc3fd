"""`newsbell watch URL`: a monitor of its own that writes nothing, unless it is told to save what it watches."""

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from monitor.answers.wire import Lighting
from monitor.cli import typed
from monitor.cli.failing import Usage
from monitor.cli.saving import Saving
from monitor.cli.watching import show, status
from monitor.config import Config
from monitor.config.reading import zones
from monitor.config.reading.kinds import NOTIFIERS, is_worded
from monitor.config.tables.notifiers import service_of
from monitor.core.cadence import Bounds
from monitor.daemon.clock import SystemClock
from monitor.daemon.plan import Plan
from monitor.daemon.service import serve
from monitor.daemon.system import logs
from monitor.daemon.system.signals import on_signals
from monitor.dashboard.desktop import Desktop
from monitor.dashboard.feed import Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.layout import Remembered
from monitor.model import Rule, Secret, Source, Wording
from monitor.notifiers import Notifier
from monitor.rules.query.aliases import NONE
from monitor.store.sqlite import MEMORY, SqliteStore

SHORTEST = 1.0  # seconds between polls


def plan(sources: Sequence[Source], queries: Sequence[str], to: str, every: str) -> Plan:
    """Return what a monitor of its own does: poll `sources` each `every`, ring for `queries`, tell `to`.

    Raises Usage.
    """
    seconds = typed.seconds(every, option="--every", least=SHORTEST)
    notifiers = {"address": notifier(to)} if to else {}
    for query in queries:
        typed.query(query)
    names = ["match", *(f"match-{n}" for n in range(2, len(queries) + 1))]
    return Plan(
        sources=[replace(source, every=seconds, pinned=True) for source in sources],
        rules=[Rule(name=name, query=query) for name, query in zip(names, queries, strict=False)],
        notifiers=notifiers,
        bounds=Bounds(min=SHORTEST, max=max(seconds, Bounds().max)),
    )


def notifier(to: str) -> Notifier:
    """Return the notifier that an address asks for; raises Usage."""
    service = service_of(to)
    kind = service.type if service else "webhook"
    options: dict[str, object] = {"url": Secret(typed.address(to, option="--to"))}
    if is_worded(made := NOTIFIERS.load(kind)):
        options["wording"] = Wording(zone=zones.machine(os.environ))
    try:
        built: Notifier = made(**options)
    except TypeError:
        raise Usage(f"--to: {kind} needs more than an address; write [notify.NAME] in config.toml") from None
    except ValueError as error:
        raise Usage(f"--to: {error}") from None
    return built


async def alone(todo: Plan, config: Config | None, saving: Saving) -> int:
    """Poll and show until interrupted; the store is in memory and goes with the process."""
    logs.silence()  # the dashboard says what went wrong
    clock = SystemClock()
    store = SqliteStore(MEMORY, clock)
    stop = asyncio.Event()
    came = on_signals(stop, (signal.SIGINT, signal.SIGTERM))
    hands = Hands(surroundings=Desktop(os.environ), changes=store, save=saving.save)
    with closing(store):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(todo, store, clock=clock, random=random.SystemRandom().random, stop=stop))
            await show(
                Feed(store, Lighting(todo.rules, config.aliases if config else NONE)),
                config.timezone if config else None,
                stop,
                hands,
                Remembered(),
            )
    return status(came)
