"""What the fields of an HTTP answer say: how long to stay away, how long a copy is good for, whether the body ends."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from monitor.values import dataclass

RETRY_AFTER: Final = 86_400.0  # seconds; nobody is obeyed for longer
KEPT: Final = 86_400.0  # seconds; a feed that says it is good for 30 days was seen (brief-rss/brief#123)
EVENTS: Final = "text/event-stream"
DIGITS = 9  # of a number of seconds
_EPOCH = 1_000_000_000  # a number so large counts from 1970
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SPAN = re.compile(
    r'"?([0-9]+)(\.[0-9]*)?\s*(|s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)"?\s*(,|;|$)', re.ASCII
)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(Z|[+-][0-9:]+)?", re.ASCII)
_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*"?([0-9]+)"?)?', re.ASCII)


@dataclass(frozen=True, slots=True)
class Kept:
    """For how long a cache on the way keeps what it has, and until when it keeps this."""

    until: datetime  # by our clock
    seconds: float


def retry_after(text: str, *, now: datetime) -> float | None:
    """Return the seconds a Retry-After field asks for (RFC 9110 §10.2.3), at most a day.

    Besides whole seconds and the three forms of an HTTP date it reads what is met in the wild: fractions (Discord),
    units, quotes, a field said twice, seconds or milliseconds since 1970, ISO 8601. None if it asks for nothing:
    no field, junk, zero, or a date that is past.

    >>> now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    >>> [retry_after(text, now=now) for text in ("120", "2 minutes", "Tue, 24 Nov 2026 12:01:00 GMT", "1795521660")]
    [120.0, 120.0, 60.0, 60.0]
    >>> retry_after("soon", now=now), retry_after("99999999", now=now)
    (None, 86400.0)
    """
    text = text.strip()
    if number := _SPAN.match(text.lower()):
        seconds = _span(number, now)
    elif at := http_date(text) or _iso(text):
        seconds = (at - now).total_seconds()
    else:
        return None
    return min(seconds, RETRY_AFTER) if seconds > 0 else None


def _span(number: re.Match[str], now: datetime) -> float:
    if len(number[1]) > 15:
        return RETRY_AFTER
    value = float(number[1] + (number[2] or ""))
    if not number[3] and value >= _EPOCH:
        return (value / 1_000 if value >= _EPOCH * 1_000 else value) - now.timestamp()
    return value * _UNITS[number[3][:1] or "s"]


def _iso(text: str) -> datetime | None:
    if not _ISO.fullmatch(text[:64]):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def http_date(text: str) -> datetime | None:
    """Return the instant of an HTTP date (RFC 9110 §5.6.7) or one like it, None if it is none."""
    try:
        at = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # the asctime form names no zone and means UTC


def kept(fields: Mapping[str, str], *, now: datetime) -> Kept | None:
    """Return how long what was answered at `now` is good for (RFC 9111 §4.2), at most a day; None if it does not say.

    What a shared cache is told (`s-maxage`) goes before `max-age`, that before `Expires`: the cache that stands
    between a publisher and us is a shared one. `Age` is what it has been kept for already.

    >>> now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    >>> found = kept({"cache-control": "public, max-age=300", "age": "120"}, now=now)
    >>> found.seconds, (found.until - now).total_seconds()
    (300.0, 180.0)
    >>> kept({"cache-control": "no-cache, max-age=300"}, now=now)
    """
    told = dict(_DIRECTIVE.findall(fields.get("cache-control", "").lower()))
    if told.keys() & {"no-cache", "no-store"}:
        return None
    lifetime = _seconds(told.get("s-maxage", "")) or _seconds(told.get("max-age", ""))
    if lifetime is None and "max-age" not in told:
        at, expires = http_date(fields.get("date", "")) or now, http_date(fields.get("expires", ""))
        lifetime = (expires - at).total_seconds() if expires else None
    if lifetime is None or lifetime <= 0:
        return None
    lifetime = min(lifetime, KEPT)
    left = lifetime - age(fields)
    return Kept(now + timedelta(seconds=left), lifetime) if left > 0 else None


def age(fields: Mapping[str, str]) -> float:
    """Return the seconds that an answer lay in caches (RFC 9111 §5.1): of the first `Age` if there are several,
    0 where it says nothing or nonsense.

    >>> age({"age": "120, 7"}), age({"age": "old"}), age({})
    (120.0, 0.0, 0.0)
    """
    text = fields.get("age", "").partition(",")[0].strip()
    return (_seconds(text) or 0.0) if len(text) <= DIGITS else 0.0


def _seconds(text: str) -> float | None:
    text = text.strip()
    return float(text[:DIGITS]) if text.isascii() and text.isdigit() and int(text[:DIGITS]) else None


def is_stream(headers: Mapping[str, str]) -> bool:
    """Tell whether a body is a stream of events, which has no end.

    >>> is_stream({"content-type": "Text/Event-Stream; charset=utf-8"}), is_stream({})
    (True, False)
    """
    return headers.get("content-type", "").partition(";")[0].strip().lower() == EVENTS
