"""Live blogs: the schema.org LiveBlogPosting that a page carries as JSON-LD for search engines."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from monitor.model import Entry, Parsed, Response
from monitor.sources._charset import decoded
from monitor.sources._entries import dates, keys, readable, said
from monitor.sources._linked_data import Fields, address, headline, linked_data, of_type, parts
from monitor.sources._not_a_feed import beginning, check_not_empty, is_html, page_without, refuse

TITLE_CHARS = 120  # of a title that is taken from the text


@dataclass(frozen=True, slots=True)
class LiveBlog:
    """A page with a live blog: its updates, as the page states them for search engines (schema.org, JSON-LD)."""

    robots = True  # made for people: asked only where robots.txt lets us

    def parse(self, response: Response) -> Parsed:
        """Return the updates; the article's own date never dates one of them.

        Raises:
            ParseError: the body is no page, or none with a live blog.
        """
        check_not_empty(response.body)
        head = beginning(response.body)
        if not is_html(head) and head[:1] not in (b"{", b"["):
            raise refuse(response.body, "a page with a live blog")
        text = decoded(response.body, response.content_type)
        blogs = [blog for value in linked_data(text) for blog in of_type(value, "LiveBlogPosting")]
        if not blogs:
            raise page_without(response.body, "a live blog (schema.org LiveBlogPosting in JSON-LD)")
        updates = [update for blog in blogs for update in parts(blog.get("liveBlogUpdate"))]
        return Parsed(
            entries=[entry for entry in _entries(updates, response.url) if entry],
            title=next((title for title in map(headline, blogs) if title), ""),
        )


# -- one update -------------------------------------------------------------------------------


def _entries(updates: list[Fields], base: str) -> Iterator[Entry | None]:
    """Yield the updates. An address that several share, the page's own mostly, is nobody's identity."""
    urls = [address(update, base) for update in updates]
    times = [said(update.get("datePublished")) for update in updates]
    shared = {value for value, count in Counter([*urls, *times]).items() if count > 1}
    shared |= {base, base.partition("#")[0]}
    for update, url, time in zip(updates, urls, times, strict=True):
        own = url if url not in shared else ""
        yield _entry(update, url, own, "" if own or time in shared else time)


def _entry(update: Fields, url: str, own: str, time: str) -> Entry | None:
    summary = (
        readable(update.get("articleBody"))
        or readable(update.get("description"))
        or readable(update.get("text"))
    )
    title = headline(update) or _first_sentence(summary)
    if not title:
        return None
    ids = [said(update.get("identifier")), f"live {time}" if time else ""]
    return Entry(
        keys=keys(tuple(ids), own, title, summary),
        title=title,
        summary=summary,
        url=url,
        author=_author(update),
        dates=tuple(dates((update.get("datePublished"), "json-ld"), (update.get("dateModified"), "updated"))),
    )


def _first_sentence(text: str) -> str:
    """Return what may stand for a headline that is missing.

    >>> _first_sentence("Sirens in Kyiv. People are asked to stay in shelters.")
    'Sirens in Kyiv.'
    """
    end = min((at + 1 for mark in (". ", "! ", "? ") if (at := text.find(mark)) > 0), default=len(text))
    return (
        text[:end]
        if end <= TITLE_CHARS
        else f"{text[:TITLE_CHARS].rpartition(' ')[0] or text[:TITLE_CHARS]}…"
    )


def _author(update: Fields) -> str:
    names = (readable(author.get("name")) for author in parts(update.get("author")))
    return ", ".join(dict.fromkeys(name for name in names if name)) or readable(update.get("author"))
