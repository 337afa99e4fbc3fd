"""When a row says that it is of: the minute it displays, as text, and the day that stands beside it.

What is displayed says more of a row than the instant it is read as: it stays while zones, years and "today" are guessed anew.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import time

from monitor.core.dates.datetexts import read
from monitor.core.dates.readings import MINUTE, Reading
from monitor.model import RawDate

_CLOCK = re.compile(
    r"(?<![\d.:])(\d{1,2})\s?[:.h]\s?([0-5]\d)(?:[:.]\d\d(?:[.,]\d+)?)?(?![\d.:]\d)\s?([ap]\.?m\b)?",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_BETWEEN = " ,|·-–—"  # a clock and the date behind it


def minute(dates: Sequence[RawDate]) -> str:
    """Return the minute that is displayed for an entry, "" if none is: "5 min ago" is another each time.

    A clock time alone is the same minute each day, and so is one with a date without its year, which may come and
    go beside it; a day divider counts if it has a number in it, for "today" is "yesterday" tomorrow. Seconds and
    zone do not count.

    >>> minute([RawDate(text="3:44 PM")]), minute([RawDate(text="15h44", day="11 March")])
    ('15:44', '11 march 15:44')
    >>> minute([RawDate(text="Mon, 11 Mar 2024 15:44:07 GMT")]), minute([RawDate(text="5 min ago")])
    ('mon, 11 mar 2024 15:44', '')
    """
    date = _first(dates)
    if date is None:
        return ""
    text = _plain(date.text)
    if _EPOCH.fullmatch(text):
        return f"{int(text[:10]) // 60}"
    clock, start, end = _clock(text, read(date.text))
    return f"{_day(text[:start], text[end:], date.day)} {clock}".strip() if clock else ""


def timeless(shown: str) -> bool:
    """Tell whether a displayed minute is a clock time alone, which comes back each day."""
    return len(shown) == len("15:44")


def beside(dates: Sequence[RawDate]) -> str:
    """Return the day that stands beside the clock of an entry, "" where none does, or it is in doubt.

    >>> beside([RawDate(text="12 March, 08:00")]), beside([RawDate(text="Mon 08:00")]), beside([RawDate(text="03/04 08:00")])
    ('03-12', 'weekday 0', '')
    """
    date = _first(dates)
    says = read(date.text) if date else None
    day = says.day if says else None
    if day is None or day.swapped:
        return ""
    if day.month is not None and day.day is not None:
        return f"{day.month:02}-{day.day:02}"
    return "" if day.weekday is None else f"weekday {day.weekday}"


def _first(dates: Sequence[RawDate]) -> RawDate | None:
    return next((date for date in dates if date.origin != "updated" and date.text), None)


def _clock(text: str, says: Reading | None) -> tuple[str, int, int]:
    """Return the clock in a text and where it stands: "12.03 15:44" has one behind its date. As it is read, if
    that is to the minute, else by its figures."""
    read_as = _wall(says)
    if says is not None and read_as is None:
        return "", 0, 0
    found = [one for one in _CLOCK.finditer(text) if int(one[1]) < 24]
    for one in found:
        if read_as and (int(one[1]) - read_as.hour) % 12 == 0 and int(one[2]) == read_as.minute:
            return f"{read_as:%H:%M}", *one.span()
    if found:
        return _figures(found[0]), *found[0].span()
    return (f"{read_as:%H:%M}" if read_as else ""), 0, 0


def _wall(says: Reading | None) -> time | None:
    if says is None or says.width > MINUTE:
        return None
    return says.at.time() if says.at else says.clock


def _figures(found: re.Match[str]) -> str:
    hour, half = int(found[1]), found[3]
    return f"{hour % 12 + 12 * half.startswith('p') if half else hour:02}:{found[2]}"


def _day(before: str, behind: str, divider: str) -> str:
    """Return the date around a clock, if it has a year, else its day divider without the clock that may stand in it."""
    if _DATED.search(before):
        return before.removesuffix("t").rstrip()
    if _DATED.search(behind):
        return behind.lstrip(_BETWEEN)
    day = _plain(_CLOCK.sub("", divider))
    return day if any(map(str.isdigit, day)) else ""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()
