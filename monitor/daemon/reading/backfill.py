"""Filling a gap: what went by between two bodies may still stand on older pages, or in the site's news sitemap.

Asked politely, one address after the other, until something known turns up. What is found is taken
only if it fits into the gap: nothing that the source showed long ago may ring as new.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit

from monitor.core.dates.timestamps import Row, dated
from monitor.core.domains import registrable_domain
from monitor.core.items import identity
from monitor.daemon.reading.gather import Errand
from monitor.model import Entry, Parsed, Response, Source, Trouble
from monitor.values import dataclass

LATE = timedelta(hours=1)  # an item may be dated so long before it is shown
ALIKE = 0.8  # share of a sitemap's items, of the time that the body spans, that the body must have too
LISTED = 10_000  # entries of sitemaps that are looked through
SITEMAP = "news_sitemap"  # the kind that reads it
_NAMED = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)  # robots.txt

T = TypeVar("T")
Familiar = Callable[[Sequence[Entry]], Awaitable[frozenset[int]]]  # positions of what this source had before


class Think(Protocol):
    """Somewhere to work out what takes long."""

    async def __call__(self, work: Callable[[], T]) -> T:
        """Return what `work` returns, without blocking the loop."""


@dataclass(slots=True, kw_only=True)
class Search:
    """What was found so far, and how far back that goes."""

    source: Source
    houses: frozenset[str]  # domains of the publisher: nobody else's are asked
    now: datetime
    since: datetime  # the last look: what is older was seen then, or before
    familiar: Familiar
    think: Think
    had: set[str] = field(default_factory=set)  # keys of the body and of what was found
    found: list[Entry] = field(default_factory=list)
    undated: list[Entry] = field(default_factory=list)  # taken if something known turns up below them
    reached: bool = False

    def has(self, entry: Entry) -> bool:
        """Tell whether an entry stands in the body, or was found already."""
        return not self.had.isdisjoint(_keys(entry))

    async def take(self, entries: Sequence[Entry]) -> bool:
        """Keep what lies in the gap, of a page in its order; return whether the page had anything unseen."""
        familiar = await self.familiar(entries)
        return await self.think(lambda: self._take(entries, familiar))

    def _take(self, entries: Sequence[Entry], familiar: frozenset[int]) -> bool:
        unseen = False
        for position, entry in enumerate(entries):
            if position in familiar:
                self.reached = True
            elif not self.has(entry):
                unseen = True
                self._place(entry)
                self.had.update(_keys(entry))
        return unseen

    def _place(self, entry: Entry) -> None:
        at = _date(self.source, entry, self.now)
        if at is None:
            if not self.reached:
                self.undated.append(entry)
        elif at >= (self.since if self.reached else self.since - LATE):
            self.found.append(entry)
        else:
            self.reached = True

    def result(self) -> tuple[Entry, ...]:
        """Return what was missed; what has no date only if it stands above something known."""
        return (*self.found, *(self.undated if self.reached else ()))


def _keys(entry: Entry) -> tuple[str, ...]:
    [candidate] = identity.candidates([entry])
    return candidate.keys  # the text among them: a site may make ids anew for each page


def _date(source: Source, entry: Entry, now: datetime) -> datetime | None:
    [when] = dated(source, [Row(entry.dates)], now=now, since=None).published
    return when.latest if when.dated else None


async def backfill(
    errand: Errand, response: Response, parsed: Parsed, *, now: datetime, familiar: Familiar, think: Think
) -> tuple[Entry, ...]:
    """Return the items that went by since the last look, as far as they are found, newest first.

    RFC 5005 archives and rel=next come first, then WordPress's `?paged=2`, then the news sitemap.
    """
    looked_at = errand.claim.rhythm.looked_at or now
    houses = frozenset(_house(urlsplit(url)) for url in (errand.claim.source.url, response.url))
    search = Search(
        source=errand.claim.source, houses=houses, now=now, since=looked_at, familiar=familiar, think=think
    )
    search.had.update(key for entry in parsed.entries for key in _keys(entry))
    await _older(errand, parsed.older, search)
    if not search.reached and not parsed.older and errand.claim.source.kind in ("feed", "auto"):
        await _paged(errand, search)
    if not search.reached:
        await _sitemaps(errand, response, parsed, search)
    return search.result()


async def _page(errand: Errand, url: str, search: Search, kind: str = "") -> Parsed | None:
    if _house(urlsplit(url)) not in search.houses:
        return None
    answer = await errand.ask(url)
    if isinstance(answer, Trouble) or answer.status != 200:
        return None
    parsed = await errand.read(answer, kind)
    return None if isinstance(parsed, Trouble) else parsed


async def _older(errand: Errand, urls: Sequence[str], search: Search) -> None:
    """Follow the links back in time, RFC 5005 §3 and §4, until something known or nothing unseen."""
    queue, asked = list(urls), {errand.claim.source.url}
    while queue and errand.left and not search.reached:
        url = queue.pop(0)
        if url in asked:
            continue
        asked.add(url)
        page = await _page(errand, url, search)
        if page and await search.take(page.entries):
            queue.extend(page.older)


async def _paged(errand: Errand, search: Search) -> None:
    """Turn WordPress's pages; a site that is none answers each time with the same body."""
    number = 2
    while errand.left and not search.reached:
        page = await _page(errand, _numbered(errand.claim.source.url, number), search)
        if page is None or not await search.take(page.entries):
            return
        number += 1


