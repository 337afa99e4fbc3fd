"""When an item was published, as a query asks for it: a day, a range, so long ago."""

import re
from datetime import UTC, date, datetime, timedelta

from monitor.values import dataclass

DAY = timedelta(days=1)
_UNITS = {
    "s": 1,
    "min": 60,
    "m": 60,
    "h": 3_600,
    "d": 86_400,
    "w": 604_800,
    "mo": 2_592_000,
    "y": 31_536_000,
}  # seconds
_AGO = re.compile(
    r"(\d{1,6})\s*(s|min|mo|m|h|d|w|y)[a-z]*(?:\s+ago)?|(?:an?|one)\s+(second|minute|hour|day|week|month|year)\s+ago",
    re.IGNORECASE,
)
_INSTANT = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(?:Z|\+00:?00)?)?)?)?"
)
_RANGE = re.compile(r"[\[{]\s*(.+?)\s+TO\s+(.+?)\s*[\]}]", re.IGNORECASE)
_BOUND = re.compile(r"(<=|>=|<|>)\s*(.+)")


@dataclass(frozen=True, slots=True)
class Bound:
    """An instant, or a length of time before the present (`days`: whole days, from midnight UTC)."""

    at: datetime | None = None
    ago: timedelta | None = None
    days: int | None = None

    def instant(self, now: datetime) -> datetime:
        """Return the instant that is meant at `now`."""
        if self.at is not None:
            return self.at
        if self.ago is not None:
            return now - self.ago
        midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - (self.days or 0) * DAY


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`; None is no bound."""

    since: Bound | None = None
    until: Bound | None = None

    def holds(self, earliest: datetime, latest: datetime, now: datetime) -> bool:
        """Tell whether something published between two instants may lie in the period."""
        return (self.since is None or self.since.instant(now) <= latest) and (
            self.until is None or earliest < self.until.instant(now)
        )

    @property
    def is_empty(self) -> bool:
        """Tell whether no instant lies in it, whatever the present is."""
        if self.since is None or self.until is None:
            return False
        now = datetime(2024, 1, 1, tzinfo=UTC)
        fixed = (self.since.at is None) == (self.until.at is None)
        return fixed and self.since.instant(now) >= self.until.instant(now)


def read(text: str, *, side: str = "") -> Period | None:
    """Return the period that a text says, None if it says none.

    `side` is what the field's name said already: ">" newer, "<" older. Days are days of UTC.

    >>> read("2024-11-01..2024-11-23").holds(*[datetime(2024, 11, 23, 5, tzinfo=UTC)] * 3)
    True
    >>> read("2024-11", side="<").until.at.isoformat()
    '2024-11-01T00:00:00+00:00'
    """
    text = " ".join(text.split())
    if found := _RANGE.fullmatch(text):
        low, high = found.groups()
    elif ".." in text:
        low, _, high = text.partition("..")
    elif found := _BOUND.fullmatch(text):
        return _one_sided(found[2], found[1])
    else:
        return _one_sided(text, side)
    return _between(low, high)


def _between(low: str, high: str) -> Period | None:
    since, until = _span(low), _span(high)
    if (low not in ("*", "") and since is None) or (high not in ("*", "") and until is None):
        return None
    if since is None and until is None:
        return None
    return Period(since[0] if since else None, until[1] if until else None)


def _one_sided(text: str, side: str) -> Period | None:
    span = _span(text)
    if span is None:
        return None
    first, last = span
    match side:
        case ">=" | ">" if first.ago is not None:
            return Period(since=first)
        case ">=":
            return Period(since=first)
        case ">":
            return Period(since=last)
        case "<":
            return Period(until=first)
        case "<=":
            return Period(until=last)
        case _:
            return Period(since=first) if first.ago is not None else Period(first, last)


def _span(text: str) -> tuple[Bound, Bound] | None:
    """Return where a day, a month, a year or a minute begins and ends."""
    word = text.strip().casefold()
    if word in ("today", "yesterday"):
        days = 0 if word == "today" else 1
        return Bound(days=days), Bound(days=days - 1)
    if found := _AGO.fullmatch(word):
        seconds = _seconds(found)
        if seconds > 100 * _UNITS["y"]:
            return None
        ago = Bound(ago=timedelta(seconds=seconds))
        return ago, ago
    return _dated(text.strip())


def _seconds(found: re.Match[str]) -> int:
    if found[1]:
        return int(found[1]) * _UNITS[found[2].lower()]
    unit = found[3]
    return _UNITS["mo" if unit == "month" else "min" if unit == "minute" else unit[0]]


def _dated(text: str) -> tuple[Bound, Bound] | None:
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
    try:
        if hour is not None:
            at = datetime(year, month, day, hour, minute or 0, second or 0, tzinfo=UTC)  # type: ignore[arg-type]
            return Bound(at), Bound(at + timedelta(seconds=1 if second is not None else 60))
        first = date(year, month or 1, day or 1)  # type: ignore[arg-type]
        after = first + DAY if day else _next_month(first) if month else date(first.year + 1, 1, 1)
    except (ValueError, OverflowError):
        return None
    return Bound(_midnight(first)), Bound(_midnight(after))


def _next_month(first: date) -> date:
    return (first.replace(day=28) + 4 * DAY).replace(day=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
