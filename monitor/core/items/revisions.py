"""What an entry makes of an item: its first revision, or the next."""

from dataclasses import replace
from datetime import datetime

from monitor.core.items import identity, twins
from monitor.core.items.recognition import Resolved
from monitor.model import Entry, Item, Published, Source


def first(source: Source, one: Resolved, at: Published, now: datetime) -> Item:
    """Return the item that an entry is the first to tell of."""
    entry = one.entry
    item_id = identity.make_id("item", source.name, one.keys[0])
    return Item(
        id=item_id,
        source=source.name,
        title=entry.title,
        summary=entry.summary,
        url=entry.url,
        author=entry.author,
        tags=tags(source, entry),
        publisher=source.publisher,
        published=at,
        first_seen_at=now,
        story=item_id,
        digest=identity.digest(entry.title, entry.summary),
    )


def following(source: Source, old: Item, entry: Entry) -> Item:
    """Return the next revision: the text changes, the dates and the identity stay."""
    return replace(
        old,
        title=entry.title,
        summary=entry.summary,
        url=twins.kept_link(old, entry),
        author=entry.author,
        tags=tags(source, entry),
        revision=old.revision + 1,
        digest=identity.digest(entry.title, entry.summary),
    )


def tags(source: Source, entry: Entry) -> tuple[str, ...]:
    """Return the tags of a source, then those of its entry."""
    return tuple(dict.fromkeys((*source.tags, *entry.tags)))
