"""The rhythm of sources, as people read it: why one is polled when it is, and what more polls would buy."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from monitor.answers.sources import DAY, HOUR, Plan, SourceRhythm
from monitor.cli import printing
from monitor.core import websub
from monitor.core.plurals import count, spell
from monitor.core.rhythm import price, quiet
from monitor.core.rhythm.forecast import amount
from monitor.model import Advice
from monitor.store import Polled, PolledHour, Waits

NOTED = 1.3  # times the average that an hour brings and is worth a word
PEAK = 6.0  # times as much as a usual minute
HOSTS = 10  # publishers that a plan shows
BARS = "▁▂▃▄▅▆▇█"


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
    if it.row.advice != Advice():
        yield "says", advised(it.row.advice)
    if it.row.subscription:
        at = it.row.rhythm.looked_at or it.row.last_poll_at
        yield "hub", f"{it.row.subscription.hub.url}: {websub.says(it.row.subscription, at)}"
    if it.hours:
        yield from _history(it)


def advised(advice: Advice) -> str:
    """Say what a feed says of when to read it.

    >>> advised(Advice(every=900.0, skip_hours=(0, 1)))
    'every 15 min is enough; not to be read from 00:00 to 02:00 UTC'
    """
    every = f"every {spell(advice.every)} is enough" if advice.every else ""
    silent = quiet.said(advice)
    return "; ".join(filter(None, (every, silent and f"not to be read {silent}")))


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
    equal = sum(hour.same for hour in hours)
    outside, failed = sum(hour.outside for hour in hours), sum(hour.failed for hour in hours)
    parts = [f"{polls} polls", f"{same / max(polls, 1):.0%} answered 304"]
    parts += [f"{equal / max(polls, 1):.0%} with an equal body"] if equal else []
    parts += [f"{outside} for a window's sake"] if outside else []
    return ", ".join([*parts, f"{failed} failed"] if failed else parts)


def _bars(values: Sequence[float]) -> str:
    most = max(values) or 1.0
    return "".join(BARS[min(int(value / most * len(BARS)), len(BARS) - 1)] for value in values)


# -- all together -----------------------------------------------------------------------------


def plan_lines(found: Sequence[SourceRhythm], whole: Plan) -> list[str]:
    """Return a line for each source, the most polled first, and what more polls would buy."""
    out = [
        f"{it.row.name:<28}  {amount(it.forecast.base * DAY):>6} items a day  every {spell(it.every):>6}"
        f"  {it.share:>6.1%}  waits {spell(it.wait or 0.0):>6}{_short(it.waits)}{_pushed(it)}"
        for it in sorted(found, key=lambda it: -it.share)
        if it.row.last_poll_at
    ]
    shared = whole.budget
    out.append(
        f"budget: {amount(price.rate(shared) * HOUR)} polls an hour, one each {spell(shared.every)} for {shared.sources}"
        f" sources on average; made: {_polls(whole.hours)} in the last 24 h"
    )
    out += [_host_line(host, polled) for host, polled in list(whole.hosts.items())[:HOSTS]]
    if (more := len(whole.hosts) - HOSTS) > 0:
        out.append(f"  and {count(more, 'publisher')} polled less")
    if whole.waits.items:
        out.append(f"measured over all{_measured(whole.waits).removeprefix('; measured')}")
    for every, wait, fixed in whole.offers:
        out.append(
            f"  every = {spell(every):>6}: an item waits {spell(wait)} on average; at a fixed interval {spell(fixed)}"
        )
    return out


def _host_line(host: str, polled: Polled) -> str:
    of = max(polled.polls, 1)
    equal = f", {polled.same / of:.0%} with an equal body in full" if polled.same else ""
    return f"  {host}: {polled.polls} polls, {polled.not_modified / of:.0%} answered 304{equal}"


def _pushed(it: SourceRhythm) -> str:
    hub = it.row.subscription
    return f"  hub {'silent' if hub.silent_at else hub.state}" if hub else ""


def _short(waits: Waits) -> str:
    return f" (measured {spell(waits.mean)})" if waits.items else ""
