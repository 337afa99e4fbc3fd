"""The line of state at the foot of the screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from rich.cells import cell_len
from rich.text import Text

from monitor.dashboard.view import View, next_poll

BAR = "reverse"
BAD = "reverse bold color(160)"
GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A word or two of the line; where room is short, a high `spare` is left out first."""

    text: str
    spare: int = 0  # 0: never left out
    style: str = ""


def line(view: View, width: int, now: datetime, timezone: tzinfo | None) -> Text:
    """Return the state in `width` cells, the clock at the right end."""
    clock = f"{now.astimezone(timezone):%H:%M:%S} "
    room = width - cell_len(clock) - 1 - len(GAP)
    full = _parts(view, now, "next poll")
    parts = full if cells(full) <= room else fitting(_parts(view, now, "next"), room)
    text = Text(" ", BAR)
    for number, part in enumerate(parts):
        text.append(GAP if number else "", BAR)
        text.append(part.text, part.style or BAR)
    text.truncate(max(0, width - cell_len(clock)), overflow="ellipsis")
    text.append(" " * (width - cell_len(text.plain) - cell_len(clock)), BAR)
    return text.append(clock, BAR)


def cells(parts: Sequence[Part]) -> int:
    """Return the cells that the parts take, with the gaps between them."""
    return sum(cell_len(part.text) + len(GAP) for part in parts) - len(GAP)


def fitting(parts: Sequence[Part], width: int) -> list[Part]:
    """Return the parts that fit, the most spare ones left out first.

    >>> [part.text for part in fitting([Part(text="a"), Part(text="bb", spare=2), Part(text="c", spare=1)], 4)]
    ['a', 'c']
    """
    kept = list(parts)
    while kept and cells(kept) > width:
        spare = max(kept, key=lambda part: part.spare)
        if not spare.spare:
            break
        kept.remove(spare)
    return kept


def _parts(view: View, now: datetime, upcoming: str) -> list[Part]:
    parts = [_head(view), *_counts(view)]
    if left := next_poll(view, now):
        parts.append(Part(text="polling" if left == "now" else f"{upcoming} {left}"))
    return parts


def _head(view: View) -> Part:
    if view.alone:
        return Part(text="● watching")
    if view.pid is None:
        return Part(text="○ not running", style=BAD)
    return Part(text="● running")


def _counts(view: View) -> list[Part]:
    totals = view.totals
    if totals is None:
        return []
    parts = [
        _sources(totals.sources, totals.failing),
        Part(text=_of(totals.items, "item"), spare=4),
        Part(text=_of(totals.alerts, "alert"), spare=3),
    ]
    if totals.waiting or not view.alone:
        parts.append(Part(text=f"{totals.waiting:,} waiting", spare=1 if totals.waiting else 5))
    if totals.dead:
        parts.append(Part(text=f"{totals.dead:,} dead", style=BAD))
    return parts


def _sources(sources: int, failing: int) -> Part:
    if failing:
        return Part(text=f"{sources - failing:,} ok {failing:,} failing", style=BAD)
    return Part(text=_of(sources, "source"), spare=2)


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
