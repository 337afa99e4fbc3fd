"""Time-only dates: a real live blog of 428 updates, shown as a list of bare clock times and dated back.

    python -m tests.torture.dating [--polls 5] [--starts 30] [--seed 1]

Prints the table of naive methods beside ours, and ends with the figures as one JSON object; exit 1 where
one of ours is wrong. An update is wrong where its truth lies outside [earliest, latest], or more than
five minutes from the middle. What cannot be told is counted apart: there a date is to be wide or a guess;
what is sure and wrong all the same stood below a row that looked like a pin.
"""

import argparse
import json
import os
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.core.dates.timestamps import Row, dated
from monitor.model import Lag, Published, RawDate, Source

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS") or Path(__file__).parents[2].parent / "shared" / "data")
BLOG = CORPUS.resolve() / "tickers" / "liveblog-mirror-428-updates.json"
OFF = timedelta(minutes=5)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def updates() -> list[datetime]:
    """Return when the 428 updates were published, the oldest first."""
    return sorted(
        datetime.fromisoformat(it["published"]).astimezone(UTC) for it in json.loads(BLOG.read_text())
    )


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """How the blog is shown and polled."""

    name: str
    window: int = 30
    zone: str = "Europe/London"
    told: bool = True  # the zone is configured; else it is inferred
    pin: timedelta | None = None  # an update so much older than the first poll stays on top
    shift: timedelta = timedelta(0)  # of the whole stream, so that a clock change falls into it
    cold: int = 0  # updates before the first poll; 0: as many as the window holds
    poll: timedelta = timedelta(minutes=5)
    asleep: Callable[[datetime], bool] = lambda at: False
    form: str = "%H:%M"
    once: bool = False  # the first poll is all
    still: timedelta = timedelta(0)  # the list has stood still for so long at each poll


@dataclass(kw_only=True)
class Run:
    """What a scenario came to."""

    scenario: Scenario
    items: int = 0
    wrong: int = 0  # neither pinned nor before the zone was known
    wide: int = 0  # of the same: wider than a minute
    unsure: int = 0
    wide_or_unsure: int = 0
    sure_and_outside: int = 0  # of all
    pins: int = 0
    pins_wrong: int = 0
    pins_sure: int = 0  # older than a day, and not marked
    early: int = 0  # dated before the zone was known
    early_outside: int = 0
    zone: str = ""
    naive: dict[str, float] = field(default_factory=dict)  # percent of rows shown that a method dates wrongly


def wrong(found: Published, truth: datetime) -> bool:
    middle = found.earliest + (found.latest - found.earliest) / 2
    return not found.earliest <= truth <= found.latest or abs(middle - truth) > OFF


def run(scenario: Scenario, stream: Sequence[datetime], *, naive: bool = False) -> Run:
    """Poll the stream to its end; each update is dated when it is first seen, by what decide calls."""
    zone = ZoneInfo(scenario.zone)
    source = Source(name="blog", url="https://example.org/", timezone=scenario.zone if scenario.told else "")
    stream = [at + scenario.shift for at in stream]
    now = stream[min(scenario.cold or scenario.window, len(stream) - 20)] + MINUTE
    pin = now - scenario.pin if scenario.pin else None
    since: datetime | None = None
    lags: tuple[Lag, ...] = ()
    kept: dict[datetime, Published] = {}
    cold: set[datetime] = set()
    methods: dict[str, list[int]] = {name: [0, 0] for name in NAIVE}
    last: Sequence[datetime] = ()
    while now < stream[-1] + scenario.poll:
        room = scenario.window - (pin is not None)
        end = bisect_right(stream, now)
        body = [*([pin] if pin else []), *stream[max(end - room, 0) : end][::-1]]
        if not scenario.asleep(now):
            if body != last:  # an equal body is not read again
                dates = [RawDate(text=f"{at.astimezone(zone):{scenario.form}}", origin="text") for at in body]
                rows = [Row([date], kept.get(at)) for at, date in zip(body, dates, strict=True)]
                found = dated(source, rows, now=now + scenario.still, since=since, lags=lags)
                unknown = not scenario.told and not any(it.zone for it in found.published)
                cold |= {at for at in body if unknown and at not in kept}
                for at, published in zip(body, found.published, strict=True):
                    assert kept.setdefault(at, published) == published  # what is stored keeps its date
                last, lags = body, found.lags
            since = now
            for name, method in NAIVE.items() if naive else ():
                for at, guess in zip(body, method(body, now, zone), strict=True):
                    methods[name][0] += at != pin and abs(guess - at) > OFF
                    methods[name][1] += at != pin
        now += scenario.poll if not scenario.once else stream[-1] - stream[0] + DAY
    return _counted(scenario, kept, pin, cold, methods if naive else {})


