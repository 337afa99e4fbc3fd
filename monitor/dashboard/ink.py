"""How things look: colours, widths, and texts of strangers that nothing obeys."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo

from rich.cells import cell_len
from rich.text import Text

from monitor.core import diff
from monitor.core.telling.render import safe
from monitor.model import Severity, Span

# From the 6x6x6 cube, each with a contrast of 3 or more on black and on white: the background is the terminal's.
# `rich` maps them to fewer where there are fewer.
LOUD = {Severity.INFO: "color(32)", Severity.WARNING: "color(166)", Severity.CRITICAL: "color(160)"}
SOURCE = "color(30)"
GOOD = "color(28)"
BAD = "color(160)"
QUIET = "dim"
EDITED = "✎"  # stands before a headline that was edited
GONE = "strike dim"
CAME = "underline"
SPARKS = "▁▂▃▄▅▆▇█"
# Terminals do not agree how wide these make an emoji, or what stands before: without them it is as wide everywhere.
_UNSURE = re.compile(
    "^[\ufe0f\u200c\u200d]+|\ufe0f|(?<=[\u2190-\u2bff\U0001f000-\U0001faff])[\u200d\U0001f3fb-\U0001f3ff]"
)


def short(text: Text, width: int) -> Text:
    """Return `text` in at most `width` cells: what is too long is cut, with an ellipsis.

    >>> short(Text("headline"), 6).plain, short(Text("日本語"), 5).plain, short(Text("news"), 6).plain
    ('headl…', '日本…', 'news')
    """
    cut = text.copy()
    if cell_len(text.plain) > width:
        cut.truncate(max(0, width - 1), overflow="crop")
        cut.rstrip()  # also the half of a wide character
        cut.append("…" if width > 0 else "")
    return cut


def fit(text: Text, width: int) -> Text:
    """Return `text` in exactly `width` cells: cut, or filled with blanks."""
    fitted = short(text, width)
    fitted.append(" " * (width - cell_len(fitted.plain)))
    return fitted


def beside(text: Text, end: Text, width: int) -> Text:
    """Return `text` and, at the right edge, `end`, in exactly `width` cells."""
    room = width - cell_len(end.plain) - 1
    if not end or room < width // 2:
        return fit(text, width)
    return fit(text, room).append(" ").append_text(end)


def plain(text: str, style: str = "") -> Text:
    """Return a stranger's text: never markup, nothing that a terminal obeys."""
    return sure(Text(safe(text), style))


def headline(title: str, spans: Iterable[Span], severity: Severity | None, *, room: int) -> Text:
    """Return a title with the words lit that a rule matched."""
    text = Text(safe(title[: room * 8]))  # more characters than fill the room, marks and joiners included
    for span in spans:
        if span.field == "title" and severity is not None:
            text.stylize(f"bold {LOUD[severity]}", span.start, min(span.end, len(text)))
    return sure(text)


def edited(was: str, title: str, spans: Iterable[Span], severity: Severity | None, *, room: int) -> Text:
    """Return a title with what an edit took struck and what it brought underlined, where all of that is seen.

    >>> edited("Fire kills 3", "Fire kills 7", (), None, room=30).plain
    '✎ Fire kills 3 7'
    """
    new = headline(title, spans, severity, room=room)
    text, at, changed = Text.assemble((f"{EDITED} ", QUIET)), 0, 0
    for part in diff.words(was, title) if was and len(was) + len(title) < room * 4 else ():
        space, words = part.text[: len(part.text) - len(part.text.lstrip())], part.text.lstrip()
        if part.what == "gone":
            text.append(space).append(safe(words), GONE).append("" if space else " ")
        else:
            piece = new[at : at + len(part.text)]
            if part.what == "new":
                piece.stylize(CAME, len(space))
            text.append_text(piece)
            at += len(part.text)
        changed = changed if part.what == "same" else cell_len(text.plain)
    if at != len(title) or changed >= room:
        return Text.assemble((f"{EDITED} ", QUIET), new)
    return sure(text)


def sure(text: Text) -> Text:
    """Take out what makes a character as wide as no two terminals agree; styles stay at their words."""
    if not _UNSURE.search(text.plain):
        return text
    kept, at = Text(), 0
    for found in _UNSURE.finditer(text.plain):
        kept.append_text(text[at : found.start()])
        at = found.end()
    return kept.append_text(text[at:])


def column(texts: Iterable[str], most: int) -> int:
    """Return the cells that the longest of `texts` takes, `most` at most."""
    return min(most, max((cell_len(safe(text)) for text in texts), default=0))


def rule_line(label: str, width: int, *, note: str = "", style: str = "bold") -> Text:
    """Return a line with a label in it and a note at its end, in `width` cells; a long label is cut."""
    end = f" {note} ─" if note else ""
    said = short(Text(label, style), width - cell_len(end) - 4)
    line = "─" * (width - cell_len(said.plain) - cell_len(end) - 3)
    return fit(Text.assemble(("─ ", QUIET), said, (f" {line}{end}", QUIET)), width)


def day_line(day: date, today: date, width: int) -> Text:
    """Return the line between two days: "── Saturday 28 February ────"."""
    year = "" if day.year == today.year else f" {day.year}"
    label = f"── {day:%A} {day.day} {day:%B}{year} "
    return Text(label + "─" * (width - cell_len(label)), QUIET)


def sparkline(counts: Iterable[int]) -> str:
    """Return a bar for each count, as high as it is beside the highest; nothing is a blank.

    >>> sparkline([0, 1, 4, 8])
    ' ▁▄█'
    """
    counts = list(counts)
    most = max(counts, default=0)
    return "".join(" " if not n else SPARKS[-(-n * len(SPARKS) // most) - 1] for n in counts)


def ago(span: timedelta) -> str:
    """Return a time that has passed, in its greatest unit.

    >>> [ago(timedelta(seconds=s)) for s in (-3, 59, 60, 7_199, 90_000, 10**7)]
    ['now', '59 s', '1 min', '1 h', '1 d', '115 d']
    """
    seconds = int(span.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "now"


def clock(at: datetime, today: date, timezone: tzinfo | None) -> str:
    """Return the time of today, the day of any other, in six cells."""
    local = at.astimezone(timezone)
    return f"{local:%H:%M} " if local.date() == today else f"{local:%d %b}"
