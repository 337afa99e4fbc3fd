"""A sign of life to somebody outside, who calls for help when it stays away: a dead man's switch."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from monitor.api.tally import Tally
from monitor.core.plurals import count
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import TransportError
from monitor.daemon.network.transport import Answer
from monitor.daemon.system.logs import event
from monitor.daemon.system.pulse import Pulse
from monitor.model import Clock, Secret
from monitor.store import Store, StoreError

EVERY = timedelta(minutes=1)

Get = Callable[..., Awaitable[Answer]]


async def beat(
    url: Callable[[], Secret | None], get: Get, *, pulse: Pulse, store: Store, tally: Tally, clock: Clock
) -> None:
    """Ask for `url` once a minute, as long as the loops go round and the store takes and answers, until cancelled.

    None is nobody's: it is looked at again each time, for another configuration may name one. That it is not
    reached is logged once, and once when it is again; never with the address, which is its own password.
    """
    missed = 0
    while True:
        if (to := url()) is not None and await _is_well(pulse, store, tally, clock):
            why = await _missed(to, get)
            if why and not missed:
                event("heartbeat.failed", f"the heartbeat did not arrive: {why}", level=logging.WARNING)
            elif missed and not why:
                event("heartbeat.recovered", f"the heartbeat arrives again, after {count(missed, 'miss')}")
            missed = missed + 1 if why else 0
        await clock.sleep_until(clock.now() + EVERY)


async def _is_well(pulse: Pulse, store: Store, tally: Tally, clock: Clock) -> bool:
    try:
        await store.totals()
    except StoreError:
        return False
    return not (pulse.still() or tally.lately(clock.now()))


async def _missed(url: Secret, get: Get) -> str:
    """Return why a sign of life was not taken, "" if it was."""
    try:
        answer = await get(url.reveal(), reach=Reach.TYPED)
    except TransportError as error:
        return str(error)
    return "" if 200 <= answer.status < 300 else f"answered {answer.status}"
