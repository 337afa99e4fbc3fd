"""newsbell-replay: serve a recorded stream byte for byte to the real daemon under a virtual clock.

    python -m tests.acceptance.replay [--stream FILE] [--hours 24] [--every 600]

The oracle reads guid and link of the served bodies with expat and imports nothing of `monitor`: it
knows only what was served and what the receiver got. The last line is one JSON object; exit 1 where
an item is missing, stored twice, not rung or rung twice.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sqlite3
import sys
import tarfile
import tempfile
import time
import xml.parsers.expat
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from monitor.core.cadence import Bounds
from monitor.daemon.service import Plan, serve
from monitor.model import Rule, Secret, Source
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from tests.virtual import ManualClock, run_until

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
STREAM = CORPUS / "streams" / "bbc-19feeds-2021-07-18.tar.xz"


@dataclass
class Recording:
    """A stream: for each source, when which body stood."""

    states: dict[str, list[tuple[datetime, str]]]
    bodies: dict[str, bytes]

    @classmethod
    def read(cls, path: Path) -> "Recording":
        states: dict[str, list[tuple[datetime, str]]] = {}
        bodies: dict[str, bytes] = {}
        with tarfile.open(path) as tar:
            for member in tar:
                file = tar.extractfile(member)
                if file is None:
                    continue
                if member.name.endswith("index.jsonl"):
                    for line in file:
                        row = json.loads(line)
                        at = datetime.fromisoformat(row["at"].replace("Z", "+00:00"))
                        states.setdefault(row["source"], []).append((at, row["blob"]))
                else:
                    bodies[Path(member.name).stem] = file.read()
        return cls(states={name: sorted(rows) for name, rows in states.items()}, bodies=bodies)

    def at(self, source: str, now: datetime) -> str | None:
        rows = self.states[source]
        index = bisect_right([at for at, _ in rows], now)
        return rows[index - 1][1] if index else None


@dataclass
class Log:
    """What the world saw: the site's bodies and the receiver's posts, in order."""

    served: list[tuple[str, str]] = field(default_factory=list)  # source, blob
    requests: int = 0
    posts: list[dict[str, object]] = field(default_factory=list)


def site(recording: Recording, clock: ManualClock, log: Log) -> type[BaseHTTPRequestHandler]:
    """Return a handler that answers with the body that stood at the clock's present."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            log.requests += 1
            source = self.path.lstrip("/")
            blob = recording.at(source, clock.now())
            if blob is None:
                self._answer(404, b"not yet")
            elif self.headers.get("If-None-Match") == f'"{blob}"':
                self._answer(304, b"", blob)
            else:
                log.served.append((source, blob))
                self._answer(200, recording.bodies[blob], blob)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            log.posts.append({"id": self.headers["webhook-id"], **json.loads(body)})
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes, blob: str = "") -> None:
            self.send_response(status)
            if blob:
                self.send_header("ETag", f'"{blob}"')
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def keys_of(body: bytes) -> list[str]:
    """Return guid, else link, of each item of a body, by expat alone."""
    found: list[str] = []
    texts: dict[str, str] = {}
    path: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        if name == "item":
            texts.clear()

    def data(text: str) -> None:
        if len(path) > 1 and path[-2] == "item" and path[-1] in ("guid", "link"):
            texts[path[-1]] = texts.get(path[-1], "") + text

    def end(name: str) -> None:
        path.pop()
        if name == "item":
            found.append((texts.get("guid") or texts.get("link", "")).strip())

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, data, end
    parser.Parse(body, True)
    return found


@dataclass
class Expected:
    """What the oracle holds the daemon to."""

    items: set[str]
    baseline: set[str]


def oracle(recording: Recording, log: Log) -> Expected:
    """Return every item of every served body, and which of them first stood in a source's first body."""
    items: set[str] = set()
    baseline: set[str] = set()
    begun: set[str] = set()
    for source, blob in log.served:
        for key in keys_of(recording.bodies[blob]):
            if key not in items and source not in begun:
                baseline.add(key)
            items.add(key)
        begun.add(source)
    return Expected(items=items, baseline=baseline)


