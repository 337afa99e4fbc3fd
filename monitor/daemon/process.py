"""The daemon as a process: lock, store, signals, what systemd is told. `newsbell run` calls it."""

import asyncio
import logging
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from monitor import garbage
from monitor.api.office import Watched
from monitor.api.tally import Tally
from monitor.config import Config, failing_tests, socket_to_open
from monitor.core.cadence import Bounds
from monitor.core.plurals import count
from monitor.daemon.clock import SystemClock
from monitor.daemon.face import shown, watched
from monitor.daemon.plan import Plan
from monitor.daemon.polling.push import Pushes
from monitor.daemon.reload import Reloads
from monitor.daemon.service import Take, serve
from monitor.daemon.system import care, door, lock, systemd, vitals
from monitor.daemon.system.logs import event
from monitor.daemon.system.pulse import Pulse
from monitor.daemon.system.signals import on_hangup, on_signals
from monitor.model import Alert, Clock
from monitor.store import Damaged, StoreError
from monitor.store.sqlite import SqliteStore


def plan(config: Config) -> Plan:
    """Return what `config` asks the daemon to do."""
    return Plan(
        sources=config.sources,
        rules=config.rules,
        notifiers=config.notifiers,
        access=config.access,
        routes=config.routes,
        inhibitions=config.inhibitions,
        hearing=config.hearing,
        bounds=Bounds(min=config.polling.min, max=config.polling.max),
        contact=config.manners.contact,
        at_once=config.manners.at_once,
        gap=config.manners.gap,
        keep=config.keep,
        health=config.health,
        heartbeat=config.heartbeat,
        evidence=config.evidence,
        callback=config.api.callback if config.api else "",
    )


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{directory} cannot be a directory: {error.strerror}") from error


async def run(
    config: Config,
    *,
    directory: Path,
    database: Path,
    opened: Callable[[Path, Clock], SqliteStore] = SqliteStore,
) -> signal.Signals | None:
    """Run until a signal comes, and return it. Killed at any point, the next run loses nothing.

    `opened` is the store of a database; tests hand in one that dies on the way.

    Raises lock.Locked where a daemon runs on `directory` or `database` already, StoreError where the database cannot be
    opened, ListenError where [api] cannot listen.
    """
    for needed in (directory, database.parent):
        _make(needed)
    with (
        lock.held(directory),
        lock.database_held(database, directory),
        _in_doubt_after_an_error(directory),
    ):
        clock, damage = SystemClock(), ""
        while True:
            news = care.ready(directory, database, clock.now(), keep=config.backups, damage=damage)
            store = opened(database, clock)
            with closing(store):
                try:
                    came = await _serve(config, store, clock, directory=directory, news=news)
                    break
                except _Damaged as found:  # what was due comes due again in the backup that takes its place
                    config, damage = found.config, str(found)
    event("daemon.stopped", "stopped")
    return came


class _Damaged(Exception):
    """The database showed damage while it was in use; `config` is what was gone by, which may have been reloaded."""

    def __init__(self, sentence: str, config: Config) -> None:
        super().__init__(sentence)
        self.config = config


@contextmanager
def _in_doubt_after_an_error(directory: Path) -> Iterator[None]:
    try:
        yield
    except Exception:
        care.in_doubt(directory)
        raise


async def _serve(
    config: Config, store: SqliteStore, clock: Clock, *, directory: Path, news: Alert | None
) -> signal.Signals | None:
    """Serve until a signal says stop, and return it; what systemd and the API are told runs beside.

    Raises _Damaged where the database shows damage.
    """
    stop, pulse, tally = asyncio.Event(), Pulse(), Tally()
    reloads, pushes = Reloads(config=config, store=store), Pushes(store=store, tally=tally)
    on_hangup(reloads.asked, stop)
    came = on_signals(stop, (signal.SIGTERM, signal.SIGINT))
    for warning in (*config.warnings, *(str(failure) for failure in failing_tests(config))):
        event("config.warning", warning.splitlines()[0], level=logging.WARNING)

    def ready() -> None:
        garbage.running()
        sources, rules = len(config.sources), len(config.rules)
        going = f"{count(sources, 'source')}, {count(rules, 'rule')}"
        event("daemon.ready", f"ready: {going}", sources=sources, rules=rules)
        systemd.notify("READY=1", f"STATUS={going}")

    async def follow(take: Take) -> None:
        callback = plan(config).callback  # where it listens is changed by a start only
        await reloads.follow(lambda new: take(replace(plan(new), callback=callback)))

    def goes_by() -> Watched:
        return watched(reloads.config)

    def trouble() -> str:
        return "; ".join(
            filter(None, (news.sentence if news else "", reloads.why(), tally.lately(clock.now())))
        )

    async def backups() -> None:
        await care.keep_backups(directory, Path(store.database.path), lambda: reloads.config.backups, clock)

    with shown(
        config.api, store, tally, goes_by, pulse.still, clock=clock, timezone=config.timezone, door=pushes
    ) as face:
        watchdog = systemd.watchdog(os.environ, os.getpid())
        beside = [
            asyncio.create_task(vitals.tell(pulse, store, trouble, watchdog=watchdog), name="vitals"),
            asyncio.create_task(_say_stopping(stop), name="stopping"),
        ]
        try:
            async with door.opened(socket_to_open(os.environ), store):
                await serve(
                    plan(config),
                    store,
                    clock=clock,
                    random=random.SystemRandom().random,
                    stop=stop,
                    ready=ready,
                    follow=follow,
                    beside={"backups": backups} | ({"api": face} if face else {}),
                    news=[news] if news else [],
                    pulse=pulse,
                    tally=tally,
                    pushes=pushes,
                )
        except* Damaged as found:
            raise _Damaged(str(_first(found)), reloads.config) from found
        finally:
            for task in beside:
                task.cancel()
    return came()


def _first(group: BaseExceptionGroup[Damaged]) -> Damaged:
    """Return the first that a group, which may hold groups, holds."""
    first = group.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _say_stopping(stop: asyncio.Event) -> None:
    await stop.wait()
    systemd.notify("STOPPING=1")
