"""Seeded streams of known make: a steady trickle, days and nights, timetables, bursts, changes of mind."""

import math
from collections.abc import Callable, Iterator, Sequence
from random import Random

from benchmarks.freshness.streams import DAY, HOUR, Stream

PAST = 30 * DAY  # before 0, from which a first body has its history
WINDOW = 30  # items
SLOTS = (0, 5, 15, 30, 45)  # minutes at which timetables publish
WAKING = (
    0.25,
    0.15,
    0.12,
    0.12,
    0.2,
    0.4,
    0.8,
    1.2,
    1.6,
    1.8,
    1.8,
    1.7,
    1.6,
    1.6,
    1.7,
    1.7,
    1.6,
    1.5,
    1.3,
    1.1,
    0.9,
    0.7,
    0.5,
    0.35,
)

Intensity = Callable[[float], float]  # items a second at a moment


def poisson(dice: Random, name: str, days: float) -> Stream:
    """A constant rate, log-normal over sources: median 6 a day, sigma 1.6."""
    rate = dice.lognormvariate(math.log(6), 1.6) / DAY
    return _stream(name, _thinned(dice, lambda _: rate, rate, days), lambda _: rate, days)


def diurnal(dice: Random, name: str, days: float) -> Stream:
    """A waking day, six of which are worth seven: Sundays bring less."""
    intensity, most = _day(dice, dice.lognormvariate(math.log(6), 1.6) / DAY)
    return _stream(name, _thinned(dice, intensity, most, days), intensity, days)


def batch(dice: Random, name: str, days: float) -> Stream:
    """A timetable: each slot of a waking hour brings nothing or a few items at once, a few seconds late."""
    slots = dice.sample(SLOTS, dice.choice((1, 1, 2)))
    chance, most = dice.uniform(0.1, 0.6), dice.choice((1, 2, 4))
    begin, length = dice.randrange(24), dice.choice((10, 16, 24))
    times, late = [], dice.uniform(2, 25)

    def awake(at: float) -> bool:
        return (int(at // HOUR) - begin) % 24 < length

    hour = -PAST
    while hour < days * DAY:
        for slot in slots:
            at = hour + slot * 60.0
            if awake(at) and dice.random() < chance:
                times += [at + late + dice.uniform(0, 3) for _ in range(dice.randint(1, most))]
        hour += HOUR
    mean = chance * (1 + most) / 2 / 60.0

    def intensity(at: float) -> float:
        return mean if awake(at) and int(at // 60) % 60 in slots else 0.0

    return _stream(name, sorted(times), intensity, days)


def hawkes(dice: Random, name: str, days: float) -> Stream:
    """A waking day whose items bring further items: 0.3 to 0.7 each, within 10 to 90 minutes on average."""
    share, span = dice.uniform(0.3, 0.7), dice.uniform(600, 5_400)
    mean = dice.lognormvariate(math.log(6), 1.6) / DAY
    intensity, most = _day(dice, mean * (1 - share))
    times: list[float] = []
    born = list(_thinned(dice, intensity, most, days))
    while born:
        times += born
        born = [at + dice.expovariate(1 / span) for at in born for _ in range(_poisson(dice, share))]
    kept = sorted(at for at in times if at < days * DAY)
    return _stream(name, kept, lambda at: intensity(at) / (1 - share), days)


def dead(_: Random, name: str, days: float) -> Stream:
    """Nothing, for a month and from now on; the last items are half a year old."""
    return _stream(name, [-200 * DAY + n * DAY for n in range(20)], lambda _: 0.0, days)


def wire(dice: Random, name: str, days: float) -> Stream:
    """A news agency: 150 to 600 items a day."""
    intensity, most = _day(dice, dice.uniform(150, 600) / DAY)
    return _stream(name, _thinned(dice, intensity, most, days), intensity, days)


def changing(dice: Random, name: str, days: float) -> Stream:
    """Any of those that dies, wakes up, or has half-days of eight times as much."""
    usual = _any(dice, name, days)
    kind, at = dice.randrange(3), dice.uniform(0.2, 0.8) * days * DAY
    if kind == 0:
        return _stream(name, [t for t in usual.arrivals if t < at], usual.intensity, days, usual.history)
    if kind == 1:
        return _stream(name, [t for t in usual.arrivals if t >= at], usual.intensity, days, ())
    begins = [dice.uniform(0, days * DAY) for _ in range(int(days / 4) + 1)]
    rate = max(len(usual.arrivals) / (days * DAY), 1 / DAY) * 7
    more = [t for begin in begins for t in _episode(dice, rate, begin) if t < days * DAY]
    return _stream(name, sorted([*usual.arrivals, *more]), usual.intensity, days, usual.history)


def _episode(dice: Random, rate: float, begin: float) -> Iterator[float]:
    at = begin + dice.expovariate(rate)
    while at < begin + 12 * HOUR:
        yield at
        at += dice.expovariate(rate)


def _any(dice: Random, name: str, days: float) -> Stream:
    makers = (dead, batch, hawkes, wire, diurnal)
    return dice.choices(makers, weights=(20, 20, 25, 5, 30))[0](dice, name, days)


KINDS: dict[str, Callable[[Random, str, float], Stream]] = {
    "poisson": poisson,
    "diurnal": diurnal,
    "batch": batch,
    "hawkes": hawkes,
    "mixed": _any,
    "regime": changing,
}


def streams(kind: str, *, sources: int = 40, days: float = 14.0, seed: int = 1) -> list[Stream]:
    """Return a seeded set of one kind."""
    dice = Random(f"{kind} {seed}")
    if kind == "mixed":  # shares to the letter, so that no seed is lucky
        makers = [dead] * 4 + [batch] * 4 + [hawkes] * 5 + [wire] + [diurnal] * 6
        return [makers[n % 20](dice, f"{kind} {n}", days) for n in range(sources)]
    return [KINDS[kind](dice, f"{kind} {n}", days) for n in range(sources)]


def _day(dice: Random, mean: float) -> tuple[Intensity, float]:
    """Return a waking day of `mean` items a second, somewhere on earth, and the most it ever brings."""
    shift, depth, sunday = dice.randrange(24), dice.uniform(0.4, 1.0), dice.randrange(7)
    level = sum(WAKING) / 24
    hours = [1 + depth * (WAKING[(hour + shift) % 24] / level - 1) for hour in range(24)]

    def intensity(at: float) -> float:
        rest = 0.5 if int(at // DAY) % 7 == sunday else 13 / 12
        return mean * hours[int(at // HOUR) % 24] * rest

    return intensity, mean * max(hours) * 13 / 12


def _thinned(dice: Random, intensity: Intensity, most: float, days: float) -> list[float]:
    """Return moments of an inhomogeneous Poisson process (thinning: Lewis & Shedler 1979)."""
    times, at = [], -PAST
    while (at := at + dice.expovariate(most)) < days * DAY:
        if dice.random() * most < intensity(at):
            times.append(at)
    return times


def _poisson(dice: Random, mean: float) -> int:
    count, left = 0, dice.expovariate(1.0)
    while left < mean:
        count, left = count + 1, left + dice.expovariate(1.0)
    return count


def _stream(
    name: str,
    times: Sequence[float],
    intensity: Intensity | None,
    days: float,
    history: Sequence[float] | None = None,
) -> Stream:
    before = [at for at in times if at < 0][-WINDOW:] if history is None else history
    return Stream(
        name=name,
        arrivals=[at for at in times if at >= 0],
        until=days * DAY,
        window=WINDOW,
        history=before,
        intensity=intensity,
    )
