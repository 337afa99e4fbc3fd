"""Every screen, as it is: compared with what is committed in tests/dashboard/screens.

`python -m tests.dashboard.test_screens` draws them anew; look at what changed before you commit it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from monitor.dashboard.feed import Daemon
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.asked import reading
from tests.dashboard.newsroom import Newsroom
from tests.dashboard.newsstand import SCRIPTS, Seat, furnish, seated
from tests.virtual import ManualClock

SCREENS = Path(__file__).parent / "screens"
LATELY = 4  # rows of the stream since this viewer last looked: the last two alerts
Steps = Callable[[Seat], Awaitable[None]]


def keys(*pressed: str, words: str = "") -> Steps:
    async def steps(seat: Seat) -> None:
        for key in pressed:
            await seat.press(key)
        await seat.shows(words)

    return steps


async def filtered(seat: Seat) -> None:
    await seat.press("slash", *"bridge OR missile", "enter")
    await seat.until(lambda: "5 of 70" in seat.text)


async def refused(seat: Seat) -> None:
    await seat.press("slash", *"bridge (")
    await seat.shows("a term is missing")


async def paused(seat: Seat) -> None:
    await seat.press("p")
    await seat.room.publish("capital-post", "Nobody sees this summit yet")
    await seat.shows("paused, 1 waiting")


async def held(seat: Seat) -> None:
    await seat.press("j", "j", "j")
    await seat.room.publish("capital-post", "Snow falls on the capital", "Snow falls on the harbour too")
    await seat.shows("2 new above")


async def item(seat: Seat) -> None:
    await seat.press("slash", *"cape OR summit", "enter")
    await seat.shows("of 70")
    await seat.until(
        lambda: "3 of 70" in seat.text or "4 of 70" in seat.text or "to look at" not in seat.text
    )
    for _ in range(9):
        if seat.app.wire_list.chosen and "Ballistic" in seat.app.wire_list.chosen.item.title:
            break
        await seat.press("j")
    await seat.press("enter")
    await seat.shows("why it matched")


async def edited(seat: Seat) -> None:
    for _ in range(12):
        if seat.app.wire_list.chosen and "Seven" in seat.app.wire_list.chosen.item.title:
            break
        await seat.press("j")
    await seat.press("enter")
    await seat.shows("edits")


async def story(seat: Seat) -> None:
    await item(seat)
    await seat.press("tab")
    await seat.shows("▸")


PLAIN: dict[str, tuple[tuple[int, int], Steps]] = {
    "wire-60x15": ((60, 15), keys(words="Wheat talks")),
    "wire-80x24": ((80, 24), keys(words="Wheat talks")),
    "wire-120x45": ((120, 45), keys(words="Wheat talks")),
    "wire-200x50": ((200, 50), keys(words="─ story ─")),
    "wire-300x80": ((300, 80), keys(words="─ story ─")),
    "unseen-80x24": ((80, 24), keys(words="Harbour bridge")),
    "alerts-80x24": ((80, 24), keys("tab", words="Wheat talks")),
    "sources-80x24": ((80, 24), keys("tab", "tab", words="answered 503, 2 times")),
    "sources-120x45": ((120, 45), keys("tab", "tab", words="answered 503, 2 times in a row")),
    "deliveries-80x24": ((80, 24), keys("tab", "tab", "tab", words="waits to be sent")),
    "rules-80x24": ((80, 24), keys("R", words="in 7 d")),
    "rules-past-80x24": ((80, 24), keys("R", "enter", words="alerts a day")),
    "item-80x24": ((80, 24), item),
    "item-120x45": ((120, 45), item),
    "edited-80x24": ((80, 24), edited),
    "story-80x24": ((80, 24), story),
    "help-80x24": ((80, 24), keys("question_mark", words="moving")),
    "help-100x60": ((100, 60), keys("question_mark", words="marks")),
    "filter-80x24": ((80, 24), filtered),
    "filter-refused-80x24": ((80, 24), refused),
    "paused-80x24": ((80, 24), paused),
    "held-80x24": ((80, 24), held),
}

UNSEEN = ("unseen-80x24", "wire-200x50")  # of a viewer that never looked


async def drawn(name: str) -> tuple[Newsroom, str]:
    """Return one of the screens."""
    clock = ManualClock()
    store = SqliteStore(MEMORY, clock)
    room = Newsroom(store, clock)
    with closing(store):
        if name in PLAIN:
            size, steps = PLAIN[name]
            await furnish(room)
            end = await store.read(reading.stream_end)
            looked = 1 if name in UNSEEN else end - LATELY
            async with seated(room, size=size, cursor=looked) as seat:
                await steps(seat)
                return room, await _still(seat)
        return room, await _special(name, room)


async def _special(name: str, room: Newsroom) -> str:
    daemon, size = Daemon(pid=lambda: 42), (80, 24)
    if name == "disconnected-80x24":
        await furnish(room)
        daemon = Daemon(pid=lambda: None, start="newsbell run --state D")
    if name == "scripts-80x24":
        await room.open(*SCRIPTS)
        for source, titles in SCRIPTS.items():
            await room.first(source)
            await room.publish(source, *titles)
    async with seated(room, size=size, daemon=daemon) as seat:
        return await _still(seat)


SPECIAL = ("disconnected-80x24", "empty-80x24", "scripts-80x24")


async def _still(seat: Seat) -> str:
    """Return the screen when it has stopped changing: all rows read, nothing left to search."""
    app = seat.app
    await seat.until(lambda: not app.wire.searching and not app.wire.misses(*app.wire_list.wanted()))
    last = ""
    for _ in range(60):
        await app.redraw()
        await seat.pilot.pause(0.1)
        if seat.text == last:
            break
        last = seat.text
    return last


@pytest.mark.parametrize("name", [*PLAIN, *SPECIAL])
def test_a_screen_is_as_it_was(name: str) -> None:
    _, text = asyncio.run(drawn(name))
    assert text == (SCREENS / f"{name}.txt").read_text("utf-8")


def test_no_screen_is_without_a_test() -> None:
    assert {file.stem for file in SCREENS.iterdir()} == {*PLAIN, *SPECIAL}


if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    for file in SCREENS.iterdir():
        file.unlink()
    for name in (*PLAIN, *SPECIAL):
        (SCREENS / f"{name}.txt").write_text(asyncio.run(drawn(name))[1], "utf-8")
        print(name)
