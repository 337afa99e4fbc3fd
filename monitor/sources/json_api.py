"""Lists of items in JSON: WordPress, Ghost and anything alike, by a small path language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from monitor.core.text import TAGS
from monitor.model import Entry, Parsed, Response
from monitor.sources import ParseError
from monitor.sources._entries import dates, joined, keys, read_json, readable, said
from monitor.sources._json_path import Path
from monitor.sources._not_a_feed import beginning, described, json_error


@dataclass(frozen=True, slots=True)
class JsonApi:
    """Items in JSON: the posts of WordPress (`/wp-json/wp/v2/posts`) or Ghost by their address alone, others by paths."""

    items: str = "posts | items | articles | results | entries | stories | data.items | data | ."  # the list; "." is the whole body
    id: str = "id | uuid | guid.rendered | guid | _id"  # what identifies an item
    title: str = "title.rendered | title | headline | name"  # its headline
    summary: str = "excerpt.rendered | custom_excerpt | excerpt | summary | description | content.rendered | content_text | content_html | plaintext | html | content | body | text"  # its text, HTML or not
    link: str = "link | url | permalink | href | canonical_url"  # its address; a relative one is joined to the source's
    author: str = "_embedded.author.name | authors.name | primary_author.name | author.name | author | byline"  # who wrote it
    categories: str = "_embedded.wp:term.name | tags.name | categories.name | tags | categories | category"  # the publisher's categories
    published: str = "date_gmt | published_at | published | publishedAt | datePublished | date_published | pubDate | created_at | date"  # when; a name that ends in _gmt is UTC
    updated: str = "modified_gmt | updated_at | updated | updatedAt | dateModified | date_modified | modified"  # when it was changed
    older: str = "next | links.next | next_url"  # the address of the next page, asked only to fill a gap

    def __post_init__(self) -> None:
        """Raise ValueError, naming the key, for a path that cannot be read."""
        for key in fields(self):
            try:
                Path.read(getattr(self, key.name))
            except ValueError as error:
                raise ValueError(f"{key.name}: {error}") from error

    @staticmethod
    def recognises(body: bytes) -> int:
        """Return 1 for any JSON."""
        return int(beginning(body)[:1] in (b"{", b"["))

    def parse(self, response: Response) -> Parsed:
        """Return the items of the list. An empty list is one; a body without a list is an error.

        Raises:
            ParseError: the body is not JSON, is cut off, or has no list of items where `items` says.
        """
        document = read_json(response, "JSON with a list of items")
        found = next(
            (value for value in Path.read(self.items).values(document) if isinstance(value, list)), None
        )
        if found is None:
            raise _no_items(response.body, document, "a list of items")
        reader = _Reader(self, response.url)
        entries = [entry for item in found if isinstance(item, dict) and (entry := reader.entry(item))]
        if found and not entries:
            raise _no_items(response.body, document, "items that have a title or a text")
        older = (joined(response.url, value) for value in Path.read(self.older).values(document))
        title = readable(document.get("title")) if isinstance(document, dict) else ""
        return Parsed(entries=entries, title=title, older=tuple(url for url in older if url)[:1])


def _no_items(body: bytes, document: object, what: str) -> ParseError:
    if json_error(body):
        return ParseError(described(body))
    names = [str(name) for name in document if str(name).isprintable()] if isinstance(document, dict) else []
    return ParseError(f"JSON without {what}" + (f"; it has {', '.join(names[:8])[:120]}" if names else ""))


class _Reader:
    """Reads items by the paths of one configuration."""

    def __init__(self, kind: JsonApi, base: str) -> None:
        self._base = base
        self._paths = {key.name: Path.read(getattr(kind, key.name)) for key in fields(kind)}

    def entry(self, item: dict[str, object]) -> Entry | None:
        """Return the entry, None for an item that says nothing."""
        title, summary = self._readable(item, "title"), self._readable(item, "summary")
        urls = (joined(self._base, value) for value in self._paths["link"].values(item))
        url = next((url for url in urls if url), "")
        if not (title or summary):
            return None
        return Entry(
            keys=keys(tuple(self._texts(item, "id")), url, title, summary),
            title=title,
            summary=summary,
            url=url,
            author=self._readable(item, "author"),
            tags=self._tags(item),
            dates=tuple(
                dates((self._stamp(item, "published"), "stated"), (self._stamp(item, "updated"), "updated"))
            ),
        )

    def _texts(self, item: object, key: str) -> Iterator[str]:
        return (text for text in map(said, self._paths[key].values(item)) if text)

    def _readable(self, item: object, key: str) -> str:
        found = (readable(value) for value in _flat(self._paths[key].values(item)))
        return next((text for text in found if text), "")

    def _tags(self, item: object) -> tuple[str, ...]:
        """Return the names of the first alternative that has any; WordPress's bare numbers are none."""
        for values in self._paths["categories"].alternatives(item):
            if names := [name for name in map(readable, _flat(values)) if name]:
                return tuple(dict.fromkeys(names))[:TAGS]
        return ()

    def _stamp(self, item: object, key: str) -> object:
        for name, value in self._paths[key].named(item):
            if isinstance(value, float) or said(value):
                return f"{value}Z" if name.endswith("_gmt") and said(value)[-3:-2] == ":" else value
        return None


def _flat(values: Sequence[object]) -> Iterator[object]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)
