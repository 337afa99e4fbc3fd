"""What a list of feeds holds, whoever wrote it: each address once, and what could not be read."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from html import unescape
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from unicodedata import normalize
from urllib.parse import urlsplit

from monitor.config.reading import checks
from monitor.config.reading.checks import NAME_CHARS, Wrong
from monitor.config.tables.sources import comparable
from monitor.config.text.secrets import redacted
from monitor.core.text import clean, web_url
from monitor.values import dataclass

INSIDE = frozenset({"localhost", "local", "internal", "localdomain"})  # names under which nothing is public
# What is outside in IPv6; the IPv4 addresses that others carry (mapped, NAT64 ...) are written as such where meant.
OUTSIDE, SIXTOFOUR = IPv6Network("2000::/3"), IPv6Network("2002::/16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One feed as a list names it."""

    url: str
    title: str = ""
    tags: tuple[str, ...] = ()
    line: int = 0  # of the list, from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A line that names no feed we could read."""

    line: int
    sentence: str
    known: bool = False  # it is what it is meant to be, and not for newsbell


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """A list, read whole."""

    feeds: tuple[
        Listing, ...
    ] = ()  # each address once, in the order of the list, with the tags of all its places
    twice: tuple[Listing, ...] = ()  # the places of an address after its first
    refused: tuple[Refused, ...] = ()
    broken: str = ""  # where and why it is not well-formed, "" if it is


def gathered(listings: Iterable[Listing], refused: Iterable[Refused], broken: str = "") -> FeedList:
    """Return a list in which each address stands once and has the tags of all its places.

    >>> one, two = Listing(url="http://a.org", tags=("x",)), Listing(url="HTTP://a.org/", tags=("y",))
    >>> gathered([one, two], []).feeds[0].tags
    ('x', 'y')
    """
    first: dict[str, Listing] = {}
    twice = []
    for listing in listings:
        same = comparable(listing.url)
        if known := first.get(same):
            twice.append(listing)
            tags = tuple(dict.fromkeys((*known.tags, *listing.tags)))
            first[same] = replace(known, title=known.title or listing.title, tags=tags)
        else:
            first[same] = listing
    in_order = sorted(refused, key=lambda one: one.line)
    return FeedList(feeds=tuple(first.values()), twice=tuple(twice), refused=tuple(in_order), broken=broken)


def address(written: str) -> str:
    """Return the address that a list means. Raises Wrong with a sentence.

    Spaces around it go and those within are encoded, an ampersand that was escaped twice is one, `feed:` is the
    web, and an address without a scheme has https.

    >>> address(" feed://example.org/a b?c&amp;d"), address("www.example.org/rss")
    ('http://example.org/a%20b?c&d', 'https://www.example.org/rss')
    """
    url = unescape(written.strip()) if "&amp;" in written.lower() else written.strip()
    if url.startswith("|"):
        raise Wrong("is a command, which newsbell does not run")
    if url[:5].lower() == "feed:":
        rest = url[5:]
        url = rest if rest.lower().startswith(("http:", "https:")) else f"http://{rest.lstrip('/')}"
    if "://" not in url and "." in url.partition("/")[0] and ":" not in url:
        url = f"https://{url}"
    url = checks.address(web_url(url) or url)
    if _is_inside(urlsplit(url).hostname or ""):
        raise Wrong("leads to a private address; type it into config.toml if it is meant")
    return url


def _is_inside(host: str) -> bool:
    """Tell whether a host is plainly one of this machine or its network: a list may not lead there.

    A name without a dot is: it stands in /etc/hosts, or the resolver adds the domain of this network.
    """
    name = normalize("NFKC", host).replace("。", ".").rstrip(".").lower()  # as IDNA reads it, RFC 5895 §2
    if address := _written(name):
        outside = address.version == 4 or (address in OUTSIDE and address not in SIXTOFOUR)
        return not (address.is_global and outside)
    return "." not in name or name.split(".")[-1] in INSIDE


def _written(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address that a host is written as, None if it is a name.

    >>> [str(_written(host)) for host in ("::1", "0x7f.1", "2130706433", "127.example")]
    ['::1', '127.0.0.1', '127.0.0.1', 'None']
    """
    with suppress(ValueError):
        return ip_address(host)
    with suppress(OSError, UnicodeError):
        return IPv4Address(socket.inet_aton(host))  # as resolvers read it: hexadecimal, parts left out
    return None


def shown(written: str) -> str:
    """Return what a list says as a message may show it: short, in quotes, without a password.

    >>> shown("https://me:word@example.org/")
    "'https://…@example.org/'"
    """
    return repr(clean(redacted(written))[:80])


def tags_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return tags as configuration takes them: clean, short, each once.

    >>> tags_of(["World  news", "", "World news"])
    ('World news',)
    """
    cut = (clean(clean(word)[:NAME_CHARS]) for word in words)
    return tuple(dict.fromkeys(tag for tag in cut if tag))
