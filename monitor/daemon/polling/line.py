"""What a poll runs through: the steps as functions, and who decides when."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from typing import TypeVar

from monitor.api.tally import Tally
from monitor.core.decide import Rulebook
from monitor.daemon.polling.mending import Propose
from monitor.daemon.reading.gather import Fetch, Parse
from monitor.store import Store
from monitor.values import dataclass

T = TypeVar("T")
THREADS = 4  # one decides a large body, one any other; two more look keys up meanwhile


@dataclass(frozen=True, slots=True)
class Turns:
    """Who may decide and commit, and the threads in which that is thought through: the loop never waits for it."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # what is known does not change for its holder
    aside: asyncio.Lock = field(default_factory=asyncio.Lock)  # held by the one large body being decided
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "think"))

    async def think(self, work: Callable[[], T]) -> T:
        """Return what `work`, a pure function, returns.

        Cancelled, it is not waited for: it ends by itself, and nobody reads what it found.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a poll runs through; each step is a function, so that a test can stand in a real one."""

    fetch: Fetch
    parse: Parse
    store: Store
    book: Rulebook
    jitter: Callable[[], float]  # in [0, 1)
    propose: Propose | None = (
        None  # new selectors where old ones no longer fit; None: they are not looked for
    )
    turns: Turns = field(default_factory=Turns)
    tally: Tally = field(default_factory=Tally)
    evidence: bool = False  # what bodies say of items is kept
