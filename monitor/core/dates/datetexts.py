"""What a date text says, before anything else is known: an instant, a day, a bare clock time, an age.

`read` is a pure grammar over one text. Which day a bare "15:44" was, and in which zone, is for
`core/dates/timestamps`; here only the words count.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal

from monitor.core.dates import datewords
from monitor.core.dates.datewords import fold
from monitor.values import dataclass

Shape = Literal["instant", "local", "day", "clock", "ago", "duration"]

LONGEST = 120  # characters that are read of a text
WORDS = 6  # of a stamp without a digit ("il y a une heure")
EXACT = timedelta(0)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = timedelta(days=1)
OLDEST = timedelta(days=20 * 366)  # that an age may say
FARTHEST = timedelta(hours=14)  # from UTC that a clock anywhere is


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as a text names it: by its date, by its weekday, or counted from today."""

    year: int | None = None  # None: the text leaves it out
    month: int | None = None
    day: int | None = None
    swapped: bool = False  # "03/04/2024" may be April as well
    order: Literal["", "dm", "md"] = ""  # that "25/03/2024" and "03/25/2024" show, for the others of a list
    year_first: bool = False  # "24-03-12" may begin with its year
    ago: int | None = None  # 0 today, 1 yesterday
    weekday: int | None = None  # 0 Monday, the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a date text says.

    | shape | has |
    |---|---|
    | instant | `at`, aware |
    | local | `day` and `clock` |
    | day | `day` |
    | clock | `clock` |
    | ago | `ago`, before now |
    | duration | nothing: it dates nothing |
    """

    shape: Shape
    at: datetime | None = None
    day: Day | None = None
    clock: time | None = None  # naive
    zone: str = ""  # that the text states: "UTC", "+05:30" or a name of the tz database
    ago: timedelta | None = None
    width: timedelta = EXACT  # what the text leaves open: "15:44" is any moment of a minute


def read(text: str) -> Reading | None:
    """Return what `text` says, None where it is no date. Never raises.

    >>> read("3:44 PM").clock, read("kl 12.17").clock, read("15 h 44").shape
    (datetime.time(15, 44), datetime.time(12, 17), 'clock')
    >>> read("Вчора, 15:44").day.ago, read("vor 28 Minuten").ago, read("3分前").width
    (1, datetime.timedelta(seconds=1680), datetime.timedelta(seconds=60))
    >>> read("Thu,28 Jul 2022 4:35:5 GMT+9").at.isoformat()
    '2022-07-28T04:35:05+09:00'
    >>> read("2025-11-06 12:43:08").shape, read("PT2M53S").shape, read("3 min read")
    ('local', 'duration', None)
    """
    return _read(text[:LONGEST])


def heading(text: str) -> Day | None:
    """Return the day that a heading names, None where it names none or is not understood. Never raises.

    A heading is a day and nothing else, so figures are read in it that might be anything in another text.

    >>> heading("26/11") == Day(month=11, day=26, order="dm"), heading("Thursday 26") == Day(day=26, weekday=3)
    (True, True)
    >>> read("26/11"), heading("26/13"), heading("Earlier")
    (None, None, None)
    """
    return _heading(text[:LONGEST])


@lru_cache(maxsize=512)
def _heading(text: str) -> Day | None:
    says = read(text)
    if says is not None:
        return says.day
    left = _Text(_spaced(fold(text)[:LONGEST]))
    found = left.take(_DAY_AND_MONTH, lambda found: _day(found) is not None)
    weekday, number = left.take(_WEEKDAY, bool), None if found else left.take(_DAY_NUMBER, bool)
    if not left.empty():
        return None
    if weekday and number and 0 < int(number["day"]) <= 31:
        return Day(day=int(number["day"]), weekday=datewords.WEEKDAYS[weekday["word"]])
    return _day(found) if found else None


def misread(text: str) -> bool:
    """Tell whether a text is what others read as a date without being told one: a week, an offset of no place.

    >>> [misread(text) for text in ("2026-W48", "2026-11-29T20:00:00+99:99", "2026-11-29T20:00:00+05:45")]
    [True, True, False]
    """
    plain = " ".join(text[:LONGEST].split())
    offset = _LAST_OFFSET.search(plain)
    far = offset is not None and not _is_near(int(offset[1]), int(offset[2]))
    return far or _WEEK.match(plain) is not None


def clock_text(text: str) -> bool:
    """Tell whether a short text is a stamp that people read: "15:44", "5 min ago", "23. 12. 2024 13:31".

    A number of seconds since 1970 is a date for `read` and none here, for it may be any number.

    >>> [clock_text(text) for text in ("18.47", "PT2M53S", "3 min read", "1733000000", "Вчора")]
    [True, False, False, False, True]
    """
    if not 1 < len(text) <= 60 or text.strip().isdigit():
        return False
    if len(text.split()) > WORDS and not any(mark.isdigit() for mark in text):
        return False  # a headline; most short texts of a page are
    found = _stamp(fold(text))
    return found is not None and found.shape != "duration"


@lru_cache(maxsize=4096)
def _read(text: str) -> Reading | None:
    plain = " ".join(text.split())
    for reader in (_iso, _mail, _epoch, _duration):
        if found := reader(plain):
            return found
    folded = fold(plain)[:LONGEST]
    found = _stamp(folded) or _part(folded)
    return None if found and found.day and found.day.year_first and _PERSIAN.search(plain) else found


_PERSIAN = re.compile("[\u06f0-\u06f9]")  # digits by which "02/12/21" is of 1402, in another calendar


def _part(folded: str) -> Reading | None:
    """Read the one stamp of "By Jane Doe · 5 min ago" or "Jane Doe, 8 January, 17:46"."""
    parts = [part.strip() for part in re.split(r"\s[-–—|·•/]\s|[|·•]", folded)]
    found = [reading for part in parts if (reading := _stamp(part))]
    if len(found) == 1 and len(parts) > 1:
        return found[0]
    tails = [folded[at.end() :] for at in re.finditer(r",\s", folded)][:4]
    return None if found else next((reading for tail in tails if (reading := _stamp(tail))), None)


# -- forms made by programs -------------------------------------------------------------------

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{4}-?W\d\d-?\d)(?:[Tt ](\d\d:\d\d)(:\d\d(?:[.,]\d{1,9})?)?"
    r"(?: ?(Z|z|[+-]\d\d(?::?\d\d)?)(?:\[[\w+/=!-]{1,64}\]){0,4})?)?"  # RFC 9557 names the zone as well
)
_MAIL = re.compile(
    r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} (\d{2,4}) \d\d:\d\d(:\d\d)? (?:[+-]\d{4}|GMT|UT|Z|[ECMP][SD]T)"
)
_EPOCH = re.compile(r"(?:@|/Date\()?(\d{10}|\d{13}|\d{16})(?:\.\d{1,6})?(?:\)/)?")
_WEEK = re.compile(r"\d{4}-?W\d\d")  # ISO 8601; other readers take its figures for a month and a day
_LAST_OFFSET = re.compile(r":\d\d(?:[.,]\d+)? ?[+-](\d\d):?(\d\d)")
_DURATION = re.compile(r"P(?=\S)(?:\d+[YMWD])*(?:T(?:\d+(?:[.,]\d+)?[HMS])+)?", re.IGNORECASE)


def _iso(text: str) -> Reading | None:
    found = _ISO.fullmatch(text)
    if not found:
        return None
    written, clock, seconds, zone = found.groups()
    try:
        at = datetime.fromisoformat(f"{written}T{clock or '00:00'}{(seconds or '').replace(',', '.')}")
        at = datetime.fromisoformat(f"{at.isoformat()}{zone.upper()}") if zone else at
    except ValueError:
        return None
    if _is_of_no_place(at):
        return None
    named = Day(year=at.year, month=at.month, day=at.day)  # of 24:00, which newer Pythons read, the next day
    if not clock:
        return Reading(shape="day", day=named, width=DAY)
    width = EXACT if seconds else MINUTE
    if zone:
        return Reading(shape="instant", at=at, width=width)
    return Reading(shape="local", day=named, clock=at.time(), width=width)


def _mail(text: str) -> Reading | None:
    """Read RFC 5322 as it should be; its broken forms are words and numbers like any other text.

    The library takes the year 0001 for 2001, as it takes 01.
    """
    found = _MAIL.fullmatch(text)
    if not found:
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if _is_of_no_place(at) or (len(found[1]) == 4 and int(found[1]) != at.year):
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at  # -0000: UTC, from somewhere
    return Reading(shape="instant", at=at, width=EXACT if found[2] else MINUTE)


def _is_of_no_place(at: datetime) -> bool:
    """Tell whether an offset is none that a clock anywhere has: then nothing says which part of a date is right."""
    return abs(at.utcoffset() or EXACT) > FARTHEST


def _epoch(text: str) -> Reading | None:
    found = _EPOCH.fullmatch(text)
    if not found:
        return None
    ticks = 10 ** (len(found[1]) - 10)  # a second
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(found[1]) * 1_000_000 // ticks)
    return Reading(shape="instant", at=at) if 2000 < at.year < 2100 else None


def _duration(text: str) -> Reading | None:
    return Reading(shape="duration") if _DURATION.fullmatch(text) else None


# -- forms made for people --------------------------------------------------------------------

_L, _R = r"(?<![^\W\d_])", r"(?![^\W\d_])"  # edges of a word; a digit may touch it


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_MONTH = rf"{_L}(?P<month>{_any(datewords.MONTHS)}){_R}"
_YEAR = r"(?P<year>\d{4}|'?\d{2}(?!\d|\s?[:.h]\d|\s?(?:h|uhr|am|pm|[ap]\.m|時|点|點|시)(?![^\W\d_])))(?!\d)"
_OF = r"(?:(?:de|del|of|di)\s)?"
_DATES = [
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})\s?[-/.年년]\s?(?P<n>\d{1,2})\s?[-/.月월]\s?(?P<day>\d{1,2})(?!\d)(?:\s?[日일]|\.(?!\d))?",
        rf"(?<![\d:.])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|ere|º|\.|\s?[-/])?\s?{_OF}{_MONTH}[.,]?(?:[\s-]\s?{_OF}{_YEAR})?",
        rf"{_MONTH}[.,]?[\s-]?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|\s?[:h]\d)(?:[,\s-]\s?{_YEAR})?",
        r"(?<![\d.:])(?P<day>\d{1,2})\s?(?P<sep>[./-])\s?(?P<n>\d{1,2})\s?(?P=sep)\s?"
        r"(?P<year>\d{4}|\d{2}(?!\d|\s?[:.h]\d))(?!\d)\.?",
        r"(?<![\d.:])(?P<day>\d{1,2})\.\s?(?P<n>\d{1,2})\.(?!\d)",
        r"(?<!\d)(?P<n>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]",
    )
]
_SHORT_DATE = re.compile(r"(?<![\d.:])(?P<day>\d{1,2})(?P<sep>[./])(?P<n>\d{1,2})(?![\d./:])")
_DAY_AND_MONTH = re.compile(r"(?<![\d.:])(?P<day>\d{1,2})(?P<sep>[./-])(?P<n>\d{1,2})(?![\d./:-])")
_DAY_NUMBER = re.compile(r"(?<![\d.:/-])(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?(?![\d:/-])")
_HALF = rf"(?P<half>{_any((datewords.ANTE | datewords.POST) - {'a.', 'p.'})}|[ap]\.?\s?m\.?){_R}"
_BEFORE_HALF = rf"(?:(?P<early>{_any(w for w in datewords.ANTE | datewords.POST if w > chr(0x3000))})\s?)?"
_CLOCKS = [
    re.compile(pattern)
    for pattern in (
        rf"{_BEFORE_HALF}(?<![\d:.])(?P<h>\d{{1,2}})[:∶](?P<m>\d{{2}})(?:[:∶](?P<s>\d{{1,2}})(?:[.,]\d+)?)?(?![\d:])"
        rf"(?:\s?{_HALF}|\s?(?:h|hs|hrs)\.?{_R})?",
        rf"(?<![\d:.])(?P<h>\d{{1,2}})\s?(?:h|hrs|heures?)\s?(?P<m>\d{{2}})(?:\s?(?:min|m|mn){_R})?(?![\d:])",
        rf"(?<![\d:.,])(?P<h>\d{{1,2}})\.(?P<m>\d{{2}})(?:\.(?P<s>\d{{2}}))?(?![\d.:]|\s?[%°€$£])(?:\s?{_HALF})?",
        rf"{_BEFORE_HALF}(?<!\d)(?P<h>\d{{1,2}})\s?[時时点點시](?:\s?(?P<m>\d{{1,2}})\s?[分분])?(?:\s?(?P<s>\d{{1,2}})\s?[秒초])?",
        rf"(?<![\d:.])(?P<h>\d{{1,2}})\s?{_HALF}",
        rf"(?<![\d:.])(?P<h>\d{{1,2}})\s?(?:uhr|o'clock){_R}",
        rf"{_L}(?:kl|klo|um|o|о|об|à|a las|as)\.?\s(?P<h>\d{{1,2}})(?:\s?h{_R})?(?![\d.:,%])",
    )
]
_OFFSET = re.compile(
    rf"(?:{_L}(?:utc|gmt)\s?)?(?<!\d)(?P<sign>[+-])(?P<h>\d{{1,2}})(?::?(?P<m>\d{{2}}))?(?!\d)(?:\s?\([^()]*\))?"
)
_ZONE = re.compile(rf"{_L}(?P<name>{_any(datewords.OFFSETS)}){_R}(?:\s?\([^()]*\))?")
_NUMBER = rf"(?:(?P<number>\d{{1,4}})|{_L}(?:{_any(datewords.ONE)}){_R})"
_AGE = re.compile(
    rf"(?:{_L}(?P<before>{_any(datewords.BEFORE)})\s)?(?:(?:{_any(datewords.ABOUT)})\s)?(?:{_NUMBER}\s?)?"
    rf"{_L}(?P<unit>{_any(datewords.UNITS)})\.?{_R}"
    rf"(?:[,\s]{{1,2}}(?:(?:and|und|et|y|e|i|og|och|и|і|та)\s)?(?P<number2>\d{{1,2}})\s?(?P<unit2>{_any(datewords.UNITS)})\.?{_R})?"
    rf"(?:\s{{0,2}}(?:{_any(datewords.AFTER)}){_R})?"
)
_AFTER = re.compile(rf"{_L}(?:{_any(datewords.AFTER)}){_R}")
_DAY_WORD = re.compile(rf"{_L}(?P<word>{_any(datewords.DAYS_AGO)}){_R}")
_WEEKDAY = re.compile(rf"{_L}(?P<word>{_any(datewords.WEEKDAYS)}){_R}\.?")
_LONE_YEAR = re.compile(r"(?<!\d)(20\d\d|19\d\d)(?!\d)")
_CJK = re.compile(_any(datewords.cjk()))


class _Text:
    """A text from which what was understood is taken out; what is left must mean nothing."""

    def __init__(self, text: str) -> None:
        self.left = text

    def take(self, pattern: re.Pattern[str], fits: Callable[[re.Match[str]], bool]) -> re.Match[str] | None:
        for found in pattern.finditer(self.left):
            if fits(found):
                self.left = f"{self.left[: found.start()]} \x00 {self.left[found.end() :]}"
                return found
        return None

    def empty(self) -> bool:
        words = re.findall(r"[^\W\d_]+|\d+", self.left.replace("\x00", " "))
        return all(word in datewords.NOISE for word in words)


def _stamp(text: str) -> Reading | None:
    """Read a folded text that is a stamp from end to end."""
    if text in datewords.NOW:
        return Reading(shape="ago", ago=EXACT, width=MINUTE)
    if len(text) < 2 or len(text) > LONGEST:
        return None
    spaced = _spaced(re.sub(r"(?<=\d)t(?=\d\d:)", " ", text))
    return _age(_Text(spaced)) or _date_and_clock(_Text(spaced))


def _spaced(text: str) -> str:
    return " ".join(_CJK.sub(r" \g<0> ", re.sub(r"\([月火水木金土日월화수목금토일]\)", " ", text)).split())


def _age(text: _Text) -> Reading | None:
    """Read "5 min ago", "vor 28 Minuten", "1 h 20 min ago", "хвилину тому"."""
    found = text.take(_AGE, lambda found: bool(found["before"] or _AFTER.search(found[0])))
    if not found or not text.empty():
        return None
    count = int(found["number"] or 1)
    unit = timedelta(seconds=datewords.UNITS[found["unit"]])
    ago = count * unit
    if found["unit2"]:
        unit = timedelta(seconds=datewords.UNITS[found["unit2"]])
        ago += int(found["number2"]) * unit
    return Reading(shape="ago", ago=ago, width=unit) if ago < OLDEST else None


def _date_and_clock(text: _Text) -> Reading | None:
    day = _date(text)
    clock = next((found for pattern in _CLOCKS if (found := text.take(pattern, _is_clock))), None)
    zone = _zone(text) if clock else ""
    if day and day.year is None and (lone := text.take(_LONE_YEAR, bool)):  # "Mon Mar 11 15:44:00 2024"
        day = Day(year=int(lone[1]), month=day.month, day=day.day)
    word = text.take(_DAY_WORD, bool)
    weekday = text.take(_WEEKDAY, bool)
    if not text.empty():
        return None
    if day is None and word:
        day = Day(ago=datewords.DAYS_AGO[word["word"]])
    if day is None and weekday:
        day = Day(weekday=datewords.WEEKDAYS[weekday["word"]])
    return _reading(day, clock, zone)


def _reading(day: Day | None, found: re.Match[str] | None, zone: str) -> Reading | None:
    if found is None:
        return Reading(shape="day", day=day, width=DAY) if day else None
    clock = _clock(found)
    parts = found.groupdict()
    width = EXACT if parts.get("s") else MINUTE if parts.get("m") else HOUR
    if day is None:
        return Reading(shape="clock", clock=clock, zone=zone, width=width)
    fixed = _fixed(zone)
    if fixed and day.year and day.month and day.day and not (day.swapped or day.year_first):
        at = datetime.combine(date(day.year, day.month, day.day), clock, fixed)
        return Reading(shape="instant", at=at, width=width)
    return Reading(shape="local", day=day, clock=clock, zone=zone, width=width)


def _date(text: _Text) -> Day | None:
    for pattern in _DATES:
        if found := text.take(pattern, lambda found: _day(found) is not None):
            return _day(found)
    if re.search(r"\d[:h]\d\d", text.left) and (
        found := text.take(_SHORT_DATE, lambda f: _day(f) is not None)
    ):
        return _day(found)
    return None


def _day(found: re.Match[str]) -> Day | None:
    """Return the day of a match, None if there is no such day."""
    parts = found.groupdict()
    year = int(parts["year"].lstrip("'")) if parts.get("year") else None
    if year is not None and len(parts["year"].lstrip("'")) == 2:
        year += 2000 if year < 70 else 1900
    month = datewords.MONTHS[parts["month"]] if parts.get("month") else int(parts["n"])
    day = int(parts["day"])
    either = parts.get("sep") in ("/", "-")  # which comes first, differs from country to country
    order: Literal["", "dm", "md"] = "md" if either and month > 12 else "dm" if either and day > 12 else ""
    if order == "md":
        day, month = month, day
    swapped = either and not order and day != month
    short = parts.get("sep") is not None and year is not None and len(parts["year"].lstrip("'")) == 2
    try:
        date(2024 if year is None else year, month, day)  # 2024 has a 29 February
    except ValueError:
        return None
    return Day(year=year, month=month, day=day, swapped=swapped, order=order, year_first=short)


def _is_clock(found: re.Match[str]) -> bool:
    parts = found.groupdict()
    hour, minute, second = (int(parts.get(name) or 0) for name in "hms")
    half = parts.get("half") or parts.get("early")
    return hour < 24 and minute < 60 and second < 61 and not (half and hour > 12 and _shift(half) == 0)


def _clock(found: re.Match[str]) -> time:
    parts = found.groupdict()
    hour = int(parts["h"])
    half = parts.get("half") or parts.get("early")
    if half and hour <= 12:
        hour = hour % 12 + _shift(half)
    return time(hour, int(parts.get("m") or 0), min(int(parts.get("s") or 0), 59))


def _shift(half: str) -> int:
    """Return the hours that the half of a day adds."""
    word = half.replace(" ", "")
    return 12 if word in datewords.POST or word.startswith("p") else 0


def _zone(text: _Text) -> str:
    """Take the zone out of a text; "" where it has none."""
    if found := text.take(_OFFSET, _is_offset):
        hours, minutes = int(found["h"]), int(found["m"] or 0)
        return f"{found['sign']}{hours:02}:{minutes:02}" if hours or minutes else "UTC"
    found = text.take(_ZONE, bool)
    return datewords.OFFSETS[found["name"]] if found else ""


def _is_offset(found: re.Match[str]) -> bool:
    return _is_near(int(found["h"]), int(found["m"] or 0))


def _is_near(hours: int, minutes: int) -> bool:
    return minutes < 60 and timedelta(hours=hours, minutes=minutes) <= FARTHEST


def _fixed(zone: str) -> timezone | None:
    """Return the zone of "UTC" or "+05:30", None for a name of the tz database and for none."""
    if zone == "UTC":
        return UTC
    if not zone.startswith(("+", "-")):
        return None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return timezone(-offset if zone[0] == "-" else offset)
