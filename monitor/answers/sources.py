"""How sources do: each as an object, its rhythm, and what more polls would buy."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.core import cadence, websub
from monitor.core.domains import domain_of
from monitor.core.rhythm import plan, price
from monitor.core.rhythm.forecast import Forecast
from monitor.core.telling.render import instant
from monitor.model import JSON, Budget, Hints, Source, Subscription
from monitor.store import Polled, PolledHour, SourceRow, Waits
from monitor.store.sqlite.asked import history
from monitor.store.sqlite.polling import budget
from monitor.values import dataclass

DAY, HOUR = 86_400.0, 3_600.0  # seconds
WEEK = timedelta(days=7)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of what was never looked at
SHIFTS = (0.5, 1.0, 2.0)  # of `every`, that a plan compares


def source_json(row: SourceRow) -> dict[str, JSON]:
    """Return a source in the shape that `--json` promises."""
    return {
        "name": row.name,
        "type": row.type,
        "url": row.url,
        "state": row.state,
        "items": row.items,
        "last_poll_at": instant(row.last_poll_at) if row.last_poll_at else None,
        "next_poll_at": instant(row.next_poll_at) if row.next_poll_at else None,
        "polling_since": instant(row.polling_since) if row.polling_since else None,
        "failures": row.failures,
        "error": row.error or None,
        "error_code": row.error_code or None,
        "next_why": row.next_why or None,
        "may_miss": row.may_miss or None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRhythm:
    """How one source is polled."""

    row: SourceRow
    source: Source
    forecast: Forecast  # from its last look on
    share: float  # of the polls that all share, in [0, 1]
    wait: float | None  # seconds that an item of now is expected to stand unseen; None: it is not polled
    waits: Waits  # measured over 7 days
    hours: Sequence[PolledHour] = ()

    @property
    def every(self) -> float:
        """Return the seconds between its last look and the next poll, or that of now."""
        due = self.row.next_poll_at or self.row.polling_since
        return due.timestamp() - self.forecast.at if due and self.forecast.at else 0.0


def of(
    store: sqlite3.Connection, rows: Sequence[SourceRow], sources: Mapping[str, Source], *, alone: bool
) -> list[SourceRhythm]:
    """Return the rhythm of each row; with its history where `alone`."""
    shared = budget.read(store)
    return [_one(store, row, sources.get(row.name), shared, alone=alone) for row in rows]


def _one(
    store: sqlite3.Connection, row: SourceRow, source: Source | None, shared: Budget, *, alone: bool
) -> SourceRhythm:
    source = source or Source(name=row.name, url=row.url, kind=row.type)
    looked = row.rhythm.looked_at or row.last_poll_at or EPOCH
    forecast = cadence.expected(source, row.rhythm, looked, _hints(row, looked))
    due = (row.next_poll_at or row.polling_since) if row.last_poll_at else None
    return SourceRhythm(
        row=row,
        source=source,
        forecast=forecast,
        share=row.pull / shared.pull if shared.pull else 0.0,
        wait=plan.wait(forecast, due.timestamp()) if due else None,
        waits=history.waits(store, looked - WEEK, source=row.name),
        hours=history.polled(store, looked - history.KEPT, source=row.name) if alone else (),
    )


def _hints(row: SourceRow, at: datetime) -> Hints:
    return Hints(advice=row.advice, pushed=websub.share(row.subscription, at) if row.subscription else 0.0)


def as_json(it: SourceRhythm) -> dict[str, Any]:
    """Return the rhythm of a source in the shape that `--json` promises; durations in seconds."""
    return {
        "name": it.row.name,
        "items_a_day": round(it.forecast.base * DAY, 4),
        "interval": round(it.every, 1) if it.row.last_poll_at else None,
        "share": round(it.share, 6),
        "expected_wait": None if it.wait is None else round(it.wait, 1),
        "measured_wait": {
            "items": it.waits.items,
            "mean": round(it.waits.mean, 1) if it.waits.items else None,
            "p95": round(it.waits.p95, 1) if it.waits.items else None,
            "publisher": round(it.waits.publisher, 1) if it.waits.items else None,
        },
        "advice": {
            "every": it.row.advice.every or None,
            "skip_hours": list(it.row.advice.skip_hours),
            "skip_days": list(it.row.advice.skip_days),
        },
        "push": push_json(it.row.subscription),
        "hours": list(it.forecast.hours or ()),
        "minutes": list(it.forecast.minutes or ()),
        "polled": [
            {
                "hour": f"{hour.at:%Y-%m-%dT%H:%M:%SZ}",
                "polls": hour.polls,
                "not_modified": hour.not_modified,
                "equal": hour.same,
                "failed": hour.failed,
                "outside_budget": hour.outside,
                "items": hour.items,
            }
            for hour in it.hours
        ],
    }


def push_json(it: Subscription | None) -> dict[str, JSON] | None:
    """Return how it stands with a source's hub, None where none is asked."""
    if it is None:
        return None
    seen = it.pushed + it.missed
    return {
        "hub": it.hub.url,
        "state": "silent" if it.silent_at else it.state,
        "lease_until": instant(it.lease_until) if it.lease_until else None,
        "last_push_at": instant(it.pushed_at) if it.pushed_at else None,
        "share": round(it.pushed / seen, 4) if seen else None,
        "error": it.error or None,
    }


