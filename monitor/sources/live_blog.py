"""Live blogs: the schema.org LiveBlogPosting that a page carries as JSON-LD for search engines."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from monitor.model import Entry, Parsed, Response
from monitor.sources._charset import decoded
from monitor.sources._entries import dates, joined, keys, readable, said
from monitor.sources._not_a_feed import beginning, check_not_empty, is_html, page_without, refuse

TITLE_CHARS = 120  # of a title that is taken from the text

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class LiveBlog:
    """A page with a live blog: its updates, as the page states them for search engines (schema.org, JSON-LD)."""

    def parse(self, response: Response) -> Parsed:
        """Return the updates; the article's own date never dates one of them.

        Raises:
            ParseError: the body is no page, or none with a live blog.
        """
        check_not_empty(response.body)
        head = beginning(response.body)
        if not is_html(head) and head[:1] not in (b"{", b"["):
            raise refuse(response.body, "a page with a live blog")
        text = decoded(response.body, response.content_type)
        blogs = [blog for value in _linked_data(text) for blog in _of_type(value, "LiveBlogPosting")]
        if not blogs:
            raise page_without(response.body, "a live blog (schema.org LiveBlogPosting in JSON-LD)")
        updates = [update for blog in blogs for update in _parts(blog.get("liveBlogUpdate"))]
        return Parsed(
            entries=[entry for entry in _entries(updates, response.url) if entry],
            title=next((title for title in map(_title, blogs) if title), ""),
        )


# -- JSON-LD ----------------------------------------------------------------------------------


def _linked_data(text: str) -> Iterator[object]:
    """Yield each block of JSON-LD of a page; a block that is broken is left out."""
    if text.lstrip().startswith(("{", "[")):
        yield from _loaded(text)
        return
    from selectolax.lexbor import LexborHTMLParser  # its library is not needed to read configurations

    for node in LexborHTMLParser(text).css('script[type*="ld+json" i]'):
        yield from _loaded(node.text(deep=True))


_HIDING = re.compile(r"(?:\s|<!--|//|/\*|\*/|<!\[CDATA\[)*")  # comments, so that old browsers do not show it
_JSON = json.JSONDecoder(strict=False)  # line breaks in texts: many write them


def _loaded(text: str) -> Iterator[object]:
    """Yield the value of a block, which some pages hide in a comment or escape as HTML; what follows it is ignored."""
    for version in (text, html.unescape(text)):
        begins = _HIDING.match(version)
        with suppress(ValueError, RecursionError):
            yield _JSON.raw_decode(version, begins.end() if begins else 0)[0]
            return


def _of_type(value: object, name: str) -> Iterator[Fields]:
    """Yield the outermost objects of a type, in their order, however deep they lie."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as fields if name in _types(fields):
                yield fields
            case dict() as fields:
                waiting.extend(reversed(list(fields.values())))
            case list() as values:
                waiting.extend(reversed(values))


def _types(fields: Fields) -> list[str]:
    types = fields.get("@type")
    return [said(name).rpartition("/")[2] for name in (types if isinstance(types, list) else [types])]


def _parts(value: object) -> list[Fields]:
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


# -- one update -------------------------------------------------------------------------------


def _entries(updates: list[Fields], base: str) -> Iterator[Entry | None]:
    """Yield the updates. An address that several share, the page's own mostly, is nobody's identity."""
    urls = [_address(update, base) for update in updates]
    times = [said(update.get("datePublished")) for update in updates]
    shared = {value for value, count in Counter([*urls, *times]).items() if count > 1}
    shared |= {base, base.partition("#")[0]}
    for update, url, time in zip(updates, urls, times, strict=True):
        own = url if url not in shared else ""
        yield _entry(update, url, own, "" if own or time in shared else time)


def _address(update: Fields, base: str) -> str:
    page = update.get("mainEntityOfPage")
    page = page.get("@id") if isinstance(page, dict) else page
    found = (joined(base, href) for href in (update.get("url"), update.get("@id"), page))
    return next((url for url in found if url), "")


def _entry(update: Fields, url: str, own: str, time: str) -> Entry | None:
    summary = (
        readable(update.get("articleBody"))
        or readable(update.get("description"))
        or readable(update.get("text"))
    )
    title = _title(update) or _first_sentence(summary)
    if not title:
        return None
    ids = [said(update.get("identifier")), f"live {time}" if time else ""]
    return Entry(
        keys=keys(tuple(ids), own, title, summary),
        title=title,
        summary=summary,
        url=url,
        author=_author(update),
        dates=tuple(dates((update.get("datePublished"), "json-ld"), (update.get("dateModified"), "updated"))),
    )


def _title(fields: Fields) -> str:
    return readable(fields.get("headline")) or readable(fields.get("name"))


def _first_sentence(text: str) -> str:
    """Return what may stand for a headline that is missing.

    >>> _first_sentence("Sirens in Kyiv. People are asked to stay in shelters.")
    'Sirens in Kyiv.'
    """
    end = min((at + 1 for mark in (". ", "! ", "? ") if (at := text.find(mark)) > 0), default=len(text))
    return (
        text[:end]
        if end <= TITLE_CHARS
        else f"{text[:TITLE_CHARS].rpartition(' ')[0] or text[:TITLE_CHARS]}…"
    )


def _author(update: Fields) -> str:
    names = (readable(author.get("name")) for author in _parts(update.get("author")))
    return ", ".join(dict.fromkeys(name for name in names if name)) or readable(update.get("author"))
