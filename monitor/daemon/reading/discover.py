"""From the address of a site to its feeds: what is asked is bounded, and what is found was fetched and read.

Found by discovery, an address may not be private unless its host and port were typed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

from monitor.config.tables.sources import comparable
from monitor.daemon.clock import SystemClock
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import TransportError
from monitor.daemon.network.transport import Transport
from monitor.daemon.network.urls import place, stays
from monitor.daemon.parsing.parse import Parsers
from monitor.daemon.reading import hints
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hints import Hint, How
from monitor.daemon.reading.hosts import Held, Hosts
from monitor.daemon.reading.robots import Robots
from monitor.model import Claim, Entry, Parsed, Proposal, Response, Source, Trouble
from monitor.sources import ParseError
from monitor.sources.auto import PAGE
from monitor.values import dataclass

MOST = 24  # addresses asked for one site, the typed one included; redirects come on top
OF_A_PAGE = 8  # hints of one kind in a page that are followed
SITEMAPS = 3
_OLD = (timedelta(days=1), timedelta(days=7), timedelta(days=30))

_OFFERED = frozenset({"typed", "link", "robots"})  # how a feed is found that is meant to be

_NAMED = frozenset({"link", "json-ld", "anchor"})  # how a page tells of its feed
_PLAIN = "an HTML page, not a feed"

Fetch = Callable[[Source], Awaitable[Response | Trouble]]
Forbidden = Callable[[Source], Awaitable[Trouble | None]]  # why robots.txt, or the want of it, keeps us out
Parse = Callable[[Source, Response], Awaitable[Parsed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An address that can be read, and what it holds."""

    source: Source  # kind and address; its name says nothing
    how: How
    title: str
    entries: Sequence[Entry]
    received_at: datetime

    @property
    def dates(self) -> list[datetime]:
        """The dates of its items that a library could read, oldest first."""
        return sorted(at for entry in self.entries if (at := _date(entry)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, and what it took."""

    found: tuple[Found, ...] = ()  # the best first
    page: Response | None = None  # the typed address, if it is something else than a feed
    trouble: str = ""  # why the typed address is no feed
    asked: int = 0
    left: int = 0  # hints that were not followed

    @property
    def instead(self) -> bool:
        """Whether what was found is the site's, of which the typed address is no plain page, nor names the feed."""
        named = any(found.how in _NAMED for found in self.found)
        return bool(self.found and self.trouble) and self.trouble != _PLAIN and not named


async def nothing(source: Source) -> None:
    """Forbid nothing."""


async def discover(
    url: str,
    kinds: Sequence[str],
    *,
    fetch: Fetch,
    parse: Parse,
    forbidden: Forbidden = nothing,
    only: bool = False,
) -> Search:
    """Return the feeds of a site: the address itself if it is one, else what leads on from it.

    `kinds` are the types to try on a body, in their order. At most 24 addresses are asked; what a page links to
    as its feeds goes before custom and robots.txt, and the first of these ways that leads to items ends the search.
    `only` asks the address itself and nothing else. A page is read, and an address that its publisher does not offer
    as a feed is tried, only where robots.txt allows it, which `forbidden` tells.
    """
    visit = _Visit(url, kinds, fetch, parse, forbidden)
    first = await visit.ask(Hint(url=url, how="typed"))
    if first or only or visit.unreachable:
        return visit.search((first,) if first else ())
    ways = (
        (visit.linked, OF_A_PAGE),
        (visit.mentioned, OF_A_PAGE),
        (visit.custom, MOST),
        (visit.robots, SITEMAPS),
    )
    for way, most in ways:
        found = await visit.follow(await way(), most)
        if found:
            return visit.search(_ranked(found))
    return visit.search(())


@dataclass(slots=True)
class _Visit:
    """One search: what was asked already, and what the typed address answered."""

    url: str
    kinds: Sequence[str]
    fetch: Fetch
    parse: Parse
    forbidden: Forbidden
    page: Response | None = None
    trouble: str = ""
    left: int = 0
    unreachable: bool = False  # no answer, so its neighbours are not asked either
    _asked: set[str] = field(default_factory=set)

    def search(self, found: tuple[Found, ...]) -> Search:
        return Search(
            found=found, page=self.page, trouble=self.trouble, asked=len(self._asked), left=self.left
        )

    async def follow(self, told: Sequence[Hint], most: int) -> list[Found]:
        """Return those of the first `most` hints that have items."""
        fresh = [hint for hint in told if comparable(hint.url) not in self._asked]
        room = min(max(MOST - len(self._asked), 0), most)
        self.left += len(fresh[room:])
        results = await asyncio.gather(*(self.ask(hint) for hint in fresh[:room]))
        return [found for found in results if found is not None and found.entries]

    async def ask(self, hint: Hint) -> Found | None:
        """Return what an address holds, None if it is no feed."""
        self._asked.add(comparable(hint.url))
        if hint.how not in _OFFERED and await self.forbidden(self._source(hint.url)):
            return None
        response = await self.fetch(self._source(hint.url))
        if isinstance(response, Trouble):
            self._note(hint, response.sentence, None)
            self.unreachable |= hint.how == "typed" and response.kind not in {"status", "gone"}
            return None
        why = ""
        for kind in self.kinds:
            source = replace(self._source(hint.url), kind=kind)
            try:
                parsed = await self.parse(source, response)
            except ParseError as error:
                why = why or str(error)
                continue
            entries = parsed.entries or await self._children(source, parsed.more)
            return Found(
                source=source,
                how=hint.how,
                title=parsed.title or hint.title,
                entries=entries,
                received_at=response.received_at,
            )
        if hint.how == "typed" and (no := await self.forbidden(self._source(response.url))):
            self._note(hint, no.sentence, None)
        else:
            self._note(hint, why, response)
        return None

    async def _children(self, source: Source, more: Sequence[str]) -> Sequence[Entry]:
        """Return the items of the first part that a sitemap index names: enough to tell what it is."""
        for url in sorted(more, key=lambda url: "news" not in url.lower())[:1]:
            if len(self._asked) >= MOST:
                continue
            self._asked.add(comparable(url))
            response = await self.fetch(self._source(url))
            if isinstance(response, Response):
                try:
                    return (await self.parse(source, response)).entries
                except ParseError:
                    continue
        return ()

    def _source(self, url: str) -> Source:
        return Source(name="discovery", url=url, listed=not self._is_typed(url))

    def _is_typed(self, url: str) -> bool:
        try:
            return stays(place(self.url), place(url))
        except TransportError:
            return False

    def _note(self, hint: Hint, why: str, response: Response | None) -> None:
        if hint.how == "typed":
            self.trouble, self.page = (_PLAIN if why == PAGE else why), response

    # -- ways ---------------------------------------------------------------------------------

    async def linked(self) -> list[Hint]:
        return hints.of_links(*self._read()) if self.page else []

    async def mentioned(self) -> list[Hint]:
        if self.page is None:
            return []
        return [*hints.of_json_ld(*self._read()), *hints.of_anchors(*self._read())]

    async def custom(self) -> list[Hint]:
        return hints.of_custom(self.page.url if self.page else self.url)

    async def robots(self) -> list[Hint]:
        if len(self._asked) >= MOST:
            return []
        url = urljoin(self.page.url if self.page else self.url, "/robots.txt")
        self._asked.add(comparable(url))
        response = await self.fetch(self._source(url))
        if isinstance(response, Trouble):
            return []
        return hints.of_robots(hints.text_of(response), response.url)

    def _read(self) -> tuple[str, str]:
        assert self.page is not None
        return hints.text_of(self.page), self.page.url


async def explore(
    url: str, kinds: Sequence[str], *, contact: str, only: bool = False
) -> tuple[Search, Sequence[Proposal]]:
    """Return what there is at an address: feeds and, where the page itself links to none, ways to read the page.

    With `only`, which asks for this very address, the page's links are not followed.
    """
    clock, hosts = SystemClock(), Hosts()
    async with Transport(contact=contact, clock=clock) as transport, Parsers(slow=0) as parsers:
        robots = Robots(transport, hosts, clock)

        async def ask(source: Source) -> Response | Trouble:
            claim = Claim(source=source, generation=0, claimed_at=clock.now())
            return await fetch(transport, claim, hosts, clock=clock)

        async def forbidden(source: Source) -> Trouble | None:
            reach = Reach.PUBLIC if source.listed else Reach.TYPED
            try:
                return await robots.trouble(source.url, reach=reach)
            except Held as held:
                return Trouble(sentence=str(held), kind="held")

        search = await discover(
            url, kinds, fetch=ask, parse=parsers.parse, forbidden=nothing if only else forbidden, only=only
        )
        own = any(found.how in {"typed", "link"} for found in search.found)
        if own or search.page is None:
            return search, ()
        if only and await forbidden(Source(name="discovery", url=search.page.url)):
            return search, ()
        try:
            return search, await parsers.propose(search.page)
        except ParseError:
            return search, ()


# -- which is the best ------------------------------------------------------------------------


def _ranked(found: Iterable[Found]) -> tuple[Found, ...]:
    """Return each feed once, the best first: no comments, new items, many of them, a title."""
    ranked = sorted(found, key=_rank)
    seen: dict[tuple[str, ...], Found] = {}
    for one in ranked:
        seen.setdefault(tuple(entry.keys[0] for entry in one.entries), one)
    return tuple(seen.values())


def _rank(found: Found) -> tuple[bool, int, int, bool]:
    about = f"{found.source.url} {found.title}".lower()
    return "comment" in about, _age(found), -len(found.entries), not found.title


def _age(found: Found) -> int:
    """Return how old its newest item is: 0 for a day, 3 for more than a month, 2 for who knows."""
    if not found.dates:
        return 2
    return sum(found.received_at - found.dates[-1] > old for old in _OLD)


def _date(entry: Entry) -> datetime | None:
    for written in _parsed_dates(entry):
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            continue
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _parsed_dates(entry: Entry) -> Iterator[str]:
    return (date.parsed for date in entry.dates if date.parsed)
