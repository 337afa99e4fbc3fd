"""The rhythm of sources, as people read it: why one is polled when it is, and what more polls would buy."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.cli import printing
from monitor.core import cadence
from monitor.core.cadence import spell
from monitor.core.rhythm import plan, price
from monitor.core.rhythm.forecast import Forecast, amount
from monitor.model import Budget, Source
from monitor.store import PolledHour, SourceRow, Waits
from monitor.store.sqlite import budget, history

DAY, HOUR = 86_400.0, 3_600.0  # seconds
WEEK = timedelta(days=7)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # of what was never looked at
NOTED = 1.3  # times the average that an hour brings and is worth a word
PEAK = 6.0  # times as much as a usual minute
BARS = "▁▂▃▄▅▆▇█"
SHIFTS = (0.5, 1.0, 2.0)  # of `every`, that a plan compares


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
        """Return the seconds between its last look and the next poll."""
        due = self.row.next_poll_at
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
    forecast = cadence.expected(source, row.rhythm, looked)
    due = row.next_poll_at if row.last_poll_at else None
    return SourceRhythm(
        row=row,
        source=source,
        forecast=forecast,
        share=row.pull / shared.pull if shared.pull else 0.0,
        wait=plan.wait(forecast, due.timestamp()) if due else None,
        waits=history.waits(store, looked - WEEK, source=row.name),
        hours=history.polled(store, looked - history.KEPT, source=row.name) if alone else (),
    )


# -- one source -------------------------------------------------------------------------------


def lines(it: SourceRhythm) -> list[str]:
    """Return the rhythm of a source, line by line."""
    said = list(_lines(it))
    return [f"  {name:<8}  {text}" for name, text in said]


def _lines(it: SourceRhythm) -> Iterator[tuple[str, str]]:
    if it.row.last_poll_at is None:
        return
    forecast = it.forecast
    share = f", {it.share:.1%} of the polls that are shared out" if it.share else ""
    yield "rhythm", f"{amount(forecast.base * DAY)} items a day, polled every {spell(it.every)} now{share}"
    if forecast.hours:
        zone = it.source.timezone or "UTC"
        hours = sorted(range(24), key=forecast.hours.__getitem__)
        low, high = hours[0], hours[-1]
        yield (
            "hours",
            f"{_bars(forecast.hours)}  from 00:00 {zone}: most from {high:02}:00, {forecast.hours[high]:.1f} times the"
            f" average; least from {low:02}:00, {forecast.hours[low]:.1f} times",
        )
    if forecast.minutes and max(forecast.minutes) >= PEAK:
        peaks = [m for m in range(60) if forecast.minutes[m] >= PEAK]
        told = ", ".join(f"{forecast.minutes[m] / 60:.0%} at minute {m:02}" for m in peaks[:4])
        yield "minutes", f"of its items come {told}"
    if forecast.stir > forecast.base * (NOTED - 1):
        yield "burst", f"{amount(forecast.excess)} items more than usual lately"
    if it.wait is not None:
        yield "wait", f"{spell(it.wait)} expected for an item that comes now{_measured(it.waits)}"
    if it.hours:
        yield from _history(it)


def _measured(waits: Waits) -> str:
    if not waits.items:
        return "; none measured in 7 days"
    late = f"; the publisher itself takes {spell(waits.publisher)}" if waits.publisher >= 60 else ""
    return (
        f"; measured in 7 days: mean {spell(waits.mean)}, 95 % within {spell(waits.p95)},"
        f" of {waits.items} items{late}"
    )


def _history(it: SourceRhythm) -> Iterator[tuple[str, str]]:
    last = it.hours[-1].at
    day = [hour for hour in it.hours if hour.at > last - timedelta(days=1)]
    yield "polls", f"{_polls(day)} in the last 24 h"
    by_hour = {hour.at: hour.polls for hour in day}
    polls = [by_hour.get(last - timedelta(hours=n), 0) for n in range(23, -1, -1)]
    most = max(polls)
    yield (
        "by hour",
        f"{_bars(polls)}  to {printing.at(last)}, at most {most} an hour: every {spell(HOUR / most)}",
    )
    days: dict[str, list[PolledHour]] = {}
    for hour in it.hours:
        days.setdefault(f"{hour.at.astimezone():%m-%d}", []).append(hour)
    if len(days) > 1:
        told = (f"{name} every {spell(_mean(hours))}" for name, hours in list(days.items())[-7:])
        yield "by day", ", ".join(told)


def _mean(hours: Sequence[PolledHour]) -> float:
    """Return the mean seconds between the polls of some hours, from the first to the last of them."""
    span = (hours[-1].at - hours[0].at).total_seconds() + HOUR
    return span / sum(hour.polls for hour in hours)


def _polls(hours: Sequence[PolledHour]) -> str:
    polls, same = sum(hour.polls for hour in hours), sum(hour.not_modified for hour in hours)
    outside, failed = sum(hour.outside for hour in hours), sum(hour.failed for hour in hours)
    parts = [f"{polls} polls", f"{same / max(polls, 1):.0%} answered 304"]
    parts += [f"{outside} for a window's sake"] if outside else []
    return ", ".join([*parts, f"{failed} failed"] if failed else parts)


def _bars(values: Sequence[float]) -> str:
    most = max(values) or 1.0
    return "".join(BARS[min(int(value / most * len(BARS)), len(BARS) - 1)] for value in values)


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
        "hours": list(it.forecast.hours or ()),
        "minutes": list(it.forecast.minutes or ()),
        "polled": [
            {
                "hour": f"{hour.at:%Y-%m-%dT%H:%M:%SZ}",
                "polls": hour.polls,
                "not_modified": hour.not_modified,
                "failed": hour.failed,
                "outside_budget": hour.outside,
                "items": hour.items,
            }
            for hour in it.hours
        ],
    }


# -- all together -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all sources cost together, and what more or fewer polls would buy."""

    budget: Budget
    hours: Sequence[PolledHour]  # the last 24
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
        waits=history.waits(store, now - WEEK) if now else Waits(),
        offers=[(shared.every * shift, *_mean_waits(shared, found, shift)) for shift in SHIFTS],
    )


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


def plan_lines(found: Sequence[SourceRhythm], whole: Plan) -> list[str]:
    """Return a line for each source, the most polled first, and what more polls would buy."""
    out = [
        f"{it.row.name:<28}  {amount(it.forecast.base * DAY):>6} items a day  every {spell(it.every):>6}"
        f"  {it.share:>6.1%}  waits {spell(it.wait or 0.0):>6}{_short(it.waits)}"
        for it in sorted(found, key=lambda it: -it.share)
        if it.row.last_poll_at
    ]
    shared = whole.budget
    out.append(
        f"budget: {amount(price.rate(shared) * HOUR)} polls an hour, one each {spell(shared.every)} for {shared.sources}"
        f" sources on average; made: {_polls(whole.hours)} in the last 24 h"
    )
    if whole.waits.items:
        out.append(f"measured over all{_measured(whole.waits).removeprefix('; measured')}")
    for every, wait, fixed in whole.offers:
        out.append(
            f"  every = {spell(every):>6}: an item waits {spell(wait)} on average; at a fixed interval {spell(fixed)}"
        )
    return out


def _short(waits: Waits) -> str:
    return f" (measured {spell(waits.mean)})" if waits.items else ""


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
            "outside_budget": sum(hour.outside for hour in whole.hours),
        },
        "offers": [
            {"every": every, "expected_wait": round(wait, 1), "fixed_wait": round(fixed, 1)}
            for every, wait, fixed in whole.offers
        ],
    }
