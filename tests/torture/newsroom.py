"""A site that publishes, for the kill test: it logs every body it served and knows which were acknowledged.

A story leaves a feed only after the daemon sent back the ETag of an edition that held it, for with that
the daemon says: committed. So nothing rolls off between restarts, and yet a daemon that saved the ETag
and lost the stories of that body never sees them again.
"""

import json
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from threading import Event, Lock, Thread

from tests.torture.events import Events, LocalServer

RULES = {  # queries as in the configuration; `rings` below is the oracle's own reading of them
    "flood": "flood",
    "reactor": 'reactor OR "dirty bomb"',
    "quake": "earthquake -exercise",
}
ON_TERMINAL = "flood"  # names nobody, so it tells everyone and, as all do without `notify`, the terminal
LOUD = ("flood", "FLOOD", "reactor", "Reactor", "dirty bomb", "earthquake", "flood reactor", "Earthquake")
QUIET = ("floods", "floodlit", "reactors", "bomb dirty", "earthquake exercise", "dirty", "weather")
FILLERS = ("Officials say", "In the north", "Late on Friday", "After long talks", "Residents report")
ENDS = ("near the river", "says ministry", "for the second time", "as winter comes")
LOUD_SHARE = 0.7  # of stories
SHARED_SHARE = 0.05  # of stories that two feeds carry: one item, one alert
CUT_SHARE = 0.03  # of bodies that break off half way
OLD = 5  # stories a feed starts with, all of them loud: they must never ring
AHEAD = 60  # stories that wait in a feed to be acknowledged; with so many it publishes no more
KEPT = 5  # acknowledged stories that stay in a feed
WEIGHTS = (8, 5, 3, 2, 1, 1)  # how busy the feeds are: the last ones often answer 304


def rules(notify: Sequence[str] | None) -> str:
    """Return the rules as they stand in a configuration; all but one name `notify`."""
    named = "" if notify is None else f"notify = {json.dumps(notify)}\n"
    return "".join(
        f"[rule.{name}]\nquery = '{query}'\n{'' if name == ON_TERMINAL else named}"
        for name, query in RULES.items()
    )


def rings(title: str) -> set[str]:
    """Return the rules that a title must make ring, by a plain word test."""
    words = title.casefold().split()
    return {
        rule
        for rule, holds in {
            "flood": "flood" in words,
            "reactor": "reactor" in words or ("dirty", "bomb") in pairwise(words),
            "quake": "earthquake" in words and "exercise" not in words,
        }.items()
        if holds
    }


@dataclass(frozen=True, slots=True)
class Story:
    number: int
    title: str
    link: str
    old: bool = False  # it stood in a feed's first body


@dataclass(slots=True)
class Edition:
    """A feed's body from one publication to the next."""

    stories: tuple[Story, ...]  # newest first
    etag: str
    whole: bool = False  # served 200 to its last byte, at least once


@dataclass(slots=True)
class Feed:
    name: str
    editions: dict[str, Edition] = field(default_factory=dict)  # by ETag, oldest first
    current: Edition = field(init=False)
    seen: set[int] = field(default_factory=set)  # numbers of stories in acknowledged editions

    def publish(self, *stories: Story) -> None:
        before = self.current.stories if self.editions else ()
        waiting = [story for story in before if story.number not in self.seen]
        kept = [story for story in before if story.number in self.seen][:KEPT]
        etag = f'"{self.name}-{len(self.editions)}"'
        self.current = self.editions[etag] = Edition((*stories, *waiting, *kept), etag)

    def has_room(self) -> bool:
        """Tell whether it may publish: its baseline is acknowledged, and so is most that came since.

        On a busy machine daemons that are killed before they read anything would else be left with bodies that take
        longer and longer to read.
        """
        return bool(self.seen) and sum(one.number not in self.seen for one in self.current.stories) < AHEAD

    def body(self, edition: Edition) -> bytes:
        items = "".join(
            f"<item><title>{story.title}</title><link>{story.link}</link>"
            f'<guid isPermaLink="false">{self.name}-{story.number}</guid>'
            f"<pubDate>{formatdate(1_767_225_600 + story.number, usegmt=True)}</pubDate>"
            f"<description>Number {story.number} of the wire.</description></item>\n"
            for story in edition.stories
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
            f"<title>{self.name}</title><link>http://127.0.0.1/</link><description>local</description>\n"
            f"{items}</channel></rss>\n"
        ).encode()


