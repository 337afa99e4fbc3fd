"""The 428 updates of a real live blog, served as a sidebar of two rows to the shipped defaults.

    python -m tests.acceptance.sidebar [--rows 2] [--every 10m] [--as page|feed] [--quick]

The real daemon runs under a virtual clock through the four days of the blog, over HTTP to a site and a receiver.
Without --every nothing about polling is configured. --quick leaves out what costs time and decides nothing:
the network, the parse children and the receiver; each poll is the daemon's own. The oracle knows what was
published and what was told. The last line is one JSON object; exit 1 where an update was missed, told twice
or invented.
"""

import argparse
import asyncio
import html
import json
import os
import re
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast
from zoneinfo import ZoneInfo

from monitor import kinds
from monitor.config import load
from monitor.core.decide import Rulebook
from monitor.core.telling.route import Routing
from monitor.core.text import cleaned
from monitor.daemon.plan import Plan
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.daemon.process import plan
from monitor.daemon.service import serve
from monitor.model import AlertType, Claim, Parsed, Response, Source, Trouble, Validators
from monitor.rules.engine import Engine
from monitor.sources import Kind
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.asked import reading
from tests.virtual import ManualClock, run_until

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
BLOG = CORPUS / "tickers" / "liveblog-mirror-428-updates.json"
LONDON = ZoneInfo("Europe/London")
AFTER = timedelta(minutes=30)  # the daemon goes on so long after the last update


@dataclass(frozen=True, slots=True)
class Update:
    """One update as it was published."""

    at: datetime
    headline: str
    body: str
    url: str


def updates(path: Path) -> list[Update]:
    """Return the updates, oldest first."""
    rows = json.loads(path.read_text("utf-8"))
    found = [
        Update(datetime.fromisoformat(it["published"]), plain(it["headline"]), plain(it["body"]), it["url"])
        for it in rows
    ]
    return sorted(found, key=lambda update: update.at)


def plain(markup: str) -> str:
    """Return what a reader sees: some bodies are cut off within a tag."""
    return " ".join(html.unescape(re.sub(r"<[^>]*(>|$)", " ", markup)).split())


# -- what is served ---------------------------------------------------------------------------


def as_page(shown: Sequence[Update]) -> bytes:
    """Return a page with the sidebar this project began with: `3:44 PM`, a headline, a paragraph."""
    rows = "".join(
        f'<li><span class="time">{update.at.astimezone(LONDON):%-I:%M %p}</span>'
        f'<h3 class="title">{html.escape(update.headline)}</h3><p>{html.escape(update.body)}</p></li>'
        for update in shown
    )
    return (
        "<!doctype html><html><head><meta charset='utf-8'><title>An article of March 11, 2024</title></head><body>"
        "<article><h1>An article</h1><time datetime='2024-03-11T09:00:00Z'>March 11, 2024</time><p>Text.</p></article>"
        f'<aside><ul class="news-feed">{rows}</ul></aside></body></html>'
    ).encode()


