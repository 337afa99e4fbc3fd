"""A view drawn: so many lines of so many cells, and nothing that depends on anything else."""

import re
from collections.abc import Iterable
from datetime import date, datetime, tzinfo

from rich.cells import cell_len
from rich.text import Text

from monitor.core.render import also_in, safe
from monitor.dashboard import status
from monitor.dashboard.view import View, WireRow, troubles
from monitor.model import Alert, Item, Severity, Span

WIDE = 140  # columns from which the panes stand side by side
# from the 6x6x6 cube, each with a contrast of 3 or more on black and on white; `rich` maps them to fewer
LOUD = {Severity.INFO: "color(32)", Severity.WARNING: "color(166)", Severity.CRITICAL: "color(160)"}
SOURCE = "color(30)"
QUIET = "dim"
CLOCK = 6  # cells of a time or a day
# Terminals do not agree how wide these make an emoji: without them it is as wide everywhere.
_UNSURE = re.compile("\ufe0f|(?<=[\u2190-\u2bff\U0001f000-\U0001faff])[\u200d\U0001f3fb-\U0001f3ff]")


def render(view: View, *, width: int, height: int, now: datetime, timezone: tzinfo | None) -> Text:
    """Return `height` lines of `width` cells each; `timezone` None is the machine's."""
    bottom = [*_troubles(view, width, height, now), status.line(view, width, now, timezone)]
    room = max(0, height - len(bottom))
    page = _Page(view, now.astimezone(timezone).date(), timezone)
    if room < 5 or width < 30:  # no room for two panes
        body = page.wire(width, room)
    elif width >= WIDE:
        body = _beside(page, width, room)
    else:
        body = _stacked(page, width, room)
    lines = [*body, *bottom][-height:] if height > 0 else []
    return Text("\n", end="").join(fit(line, width) for line in lines)


def fit(text: Text, width: int) -> Text:
    """Return `text` in exactly `width` cells: cut with an ellipsis, or filled with blanks.

    >>> fit(Text("headline"), 6).plain, fit(Text("日本語"), 5).plain
    ('headl…', '日本…')
    """
    fitted = text.copy()
    if cell_len(text.plain) > width:
        fitted.truncate(max(0, width - 1), overflow="crop")
        fitted.rstrip()  # also the half of a wide character
        fitted.append("…" if width > 0 else "")
    fitted.append(" " * (width - cell_len(fitted.plain)))
    return fitted


def headline(item: Item, spans: Iterable[Span], severity: Severity | None, *, room: int) -> Text:
    """Return what an item says, matched words lit; never markup, nothing that a terminal obeys."""
    field, said = ("title", item.title) if item.title else ("summary", item.summary or "(no title)")
    text = Text(safe(said[: room * 8]))  # more characters than fill the room, marks and joiners included
    for span in spans:
        if span.field == field and severity is not None:
            text.stylize(f"bold {LOUD[severity]}", span.start, min(span.end, len(text)))
    return _sure(text)


def _sure(text: Text) -> Text:
    edges = [edge for match in _UNSURE.finditer(text.plain) for edge in match.span()]
    return Text().join(text.divide(edges)[::2]) if edges else text


