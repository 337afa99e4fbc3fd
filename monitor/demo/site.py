"""The newsroom's site: an RSS feed, an Atom feed and a front page with a sidebar; real HTTP, ETags that tell the truth."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from itertools import islice
from threading import Lock
from xml.sax.saxutils import escape

from monitor.demo.loopback import Quiet, Server
from monitor.demo.script import MERIDIAN, SIDEBAR, WIRE, Story
from monitor.demo.tally import Visits
from monitor.values import dataclass

OLD_EVERY = timedelta(hours=5)  # between the stories that were there before
OLD_ROWS_EVERY = timedelta(minutes=17)  # between the rows of the sidebar that were
ROWS = 4  # of the sidebar: what is older has gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a feed, or the page with the sidebar, is written, and what its [source.NAME] says of it."""

    path: str
    content_type: str
    write: Callable[[str, "Iterable[Entry]"], str]  # (the site's address, newest first) -> XML or HTML
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A story in print."""

    story: Story
    published_at: datetime
    updated_at: datetime
    edition: int  # of its feed, that held these words first


@dataclass(slots=True)
class Feed:
    """What a feed holds now, and what of it a reader has said to know."""

    edition: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)  # by slug, oldest first
    known: int = -1  # the newest edition whose ETag was sent back


def rss(site: str, entries: Iterable[Entry]) -> str:
    """Write RSS 2.0.

    >>> print(rss("http://127.0.0.1:1", []))
    <?xml version="1.0" encoding="utf-8"?>
    <rss version="2.0"><channel><title>The Wire</title><link>http://127.0.0.1:1</link><description>of the demo</description>
    </channel></rss>
    <BLANKLINE>
    """
    items = "".join(
        f"<item><title>{escape(it.story.title)}</title><link>{site}{it.story.path}</link>"
        f'<guid isPermaLink="false">wire:{it.story.slug}</guid>'
        f"<pubDate>{format_datetime(it.published_at, usegmt=True)}</pubDate>"
        f"<description>{escape(it.story.summary)}</description></item>\n"
        for it in entries
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>The Wire</title>'
        f"<link>{site}</link><description>of the demo</description>\n{items}</channel></rss>\n"
    )


def atom(site: str, entries: Iterable[Entry]) -> str:
    """Write Atom (RFC 4287)."""
    listed = list(entries)
    updated = max((it.updated_at for it in listed), default=None)
    items = "".join(
        f"<entry><id>tag:meridian.example,2026:{it.story.slug}</id><title>{escape(it.story.title)}</title>"
        f'<link href="{site}{it.story.path}"/><published>{it.published_at.isoformat()}</published>'
        f"<updated>{it.updated_at.isoformat()}</updated><summary>{escape(it.story.summary)}</summary></entry>\n"
        for it in listed
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>The Meridian</title><id>tag:meridian.example,2026:feed</id>"
        f"<updated>{updated.isoformat() if updated else ''}</updated>\n{items}</feed>\n"
    )


def front_page(site: str, entries: Iterable[Entry]) -> str:
    """Write a page whose sidebar has, of each row, a clock time, a headline and a paragraph: no date, no link."""
    rows = "".join(
        f'<li><span class="time">{clock(it.published_at)}</span> <h3>{escape(it.story.title)}</h3>'
        f" <p>{escape(it.story.summary)}</p></li>\n"
        for it in islice(entries, ROWS)
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Port Arden Post</title></head><body>\n'
        f'<header><h1><a href="{site}/">Port Arden Post</a></h1></header>\n'
        '<main><article><h2>A day on the ferry</h2><time datetime="2026-01-09T08:00:00Z">9 January</time>'
        "<p>Of tides, tea and timetables.</p></article></main>\n"
        f'<aside class="latest"><h2>Latest</h2><ul>\n{rows}</ul></aside>\n</body></html>\n'
    )


def clock(at: datetime) -> str:
    """Return a time as the sidebar says it.

    >>> clock(datetime(2026, 11, 24, 15, 44)), clock(datetime(2026, 11, 24, 0, 5))
    ('3:44 PM', '12:05 AM')
    """
    return f"{at.hour % 12 or 12}:{at:%M} {'PM' if at.hour >= 12 else 'AM'}"


PAGES: Mapping[str, Page] = {
    WIRE: Page(
        path="/wire.rss",
        content_type="application/rss+xml; charset=utf-8",
        write=rss,
        keys='publisher = "wire.example"',
    ),
    MERIDIAN: Page(
        path="/meridian.atom",
        content_type="application/atom+xml; charset=utf-8",
        write=atom,
        keys='publisher = "meridian.example"',
    ),
    SIDEBAR: Page(
        path="/",
        content_type="text/html; charset=utf-8",
        write=front_page,
        keys='publisher = "post.example"\ntimezone = "UTC"\n'
        'select = { item = ".latest li", time = ".time", title = "h3", summary = "p" }',
    ),
}


def is_known(condition: str | None, etag: str) -> bool:
    """Tell whether If-None-Match names `etag`, by weak comparison (RFC 9110 §13.1.2).

    >>> [is_known(it, '"a"') for it in (None, '"b"', '"b", W/"a"', "*")]
    [False, False, True, True]
    """
    tags = {tag.strip().removeprefix("W/") for tag in (condition or "").split(",")}
    return bool(tags & {etag, "*"})


class Site:
    """Both feeds and the front page on one free port of 127.0.0.1. `publish` may be called while it serves."""

    def __init__(self, old: Iterable[Story], now: datetime) -> None:
        """Begin with `old` stories, published in the days before `now`."""
        self.visits = Visits(asked=0, unchanged=0)
        self._lock = Lock()
        self._feeds = {name: Feed() for name in PAGES}
        self._server = Server(self._handler())
        self.url = self._server.url
        listed = list(old)
        for number, story in enumerate(listed):
            every = OLD_ROWS_EVERY if SIDEBAR in story.feeds else OLD_EVERY
            self._put(story, now - every * (len(listed) - number))

    def __enter__(self) -> "Site":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def feed_url(self, name: str) -> str:
        """Return a feed's address."""
        return self.url + PAGES[name].path

    def publish(self, story: Story, now: datetime) -> bool:
        """Put a story on top of its feeds, or in place of what it edits; tell whether it was an edit."""
        with self._lock:
            edited = any(story.slug in self._feeds[name].entries for name in story.feeds)
            self._put(story, now)
        return edited

    def _put(self, story: Story, now: datetime) -> None:
        for name in story.feeds:
            feed = self._feeds[name]
            feed.edition += 1
            old = feed.entries.get(story.slug)
            feed.entries[story.slug] = Entry(
                story=story,
                published_at=old.published_at if old else now,
                updated_at=now,
                edition=feed.edition,
            )

    def is_known(self, story: Story | None = None) -> bool:
        """Tell whether the reader knows the story, or all that stands in the feeds.

        It says so by sending back an ETag as new as that: what it had fetched, it has committed.
        """
        with self._lock:
            return all(
                feed.known >= (feed.entries[story.slug].edition if story else feed.edition)
                for feed in self._feeds.values()
                if story is None or story.slug in feed.entries
            )

    def _answer(self, path: str, condition: str | None) -> tuple[Page, str, str | None] | None:
        """Return the page, its ETag and its body, None of which is sent where the reader has it."""
        name = next((name for name, page in PAGES.items() if page.path == path), None)
        if name is None:
            return None
        with self._lock:
            feed, page = self._feeds[name], PAGES[name]
            for edition in range(feed.known + 1, feed.edition + 1):
                if is_known(condition, _etag(name, edition)):
                    feed.known = edition
            etag = _etag(name, feed.edition)
            unchanged = is_known(condition, etag)
            self.visits = Visits(
                asked=self.visits.asked + 1, unchanged=self.visits.unchanged + int(unchanged)
            )
            entries = tuple(reversed(feed.entries.values()))
        return page, etag, None if unchanged else page.write(self.url, entries)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(Quiet):
            def do_GET(self) -> None:  # noqa: N802 (a name of the base class)
                answer = site._answer(self.path, self.headers.get("If-None-Match"))
                if answer is None:
                    self.reply(404)
                    return
                page, etag, text = answer
                if text is None:
                    self.reply(304, {"ETag": etag})
                else:
                    self.reply(200, {"ETag": etag, "Content-Type": page.content_type}, text.encode())

        return Handler


def _etag(name: str, edition: int) -> str:
    return f'"{name}-{edition}"'
