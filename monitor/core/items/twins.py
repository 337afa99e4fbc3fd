"""A page that names a day by its clock time only, and the feed of its site that knows link and date."""

from dataclasses import replace

from monitor.model import Entry, Item, Known, Published, Source


def lends(source: Source, item: Item, known: Known) -> bool:
    """Tell whether `source` is the feed of the page that had `item` first, and has it for the first time."""
    return not source.twin and any(item.id == twin.id for twin in known.twins)


def lent(item: Item, entry: Entry, published: Published) -> Item:
    """Return `item` with the link and the date that its feed's `entry` gives it.

    A date that the feed does not state is none to lend.
    """
    if published.stated:
        item = replace(item, published=replace(published, origin="twin"))
    return replace(item, url=entry.url or item.url)


def kept_link(old: Item, entry: Entry) -> str:
    """Return the link of an edited item: a borrowed one stays."""
    return old.url if old.published.origin == "twin" or not entry.url else entry.url