def _counted(
    scenario: Scenario,
    kept: dict[datetime, Published],
    pin: datetime | None,
    cold: set[datetime],
    methods: dict[str, list[int]],
) -> Run:
    out = Run(scenario=scenario, items=len(kept))
    for at, found in kept.items():
        out.wide_or_unsure += not found.sure or found.latest - found.earliest > MINUTE
        out.sure_and_outside += found.sure and not found.earliest <= at <= found.latest
        if at == pin:
            out.pins += 1
            out.pins_wrong += wrong(found, at)
            out.pins_sure += bool(scenario.pin and scenario.pin > DAY and found.sure)
        elif at in cold:
            out.early += 1
            out.early_outside += not found.earliest <= at <= found.latest
        else:
            out.wrong += wrong(found, at)
            out.wide += found.latest - found.earliest > MINUTE
            out.unsure += not found.sure
    out.zone = list(kept.values())[-1].zone
    out.naive = {name: round(100 * bad / max(total, 1), 1) for name, (bad, total) in methods.items()}
    return out


# -- what is done in the wild -----------------------------------------------------------------

Method = Callable[[Sequence[datetime], datetime, ZoneInfo], list[datetime]]


def _clocks(body: Sequence[datetime], zone: ZoneInfo) -> list[time]:
    return [at.astimezone(zone).time().replace(second=0, microsecond=0) for at in body]


def today_utc(body: Sequence[datetime], now: datetime, zone: ZoneInfo) -> list[datetime]:
    return [datetime.combine(now.date(), clock, zone) for clock in _clocks(body, zone)]


def today(body: Sequence[datetime], now: datetime, zone: ZoneInfo) -> list[datetime]:
    return [datetime.combine(now.astimezone(zone).date(), clock, zone) for clock in _clocks(body, zone)]


def future_is_yesterday(body: Sequence[datetime], now: datetime, zone: ZoneInfo) -> list[datetime]:
    return [at if at <= now else at - DAY for at in today(body, now, zone)]


def never_rising(body: Sequence[datetime], now: datetime, zone: ZoneInfo) -> list[datetime]:
    found, bound = [], now
    for at in today(body, now, zone):
        while at > bound:
            at -= DAY
        found.append(at)
        bound = at
    return found


NAIVE: dict[str, Method] = {
    "A": today_utc,
    "B": today,
    "C": future_is_yesterday,
    "D": never_rising,
}


# -- the table --------------------------------------------------------------------------------

ZONES = ("Europe/London", "Europe/Kyiv", "America/New_York", "Asia/Kolkata", "UTC", "Asia/Kathmandu")
WINDOWS = (2, 5, 10, 30, 100, 400)


def _to(day: datetime, stream_day: int = 3) -> timedelta:
    """Return the shift that lays the night from the 3rd to the 4th of August onto `day`."""
    return day - datetime(2024, 8, stream_day, tzinfo=UTC)


def nights(zone: str) -> Callable[[datetime], bool]:
    where = ZoneInfo(zone)
    return lambda at: at.astimezone(where).hour >= 22 or at.astimezone(where).hour < 7