class Newsroom:
    """Six feeds on one port; `publishing` adds stories until it is stopped."""

    def __init__(self, events: Events, seed: int) -> None:
        self.events = events
        self.calm = False  # True: every body is served whole
        self.answers: Counter[str] = Counter()  # "200", "304", "cut", "404"
        self.invented = 0  # ETags sent to us that no whole body had
        self.published: list[Story] = []
        self.seconds = 0.0  # between the first and the last publication
        self._chance = random.Random(seed)
        self._dice = random.Random(seed + 1)  # of the answers: their order is the daemon's
        self._lock = Lock()
        self._stop = Event()
        self._number = 0
        self.server = LocalServer(self._handler())
        self.feeds = [Feed(f"wire-{n}") for n in range(1, len(WEIGHTS) + 1)]
        for feed in self.feeds:
            feed.publish(*(self._story(old=True) for _ in range(OLD)))

    def url(self, feed: Feed) -> str:
        return f"{self.server.url}/{feed.name}"

    def _story(self, *, old: bool = False) -> Story:
        self._number += 1
        chance = self._chance
        loud = old or chance.random() < LOUD_SHARE
        core = chance.choice(LOUD if loud else QUIET)
        title = f"{chance.choice(FILLERS)} {core} {chance.choice(ENDS)} {self._number}"
        return Story(self._number, title, f"{self.server.url}/story/{self._number}", old)

    def publishing(self, rate: float) -> Thread:
        """Start to publish `rate` stories a second in all, each feed while it has room."""
        thread = Thread(target=self._publish, args=(rate,), name="publisher")
        thread.start()
        return thread

    def stop(self) -> None:
        self._stop.set()

    def _publish(self, rate: float) -> None:
        first = last = due = 0.0
        while not self._stop.wait(max(due - time.monotonic(), 0.001)):
            with self._lock:
                open_feeds = [feed for feed in self.feeds if feed.has_room()]
                if open_feeds:
                    last = time.monotonic()
                    first = first or last
                    self._publish_one(open_feeds)
            if not open_feeds:
                due = time.monotonic() + 0.05
                continue
            due = max(due, last - 1.0) + self._chance.expovariate(rate)  # a late thread catches up
        self.seconds = last - first

    def _publish_one(self, feeds: list[Feed]) -> None:
        story = self._story()
        weights = [WEIGHTS[self.feeds.index(feed)] for feed in feeds]
        chosen = {feed.name: feed for feed in self._chance.choices(feeds, weights, k=2)}
        shared = self._chance.random() < SHARED_SHARE
        for feed in list(chosen.values())[: 2 if shared else 1]:
            feed.publish(story)
        self.published.append(story)

    def due(self) -> set[tuple[str, str]]:
        """Return (rule, link) of every alert that is due: a story published after its feed's baseline was
        acknowledged, that stood in a body served 200 in full, and that a rule matches."""
        served = self._served()
        return {(rule, s.link) for s in self.published if s.number in served for rule in rings(s.title)}

    def baseline(self) -> set[str]:
        """Return the links that must never ring."""
        stories = [story for feed in self.feeds for story in next(iter(feed.editions.values())).stories]
        return {story.link for story in stories}

    def unserved(self) -> int:
        """Return how many stories stood in no body that was served whole: the test's own fault, if any."""
        served = self._served()
        return sum(story.number not in served for story in self.published)

    def _served(self) -> set[int]:
        with self._lock:
            editions = [e for feed in self.feeds for e in feed.editions.values() if e.whole]
        return {story.number for edition in editions for story in edition.stories}

    # -- answering --------------------------------------------------------------------------------

    def _ask(self, path: str, etag: str | None) -> tuple[Feed, Edition, str] | None:
        """Return what to answer a conditional GET, having noted what it acknowledges."""
        with self._lock:
            feed = next((feed for feed in self.feeds if path == f"/{feed.name}"), None)
            if feed is None:
                self.answers["404"] += 1
                return None
            if etag is not None:
                known = feed.editions.get(etag)
                if known is None or not known.whole:
                    self.invented += 1
                else:
                    feed.seen.update(story.number for story in known.stories)
            if etag == feed.current.etag:
                how = "304"
            else:
                how = "cut" if not self.calm and self._dice.random() < CUT_SHARE else "200"
            self.answers[how] += 1
            return feed, feed.current, how

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        newsroom = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                answer = newsroom._ask(self.path, self.headers.get("If-None-Match"))
                if answer is None:
                    self.send_error(404)
                    return
                feed, edition, how = answer
                body = b"" if how == "304" else feed.body(edition)
                self.send_response(304 if how == "304" else 200)
                self.send_header("ETag", edition.etag)
                if how != "304":
                    self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if how == "cut" else body)
                if how == "cut":
                    hang_up(self)
                elif how == "200":
                    edition.whole = True
                    newsroom.events.note("body")

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Reset the connection (RST, not FIN) once the handler returns."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
