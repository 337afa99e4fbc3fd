"""One line of the wire, one of the alerts: from left to right when, how loud, who, what."""

from collections.abc import Iterable
from datetime import date, datetime, tzinfo

from rich.cells import cell_len
from rich.text import Text

from monitor.answers.wire import WireRow
from monitor.core.telling.remarks import remarks
from monitor.core.telling.render import safe
from monitor.dashboard import quiet
from monitor.dashboard.ink import LOUD, QUIET, SOURCE, beside, clock, column, edited, fit, headline, plain
from monitor.model import Alert, Item, Silence
from monitor.values import dataclass

WIDE = 100  # columns from which "also in" is said in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all rows of a screen share."""

    now: datetime
    timezone: tzinfo | None  # None: the machine's
    silences: tuple[Silence, ...] = ()  # that go on

    @property
    def today(self) -> date:
        """Return the reader's day."""
        return self.now.astimezone(self.timezone).date()


def wire(row: WireRow, look: Look, *, names: int, width: int) -> Text:
    """Return an item in `width` cells, its source in `names` of them."""
    local = row.at.astimezone(look.timezone)
    mark = (row.severity.mark, f"bold {LOUD[row.severity]}") if row.severity else (" ", "")
    head = Text.assemble(
        (f"{local:%H:%M} ", QUIET), mark, " ", fit(plain(row.item.source, SOURCE), names), "  "
    )
    others = _others(row.others, width)
    room = width - cell_len(head.plain) - (cell_len(others) + 1 if others else 0)
    return beside(head.append_text(said(row, room)), Text(others, QUIET), width)


def said(row: WireRow, room: int) -> Text:
    """Return what a row says in about `room` cells: matched words lit, edits struck."""
    item = row.item
    if not item.title:
        return _summary(item, room)
    if item.revision > 1:
        return edited(row.was, item.title, row.spans, row.severity, room=room)
    return headline(item.title, row.spans, row.severity, room=room)


def _summary(item: Item, room: int) -> Text:
    return plain(item.summary[: room * 8] or "(no title)", "italic")


def _others(others: int, width: int) -> str:
    if not others:
        return ""
    return f"also in {others}" if width >= WIDE else f"+{others}"


def names(sources: Iterable[str], width: int) -> int:
    """Return the cells for the names of sources on a wire of `width`."""
    return column(sources, 12 if width < 90 else 16 if width < 120 else 22)


# -- alerts -----------------------------------------------------------------------------------


def alert(one: Alert, look: Look, *, unseen: bool, newest: bool, rules: int, names: int, width: int) -> Text:
    """Return an alert in one line, the newest on a ground of its colour, the source at the end."""
    loud = f"bold {LOUD[one.severity]}"
    what = fit(plain(what_rang(one)), rules)
    badge = Text(f" {one.severity.mark} ").append_text(what).append(" ")
    badge.stylize(f"{loud} reverse" if newest else loud)
    line = Text.assemble(
        _bar(one, unseen=unseen), (clock(one.at, look.today, look.timezone), QUIET), badge, " "
    )
    source = fit(plain(one.source, f"bold {SOURCE}" if newest else SOURCE), names) if names else Text()
    line.append_text(alert_said(one, look, width, bold=newest))
    return beside(line, source, width)


def tall_alert(one: Alert, look: Look, *, unseen: bool, newest: bool, width: int) -> tuple[Text, Text]:
    """Return an alert in two lines: when, which rule and who; then what."""
    loud = f"bold {LOUD[one.severity]}"
    bar = _bar(one, unseen=unseen)
    badge = plain(f" {one.severity.mark} {what_rang(one)} ", f"{loud} reverse" if newest else loud)
    head = Text.assemble(bar, (clock(one.at, look.today, look.timezone), QUIET), badge, "  ")
    head.append_text(plain(one.source, f"bold {SOURCE}" if newest else SOURCE))
    body = Text.assemble(bar, " " * 7).append_text(alert_said(one, look, width, bold=newest))
    return fit(head, width), fit(body, width)


def _bar(one: Alert, *, unseen: bool) -> tuple[str, str]:
    return ("▎" if unseen else " ", LOUD[one.severity])


def alert_said(one: Alert, look: Look, width: int, *, bold: bool = False) -> Text:
    """Return what an alert is about: its headline, lit, and who else tells it; or its sentence."""
    if one.item is None:
        text = plain(one.sentence[: width * 8])
    elif not one.item.title:
        text = _summary(one.item, width)
    else:
        text = headline(one.item.title, one.spans, one.severity, room=width)
    if bold:
        text.stylize("bold")
    for found in (quiet.said(one, look.silences, look.now, look.timezone), *remarks(one, zone=look.timezone)):
        text.append(f"  {safe(found)}" if found else "", QUIET)
    return text


def what_rang(one: Alert) -> str:
    """Return the rule's name, or the type of what no rule rang."""
    return one.rule or str(one.type)
