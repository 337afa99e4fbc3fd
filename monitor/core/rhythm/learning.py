"""What one look teaches of when a source publishes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.core.rhythm import burst, profile
from monitor.core.rhythm.forecast import Forecast
from monitor.core.rhythm.rate import FORGET, fade
from monitor.model import Tempo

HOUR = 3_600.0  # seconds
MINUTE = 60.0
BATCH = 60.0  # seconds; items closer together came as one
LONGEST_HISTORY = 28 * 86_400.0  # seconds; what is older in a first body says little about now


def begun(dates: Sequence[float], now: float, *, ahead: float = 0.0, matched: int = 0) -> Tempo:
    """Return the tempo that a first body shows: its dated items are a history to learn from.

    `dates` are trusted ones, in seconds since 1970; `ahead` is what the source's clock shows more than UTC. The
    oldest item only marks where looking began: it was chosen by the window, not by chance.

    >>> hourly = [3_600.0 * hour for hour in range(48)]
    >>> tempo = begun(hourly, 47 * 3_600.0)
    >>> round(tempo.items / tempo.exposure * 3_600, 2)
    1.0
    """
    horizon = now - LONGEST_HISTORY
    told = sorted(date for date in dates if date <= now)
    if not told or (len(told) < 2 and told[0] > horizon):
        return Tempo(at=now)
    rest = [date for date in told[1:] if date > horizon]
    tempo = Tempo(at=max(told[0], horizon))
    for date in rest:
        tempo = learnt(tempo, date, [date], ahead=ahead)
    tempo = learnt(tempo, now, (), ahead=ahead)
    share = min(matched / len(dates), 1.0)
    return replace(tempo, matched=tempo.seen * share, brought=0.0, predicted=0.0)


def learnt(
    tempo: Tempo,
    now: float,
    times: Sequence[float],
    *,
    ahead: float = 0.0,
    matched: int = 0,
    count: int | None = None,
) -> Tempo:
    """Return the tempo after a look at `now` that brought `times` (seconds since 1970) of `count` new items.

    A time that lies before the last look, where the item was not, or after now is not when it came: such items and
    those without any are spread evenly over the time between. A look in the past, as after a clock set back,
    only counts the items; the very first one only begins.
    """
    new = len(times) if count is None else count
    if not tempo.at:
        return replace(tempo, at=now)
    seconds = now - tempo.at
    if seconds <= 0:
        return replace(
            tempo,
            at=now,
            items=tempo.items + new,
            seen=tempo.seen + new,
            matched=tempo.matched + matched,
            lately=tempo.lately + new,
        )
    known = [time for time in times if tempo.at < time <= now][:new]
    loose = new - len(known)
    came = sorted([*known, *(tempo.at + seconds * (n + 0.5) / loose for n in range(loose))])
    forecast = Forecast.of(tempo, tempo.at, ahead=ahead, by_minute=False)
    week, month = fade(seconds, FORGET), fade(seconds, profile.FORGET)
    hours, minutes = [h * month for h in tempo.hours], [m * month for m in tempo.minutes]
    for time in _apart(came):
        hours[int((time + ahead) // HOUR) % 24] += 1.0
    for time in _apart(sorted(known)):
        minutes[int(time // MINUTE) % 60] += 1.0
    watched, usual = [w * month for w in tempo.watched], 0.0
    for begin, end in _by_hour(tempo.at, now, ahead):
        watched[int((begin + ahead) // HOUR) % 24] += end - begin
        usual += forecast.hourly((begin + ahead) // HOUR) * (end - begin)
    predicted = burst.awaited(forecast.excess, seconds)
    expected = forecast.base * usual
    return replace(
        tempo,
        items=tempo.items * week + new,
        exposure=tempo.exposure * week + usual,
        seen=tempo.seen * month + new,
        matched=tempo.matched * month + matched,
        hours=tuple(hours),
        watched=tuple(watched),
        minutes=tuple(minutes),
        lately=tempo.lately * fade(seconds, burst.SPAN) + sum(fade(now - time, burst.SPAN) for time in came),
        brought=tempo.brought * week + (new - expected if predicted else 0.0),
        predicted=tempo.predicted * week + predicted,
        at=now,
    )


def _apart(times: Sequence[float]) -> Iterator[float]:
    """Yield the first of each batch."""
    last = None
    for time in times:
        if last is None or time - last >= BATCH:
            yield time
        last = time


def _by_hour(begin: float, end: float, ahead: float) -> Iterator[tuple[float, float]]:
    """Part a time at the full hours of the source's clock; what is longer than 28 days is cut."""
    begin = max(begin, end - LONGEST_HISTORY)
    while begin < end:
        stop = min(end, ((begin + ahead) // HOUR + 1) * HOUR - ahead)
        yield begin, stop
        begin = stop
