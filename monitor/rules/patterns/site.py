"""Where an item stands on the web: a host with all its subdomains, and a path below it."""

import re
from collections.abc import Iterator

from monitor.rules.patterns.phrase import Hit, Needles
from monitor.rules.words.text import Text
from monitor.values import dataclass

_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]+)(?::\d*)?")
_WRITTEN = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?\.?([^/?#:\s]+)(?::\d*)?(/[^?#\s]*)?")


@dataclass(frozen=True, slots=True)
class Site:
    """A host, and what its addresses begin with after it."""

    host: str
    path: str  # "" for all; whole segments, "/world"
    needles: Needles
    exact = single = False

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield the host and path in an address."""
        found = _HOST.match(text.folded)
        if found is None or not f".{found[1]}".endswith(f".{self.host}"):
            return
        start, end = found.end(1) - len(self.host), found.end(1)
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
    return Site(host, path, (Text(host + path).spaced,))
