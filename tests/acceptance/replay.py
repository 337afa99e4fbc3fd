"""newsbell-replay: serve a recorded stream byte for byte to the real daemon under a virtual clock.

    python -m tests.acceptance.replay [--stream FILE | --all] [--hours 24] [--every 600 | --shipped | --compare]

`--shipped` configures nothing about polling: the daemon's own rules decide when to look. `--compare` does that, and
then again with a fixed interval and as many polls: how long did items stand unseen? `--all` takes every
raw stream of the corpus, whole. What was served is read by tests/acceptance/oracle.py, which knows nothing of
the program. The last line is one JSON object; exit 1 where an item is missing, told without cause or twice, or a
gap is told wrongly.
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
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from monitor.config import load
from monitor.daemon.process import plan
from monitor.daemon.service import serve
from monitor.daemon.system import logs
from monitor.store.sqlite import SqliteStore
from tests.acceptance import oracle
from tests.acceptance.oracle import Body, Seen
from tests.virtual import ManualClock, run_until

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
STREAMS = CORPUS / "streams"
STREAM = STREAMS / "bbc-19feeds-2021-07-18.tar.xz"
ALL = "*.tar.xz"
HOOK = "/hook"
CARDS = """
select = { item = "li[data-testid=FeedListItem]", time = "time@datetime", title = "[data-testid=TitleHeading]",\
 summary = "[data-testid=Description]", link = "a[data-testid=TitleLink]@href" }
"""


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

    def span(self) -> tuple[datetime, datetime]:
        instants = [at for rows in self.states.values() for at, _ in rows]
        return min(instants), max(instants)


@dataclass
class Log:
    """What the world saw: the site's bodies and the receiver's posts, in order."""

    site: str = ""  # its address
    served: list[tuple[str, str, datetime]] = field(default_factory=list)  # source, blob, when
    asked: dict[str, datetime] = field(default_factory=dict)  # source -> when last
    requests: Counter[str] = field(default_factory=Counter)  # by what they were for
    posts: list[dict[str, object]] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)  # posts of edits and of how sources do, by type


def site(recording: Recording, clock: ManualClock, log: Log) -> type[BaseHTTPRequestHandler]:
    """Return a handler that answers with the body that stood at the clock's present."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            source = self.path.lstrip("/")
            blob = recording.at(source, clock.now()) if source in recording.states else None
            log.requests["polls" if source in recording.states else "to fill gaps"] += 1
            log.asked[source] = clock.now()
            if blob is None:
                self._answer(404, b"not here")
            elif self.headers.get("If-None-Match") == f'"{blob}"':
                self._answer(304, b"", blob)
            else:
                log.served.append((source, blob, clock.now()))
                self._answer(200, recording.bodies[blob], blob)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = json.loads(body)
            if said["type"] == "alert.created":
                log.posts.append({"id": self.headers["webhook-id"], **said})
            else:
                log.others[said["type"]] += 1
            self._answer(204, b"")

        def _answer(self, status: int, body: bytes, blob: str = "") -> None:
            page = self.path.endswith(".html")
            self.send_response(status)
            if blob:
                self.send_header("ETag", f'"{blob}"')
            self.send_header("Content-Type", "text/html" if page else "application/rss+xml; charset=utf-8")
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def configuration(recording: Recording, address: str, every: float | None) -> str:
    """Return config.toml; `every` None says nothing about polling.

    Pinned, a feed that is recorded from later on is asked as often before, when it answers 404.
    """
    pinned = "" if every is None else f'every = "{every:g}s"\n'
    sources = "".join(
        f'[source."{name}"]\nurl = "{address}/{name}"\n{pinned}{CARDS if name.endswith(".html") else ""}'
        for name in recording.states
    )
    polling = "" if every is None else f'[polling]\nevery = "{every:g}s"\nmax = "{every:g}s"\n'
    hook = f'[notify.desk]\nurl = "{address}{HOOK}"\nrate = 1000\n'
    return (
        f'timezone = "UTC"\n{sources}[rule.everything]\nquery = \'/./\'\nnotify = ["desk"]\n{hook}{polling}'
    )


