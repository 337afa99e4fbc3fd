"""The dates that a page's JSON-LD states for the rows of its list: by their links, or by their headlines.

A page states its own date there as well, which is no row's: so one that speaks of the page itself is left
out, and a headline counts only of what stands in a list (the items of an `ItemList`, a blog's posts).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from monitor.core.items.identity import canonical_url, normalised
from monitor.core.text import clean
from monitor.model import Entry, RawDate
from monitor.sources._entries import dates
from monitor.sources._linked_data import Fields, address, headline, types

MEMBERS = (
    "itemListElement",
    "liveBlogUpdate",
    "blogPost",
    "hasPart",
)  # of these, objects are items of a list
DATED = ("Article", "Posting")  # what the names of types end with that have a date of their own


def with_linked_dates(entries: Sequence[Entry], blocks: Iterable[object], url: str) -> list[Entry]:
    """Return the rows of the page at `url` with the dates that its JSON-LD `blocks` state for them.

    An address or headline that several rows share, or that has several dates, dates none.
    """
    stated = _Stated(url)
    for block in blocks:
        stated.read(block)
    if not stated.dates:
        return list(entries)
    names = Counter(name for entry in entries for name in stated.names(entry))
    return [
        replace(entry, dates=(*entry.dates, *found))
        if (found := stated.of(name for name in stated.names(entry) if names[name] == 1))
        else entry
        for entry in entries
    ]


class _Stated:
    """What is dated, by its address ("url:...") and its headline ("title:...")."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.page = _without_fragment(canonical_url(url))
        self.dates: dict[str, set[RawDate]] = {}
        self.links: dict[str, str] = {}  # of headlines, where they lead

    def read(self, block: object) -> None:
        for fields, member in _dated(block):
            link = self._link(address(fields, self.url))
            title = _title(headline(fields)) if member else ""
            found = set(dates((fields.get("datePublished"), "json-ld")))
            for name in filter(None, (link, title)):
                self.dates.setdefault(name, set()).update(found)
            if title and link:
                self.links[title] = link

    def names(self, entry: Entry) -> Iterator[str]:
        """Yield by what a row may be dated, its link first; the headline of what leads elsewhere is another's."""
        link, title = self._link(entry.url), _title(entry.title)
        if link:
            yield link
        if title and (not link or self.links.get(title, link) == link):
            yield title

    def of(self, names: Iterable[str]) -> tuple[RawDate, ...]:
        found = (self.dates.get(name, set()) for name in names)
        return next((tuple(one) for one in found if len(one) == 1), ())

    def _link(self, url: str) -> str:
        """Return an address as a name; the page's own is no item's, but one inside it is."""
        link = canonical_url(url) if url else ""
        return f"url:{link}" if link and link != self.page else ""


def _title(text: str) -> str:
    title = normalised(clean(text)).casefold()
    return f"title:{title}" if title else ""


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]


def _dated(value: object) -> Iterator[tuple[Fields, bool]]:
    """Yield what has a date, and whether it is the item of a list, however deep it lies."""
    waiting = [(value, False)]
    while waiting:
        one, member = waiting.pop()
        match one:
            case dict() as fields:
                if fields.get("datePublished") and any(name.endswith(DATED) for name in types(fields)):
                    yield fields, member
                waiting.extend((part, member or key in MEMBERS) for key, part in fields.items())
            case list() as values:
                waiting.extend((part, member) for part in values)
