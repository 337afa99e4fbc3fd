"""A link or an id that stood for an item, and now comes with another text: still its own, or used again?

Ids count from 1 on every site, and one address may be that of a live blog, of a section, of all alerts.
"""

from collections.abc import Sequence
from dataclasses import replace

from monitor.core.items import identity
from monitor.core.items.identity import Candidate, permalink
from monitor.core.items.occasions import Occasions
from monitor.core.items.pairing import alike, other_names, same_words
from monitor.model import Entry, Item, Known


def without_reused(found: Sequence[Candidate], known: Known, occasions: Occasions) -> Known:
    """Return what is known without the ids that now stand with other words: in the first body of another
    address the ids of another site may come, and it too counts from 1."""
    gone = {
        key
        for candidate in found
        for key in candidate.keys[:-1]
        if key in known.by_key and not key.startswith("url:")
        if not _stands(candidate, known.by_key[key], occasions)
    }
    return replace(known, by_key={key: item for key, item in known.by_key.items() if key not in gone})


def _stands(candidate: Candidate, item: Item, occasions: Occasions) -> bool:
    words, before = candidate.entry.title or candidate.entry.summary, item.title or item.summary
    same = candidate.digest == item.digest or same_words(words, before)
    return same and not occasions.apart(candidate.entry, item)


def reads_like(one: Entry | Item, other: Entry | Item) -> bool:
    """Tell whether headline or text of the one may be an edit of the other's."""
    return alike(one.title, other.title) or alike(one.summary, other.summary)


def one_link(candidate: Candidate, item: Item, occasions: Occasions) -> bool:
    """Tell whether one link is that of one item: not where another text has another date, and where it may be
    that of a page on which news come and go, neither an exchanged name nor another date alone."""
    apart = occasions.apart(candidate.entry, item) or occasions.after(candidate.entry, item)
    page = identity.front(permalink(candidate.entry.url))
    exchanged = page and other_names(candidate.entry.title, item.title)
    if candidate.digest == item.digest or (reads_like(candidate.entry, item) and not exchanged):
        return not (apart and page)
    return not (apart or page)