async def replay(
    recording: Recording, *, hours: float | None, every: float | None, directory: Path
) -> dict[str, object]:
    """Run the daemon through the recording and return the figures."""
    begin, last = recording.span()
    end = (last if hours is None else begin + timedelta(hours=hours)) + timedelta(seconds=every or 600)
    clock, log = ManualClock(begin + timedelta(seconds=1)), Log()
    with ThreadingHTTPServer(("127.0.0.1", 0), site(recording, clock, log)) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        log.site = f"http://127.0.0.1:{server.server_port}"
        config, database = directory / "config.toml", directory / "replay.db"
        config.write_text(configuration(recording, log.site, every), "utf-8")
        asked = plan(load(config, environ={}))
        store = SqliteStore(database, clock)
        stop, ready = asyncio.Event(), asyncio.Event()
        began, cpu = time.monotonic(), time.process_time()
        daemon = asyncio.create_task(
            serve(asked, store, clock=clock, random=lambda: 0.0, stop=stop, ready=ready.set)
        )
        await ready.wait()
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
    return judge(recording, log, database) | seconds


# -- the judgement ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the daemon stored, as its tables say."""

    keys: dict[tuple[str, str], str]  # source, key -> item
    links: dict[str, str]  # link -> item
    titles: dict[tuple[str, str], str]  # source, title -> item
    texts: dict[str, set[str]]  # item -> titles it ever had
    first_seen: dict[str, str]  # item -> when, to the second
    gaps: set[tuple[str, str]]  # source, day
    edits: int
    outside: int  # polls for a window's sake
    integrity: str

    @classmethod
    def read(cls, database: Path) -> "Ledger":
        with contextlib.closing(sqlite3.connect(database)) as rows:
            items = rows.execute("select id, url, title from items").fetchall()
            texts: defaultdict[str, set[str]] = defaultdict(set)
            for item, title in [
                *((item, title) for item, _, title in items),
                *rows.execute("select item, title from revisions"),
            ]:
                texts[item].add(oracle.plain(title))
            keys = rows.execute("select source, key, item from item_keys where item != ''").fetchall()
            titles = {(source, text): item for source, _, item in keys for text in texts[item]}
            return cls(
                keys={(source, key): item for source, key, item in keys},
                links={url: item for item, url, _ in items if url},
                titles=titles,
                texts=texts,
                first_seen=dict(
                    rows.execute("select id, datetime(first_seen_at / 1000000, 'unixepoch') from items")
                ),
                gaps=set(
                    rows.execute(
                        "select source, date(at / 1000000, 'unixepoch') from alerts where type = 'source.gap'"
                    )
                ),
                edits=rows.execute("select count(*) from revisions").fetchone()[0],
                outside=rows.execute("select total(outside) from polled").fetchone()[0],
                integrity=rows.execute("pragma integrity_check").fetchone()[0],
            )

    def items(self, source: str, seen: Seen) -> set[str]:
        """Return the items that `seen` may have become; more than one where a guid or a link was shared."""
        found = (
            self.keys.get((source, f"guid:{seen.guid}")),
            self.links.get(seen.link),
            self.titles.get((source, seen.title)),
        )
        return {item for item in found if item}


