"""What stands in the panels beside the wire, as entries of one line or two: alerts, sources, deliveries, rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from monitor.core.plurals import spell
from monitor.dashboard import rows
from monitor.dashboard.ink import (
    BAD,
    GOOD,
    LOUD,
    QUIET,
    SOURCE,
    ago,
    beside,
    clock,
    column,
    fit,
    plain,
    sparkline,
)
from monitor.dashboard.rows import Look
from monitor.dashboard.view import IN_TROUBLE, View, interval
from monitor.model import Alert, Delivery, Item, Severity
from monitor.store import SourceRow
from monitor.store.sqlite.asked.screen import Rang
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.model import Rule

HOURS = 24  # of a sparkline
WIDE = 100  # columns from which an alert takes one line
WARN = f"bold {LOUD[Severity.WARNING]}"
STATES = {
    "sent": ("✓", GOOD),
    "due": ("·", QUIET),
    "retrying": ("↻", WARN),
    "held": ("‖", QUIET),
    "dead": ("✗", f"bold {BAD}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something in a panel. The cursor rests on it if it has a `key`."""

    lines: tuple[Text, ...]
    key: str = ""
    item: str = ""  # id of the item it is about
    url: str = ""


def told(text: str, width: int) -> Entry:
    """Return a sentence in place of entries."""
    return Entry(lines=(fit(Text(f"  {text}", QUIET), width),))


# -- alerts -----------------------------------------------------------------------------------


def alerts(view: View, look: Look, width: int) -> list[Entry]:
    """Return all alerts, newest first; what this viewer has not seen bears a bar."""
    ruled = column((rows.what_rang(one) for one in view.alerts), 20)
    named = column((one.source for one in view.alerts), 20)
    found = []
    for number, one in enumerate(view.alerts):
        unseen, newest = one.id in view.unseen, number == 0
        lines: tuple[Text, ...]
        if width < WIDE:
            lines = rows.tall_alert(one, look, unseen=unseen, newest=newest, width=width)
        else:
            line = rows.alert(one, look, unseen=unseen, newest=newest, rules=ruled, names=named, width=width)
            lines = (line,)
        item = one.item
        found.append(
            Entry(key=one.id, lines=lines, item=item.id if item else "", url=item.url if item else "")
        )
    return found or [told("nothing has rung", width)]


def strip(view: View, look: Look, width: int, height: int) -> list[Text]:
    """Return the newest alerts in `height` lines at most: their line above the wire."""
    if not view.alerts or height < 1:
        return []
    shown: Sequence[Alert] = view.alerts[:height]
    hidden = len(view.unseen) - height
    if hidden > 0 and height > 1:
        shown, hidden = shown[:-1], hidden + 1
    ruled = column((rows.what_rang(one) for one in shown), 12 if width < 100 else 20)
    named = column((one.source for one in shown), 12 if width < 120 else 20)
    lines = [
        rows.alert(
            one,
            look,
            unseen=one.id in view.unseen,
            newest=number == 0,
            rules=ruled,
            names=named,
            width=width,
        )
        for number, one in enumerate(shown)
    ]
    if hidden > 0 and height > 1:
        lines.append(fit(Text(f"       and {hidden:,} more new ones: tab shows them", "bold"), width))
    return lines


# -- sources ----------------------------------------------------------------------------------


