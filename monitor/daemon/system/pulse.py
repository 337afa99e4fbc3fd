"""Whether the loops go round: each says so itself, and whoever stands still is named."""

import time
from collections.abc import Callable
from dataclasses import field

from monitor.values import dataclass

TURN = 40.0  # seconds that a turn of a loop may take: the store waits 30 s for another process


@dataclass(slots=True)
class Pulse:
    """When each loop last went round, by a monotonic clock (seconds)."""

    clock: Callable[[], float] = time.monotonic
    _beats: dict[str, tuple[float, float]] = field(default_factory=dict)  # loop -> when, how long it may take

    def beat(self, loop: str, *, within: float) -> None:
        """Note that a loop goes round now, and will again in `within` seconds at the latest."""
        self._beats[loop] = (self.clock(), within)

    def end(self, loop: str) -> None:
        """Note that a loop has ended as it should."""
        self._beats.pop(loop, None)

    def still(self) -> dict[str, float]:
        """Return the loops that are overdue, and for how many seconds nothing was heard of them."""
        now = self.clock()
        return {loop: now - at for loop, (at, within) in self._beats.items() if now - at > within}