# -- all together -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all sources cost together, and what more or fewer polls would buy."""

    budget: Budget
    hours: Sequence[PolledHour]  # the last 24
    hosts: Mapping[str, Polled]  # by registrable domain, the most polled first, in these hours
    waits: Waits  # of all, over 7 days
    offers: Sequence[tuple[float, float, float]] = field(
        default=()
    )  # every, mean wait, mean wait if all were alike; s


def planned(store: sqlite3.Connection, found: Sequence[SourceRhythm]) -> Plan:
    """Return the plan of all sources that share the budget."""
    shared = budget.read(store)
    now = max((it.row.last_poll_at for it in found if it.row.last_poll_at), default=None)
    return Plan(
        budget=shared,
        hours=history.polled(store, now - timedelta(hours=23)) if now else (),
        hosts=_by_host(found, history.by_source(store, now - timedelta(hours=23))) if now else {},
        waits=history.waits(store, now - WEEK) if now else Waits(),
        offers=[(shared.every * shift, *_mean_waits(shared, found, shift)) for shift in SHIFTS],
    )


def _by_host(found: Sequence[SourceRhythm], polled: Mapping[str, Polled]) -> dict[str, Polled]:
    hosts: dict[str, Polled] = {}
    for it in found:
        host = domain_of(it.row.url)
        hosts[host] = hosts.get(host, Polled()) + polled.get(it.row.name, Polled())
    return dict(sorted(hosts.items(), key=lambda pair: -pair[1].polls))


def _mean_waits(shared: Budget, found: Sequence[SourceRhythm], shift: float) -> tuple[float, float]:
    """Return how long an item waits on average with `every` times `shift`, and at a fixed interval instead.

    At rates r and polls f in proportion to the pull p, the mean wait is sum(r / 2f) / sum(r); it goes with 1 / polls.
    """
    rate = price.rate(shared) / shift
    sharing = [(it.forecast.base, it.row.pull) for it in found if it.row.pull]
    items = sum(base for base, _ in sharing)
    if not items or not rate:
        return 0.0, shared.every * shift / 2
    pull = sum(own for _, own in sharing)
    waited = sum(base / (2 * rate * own / pull) for base, own in sharing)
    return waited / items, shared.every * shift / 2


def plan_json(whole: Plan) -> dict[str, Any]:
    """Return the plan as the last object of `sources --plan --json`."""
    return {
        "budget": {
            "every": whole.budget.every,
            "sources": whole.budget.sources,
            "polls_an_hour": round(price.rate(whole.budget) * HOUR, 3),
        },
        "last_24_h": {
            "polls": sum(hour.polls for hour in whole.hours),
            "not_modified": sum(hour.not_modified for hour in whole.hours),
            "equal": sum(hour.same for hour in whole.hours),
            "outside_budget": sum(hour.outside for hour in whole.hours),
        },
        "hosts": [
            {"host": host, "polls": it.polls, "not_modified": it.not_modified, "equal": it.same}
            for host, it in whole.hosts.items()
        ],
        "offers": [
            {"every": every, "expected_wait": round(wait, 1), "fixed_wait": round(fixed, 1)}
            for every, wait, fixed in whole.offers
        ],
    }
