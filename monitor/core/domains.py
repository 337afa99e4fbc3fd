"""Who a host belongs to, by the public suffix list."""

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def registrable_domain(host: str) -> str:
    """Return the part of `host` that somebody registered, the host itself if there is none.

    >>> registrable_domain("feeds.BBC.co.uk"), registrable_domain("127.0.0.1")
    ('bbc.co.uk', '127.0.0.1')
    """
    host = host.lower().rstrip(".")
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)


def domain_of(url: str) -> str:
    """Return the registrable domain of an address."""
    return registrable_domain(urlsplit(url).hostname or "")


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # 50 ms that most commands need not spend

    return PublicSuffixList()
