"""How the daemon does, said to systemd again and again: its watchdog, as long as the loops go round, and its state."""

import asyncio
import logging
from collections.abc import Callable

from monitor.core.plurals import count
from monitor.daemon.system import systemd
from monitor.daemon.system.logs import event
from monitor.daemon.system.pulse import Pulse
from monitor.store import Store, StoreError, Totals

LOOK = 5.0  # seconds between two looks, at most; a fourth of what the watchdog allows


async def tell(pulse: Pulse, store: Store, trouble: Callable[[], str], *, watchdog: float | None) -> None:
    """Say how the daemon does until cancelled. `trouble` is what a person has to see first, "" where nothing is.

    WATCHDOG=1 is sent only while every loop goes round: one that stands still is named, and the manager,
    hearing nothing more, starts the daemon anew.
    """
    known: set[str] = set()
    while True:
        still = pulse.still()
        for loop in still.keys() - known:
            event(
                "daemon.stuck",
                f"{loop} has stood still for {still[loop]:.0f} s",
                level=logging.CRITICAL,
                loop=loop,
            )
        known = set(still)
        if watchdog and not still:
            systemd.notify("WATCHDOG=1")
        systemd.notify(f"STATUS={await status(store, trouble())}")
        await asyncio.sleep(min(LOOK, watchdog / 4) if watchdog else LOOK)


async def status(store: Store, trouble: str = "") -> str:
    """Return one line: "212 sources, 3 failing, 0 waiting to be told"."""
    try:
        parts = [in_short(await store.totals())]
    except StoreError as error:
        parts = [str(error)]
    return "; ".join(filter(None, (trouble, *parts)))


def in_short(totals: Totals) -> str:
    """Return how many sources there are, fail, and how much waits.

    >>> in_short(Totals(sources=212, failing=3, items=0, alerts=0, waiting=0, dead=1))
    '212 sources, 3 failing, 0 waiting to be told, 1 given up'
    """
    dead = f", {totals.dead} given up" if totals.dead else ""
    return f"{count(totals.sources, 'source')}, {totals.failing} failing, {totals.waiting} waiting to be told{dead}"
