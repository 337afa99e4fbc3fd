"""Sitemaps: Google News ones with titles, plain ones with dates of change, text ones, and their indexes."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

from monitor.core.text import TAGS
from monitor.model import Entry, Parsed, Response
from monitor.sources import ParseError
from monitor.sources._broken_xml import mended
from monitor.sources._charset import decoded
from monitor.sources._entries import dates, instant, joined, keys, readable
from monitor.sources._gzip import unpacked
from monitor.sources._not_a_feed import beginning, check_not_empty, is_html, refuse, root_of

FRESH = timedelta(days=2)  # a child this much older than the newest has no news
NEWEST = 10_000  # entries read of one sitemap; the standard allows 50,000

_ROOTS = frozenset({"urlset", "sitemapindex"})
_LINE = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class NewsSitemap:
    """A sitemap, best a Google News one: XML or text, packed with gzip or not, or an index of them."""

    @staticmethod
    def recognises(body: bytes) -> int:
        """Return 2 for a sitemap in XML, 1 for what is mostly lines of addresses, else 0."""
        head = beginning(body)
        if root_of(head) in _ROOTS:
            return 2
        lines = [line for line in head[:4_096].decode("latin-1").splitlines() if line.strip()]
        return int(2 * sum(_LINE.fullmatch(line.strip()) is not None for line in lines) > len(lines))

    def parse(self, response: Response) -> Parsed:
        """Return the pages of a sitemap, or in `more` the children of an index where news may be, newest first.

        Where the XML breaks off, what stands before counts.

        Raises:
            ParseError: the body is no sitemap, or breaks off before its first page.
        """
        check_not_empty(response.body)
        body = unpacked(response.body)
        head = beginning(body)
        text = decoded(body, response.content_type)
        if root_of(head) in _ROOTS and not is_html(head):
            return _xml(text, response.url)
        return _lines(text, response, body)


def _lines(text: str, response: Response, body: bytes) -> Parsed:
    """Read a text sitemap: every line that is an address, and nothing else, is a page."""
    urls = [line.strip() for line in text.splitlines() if _LINE.fullmatch(line.strip())]
    if not urls or root_of(beginning(body)):
        raise refuse(body, "a sitemap")
    pages = [_Page(loc=url) for url in urls]
    return Parsed(entries=_entries(pages, response.url))


# -- XML --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Page:
    """What one <url> or <sitemap> says."""

    loc: str = ""
    lastmod: str = ""
    title: str = ""
    published: str = ""
    keywords: str = ""
    others: list[str] = field(default_factory=list)  # titles of its images and videos


class _Reader:
    """Reads names without their prefixes: which one a namespace has is the writer's choice."""

    def __init__(self) -> None:
        self.pages: list[_Page] = []
        self.root = ""
        self.whole = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate("utf-8")  # the text is decoded: a declaration counts no more
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append
        self._parser.EntityDeclHandler = self._refuse

    def read(self, text: str) -> None:
        """Read all of it, or up to where it breaks. Raises ParseError for entities of its own."""
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), True)
        except expat.ExpatError:
            return
        self.whole = True

    def _refuse(self, *_: object) -> None:
        raise ParseError("a document that declares entities, which no sitemap needs")

    def _start(self, name: str, _: object) -> None:
        name = name.rpartition(":")[2].lower()
        self.root = self.root or name
        self._path.append(name)
        self._text.clear()
        if name in ("url", "sitemap") and len(self._path) == 2:
            self.pages.append(_Page())

    def _end(self, _: str) -> None:
        path, text = self._path[2:], "".join(self._text).strip()
        self._text.clear()
        self._path.pop()
        if not path or not self.pages or not text:
            return
        match path:
            case ["loc"]:
                self.pages[-1].loc = self.pages[-1].loc or text
            case ["lastmod"]:
                self.pages[-1].lastmod = text
            case ["news", "title"]:
                self.pages[-1].title = text
            case ["news", "publication_date"]:
                self.pages[-1].published = text
            case ["news", "keywords"]:
                self.pages[-1].keywords = text
            case ["image", "title"] | ["image", "caption"] | ["video", "title"]:
                self.pages[-1].others.append(text)


