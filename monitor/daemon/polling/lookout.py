"""Looks out for what does not come: with each tick, rules whose time is up. `core/alerts/absence` decides."""

import asyncio
import logging
from collections.abc import Callable

from monitor.core.alerts import absence
from monitor.core.alerts.absence import Blind
from monitor.core.decide import Rulebook
from monitor.daemon.system.logs import event
from monitor.daemon.system.pulse import TURN, Pulse
from monitor.model import Opening
from monitor.store import Damaged, Store, StoreError


async def watch(
    store: Store,
    book: Callable[[], Rulebook],
    tick: asyncio.Event,
    wake: Callable[[frozenset[str]], None],
    *,
    pulse: Pulse,
) -> None:
    """Ring for what does not come until cancelled; `wake` hears who has something to send, `pulse` of each turn.

    Killed at any point, an absence is either open with its alert or is found again at the next start, under the
    same id. That nothing could be read is logged once for each absence.
    """
    said: set[tuple[str, str]] = set()
    while True:
        tick.clear()
        pulse.beat("absence", within=TURN)
        try:
            wake(await look(store, book(), said))
        except Damaged:
            raise
        except StoreError as error:
            event("store.trouble", str(error), level=logging.ERROR)
        await tick.wait()


async def look(store: Store, book: Rulebook, said: set[tuple[str, str]]) -> frozenset[str]:
    """Ring for what did not come by now; return who has something to send."""
    if not book.watched:
        return frozenset()
    due, looks = await store.absences_due()
    found = absence.on_time(due, looks, book.watched, book.routing, store.now())
    for one in found:
        if isinstance(one, Blind):
            _say(one, said)
    openings = [one for one in found if isinstance(one, Opening)]
    for one in openings:
        event("rule.absent", one.ring.alert.sentence, level=logging.WARNING, rule=one.absence.rule)
    return await store.open_absences(openings) if openings else frozenset()


def _say(blind: Blind, said: set[tuple[str, str]]) -> None:
    key = (blind.absence.rule, blind.absence.due_at.isoformat())
    if key not in said:
        said.add(key)
        event("rule.blind", blind.sentence, level=logging.WARNING, rule=blind.absence.rule)
