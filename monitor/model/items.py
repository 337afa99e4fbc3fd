"""An item: what a body said once, known again however it comes back."""

from datetime import datetime
from typing import Literal

from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """When an item was published, as far as can be known."""

    earliest: datetime
    latest: datetime
    origin: Literal["stated", "attribute", "json-ld", "twin", "text", "first-seen"]
    zone: str = ""  # by which a bare clock time was read: "Europe/Kyiv", "+05:30"; "" where none was needed
    sure: bool = True  # False: a guess that nothing confirms, as for a row pinned on top for days

    @property
    def dated(self) -> bool:
        """Whether its source says when; else it is when the item was first seen."""
        return self.origin != "first-seen"

    @property
    def stated(self) -> bool:
        """Whether a program wrote it for programs, in the feed or the page."""
        return self.origin in ("stated", "attribute", "json-ld")

    @property
    def told(self) -> bool:
        """Whether its source says when, and it is no guess."""
        return self.dated and self.sure


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How the clock that a fresh item showed lay to ours when it was first seen: evidence for a zone."""

    ahead: float  # seconds that it showed more than UTC, in [-12 h, 12 h)
    gap: float  # seconds since the poll before


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as stored: text of its newest revision."""

    id: str
    source: str  # who had it first
    title: str
    summary: str
    url: str
    author: str = ""
    tags: tuple[str, ...] = ()  # the source's and the publisher's
    publisher: str = ""
    published: Published
    first_seen_at: datetime
    absent_at: datetime | None = None  # the last look before that; None: it stood in the first body
    revision: int = 1
    story: str = ""  # id of the story's root item; the item itself when alone
    digest: str = ""  # of the normalised text; equal digests are no edit
    seq: int = 0  # position in the stream, 0 before it is stored
