"""The demo on a terminal: a board with a row for each headline, that fills as its alert goes its way.

Pure: a record and an instant in, lines out. Every text is a `Text`: nothing in a headline is markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.style import Style
from rich.text import Text

from monitor.demo.record import Published, Received, Record, Turn
from monitor.demo.script import OLD, RULES
from monitor.notifiers.terminal import MARKS, STYLES

SEVERITIES = {rule.name: rule.severity for rule in RULES}
WIDE = 104  # columns from which cells say more
FLASH = 0.7  # seconds for which what is new stands out
AROUND = 7  # lines of the frame that are no rows
MARGIN = "  "
DEAD = Style.parse("bold white on red")
ALIVE = Style.parse("bold black on green")


@dataclass(frozen=True, slots=True)
class Grid:
    """Widths of the columns, in cells; two spaces stand between them."""

    headline: int
    ring: int
    desk: int
    is_wide: bool

    @classmethod
    def of(cls, width: int) -> "Grid":
        """Share out a terminal's width."""
        is_wide = width >= WIDE
        ring, desk = (18, 22) if is_wide else (8, 10)
        return cls(width - len(MARGIN) * 5 - 4 - 8 - ring - desk - 1, ring, desk, is_wide)

    def line(self, at: Text, source: Text, headline: Text, ring: Text, desk: Text) -> Text:
        """Set a row."""
        cells = ((at, 4), (source, 8), (headline, self.headline), (ring, self.ring), (desk, self.desk))
        line = Text(no_wrap=True, overflow="crop", end="")
        for cell, width in cells:
            line.append(MARGIN)
            line.append_text(fitted(cell, width))
        return line


def fitted(text: Text, width: int) -> Text:
    """Return `text` in exactly `width` cells, cut with an ellipsis or padded."""
    cut = text.copy()
    cut.truncate(width, overflow="ellipsis", pad=True)
    return cut


def frame(record: Record, now: float, *, seconds: float, width: int, height: int) -> Group:
    """Return the whole screen at an instant: no line too many, the newest rows kept."""
    shown = rows(record, now, width)[-max(height - AROUND, 1) :]
    blank = [Text(" ")] * max(height - AROUND - len(shown), 0)
    lines = [*head(record, now, seconds, width), *shown, *blank, *foot(record, width)]
    return Group(*lines[:height])


def story(record: Record, *, width: int) -> Group:
    """Return all rows as they stand at the end, for paper."""
    return Group(*titles(Grid.of(width)), *rows(record, float("inf"), width), rule(width))


# -- around the rows --------------------------------------------------------------------------


def head(record: Record, now: float, seconds: float, width: int) -> list[Text]:
    """Return title, the line of time, and what the columns are."""
    name = Text.assemble(MARGIN, ("newsbell", "bold"), ("  a newsroom in a box", "dim"))
    state = _state(record, now)
    state.append(f"   {now:4.1f} s", "bold")
    gap = width - name.cell_len - state.cell_len - 1
    title = Text.assemble(name, " " * max(gap, 1), state)
    return [title, time_line(record, now, seconds, width), *titles(Grid.of(width))]


def _state(record: Record, now: float) -> Text:
    turn = record.turns[-1] if record.turns else None
    if turn is None:
        return Text("the house opens", "dim")
    match turn.what:
        case "ready":
            return Text.assemble(("● ", "bold green"), f"newsbell runs, pid {turn.pid}")
        case "started":
            dots = "." * (int(now * 4) % 4)
            return Text.assemble(("○ ", "yellow"), f"newsbell starts, pid {turn.pid}{dots:<3}")
        case "killed":
            return Text("✗ newsbell was killed", "bold red")
        case "stopped":
            return Text("○ newsbell has stopped", "dim")


def time_line(record: Record, now: float, seconds: float, width: int) -> Text:
    """Return the time that has gone, green while the daemon lived and red while it was dead."""
    cells, length = Text(MARGIN, end="\n"), width - len(MARGIN) - 1
    killed, back = record.turn("killed"), _back(record)
    for cell in range(length):
        at = cell / length * seconds
        is_dead = killed is not None and killed.at <= at < (back.at if back else now)
        if at > now:
            cells.append("─", "bright_black")
        else:
            cells.append("━", "bold red" if is_dead else "green")
    return cells


def _back(record: Record) -> Turn | None:
    """Return the turn by which the daemon came back after the kill."""
    killed, ready = record.turn("killed"), record.turn("ready")
    return ready if killed and ready and ready.at > killed.at else None


def titles(grid: Grid) -> list[Text]:
    """Return who does what, over the columns."""
    dim, no = "dim", Text()
    upper = grid.line(
        no, no, Text("the newsroom", "bold"), Text("newsbell", "bold"), Text("the desk", "bold")
    )
    lower = grid.line(
        Text("   s", dim),
        Text("feed", dim),
        Text("publishes", dim),
        Text("rings", dim),
        Text("receives", dim),
    )
    return [Text(" "), upper, lower]


def rule(width: int) -> Text:
    """Return a thin line."""
    return Text(MARGIN + "─" * (width - len(MARGIN) - 1), "bright_black")


