"""What was fetched, and what was read of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from monitor.model.hubs import Hub
from monitor.model.paced import Advice
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a conditional GET sends back (RFC 9110 §13.1)."""

    etag: str = ""  # "" = none
    last_modified: str = ""
    url: str = ""  # which one they are of: after a redirect not the source's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A body that was answered 200, a part of one (226; what a hub pushes is one), or a 304 without one."""

    url: str  # after redirects
    status: int  # 200, 226 (RFC 3229: only what is new or changed since the validators that were sent) or 304
    body: bytes = b""  # decoded from its content-encoding, bounded
    content_type: str = ""
    validators: Validators = Validators()
    received_at: datetime  # by our clock
    server_at: datetime | None = None  # it was made, by the server's clock (RFC 9110 §6.6.1)
    age: float = 0.0  # seconds that it then lay in caches (RFC 9111 §5.1)
    expires_at: datetime | None = None  # by ours: a cache on the way shows nothing newer until then
    fresh_for: float = 0.0  # seconds for which it keeps what it has, 0 unknown
    hub: Hub = Hub()  # that its Link fields name
    event_id: str | None = (
        None  # of the last event in a part of a stream, by which it can go on; None: it has none
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A poll that brought nothing: why, in one sentence, and what it asks of us."""

    sentence: str  # "answered 403", "no such host"; never a secret, no type names
    kind: Literal["network", "status", "refused", "not-a-feed", "limit", "gone", "held"]
    code: str = (
        ""  # what exactly, for programs: "tls-expired" (docs/sources.md); "" where kind and status say it
    )
    retry_after: float | None = None  # seconds the publisher asked for
    status: int = 0  # the HTTP status that says so, 0 for none
    holds: str = ""  # the registrable domain, all of whose sources are to be left alone for as long

    @property
    def word(self) -> str:
        """What it is, for programs."""
        return self.code or (f"http-{self.status}" if self.status else self.kind)


DateOrigin = Literal["stated", "updated", "attribute", "json-ld", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawDate:
    """A date as the source wrote it; `core/dates/timestamps` resolves it."""

    text: str
    origin: DateOrigin = "stated"
    parsed: str = ""  # ISO 8601 UTC as a library read it, "" if it could not
    day: str = ""  # the day divider above the row, as written: it dates a bare time


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a source, as published, cleaned of controls and markup, undecided."""

    keys: tuple[str, ...]  # every candidate key, best first: "id:...", "guid:...", "url:..."
    title: str = ""
    summary: str = ""  # plain text
    url: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()  # the publisher's categories
    dates: tuple[RawDate, ...] = ()  # empty if the source gives none


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a body holds, and where the rest of it is."""

    entries: Sequence[Entry] = ()  # in the order of the body
    title: str = ""  # what it calls itself
    more: tuple[
        str, ...
    ] = ()  # addresses that belong to it, most urgent first: the children of a sitemap index
    beyond: int = 0  # further ones, which nobody asks: too many to remember
    older: tuple[str, ...] = ()  # asked only to fill a gap: RFC 5005 archives, rel=next
    whole: bool = True  # False: it breaks off, so that equal validators prove nothing
    advice: Advice = Advice()
    hub: Hub = Hub()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A way to read a page: selectors, and the rows that they read of it now."""

    select: Mapping[str, str]  # the keys of `select` in [source.NAME]
    entries: Sequence[Entry]  # in the order of the page
    why: str = ""  # "11 rows, each with a time and a headline"
    score: float = 0.0  # in [0, 1]; proposals come best first


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An address that a body names as a part of itself."""

    validators: Validators  # `url` is its name in the body
    asked_at: datetime | None = None  # None: never, for no poll had room for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a poll read beside the source's own address."""

    older: tuple[Entry, ...] = ()  # found to fill a gap, newest first
    asked: bool = False  # a gap was seen, and what could fill it was looked for
    parts: tuple[Part, ...] = ()  # all that the body names, asked this time or not
    late: tuple[Entry, ...] = ()  # of parts that are read for the first time, and not with the first body
    unchanged: bool = False  # a part holds what it held, or was not asked: items in common with the last body
    unread: str = ""  # which parts were asked in vain, and why
    missing: str = ""  # that, and how many wait for their turn
