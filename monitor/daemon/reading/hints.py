"""Where the feeds of a site may be: what its page, its robots.txt and custom say. Nothing is asked here."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import urljoin, urlsplit

from monitor.core.text import clean, web_url
from monitor.model import Response
from monitor.values import dataclass

How = Literal["typed", "link", "json-ld", "anchor", "custom", "robots"]

READ = 2 * 1024 * 1024  # bytes of a page that are looked at
JSON_DEPTH = 40  # levels of JSON-LD that are looked into

_FEED_TYPES = (
    "rss",
    "atom",
    "rdf",
    "feed+json",
)  # of <link type=…>; application/json alone is WordPress's API
_LOOKS = re.compile(
    r"(?:^|[/._=-])(?:rss|atom|rdf|feeds?|feedburner)\d?(?:$|[/._?&-])|\.(?:rss|atom|rdf)$", re.IGNORECASE
)
_SAYS = re.compile(r"\b(?:rss|atom|feed|json ?feed)\b", re.IGNORECASE)
_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
CUSTOM = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/news-archive/rss/",  # Kyiv Independent and other sites of its make
    "/feed.json",
    "/feeds/posts/default",  # Blogger
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """An address that may be a feed."""

    url: str
    how: How
    title: str = ""


def text_of(response: Response) -> str:
    """Return a page as text, good enough for the addresses in it."""
    from monitor.sources._charset import charset

    body = response.body[:READ]
    try:
        return body.decode(charset(body, response.content_type) or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def of_links(html: str, base: str) -> list[Hint]:
    """Return what `<link rel=alternate>` and `<link rel=feed>` of a page name.

    >>> of_links('<link rel="alternate" type="application/rss+xml" href="/rss" title="News">', "https://a.org/x")
    [Hint(url='https://a.org/rss', how='link', title='News')]
    """
    page = _Page(html, base)
    hints = []
    for given in page.tags("link"):
        rels = given.get("rel", "").lower().split()
        kind = given.get("type", "").lower()
        if "feed" in rels or ("alternate" in rels and any(name in kind for name in _FEED_TYPES)):
            hints.append(
                Hint(url=page.joined(given.get("href", "")), how="link", title=clean(given.get("title", "")))
            )
    return _each_once(hints)


def of_anchors(html: str, base: str) -> list[Hint]:
    """Return the links of a page whose address or text speaks of a feed, those of its own site first.

    >>> [hint.url for hint in of_anchors('<a href="/about">us</a> <a href="/world.rss">World</a>', "https://a.org/")]
    ['https://a.org/world.rss']
    """
    page = _Page(html, base)
    host = urlsplit(base).hostname or ""
    hints = []
    for given in page.tags("a"):
        url, said = page.joined(given.get("href", "")), given.get("text", "") or given.get("title", "")
        if _LOOKS.search(_path(url)) or (len(said) < 40 and _SAYS.search(said)):
            hints.append(Hint(url=url, how="anchor", title=clean(said)))
    return sorted(_each_once(hints), key=lambda hint: urlsplit(hint.url).hostname != host)


def of_json_ld(html: str, base: str) -> list[Hint]:
    """Return the addresses in a page's JSON-LD that look like feeds.

    >>> of_json_ld('<script type="application/ld+json">{"sameAs": ["/a", "https://a.org/rss"]}</script>', "https://a.org")
    [Hint(url='https://a.org/rss', how='json-ld', title='')]
    """
    page = _Page(html, base)
    hints = []
    for given in page.tags("script"):
        if "ld+json" in given.get("type", "").lower():
            try:
                values = list(_texts(json.loads(given["text"])))
            except (ValueError, RecursionError):
                continue
            hints += [Hint(url=page.joined(value), how="json-ld") for value in values if _is_feed_url(value)]
    return _each_once(hints)


def of_custom(url: str) -> list[Hint]:
    """Return where feeds usually are: below the address itself, and at the root of its host.

    >>> [hint.url for hint in of_custom("https://a.org/blog/")][:3]
    ['https://a.org/blog/feed', 'https://a.org/blog/rss', 'https://a.org/feed']
    """
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    below = parts.path.rstrip("/")
    own = [f"{root}{below}{path}" for path in CUSTOM[:2]] if below and "." not in below.split("/")[-1] else []
    return _each_once(
        Hint(url=address, how="custom") for address in (*own, *(f"{root}{path}" for path in CUSTOM))
    )


def of_robots(robots: str, base: str) -> list[Hint]:
    """Return the sitemaps that a robots.txt names, those of news first.

    >>> [hint.url for hint in of_robots("Sitemap: https://a.org/all.xml\\nsitemap: /news.xml", "https://a.org/")]
    ['https://a.org/news.xml', 'https://a.org/all.xml']
    """
    urls = [urljoin(base, found) for found in _SITEMAP.findall(robots)]
    hints = _each_once(Hint(url=web_url(url), how="robots") for url in urls)
    return sorted(hints, key=lambda hint: "news" not in hint.url.lower())


class _Page:
    """The tags of a page, and what its addresses are relative to."""

    def __init__(self, html: str, url: str) -> None:
        from selectolax.lexbor import LexborHTMLParser  # only who looks for feeds reads pages here

        self._tree = LexborHTMLParser(html)
        bases = [given["href"] for given in self.tags("base") if given.get("href")]
        self._base = _join(url, bases[0]) or url if bases else url

    def tags(self, name: str) -> Iterator[dict[str, str]]:
        """Yield the attributes of each tag, its text under "text"."""
        for node in self._tree.css(name):
            given = {key.lower(): value or "" for key, value in node.attributes.items()}
            yield {**given, "text": node.text() if name in {"a", "script"} else ""}

    def joined(self, href: str) -> str:
        """Return an address of the page as a whole one, "" if it is none."""
        return _join(self._base, href.strip())


def _join(base: str, href: str) -> str:
    if href[:5].lower() == "feed:":
        href = href[5:] if "://" in href[5:13] else f"https:{href[5:]}"
    try:
        return web_url(urljoin(base, href)) if href else ""
    except ValueError:
        return ""


def _each_once(hints: Iterable[Hint]) -> list[Hint]:
    return list({hint.url: hint for hint in reversed([hint for hint in hints if hint.url])}.values())[::-1]


def _is_feed_url(value: str) -> bool:
    return (
        len(value) < 2_000
        and value.startswith(("http://", "https://"))
        and _LOOKS.search(_path(value)) is not None
    )


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}"


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)) and depth < JSON_DEPTH:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part, depth + 1)
