"""Where an item stands on the web: a host with all its subdomains, and a path below it."""

import re
from collections.abc import Iterator

from monitor.rules.patterns.phrase import Hit, Needles
from monitor.rules.words.text import Text
from monitor.values import dataclass

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)(?::\d*)?")
_WRITTEN = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.|\*?\.)?([^/?#:\s*]+)(?::\d*)?(?:(/[^?#\s*]*)(?:(?<=/)\*)?)?"
)

_LONGEST = 253  # characters of a host, RFC 1035


@dataclass(frozen=True, slots=True)
class Site:
    """A host, and what its addresses begin with after it."""

    host: str
    path: str  # "" for all; whole segments, "/world"
    needles: Needles
    other: str = ""  # the host as IDNA writes it otherwise: "xn--p1ai" for "рф"; "" if there is no other way
    exact = single = False

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield the host and path in an address."""
        found = _HOST.match(text.folded)
        host = self._within(found[1]) if found else ""
        if not found or not host:
            return
        start, end = found.end(1) - len(host), found.end(1)
        after = text.folded[found.end() :]
        if not self.path:
            yield start, end
        elif after.startswith(self.path) and after[len(self.path) : len(self.path) + 1] in (
            "",
            "/",
            "?",
            "#",
        ):
            yield start, found.end() + len(self.path)

    def _within(self, host: str) -> str:
        """Return how the end of a host writes this one, "" if it is another."""
        for asked in (self.host, self.other):
            if asked and f".{host}".endswith(f".{asked}"):
                return asked
        return ""


def _otherwise(host: str) -> str:
    """Return a host as IDNA writes it otherwise, "" if there is no other way.

    >>> _otherwise("приклад.укр"), _otherwise("xn--80aikifvh.xn--j1amh"), _otherwise("bbc.co.uk")
    ('xn--80aikifvh.xn--j1amh', 'приклад.укр', '')
    """
    if len(host) > _LONGEST or (host.isascii() and "xn--" not in host):
        return ""
    try:
        return host.encode().decode("idna") if host.isascii() else host.encode("idna").decode()
    except UnicodeError:  # no host of the web
        return ""


def read(written: str) -> Site | None:
    """Return the site that is meant, None if it is none.

    >>> site = read("http://www.bbc.co.uk/news/")
    >>> site.host, site.path
    ('bbc.co.uk', '/news')
    """
    found = _WRITTEN.fullmatch(Text(written.strip()).folded)
    if found is None or not any(char.isalnum() for char in found[1]):
        return None
    host, path = found[1].rstrip("."), (found[2] or "").rstrip("/")
    other = _otherwise(host)
    return Site(host, path, tuple(Text(one + path).spaced for one in (host, other) if one), other)
