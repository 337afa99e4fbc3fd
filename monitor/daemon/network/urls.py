"""Where an address leads: what all readers of URLs agree on, and where a redirect goes from there."""

import re
from contextlib import suppress
from ipaddress import ip_address

import httpx

from monitor.daemon.network.failures import Refused
from monitor.values import dataclass

_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a URL leads."""

    secure: bool  # https
    host: str  # lower-cased, punycode; an IPv6 address without brackets
    port: int


def place(url: str) -> Place:
    """Return where `url` leads.

    Raises Refused if it is not a plain http or https URL.

    >>> place("https://News.Example:8443/rss")
    Place(secure=True, host='news.example', port=8443)
    """
    there = parsed(url)
    secure = there.scheme == "https"
    return Place(
        secure=secure,
        host=there.raw_host.decode("ascii").lower(),
        port=there.port or (443 if secure else 80),
    )


def stays(old: Place, new: Place) -> bool:
    """Say whether `new` is the same house as `old`: its host and port, or its move from 80 to https.

    >>> stays(place("http://a.example/x"), place("https://a.example/y"))
    True
    >>> stays(place("https://a.example/"), place("https://a.example:8443/"))
    False
    """
    if old.host != new.host or old.secure > new.secure:
        return False
    return old.port == new.port or (old.port, new.port) == (80, 443)


def joined(url: str, location: str) -> str:
    """Return where a redirect from `url` leads (RFC 9110 §10.2.2).

    User name and password go along while it stays in the house; those of `location` are dropped.
    Raises Refused if it leads out of the web.

    >>> joined("https://me:secret@example.org/a/b", "../c?d#e")
    'https://me:secret@example.org/c?d'
    >>> joined("https://me:secret@example.org/a/b", "https://root:1@example.com/")
    'https://example.com/'
    """
    with suppress(UnicodeError):  # many servers send UTF-8 as it is; h11 hands it on as Latin-1
        location = location.encode("latin-1").decode("utf-8")
    try:
        there = parsed(str(httpx.URL(url).join(location)))
    except (httpx.InvalidURL, UnicodeError):
        raise Refused("not a web address") from None
    known = httpx.URL(url).userinfo if stays(place(url), place(str(there))) else b""
    return str(there.copy_with(userinfo=known))


def parsed(url: str) -> httpx.URL:
    """Return a plain http or https URL without its fragment; raises Refused."""
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError):
        raise Refused("not a web address") from None
    if found.scheme not in ("http", "https"):
        scheme = re.sub(r"[^a-z0-9+.-]", "", found.scheme)[:20]
        raise Refused(f"{scheme}: is not http or https" if scheme else "not a web address")
    host, port = found.raw_host.decode("ascii"), found.port
    if not (_is_host(host) and (port is None or 0 < port < 65536)) or b"%5C" in found.userinfo.upper():
        raise Refused("not a web address")
    return found.copy_with(fragment=None)


def _is_host(host: str) -> bool:
    """Say whether all readers of URLs agree that this is a host."""
    if ":" not in host:
        return len(host) <= 253 and bool(_HOST.fullmatch(host))
    with suppress(ValueError):
        return bool(ip_address(host))
    return False
