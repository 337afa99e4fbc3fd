"""Date texts made by programs: ISO 8601, RFC 3339, 9557 and 5322, seconds since 1970, durations."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.core.dates.readings import DAY, EXACT, FARTHEST, MINUTE, Day, Reading, is_near

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


def read(text: str) -> Reading | None:
    """Return what a text says whose spaces are single, None where no program writes so.

    >>> read("2025-11-06 12:43:08").shape, read("PT2M53S").shape, read("3:44 PM")
    ('local', 'duration', None)
    """
    for reader in (_iso, _mail, _epoch, _duration):
        if found := reader(text):
            return found
    return None


def misread(text: str) -> bool:
    """Tell whether a text is what others read as a date without being told one: a week, an offset of no place.

    >>> [misread(text) for text in ("2026-W48", "2026-11-29T20:00:00+99:99", "2026-11-29T20:00:00+05:45")]
    [True, True, False]
    """
    offset = _LAST_OFFSET.search(text)
    far = offset is not None and not is_near(int(offset[1]), int(offset[2]))
    return far or _WEEK.match(text) is not None


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
