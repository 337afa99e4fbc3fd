"""What a feed says of when to read it: RSS `ttl`, `skipHours` and `skipDays`, and the syndication module (`sy:`)."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from monitor.model import Advice
from monitor.sources._entries import instant, said

WEEK = 7 * 86_400.0  # seconds; nobody is believed to mean more
LEAST = 60.0  # seconds
_PERIODS = {
    "hourly": 3_600.0,
    "daily": 86_400.0,
    "weekly": WEEK,
    "monthly": 30 * 86_400.0,
    "yearly": 365 * 86_400.0,
}
_DAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_ITEMS = re.compile(rb"<(?:[\w.-]+:)?item\b.*</(?:[\w.-]+:)?item\s*>", re.I | re.S)
_SKIPPED = re.compile(rb"<skip(hours|days)\b[^<>]*>(.{0,4096}?)</skip\1\s*>", re.I | re.S)
_HOUR = re.compile(rb"<hour\b[^<>]*>\s*0*(\d{1,2})\s*</", re.I)
_DAY = re.compile(rb"<day\b[^<>]*>\s*([a-z]{3})", re.I)
_NAIVE_ZONE = re.compile(r"(T\d\d:\d\d(?::\d\d)?)$")


def told(channel: Mapping[str, object], body: bytes) -> Advice:
    """Return what a feed says of itself: `channel` as feedparser has it, `body` for what that keeps only one of.

    `ttl` goes before `sy:`. "Hourly, once", which WordPress writes into every feed, says nothing. So do 24 skipped
    hours and 7 days.

    >>> told({"ttl": "15", "sy_updateperiod": "daily"}, b"<skipHours><hour>0</hour><hour>24</hour></skipHours>")
    Advice(every=900.0, base=0.0, skip_hours=(0,), skip_days=())
    """
    skipped = {
        kind.lower(): inside for kind, inside in _SKIPPED.findall(_ITEMS.sub(b"", body.replace(b"\0", b"")))
    }
    hours = {int(hour) % 24 for hour in _HOUR.findall(skipped.get(b"hours", b"")) if int(hour) <= 24}
    names = {day.lower() for day in _DAY.findall(skipped.get(b"days", b""))}
    days = {number for number, name in enumerate(_DAYS) if name in names}
    ttl = _number(channel.get("ttl")) * 60.0
    period = 0.0 if ttl else _period(channel)
    return Advice(
        every=min(max(ttl or period, LEAST), WEEK) if ttl or period else 0.0,
        base=_base(channel) if period else 0.0,
        skip_hours=tuple(sorted(hours)) if len(hours) < 24 else (),
        skip_days=tuple(sorted(days)) if len(days) < 7 else (),
    )


def _number(value: object) -> float:
    """Return a count as published, 0 for what is none."""
    text = said(value)
    with suppress(ValueError, OverflowError):
        number = float(text[:12])
        return number if 0 < number < 1e9 else 0.0
    return 0.0


def _period(channel: Mapping[str, object]) -> float:
    """Return the seconds of sy:updatePeriod, by default a day, over sy:updateFrequency, by default once."""
    period, often = (
        said(channel.get("sy_updateperiod")).lower(),
        _number(channel.get("sy_updatefrequency")) or 1.0,
    )
    if not (period or channel.get("sy_updatefrequency")) or (period, often) == ("hourly", 1.0):
        return 0.0
    return _PERIODS.get(period or "daily", 0.0) / often


def _base(channel: Mapping[str, object]) -> float:
    text = _NAIVE_ZONE.sub(r"\1+00:00", said(channel.get("sy_updatebase")))
    at = instant(text)
    return datetime.fromisoformat(at).timestamp() if at else 0.0
