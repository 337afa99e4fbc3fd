"""Evidence: the bytes by which a body told of an item, cut out of it, and the hash of the whole."""

import hashlib
import html
import json
from collections.abc import Iterator

from monitor.model import Evidence, ItemChange, PollOutcome, Response

SNIPPET = 4_096  # bytes kept of what a body says of an item
BEFORE = 512  # of them before the place, where nothing shows where an item begins
MOST = 1_000  # items and edits of one body: an archive of ten thousand is no news
WORDS = 60  # characters of a title that are looked for
BOUNDS = (  # what begins and ends an item, in feeds, sitemaps and pages
    (b"<item", b"</item>"),
    (b"<entry", b"</entry>"),
    (b"<url>", b"</url>"),
    (b"<article", b"</article>"),
    (b"<li", b"</li>"),
    (b"<tr", b"</tr>"),
)


def of(outcome: PollOutcome, response: Response) -> tuple[Evidence, ...]:
    """Return the evidence for each item that is new and each that was edited by this body, in its order."""
    changes = [change for change in reversed(outcome.changes) if change.new or change.edited][:MOST]
    if not changes:
        return ()
    digest, at, found = hashlib.sha256(response.body).hexdigest(), 0, []
    for change in changes:
        place = _place(response.body, change, at)
        at = max(place, at)
        found.append(
            Evidence(
                item=change.item.id,
                revision=change.item.revision,
                at=outcome.at,
                source=outcome.claim.source.name,
                url=response.url,
                body_sha256=digest,
                snippet=_around(response.body, place) if place >= 0 else b"",
            )
        )
    return tuple(found)


def _place(body: bytes, change: ItemChange, after: int) -> int:
    """Return where the body speaks of the item, at best after the one before; -1 where that is not found."""
    needles = list(_needles(change))
    for needle in needles:
        if (at := body.find(needle, after)) >= 0:
            return at
    return next((at for needle in needles if (at := body.find(needle)) >= 0), -1)


def _needles(change: ItemChange) -> Iterator[bytes]:
    """Yield what would be about this item alone, the surest first, in the ways in which a body may write it."""
    ids = (key.partition(":")[2] for key in change.keys if key.startswith(("guid:", "id:")))
    for text in (change.item.title[:WORDS], change.item.url, *ids):
        if text:
            for written in dict.fromkeys((text, html.escape(text, quote=False), json.dumps(text)[1:-1])):
                yield written.encode("utf-8", "replace")


def _around(body: bytes, at: int) -> bytes:
    """Return the element that holds the place, or, where none that is an item does, the bytes about it."""
    begins = [(body.rfind(opening, max(0, at - SNIPPET), at), closing) for opening, closing in BOUNDS]
    begin, closing = max(begins)
    end = body.find(closing, at, begin + SNIPPET) if begin >= 0 else -1
    if end >= 0:
        return body[begin : end + len(closing)]
    begin = max(begin, at - BEFORE, 0)
    return body[begin : begin + SNIPPET]
