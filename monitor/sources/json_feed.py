"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from dataclasses import dataclass

from monitor.core.text import TAGS
from monitor.model import Entry, Hub, Parsed, Response
from monitor.sources import ParseError
from monitor.sources._entries import dates, joined, keys, read_json, readable, said
from monitor.sources._not_a_feed import beginning, refuse


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """A JSON Feed, version 1.0 or 1.1."""

    @staticmethod
    def recognises(body: bytes) -> int:
        """Return 2 for JSON that names jsonfeed.org, else 0."""
        return 2 if beginning(body)[:1] == b"{" and b"jsonfeed.org" in body.replace(b"\0", b"") else 0

    def parse(self, response: Response) -> Parsed:
        """Return the items. One without anything to show or to go to is none (the standard: "should ignore").

        Raises:
            ParseError: the body is not JSON, is cut off, or holds no list of items.
        """
        document = read_json(response, "a JSON Feed")
        items = document.get("items") if isinstance(document, dict) else None
        if not isinstance(document, dict) or not isinstance(items, list):
            raise refuse(response.body, "a JSON Feed")
        entries = [_entry(item, document, response.url) for item in items if isinstance(item, dict)]
        if items and not any(entries):
            raise ParseError("a JSON Feed whose items have neither text nor address")
        return Parsed(
            entries=[entry for entry in entries if entry],
            title=readable(document.get("title")),
            older=tuple(url for url in [joined(response.url, document.get("next_url"))] if url),
            hub=_hub(document, response.url),
        )


Fields = dict[str, object]


def _hub(feed: Fields, base: str) -> Hub:
    hubs = [part for part in _parts(feed.get("hubs")) if said(part.get("type")).lower() == "websub"]
    url = next((url for url in (joined(base, hub.get("url")) for hub in hubs) if url), "")
    return Hub(url=url, topic=joined(base, feed.get("feed_url")))


def _entry(item: Fields, feed: Fields, base: str) -> Entry | None:
    title, summary = readable(item.get("title")), _summary(item)
    guid = said(item.get("id"))
    url = next((url for url in (joined(base, href) for href in _addresses(item)) if url), "")
    if not (title or summary or url):
        return None
    return Entry(
        keys=keys((guid,), url, title, summary),
        title=title,
        summary=summary,
        url=url,
        author=_author(item) or _author(feed),
        tags=_tags(item.get("tags")),
        dates=tuple(dates((item.get("date_published"), "stated"), (item.get("date_modified"), "updated"))),
    )


def _summary(item: Fields) -> str:
    texts = (readable(item.get(name)) for name in ("summary", "content_text", "content_html"))
    return next((text for text in texts if text), "")


def _addresses(item: Fields) -> list[object]:
    """Return what may be its address: its page, what it is about, itself, what is attached to it."""
    found = [item.get("url"), item.get("external_url")]
    if said(item.get("id")).startswith(("http://", "https://")):
        found.append(item["id"])
    return [*found, *(part.get("url") for part in _parts(item.get("attachments")))]


def _parts(value: object) -> list[Fields]:
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _author(fields: Fields) -> str:
    """Return the authors' names: version 1.1 has a list, 1.0 one of them."""
    authors = [*_parts(fields.get("authors")), *_parts([fields.get("author")])]
    return ", ".join(
        dict.fromkeys(name for name in (readable(author.get("name")) for author in authors) if name)
    )


def _tags(value: object) -> tuple[str, ...]:
    tags = [readable(tag) for tag in value[:TAGS]] if isinstance(value, list) else []
    return tuple(dict.fromkeys(tag for tag in tags if tag))
