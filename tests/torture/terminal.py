"""Fuzzed titles through a captured terminal: none of their controls, escapes or bidi marks comes out.

    python -m tests.torture.terminal [--titles 100000] [--seed 1]

A store is filled with titles that no door has cleaned, the real `newsbell watch` is attached to it on a
pseudo-terminal, and a person pages through all of them. The last line is one JSON object; exit 1 where anything
foreign came out, a title was not shown, or the program ended.
"""

import argparse
import asyncio
import json
import os
import random
import re
import sys
import tempfile
from pathlib import Path

from monitor.store.sqlite import SqliteStore
from tests.dashboard.newsroom import Newsroom
from tests.person import Person, seated
from tests.virtual import ManualClock

COLUMNS, LINES = 140, 60
ROWS = 54  # of a page: the head, what is wrong, two titles, a day and the foot take the rest
BATCH = 2_000
# Each with a number that the screen never sends, so that it is known where it came from.
PIECES = (
    "\x1b[7777m", "\x1b[7777;1H", "\x1b]777;x\x07", "\x1b]52;c;x\x1b\\", "\x1bP7777q\x1b\\", "\x1b[6n", "\x9b31m",
    "\x9d777;x\x9c", "\u202e", "\u202d", "\u2066", "\u2067", "\u200f", "\u061c", "\u2028", "\x00", "\x07", "\x08",
    "\x0c", "\x7f", "\r\n", "\t", "\ufeff", "[bold red]", "[/]", "[@click=app.quit]", "\\[", "\u200d", "\ufe0f",
    "e\u0301\u0302\u0303\u0304", "日本語", "صواريخ", "👨‍👩‍👧", "🇺🇦", "क्‍षि",
)  # fmt: skip


def fuzzed(dice: random.Random, number: int) -> str:
    """Return a title that begins with its number and goes on with anything."""
    parts = [f"<{number}>"]
    for _ in range(dice.randrange(1, 14)):
        if dice.random() < 0.5:
            parts.append(dice.choice(PIECES))
        else:
            parts.append("".join(_character(dice) for _ in range(dice.randrange(1, 9))))
    return "".join(parts)


def _character(dice: random.Random) -> str:
    code = dice.choice((dice.randrange(0x250), dice.randrange(0x3000), dice.randrange(0x110000)))
    return "?" if 0xD800 <= code < 0xE000 else chr(code)


def scrolled(place: Path, *, titles: int, seed: int) -> dict[str, object]:
    """Page through that many fuzzed titles; return how many were shown, and what came out that was foreign."""
    state = place / "state"
    state.mkdir()
    asyncio.run(_fill(state, titles, random.Random(seed)))
    environ = {"HOME": str(place), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
    words = [sys.executable, "-m", "monitor", "watch", "--state", str(state)]
    with seated(words, environ=environ, cwd=place, columns=COLUMNS, lines=LINES) as person:
        person.sees(f"<{titles - 1}>", f"<{titles - ROWS + 1}>")  # the whole first page
        _page(person, titles)
        person.types("q")
        status = person.ends()
    shown = {int(number) for number in re.findall(r"<(\d+)>", person.seen)}
    return {
        "titles": titles,
        "seed": seed,
        "shown": len(shown),
        "missed": sorted(set(range(titles)) - shown)[:100],
        "foreign": sorted(
            {*person.foreign(), *re.findall("\x1b(?:\\[7777|\\]777|\\]52|\\[6n|P)", person.seen)}
        ),
        "status": status,
        "bytes": person.mark(),
    }


async def _fill(state: Path, titles: int, dice: random.Random) -> None:
    clock = ManualClock()
    store = SqliteStore(state / "newsbell.db", clock)
    room = Newsroom(store, clock, rules=())
    await room.open("fuzz")
    await room.first("fuzz")
    for begin in range(0, titles, BATCH):
        end = min(titles, begin + BATCH)
        await room.publish("fuzz", *(fuzzed(dice, number) for number in range(begin, end)))
        room.items.clear()
    store.close()


def _page(person: Person, titles: int) -> None:
    """Page down until the oldest stands on the screen; a page is taken when the one before was seen."""
    bottom = titles - ROWS  # the number in the last row
    while bottom > 0:
        bottom = max(0, bottom - ROWS)
        mark = person.mark()
        person.types(" ")
        person.sees(f"<{bottom}>", since=mark)


def main() -> int:
    """Run it and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--titles", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsbell-terminal-") as place:
        figures = scrolled(Path(place), titles=given.titles, seed=given.seed)
    print(json.dumps(figures))
    good = figures["shown"] == given.titles and not figures["foreign"] and figures["status"] == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
