"""Lists of items in JSON: WordPress, Ghost and anything alike, by a small path language."""

from dataclasses import dataclass, fields

from monitor.model import Parsed, Response
from monitor.sources import ParseError
from monitor.sources._entries import joined, read_json, readable
from monitor.sources._json_items import Reader, check
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
        check({key.name: getattr(self, key.name) for key in fields(self)})

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
        reader = Reader({key.name: getattr(self, key.name) for key in fields(self)}, response.url)
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