def _xml(text: str, base: str) -> Parsed:
    reader = _Reader()
    reader.read(text)
    if not reader.whole:
        again = _Reader()
        again.read(mended(text))
        reader = again if len(again.pages) >= len(reader.pages) else reader
    pages = reader.pages if reader.whole else reader.pages[:-1]  # the last may lack its half
    pages = [page for page in pages if joined(base, page.loc)]
    if not pages and not reader.whole:
        raise ParseError("a sitemap that is cut off before its first page")
    if reader.root == "sitemapindex":
        return Parsed(more=tuple(_newest_children(pages, base)))
    return Parsed(entries=_entries(_newest(pages), base))


# -- entries ----------------------------------------------------------------------------------


def _entries(pages: Sequence[_Page], base: str) -> list[Entry]:
    return [_entry(page, joined(base, page.loc)) for page in pages]


def _entry(page: _Page, url: str) -> Entry:
    title = readable(page.title) or next((readable(other) for other in page.others), "") or _words(url)
    return Entry(
        keys=keys((), url, title, ""),
        title=title,
        url=url,
        tags=_tags(page.keywords),
        dates=tuple(dates((page.published, "stated"), (page.lastmod, "updated"))),
    )


def _words(url: str) -> str:
    """Return the words of an address, for a sitemap without titles: something a rule can match.

    >>> _words("https://example.org/world/2024/03/11/kyiv-under-attack-17.html")
    'kyiv under attack 17'
    """
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    worded = [part for part in parts if sum(char.isalpha() for char in part) > len(part) / 2]
    part = max(worded[-2:], key=lambda part: part.count("-") + part.count("_"), default="")
    return " ".join(re.split(r"[-_+ ]+", re.sub(r"\.[a-z]{2,5}$", "", part))).strip()


def _tags(keywords: str) -> tuple[str, ...]:
    tags = (readable(word.strip()) for word in keywords.split(",", TAGS)[:TAGS])
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _changed(page: _Page) -> str:
    """Return a stamp that sorts, "" for none; one without a zone is near enough."""
    for text in (page.published, page.lastmod):
        if text:
            return instant(text) or (text if re.match(r"\d{4}-\d\d", text) else "")
    return ""


def _newest(pages: list[_Page]) -> list[_Page]:
    """Return all pages, or the newest of too many, in their order."""
    if len(pages) <= NEWEST:
        return pages
    kept = sorted(range(len(pages)), key=lambda number: _changed(pages[number]), reverse=True)[:NEWEST]
    return [pages[number] for number in sorted(kept)]


def _newest_children(pages: list[_Page], base: str) -> list[str]:
    """Return the children of an index where news may be, newest first.

    By their dates; without any, those with "news" in their names, or all, by the date in their names.
    """
    urls = {joined(base, page.loc): _changed(page) for page in pages}
    dated = [(day, at, url) for url, at in urls.items() if (day := _day(at))]
    if dated:
        newest = max(day for day, _, _ in dated)
        fresh = sorted(((at, url) for day, at, url in dated if newest - day <= FRESH), reverse=True)
        return [url for _, url in fresh]
    named = [url for url in urls if "news" in urlsplit(url).path.lower()] or list(urls)
    return sorted(named, key=_date_in_name, reverse=True)


def _day(stamp: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(stamp[:10] if len(stamp) >= 10 else f"{stamp[:7]}-01")
    return None


def _date_in_name(url: str) -> list[int]:
    """Return the numbers of a name that begins with a year, [] of any other.

    >>> _date_in_name("https://example.org/sitemap-2024-11.xml"), _date_in_name("https://example.org/sitemap-3.xml")
    ([2024, 11], [])
    """
    numbers = [int(number) for number in re.findall(r"\d{1,9}", urlsplit(url).path)]
    return numbers if numbers and 1990 <= numbers[0] <= 2200 else []
