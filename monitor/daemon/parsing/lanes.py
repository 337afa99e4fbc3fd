"""Who is parsed next: bodies that take long wait by themselves, so that one that is read at once never waits for them.

A body begins in the front lane, where it may take little. One that takes more is stopped and read in the back
lane, and so are the next ones of its source, until enough of them in a row were quick. In the back lane bodies
of sources that are merely large go before those that ran into the limit the last time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count

from monitor.values import dataclass

PROBATION = 5  # quick bodies in a row after which a source is trusted with the front lane again


class Pace(IntEnum):
    """How the bodies of a source are read; the lower goes first."""

    QUICK = 0
    UNKNOWN = 1
    SLOW = 2
    ENDLESS = 3  # the last one ran into its limit


class Paces:
    """How the last bodies of each source were read: one number or two a source, gone with the process."""

    def __init__(self) -> None:
        self._records: dict[str, _Record] = {}

    def of(self, source: str) -> Pace:
        """Return the pace to expect of `source`."""
        record = self._records.get(source)
        return record.pace if record else Pace.UNKNOWN

    def note(self, source: str, pace: Pace) -> None:
        """Remember how a body was read; a source without a name is nobody."""
        if not source:
            return
        record = self._records.setdefault(source, _Record(pace))
        if pace is not Pace.QUICK or record.pace < Pace.SLOW:
            record.pace, record.quick = pace, 0
        elif (record.quick + 1) >= PROBATION:
            record.pace, record.quick = Pace.QUICK, 0
        else:
            record.pace, record.quick = Pace.SLOW, record.quick + 1


@dataclass(slots=True)
class _Record:
    pace: Pace
    quick: int = 0  # in a row, while on probation


class FullError(Exception):
    """So many wait that one more is not taken on."""


class Lane:
    """Some slots; who waits for one waits by pace, and first come, first served."""

    def __init__(self, slots: int, *, waiting: int | None = None) -> None:
        """Let `slots` work at once and `waiting` wait, any number if it is None."""
        self.slots = slots
        self.waiting = waiting
        self._free = slots
        self._queue: list[tuple[Pace, int, asyncio.Future[None]]] = []
        self._number = count()

    @asynccontextmanager
    async def slot(self, pace: Pace) -> AsyncIterator[None]:
        """Wait for a slot and hold it. Raises FullError instead of waiting as one too many."""
        await self._enter(pace)
        try:
            yield
        finally:
            self._pass_on()

    async def _enter(self, pace: Pace) -> None:
        if self._free:
            self._free -= 1
            return
        if self.waiting is not None and sum(not turn.done() for *_, turn in self._queue) >= self.waiting:
            raise FullError
        turn = asyncio.get_running_loop().create_future()
        heappush(self._queue, (pace, next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._pass_on()  # the slot had come already
            raise

    def _pass_on(self) -> None:
        while self._queue:
            turn = heappop(self._queue)[2]
            if not turn.done():  # who waited may have been cancelled
                turn.set_result(None)
                return
        self._free += 1