def hours(first: datetime, length: float) -> Callable[[datetime], bool]:
    return lambda at: first <= at < first + timedelta(hours=length)


def scenarios(stream: Sequence[datetime]) -> list[Scenario]:
    """Return the rows of the table."""
    middle = stream[len(stream) // 3]
    changes = (
        ("Kyiv, 27 October", "Europe/Kyiv", datetime(2024, 10, 26, tzinfo=UTC)),
        ("Kyiv, 31 March", "Europe/Kyiv", datetime(2024, 3, 30, tzinfo=UTC)),
        ("New York, 3 November", "America/New_York", datetime(2024, 11, 2, tzinfo=UTC)),
    )
    return [
        *(Scenario(name=f"window {window}", window=window) for window in WINDOWS),
        Scenario(name="window 2, from the first update", window=2, cold=1),
        Scenario(name="12 h clock", form="%I:%M %p"),
        *(Scenario(name=f"cold start, {cold} rows", window=400, cold=cold) for cold in (50, 150, 250, 400)),
        *(
            Scenario(name=f"pin of {pin} h, window {window}", window=window, pin=timedelta(hours=pin))
            for window in (2, 5, 30, 100, 400)
            for pin in (5, 31.5, 77)
        ),
        Scenario(name="down each night, 22-07", asleep=nights("Europe/London")),
        Scenario(name="down each night, pin", asleep=nights("Europe/London"), pin=timedelta(hours=31)),
        Scenario(name="down for 30 h", asleep=hours(middle, 30), window=100),
        Scenario(name="down for 30 h, window 10", asleep=hours(middle, 30), window=10),
        *(
            Scenario(name=f"clocks change: {name}, window {window}", zone=zone, shift=_to(day), window=window)
            for name, zone, day in changes
            for window in (2, 30)
        ),
        *(
            Scenario(name=f"zone inferred: {zone}, window {window}, poll {poll} min", zone=zone, told=False, window=window,
                     poll=timedelta(minutes=poll))
            for zone in ZONES
            for poll, window in ((1, 2), (5, 2), (5, 30), (10, 30))
        ),
    ]  # fmt: skip


def cold_starts(stream: Sequence[datetime], number: int, seed: int) -> list[Scenario]:
    """Return first polls at random times, an old update pinned on top, each looked at once."""
    dice = random.Random(seed)
    return [
        Scenario(
            name=f"random cold start, window {window}",
            window=window,
            cold=dice.randrange(20, len(stream) - 20),
            pin=timedelta(minutes=dice.randrange(120, 80 * 60)),
            form=dice.choice(("%H:%M", "%I:%M %p")),
            once=True,
        )
        for _ in range(number)
        for window in (5, 10, 30, 100, 400)
    ]


def doubtful(stream: Sequence[datetime], number: int, seed: int) -> list[Scenario]:
    """Return what cannot be told: hours shown twice between two polls, and first looks at lists that have
    stood still for more than a day."""
    dice = random.Random(seed)
    return [
        *(
            Scenario(name=f"clocks change: {zone}, window {window}, poll {poll} min", zone=zone, shift=_to(day),
                     window=window, poll=timedelta(minutes=poll))
            for zone, day in (
                ("Europe/Kyiv", datetime(2024, 10, 26, tzinfo=UTC)),
                ("Europe/Kyiv", datetime(2024, 3, 30, tzinfo=UTC)),
                ("America/New_York", datetime(2024, 11, 2, tzinfo=UTC)),
            )
            for poll, window in ((70, 10), (70, 100), (180, 30))
        ),
        *(
            Scenario(name=f"stood still for {hours} h, window {window}", window=window, once=True,
                     cold=dice.randrange(20, len(stream) - 20), still=timedelta(hours=hours))
            for _ in range(number)
            for window in (2, 5, 30, 100, 400)
            for hours in (25, 30, 40, 47, 55)
        ),
    ]  # fmt: skip


def expected_zone(scenario: Scenario, end: datetime) -> str:
    """Return how the zone of a scenario should be named at its end."""
    if scenario.told:
        return scenario.zone
    offset = ZoneInfo(scenario.zone).utcoffset(end + scenario.shift) or timedelta(0)
    minutes = abs(offset) // MINUTE
    return (
        f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}" if minutes else "UTC"
    )


