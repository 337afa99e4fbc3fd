"""What is compared of an entry, and of an item that stood in the last body."""

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.core.dates.stamps import stamp
from monitor.core.items import identity
from monitor.core.items.identity import Candidate
from monitor.core.items.pairing import Row, row
from monitor.model import Item

MINUTE = len("2026-11-24T03:10")  # characters of an instant


def row_of_entry(candidate: Candidate, now: datetime) -> Row:
    """Return what is compared of an entry that is seen at `now`."""
    entry, said = candidate.entry, stamp(candidate.entry.dates, now)
    return row(
        entry.title,
        entry.summary,
        minute=candidate.minute,
        path=_own_path(candidate.keys),
        at=_minute(said.says.at) if said and said.says.at else "",
        name="\x1f".join((candidate.row, *candidate.keys)),
    )


def row_of_item(item: Item, keys: Sequence[str]) -> Row:
    """Return what is compared of an item that stood there with `keys`."""
    stated = item.published.stated and item.published.sure
    return row(
        item.title,
        item.summary,
        minute=identity.shown_at(keys),
        path=_own_path(keys),
        at=_minute(item.published.latest) if stated else "",
        name=item.id,
    )


def path_of(link: str) -> str:
    """Return what of a link stays when a site moves to another domain."""
    return link[link.index("/") :] if "/" in link else link


def _own_path(keys: Sequence[str]) -> str:
    """Return the path of a link that is one item's own; an entry may lead to the page that it stands on."""
    return next((path_of(key.removeprefix("url:")) for key in keys if key.startswith("url:")), "")


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()[:MINUTE]