def _numbered(url: str, number: int) -> str:
    """Return the address of WordPress's page `number` of a feed.

    >>> _numbered("https://example.org/feed/?lang=uk", 2)
    'https://example.org/feed/?lang=uk&paged=2'
    """
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "paged"]
    return parts._replace(query=urlencode([*query, ("paged", str(number))]), fragment="").geturl()


async def _sitemaps(errand: Errand, response: Response, parsed: Parsed, search: Search) -> None:
    """Look into the news sitemap of the site that the items are on."""
    links = {key for entry in parsed.entries for key in _keys(entry) if key.startswith("url:")}
    if not links:
        return  # nothing by which to tell that the sitemap lists what the source shows
    root = _site(parsed.entries, response.url)
    queue = await _named(errand, root) or [urljoin(root, "/news-sitemap.xml")]
    listed: list[Entry] = []
    while queue and errand.left and len(listed) < LISTED:
        page = await _page(errand, queue.pop(0), search, SITEMAP)
        if page:
            queue.extend(page.more)
            listed.extend(page.entries)
    await search.take(await search.think(lambda: _newest_first(listed, links, search)))


def _site(entries: Iterable[Entry], url: str) -> str:
    """Return the address of the site that most items are on, if it is of the house of `url`; else that of `url`.

    A feed may name any host in its links; asked are only those of the publisher we were sent to.
    """
    own = urlsplit(url)
    parts = (urlsplit(entry.url) for entry in entries if entry.url)
    roots = Counter(
        f"{it.scheme}://{it.netloc}/" for it in parts if it.hostname and _house(it) == _house(own)
    )
    return roots.most_common(1)[0][0] if roots else f"{own.scheme}://{own.netloc}/"


def _house(parts: SplitResult) -> str:
    return registrable_domain(parts.hostname or "")


async def _named(errand: Errand, root: str) -> list[str]:
    """Return the news sitemaps that robots.txt names."""
    answer = await errand.ask(urljoin(root, "/robots.txt"))
    if isinstance(answer, Trouble) or answer.status != 200:
        return []
    named = _NAMED.findall(answer.body[:524_288].decode("utf-8", "replace"))
    return [urljoin(root, url) for url in dict.fromkeys(named) if "news" in url.lower()]


def _newest_first(listed: Sequence[Entry], links: set[str], search: Search) -> Sequence[Entry]:
    """Return the dated entries of a sitemap, newest first, () where it does not list what the source shows."""
    known = [
        (at, not links.isdisjoint(_keys(entry)), entry)
        for entry in listed
        if (at := _date(search.source, entry, search.now)) is not None
    ]
    if not _tells_the_same([(at, shared) for at, shared, _ in known], links):
        return ()
    return [entry for *_, entry in sorted(known, key=lambda it: it[0], reverse=True)]


def _tells_the_same(listed: Sequence[tuple[datetime, bool]], links: set[str]) -> bool:
    """Tell whether a sitemap lists what the source shows, and not a whole site of which it shows a part.

    `listed` says of each of its items when it was published, and whether the source shows it.
    """
    common = [at for at, shared in listed if shared]
    if 2 * len(common) < len(links):
        return False
    within = [shared for at, shared in listed if min(common) <= at <= max(common)]
    return sum(within) >= ALIKE * len(within)
