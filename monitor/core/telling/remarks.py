"""An alert as people read it: on one plain line, and what a line says of it beside what it is about."""

from datetime import UTC, tzinfo

from monitor.core import diff
from monitor.core.telling.render import ELLIPSIS, safe
from monitor.core.voices import publisher
from monitor.model import Alert

ALSO_NAMED = 3  # publishers that a line names


def headline(alert: Alert, *, zone: tzinfo | None = UTC) -> str:
    """Return an alert as one plain line; `zone` None is the machine's.

    "CRITICAL escalation: Title (source, 14:05, also in b.example) https://..."; a type without an item says its sentence.
    """
    label = alert.rule or str(alert.type)
    if alert.item is None:
        return safe(f"{alert.severity.upper()} {label}: {alert.sentence}".rstrip(": "))
    item = alert.item
    line = f"{alert.severity.upper()} {label}: {item.title or item.summary or '(no title)'}"
    about = ", ".join(
        filter(
            None,
            (item.source, clock(alert, zone=zone), what_changed(alert), together(alert), also_in(alert)),
        )
    )
    return safe(f"{_shortened(line)} ({about}) {item.url}".rstrip())


def also_in(alert: Alert) -> str:
    """Return which other publishers tell the story, "" where none does: "also in a.example, b.example and 2 more"."""
    own = publisher(alert.item) if alert.item else ""
    named = dict.fromkeys(one.publisher or one.source for one in alert.also_in)
    others = [one for one in named if one != own]
    if not others:
        return ""
    more = alert.publishers - len({own, *others[:ALSO_NAMED]})
    return f"also in {', '.join(others[:ALSO_NAMED])}" + (f" and {more} more" if more > 0 else "")


def together(alert: Alert) -> str:
    """Return which matches a rule waited for before it rang, "" if for none: "with 2 more, of a.example, b.example".

    Of a burst it says first what is usual: "9 matches within 60 min, usually 1.2: with 8 more, of a.example"; of what is taken back
    that it is.
    """
    if not alert.members:
        return alert.sentence if alert.item else ""
    names = list(dict.fromkeys(one.publisher or one.source for one in alert.members))
    more = f" and {len(names) - ALSO_NAMED} others" if len(names) > ALSO_NAMED else ""
    usual = f"{alert.sentence}: " if alert.sentence else ""
    return f"{usual}with {len(alert.members)} more, of {', '.join(names[:ALSO_NAMED])}{more}"


def remarks(alert: Alert, *, zone: tzinfo | None = UTC) -> list[str]:
    """Return all that a line says of an alert beside what it is about."""
    said = (what_changed(alert), together(alert), also_in(alert), why_held(alert, zone=zone))
    return [one for one in said if one]


def what_changed(alert: Alert) -> str:
    """Return what an edit changed of what was told, "" where none did: "edited: Fire kills [-3-] {+7+}"."""
    if alert.edit is None or alert.item is None:
        return ""
    sides = ((alert.edit.title, alert.item.title), (alert.edit.summary, alert.item.summary))
    changed = next(((old, new) for old, new in sides if old != new), None)
    return _shortened(f"edited: {diff.marked(diff.words(*changed))}") if changed else "edited"


def why_held(alert: Alert, *, zone: tzinfo | None = UTC) -> str:
    """Return why an alert is told to nobody by itself, "" where it is told: "held: cooldown until 14:35, joins 0e3c5b7a"."""
    held = alert.held
    if held is None:
        return ""
    detail = f" ({held.detail})" if held.detail else ""
    until = (
        f"{held.until.astimezone(zone):%Y-%m-%d %H:%M}" if held.until else "its story tells something else"
    )
    joins = f", joins {held.joins[:8]}" if held.joins else ""
    silence = f", by silence {held.silence[:8]}" if held.silence else ""
    stays = "; it stays held" if held.silence else ""
    return f"held: {held.reason}{detail} until {until}{joins}{silence}{stays}"


def _shortened(line: str, longest: int = 500) -> str:
    return line if len(line) <= longest else line[: longest - 1].rstrip() + ELLIPSIS


def clock(alert: Alert, *, zone: tzinfo | None = UTC) -> str:
    """Return when an alert's item was published, at the latest, as one says it in `zone`.

    "14:05", or with its date where that is not the day of the alert. Of a date alone, or of none, it is
    when the item was first seen.
    """
    at = alert.at
    if alert.item:
        at = min(alert.item.published.latest, alert.item.first_seen_at)
    local, today = at.astimezone(zone), alert.at.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"


def zoned(alert: Alert, zone: tzinfo) -> str:
    """Return `clock` with the name of the zone, for those who read it elsewhere: "14:05 EET"."""
    return f"{clock(alert, zone=zone)} {alert.at.astimezone(zone):%Z}"
