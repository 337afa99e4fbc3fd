"""Date texts made for people, in many languages: "3:44 PM", "Вчора, 15:44", "vor 28 Minuten", "3分前"; folded by `datewords.folded`."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Literal

from monitor.core.dates import datewords
from monitor.core.dates.readings import DAY, EXACT, HOUR, MINUTE, Day, Reading, is_near

LONGEST = 120  # characters that are read of a text
OLDEST = timedelta(days=20 * 366)  # that an age may say

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
_DASHED_DATE = re.compile(
    r"(?<![\d.:/-])(?P<day>\d{2})(?P<sep>-)(?P<n>\d{2})(?![\d./:-])"
)  # "2-1" is a score
_DAY_AND_MONTH = re.compile(r"(?<![\d.:])(?P<day>\d{1,2})(?P<sep>[./-])(?P<n>\d{1,2})(?![\d./:-])")
_ALWAYS = "24/7"  # day and night, and hardly ever the 24th of July
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
        rf"(?<![\d:.])(?P<h>\d{{1,2}})\s?(?![صم]{_R}){_HALF}",  # "5 م" are metres as well
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
_WEEKDAY = re.compile(rf"(?<!last ){_L}(?P<word>{_any(datewords.WEEKDAYS)}){_R}\.?")
_LONE_YEAR = re.compile(r"(?<!\d)(20\d\d|19\d\d)(?!\d)")
_CJK = re.compile(_any(datewords.cjk()))
_TWO = re.compile(rf"{_L}(?:{_any(datewords.TWO)}){_R}")
_UPDATED = re.compile(
    rf"(?<=\S)[\s(\[,;|·•–—-]+(?:{_any(datewords.UPDATED)}){_R}"
)  # "3:44 PM (updated 4:10 PM)"
_COMPACT = re.compile(r"([0-9]{1,2})([smhd])")
_MOST = {"s": 59, "m": 59, "h": 5, "d": 31}  # "9h", "15h" are clocks of France, Portugal and Brazil as well


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


def stamp(text: str) -> Reading | None:
    """Read a folded text that is a stamp from end to end."""
    if text in datewords.NOW:
        return Reading(shape="ago", ago=EXACT, width=MINUTE)
    if text in datewords.HALF_AN_HOUR:
        return Reading(shape="ago", ago=30 * MINUTE, width=30 * MINUTE)
    if len(text) < 2 or len(text) > LONGEST:
        return None
    if changed := _UPDATED.search(text):
        first, last = text[: changed.start()], text[changed.end() :]
        if (found := _whole(first)) and _whole(last):
            return found
    return _whole(text)


def compact(text: str) -> Reading | None:
    """Read "5m", "2h": the age of a post as social media show it, and nothing else; "5M" are millions."""
    found = _COMPACT.fullmatch(text)
    if not found or int(found[1]) > _MOST[found[2]]:
        return None
    unit = timedelta(seconds=datewords.UNITS[found[2]])
    return Reading(shape="ago", ago=int(found[1]) * unit, width=unit)


def _whole(text: str) -> Reading | None:
    spaced = _spaced(re.sub(r"(?<=\d)t(?=\d\d:)", " ", text))
    return _age(_Text(spaced)) or _date_and_clock(_Text(spaced))


def heading(text: str) -> Day | None:
    """Read a folded text that is a day and nothing else, in which figures are read that might be anything in another."""
    if text == _ALWAYS:
        return None
    left = _Text(_spaced(text))
    found = left.take(_DAY_AND_MONTH, lambda found: _day(found) is not None)
    weekday, number = left.take(_WEEKDAY, bool), None if found else left.take(_DAY_NUMBER, bool)
    if not left.empty():
        return None
    if weekday and number and 0 < int(number["day"]) <= 31:
        return Day(day=int(number["day"]), weekday=datewords.WEEKDAYS[weekday["word"]])
    return _day(found) if found else None


def _spaced(text: str) -> str:
    words = _CJK.sub(r" \g<0> ", re.sub(r"\([月火水木金土日월화수목금토일]\)", " ", text))
    return " ".join(_TWO.sub(lambda two: f"2 {datewords.TWO[two[0]]}", words).split())


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
    if re.search(r"\d[:h]\d\d", text.left):
        for pattern in (_SHORT_DATE, _DASHED_DATE):
            if found := text.take(pattern, lambda found: _day(found) is not None):
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
    return is_near(int(found["h"]), int(found["m"] or 0))


def _fixed(zone: str) -> timezone | None:
    """Return the zone of "UTC" or "+05:30", None for a name of the tz database and for none."""
    if zone == "UTC":
        return UTC
    if not zone.startswith(("+", "-")):
        return None
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return timezone(-offset if zone[0] == "-" else offset)
