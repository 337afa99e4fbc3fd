"""The daemon as a process: lock, store, signals, what systemd is told. `newsbell run` calls it."""

import asyncio
import logging
import random
import signal
from contextlib import closing
from pathlib import Path

from monitor.config import Config, failing_tests
from monitor.core.cadence import Bounds
from monitor.core.plurals import count
from monitor.daemon import lock, systemd
from monitor.daemon.clock import SystemClock
from monitor.daemon.logs import event
from monitor.daemon.service import Plan, serve
from monitor.daemon.signals import on_signals
from monitor.store import StoreError
from monitor.store.sqlite import SqliteStore


def plan(config: Config) -> Plan:
    """Return what `config` asks the daemon to do."""
    return Plan(
        sources=config.sources,
        rules=config.rules,
        notifiers=config.notifiers,
        bounds=Bounds(min=config.polling.min, max=config.polling.max),
        contact=config.manners.contact,
        at_once=config.manners.at_once,
        gap=config.manners.gap,
        keep=config.keep,
    )


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{directory} cannot be a directory: {error.strerror}") from error


async def run(config: Config, *, directory: Path, database: Path) -> signal.Signals | None:
    """Run until a signal comes, and return it. Killed at any point, the next run loses nothing.

    Raises lock.Locked where a daemon runs on `directory` already, StoreError where the database
    cannot be opened.
    """
    for needed in (directory, database.parent):
        _make(needed)
    with lock.held(directory):
        clock = SystemClock()
        store = SqliteStore(database, clock)
        with closing(store):
            stop = asyncio.Event()
            came = on_signals(stop, (signal.SIGTERM, signal.SIGINT))
            for warning in (*config.warnings, *(str(failure) for failure in failing_tests(config))):
                event("config.warning", warning.splitlines()[0], level=logging.WARNING)

            def ready() -> None:
                sources, rules = len(config.sources), len(config.rules)
                watched = f"{count(sources, 'source')}, {count(rules, 'rule')}"
                event("daemon.ready", f"ready: {watched}", sources=sources, rules=rules)
                systemd.notify("READY=1", f"STATUS={watched}")

            await serve(
                plan(config), store, clock=clock, random=random.SystemRandom().random, stop=stop, ready=ready
            )
            systemd.notify("STOPPING=1")
            event("daemon.stopped", "stopped")
            return came()
