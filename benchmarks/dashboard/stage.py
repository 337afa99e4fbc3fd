"""A store like a daemon's, filled with numbered headlines, and a process that commits more of them as polls do.

python -m benchmarks.dashboard.stage STATE FIRST RATE     commits RATE items a second from number FIRST on, until killed
"""

import asyncio
import sys
import time
from contextlib import closing
from pathlib import Path

from monitor.daemon.clock import SystemClock
from monitor.model import ItemChange
from monitor.store.sqlite import SqliteStore
from tests.dashboard.newsroom import Newsroom
from tests.virtual import ManualClock

SOURCES = tuple(f"wire-{n}" for n in range(1, 9))
COMMITS = 10  # a second
BATCH = 5_000  # items a commit while it is filled
RULES = "[rule]\ndiplomacy = 'talks OR summit'\nalarm = '\"ballistic missile\"'\n"
SUBJECTS = (
    "Harbour bridge closed while engineers look at its cables",
    "Seven mayors meet for a summit on the northern railway",
    "Wheat stands at its highest since autumn, traders say",
    "Harbour ferry sails again after the longest winter in years",
    "City library lends out its first telescope to a school",
    "Harbour crane is moved to the museum quay on a Sunday",
    "Reindeer count finds more calves than ever before",
    "Ballistic missile falls into the sea off the northern cape",
)  # each second one, to within one, says "harbour"
KEPT = "harbour"  # a filter that keeps three of eight


def headline(number: int) -> str:
    """Return a headline that begins with its number."""
    return f"<{number}> {SUBJECTS[number % len(SUBJECTS)]}"


def filled(state: Path, items: int) -> Path:
    """Fill a state directory and return its configuration: what `watch --config F --state D` is given."""
    state.mkdir(parents=True)
    config = state / "config.toml"
    config.write_text(RULES, "utf-8")
    asyncio.run(_fill(state, items))
    return config


async def _fill(state: Path, items: int) -> None:
    clock = ManualClock(SystemClock().now())
    with closing(SqliteStore(state / "newsbell.db", clock)) as store:
        room = await _opened(store, clock)
        for name in SOURCES:
            await room.first(name, next_poll_at=clock.now())
        for begin in range(0, items, BATCH):
            await _commit(room, range(begin, min(items, begin + BATCH)))


async def _opened(store: SqliteStore, clock: ManualClock) -> Newsroom:
    room = Newsroom(store, clock, rules=())
    await store.recover()
    await room.open(*SOURCES, pinned=True)
    return room


async def _commit(room: Newsroom, numbers: range) -> None:
    """Store headlines as one poll of one source, which is due again at once."""
    now = SystemClock().now()
    room.clock.advance_to(now)
    source = SOURCES[numbers.start // len(numbers) % len(SOURCES)]
    items = [room.item(source, headline(number)) for number in numbers]
    room.items.clear()
    changes = tuple(ItemChange(item=item, keys=(f"guid:{item.title}",), new=True) for item in items)
    await room.poll(source, changes=changes, next_poll_at=now)


async def _publish(state: Path, first: int, rate: int) -> None:
    """Commit `rate` items a second in some polls, until this process is ended."""
    begun, number, clock = time.monotonic(), first, ManualClock(SystemClock().now())
    with closing(SqliteStore(state / "newsbell.db", clock)) as store:
        room = await _opened(store, clock)
        while True:
            await _commit(room, range(number, number + rate // COMMITS))
            number += rate // COMMITS
            await asyncio.sleep(max(0.0, begun + (number - first) / rate - time.monotonic()))


if __name__ == "__main__":
    asyncio.run(_publish(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
