"""`newsbell watch`: attached to a daemon's store. It is loaded fast: what polls is not loaded with it."""

import asyncio
import hashlib
import os
import select
import signal
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from monitor.answers.wire import Lighting
from monitor.cli.failing import NoDaemon
from monitor.cli.places import Place, glance, reached, tried, writing
from monitor.config.places import state_directory
from monitor.daemon.clock import SystemClock
from monitor.daemon.system import lock
from monitor.daemon.system.signals import on_signals
from monitor.dashboard import full_screen, watch
from monitor.dashboard.bookmark import Bookmark
from monitor.dashboard.desktop import Desktop
from monitor.dashboard.feed import Daemon, Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.layout import Remembered
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.outside.attached import Attached
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.model import Silence


@dataclass(frozen=True, slots=True)
class Changing:
    """Changes a daemon's store from outside: opened for each change, and closed after it."""

    where: Place

    async def replay(self, ids: Sequence[str]) -> int:
        """Make deliveries due again."""
        with writing(self.where) as store:
            return await store.replay(ids)

    async def silence(self, silence: "Silence") -> int:
        """Begin a silence or an ack."""
        with writing(self.where) as store:
            return await store.silence(silence)

    async def end_silences(self, ids: Sequence[str]) -> int:
        """End silences and acks."""
        with writing(self.where) as store:
            return await store.end_silences(ids)


async def attached(config: Path | None, state: Path | None, *, start: str) -> int:
    """Show the store of a running daemon until interrupted; says so, and how to `start` it, when it runs no more.

    What is stored is shown at once; the rules that light it are read when it is, however many they are.
    """
    seen = glance(config, state)
    where = reached(seen, state)
    if where.socket is None and not where.database.exists() and lock.holder(where.directory) is None:
        raise NoDaemon(
            f"no daemon runs on {where.directory}: `{start}` starts one,"
            " `newsbell watch URL --match QUERY` needs none"
        )
    stop = asyncio.Event()
    came = on_signals(stop, (signal.SIGINT, signal.SIGTERM))
    mark = hashlib.sha256(str(where.database.resolve()).encode()).hexdigest()[:16]
    kept = state_directory(None, os.environ) / "watch"
    bookmark = Bookmark(kept / mark)
    said: list[str] = []

    async def light() -> Lighting:
        lighting, trouble = await asyncio.to_thread(_lighting, config, state)
        said.append(trouble)
        return lighting

    if where.socket:
        from monitor.store.sqlite.outside.through import daemon_at, read_through, starting

        daemon = Daemon(pid=partial(daemon_at, where.socket), start=starting(where.socket))
        there = Attached(where.socket, read_through)
    else:
        daemon = Daemon(pid=partial(lock.holder, where.directory), start=start)
        there = Attached(where.database)
    with closing(there) as reader:
        if where.socket or where.database.exists():
            await _look(reader)  # later on a good one may take its place; now there is nothing to show
        feed = Feed(reader, Lighting(), daemon=daemon, cursor=bookmark.cursor)
        hands = Hands(surroundings=Desktop(os.environ), changes=Changing(where))
        remembered = Remembered(kept / f"{mark}.json")
        timezone = seen.timezone if seen else None
        await show(feed, timezone, stop, hands, remembered, seen=bookmark.move, light=light)
    for trouble in (*said, bookmark.trouble):
        print(trouble, end="\n" if trouble else "", file=sys.stderr)
    return status(came)


def _lighting(config: Path | None, state: Path | None) -> tuple[Lighting, str]:
    """Return the light of a configuration's rules, and why it is not used, "" where it is; raises ConfigErrors."""
    loaded, trouble = tried(config, state)
    return (Lighting(loaded.rules, loaded.aliases) if loaded else Lighting()), trouble


async def _look(reader: Attached) -> None:
    """Raise StoreError where a store cannot be shown."""
    await reader.read(reading.stream_end)
    await reader.read(reading.alerts, limit=1)


async def show(
    feed: Feed,
    timezone: tzinfo | None,
    stop: asyncio.Event,
    hands: Hands,
    remembered: Remembered,
    seen: Callable[[int], None] = lambda cursor: None,
    light: Callable[[], Awaitable[Lighting]] | None = None,
) -> None:
    """Show a feed on the whole screen of a terminal, else as plain lines, and set `stop` at its end."""
    clock = SystemClock()
    try:
        if full_screen(sys.stdout, os.environ, sys.stdin):
            await watch(
                feed,
                clock=clock,
                timezone=timezone,
                hands=hands,
                remembered=remembered,
                stop=stop,
                seen=seen,
                light=light,
            )
        else:
            from monitor.dashboard import lines  # a screen has no need of it

            if light is not None:
                feed.lighting = await light()
            with _until_closed(sys.stdout, stop):
                await lines.tell(
                    feed, out=sys.stdout, err=sys.stderr, clock=clock, timezone=timezone, stop=stop, seen=seen
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


def status(came: Callable[[], signal.Signals | None]) -> int:
    """Return the exit status after the signal that came."""
    return 130 if came() is signal.SIGINT else 0
