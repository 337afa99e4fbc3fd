"""What all kinds make of the texts, addresses and dates they find."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urljoin

from monitor.core.text import TEXT_CHARS, has_markup, plain, text_key, web_url
from monitor.model import DateOrigin, RawDate, Response
from monitor.sources import ParseError
from monitor.sources._charset import decoded
from monitor.sources._not_a_feed import check_not_empty, refuse

MARKUP_CHARS = 1_048_576  # read of one text: the 65,536 characters that are kept are among them
DIGITS = 40  # of a whole number that may be an id or a date


def read_json(response: Response, wanted: str) -> object:
    """Return the JSON of a body.

    Raises ParseError if it is none, or cut off: a list of items that is read by half would hide the rest.
    """
    check_not_empty(response.body)
    text = decoded(response.body, response.content_type)
    if not text.lstrip().startswith(("{", "[")):
        raise refuse(response.body, wanted)
    try:
        # line breaks in texts: many write them
        value: object = json.loads(text, strict=False, parse_int=whole)
    except json.JSONDecodeError as error:
        end = "cut off" if error.pos >= len(text.rstrip()) else "broken"
        raise ParseError(f"JSON that is {end} in line {error.lineno}, column {error.colno}") from error
    except RecursionError as error:
        raise ParseError("nested too deeply to read") from error
    return value


def whole(digits: str) -> int | None:
    """Return a whole number of JSON, None for one that is too long: Python would refuse all that stands around it.

    >>> whole("-17"), whole("9" * 5_000)
    (-17, None)
    """
    return int(digits) if len(digits) <= DIGITS else None


def said(value: object) -> str:
    """Return a text as published, "" for what is none. A number stands for itself: ids often are.

    >>> said(" 17 "), said(17), said(True), said(["17"])
    ('17', '17', '', '')
    """
    if isinstance(value, str):
        return value[:MARKUP_CHARS].strip()
    return (
        str(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**DIGITS
        else ""
    )


def readable(value: object) -> str:
    """Return a text without its markup. Feeds put HTML where they promise text, so its looks decide."""
    text = value[:MARKUP_CHARS] if isinstance(value, str) else ""
    return (plain(text) if has_markup(text) else text.strip())[:TEXT_CHARS]


def joined(base: str, href: object) -> str:
    """Return an address made absolute, "" if it is none for the web.

    >>> joined("https://example.org/news/feed.json", "../1"), joined("https://example.org", "javascript:x()")
    ('https://example.org/1', '')
    """
    if not isinstance(href, str) or not href.strip():
        return ""
    with suppress(ValueError):  # a bracket that is no IPv6 address
        return web_url(urljoin(base, href.strip()))
    return ""


def keys(ids: tuple[str, ...], url: str, title: str, summary: str) -> tuple[str, ...]:
    """Return the candidate keys, best first; the text is the last resort.

    >>> keys(("17",), "https://example.org/1", "", "")
    ('guid:17', 'url:https://example.org/1')
    """
    found = [f"guid:{name}" for name in dict.fromkeys(ids) if name] + ([f"url:{url}"] if url else [])
    return tuple(found) or (text_key(title, summary),)


def dates(*found: tuple[object, DateOrigin]) -> Iterator[RawDate]:
    """Yield the dates that are there, in their order.

    >>> list(dates(("2024-03-11T15:44:00+02:00", "stated"), (None, "updated")))
    [RawDate(text='2024-03-11T15:44:00+02:00', origin='stated', parsed='2024-03-11T13:44:00+00:00', day='')]
    """
    for value, origin in found:
        if text := said(value) or (repr(value) if isinstance(value, float) else ""):
            yield RawDate(text=text, origin=origin, parsed=instant(text))


def instant(text: str) -> str:
    """Return a whole stamp, or seconds or milliseconds since 1970, as ISO 8601 in UTC; "" for anything less.

    A stamp without a zone and a day without a time are left to who knows the source.

    >>> instant("2024-03-11T15:44:00Z"), instant("1710171840000"), instant("2024-03-11"), instant("2024-03-11T15:44")
    ('2024-03-11T15:44:00+00:00', '2024-03-11T15:44:00+00:00', '', '')
    """
    with suppress(ValueError, OverflowError, OSError):
        if text.replace(".", "", 1).isdigit() and text.isascii() and len(text) < 20:
            seconds = float(text)
            at = datetime.fromtimestamp(seconds / 1_000 if seconds >= 1e11 else seconds, tz=UTC)
            return at.isoformat() if seconds >= 1e8 and at.year <= 2200 else ""
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC).isoformat() if at.tzinfo and 1970 <= at.year <= 2200 else ""
    return ""
