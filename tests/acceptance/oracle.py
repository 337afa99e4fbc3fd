"""What was really served, read without the program: expat where a body is well-formed, a lenient regex where not.

Nothing here imports `monitor`. An item is known by its guid or its link, either as published.
"""

import html
import re
import xml.parsers.expat
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

FIELDS = ("guid", "id", "link", "title")
ITEMS = ("item", "entry")  # of RSS, of Atom
_FEED = re.compile(rb"<(?:rss|rdf:RDF|feed)\b", re.I)
_ITEM = re.compile(r"<item\b.*?</item\s*>", re.I | re.S)
_FIELD = re.compile(r"<(guid|link|title)\b[^>]*>(.*?)</\1\s*>", re.I | re.S)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.S)
_CARD = re.compile(r'data-testid="FeedListItem"(.*?)</li>', re.S)
_HREF = re.compile(r'<a [^>]*data-testid="TitleLink"[^>]*href="([^"]*)"')
_HEADING = re.compile(r'<span [^>]*data-testid="TitleHeading"[^>]*>(.*?)</span>', re.S)


@dataclass(frozen=True, slots=True)
class Seen:
    """One item of one body."""

    guid: str
    link: str
    title: str

    @property
    def keys(self) -> frozenset[str]:
        """Return what it is known by."""
        return frozenset(key for key in (self.guid, self.link) if key)

    @property
    def name(self) -> str:
        """Return what it is counted by."""
        return self.guid or self.link


@dataclass(frozen=True, slots=True)
class Body:
    """What one body holds; `how` is expat, regex, page or "no feed"."""

    items: tuple[Seen, ...]
    how: str

    @property
    def keys(self) -> frozenset[str]:
        """Return what any of its items is known by."""
        return frozenset().union(*(item.keys for item in self.items))


def read(body: bytes, *, page: str = "") -> Body:
    """Return the items of a body; `page` is the address of a page that lists them by cards."""
    if page:
        return Body(tuple(_cards(body.decode("utf-8", "replace"), page)), "page")
    if not _FEED.search(body[:4096]):
        return Body((), "no feed")
    try:
        return Body(tuple(_by_expat(body)), "expat")
    except xml.parsers.expat.ExpatError:
        return Body(tuple(_by_regex(body.decode("utf-8", "replace"))), "regex")


def _by_expat(body: bytes) -> list[Seen]:
    found: list[Seen] = []
    texts: dict[str, str] = {}
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(name)
        if name in ITEMS:
            texts.clear()
        elif path[-2:] == ["entry", "link"] and attributes.get("rel", "alternate") == "alternate":
            texts["link"] = attributes.get("href", "")

    def data(text: str) -> None:
        if len(path) > 1 and path[-2] in ITEMS and path[-1] in FIELDS:
            texts[path[-1]] = texts.get(path[-1], "") + text

    def end(name: str) -> None:
        path.pop()
        if name in ITEMS:
            found.append(_seen(texts))

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, data, end
    parser.Parse(body, True)
    return found


def _by_regex(text: str) -> Iterator[Seen]:
    for item in _ITEM.findall(text):
        texts: dict[str, str] = {}
        for name, value in _FIELD.findall(item):
            texts.setdefault(name.lower(), html.unescape(_CDATA.sub(r"\1", value)))
        yield _seen(texts)


def _cards(text: str, page: str) -> Iterator[Seen]:
    for card in _CARD.findall(text):
        if (href := _HREF.search(card)) and (title := _HEADING.search(card)):
            yield Seen("", urljoin(page, html.unescape(href[1])), plain(title[1]))


def _seen(texts: dict[str, str]) -> Seen:
    guid = texts.get("guid", "") or texts.get("id", "")
    return Seen(guid.strip(), texts.get("link", "").strip(), plain(texts.get("title", "")))


def plain(text: str) -> str:
    """Return what a reader sees of a title."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", html.unescape(text))).split())
