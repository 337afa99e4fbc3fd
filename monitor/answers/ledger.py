"""One delivery's ledger: every attempt, and how long its item took from its publisher to who was told."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from monitor.core.telling.render import delivery_json, instant
from monitor.core.telling.retry import DISABLED
from monitor.model import JSON, Delivery, Receiver
from monitor.store import Attempt
from monitor.store.sqlite.asked import reading
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A delivery and what was tried, oldest first."""

    delivery: Delivery
    attempts: Sequence[Attempt]
    waits_for: Receiver | None = (
        None  # it is due, and goes out when this one answers; None where it waits for none
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from one step to the next, None where there is none; clocks of publishers may be wrong, so none is below 0."""

    seen: float | None  # from the latest instant at which it may have been published, to when we had it
    rung: float | None  # from there to the alert: the rule may be met by a later edit
    delivered: float | None  # from the alert to the receiver's answer


def ledgers(store: sqlite3.Connection, chosen: Sequence[Delivery]) -> list[Ledger]:
    """Return the ledger of each delivery."""
    return [
        Ledger(delivery=one, attempts=reading.attempts(store, one.id), waits_for=_waits_for(store, one))
        for one in chosen
    ]


def _waits_for(store: sqlite3.Connection, delivery: Delivery) -> Receiver | None:
    held = delivery.state == "held" and delivery.reason == DISABLED
    return (
        reading.receiver(store, delivery.notifier) if held or delivery.state in ("due", "retrying") else None
    )


def latency(delivery: Delivery) -> Latency:
    """Return how long each step on a delivery's way took."""
    alert, item = delivery.alert, delivery.alert.item
    return Latency(
        seen=_seconds(item.published.latest, item.first_seen_at) if item else None,
        rung=_seconds(item.first_seen_at, alert.at) if item else None,
        delivered=_seconds(alert.at, delivery.sent_at) if delivery.sent_at else None,
    )


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)


def ledger_json(one: Ledger) -> dict[str, JSON]:
    """Return a ledger as `deliveries ID --json` prints it: the delivery, and more."""
    took = latency(one.delivery)
    tries: list[JSON] = [
        {"at": instant(it.at), "seconds": it.seconds, "outcome": it.outcome, "error": it.error}
        for it in one.attempts
    ]
    return {
        **delivery_json(one.delivery),
        "ledger": tries,
        "latency": {"seen": took.seen, "rung": took.rung, "delivered": took.delivered},
    }
