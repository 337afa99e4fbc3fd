"""How the rows of a body stand to those of the last one: what was pushed out of its end, and what rose.

A list runs from the newest row down, but for rows that are pinned on top of it. What stands above a row
that it stood below has come anew; what is gone while the row below it still stands was not pushed out.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from monitor.model import Standing


class Order:
    """The last body, and where of this one its items stand."""

    def __init__(self, standing: Sequence[Standing], here: Mapping[str, int]) -> None:
        """Take the items of the last body in its order, and by their ids the positions at which they stand now."""
        self._here = [here.get(place.item.id, -1) for place in standing]
        self._was = {place.item.id: number for number, place in enumerate(standing)}
        self._known = sorted(index for index in self._here if index >= 0)
        self._below, lowest = [-1] * len(self._here), -1
        for number in range(len(self._here) - 1, -1, -1):
            self._below[number] = lowest
            lowest = max(lowest, self._here[number])

    def in_place(self, index: int, item: str) -> bool:
        """Tell whether something that stood below `item` stands below position `index`: nothing was pushed out between."""
        return self._below[self._was[item]] > index

    def rose(self, index: int, item: str) -> bool:
        """Tell whether at least half of what stood above `item`, and is there yet, stands below position `index`."""
        above = [at for at in self._here[: self._was[item]] if at >= 0]
        return bool(above) and 2 * sum(at > index for at in above) >= len(above)

    def above(self, index: int) -> int | None:
        """Return the position of the next one above `index` that stood in the last body, None if there is none."""
        number = bisect_left(self._known, index)
        return self._known[number - 1] if number else None
