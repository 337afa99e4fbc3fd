"""How many items a second a source is expected to bring at a moment to come."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from monitor.core.rhythm import burst, profile
from monitor.core.rhythm.rate import DAY, fade, posterior
from monitor.model import Tempo
from monitor.values import dataclass

HOUR = 3_600.0  # seconds
MINUTE = 60.0
STEP = 300.0  # seconds, while a burst fades
NOTED = 1.3  # how many times the usual is worth a word
HARDLY = 0.04  # items a day
PEAK = 6.0  # times as many in one minute as in the others
LITTLE = 0.05  # of the usual rate: a burst of less is no longer worth short steps


class Stretch(NamedTuple):
    """A time in which about the same number of items a second is expected."""

    begin: float  # seconds since 1970
    end: float
    rate: float  # items a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a tempo says about the future: a usual rate, by the hour, by the minute, and a burst that fades."""

    base: float  # items a second in an average hour
    hours: tuple[float, ...] | None  # factors by the source's hour, None where all are alike
    minutes: tuple[float, ...] | None
    excess: float  # items of a burst
    stir: float  # items a second that the burst adds at `at`
    at: float
    ahead: float  # seconds that the source's clock shows more than UTC

    @classmethod
    def of(
        cls,
        tempo: Tempo,
        now: float,
        *,
        ahead: float = 0.0,
        stated: float = 0.0,
        pushed: float = 0.0,
        by_minute: bool = True,
    ) -> "Forecast":
        """Return the forecast at `now`, which is not before the tempo's own time.

        `stated` seconds between items are the publisher's word, 0 that he does not say; of the items, the share
        `pushed` comes without a poll and is left out. Without `by_minute`, all minutes are taken for alike.
        """
        base = posterior(tempo.items, tempo.exposure, stated) * (1 - pushed)
        hours = _hours(tempo)
        factor = hours[int((now + ahead) // HOUR) % 24] if hours else 1.0
        left = fade(now - tempo.at, burst.SPAN)
        excess = burst.excess(tempo.lately * left, base * factor)
        stir = burst.gain(tempo.brought, tempo.predicted) * excess / burst.SPAN * (1 - pushed)
        minutes = _minutes(tempo) if by_minute else None
        return cls(base=base, hours=hours, minutes=minutes, excess=excess, stir=stir, at=now, ahead=ahead)

    def hourly(self, hour: float) -> float:
        """Return the factor of a clock hour, counted since 1970."""
        return self.hours[int(hour) % 24] if self.hours else 1.0

    def rate(self, at: float) -> float:
        """Return items a second at `at`."""
        rate = self.base
        if self.hours:
            rate *= self.hours[int((at + self.ahead) // HOUR) % 24]
        if self.minutes:
            rate *= self.minutes[int(at // MINUTE) % 60]
        return rate + self.stir * fade(at - self.at, burst.SPAN) if self.stir else rate

    def stretches(self, until: float) -> Iterator[Stretch]:
        """Yield what is expected from `at` to `until`, in steps as short as its shape needs."""
        begin = self.at
        while begin < until:
            end = min(until, self._end(begin))
            yield Stretch(begin, end, self.rate((begin + end) / 2))
            begin = end

    def _end(self, begin: float) -> float:
        if self.minutes:
            return (begin // MINUTE + 1) * MINUTE
        hour = ((begin + self.ahead) // HOUR + 1) * HOUR - self.ahead
        if self.stir and self.stir * fade(begin - self.at, burst.SPAN) > LITTLE * self.base:
            return min(hour, begin + STEP)
        return hour

    def pull(self) -> float:
        """Return the mean of sqrt(rate) over a day: the source's claim on the budget (square-root law)."""
        hours = self.hours or (1.0,)
        minutes = self.minutes or (1.0,)
        by_hour = sum(map(math.sqrt, hours)) / len(hours)
        return math.sqrt(self.base) * by_hour * sum(map(math.sqrt, minutes)) / len(minutes)

    def because(self, at: float) -> str:
        """Return in words what makes a poll at `at` worth it.

        >>> Forecast.of(Tempo(items=70.0, exposure=7 * DAY), 0.0).because(600.0)
        'worth a poll by then, at 9.5 items a day'
        """
        daily = self.base * DAY
        much = f"{amount(daily)} items a day" if daily >= HARDLY else "hardly an item a month"
        said = [f"worth a poll by then, at {much}"]
        factor = self.hourly((at + self.ahead) // HOUR)
        if factor >= NOTED or factor <= 1 / NOTED:
            said.append(f"{factor:.1f} times its average from {int((at + self.ahead) // HOUR) % 24:02}:00")
        if self.minutes and max(self.minutes) >= PEAK:
            peak = max(range(60), key=self.minutes.__getitem__)
            said.append(f"{self.minutes[peak] / 60:.0%} of them at minute {peak:02}")
        if self.stir > self.base * factor * (NOTED - 1):
            said.append(f"{amount(self.excess)} more than usual lately")
        return ", ".join(said)


def amount(number: float) -> str:
    """Return a number as one says it.

    >>> [amount(n) for n in (0.04, 0.51, 3.26, 41.6)]
    ['0.04', '0.51', '3.3', '42']
    """
    return f"{number:.2g}" if number < 1 else f"{number:.1f}" if number < 10 else f"{number:.0f}"


def _hours(tempo: Tempo) -> tuple[float, ...] | None:
    """Return the factors by hour, 1 in the mean of the day."""
    count, seconds = sum(tempo.hours), sum(tempo.watched)
    if not count or not seconds:
        return None
    return profile.shrunk(tempo.hours, [watched * count / seconds for watched in tempo.watched])


def _minutes(tempo: Tempo) -> tuple[float, ...] | None:
    count = sum(tempo.minutes)
    return profile.shrunk(tempo.minutes, [count / 60] * 60) if count else None
