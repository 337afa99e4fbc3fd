"""Numbers and durations in words."""


def count(number: int, what: str, plural: str = "") -> str:
    """Return a number and what it counts; `plural` where that is not `what` and an s.

    >>> count(1, "source"), count(1_200, "source"), count(0, "delivery", "deliveries")
    ('1 source', '1,200 sources', '0 deliveries')
    """
    return f"{number:,} {what if number == 1 else plural or f'{what}s'}"


def spell(seconds: float) -> str:
    """Return a duration as one says it.

    >>> [spell(s) for s in (0.4, 40, 150, 7200, 180000)]
    ['0.4 s', '40 s', '2 min', '2 h', '2 d']
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size * 1.5:
            return f"{round(seconds / size)} {unit}"
    return f"{seconds:.1f} s" if seconds < 1 else f"{seconds:.0f} s"