def foot(record: Record, width: int) -> list[Text]:
    """Return the running score, and the newest line of the daemon's own log."""
    due, rung, accepted = record.due(), record.rung(), record.accepted()
    score = Text.assemble(
        MARGIN,
        (f"{len(record.published)} published", ""),
        ("  ·  ", "dim"),
        (f"{len(due)} due", ""),
        ("  ·  ", "dim"),
        (f"{len(rung)} rung", "green" if len(rung) == len(due) else "yellow"),
        ("  ·  ", "dim"),
        (f"{len(accepted)} received", "green" if len(accepted) == len(due) else "yellow"),
    )
    log = record.logs[-1].sentence if record.logs else ""
    said = Text.assemble(MARGIN, ("its log  ", "dim"), (log, "dim italic"))
    return [rule(width), fitted(score, width - 1), fitted(said, width - 1)]


# -- rows -------------------------------------------------------------------------------------


def rows(record: Record, now: float, width: int) -> list[Text]:
    """Return a row for what was there before, for each publication, and for the kill and what came of it."""
    grid, back = Grid.of(width), _back(record)
    found: list[tuple[float, Text]] = [(0.0, _before(record, grid))]
    found += [(it.at, _row(it, record, now, grid)) for it in record.published]
    found += [
        (
            turn.at,
            _banner(turn.at, "kill -9", f"newsbell (pid {turn.pid}) is dead. The news goes on.", DEAD, width),
        )
        for turn in record.turns
        if turn.what == "killed"
    ]
    if back:
        sentence = "it asks what it missed, and whom it owes an alert"
        found.append((back.at, _banner(back.at, "back", sentence, ALIVE, width)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _before(record: Record, grid: Grid) -> Text:
    noted = sum(it.items for it in record.baselines)
    missed = sum(it.would_have_rung for it in record.baselines)
    told = f"{len(OLD)} older headlines"
    if record.baselines:
        told = (
            f"{noted} older headlines, {missed} of which match: noted"
            if grid.is_wide
            else f"{noted} older ones, {missed} match: noted"
        )
    return grid.line(
        Text(" 0.0", "dim"),
        Text("both", "dim"),
        Text(told, "dim"),
        Text("not rung" if noted else "", "dim"),
        Text(),
    )


def _row(it: Published, record: Record, now: float, grid: Grid) -> Text:
    receipts = [got for got in record.receipts if got.path == it.story.path]
    rung_at = next((ring.at for ring in record.rings if _is_of(it, ring.rule, ring.path)), None)
    is_new = now - it.at < FLASH
    return grid.line(
        Text(f"{it.at:4.1f}", "dim"),
        Text("both" if len(it.story.feeds) > 1 else it.story.feeds[0], "cyan" if is_new else "dim"),
        _headline(it, rung_at is not None, is_new, receipts),
        _ring(it, record, rung_at, now, grid),
        _desk(it, receipts, rung_at is not None, now, grid),
    )


def _is_of(it: Published, rule: str, path: str) -> bool:
    return path == it.story.path and rule == it.story.rings


def _headline(it: Published, has_rung: bool, is_new: bool, receipts: Sequence[Received]) -> Text:
    """Return the headline: faint if nobody asked for it, with the words lit that the webhook named."""
    text = Text("edit: " if it.edited else "", "italic dim")
    if not has_rung:
        return text.append(it.story.title, "bold" if is_new else "dim" if not it.story.rings else "")
    start = len(text)
    text.append(it.story.title, "bold")
    style = STYLES[SEVERITIES[it.story.rings]]
    for begin, end in next((got.lit for got in receipts if got.rule == it.story.rings), ()):
        text.stylize(f"{style} underline", start + begin, start + end)
    return text


def _ring(it: Published, record: Record, rung_at: float | None, now: float, grid: Grid) -> Text:
    if rung_at is None:
        killed, back = record.turn("killed"), _back(record)
        is_unheard = killed is not None and it.at >= killed.at and back is None
        return Text("unheard", "red") if is_unheard else Text()
    severity = SEVERITIES[it.story.rings]
    style = STYLES[severity]
    text = Text(f"{MARKS[severity]} {it.story.rings}", f"{style} reverse" if now - rung_at < FLASH else style)
    return text.append(f" {severity}", "dim") if grid.is_wide else text


def _desk(it: Published, receipts: Sequence[Received], has_rung: bool, now: float, grid: Grid) -> Text:
    mine = [got for got in receipts if got.rule == it.story.rings]
    accepted = next((got for got in mine if got.status == 204), None)
    refused = [got for got in mine if got.status != 204]
    if accepted is None:
        return Text("503, again" if refused else "…" if has_rung else "", "bold red" if refused else "dim")
    text = Text(f"✓ {accepted.at - it.at:3.1f} s", "bold green" if now - accepted.at < FLASH else "green")
    if refused:
        text.append(
            " after a 503" if grid.is_wide else " ↻", "red" if now - accepted.at < FLASH else "dim red"
        )
    return text


def _banner(at: float, what: str, sentence: str, style: Style, width: int) -> Text:
    text = f"{MARGIN}{at:4.1f}{MARGIN}{what:<8}{MARGIN}{sentence}"
    return Text(set_cell_size(text, max(width - 1, cell_len(MARGIN))), style, no_wrap=True)
