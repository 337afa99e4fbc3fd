"""The demo on a terminal: a board with a row for each headline, that fills as its alert goes its way.

Pure: a record and an instant in, lines out. Every text is a `Text`: nothing in a headline is markup.
"""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.style import Style
from rich.text import Text

from monitor.demo.record import Published, Received, Record, Turn
from monitor.demo.script import OLD, RULES, Wanted
from monitor.notifiers.terminal import STYLES
from monitor.values import dataclass

SEVERITIES = {rule.name: rule.severity for rule in RULES}
WIDE = 116  # columns from which cells say more
FLASH = 0.7  # seconds for which what is new stands out
WIDEST = 52  # columns of a headline at most: what rings for it stays near
AROUND = 6  # lines of the frame that are neither rows nor log
ROWS = 26  # of a whole demo; a higher terminal shows more of the log
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
        ring, desk = (16, 34) if is_wide else (8, 10)
        rest = width - len(MARGIN) * 5 - 4 - 8 - ring - desk - 1
        return cls(min(max(rest, 1), WIDEST), ring, desk, is_wide)

    def line(self, at: Text, source: Text, headline: Text, ring: Text, desk: Text) -> Text:
        """Set a row."""
        cells = ((at, 4), (source, 8), (headline, self.headline), (ring, self.ring), (desk, self.desk))
        line = Text(no_wrap=True, overflow="crop")
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
    log = min(max(height - AROUND - ROWS, 1), 10)
    room = max(height - AROUND - log, 1)
    shown = rows(record, now, width)[-room:]
    blank = [Text(" ")] * (room - len(shown))
    lines = [*head(record, now, seconds, width), *shown, *blank, *foot(record, width, log)]
    for line in lines:
        line.no_wrap, line.overflow = True, "crop"
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
    cells, length = Text(MARGIN), width - len(MARGIN) - 1
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


def _is_down(record: Record) -> bool:
    """Tell whether the daemon was killed and is not back."""
    return record.turn("killed") is not None and _back(record) is None


def titles(grid: Grid) -> list[Text]:
    """Return who does what, over the columns."""
    room = " " * (len(MARGIN) * 2 + 4)
    upper = Text.assemble(room, fitted(Text("the newsroom", "bold"), 8 + len(MARGIN) + grid.headline))
    upper.append_text(Text.assemble(MARGIN, fitted(Text("newsbell", "bold"), grid.ring)))
    upper.append_text(Text.assemble(MARGIN, ("the desk", "bold")))
    cells = (Text(word, "dim") for word in ("   s", "in", "publishes", "rings", "receives"))
    return [upper, grid.line(*cells)]


def rule(width: int) -> Text:
    """Return a thin line."""
    return Text(MARGIN + "─" * (width - len(MARGIN) - 1), "bright_black")


def foot(record: Record, width: int, log: int) -> list[Text]:
    """Return the running score, and the newest `log` lines of the daemon's own log."""
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
    newest = [it.sentence for it in record.logs[-log:]]
    said = [
        Text.assemble(MARGIN, ("its log  " if not number else " " * 9, "dim"), (sentence, "dim"))
        for number, sentence in enumerate([*newest, *[""] * (log - len(newest))])
    ]
    return [rule(width), fitted(score, width - 1), *(fitted(line, width - 1) for line in said)]


# -- rows -------------------------------------------------------------------------------------


def rows(record: Record, now: float, width: int) -> list[Text]:
    """Return a row for what was there before, for each publication, and for the kill and what came of it."""
    grid, back = Grid.of(width), _back(record)
    found = [(0.0, _rule(wanted, grid)) for wanted in RULES]
    found.append((0.0, _before(record, grid)))
    found += [(it.at, _row(it, record, now, grid)) for it in record.published]
    found += [
        (
            turn.at,
            _banner(turn.at, "kill -9", _died(record, turn), DEAD, width),
        )
        for turn in record.turns
        if turn.what == "killed"
    ]
    if back:
        sentence = "it asks what it missed, and whom it owes an alert"
        found.append((back.at, _banner(back.at, "back", sentence, ALIVE, width)))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def _rule(wanted: Wanted, grid: Grid) -> Text:
    """Return what was asked for: the legend of the column of bells."""
    return grid.line(
        Text(), Text("rule", "dim"), Text(wanted.query, "italic"), _bell(wanted.name, grid), Text()
    )


