"""The terminal face over the store: what `newsbell watch` shows.

`feed` asks a store what is new and makes a `View` of it; `terminal/` shows it on a terminal, `lines` writes it where
there is none. `attached` reads a running daemon's file; a monitor in this process hands over its store in memory.
Nothing here polls, and nothing here writes to a store: what does is in the `Hands` it is given.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, TextIO

from monitor import garbage
from monitor.model import Clock

if TYPE_CHECKING:
    from monitor.answers.wire import Lighting
    from monitor.dashboard.feed import Feed
    from monitor.dashboard.hands import Hands
    from monitor.dashboard.layout import Remembered
    from monitor.dashboard.terminal.app import Dashboard

SHOWN = 2.0  # seconds after which there is a screen, and what lights it is loaded


def full_screen(out: TextIO, environ: Mapping[str, str], keys: TextIO | None = None) -> bool:
    """Tell whether `out` is a terminal that can be drawn on, and `keys` one that can be typed on.

    A pipe never gets an escape.
    """
    typed = keys is not None and keys.isatty()
    return typed and out.isatty() and environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def _dashboard() -> "type[Dashboard]":
    from monitor.dashboard.terminal.app import Dashboard

    return Dashboard


async def watch(
    feed: "Feed",
    *,
    clock: Clock,
    timezone: tzinfo | None,
    hands: "Hands",
    remembered: "Remembered",
    stop: asyncio.Event,
    seen: Callable[[int], None] = lambda cursor: None,
    light: "Callable[[], Awaitable[Lighting]] | None" = None,
) -> None:
    """Show `feed` on the whole screen of this process's terminal, until `stop` or until a person quits.

    `seen` is told the cursor of what was shown; `light` is asked for the rules once there is a screen.
    The terminal is given back as it was, whatever ends this.
    """
    # What takes longest, loading what draws, goes on while the store is read for the first time.
    dashboard, first = await asyncio.gather(asyncio.to_thread(_dashboard), feed.look(clock.now()))
    app = dashboard(
        feed,
        first,
        clock=clock,
        timezone=timezone,
        hands=hands,
        remembered=remembered,
        stop=stop,
        seen=seen,
        interrupt=lambda: signal.raise_signal(signal.SIGINT),
        light=light,
    )
    asyncio.get_running_loop().call_later(SHOWN, garbage.running, garbage.DRAWING)
    await app.run_async()
    if app.failure is not None:
        raise app.failure
