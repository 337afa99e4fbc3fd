"""Hours of the day and minutes of the hour that bring more than others, as far as the counts prove it."""

from collections.abc import Sequence

FORGET = 28 * 86_400.0  # seconds in which what was counted fades to 1/e
FULL = 1e-9  # expectation below which a bin was not watched


def shrunk(counts: Sequence[float], expected: Sequence[float]) -> tuple[float, ...] | None:
    """Return by what factor each bin differs from what was expected of it; None where chance explains all.

    Empirical Bayes: the true factors are Gamma with mean 1 and some variance v, so a bin's posterior mean is
    (count + 1/v) / (expected + 1/v), scaled to a mean of 1, and v is what the chi-square of the bins has above its degrees of freedom
    (method of moments). With equal expectations that is the estimator of James and Stein,
    1 + max(0, 1 - (J - 1) / chi2) (count / mean - 1). A bin that nobody watched stays at 1.

    >>> shrunk([3, 2, 4, 3], [3.0, 3.0, 3.0, 3.0]) is None
    True
    >>> [round(factor, 2) for factor in shrunk([0, 0, 40, 0], [10.0, 10.0, 10.0, 10.0])]
    [0.03, 0.03, 3.9, 0.03]
    """
    chi2, bins, total = 0.0, 0, 0.0
    for count, mean in zip(counts, expected, strict=True):
        if mean > FULL:
            off = count - mean
            chi2, bins, total = chi2 + off * off / mean, bins + 1, total + mean
    over = chi2 - max(bins - 1, 1)
    if over <= 0:
        return None
    prior = total / over  # 1 / v
    factors = [
        (count + prior) / (mean + prior) if mean > FULL else 1.0
        for count, mean in zip(counts, expected, strict=True)
    ]
    middle = sum(factors) / len(factors)
    return tuple([factor / middle for factor in factors])