def _bell(rule: str, grid: Grid) -> Text:
    severity = SEVERITIES[rule]
    text = Text(f"{severity.mark} {rule}", STYLES[severity])
    return text.append(f" {severity}", "dim") if grid.is_wide else text


def _before(record: Record, grid: Grid) -> Text:
    """Return what stood in the feeds when newsbell came."""
    noted = sum(it.items for it in record.baselines)
    missed = sum(it.would_have_rung for it in record.baselines)
    told = f"{noted} older headlines, {missed} match: noted" if noted else f"{len(OLD)} older headlines"
    cells = (" 0.0", "all", told, "not rung" if noted else "", "")
    return grid.line(*(Text(cell, "dim") for cell in cells))


def _row(it: Published, record: Record, now: float, grid: Grid) -> Text:
    is_told = (it.story.rings, it.story.slug) in record.due() and not record.is_due(it)
    receipts = [] if is_told else [got for got in record.receipts if got.slug == it.story.slug]
    rung_at = None
    if not is_told:
        rung_at = next((ring.at for ring in record.rings if _is_of(it, ring.rule, ring.slug)), None)
    is_new = now - it.at < FLASH
    return grid.line(
        Text(f"{it.at:4.1f}", "dim"),
        Text("both" if len(it.story.feeds) > 1 else it.story.feeds[0], "cyan" if is_new else "dim"),
        _headline(it, rung_at is not None, is_new, receipts),
        Text("told", "dim") if is_told else _ring(it, record, rung_at, now, grid),
        _desk(it, receipts, record, rung_at is not None, now, grid),
    )


def _is_of(it: Published, rule: str, slug: str) -> bool:
    return slug == it.story.slug and rule == it.story.rings


def _headline(it: Published, has_rung: bool, is_new: bool, receipts: Sequence[Received]) -> Text:
    """Return the headline: faint if nobody asked for it, with the words lit that the webhook named."""
    also = any(got.also for got in receipts)
    text = Text().append("edit: " if it.edited else "also: " if also else "", "italic dim")
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
        killed = record.turn("killed")
        is_unheard = _is_down(record) and killed is not None and it.at >= killed.at
        return Text("unheard", "red") if is_unheard else Text()
    text = _bell(it.story.rings, grid)
    if now - rung_at < FLASH:
        text.stylize("reverse")
    return text


def _desk(
    it: Published, receipts: Sequence[Received], record: Record, has_rung: bool, now: float, grid: Grid
) -> Text:
    mine = [got for got in receipts if got.rule == it.story.rings]
    accepted = next((got for got in mine if got.status == 204), None)
    refused = [got for got in mine if got.status != 204]
    if refused and accepted is None and _is_down(record):
        return Text("owed", "bold red reverse")
    if accepted is None:
        return Text("503, again" if refused else "…" if has_rung else "", "bold red" if refused else "dim")
    text = Text(f"✓ {accepted.at - it.at:3.1f} s", "bold green" if now - accepted.at < FLASH else "green")
    if grid.is_wide:
        text.append(f"  id {accepted.id[:8]}", "dim")
    if refused:
        again = ", after a 503" if grid.is_wide else " ↻"
        text.append(again, "red" if now - accepted.at < FLASH else "dim red")
    return text


def _died(record: Record, killed: Turn) -> str:
    """Return what the kill left undone."""
    had = {(got.rule, got.slug) for got in record.receipts if got.status == 204 and got.at < killed.at}
    owed = len({(ring.rule, ring.slug) for ring in record.rings if ring.at < killed.at} - had)
    alerts = "1 alert" if owed == 1 else f"{owed} alerts"
    return f"newsbell (pid {killed.pid}) died owing {alerts}. The news goes on."


def _banner(at: float, what: str, sentence: str, style: Style, width: int) -> Text:
    text = f"{MARGIN}{at:4.1f}{MARGIN}{what:<8}{MARGIN}{sentence}"
    return Text(set_cell_size(text, max(width - 1, cell_len(MARGIN))), style, no_wrap=True)