def _stacked(page: "_Page", width: int, room: int) -> list[Text]:
    """Put the alerts above the wire: three tenths of the room, less where there are few."""
    most = max(3, room * 3 // 10)
    alerts = page.alerts(width, most + 1)
    return [*alerts, *page.wire(width, room - len(alerts))]


def _beside(page: "_Page", width: int, room: int) -> list[Text]:
    """Put the alerts to the right of the wire, two lines each."""
    left = (width - 3) * 58 // 100
    right = width - 3 - left
    wire = page.wire(left, room)
    alerts = page.alerts(right, room, tall=True)
    alerts += [Text()] * (room - len(alerts))
    edges = [("─┬─" if number == 0 else " │ ") for number in range(room)]
    return [
        Text.assemble(fit(a, left), (edge, QUIET), fit(b, right))
        for a, edge, b in zip(wire, edges, alerts, strict=True)
    ]


def _title(name: str, note: str, width: int) -> Text:
    end = f" {note} ─" if note else ""
    line = "─" * max(0, width - cell_len(name) - cell_len(end) - 3)
    return fit(Text.assemble(("─ ", QUIET), (name, "bold"), (f" {line}{end}", QUIET)), width)


def _troubles(view: View, width: int, height: int, now: datetime) -> list[Text]:
    """Return sentences for the foot of the screen: few on a small one."""
    most = 1 if height <= 24 else 2 if height <= 40 else 4
    said = troubles(view, now)
    if len(said) > most:
        more = len(said) - most + 1
        last = f"{said[most - 1]} · {more - 1} more" if most == 1 else f"and {more} more"
        said = [*said[: most - 1], last]
    return [_trouble(sentence, width) for sentence in said]


def _trouble(sentence: str, width: int) -> Text:
    return fit(Text.assemble(("! ", f"bold {LOUD[Severity.WARNING]}"), safe(sentence)), width)


class _Page:
    """A view with what its rows need: the reader's zone and day."""

    def __init__(self, view: View, today: date, timezone: tzinfo | None) -> None:
        self.view = view
        self.today = today
        self.timezone = timezone

    def clock(self, at: datetime) -> str:
        """Return the time of today, the day of any other."""
        local = at.astimezone(self.timezone)
        return f"{local:%H:%M} " if local.date() == self.today else f"{local:%d %b}"

    # -- the wire ------------------------------------------------------------------------------

    def wire(self, width: int, height: int) -> list[Text]:
        """Return a title and rows, newest first, a line between the days."""
        if height <= 0:
            return []
        rows = self.view.wire[: height - 1]
        names = _column((row.item.source for row in rows), 12 if width < 72 else 16 if width < 120 else 24)
        lines = [_title("wire", self._noted(), width)]
        day = self.today
        for row in rows:
            local = row.at.astimezone(self.timezone)
            if local.date() != day:
                day = local.date()
                lines.append(_day(day, self.today, width))
            lines.append(self._wire_row(row, names, width))
        if not rows:
            lines.append(Text(f"  {self._why_empty()}", QUIET))
        return (lines + [Text()] * height)[:height]

    def _wire_row(self, row: WireRow, names: int, width: int) -> Text:
        local = row.at.astimezone(self.timezone)
        mark = (row.severity.mark, f"bold {LOUD[row.severity]}") if row.severity else (" ", "")
        return fit(
            Text.assemble(
                (f"{local:%H:%M} ", QUIET),
                mark,
                " ",
                (fit(Text(safe(row.item.source), SOURCE), names)),
                "  ",
                headline(row.item, row.spans, row.severity, room=width),
            ),
            width,
        )

    def _noted(self) -> str:
        """Return what the first bodies held, where this monitor fetched them before our eyes."""
        first = [row for row in self.view.sources if row.baselined_at]
        if not (self.view.alone and first):
            return ""
        noted = sum(row.baseline_items or 0 for row in first)
        match = sum(row.baseline_matches or 0 for row in first)
        return f"{noted:,} were there at first, {match:,} of them match"

    def _why_empty(self) -> str:
        if self.view.totals is None:
            return "the store could not be read yet" if self.view.trouble else "reading"
        if not self.view.totals.sources:
            return "no sources are configured: `newsbell add URL` adds one"
        return "nothing was seen yet"

    # -- the alerts ----------------------------------------------------------------------------

    def alerts(self, width: int, height: int, *, tall: bool = False) -> list[Text]:
        """Return a title and alerts, newest first: what this viewer has not seen bears a bar."""
        view, most = self.view, max(1, (height - 1) // (2 if tall else 1))
        shown = view.alerts[:most]
        hidden = len(view.unseen) - most
        if hidden > 0:
            shown, hidden = shown[:-1], hidden + 1
        names = _column((alert.source for alert in shown), 0 if width < 72 else 12 if width < 120 else 16)
        rules = _column((_what(alert) for alert in shown), 12 if width < 100 else 20)
        lines = [_title("alerts", f"{len(view.unseen):,} new" if view.unseen else "", width)]
        for alert in shown:
            lines += self._tall(alert, width) if tall else [self._flat(alert, rules, names, width)]
        if hidden > 0:
            lines.append(Text(f"  and {hidden:,} more new ones" + self._where(), "bold"))
        if not view.alerts:
            lines.append(Text("  nothing has rung", QUIET))
        return lines

    def _where(self) -> str:
        return "" if self.view.alone else ": `newsbell alerts`"

    def _bar(self, alert: Alert) -> tuple[str, str]:
        return ("▎" if alert.id in self.view.unseen else " ", LOUD[alert.severity])

    def _flat(self, alert: Alert, rules: int, names: int, width: int) -> Text:
        loud = f"bold {LOUD[alert.severity]}"
        source = Text.assemble("  ", fit(Text(safe(alert.source), SOURCE), names)) if names else Text()
        line = Text.assemble(
            self._bar(alert),
            (self.clock(alert.at), QUIET),
            (f"{alert.severity.mark} ", loud),
            fit(Text(safe(_what(alert)), loud), rules),
            "  ",
            self._said(alert, width),
        )
        return Text.assemble(fit(line, width - cell_len(source.plain)), source)

    def _tall(self, alert: Alert, width: int) -> list[Text]:
        loud = f"bold {LOUD[alert.severity]}"
        head = Text.assemble(
            self._bar(alert),
            (self.clock(alert.at), QUIET),
            (f"{alert.severity.mark} {safe(_what(alert))}", loud),
            "  ",
            (safe(alert.source), SOURCE),
        )
        return [head, Text.assemble(self._bar(alert), " " * CLOCK, "  ", self._said(alert, width))]

    def _said(self, alert: Alert, width: int) -> Text:
        if alert.item is None:
            return Text(safe(alert.sentence[: width * 8]))
        said = headline(alert.item, alert.spans, alert.severity, room=width)
        return said.append(f"  {safe(also_in(alert))}", QUIET) if alert.also_in else said


def _what(alert: Alert) -> str:
    return alert.rule or str(alert.type)


def _column(texts: Iterable[str], most: int) -> int:
    """Return the cells that the longest of `texts` takes, `most` at most."""
    return min(most, max((cell_len(safe(text)) for text in texts), default=0))


def _day(day: date, today: date, width: int) -> Text:
    year = "" if day.year == today.year else f" {day.year}"
    label = f"{day:%A} {day.day} {day:%B}{year}"
    return Text(f"── {label} ".ljust(width, "─"), QUIET)