def line(out: Run) -> str:
    naive = "  ".join(f"{name} {out.naive[name]:5.1f}" for name in out.naive)
    pins = f"  pin: {out.pins_wrong} wrong, {out.pins_sure} not marked" if out.pins else ""
    early = f"  before the zone was known: {out.early}, outside {out.early_outside}" if out.early else ""
    return (
        f"{out.scenario.name:<44} {naive}  ours {out.wrong:3} of {out.items - out.pins - out.early:3} wrong,"
        f" {out.wide} wide, {out.unsure} unsure  {out.zone}{pins}{early}"
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--polls", type=float, default=5, help="minutes between polls (default 5)")
    parser.add_argument("--starts", type=int, default=30, help="random cold starts (default 30)")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(argv)
    if not BLOG.is_file():
        print(json.dumps({"claim": "time-only dates", "skipped": f"no corpus at {BLOG}"}))
        return 0
    stream = updates()
    outs = []
    print("percent of the rows shown that a naive method dates wrongly; updates that ours does\n")
    for scenario in scenarios(stream):
        polled = replace(scenario, poll=timedelta(minutes=asked.polls)) if scenario.told else scenario
        outs.append(run(polled, stream, naive=True))
        print(line(outs[-1]), flush=True)
    misnamed = sum(out.zone != expected_zone(out.scenario, stream[-1]) for out in outs)
    starts = [run(start, stream) for start in cold_starts(stream, asked.starts, asked.seed)]
    print(f"\n{len(starts)} random cold starts with an old pin on top: {_sum(starts, 'wrong')} of"
          f" {_sum(starts, 'items') - len(starts)} wrong; {_sum(starts, 'pins_wrong')} pins wrong")  # fmt: skip
    doubts = [run(doubt, stream) for doubt in doubtful(stream, asked.starts // 3, asked.seed)]
    print(f"{len(doubts)} runs of what cannot be told: {_sum(doubts, 'sure_and_outside')} of {_sum(doubts, 'items')}"
          f" sure and wrong, {_sum(doubts, 'wide_or_unsure')} wide or a guess")  # fmt: skip
    outs += starts
    figures = {
        "updates": _sum(outs, "items") - _sum(outs, "pins") - _sum(outs, "early"),
        "wrong": _sum(outs, "wrong"),
        "wider_than_a_minute": _sum(outs, "wide"),
        "zones_misnamed": misnamed,
        "pins": _sum(outs, "pins"),
        "pins_wrong": _sum(outs, "pins_wrong"),
        "pins_older_than_a_day_not_marked": _sum(outs, "pins_sure"),
        "before_a_zone_was_known": _sum(outs, "early"),
        "of_these_outside": _sum(outs, "early_outside"),
        "sure_and_outside": _sum(outs, "sure_and_outside"),
        "not_to_be_told": _sum(doubts, "items"),
        "of_these_sure_and_outside": _sum(doubts, "sure_and_outside"),
    }
    print(json.dumps({"claim": "time-only dates", "seed": asked.seed, **figures}))
    return 1 if any(figures[name] for name in MUST_BE_NONE) else 0


MUST_BE_NONE = (
    "wrong",
    "zones_misnamed",
    "pins_older_than_a_day_not_marked",
    "of_these_outside",
    "sure_and_outside",
)


def _sum(outs: Sequence[Run], figure: str) -> int:
    return sum(getattr(out, figure) for out in outs)


if __name__ == "__main__":
    sys.exit(main())
