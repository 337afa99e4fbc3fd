"""`newsbell watch`: attached to a daemon's store, or a monitor of its own that writes nothing."""

import asyncio
import hashlib
import os
import random
import select
import signal
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TextIO

from monitor.cli import typed
from monitor.cli.failing import NoDaemon, Usage
from monitor.cli.places import Place
from monitor.config import Config, state_directory
from monitor.config.kinds import NOTIFIERS
from monitor.config.notifiers import service_of
from monitor.core.cadence import Bounds
from monitor.daemon import lock, logs
from monitor.daemon.clock import SystemClock
from monitor.daemon.service import Plan, on_signals, serve
from monitor.dashboard import watch
from monitor.dashboard.attached import Attached
from monitor.dashboard.bookmark import Bookmark
from monitor.dashboard.feed import Daemon, Feed
from monitor.model import Rule, Secret, Source
from monitor.notifiers import Notifier
from monitor.rules.engine import Engine
from monitor.store import StoreError
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
    names = ["match", *(f"match {n}" for n in range(2, len(queries) + 1))]
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
    if service and kind not in NOTIFIERS.names():
        raise Usage(
            f"--to: that is a {service.name} address; newsbell has no {service.name} notifier in this version"
        )
    built: Notifier = NOTIFIERS.load(kind)(url=Secret(typed.address(to, option="--to")))
    return built


async def alone(todo: Plan, config: Config | None) -> int:
    """Poll and show until interrupted; the store is in memory and goes with the process."""
    logs.silence()  # the dashboard says what went wrong
    clock = SystemClock()
    store = SqliteStore(MEMORY, clock)
    stop = asyncio.Event()
    came = on_signals(stop, (signal.SIGINT, signal.SIGTERM))
    with closing(store):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(serve(todo, store, clock=clock, random=random.SystemRandom().random, stop=stop))
            feed = Feed(store, engine=Engine(todo.rules))
            await _show(feed, config, stop)
    return _status(came)


async def attached(where: Place, config: Config | None, *, start: str) -> int:
    """Show the store of a running daemon until interrupted; says so, and how to `start` it, when it runs no more."""
    if not where.database.exists() and lock.holder(where.directory) is None:
        raise NoDaemon(
            f"no daemon runs on {where.directory}: `{start}` starts one,"
            " `newsbell watch URL --match QUERY` needs none"
        )
    stop = asyncio.Event()
    came = on_signals(stop, (signal.SIGINT, signal.SIGTERM))
    mark = hashlib.sha256(str(where.database.resolve()).encode()).hexdigest()[:16]
    bookmark = Bookmark(state_directory(None, os.environ) / "watch" / mark)
    with closing(Attached(where.database)) as reader:
        if where.database.exists() and (trouble := (await Feed(reader).look(SystemClock().now())).trouble):
            raise StoreError(
                trouble
            )  # later on it may be replaced by a good one; now there is nothing to show
        engine = Engine(config.rules) if config else None
        daemon = Daemon(pid=lambda: lock.holder(where.directory), start=start)
        feed = Feed(reader, engine=engine, daemon=daemon, cursor=bookmark.cursor)
        await _show(feed, config, stop, seen=bookmark.move)
    if bookmark.trouble:
        print(bookmark.trouble, file=sys.stderr)
    return _status(came)


async def _show(
    feed: Feed, config: Config | None, stop: asyncio.Event, seen: Callable[[int], None] = lambda cursor: None
) -> None:
    try:
        with _until_closed(sys.stdout, stop):
            await watch(
                feed,
                out=sys.stdout,
                err=sys.stderr,
                environ=os.environ,
                clock=SystemClock(),
                timezone=config.timezone if config else None,
                stop=stop,
                seen=seen,
            )
    except BrokenPipeError:  # `newsbell watch | head`: an end, no trouble
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        stop.set()


@contextmanager
def _until_closed(out: TextIO, stop: asyncio.Event) -> Iterator[None]:
    """Set `stop` once nobody reads the pipe `out` any more, though nothing is written to it meanwhile."""
    descriptor, loop, poll = out.fileno(), asyncio.get_running_loop(), select.poll()
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        yield
        return
    poll.register(descriptor, 0)  # POLLERR and POLLHUP are always reported

    def look() -> None:
        loop.remove_reader(descriptor)  # one that stays readable would keep the loop busy
        if poll.poll(0):
            stop.set()

    loop.add_reader(descriptor, look)
    try:
        yield
    finally:
        loop.remove_reader(descriptor)


def _status(came: Callable[[], signal.Signals | None]) -> int:
    return 130 if came() is signal.SIGINT else 0
