"""Drain due deliveries: receivers side by side, each in its own order."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import timedelta
from typing import TypedDict

from monitor.api.tally import Tally
from monitor.core.plurals import count, spell
from monitor.core.telling import outage, retry
from monitor.daemon.clock import wait
from monitor.daemon.sending.ways import Relay, Through
from monitor.daemon.system.logs import event, log
from monitor.daemon.system.pulse import TURN, Pulse
from monitor.model import Access, Alert, Clock, Delivery, Receiver, Ring, SendResult
from monitor.notifiers import Notifier, NotifyError
from monitor.store import Damaged, Store, StoreError
from monitor.values import dataclass


@dataclass(slots=True, kw_only=True)
class Desk:
    """What telling needs."""

    store: Store
    clock: Clock
    post: Relay
    notifiers: Mapping[str, Notifier]  # set anew by `employ` only
    jitter: Callable[[], float]  # in [0, 1)
    pulse: Pulse = field(default_factory=Pulse)
    tally: Tally = field(default_factory=Tally)
    access: Mapping[str, Access] = field(default_factory=dict)  # headers and proxies, by name; set like them
    stopping: bool = False  # finish what is in flight, start nothing
    wakes: dict[str, asyncio.Event] = field(default_factory=dict)  # set: may have something to send
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def employ(self, notifiers: Mapping[str, Notifier], access: Mapping[str, Access]) -> None:
        """Tell by `notifiers` from now on. Who is none of them ends with what it is telling."""
        self.notifiers, self.access = notifiers, access
        self.changed.set()
        self.wake()

    def wake(self, names: Iterable[str] | None = None) -> None:
        """Let those notifiers, or all, look whether they have something to send."""
        for name in self.wakes if names is None else names:
            self.bell(name).set()

    def bell(self, name: str) -> asyncio.Event:
        """Return what wakes a notifier."""
        return self.wakes.setdefault(name, asyncio.Event())

    def stop(self) -> None:
        """Start nothing more."""
        self.stopping = True
        self.changed.set()
        self.wake()


async def dispatch(desk: Desk) -> None:
    """Deliver until the desk is stopped. One slow receiver delays no other."""
    async with asyncio.TaskGroup() as receivers:
        telling: dict[str, asyncio.Task[None]] = {}
        while not desk.stopping:
            desk.changed.clear()
            for name in desk.notifiers:
                if name not in telling or telling[name].done():
                    telling[name] = receivers.create_task(tell(name, desk), name=f"tell {name}")
            await desk.changed.wait()


async def tell(name: str, desk: Desk) -> None:
    """Tell one receiver what it is due, one delivery after the other, under its rate.

    Cancelled or killed inside an attempt, the delivery is due again at the next start and is sent
    with the same id: at least once, never lost.
    """
    loop, wake, free_at, gap = f"notify.{name}", desk.bell(name), desk.clock.now(), timedelta()
    while (notifier := desk.notifiers.get(name)) is not None and not desk.stopping:
        wake.clear()
        desk.pulse.beat(loop, within=TURN)
        free_at = min(free_at, desk.clock.now() + gap)  # the clock may have been set back
        if free_at > desk.clock.now():
            await wait(asyncio.Event(), desk.clock, free_at)
            continue
        try:
            receiver, claimed = await desk.store.claim_deliveries(name, limit=1)
            if not claimed:
                await wait(wake, desk.clock, await desk.store.next_delivery_at(name))
                continue
            gap = _gap(notifier)
            free_at = desk.clock.now() + gap
            desk.pulse.end(
                loop
            )  # an attempt takes as long as its deadline is, at a stopped terminal for ever
            await _deliver(notifier, claimed[0], receiver, desk)
        except Damaged:
            raise
        except StoreError as error:
            event("store.trouble", f"{name}: {error}", level=logging.ERROR, notifier=name)
            desk.tally.troubled(str(error), desk.clock.now())
            await asyncio.sleep(1.0)
    desk.pulse.end(loop)


def _gap(notifier: Notifier) -> timedelta:
    rate = getattr(notifier, "rate", None)
    return timedelta(seconds=1 / rate) if rate else timedelta()


async def _deliver(notifier: Notifier, delivery: Delivery, receiver: Receiver, desk: Desk) -> None:
    result = await attempt(notifier, delivery, desk)
    now_is = desk.notifiers.get(delivery.notifier)
    if now_is is not None and now_is != notifier and result.trouble in ("gone", "receiver"):
        # it has another address since: what the one before answers says nothing of that
        result, receiver = replace(result, trouble="receiver"), Receiver(notifier=delivery.notifier)
    after, far_end = retry.after(delivery, receiver, result, jitter=desk.jitter())
    alert = outage.of(receiver, far_end, after, result)
    await _written(result, after, far_end, alert, desk)
    desk.tally.attempted(result)
    say(receiver, far_end, after, result)


async def _written(
    result: SendResult, after: Delivery, far_end: Receiver, alert: Alert | None, desk: Desk
) -> None:
    """Commit what became of an attempt, as soon as the store takes it: forgotten, it would stay lent out.

    With it goes the `alert` that the others are to hear: it follows from a change that is seen once.
    """
    others = tuple(other for other in desk.notifiers if other != far_end.notifier)
    rings = [Ring(alert=alert, notifiers=others)] if alert else []
    while True:
        try:
            heard = await asyncio.shield(desk.store.finish_deliveries([(result, after, far_end)], rings))
        except Damaged:
            raise
        except StoreError as error:
            name = far_end.notifier
            event("store.trouble", f"{name}: {error}", level=logging.ERROR, notifier=name)
            desk.tally.troubled(str(error), desk.clock.now())
            await asyncio.sleep(1.0)
        else:
            desk.wake(heard & desk.notifiers.keys())
            return


async def attempt(notifier: Notifier, delivery: Delivery, desk: Desk) -> SendResult:
    """Send once and return how that ended; a notifier's bug is this delivery's trouble, not the daemon's."""
    began, at = time.monotonic(), desk.clock.now()
    post = Through(desk.post, desk.access.get(delivery.notifier, Access()))
    try:
        await notifier.send(post, delivery, at)
    except NotifyError as error:
        return SendResult(
            delivery=delivery,
            at=desk.clock.now(),
            seconds=time.monotonic() - began,
            trouble=error.trouble,
            error=str(error),
            retry_after=error.retry_after,
            final=error.final,
        )
    except Exception:
        log.exception("notify.%s: broke on delivery %s", delivery.notifier, delivery.id[:8])
        return SendResult(
            delivery=delivery,
            at=desk.clock.now(),
            seconds=time.monotonic() - began,
            trouble="delivery",
            error="the notifier broke; the log has the traceback",
        )
    return SendResult(delivery=delivery, at=desk.clock.now(), seconds=time.monotonic() - began)


class _Fields(TypedDict):
    notifier: str
    delivery: str


def say(before: Receiver, after: Receiver, delivery: Delivery, result: SendResult) -> None:
    """Log one attempt: successes quietly, trouble once, the end of an outage always."""
    name, fields = delivery.notifier, _Fields(notifier=delivery.notifier, delivery=delivery.id)
    if result.trouble is None:
        event("delivery.sent", f"notify.{name}: told {delivery.id[:8]}", level=logging.DEBUG, **fields)
    elif delivery.state == "dead":
        attempts = count(delivery.attempts, "attempt")
        sentence = f"notify.{name}: gave up on delivery {delivery.id[:8]} after {attempts}: {result.error}"
        event("delivery.dead", sentence, level=logging.ERROR, **fields)
    elif after.disabled_at:
        event("receiver.disabled", f"notify.{name}: answered 410, disabled", level=logging.ERROR, **fields)
    else:
        due = after.next_probe_at if after.failures else delivery.until
        later = f"; next try in {spell((due - result.at).total_seconds())}" if due else ""
        event("delivery.failed", f"notify.{name}: {result.error}{later}", level=logging.WARNING, **fields)
    if before.failures and not after.failures:
        event("receiver.recovered", f"notify.{name}: answers again", **fields)
