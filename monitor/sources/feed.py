"""RSS 0.9x, 1.0 (RDF) and 2.0, Atom and CDF, read by feedparser."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from xml.sax import SAXException
from xml.sax.saxutils import unescape

import feedparser
from feedparser.mixin import _FeedParserMixin

from monitor.core.text import LABEL_CHARS, TAGS, TEXT_CHARS, has_markup, plain, text_key, web_url
from monitor.model import Entry, Hub, Parsed, RawDate, Response
from monitor.sources import ParseError, _broken_xml
from monitor.sources._advice import told
from monitor.sources._charset import charset, decoded, mended
from monitor.sources._entries import MARKUP_CHARS, joined
from monitor.sources._not_a_feed import beginning, check_not_empty, is_html, refuse, root_of

_CHARREF = re.compile(rb"&#(?:0*([0-9]+)|[xX]0*([0-9a-fA-F]+));?")


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: what sites publish for programs to read."""

    def parse(self, response: Response) -> Parsed:
        """Return the entries in the order of the body; a feed may be without any.

        Raises:
            ParseError: the body is no feed, is cut off before its first entry, or breaks feedparser.
        """
        check_not_empty(response.body)
        body = mended(response.body)
        document = _read(*_readable(body, response.content_type))
        version = str(document.get("version") or "")
        entries: list[Fields] = document["entries"]
        if not entries:
            _check_is_feed(body, version)
        rss = version.startswith("rss")
        return Parsed(
            entries=[_entry(entry, base=response.url, rss=rss) for entry in entries],
            title=_text(document["feed"], "title"),
            older=tuple(_older(document["feed"], response.url)),
            whole=_is_whole(body, root_of(beginning(body))),
            advice=told(document["feed"], body),
            hub=_hub(document["feed"], response.url),
        )


# -- the library ------------------------------------------------------------------------------


def _readable(body: bytes, content_type: str) -> tuple[bytes, str]:
    """Return a body and its charset; one that is no XML with what is wrong most often put right.

    What is no XML the library reads in another way, by which one bare ampersand changes the ids, links and texts of
    all other entries.
    """
    text = decoded(body, content_type)
    if "<!ENTITY" in text or _broken_xml.is_xml(text):
        return body, charset(body, content_type)
    return _broken_xml.mended(text).encode("utf-8", "replace"), "utf-8"


def _read(body: bytes, charset: str) -> feedparser.FeedParserDict:
    """Read the body; if feedparser raises, once more with its impossible character references replaced."""
    try:
        return _feedparser(body, charset)
    except MemoryError:
        raise
    except RecursionError as error:
        raise ParseError("nested too deeply to read") from error
    except Exception as error:  # anything: its handlers trust the document's shape
        repaired = _CHARREF.sub(_possible, body)
        if repaired == body:
            raise ParseError("a document that feedparser cannot read") from error
    return _read(repaired, charset)


def _feedparser(body: bytes, charset: str) -> feedparser.FeedParserDict:
    # A stream, for feedparser opens bytes as the name of a file first. No Content-Location: without a base
    # it leaves relative ids as published, and links are joined to the response's address here. Always
    # application/xml: text/xml without a charset would be read as ASCII (RFC 3023), whatever is declared.
    document = feedparser.parse(
        BytesIO(body),
        response_headers={"content-type": "application/xml" + (f"; charset={charset}" if charset else "")},
        sanitize_html=False,
        resolve_relative_uris=False,  # in embedded HTML, which is thrown away
    )
    if isinstance(document.get("bozo_exception"), SAXException):  # no XML: there it leaves ids escaped
        for entry in document["entries"]:
            entry["id"] = unescape(_string(entry, "id"), {"&quot;": '"', "&apos;": "'"})
    return document


_unbounded = getattr(_FeedParserMixin, "_sync_author_detail", None)  # where an author can be bounded


def _name_and_address(parser: _FeedParserMixin, key: str = "author") -> None:
    """Let feedparser look for an address in what is kept of an author, and not in all of it.

    It looks from each letter to the end of its word: one author of 40,000 letters took more time than a whole
    feed may have, and its items were lost.
    """
    context = parser._get_context()  # noqa: SLF001
    text = dict.get(context, key)
    if isinstance(text, str):
        context[key] = text[:LABEL_CHARS]
    if _unbounded is not None:
        _unbounded(parser, key)


if _unbounded is not None:  # a release that has it elsewhere is as slow as it was, and reads all the same
    _FeedParserMixin._sync_author_detail = _name_and_address  # noqa: SLF001


def _possible(reference: re.Match[bytes]) -> bytes:
    """Return the reference, or one to U+FFFD if no character has its number (a lone surrogate)."""
    digits = reference[1] or reference[2]
    number = int(digits, 10 if reference[1] else 16) if len(digits) <= 8 else 0x110000
    return reference[0] if number < 0xD800 or 0xE000 <= number <= 0x10FFFF else b"&#xFFFD;"


# -- one entry --------------------------------------------------------------------------------
# An unknown element with attributes overwrites feedparser's field of that name with a dict, and asking for
# "updated" may warn and answer with "published": every field is read by dict.get, and by its type.

Fields = dict[str, object]


def _entry(entry: Fields, *, base: str, rss: bool) -> Entry:
    title, summary = _text(entry, "title"), _summary(entry)
    guid, url = _string(entry, "id").strip(), _link(entry, base)
    keys = (*([f"guid:{guid}"] if guid else []), *([f"url:{url}"] if url else []))
    return Entry(
        keys=keys or (text_key(title, summary),),
        title=title,
        summary=summary,
        url=url,
        author=_author(entry),
        tags=_tags(entry),
        dates=tuple(_dates(entry, rss=rss)),
    )