def sources(view: View, volumes: Mapping[str, Sequence[datetime]], look: Look, width: int) -> list[Entry]:
    """Return all sources, those in trouble first: volume of 24 hours, rhythm, last news, what is wrong."""
    ordered = sorted(view.sources, key=lambda row: (row.state not in IN_TROUBLE, not row.may_miss, row.name))
    names = column((row.name for row in ordered), min(24, max(10, width // 3)))
    found = [_source(row, volumes.get(row.name, ()), look, names, width) for row in ordered]
    return found or [told("no sources are configured: `newsbell add URL` adds one", width)]


def _source(row: SourceRow, seen: Sequence[datetime], look: Look, names: int, width: int) -> Entry:
    mark, style = _state(row)
    head = Text.assemble((f" {mark} ", style), fit(plain(row.name, SOURCE), names), "  ")
    bars = Text(sparkline(_hourly(seen, look.now)), "color(32)")
    last = max(seen, default=None)
    parts = [
        Text(f"{len(seen):>4,}/d"),
        Text(f"every {spell(every)}" if (every := interval(row)) else "", QUIET),
        Text(f"last {ago(look.now - last)} ago" if last else "", QUIET),
    ]
    line = head.append_text(bars) if cell_len(head.plain) + HOURS <= width else head
    for part in parts:
        if cell_len(line.plain) + cell_len(part.plain) + 2 <= width:
            line = line.append("  ").append_text(part)
    lines = [fit(line, width)]
    if trouble := _trouble(row, look):
        lines.append(fit(Text("     ").append_text(plain(trouble, WARN if mark == "✗" else QUIET)), width))
    return Entry(key=row.name, lines=tuple(lines), url=row.url)


def _state(row: SourceRow) -> tuple[str, str]:
    if row.state in IN_TROUBLE:
        return "✗", f"bold {BAD}"
    if row.state == "ok":
        return ("!", WARN) if row.may_miss else ("●", GOOD)
    return "○", QUIET


def _trouble(row: SourceRow, look: Look) -> str:
    if row.state in IN_TROUBLE:
        times = f", {row.failures} times in a row" if row.failures > 1 else ""
        since = f"; good {ago(look.now - row.last_ok_at)} ago" if row.last_ok_at else ""
        return f"{row.error or row.state}{times}{since}"
    if row.state in ("new", "paused"):
        return "not polled yet" if row.state == "new" else "paused in the configuration"
    return f"may miss items: {row.may_miss}" if row.may_miss else ""


def _hourly(seen: Sequence[datetime], now: datetime) -> list[int]:
    counts = [0] * HOURS
    for at in seen:
        hours = int((now - at) / timedelta(hours=1))
        if 0 <= hours < HOURS:
            counts[HOURS - 1 - hours] += 1
    return counts


# -- deliveries and rules ---------------------------------------------------------------------


def deliveries(told_: Sequence[Delivery], look: Look, width: int) -> list[Entry]:
    """Return deliveries, newest first, with what stands in their way."""
    names = column((one.notifier for one in told_), 14)
    return [_delivery(one, look, names, width) for one in told_] or [told("nothing was told yet", width)]


def _delivery(one: Delivery, look: Look, names: int, width: int) -> Entry:
    mark, style = STATES[one.state]
    alert = one.alert
    line = Text.assemble(
        (f" {mark} ", style),
        (clock(one.sent_at or one.created_at, look.today, look.timezone), QUIET),
        fit(plain(one.notifier, SOURCE), names),
        (f"  {alert.severity.mark} ", f"bold {LOUD[alert.severity]}"),
    ).append_text(rows.alert_said(alert, look, width))
    lines = [fit(line, width)]
    if why := _why(one):
        lines.append(fit(Text("         ").append_text(plain(why, style if mark in "✗↻" else QUIET)), width))
    item = alert.item
    return Entry(key=one.id, lines=tuple(lines), item=item.id if item else "", url=item.url if item else "")


def _why(one: Delivery) -> str:
    if one.state == "sent":
        return f"after {one.attempts} attempts" if one.attempts > 1 else ""
    said = {"due": "waits to be sent", "retrying": "is tried again", "dead": "given up", "held": "held"}
    reason = f": {one.reason}" if one.reason else ""
    tried = f", {one.attempts} attempt{'' if one.attempts == 1 else 's'}" if one.attempts else ""
    return f"{said[one.state]}{reason}{tried}{f', {one.last_error}' if one.last_error else ''}"


def rules(
    known: "Sequence[Rule]", rang: Mapping[str, Rang], past: Mapping[str, str], look: Look, width: int
) -> list[Entry]:
    """Return all rules, those that rang lately first, with their counts of a day and a week.

    `past` has, by rule, what is to be said of how often it would have rung.
    """
    never = Rang(day=0, week=0, last_at=datetime.min.replace(tzinfo=look.now.tzinfo))
    ordered = sorted(known, key=lambda rule: rang.get(rule.name, never).last_at, reverse=True)
    return [_rule(rule, rang.get(rule.name), past.get(rule.name, ""), look, width) for rule in ordered] or [
        told("no rules are configured", width)
    ]


def _rule(rule: "Rule", rang: Rang | None, past: str, look: Look, width: int) -> Entry:
    loud = f"bold {LOUD[rule.severity]}"
    counts = f"{rang.day:,} in 24 h  {rang.week:,} in 7 d" if rang else "silent for 7 d"
    last = f"  last {ago(look.now - rang.last_at)} ago" if rang else ""
    head = Text.assemble((f" {rule.severity.mark} ", loud)).append_text(plain(rule.name, loud))
    return Entry(
        key=rule.name,
        lines=(
            beside(head, Text(counts + last, "" if rang else QUIET), width),
            fit(Text("   ").append_text(plain(rule.query, QUIET)), width),
            *(fit(Text(f"   {line}"), width) for line in wrap(past, max(20, width - 4))),
        ),
    )


# -- a story ----------------------------------------------------------------------------------


def story(members: Sequence[Item], current: str, look: Look, width: int) -> list[Entry]:
    """Return who tells a story, the first teller first; the item whose story it is bears a mark."""
    names = column((item.source for item in members), 16)
    found = []
    for item in members:
        mark = ("▸ ", "bold") if item.id == current else "  "
        line = Text.assemble(
            " ",
            mark,
            (clock(item.first_seen_at, look.today, look.timezone), QUIET),
            fit(plain(item.source, SOURCE), names),
            "  ",
        ).append_text(plain((item.title or item.summary)[: width * 8]))
        found.append(Entry(key=item.id, lines=(fit(line, width),), item=item.id, url=item.url))
    if len(found) == 1:
        found.append(told("nobody else tells it", width))
    return found or [told("enter on a headline shows its story here", width)]
