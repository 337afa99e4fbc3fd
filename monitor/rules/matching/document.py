"""An item as rules see it."""

from datetime import datetime

from monitor.model import Item
from monitor.values import dataclass

FIELDS = (
    "title",
    "summary",
    "source",
    "tag",
    "author",
    "url",
    "publisher",
)  # that have a text to be marked in
NUMBERS = {name: number for number, name in enumerate(FIELDS)}
ALONE = frozenset(FIELDS) - {"tag"}  # of which there is one text

UNREAD = frozenset(("lang", "severity"))  # that are worked out only for a rule that asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An item as rules see it."""

    title: str = ""
    summary: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""
    url: str = ""
    publisher: str = ""
    severities: tuple[str, ...] = ()  # with which it rang; none while it is being judged
    published: tuple[datetime, datetime] | None = None  # earliest, latest
    now: datetime | None = None  # from which "seven days ago" counts

    @classmethod
    def of(cls, item: Item, *, now: datetime | None = None, severities: tuple[str, ...] = ()) -> "Document":
        """Return what rules see of an item; ages count from when it was first seen, if no `now` is given."""
        return cls(
            title=item.title,
            summary=item.summary,
            source=item.source,
            tags=item.tags,
            author=item.author,
            url=item.url,
            publisher=item.publisher,
            severities=severities,
            published=(item.published.earliest, item.published.latest),
            now=now or item.first_seen_at,
        )


def values(document: Document, name: str) -> tuple[str, ...]:
    """Return the texts of a field, but the language: one for each tag, of others one, which may be empty."""
    if name in ALONE:
        return (getattr(document, name),)
    match name:
        case "tag":
            return document.tags
        case "severity":
            return document.severities
        case _:  # site
            return (document.url,)
