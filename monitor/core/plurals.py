"""How many there are of something, in words."""


def count(number: int, what: str, plural: str = "") -> str:
    """Return a number and what it counts; `plural` where that is not `what` and an s.

    >>> count(1, "source"), count(1_200, "source"), count(0, "delivery", "deliveries")
    ('1 source', '1,200 sources', '0 deliveries')
    """
    return f"{number:,} {what if number == 1 else plural or f'{what}s'}"
