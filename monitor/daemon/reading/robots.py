"""robots.txt, by RFC 9309: what a site's owner wants no program to read. Asked before pages, not before feeds.

A feed is published for programs; a page is for people, and its owner has a say. One file an origin, asked once a
day by those who need it. What cannot be had is a no (§2.3.1.4), what is not there is a yes (§2.3.1.3).
"""

import asyncio
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import TransportError
from monitor.daemon.network.transport import AGENT, Answer, Transport
from monitor.daemon.network.urls import joined, place, stays
from monitor.daemon.reading.hosts import Hosts
from monitor.model import Clock, Proxy, Trouble
from monitor.values import dataclass

if TYPE_CHECKING:
    from protego import Protego

FRESH = timedelta(days=1)  # §2.4
AGAIN = timedelta(minutes=10)  # until one that could not be had is asked for again
GIVEN_UP = timedelta(days=30)  # §2.3.1.4: out of reach for so long, it is taken for not there
HOPS = 5  # §2.3.1.2
SIZE = 500 * 1024  # bytes that are read of one, §2.5
ORIGINS = 4_096  # remembered; beyond that, the oldest are forgotten
LONGEST_DELAY = 60.0  # seconds; a Crawl-delay beyond that is a number, not a pause
_FOLLOWED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says, and until when that holds."""

    until: datetime
    rules: "Protego | None" = None  # None: nothing is forbidden
    trouble: Trouble | None = None  # it could not be had
    since: datetime | None = None  # that began


@dataclass(slots=True, eq=False)
class _Origin:
    rules: Rules | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class Robots:
    """The rules of all origins, each asked for once a day; one for the whole daemon."""

    def __init__(self, transport: Transport, hosts: Hosts, clock: Clock) -> None:
        self._transport, self._hosts, self._clock = transport, hosts, clock
        self._origins: dict[tuple[str, Proxy | None], _Origin] = {}

    async def trouble(self, url: str, *, reach: Reach, via: Proxy | None = None) -> Trouble | None:
        """Return why `url` is not to be asked, None where it may be. Asks for robots.txt where it must.

        A Crawl-delay is kept from now on (`Hosts.widen`). Raises Held where the publisher wants nobody at the door.
        """
        parts = urlsplit(url)
        if parts.path == "/robots.txt":
            return None
        origin = self._origin(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", via)
        async with origin.asking:
            if origin.rules is None or origin.rules.until <= self._clock.now():
                rules = await self._asked(joined(url, "/robots.txt"), reach, via, origin.rules)
                origin.rules = replace(rules, trouble=rules.trouble and _told_once(rules.trouble))
            else:
                rules = origin.rules
        host = place(url).host
        if rules.trouble:
            said = f"robots.txt of {host}: {rules.trouble.sentence}; without it none of its pages is read"
            return replace(rules.trouble, sentence=said)
        if rules.rules is None:
            return None
        if delay := rules.rules.crawl_delay(AGENT):
            self._hosts.widen(host, min(delay, LONGEST_DELAY))
        if rules.rules.can_fetch(url, AGENT):
            return None
        return Trouble(
            sentence=f"robots.txt of {host} asks programs not to read {parts.path or '/'};"
            " robots = false for this source reads it all the same",
            kind="refused",
            code="robots",
        )

    def _origin(self, name: str, via: Proxy | None) -> _Origin:
        if (name, via) not in self._origins and len(self._origins) >= ORIGINS:
            del self._origins[next(iter(self._origins))]
        return self._origins.setdefault((name, via), _Origin())

    async def _asked(self, url: str, reach: Reach, via: Proxy | None, old: Rules | None) -> Rules:
        """Return what robots.txt says now; while it cannot be had, what it said before, or no."""
        now = self._clock.now
        try:
            answer = await self._follow(url, reach, via)
        except TransportError as error:
            return _unreachable(Trouble(sentence=str(error), kind="network", code=error.code), old, now())
        if answer.status == 200:
            return Rules(now() + FRESH, await asyncio.to_thread(_parsed, answer.body[:SIZE]))
        if answer.status == 429 or answer.status >= 500:
            wait = answer.retry_after
            said = Trouble(
                sentence=f"answered {answer.status}", kind="status", status=answer.status, retry_after=wait
            )
            return _unreachable(said, old, now())
        return Rules(now() + FRESH)  # 4xx, and what leads nowhere: there is none

    async def _follow(self, url: str, reach: Reach, via: Proxy | None) -> Answer:
        """Return the answer at the end of at most five redirects, wherever they lead (§2.3.1.2)."""
        hops = HOPS
        while True:
            async with self._hosts.slot(place(url).host, self._clock):
                answer = await self._transport.get(url, reach=reach, via=via)
            location = answer.headers.get("location", "")
            if answer.status not in _FOLLOWED or not location or not hops:
                return answer
            hops -= 1
            old, url = url, joined(url, location)
            if reach is Reach.TYPED and not stays(place(old), place(url)):
                reach = Reach.PUBLIC  # nobody typed that


def _unreachable(trouble: Trouble, old: Rules | None, now: datetime) -> Rules:
    since = old.since if old and old.since else now
    wait = max(AGAIN, timedelta(seconds=trouble.retry_after or 0.0))
    if old and not old.trouble:
        return Rules(now + wait, old.rules, since=since)
    if now - since >= GIVEN_UP:
        return Rules(now + FRESH, since=since)
    return Rules(now + wait, trouble=trouble, since=since)


def _told_once(trouble: Trouble) -> Trouble:
    """Return `trouble` for those who come later: the publisher asked for a pause once, not once a source."""
    return replace(trouble, retry_after=None, status=0 if trouble.status == 429 else trouble.status)


def _parsed(body: bytes) -> "Protego":
    from protego import Protego  # lazy: only who reads pages needs it

    return Protego.parse(body.decode("utf-8-sig", "replace"))