def judge(recording: Recording, log: Log, database: Path) -> dict[str, object]:
    """Compare what was stored and rung with what was served."""

    @cache
    def body(source: str, blob: str) -> Body:
        page = f"{log.site}/{source}" if source.endswith(".html") else ""
        return oracle.read(recording.bodies[blob], page=page)

    ledger = Ledger.read(database)
    served = {(source, blob) for source, blob, _ in log.served}
    standing = {(s, blob) for s, rows in recording.states.items() for at, blob in rows if at <= log.asked[s]}
    shown = {(source, seen.name): seen for source, blob in served for seen in body(source, blob).items}
    known = set(shown)
    unserved = {
        (source, seen.name) for source, blob in standing - served for seen in body(source, blob).items
    } - known
    baseline = _baseline(log, body, ledger)
    stored = {(source, name): ledger.items(source, seen) for (source, name), seen in shown.items()}
    titles = {seen.title for source, blob in served for seen in body(source, blob).items}
    invented = {item for item, texts in ledger.texts.items() if texts.isdisjoint(titles)}
    due = ledger.texts.keys() - baseline - invented
    rung = Counter(_item(post) for post in log.posts)
    texts = {(source, seen.name, seen.title) for source, blob in served for seen in body(source, blob).items}
    retitled = _retitled(texts)
    kept = {
        (source, name, title)
        for source, name, title in retitled
        if any(title in ledger.texts[item] for item in stored[source, name])
    }
    gaps = set(_gaps(log, body))
    unseen = sorted(_waits(recording, log, body))
    return {
        "claim": "every item of every served body is stored, rings once but for the baseline, and gaps are told",
        "bodies_recorded": len(standing),
        "bodies_served": len(served),
        "bodies_never_served": len(standing - served),
        "bodies_read_by": dict(Counter(body(source, blob).how for source, blob in sorted(served))),
        "requests": dict(log.requests),
        "polls_outside_budget": int(ledger.outside),
        "wait_mean": round(sum(unseen) / max(len(unseen), 1), 1),
        "wait_p95": round(unseen[int(0.95 * (len(unseen) - 1))], 1) if unseen else 0.0,
        "waits_measured": len(unseen),
        "items_served": len(known),
        "items_only_in_bodies_never_served": len(unserved),
        "items_stored": len(ledger.texts),
        "missing": sum(not items for items in stored.values()),
        "invented": len(invented),
        "baseline": len(baseline),
        "due_to_ring": len(due),
        "rung": len(rung),
        "not_rung": len(due - rung.keys()),
        "rung_without_cause": len(rung.keys() - due),
        "rung_twice": sum(n > 1 for n in rung.values()),
        "rung_again_as_another": _again(log),
        "webhook_ids": len({str(post["id"]) for post in log.posts}),
        "gaps_served": len(gaps),
        "gaps_told": len(ledger.gaps),
        "gaps_not_told": len(gaps - ledger.gaps),
        "gaps_told_without_cause": len(ledger.gaps - gaps),
        "gaps_not_sent": len(ledger.gaps) - log.others["source.gap"],
        "other_posts": dict(log.others),
        "edits_recorded": ledger.edits,
        "titles_of_retitled_items": len(retitled),
        "of_them_kept": len(kept),
        "integrity": ledger.integrity,
    }


