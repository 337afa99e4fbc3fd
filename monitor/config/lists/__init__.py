"""Lists of feeds: OPML, newsboat's `urls`, plain addresses. Reading recovers what can be recovered."""

import codecs
from pathlib import Path

from monitor.config.lists import opml, urls
from monitor.config.lists.listing import FeedList as FeedList
from monitor.config.lists.listing import Listing as Listing
from monitor.config.lists.listing import Refused as Refused
from monitor.sources._charset import charset

__all__ = ["FeedList", "Listing", "Refused", "body_of", "read", "read_file", "text_of", "write"]

LARGEST = 32 * 1024 * 1024  # bytes of a list


def read(body: bytes) -> FeedList:
    """Return what a list holds, whatever its format. Raises ValueError, with a sentence, if it is none.

    >>> read(b"https://example.org/rss world").feeds[0].tags
    ('world',)
    """
    text = text_of(body)
    start = text.lstrip()[:2000].lower()
    if start.startswith("<"):
        found = opml.read(text)
        if not (found.feeds or found.refused) and (what := _instead(start)):
            raise ValueError(what)
        return found
    if start.startswith(("{", "[")):
        raise ValueError("is JSON, not a list of feeds; export OPML instead")
    if "\0" in text:
        raise ValueError("is no text")
    listed = urls.read(text)
    if listed.refused and not listed.feeds and not any(one.known for one in listed.refused):
        raise ValueError(f"is no list of feeds; line {listed.refused[0].line}: {listed.refused[0].sentence}")
    return listed


def _instead(start: str) -> str:
    """Return what is no list, by how it starts, in lower case; "" if it may be one.

    >>> _instead("<?xml version='1.0'?><rss version='2.0'>")
    'is a feed itself, not a list of feeds: `newsbell add` takes its address'
    """
    if "<html" in start or "<!doctype html" in start:
        return "is a web page, not a list of feeds"
    if any(root in start for root in ("<rss", "<feed", "<rdf:rdf")) and "<opml" not in start:
        return "is a feed itself, not a list of feeds: `newsbell add` takes its address"
    return ""


def read_file(path: Path) -> FeedList:
    """Return what a file holds. Raises ValueError, with a sentence, if it cannot be read or is no list."""
    return read(body_of(path))


def body_of(path: Path) -> bytes:
    """Return the bytes of a list. Raises ValueError, with a sentence, if they cannot be read."""
    try:
        with path.open("rb") as stream:
            body = stream.read(LARGEST + 1)
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except IsADirectoryError:
        raise ValueError("is a directory, not a file") from None
    except PermissionError:
        raise ValueError("may not be read by this user") from None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(body) > LARGEST:
        raise ValueError(f"is larger than {LARGEST >> 20} MiB")
    return body


def write(listings: tuple[Listing, ...], form: str) -> str:
    """Return a list as text; `form` is "opml" or "urls"."""
    return opml.write(listings) if form == "opml" else urls.write(listings)


def text_of(body: bytes) -> str:
    """Return the text of a list or of what goes with one, in whatever encoding it is, without its byte order mark.

    >>> text_of("news".encode("utf-16"))
    'news'
    """
    return _decoded(body).removeprefix("\ufeff")


def _decoded(body: bytes) -> str:
    """Return the text of a list: UTF-8 in which single letters are Latin-1 is read as both."""
    if b"\0" not in body[:64] and not body.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        mixed, broken = _mixed(body)
        if broken * 10 <= sum(char > "\x7f" for char in mixed) - broken or not broken:
            return mixed
    try:
        return body.decode(charset(body, "") or "utf-8", "strict")
    except (LookupError, UnicodeError):
        return _mixed(body)[0]


def _mixed(body: bytes) -> tuple[str, int]:
    """Return UTF-8 whose broken bytes are read as windows-1252, and how many of them there are."""
    text = body.decode("utf-8", "surrogateescape")
    bytes_of = {
        code: bytes([code - 0xDC00]).decode("windows-1252", "replace") for code in range(0xDC80, 0xDD00)
    }
    return text.translate(bytes_of), sum("\udc80" <= char <= "\udcff" for char in text)