def _string(fields: Fields, name: str) -> str:
    value = dict.get(fields, name)
    return value if isinstance(value, str) else ""


def _rows(fields: Fields, name: str) -> list[Fields]:
    value = dict.get(fields, name)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(fields: Fields, name: str) -> str:
    """Return a field as plain text. Feeds put HTML where they promise text, so its looks decide."""
    text = _string(fields, name)[:MARKUP_CHARS]
    return (plain(text) if has_markup(text) else text)[:TEXT_CHARS]


def _summary(entry: Fields) -> str:
    texts = (_text(fields, name) for fields, name in _bodies(entry))
    return next((text for text in texts if text.strip()), "")


def _bodies(entry: Fields) -> Iterator[tuple[Fields, str]]:
    yield entry, "summary"
    for content in _rows(entry, "content"):
        yield content, "value"


def _link(entry: Fields, base: str) -> str:
    """Return the address: the alternate link, else a medium, else an id that is an address; "" if none."""
    links = [(_string(row, "rel"), _string(row, "href").strip()) for row in _rows(entry, "links")]
    alternates = [href for rel, href in links if rel == "alternate" and href]
    chosen = _string(entry, "link").strip()  # feedparser prefers text/html; else it is the id as permalink
    if chosen in alternates:
        alternates.insert(0, chosen)
    enclosures = [href for rel, href in links if rel == "enclosure" and href]
    media = [_string(row, "url").strip() for row in _rows(entry, "media_content")]
    absolute = (joined(base, href) for href in (*alternates, *enclosures, *media))
    return next((url for url in absolute if url), "") or web_url(chosen)


def _author(entry: Fields) -> str:
    """Return the authors' names, else what stands for one; feedparser's "author" is the last of several."""
    detail = dict.get(entry, "author_detail")
    name = _string(detail, "name") if isinstance(detail, dict) else ""
    names = dict.fromkeys(_string(row, "name").strip() for row in _rows(entry, "authors")[:TAGS])
    several = [name for name in names if name]
    chosen = ", ".join(several) if len(several) > 1 else name or _string(entry, "author")
    return plain(chosen[:TEXT_CHARS])


def _tags(entry: Fields) -> tuple[str, ...]:
    rows = _rows(entry, "tags")[:TAGS]
    tags = (plain((_string(row, "label") or _string(row, "term"))[:TEXT_CHARS]) for row in rows)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _dates(entry: Fields, *, rss: bool) -> Iterator[RawDate]:
    """Yield the stated dates, then the date of change. In RSS a dc:date, which feedparser calls "updated",
    is a statement unless there is a pubDate.
    """
    stated = False
    for name in ("published", "created", "updated"):
        text, parsed = _string(entry, name).strip(), _instant(dict.get(entry, f"{name}_parsed"))
        if not (text or parsed):
            continue
        change = name == "updated" and (stated or not rss)
        stated = True
        yield RawDate(text=text, origin="updated" if change else "stated", parsed=parsed)


def _instant(parsed: object) -> str:
    """Return feedparser's UTC time tuple as ISO 8601, "" if it is none or not of our time."""
    if not isinstance(parsed, tuple) or not 1970 <= parsed[0] <= 2200:
        return ""
    with suppress(ValueError, TypeError):
        year, month, day, hour, minute, second = parsed[:6]
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).isoformat()
    return ""


def _older(feed: Fields, base: str) -> Iterator[str]:
    """Yield where the entries before these are: the archive (RFC 5005 §4), else the next page (§3)."""
    links = [(_string(row, "rel"), joined(base, _string(row, "href"))) for row in _rows(feed, "links")]
    for wanted in ("prev-archive", "next"):
        yield from [url for rel, url in links if rel == wanted and url and url != base][:1]


def _hub(feed: Fields, base: str) -> Hub:
    """Return the hub that a feed names, and what it calls itself (WebSub §4): in RSS by elements of Atom."""
    links = [(_string(row, "rel"), joined(base, _string(row, "href"))) for row in _rows(feed, "links")]
    hub, topic = (next((url for rel, url in links if rel == wanted), "") for wanted in ("hub", "self"))
    return Hub(url=hub, topic=topic)


# -- what else it may be ----------------------------------------------------------------------

_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_ENDED = re.compile(
    rb"</\s*(?:[\w.-]+:)?(rss|rdf|feed|channel)\b|<(?:[\w.-]+:)?(rss|rdf|feed|channel)[^<>]*/>", re.I
)


def _is_whole(body: bytes, root: str) -> bool:
    """Tell whether a feed comes to its end: one sent without its length may break off anywhere."""
    ends = {(end[1] or end[2]).lower() for end in _ENDED.finditer(body.replace(b"\0", b""))}
    return bool(ends - ({b"channel"} if root == "rdf" else set()))  # in RDF the items follow the channel


def _check_is_feed(body: bytes, version: str) -> None:
    """Raise ParseError unless a body without entries is a feed, and a whole one."""
    head = beginning(body)
    root = root_of(head)
    if (not version and root not in _ROOTS) or is_html(head):
        raise refuse(body, "a feed")
    if not _is_whole(body, root):
        raise ParseError("a feed that is cut off before its first entry")
