"""Items that bring further items: more than usual of late, and how much that says about what comes."""

import math

SPAN = 45 * 60.0  # seconds in which an item's excitement fades to 1/e
DOUBT = 8.0  # items of a prior that says bursts mean nothing
FORGET = 7 * 86_400.0


def excess(lately: float, usual: float) -> float:
    """Return how many items there were lately above what was to be expected at `usual` items a second.

    `lately` counts items, each weighing exp(-age / `SPAN`); at a steady rate that is rate x `SPAN`.

    >>> excess(3.0, 0.0), excess(1.0, 1.0)
    (3.0, 0.0)
    """
    return max(0.0, lately - usual * SPAN)


def awaited(more: float, seconds: float) -> float:
    """Return how many further items an excess would bring within `seconds`, if each item brought one.

    >>> round(awaited(2.0, SPAN), 2)
    1.26
    """
    return more * -math.expm1(-seconds / SPAN)


def gain(brought: float, predicted: float) -> float:
    """Return how many items one item of a burst really brings, in [0, 1].

    `brought` sums items beyond the usual, `predicted` what `awaited` said of them; their ratio is the regression
    through the origin for counts, whose variance grows with their mean. It stands for the branching ratio of a
    Hawkes process (Hawkes, Biometrika 58, 1971).

    >>> gain(0.0, 0.0), round(gain(30.0, 40.0), 2)
    (0.0, 0.62)
    """
    return min(1.0, max(0.0, brought / (predicted + DOUBT)))