def _retitled(texts: set[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    counts = Counter((source, name) for source, name, _ in texts)
    return {text for text in texts if counts[text[:2]] > 1}


def _baseline(log: Log, body: Callable[[str, str], Body], ledger: Ledger) -> set[str]:
    """Return the items that first stood in the first body of a source."""
    begun: set[str] = set()
    seen: set[str] = set()
    baseline: set[str] = set()
    for source, blob, at in log.served:
        read = body(source, blob)
        if read.how == "no feed":
            continue
        items = {item for one in read.items for item in ledger.items(source, one)}
        if source not in begun:
            now = f"{at:%Y-%m-%d %H:%M:%S}"  # parts items that share a guid, a link or a title
            baseline |= {item for item in items - seen if ledger.first_seen[item] == now}
        begun.add(source)
        seen |= items
    return baseline


def _waits(recording: Recording, log: Log, body: Callable[[str, str], Body]) -> Iterator[float]:
    """Yield for how many seconds each item stood in recorded bodies before it was served.

    What stood in the first body that was served, or before, was not waited for; what was never served again before
    the end waited until the last poll.
    """
    asked: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for source, blob, at in log.served:
        asked[source].append((at, blob))
    for source, served in asked.items():
        first = served[0][0]
        stood = {
            seen.name
            for at, blob in recording.states[source]
            if at <= first
            for seen in body(source, blob).items
        }
        came: dict[str, datetime] = {}
        for at, blob in recording.states[source]:
            if first < at <= log.asked[source]:
                for seen in body(source, blob).items:
                    came.setdefault(seen.name, at)
        told: dict[str, datetime] = {}
        for at, blob in served:
            for seen in body(source, blob).items:
                told.setdefault(seen.name, at)
        for name in came.keys() - stood:
            yield (told.get(name, log.asked[source]) - came[name]).total_seconds()


def compare(recording: Recording, *, hours: float | None) -> dict[str, object]:
    """Replay with the shipped rhythm, then at a fixed interval that makes as many polls."""

    def run(every: float | None) -> dict[str, object]:
        with tempfile.TemporaryDirectory() as directory:
            return asyncio.run(replay(recording, hours=hours, every=every, directory=Path(directory)))

    begin, last = recording.span()
    there = {name: rows for name, rows in recording.states.items() if rows[0][0] == begin}
    recording = replace(recording, states=there)  # what is recorded from later on would fail until then
    span = hours * 3_600 if hours else (last - begin).total_seconds()
    ours = run(None)
    polls = ours["requests"]["polls"]  # type: ignore[index]
    every = span * len(recording.states) / polls
    fixed = run(every)
    wait = float(str(ours["wait_mean"]))
    return {
        "claim": "at equal polls, items stand unseen for less time than with a fixed interval",
        "ratio": round(
            wait / (every / 2), 3
        ),  # of the mean over all phases: the recorder, too, came at an interval
        "ratio_to_this_phase": round(wait / float(str(fixed["wait_mean"])), 3),
        "polls": {"shipped": polls, "fixed": fixed["requests"]["polls"]},  # type: ignore[index]
        "shipped": ours,
        "fixed": fixed,
    }


def _gaps(log: Log, body: Callable[[str, str], Body]) -> Iterator[tuple[str, str]]:
    """Yield the source and the day of each body that shares nothing with the one served before."""
    last: dict[str, frozenset[str]] = {}
    for source, blob, at in log.served:
        read = body(source, blob)
        if read.how == "no feed":
            continue
        if read.keys and last.get(source) and last[source].isdisjoint(read.keys):
            yield source, at.date().isoformat()
        last[source] = read.keys


def _item(post: dict[str, object]) -> str:
    return str(post["data"]["item"]["id"])  # type: ignore[index]


def _again(log: Log) -> int:
    """Return how often one link under one title rang as two items."""
    told: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for post in log.posts:
        item = post["data"]["item"]  # type: ignore[index]
        if item["url"]:
            told[item["url"], item["title"]].add(item["id"])
    return sum(len(ids) - 1 for ids in told.values())


WRONG = (
    "missing",
    "invented",
    "not_rung",
    "rung_without_cause",
    "rung_twice",
    "rung_again_as_another",
    "gaps_not_told",
    "gaps_told_without_cause",
    "gaps_not_sent",
)


def good(figures: dict[str, object]) -> bool:
    """Tell whether nothing was lost, doubled or told wrongly."""
    if "shipped" in figures:
        sides = all(good(figures[name]) for name in ("shipped", "fixed"))  # type: ignore[arg-type]
        return sides and float(str(figures["ratio"])) < 1
    return figures["integrity"] == "ok" and not any(figures[name] for name in WRONG)


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--stream", type=Path, default=STREAM)
    options.add_argument("--all", action="store_true", help="every raw stream of the corpus, whole")
    options.add_argument("--hours", type=float, help="of the stream; default: all of it")
    options.add_argument("--every", type=float, default=600.0, help="seconds between polls, pinned")
    options.add_argument("--shipped", action="store_true", help="polled as the shipped defaults want it")
    options.add_argument("--compare", action="store_true", help="shipped beside a fixed interval")
    given = options.parse_args()
    streams = sorted(STREAMS.glob(ALL)) if given.all else [given.stream]
    if not streams or not streams[0].exists():
        print(f"skipped: {given.stream} is not there (set NEWSBELL_CORPUS)", file=sys.stderr)
        return 0
    logs.silence()
    found = {}
    for stream in streams:
        if given.compare:
            found[stream.name.removesuffix(".tar.xz")] = compared = compare(
                Recording.read(stream), hours=given.hours
            )
            print(json.dumps(compared, indent=1))
            continue
        every = None if given.shipped else given.every
        with tempfile.TemporaryDirectory() as directory:
            run = replay(Recording.read(stream), hours=given.hours, every=every, directory=Path(directory))
            figures = asyncio.run(run)
        found[stream.name.removesuffix(".tar.xz")] = figures
        print(stream.name)
        for name, value in figures.items():
            print(f"{name:>34}  {value}")
    print(json.dumps(found))
    return 0 if all(good(figures) for figures in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
