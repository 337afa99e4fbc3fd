"""The whole screen of a terminal, drawn anew when something changed or the clock's second did."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import TextIO

from rich.console import Console
from rich.live import Live

from monitor.dashboard.feed import Feed
from monitor.dashboard.frame import render
from monitor.dashboard.view import View
from monitor.model import Clock

LOOK = 0.25  # seconds of real time between two looks: at most four frames a second


def console_of(out: TextIO, environ: Mapping[str, str]) -> Console:
    """Return a console for a terminal; NO_COLOR leaves weight and glyphs (https://no-color.org)."""
    return Console(
        file=out,
        force_terminal=True,
        no_color=bool(environ.get("NO_COLOR")),
        highlight=False,
        markup=False,
        emoji=False,
    )


async def show(
    feed: Feed,
    *,
    console: Console,
    clock: Clock,
    timezone: tzinfo | None,
    stop: asyncio.Event,
    seen: Callable[[int], None],
) -> None:
    """Show `feed` until `stop`; the terminal is given back as it was, whatever ends this.

    `seen` is called with the cursor of each frame that was drawn. A terminal that was stopped keeps only its
    own thread waiting: a monitor in this process goes on polling.
    """
    last: tuple[object, ...] = ()
    heard: frozenset[str] = frozenset()
    with Live(
        console=console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
    ) as live:
        while not stop.is_set():
            now = clock.now()
            view = await feed.look(now)
            size = console.size
            frame = (view, now.replace(microsecond=0), size)
            if frame != last:
                bell = bool(view.unseen - heard)
                await asyncio.to_thread(_draw, live, view, now, timezone, bell)
                last, heard = frame, view.unseen
                seen(view.cursor)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK)


def _draw(live: Live, view: View, now: datetime, timezone: tzinfo | None, bell: bool) -> None:
    width, height = live.console.size
    live.update(render(view, width=width, height=height, now=now, timezone=timezone), refresh=True)
    if bell:
        live.console.bell()