def as_feed(shown: Sequence[Update]) -> bytes:
    """Return an RSS feed of the same rows."""
    items = "".join(
        f"<item><title>{html.escape(update.headline)}</title><description>{html.escape(update.body)}</description>"
        f"<guid>{html.escape(update.url)}</guid><pubDate>{format_datetime(update.at)}</pubDate></item>"
        for update in shown
    )
    return f'<rss version="2.0"><channel><title>Live</title>{items}</channel></rss>'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A way to serve the list, and what is written into config.toml to read it."""

    serve: Callable[[Sequence[Update]], bytes]
    content_type: str
    keys: str = ""


SHAPES = {
    "page": Shape(
        serve=as_page,
        content_type="text/html; charset=utf-8",
        keys='select = { item = ".news-feed li", time = ".time", title = ".title", summary = "p" }\n',
    ),
    "feed": Shape(serve=as_feed, content_type="application/rss+xml"),
}


@dataclass(slots=True, kw_only=True)
class Blog:
    """The site and the receiver."""

    updates: Sequence[Update]
    rows: int
    shape: Shape
    clock: ManualClock
    requests: Counter[str] = field(default_factory=Counter)  # by what they were answered
    told: list[tuple[str, str]] = field(default_factory=list)  # headline and body, in order

    def standing(self) -> Sequence[Update]:
        """Return what the list shows now, newest first."""
        newest = bisect_right([update.at for update in self.updates], self.clock.now())
        return self.updates[max(0, newest - self.rows) : newest][::-1]

    def etag(self) -> str:
        shown = self.standing()
        return f'"{len(shown)}-{shown[0].url.rpartition("#")[2] if shown else 0}"'

    async def fetch(self, claim: Claim) -> Response | Trouble:
        """Answer a poll without a network."""
        url = claim.asks or claim.source.url
        if not url.endswith("/live"):
            self.requests["404"] += 1
            return Trouble(sentence="answered 404", kind="status", status=404)
        same = claim.validators.etag == self.etag()
        self.requests["304" if same else "200"] += 1
        return Response(
            url=url,
            status=304 if same else 200,
            body=b"" if same else self.shape.serve(self.standing()),
            content_type=self.shape.content_type,
            validators=Validators(etag=self.etag(), url=url),
            received_at=self.clock.now(),
            server_at=self.clock.now(),
        )

    def handler(self) -> type[BaseHTTPRequestHandler]:
        blog = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                etag = blog.etag()
                status = 304 if self.headers.get("If-None-Match") == etag else 200
                status = status if self.path == "/live" else 404
                blog.requests[f"{status}"] += 1
                self.answer(status, blog.shape.serve(blog.standing()) if status == 200 else b"", etag)

            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if item := said["data"]["item"]:  # a gap has none
                    blog.told.append((item["title"], item["summary"]))
                self.answer(204, b"")

            def answer(self, status: int, body: bytes, etag: str = "") -> None:
                self.send_response(status)
                if etag and status in (200, 304):
                    self.send_header("ETag", etag)
                self.send_header("Content-Type", blog.shape.content_type)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


# -- the run ----------------------------------------------------------------------------------

CONFIG = """
timezone = "UTC"
[source.sidebar]
url = "http://127.0.0.1:{port}/live"
{keys}{every}
[rule.everything]
query = '/./'
notify = ["desk"]
[notify.desk]
url = "http://127.0.0.1:{port}/hook"
rate = 1000
"""


def configured(blog: Blog, port: int, every: str, directory: Path) -> Plan:
    """Return what a user's file of a few lines asks for: nothing about polling unless `every` is given."""
    path = directory / "config.toml"
    pinned = f'every = "{every}"\n' if every else ""
    path.write_text(CONFIG.format(port=port, keys=blog.shape.keys, every=pinned), "utf-8")
    return plan(load(path, environ={}))


async def run(blog: Blog, *, every: str, directory: Path) -> dict[str, object]:
    """Run the daemon through the blog and return the figures."""
    store = SqliteStore(MEMORY, blog.clock)
    with ThreadingHTTPServer(("127.0.0.1", 0), blog.handler()) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stop, ready = asyncio.Event(), asyncio.Event()
        daemon = asyncio.create_task(
            serve(
                configured(blog, server.server_port, every, directory),
                store,
                clock=blog.clock,
                random=lambda: 0.0,
                stop=stop,
                ready=ready.set,
            )
        )
        await ready.wait()
        await run_until(blog.updates[-1].at + AFTER, store, blog.clock)
        stop.set()
        await daemon
        server.shutdown()
    return await figures(blog, store)


