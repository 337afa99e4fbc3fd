"""When a source is worth a poll: as soon as enough is expected to stand there unseen."""

import math
from dataclasses import replace
from datetime import UTC, datetime

from monitor.core.rhythm.forecast import Forecast
from monitor.model import Hints, Tempo

UNKNOWN = 3.0  # items; of a source that showed so few, what the feed says of its schedule is the best guess
SETTLED = 2.0  # seconds after its expiry until a cache has what is new


def due(forecast: Forecast, price: float, *, weight: float = 1.0, soonest: float, latest: float) -> float:
    """Return the first instant in [soonest, latest] at which a poll is worth its price, in seconds since 1970.

    The items unseen at t are expected to be L(t), the integral of the rate since now; they come at rate r(t).
    Waiting on costs w L(t) a second, polling `price` and the sight of what comes next. The one-step look-ahead
    with the fluid cost-to-go, min over t of price + integral w r(s) (t - s) ds - integral sqrt(2 price w r),
    has its zero where w L(t) = sqrt(2 price w r(t)). At a constant rate that is the square-root law,
    interval = sqrt(2 price / (w r)); where the rate is about to fall it polls now, where it is about to rise it
    waits.
    """
    unseen, scale = 0.0, 2.0 * price / weight
    for stretch in forecast.stretches(latest):
        enough = math.sqrt(scale * stretch.rate)
        if unseen >= enough:
            return max(stretch.begin, soonest)
        more = stretch.rate * (stretch.end - stretch.begin)
        if unseen + more >= enough:
            return min(max(stretch.begin + (enough - unseen) / stretch.rate, soonest), latest)
        unseen += more
    return latest


def wait(forecast: Forecast, until: float) -> float:
    """Return the seconds that an item which comes before a poll at `until` is expected to wait for it.

    >>> from monitor.model import Tempo
    >>> round(wait(Forecast.of(Tempo(), 0.0), 600.0))
    300
    """
    items, waited = 0.0, 0.0
    for stretch in forecast.stretches(until):
        more = stretch.rate * (stretch.end - stretch.begin)
        items += more
        waited += more * (until - (stretch.begin + stretch.end) / 2)
    return waited / items if items else max(until - forecast.at, 0.0) / 2


def after_expiry(due: float, hints: Hints, *, soonest: float, latest: float) -> float:
    """Return the moment nearest to `due` at which a cache on the way has just been filled anew, `latest` at most.

    A copy that is kept for `fresh_for` seconds shows nothing new within them: asked just after it expires, it
    costs the same poll and shows what came until then. Where it is not known for how long the next copy is kept,
    the poll only waits for this one to expire.
    """
    if hints.expires_at is None:
        return due
    first = hints.expires_at.timestamp() + SETTLED
    if hints.fresh_for < 1:
        return min(max(due, first), latest)
    turns = max(round((due - first) / hints.fresh_for), math.ceil((soonest - first) / hints.fresh_for), 0)
    return min(first + turns * hints.fresh_for, latest)


def scheduled(hints: Hints, tempo: Tempo, *, within: float) -> Hints:
    """Return `hints` with the publisher's schedule (sy:updateBase and its period) where nothing better is known.

    It is met like a cache that expires: just after. One coarser than `within`, the seconds until the poll, would put
    that off, and is left out.
    """
    advice = hints.advice
    if hints.expires_at or not advice.base or not 0 < advice.every <= within or tempo.seen >= UNKNOWN:
        return hints
    return replace(hints, expires_at=datetime.fromtimestamp(advice.base, UTC), fresh_for=advice.every)
