"""The line of state at the head of the screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from rich.cells import cell_len
from rich.text import Text

from monitor.core.plurals import spell
from monitor.dashboard.ink import BAD, GOOD, LOUD, fit, plain, short
from monitor.dashboard.view import View, next_poll, polls_an_hour
from monitor.dashboard.view import troubles as view_troubles
from monitor.model import Severity
from monitor.values import dataclass

GAP = "  "
GLAD = f"bold {GOOD}"
SAD = f"bold {BAD}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A word or two of the line; where room is short, a high `spare` is left out first."""

    text: str
    spare: int = 0  # 0: never left out
    style: str = ""


def line(
    view: View, width: int, now: datetime, timezone: tzinfo | None, *, paused: int | None = None
) -> Text:
    """Return the state in `width` cells, the clock at the right end.

    `paused` is how much has come since the screen was paused, None where it is not.
    """
    clock = f"{now.astimezone(timezone):%H:%M:%S} "
    room = width - cell_len(clock) - 1 - len(GAP)
    held = [] if paused is None else [Part(text=f"‖ paused, {paused:,} waiting", style="bold reverse")]
    full = held + _parts(view, now, "next poll")
    parts = full if cells(full) <= room else fitting(held + _parts(view, now, "next"), room)
    text = Text(" ")
    for number, part in enumerate(parts):
        text.append(GAP if number else "").append(part.text, part.style)
    text.truncate(max(0, width - cell_len(clock)), overflow="ellipsis")
    text.append(" " * (width - cell_len(text.plain) - cell_len(clock)))
    return text.append(clock, "bold")


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
    if hourly := polls_an_hour(view):
        parts.append(Part(text=f"{hourly:,.0f} polls/h", spare=5))
    if view.delays:
        parts.append(
            Part(text=f"seen after {_delay(view.delays, 50)}, p95 {_delay(view.delays, 95)}", spare=6)
        )
    return parts


def _delay(delays: Sequence[timedelta], percent: int) -> str:
    """Return a percentile of sorted delays, by nearest rank."""
    return spell(delays[-(-len(delays) * percent // 100) - 1].total_seconds())


def _head(view: View) -> Part:
    if view.alone:
        return Part(text="● watching", style=GLAD)
    if view.pid is None:
        return Part(text="○ not running", style=SAD)
    return Part(text="● running", style=GLAD)


def _counts(view: View) -> list[Part]:
    totals = view.totals
    if totals is None:
        return []
    parts = [
        *_sources(totals.sources, totals.failing),
        Part(text=_of(totals.items, "item"), spare=4),
        Part(text=_of(totals.alerts, "alert"), spare=3),
    ]
    if totals.waiting or not view.alone:
        parts.append(Part(text=f"{totals.waiting:,} waiting", spare=1 if totals.waiting else 7))
    if totals.held:
        parts.append(Part(text=f"held back: {totals.held:,}"))
    if totals.dead:
        parts.append(Part(text=f"{totals.dead:,} dead", style=SAD))
    if view.silences:
        parts.append(Part(text=f"‖ {len(view.silences):,} quiet"))
    return parts


def _sources(sources: int, failing: int) -> list[Part]:
    if not failing:
        return [Part(text=_of(sources, "source"), spare=2)]
    return [Part(text=f"{sources - failing:,} ok", spare=2), Part(text=f"{failing:,} failing", style=SAD)]


def _of(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def troubles(view: View, now: datetime, *, width: int, most: int) -> list[Text]:
    """Return what is wrong in `most` lines at most."""
    said = view_troubles(view, now)
    more = len(said) - most
    if more <= 0:
        return [_wrong(one, width) for one in said]
    if most == 1:
        return [_wrong(said[0], width, end=f" · {more:,} more")]
    return [*(_wrong(one, width) for one in said[: most - 1]), _wrong(f"and {more + 1:,} more", width)]


def _wrong(sentence: str, width: int, *, end: str = "") -> Text:
    """Return a trouble in a line whose end is seen however long the sentence is."""
    text = Text.assemble(("! ", f"bold {LOUD[Severity.WARNING]}"), plain(sentence))
    return fit(short(text, width - cell_len(end)).append(end), width)


def baselines(view: View) -> str:
    """Return what the first bodies held that were fetched before our eyes, "" if there were none."""
    first = [row for row in view.sources if row.baselined_at]
    if not first:
        return ""
    noted = sum(row.baseline_items or 0 for row in first)
    match = sum(row.baseline_matches or 0 for row in first)
    return f"{noted:,} were there at first, {match:,} of them match"
