"""How many matches does a rule wait for, and how many are there? Each counts for as long as the threshold says."""

from collections.abc import Sequence

from monitor.core import voices
from monitor.core.plurals import count, spell
from monitor.model import Item, Threshold


def reached(threshold: Threshold, items: Sequence[Item]) -> int:
    """Return how many of what `threshold` asks for there are; an item that reads otherwise by now is one."""
    once = {item.id: item for item in items}
    return voices.independent(once.values()) if threshold.of == "publishers" else len(once)


def shown(threshold: Threshold, number: int) -> str:
    """Return how far it is.

    >>> shown(Threshold(of="publishers", number=3, within=1800.0), 2)
    '2 of 3 publishers within 30 min'
    """
    return f"{number} of {count(threshold.number, threshold.of[:-1])} within {spell(threshold.within)}"
