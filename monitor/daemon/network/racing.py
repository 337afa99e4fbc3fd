"""Happy eyeballs (RFC 8305): the addresses of a host are tried side by side, and the first that connects is taken.

Both families come from one look-up, in the order that the machine prefers (RFC 6724), and take turns. An address that
does not answer within a quarter of a second is joined by the next one, one that fails is followed at once. Whoever
shakes hands already has four seconds for it: beginning a second handshake beside it would only be impolite.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from itertools import zip_longest
from typing import Any, Generic, Protocol, TypeVar

ATTEMPTS = 4  # addresses tried of one host
NEXT_AFTER = 0.25  # seconds until the next address is tried (RFC 8305 §5)
SHAKES_HANDS_FOR = 4.0  # seconds until it is, beside one that has answered


class Racer(Protocol):
    """What an attempt leads to."""

    def abort(self) -> None:
        """Close at once, without waiting for anybody."""


R = TypeVar("R", bound=Racer)
Answered = Callable[[], None]  # an attempt calls it as soon as its address has answered
Attempt = Callable[[str, Answered], Coroutine[Any, Any, R]]


def alternating(addresses: Sequence[str]) -> list[str]:
    """Let the two families take turns, so that one that is dead costs little (RFC 8305 §4).

    >>> alternating(["::1", "::2", "10.0.0.1"])
    ['::1', '10.0.0.1', '::2']
    """
    first = [a for a in addresses if (":" in a) == (":" in addresses[0])]
    other = [a for a in addresses if a not in first]
    return [a for pair in zip_longest(first, other) for a in pair if a is not None]


async def first_of(addresses: Sequence[str], attempt: Attempt[R]) -> R:
    """Return what the first attempt to succeed leads to; all others are given up, as all are when this is cancelled.

    `addresses` are one at least, best first. What an attempt raises other than an OSError is no trouble of its address
    alone and ends the race, as does a certificate: the next address would show the same. Raises what the last one did.
    """
    race, waiting = _Race(attempt), list(addresses)
    try:
        while waiting or race.running:
            if waiting:
                race.start(waiting.pop(0))
            if winner := await race.next(patience=NEXT_AFTER if waiting else None):
                return winner
    finally:
        race.give_up()
    raise race.trouble


class _Race(Generic[R]):
    """The attempts that go on."""

    def __init__(self, attempt: Attempt[R]) -> None:
        self._attempt = attempt
        self.running: dict[asyncio.Task[R], asyncio.Event] = {}  # with whether its address has answered
        self.trouble: BaseException = OSError()  # of the attempt that failed last

    def start(self, address: str) -> None:
        answered = asyncio.Event()
        self.running[asyncio.create_task(self._attempt(address, answered.set))] = answered

    async def next(self, *, patience: float | None) -> R | None:
        """Wait until an attempt ends, `patience` seconds at most, and longer once an address has answered."""
        done = await self._ended(patience)
        if not done and any(answered.is_set() for answered in self.running.values()):
            done = await self._ended(SHAKES_HANDS_FOR)
        for task in done:
            del self.running[task]
            if (trouble := task.exception()) is None:
                return task.result()
            self.trouble = trouble
            if isinstance(trouble, ssl.SSLError) or not isinstance(trouble, OSError):
                raise trouble
        return None

    async def _ended(self, within: float | None) -> set[asyncio.Task[R]]:
        done, _ = await asyncio.wait(self.running, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        return done

    def give_up(self) -> None:
        """End what still runs. Nobody waits for that, so no cancellation can interrupt it."""
        for task in self.running:
            task.cancel()
            task.add_done_callback(_let_go)


def _let_go(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().abort()
