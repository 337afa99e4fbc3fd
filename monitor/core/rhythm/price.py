"""One price for a poll, the same for all sources, so that all together keep to the budget."""

import math
from dataclasses import replace

from monitor.model import Budget

DAY = 86_400.0  # seconds
HOUR = 3_600.0
QUICKNESS = 2.5  # how fast the price follows the polls: within about 2 / QUICKNESS days
USUAL, MANY = 1.2, 10  # the correction to begin with, where so many sources share
STEEPEST = 8.0  # the price moves away from theory by this factor at most, either way
STEADY = 1.25  # of the budget: what may be spent in the long run of an hour, and
FEW = 12.0  # polls that may be made at once by however few sources
AT_ONCE = 0.25  # hours' worth of budget that may be spent in a moment: together 1.5 in any hour


def rate(budget: Budget) -> float:
    """Return the polls a second that all sources together may have.

    >>> rate(Budget(every=600.0, sources=60))
    0.1
    """
    return budget.sources / budget.every


def price(budget: Budget, own: float = 0.0) -> float:
    """Return what a poll must be worth, in items x seconds: correction x (pull / rate)^2 / 2.

    `own` is the pull of the source that asks, where the budget counts only the others'. The least mean wait at a
    given number of polls has each source polled in proportion to the root of its rate, and that is the price
    at which they come to the number (Lagrange; for feeds: Sia, Cho & Cho, IEEE TKDE 19, 2007).

    >>> round(price(Budget(every=600.0, sources=1), own=0.01), 3)  # a lone source of one item in 10,000 s
    18.0
    """
    if not budget.sources:
        return 0.0
    return budget.correction * ((budget.pull + own) / rate(budget)) ** 2 / 2


def at_start(budget: Budget) -> Budget:
    """Return the budget before its first poll.

    Rates that fall bring polls forward, so that real sources are polled more often than the law says of constant
    rates: the correction settles between 1.07 (Poisson) and 1.3 (news), and begins near there. One source, or a few,
    begin at their `every`.
    """
    return replace(budget, correction=USUAL if budget.sources >= MANY else 1.0)


def most(budget: Budget) -> float:
    """Return how many polls may be made at once; a handful of sources may follow a burst all the same."""
    return max(FEW, AT_ONCE * HOUR * rate(budget))


def passed(budget: Budget, now: float, polls: int = 0) -> Budget:
    """Return the budget at `now` (seconds since 1970), after `polls` of it were made.

    The correction integrates what was polled above or below the budget, so that the mean of days comes to it;
    the tokens bound any hour. A clock set back lets no time pass.

    >>> spent = passed(Budget(every=600.0, sources=60, tokens=10.0, at=100.0), 110.0, polls=60)
    >>> round(spent.tokens, 2), round(spent.correction, 4)
    (-48.75, 1.0172)
    """
    if not budget.sources:
        return replace(budget, at=now)
    allowed = rate(budget) * max(now - budget.at, 0.0) if budget.at else 0.0
    error = (polls - allowed) / (rate(budget) * DAY)
    corrected = budget.correction * math.exp(QUICKNESS * error)
    left = most(budget) if budget.tokens is None else budget.tokens
    return replace(
        budget,
        correction=min(STEEPEST, max(1 / STEEPEST, corrected)),
        tokens=min(most(budget), left + STEADY * allowed) - polls,
        at=now,
    )


def wait(budget: Budget, place: int = 0) -> float:
    """Return the seconds until there is a token for the one at `place` in the queue, 0 being the first.

    >>> wait(Budget(every=600.0, sources=60, tokens=2.0), 1), wait(Budget(every=600.0, sources=60, tokens=0.0), 1)
    (0.0, 16.0)
    """
    if not budget.sources:
        return 0.0
    tokens = most(budget) if budget.tokens is None else budget.tokens
    return max(0.0, (place + 1 - tokens) / (STEADY * rate(budget)))
