"""Items a second: a Gamma-Poisson estimate that forgets."""

import math

DAY = 86_400.0  # seconds
FORGET = 7 * DAY  # seconds in which what was seen fades to 1/e
PRIOR = 0.4  # items: what our guess of one a day is worth before anything is known, and
STATED = 0.15  # what a publisher's word is worth in its place


def fade(seconds: float, span: float) -> float:
    """Return what is left of a weight after `seconds`, 1/e after `span`.

    >>> fade(0.0, FORGET), round(fade(FORGET, FORGET), 3)
    (1.0, 0.368)
    """
    return math.exp(-max(seconds, 0.0) / span)


def posterior(items: float, exposure: float, stated: float = 0.0) -> float:
    """Return the posterior mean of items a second, `items` seen in `exposure` seconds.

    Gamma(`PRIOR`, `PRIOR` x a day) is conjugate to the Poisson; both counts fade, so the mean follows a rate that moves
    (Gelman et al., Bayesian Data Analysis, §2.6). Of a publisher who says so, it is Gamma(`STATED`, `STATED` x `stated`
    seconds between items).

    >>> round(posterior(0.0, 0.0) * DAY, 2), round(posterior(700.0, 7 * DAY) * DAY, 1)
    (1.0, 94.6)
    >>> round(posterior(0.0, 0.0, 900.0) * DAY), round(posterior(700.0, 7 * DAY, 900.0) * DAY, 1)
    (96, 100.0)
    """
    worth, usual = (STATED, stated) if stated else (PRIOR, DAY)
    return (worth + items) / (worth * usual + exposure)


WORTH = 0.005  # of an item that no rule asks for, in a mode that goes by alerts
PRIOR_MATCHED = 0.05  # of
PRIOR_SEEN = 1.5  # items


def weight(matched: float, items: float) -> float:
    """Return what an item of a source is worth by alerts: the posterior share of its items that a rule matches.

    Beta(`PRIOR_MATCHED`, `PRIOR_SEEN` - `PRIOR_MATCHED`) before any was seen, and a little for every item, so that no
    source is forgotten.

    >>> round(weight(0.0, 0.0), 3), round(weight(0.0, 98.5), 4), round(weight(50.0, 98.5), 2)
    (0.038, 0.0055, 0.51)
    """
    return WORTH + (matched + PRIOR_MATCHED) / (items + PRIOR_SEEN)
