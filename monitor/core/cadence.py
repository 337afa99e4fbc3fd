"""When to poll next: when it is worth it, and never so seldom that items go by unseen.

What a poll is worth `core/rhythm` tells from what the source published, and one price for all sources keeps them to
`every` on average. An interval that the user pinned, or one of a source that fails, goes by none of that.

A source shows a window of its newest items. Polled every T seconds it loses none while T is below the time
in which its window is replaced; with a margin of three for bursts, T <= window / (3 x busiest rate)
(research on 39,000 items of 146 feeds: up to 15 minutes between polls it lost 14 of them at most).
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core import reopening
from monitor.core.plurals import count, spell
from monitor.core.rhythm import plan, price, quiet
from monitor.core.rhythm.forecast import Forecast
from monitor.core.rhythm.rate import weight
from monitor.model import Advice, Budget, Hints, NextPoll, Rhythm, Source, Trouble
from monitor.values import dataclass

LONGEST_RETRY_AFTER = 86_400.0  # seconds; 88 h were seen in the wild
SPREAD = 0.1  # share of an interval that jitter may take off

SAFETY = 3.0  # polls within the time that a window lasts
FEW_ROWS = 5  # a page that shows so few is polled
FEW_EVERY = 60.0  # seconds apart: of a 428-update blog two rows lose nothing at 2 min and 7.8 % at 10 min
SLOWLY = 7 * 86_400.0  # seconds until a busy hour counts half
SOON = 1_800.0  # seconds until a burst counts half
INSTANT = 60.0  # seconds; a rate is not measured in less
HOUR = 3_600.0
FOR_EVER = 366 * 86_400.0  # seconds; a window that lasts longer limits nothing
UNMEASURED = Rhythm()
NO_HINTS = Hints()
NOBODY = Trouble(sentence="", kind="held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The configured limits of any interval."""

    min: float = 60.0  # seconds
    max: float = 21_600.0  # seconds


# -- measuring --------------------------------------------------------------------------------


def begun(window: int, dates: Sequence[datetime], now: datetime) -> Rhythm:
    """Return the rhythm that a first body of `window` items shows: it holds history already.

    `dates` are those of its dated items. Dates that a site made up (most of them the same minute) say nothing.

    >>> from datetime import UTC
    >>> hourly = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (9, 10, 11)]
    >>> [round(most, 2) for most in begun(3, hourly, datetime(2026, 3, 1, 12, tzinfo=UTC)).hours[8:13]]
    [0.0, 0.99, 1.0, 1.0, 0.0]
    """
    rhythm = Rhythm(window=window, looked_at=now)
    told = sorted(date for date in dates if date <= now)
    span = (told[-1] - told[0]).total_seconds() if told else 0.0
    if len(told) < 2 or 2 * len({_clock_minute(date) for date in told}) < len(told) or not span:
        return rhythm
    counts = Counter(map(_clock_hour, told))
    hours = [0.0] * 24
    for hour, came in counts.items():
        age = now.timestamp() - (hour + 1) * HOUR
        hours[hour % 24] = max(hours[hour % 24], came * _left(age, SLOWLY))
    return replace(
        rhythm,
        hours=tuple(hours),
        hour=_clock_hour(now),
        in_hour=float(counts[_clock_hour(now)]),
        pace=(len(told) - 1) / max(span, INSTANT) * _left((now - told[-1]).total_seconds(), SOON),
        arrived=float(len(told)),
        watched=(now - told[0]).total_seconds(),
    )


def measured(rhythm: Rhythm, *, window: int, arrived: int, now: datetime) -> Rhythm:
    """Return the rhythm after a body of `window` items, `arrived` of which are new to us."""
    past = still(rhythm, now)
    if rhythm.looked_at is None:
        return replace(past, window=window)
    seconds = max((now - rhythm.looked_at).total_seconds(), INSTANT)
    in_hour = (past.in_hour if past.hour == _clock_hour(now) else 0.0) + arrived * min(1.0, HOUR / seconds)
    hours = list(past.hours)
    hours[_clock_hour(now) % 24] = max(hours[_clock_hour(now) % 24], in_hour)
    return replace(
        past,
        window=window,
        hours=tuple(hours),
        hour=_clock_hour(now),
        in_hour=in_hour,
        pace=max(past.pace, arrived / seconds),
        arrived=past.arrived + arrived,
        fresh=arrived,
    )


