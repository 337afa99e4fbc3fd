"""How many matches does a rule wait for, and how many are there? Each counts for as long as the threshold says."""

from collections.abc import Collection, Iterable, Sequence

from monitor.core import voices
from monitor.core.plurals import count, spell
from monitor.model import Item, Threshold
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far the matches of a rule are from what it waits for."""

    reached: bool
    within: float  # seconds for which a match counts
    detail: str  # while they are held: "2 of 3 publishers within 30 min"
    told: str = ""  # once it rings, what its alert says beside naming them


def tally(threshold: Threshold, items: Sequence[Item]) -> Tally:
    """Return how far the matches of `items` are from `threshold`.

    >>> tally(Threshold(of="publishers", number=3, within=1800.0), []).detail
    '0 of 3 publishers within 30 min'
    """
    number = voices.independent(once(items)) if threshold.of == "publishers" else len(once(items))
    wanted = count(threshold.number, threshold.of[:-1])
    return Tally(
        reached=number >= threshold.number,
        within=threshold.within,
        detail=f"{number} of {wanted} within {spell(threshold.within)}",
    )


def once(items: Iterable[Item]) -> Collection[Item]:
    """Return each item once, as it reads by now."""
    return {item.id: item for item in items}.values()
