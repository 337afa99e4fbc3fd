"""How long alerts took from the publisher to who was told: step by step, by source and by notifier."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Literal

from monitor.model import JSON
from monitor.store import Way
from monitor.store.sqlite.telling import latencies
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long a step took, of all that took it; seconds."""

    count: int
    p50: float
    p95: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """The steps of what one source brought, or one notifier was told; None where no alert took the step."""

    by: Literal["source", "notifier"]
    name: str
    told: int  # deliveries
    seen: Spread | None  # from the item's date to when we had it, of items whose date says when
    rung: Spread | None  # from there to the alert
    delivered: Spread | None  # from there, or from when it was held no more, to the receiver's answer
    whole: Spread | None  # from the item's date to the receiver's answer, of the same items


def of(store: sqlite3.Connection, since: datetime, *, notifier: str = "") -> list[Latencies]:
    """Return the latencies of what rang since `since`, of each source and then of each notifier, by name."""
    told = latencies.told(store, since, notifier=notifier)
    by_source, by_notifier = _by(told, lambda way: way.source), _by(told, lambda way: way.notifier)
    return [
        *(_summed("source", name, found) for name, found in by_source),
        *(_summed("notifier", name, found) for name, found in by_notifier),
    ]


def _by(told: Iterable[Way], name: Callable[[Way], str]) -> list[tuple[str, list[Way]]]:
    found: dict[str, list[Way]] = {}
    for way in told:
        found.setdefault(name(way), []).append(way)
    return sorted(found.items())


def _summed(by: Literal["source", "notifier"], name: str, told: Sequence[Way]) -> Latencies:
    once = {way.alert: way for way in told}.values()  # an alert is seen and rings once, whoever is told of it
    return Latencies(
        by=by,
        name=name,
        told=len(told),
        seen=spread(way.seen for way in once if way.seen is not None),
        rung=spread(way.rung for way in once),
        delivered=spread(way.delivered for way in told),
        whole=spread(way.seen + way.rung + way.delivered for way in told if way.seen is not None),
    )


def spread(seconds: Iterable[float]) -> Spread | None:
    """Return the median, the 95th percentile (nearest rank) and the worst, None of nothing.

    >>> spread([4.0, 1.0, 3.0, 2.0])
    Spread(count=4, p50=2.0, p95=4.0, worst=4.0)
    """
    ordered = sorted(seconds)
    if not ordered:
        return None

    def rank(part: float) -> float:
        return ordered[math.ceil(part * len(ordered)) - 1]

    return Spread(count=len(ordered), p50=rank(0.5), p95=rank(0.95), worst=ordered[-1])


def as_json(one: Latencies) -> dict[str, JSON]:
    """Return latencies as `deliveries --latency --json` prints them."""
    return {
        "by": one.by,
        "name": one.name,
        "told": one.told,
        "seen": _spread_json(one.seen),
        "rung": _spread_json(one.rung),
        "delivered": _spread_json(one.delivered),
        "whole": _spread_json(one.whole),
    }


def _spread_json(step: Spread | None) -> JSON:
    if step is None:
        return None
    return {"count": step.count, "p50": step.p50, "p95": step.p95, "worst": step.worst}