def still(rhythm: Rhythm, now: datetime) -> Rhythm:
    """Return the rhythm after a look that brought nothing new: what was measured fades."""
    seconds = max((now - rhythm.looked_at).total_seconds(), 0.0) if rhythm.looked_at else 0.0
    slowly = _left(seconds, SLOWLY)
    return replace(
        rhythm,
        hours=tuple(most * slowly for most in rhythm.hours),
        pace=rhythm.pace * _left(seconds, SOON),
        arrived=rhythm.arrived * slowly,
        watched=rhythm.watched * slowly + seconds,
        looked_at=now,
    )


def _left(seconds: float, half: float) -> float:
    return float(0.5 ** (max(seconds, 0.0) / half))


def _clock_hour(at: datetime) -> int:
    return int(at.timestamp() // HOUR)


def _clock_minute(at: datetime) -> int:
    return int(at.timestamp() // 60)


# -- the window -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The longest time between polls by which a source loses nothing, and the reason in words."""

    seconds: float  # math.inf where nothing is known
    lasts: float  # seconds until the window is replaced at that rate
    why: str = ""


def allowed(source: Source, rhythm: Rhythm) -> Allowed:
    """Return how seldom the window of `source` may be looked at.

    >>> page = Source(name="sidebar", url="", kind="page")
    >>> allowed(page, Rhythm(window=2))
    Allowed(seconds=60.0, lasts=180.0, why='it shows 2 items')
    >>> allowed(Source(name="wire", url=""), Rhythm(window=20, hours=(40.0,) * 24)).why
    'its 20 items last 30 min in its busiest hour'
    """
    unknown = Allowed(seconds=math.inf, lasts=math.inf)
    return min((unknown, *_limits(source, rhythm)), key=lambda limit: limit.seconds)


def _limits(source: Source, rhythm: Rhythm) -> Iterator[Allowed]:
    shown = count(rhythm.window, "item")
    if source.kind == "page" and 0 < rhythm.window <= FEW_ROWS:
        yield Allowed(seconds=FEW_EVERY, lasts=SAFETY * FEW_EVERY, why=f"it shows {shown}")
    rates = ((max(rhythm.hours) / HOUR, "in its busiest hour"), (rhythm.pace, "at its present pace"))
    for rate, when in rates:
        if rate * FOR_EVER > rhythm.window > 0:
            lasts = rhythm.window / rate
            last = "lasts" if rhythm.window == 1 else "last"
            yield Allowed(
                seconds=lasts / SAFETY, lasts=lasts, why=f"its {shown} {last} {spell(lasts)} {when}"
            )


def window_lasts(rhythm: Rhythm) -> float | None:
    """Return the seconds in which what a source shows is replaced at its busiest hour, None if unknown."""
    busiest = max(*rhythm.hours, rhythm.pace * HOUR)
    return rhythm.window / busiest * HOUR if rhythm.window and busiest else None


# -- the next poll ----------------------------------------------------------------------------


def interval(source: Source, failures: int, bounds: Bounds, rhythm: Rhythm = UNMEASURED) -> float:
    """Return the seconds between polls after `failures` in a row: doubling, up to `bounds.max`.

    The window of the source makes it shorter, down to `bounds.min`. An interval that the user pinned is
    changed by neither, only by failures.

    >>> [interval(Source(name="a", url="", every=600), n, Bounds()) for n in (0, 1, 2, 3, 20)]
    [600.0, 600.0, 1200.0, 2400.0, 21600.0]
    >>> interval(Source(name="a", url="", kind="page"), 0, Bounds(), Rhythm(window=2))
    60.0
    """
    usual = source.every
    if not source.pinned:
        usual = max(min(usual, allowed(source, rhythm).seconds), bounds.min)
    stretched = usual * 2.0 ** min(max(failures - 1, 0), 20)
    return float(min(stretched, max(bounds.max, usual)))


def next_poll(
    source: Source,
    *,
    now: datetime,
    started_at: datetime,
    failures: int = 0,
    trouble: Trouble | None = None,
    bounds: Bounds,
    rhythm: Rhythm = UNMEASURED,
    budget: Budget | None = None,
    hints: Hints = NO_HINTS,
    ahead: float | None = None,
    jitter: float = 0.0,
) -> NextPoll:
    """Return when to poll `source` again, at the earliest `now`, at the latest `now` + `bounds.max`
    unless the publisher asked for more, and why then.

    With a `budget`, which counts the other sources' pull, a source that does well and has no interval of its own
    is polled when it is worth it. Else the interval runs from the start of the last poll, so that a slow answer
    does not stretch it. `jitter` in [0, 1) takes off up to a tenth, so that sources started together drift apart;
    a pinned rhythm is kept to the letter, except while it fails, and a timetable is met on the minute. A site
    that is down (no answer, or a 5xx) may be back any moment, so its window bounds what failures stretch.
    `ahead` is what the source's clock shows more than UTC, in seconds, None as its configured zone says.
    """
    limit = allowed(source, rhythm)
    if source.live:
        return _heeded(reopening.next_look(failures, now, jitter=jitter), trouble, hints, limit, now)
    forecast = None
    if budget is not None and not source.pinned:
        forecast = expected(source, rhythm, now, hints, ahead)
    if budget and forecast and not failures:
        coming = _when_worth(source, limit, now, started_at, bounds, rhythm, budget, forecast, hints, jitter)
    else:
        usual, seconds = (interval(source, n, bounds, rhythm) for n in (0, failures))
        if trouble and _passing(trouble):
            seconds = min(seconds, max(limit.seconds, usual))
        why, miss = _reason(source, bounds, limit, seconds, failures=failures, stretched=seconds > usual)
        if not source.pinned or failures:
            seconds *= 1 - SPREAD * jitter
        coming = NextPoll(at=max(started_at + timedelta(seconds=seconds), now), why=why, may_miss=miss)
        if forecast:
            latest = coming.at if seconds <= limit.seconds < bounds.max else None
            coming = replace(coming, latest_at=latest, pull=_pull(source, rhythm, forecast))
    if not source.pinned:
        latest = min(now + timedelta(seconds=bounds.max), _lossless(started_at, limit, bounds))
        coming = _spared(
            coming, hints.advice, rhythm, latest, now, zone(source, now) if ahead is None else ahead
        )
    return _heeded(coming, trouble, hints, limit, now)


def _lossless(started_at: datetime, limit: Allowed, bounds: Bounds) -> datetime:
    return started_at + timedelta(seconds=min(max(limit.seconds, bounds.min), FOR_EVER))


def _spared(
    coming: NextPoll, advice: Advice, rhythm: Rhythm, latest: datetime, now: datetime, ahead: float
) -> NextPoll:
    """Return the next poll after the hours in which the feed asks not to be read, by `latest` all the same."""
    at = min(quiet.over(coming.at, advice, rhythm.tempo, ahead=ahead), latest)
    if at <= coming.at:
        return coming
    why = f"in {spell((at - now).total_seconds())}: the feed asks not to be read {quiet.said(advice)}"
    return replace(coming, at=at, why=why)


def _heeded(
    coming: NextPoll, trouble: Trouble | None, hints: Hints, limit: Allowed, now: datetime
) -> NextPoll:
    """Return the next poll no sooner than the publisher asks for, for a day at most."""
    wait = (trouble.retry_after or 0.0) if trouble else 0.0
    if hints.not_before:
        wait = max(wait, (hints.not_before - now).total_seconds())
    wait = min(wait, LONGEST_RETRY_AFTER)
    if now + timedelta(seconds=wait) <= coming.at:
        return coming
    asked = left_alone(replace(trouble or NOBODY, retry_after=wait))
    return replace(
        coming,
        at=now + timedelta(seconds=wait),
        why=f"in {spell(wait)}: {asked}",
        may_miss=f"{asked}, and {limit.why}" if wait > limit.seconds else "",
    )


def left_alone(trouble: Trouble) -> str:
    """Say who wants a source, or all of its publisher's, not to be asked for a while.

    >>> left_alone(Trouble(sentence="", kind="status", retry_after=7200.0, holds="bbc.co.uk"))
    'bbc.co.uk asks to be left alone for 2 h'
    """
    asked = min(trouble.retry_after or 0.0, LONGEST_RETRY_AFTER)
    return f"{trouble.holds or 'the publisher'} asks to be left alone for {spell(asked)}"


def _when_worth(
    source: Source,
    limit: Allowed,
    now: datetime,
    started_at: datetime,
    bounds: Bounds,
    rhythm: Rhythm,
    budget: Budget,
    forecast: Forecast,
    hints: Hints,
    jitter: float,
) -> NextPoll:
    """Return when a poll is worth its price, or the window needs it, whichever comes first."""
    at, own = now.timestamp(), _pull(source, rhythm, forecast)
    cost = price.price(budget, own)
    due = plan.due(
        forecast, cost, weight=worth(source, rhythm), soonest=at + bounds.min, latest=at + bounds.max
    )
    hints = plan.scheduled(hints, rhythm.tempo, within=due - at)
    due = plan.after_expiry(due, hints, soonest=at + bounds.min, latest=at + bounds.max)
    if not forecast.minutes:
        due = max(due - (due - at) * SPREAD * jitter, at + bounds.min)
    latest = None
    if limit.seconds < bounds.max:
        latest = max(started_at + timedelta(seconds=max(limit.seconds, bounds.min)), now)
    wanted = datetime.fromtimestamp(due, UTC)
    if latest is None or wanted < latest:
        why = f"in {spell(due - at)}: {forecast.because(due)}"
        return NextPoll(at=wanted, why=why, latest_at=latest, pull=own)
    seconds = (latest - now).total_seconds()
    why, miss = _reason(source, bounds, limit, seconds, failures=0, stretched=False)
    return NextPoll(at=latest, why=why, may_miss=miss, latest_at=latest, pull=own)


def expected(
    source: Source, rhythm: Rhythm, now: datetime, hints: Hints = NO_HINTS, ahead: float | None = None
) -> Forecast:
    """Return what a source is expected to bring from `now` on."""
    return Forecast.of(
        rhythm.tempo,
        max(now.timestamp(), rhythm.tempo.at),
        ahead=zone(source, now) if ahead is None else ahead,
        stated=hints.advice.every,
        pushed=hints.pushed,
    )


def worth(source: Source, rhythm: Rhythm) -> float:
    """Return what an item of a source counts beside others': its priority, and by alerts how many of them match."""
    by_alerts = weight(rhythm.tempo.matched, rhythm.tempo.seen) if source.by_alerts else 1.0
    return source.priority * by_alerts


def pull(source: Source, rhythm: Rhythm, now: datetime, hints: Hints = NO_HINTS) -> float:
    """Return what a source claims of the budget: the mean of sqrt(worth x items a second) over its day.

    >>> feed = Source(name="wire", url="")
    >>> at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> [round(pull(it, Rhythm(), at) ** 2 * 86_400, 2) for it in (feed, replace(feed, priority=4.0))]
    [1.0, 4.0]
    """
    return 0.0 if source.pinned else _pull(source, rhythm, expected(source, rhythm, now, hints))


def _pull(source: Source, rhythm: Rhythm, forecast: Forecast) -> float:
    return math.sqrt(worth(source, rhythm)) * forecast.pull()


def zone(source: Source, now: datetime) -> float:
    """Return what the clock of a source shows more than UTC, in seconds; 0 where its zone is not configured."""
    if not source.timezone:
        return 0.0
    offset = now.astimezone(ZoneInfo(source.timezone)).utcoffset()
    return offset.total_seconds() if offset else 0.0


def too_seldom(source: Source, bounds: Bounds, rhythm: Rhythm) -> str:
    """Say why items of `source` may go by unseen while all is well; "" if they hardly can, or nothing is known.

    >>> slow = Source(name="sidebar", url="", kind="page", every=900, pinned=True)
    >>> too_seldom(slow, Bounds(), Rhythm(window=2))
    'pinned to 15 min, and it shows 2 items: that asks for a poll every 60 s'
    """
    seconds = interval(source, 0, bounds, rhythm)
    return _reason(source, bounds, allowed(source, rhythm), seconds, failures=0, stretched=False)[1]


def _passing(trouble: Trouble) -> bool:
    return trouble.retry_after is None and (trouble.kind == "network" or trouble.status >= 500)


def _reason(
    source: Source, bounds: Bounds, limit: Allowed, seconds: float, *, failures: int, stretched: bool
) -> tuple[str, str]:
    """Return why the interval is what it is, and why items may go by unseen with it."""
    asks = f"{limit.why}: that asks for a poll every {spell(limit.seconds)}" if limit.why else ""
    if stretched:
        why = f"it failed {failures} times in a row"  # one failure alone stretches nothing
        return f"in {spell(seconds)}: {why}", f"{why}, and {asks}" if seconds > limit.seconds else ""
    if source.pinned:
        late = f"pinned to {spell(seconds)}, and {asks}" if seconds > limit.seconds else ""
        return f"in {spell(seconds)}: pinned to that", late
    late = f"never more often than {spell(bounds.min)}, and {asks}" if seconds > limit.lasts else ""
    if limit.seconds <= source.every:
        return f"in {spell(seconds)}: {limit.why}", late
    return f"in {spell(seconds)}: as configured" + (f", and {limit.why}" if limit.why else ""), late
