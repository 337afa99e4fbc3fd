"""Streams of server-sent events: Mastodon's, Wikimedia's and anything alike; the connection is kept open (docs/streams.md)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from monitor.model import Entry, Parsed, Response
from monitor.sources._entries import keys, readable, whole
from monitor.sources._event_stream import PATIENCE, Event, events
from monitor.sources._json_items import Reader, check
from monitor.sources._not_a_feed import beginning, check_not_empty, refuse

_LINE = re.compile(rb"\s*(?::|(?:event|data|id|retry)\s*(?::|[\r\n]))")
NO_PATHS = frozenset({"events", "patience"})


@dataclass(frozen=True, slots=True)
class Sse:
    """Events of a stream that stays open (server-sent events): JSON read by paths, or plain text."""

    events: tuple[str, ...] = ()  # names of the events that are items, as in ["update"]; none: all
    patience: float = PATIENCE  # seconds without a byte after which the stream is opened anew
    id: str = "meta.id | id | uuid | guid | _id"  # what identifies an item: the first that is found; else its event's id
    title: str = "title | headline | name | spoiler_text"  # its headline
    summary: str = "summary | description | excerpt | content.rendered | content | text | comment | body | message"  # its text, HTML or not
    link: str = "url | link | permalink | href | meta.uri | title_url"  # its address; a relative one is joined to the source's
    author: str = "account.acct | author.name | author | user.name | user"  # who wrote it
    categories: str = "tags.name | tags | categories.name | categories"  # the publisher's categories
    published: str = "created_at | published_at | published | publishedAt | datePublished | pubDate | meta.dt | dt | date | timestamp | time"  # when
    updated: str = "edited_at | updated_at | updated | modified"  # when it was changed
    streams = True  # not polled: its connection is kept open

    def __post_init__(self) -> None:
        """Raise ValueError, naming the key, for a path that cannot be read, or no time at all."""
        check(self._paths())
        if not 1 <= self.patience <= 3_600:
            raise ValueError("patience: must be from 1 to 3600 seconds")

    def parse(self, response: Response) -> Parsed:
        """Return the items of the events that are whole, the newest first, as a feed has them; of events without any, none.

        Who comes twice comes as it was said last: that is an edit, and no other item.

        Raises:
            ParseError: the body is no event stream.
        """
        check_not_empty(response.body)
        head = beginning(response.body)
        if not _LINE.match(head):
            raise refuse(response.body, "an event stream")
        reader = Reader(self._paths(), response.url, ids=1)
        wanted = (event for event in events(response.body) if not self.events or event.name in self.events)
        said = [entry for event in wanted for entry in _entries(event, reader)]
        return Parsed(entries=tuple({entry.keys[0]: entry for entry in said}.values())[::-1])

    def _paths(self) -> dict[str, str]:
        return {key.name: getattr(self, key.name) for key in fields(self) if key.name not in NO_PATHS}


def _entries(event: Event, reader: Reader) -> Iterator[Entry]:
    """Yield the items of one event: an object, a list of them, or a text; a bare number or literal is none."""
    try:
        value: object = json.loads(event.data, strict=False, parse_int=whole)
    except (ValueError, RecursionError):
        if not event.data.lstrip().startswith(("{", "[")) and (text := readable(event.data)):
            yield Entry(keys=keys((event.id or "",), "", text, ""), title=text)
        return
    found = value if isinstance(value, list) else [value]
    for number, item in enumerate(found):
        other_id = f"{event.id}#{number}" if event.id and len(found) > 1 else event.id or ""
        if isinstance(item, dict) and (entry := reader.entry(item, other_id=other_id)):
            yield entry