async def run_quick(blog: Blog, *, every: str, directory: Path) -> dict[str, object]:
    """Poll through the blog as the daemon does, without network, children and receiver."""
    asked = configured(blog, 9, every, directory)
    store = SqliteStore(MEMORY, blog.clock)
    await store.sync(sources=asked.sources)
    book = Rulebook(engine=Engine(asked.rules), routing=Routing(everyone=("desk",)), bounds=asked.bounds)
    line = Line(fetch=blog.fetch, parse=parse, store=store, book=book, jitter=lambda: 0.0)
    while blog.clock.now() < blog.updates[-1].at + AFTER:
        for claim in await store.claim_due(limit=1):
            await poll(claim, line)
        coming = await store.next_poll_at()
        assert coming is not None
        blog.clock.advance_to(coming)
    for alert in await store.read(reading.alerts, limit=10_000):
        if alert.item:
            blog.told.append((alert.item.title, alert.item.summary))
    return await figures(blog, store)


async def parse(source: Source, response: Response) -> Parsed:
    """Parse as a child does, in this process."""
    kind = kinds.make(kinds.load("monitor.sources", "newsbell.sources", source.kind), source.options)
    parsed = cast(Kind, kind).parse(response)
    return replace(parsed, entries=[cleaned(entry) for entry in parsed.entries])


async def figures(blog: Blog, store: SqliteStore) -> dict[str, object]:
    """Judge what is in the store, then close it."""
    [row] = await store.read(reading.sources)
    items = await store.read(reading.items, limit=10_000)
    alerts = await store.read(reading.alerts, limit=10_000)
    store.close()
    stored = Counter((item.title, item.summary) for item in items)
    gaps = [alert.sentence for alert in alerts if alert.type is AlertType.SOURCE_GAP]
    return judge(blog, stored) | {"gaps_told": len(gaps), "next_poll": row.next_why, "may_miss": row.may_miss}


def judge(blog: Blog, stored: Counter[tuple[str, str]]) -> dict[str, object]:
    """Compare what was published with what was stored and told. What stood in the first body is not told."""
    published = Counter((update.headline, update.body) for update in blog.updates)
    told = Counter(blog.told)
    baseline = published - told
    return {
        "claim": f"none of {len(blog.updates)} updates is missed in a list of {blog.rows} rows",
        "updates": len(blog.updates),
        "stored": sum(stored.values()),
        "missed": sum((published - stored).values()),
        "invented": sum((stored - published).values()),
        "not_told": sum(baseline.values()),
        "told_twice": sum((told - published).values()),
        "requests": sum(blog.requests.values()),
        "answered": dict(blog.requests),
        "requests_an_hour": round(sum(blog.requests.values()) * 3600 / _span(blog).total_seconds(), 1),
    }


def _span(blog: Blog) -> timedelta:
    return blog.updates[-1].at - blog.updates[0].at


def watch(*, rows: int = 2, shape: str = "page", every: str = "", quick: bool = False) -> dict[str, object]:
    """Return the figures; the daemon starts when the first update stands."""
    began, chosen = time.monotonic(), updates(BLOG)
    clock = ManualClock(chosen[0].at.astimezone(UTC))
    blog = Blog(updates=chosen, rows=rows, shape=SHAPES[shape], clock=clock)
    with tempfile.TemporaryDirectory() as directory:
        running = (run_quick if quick else run)(blog, every=every, directory=Path(directory))
        return asyncio.run(running) | {"seconds": round(time.monotonic() - began, 1)}


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=int, default=2)
    options.add_argument(
        "--every", default="", help='pins the interval, as "10m"; default: the shipped rules'
    )
    options.add_argument("--as", dest="shape", choices=sorted(SHAPES), default="page")
    options.add_argument("--quick", action="store_true", help="without network, children and receiver")
    given = options.parse_args()
    if not BLOG.exists():
        print(f"skipped: {BLOG} is not there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    found = watch(rows=given.rows, shape=given.shape, every=given.every, quick=given.quick)
    for name, value in found.items():
        print(f"{name:>18}  {value}")
    print(json.dumps(found))
    return 1 if found["missed"] or found["told_twice"] or found["invented"] else 0


if __name__ == "__main__":
    sys.exit(main())
