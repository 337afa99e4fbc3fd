"""The terminal face over the store: what `newsbell watch` shows.

`feed` asks a store what is new and makes a `View` of it; `screen` draws views on a terminal, `lines`
writes them where there is none. `attached` reads a running daemon's file; a monitor in this process
hands over its store in memory. Nothing here polls, and nothing here writes to a store.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING, TextIO

from monitor.model import Clock

if TYPE_CHECKING:
    from monitor.dashboard.feed import Feed


def full_screen(out: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether `out` is a terminal that can be drawn on; a pipe never gets an escape."""
    return out.isatty() and environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}


async def watch(
    feed: "Feed",
    *,
    out: TextIO,
    err: TextIO,
    environ: Mapping[str, str],
    clock: Clock,
    timezone: tzinfo | None,
    stop: asyncio.Event,
    seen: Callable[[int], None] = lambda cursor: None,
) -> None:
    """Show `feed` until `stop`: on a terminal the whole screen, else plain lines.

    `seen` is told the cursor of what was shown. Raises BrokenPipeError when `out` is a pipe that nobody
    reads any more, OSError where it cannot be written.
    """
    if full_screen(out, environ):
        from monitor.dashboard import screen

        console = screen.console_of(out, environ)
        await screen.show(feed, console=console, clock=clock, timezone=timezone, stop=stop, seen=seen)
    else:
        from monitor.dashboard import lines

        await lines.tell(feed, out=out, err=err, clock=clock, timezone=timezone, stop=stop, seen=seen)
