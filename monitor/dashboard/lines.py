"""Where there is no terminal: one plain line an item, an alert or a trouble, appended, without escapes."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import TextIO

from monitor.answers.wire import WireRow
from monitor.core.telling.remarks import remarks
from monitor.core.telling.render import safe
from monitor.dashboard.feed import Feed
from monitor.dashboard.view import View, daemon_trouble, source_trouble
from monitor.model import Alert, Clock

LOOK = 0.25  # seconds of real time between two looks
BELL = "\a"


async def tell(
    feed: Feed,
    *,
    out: TextIO,
    err: TextIO,
    clock: Clock,
    timezone: tzinfo | None,
    stop: asyncio.Event,
    seen: Callable[[int], None],
) -> None:
    """Write what comes to `out`, and what is wrong to `err`, until `stop`.

    Raises BrokenPipeError when nobody reads any more.
    """
    wrong: frozenset[str] = frozenset()
    while not stop.is_set():
        view = await feed.look(clock.now())
        said = complaints(view)
        await asyncio.to_thread(_write, err, [line for line in said if line not in wrong])
        wrong = frozenset(said)
        if view.news:
            await asyncio.to_thread(_write, out, list(news_lines(view, timezone, bell=out.isatty())))
            seen(view.cursor)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)


def _write(stream: TextIO, lines: list[str]) -> None:
    if lines:
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()


def complaints(view: View) -> list[str]:
    """Return what is wrong: the same sentence as long as it is the same trouble."""
    sources = [source_trouble(row) for row in view.sources]
    return [safe(line) for line in (view.trouble, daemon_trouble(view), *sources) if line]


def news_lines(view: View, timezone: tzinfo | None, *, bell: bool = False) -> Iterator[str]:
    """Yield a line for each of a view's news; a terminal without a screen gets a bell with an alert."""
    for one in view.news:
        if isinstance(one, Alert):
            yield (BELL if bell else "") + alert_line(one, timezone)
        else:
            yield item_line(one, timezone)


def item_line(row: WireRow, timezone: tzinfo | None) -> str:
    """Return an item as a line: time, `item` or `match` or `edit`, source, headline, URL."""
    kind = "edit" if row.edited else "match" if row.severity else "item"
    said = row.item.title or row.item.summary or "(no title)"
    return safe(f"{_clock(row.at, timezone)}  {kind:<5}  {row.item.source}  {said}  {row.item.url}".rstrip())


def alert_line(alert: Alert, timezone: tzinfo | None) -> str:
    """Return an alert as a line: time, `alert`, severity and rule, source, headline, URL, who else tells it."""
    item = alert.item
    what = f"{alert.severity} {alert.rule or alert.type}"
    said = f"{item.title or item.summary or '(no title)'}  {item.url}" if item else alert.sentence
    source = f"{alert.source}  " if alert.source else ""
    also = "".join(f"  {found}" for found in remarks(alert, zone=None))
    return safe(f"{_clock(alert.at, timezone)}  alert  {what}  {source}{said}{also}".rstrip())


def _clock(at: datetime, timezone: tzinfo | None) -> str:
    return f"{at.astimezone(timezone):%Y-%m-%d %H:%M:%S}"