async def replay(recording: Recording, *, hours: float, every: float, directory: Path) -> dict[str, object]:
    """Run the daemon through the recording and return the figures."""
    begin = min(rows[0][0] for rows in recording.states.values())
    clock, log = ManualClock(begin + timedelta(seconds=1)), Log()
    with ThreadingHTTPServer(("127.0.0.1", 0), site(recording, clock, log)) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        port = server.server_port
        plan = Plan(
            sources=[
                Source(name=name, url=f"http://127.0.0.1:{port}/{name}", every=every, pinned=True)
                for name in recording.states
            ],
            rules=[Rule(name="everything", query="/./")],
            notifiers={"desk": Webhook(url=Secret(f"http://127.0.0.1:{port}/hook"), rate=1000.0)},
            bounds=Bounds(min=1.0, max=3600.0),
        )
        database = directory / "replay.db"
        store = SqliteStore(database, clock)
        stop, ready = asyncio.Event(), asyncio.Event()
        began, cpu = time.monotonic(), time.process_time()
        daemon = asyncio.create_task(
            serve(plan, store, clock=clock, random=lambda: 0.0, stop=stop, ready=ready.set)
        )
        await ready.wait()
        end = begin + timedelta(hours=hours, seconds=every)
        driving = asyncio.create_task(run_until(end, store, clock))
        done, _ = await asyncio.wait([daemon, driving], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await daemon
        assert driving in done
        store.close()
        server.shutdown()
    seconds = {
        "seconds": round(time.monotonic() - began, 1),
        "daemon_and_site_cpu": round(time.process_time() - cpu, 1),
    }
    return judge(recording, log, database, end) | seconds


def judge(recording: Recording, log: Log, database: Path, end: datetime) -> dict[str, object]:
    """Compare what was stored and rung with what was served."""
    expected = oracle(recording, log)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        stored = Counter(row[0] for row in connection.execute("select url from items"))
        integrity = connection.execute("pragma integrity_check").fetchone()[0]
        edits = connection.execute("select count(*) from revisions").fetchone()[0]
    rung = Counter(str(post["data"]["item"]["url"]) for post in log.posts)  # type: ignore[index]
    ids = {str(post["data"]["item"]["url"]): post["id"] for post in log.posts}  # type: ignore[index]
    due = expected.items - expected.baseline
    standing = {(s, blob) for s, rows in recording.states.items() for at, blob in rows if at <= end}
    return {
        "claim": "every item of every served body is stored once and rings once, but for the baseline",
        "bodies_recorded": len(standing),
        "bodies_served": len(set(log.served)),
        "bodies_never_served": len(standing - set(log.served)),
        "requests": log.requests,
        "items_served": len(expected.items),
        "items_stored": len(stored),
        "missing": len(expected.items - stored.keys()),
        "invented": len(stored.keys() - expected.items),
        "stored_twice": sum(n > 1 for n in stored.values()),
        "baseline": len(expected.baseline),
        "due_to_ring": len(due),
        "rung": len(rung),
        "not_rung": len(due - rung.keys()),
        "rung_without_cause": len(rung.keys() - due),
        "rung_twice": sum(n > 1 for n in rung.values()),
        "webhook_ids": len(set(ids.values())),
        "edits_recorded": edits,
        "integrity": integrity,
    }


WRONG = (
    "bodies_never_served",
    "missing",
    "invented",
    "stored_twice",
    "not_rung",
    "rung_without_cause",
    "rung_twice",
)


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--stream", type=Path, default=STREAM)
    options.add_argument("--hours", type=float, default=24.0)
    options.add_argument("--every", type=float, default=600.0, help="seconds between polls")
    given = options.parse_args()
    if not given.stream.exists():
        print(f"skipped: {given.stream} is not there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    with tempfile.TemporaryDirectory() as directory:
        figures = asyncio.run(
            replay(
                Recording.read(given.stream), hours=given.hours, every=given.every, directory=Path(directory)
            )
        )
    for name, value in figures.items():
        print(f"{name:>22}  {value}")
    print(json.dumps(figures))
    return 1 if figures["integrity"] != "ok" or any(figures[name] for name in WRONG) else 0


if __name__ == "__main__":
    sys.exit(main())
