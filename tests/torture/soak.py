"""A day of five hundred sources and an alert a second: what the daemon's memory, descriptors and WAL do meanwhile.

    python -m tests.torture.soak [--hours 24] [--sources 500] [--rate 1.0]       virtual time, as fast as it works
    python -m tests.torture.soak --real 30 [--sources 500] [--rate 1.0]          minutes of the real clock, the real command

The daemon is a process of its own with a real file, real parse children, a real site and a real webhook; virtual time
is the site's too. The oracle is the site, which knows what it served, and the receiver. Slopes are least squares over
the second half: what fills at first (connections, caches) is no leak. The children's memory goes up and down, for each is
replaced after a thousand bodies: what may not grow are its peaks, and in a run of many replacements its slope. The last line
is one JSON object; exit 1 where an alert is lost or comes twice, the memory grows by more than 1 MiB an hour, the children's peak
by more than 1 MiB from one half to the other, descriptors grow, or the WAL reached 64 MiB.
"""

import argparse
import asyncio
import ctypes
import json
import logging
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from monitor.daemon.plan import Plan
from monitor.daemon.service import serve
from monitor.model import Rule, Secret, Severity, Source
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from tests.torture.events import LocalServer
from tests.torture.processes import Daemon, Ready, children
from tests.virtual import START, ManualClock, run_until

CLAIM = "a day of five hundred sources and an alert a second leaves memory, descriptors and the WAL where they were"
EVERY = 900.0  # seconds between two polls of a source
WINDOW = 12  # items that a feed shows
SLOPE_MOST = 1.0  # MiB an hour
CHILDREN_MORE = 1.0  # MiB that the peak of the second half may lie above that of the first
REPLACED = 6.0  # hours from which on children were replaced so often that their slope says something
WAL_MOST = 64 * 2**20  # bytes
DESCRIPTORS_MORE = 8  # than in the first half, at most
SETTLING = 120.0  # seconds in which what was published last is told
WORDS = (
    *(
        "harbour",
        "budget",
        "railway",
        "storm",
        "museum",
        "grain",
        "minister",
        "bridge",
        "river",
        "school",
        "vote",
    ),
    *(
        "ferry",
        "court",
        "border",
        "strike",
        "market",
        "tower",
        "orchestra",
        "glacier",
        "satellite",
        "mayor",
        "union",
    ),
)


@dataclass(slots=True)
class Site:
    """All feeds, by one clock: seconds since the beginning."""

    now: Callable[[], float]
    sources: int
    rate: float  # items a second, of all feeds together
    first: dict[int, int] = field(
        default_factory=dict
    )  # items of each feed that its first body held, or had held
    last: dict[int, int] = field(default_factory=dict)
    requests: Counter[int] = field(default_factory=Counter)  # by status
    told: Counter[str] = field(default_factory=Counter)  # alerts that arrived, by title
    server: LocalServer = field(init=False)

    def __post_init__(self) -> None:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                name = self.path.strip("/")
                status, etag, body = (
                    site.answer(int(name), self.headers) if name.isdigit() else (404, "", b"")
                )
                site.requests[status] += 1
                self.send_response_only(status)
                if etag:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
                site.told[data["item"]["title"] if data.get("item") else data["id"]] += 1
                self.send_response_only(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = LocalServer(Handler)

    def published(self, feed: int, until: float) -> int:
        """Return how many items a feed has published; it began with a full window."""
        each = self.sources / self.rate
        return WINDOW + int((until + each * feed / self.sources) / each)

    def title(self, feed: int, number: int) -> str:
        dice = random.Random(f"{feed}/{number}")
        return f"{' '.join(dice.sample(WORDS, 6))} {feed}-{number}"

    def answer(self, feed: int, headers: Any) -> tuple[int, str, bytes]:
        now = self.now()
        count = self.published(feed, now)
        etag = f'"{count}"'
        if headers.get("If-None-Match") == etag:
            return 304, etag, b""
        self.first.setdefault(feed, count)
        self.last[feed] = count
        at = format_datetime(START + timedelta(seconds=now))
        rows = "".join(
            f"<item><guid isPermaLink='false'>{feed}-{n}</guid><title>{self.title(feed, n)}</title><pubDate>{at}</pubDate></item>"
            for n in range(count - 1, count - 1 - WINDOW, -1)
        )
        return 200, etag, f"<rss version='2.0'><channel><title>f</title>{rows}</channel></rss>".encode()

    def due(self) -> Iterator[str]:
        """Yield the titles that have to ring: all that was served, but for the first bodies."""
        for feed, last in self.last.items():
            yield from (self.title(feed, number) for number in range(self.first[feed], last))


@dataclass(frozen=True, slots=True)
class Sample:
    hours: float
    memory: float  # MiB, of the daemon
    below: float  # MiB, of its children
    descriptors: int
    wal: int  # bytes


def sample(pid: int, hours: float, wal: Path) -> Sample:
    return Sample(
        hours,
        _memory(pid),
        sum(_memory(child) for child in children(pid)),
        len(os.listdir(f"/proc/{pid}/fd")),
        wal.stat().st_size if wal.exists() else 0,
    )


def _memory(pid: int) -> float:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the least-squares slope of (x, y), 0.0 of fewer than two."""
    if len(points) < 2:
        return 0.0
    mean_x, mean_y = (sum(one[at] for one in points) / len(points) for at in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


# -- the daemon -----------------------------------------------------------------------------------


def virtual(database: Path, url: str, sources: int, seconds: float, now: Any) -> None:
    """Be the daemon for so many virtual seconds; `now` is the clock that the site looks at."""
    logging.disable()
    asyncio.run(_virtual(database, url, sources, seconds, now))


async def _virtual(database: Path, url: str, sources: int, seconds: float, now: Any) -> None:
    class Shared(ManualClock):
        def advance_to(self, at: Any) -> None:
            super().advance_to(at)
            now.value = (self.now() - START).total_seconds()

    clock, stop, dice = Shared(), asyncio.Event(), random.Random(1)
    store = SqliteStore(database, clock)
    plan = Plan(
        sources=[Source(name=f"s{n}", url=f"{url}/{n}", every=EVERY) for n in range(sources)],
        rules=[Rule(name="all", query=" OR ".join(WORDS), severity=Severity.WARNING)],
        notifiers={"hook": Webhook(url=Secret(f"{url}/hook"), rate=50.0)},
        gap=0.0,
        at_once=16,
    )
    with closing(store):
        ready = asyncio.Event()
        task = asyncio.create_task(
            serve(plan, store, clock=clock, random=dice.random, stop=stop, ready=ready.set)
        )
        await ready.wait()
        await run_until(START + timedelta(seconds=seconds), store, clock)
        stop.set()
        await task


@contextmanager
def virtual_daemon(place: Path, site: Site, hours: float, now: Any) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    arguments = (place / "newsbell.db", site.server.url, site.sources, hours * 3600.0 + SETTLING, now)
    process = context.Process(target=virtual, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()


def in_virtual_time(place: Path, options: argparse.Namespace) -> tuple[Site, list[Sample], int]:
    """Return the site after that many virtual hours, what was measured, and the daemon's exit status."""
    now = multiprocessing.get_context("spawn").Value(ctypes.c_double, 0.0)
    end = options.hours * 3600.0
    site = Site(lambda: min(now.value, end), options.sources, options.rate)
    site.server.start()
    samples: list[Sample] = []
    with virtual_daemon(place, site, options.hours, now) as process:
        while process.is_alive():
            time.sleep(1.0)
            hours = now.value / 3600.0
            if process.is_alive() and hours > (samples[-1].hours if samples else 0.0):
                with suppress(OSError):
                    samples.append(sample(process.pid, hours, place / "newsbell.db-wal"))
            if len(samples) % 60 == 1:
                print(f"{hours:7.2f} h  {samples[-1]}", file=sys.stderr)
        process.join()
        return site, samples, process.exitcode or 0


def in_real_time(place: Path, options: argparse.Namespace) -> tuple[Site, list[Sample], int]:
    """Return the same after so many minutes of the real clock, by the command that people run."""
    began = time.monotonic()
    end = options.real * 60.0
    site = Site(lambda: min(time.monotonic() - began, end), options.sources, options.rate)
    site.server.start()
    config = place / "config.toml"
    config.write_text(
        "".join(f'[source.s{n}]\nurl = "{site.server.url}/{n}"\nevery = "60s"\n' for n in range(site.sources))
        + f"[rule.all]\nquery = '{' OR '.join(WORDS)}'\n[notify.hook]\nurl = \"{site.server.url}/hook\"\n"
    )
    ready = Ready(place / "ready")
    samples: list[Sample] = []
    daemon = Daemon(place, ready)
    if not daemon.is_ready(seconds=60):
        raise RuntimeError((place / "err.jsonl").read_text())
    while time.monotonic() - began < end + 75.0:
        time.sleep(5.0)
        hours = (time.monotonic() - began) / 3600.0
        samples.append(sample(daemon.pid, hours, place / "state" / "newsbell.db-wal"))
        if len(samples) % 60 == 1:
            print(f"{hours:7.2f} h  {samples[-1]}", file=sys.stderr, flush=True)
    return site, samples, -1 if (status := daemon.stop(seconds=20)) is None else status


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--hours", type=float, default=24.0)
    options.add_argument("--real", type=float, default=0.0, help="minutes of the real clock instead")
    options.add_argument("--sources", type=int, default=500)
    options.add_argument("--rate", type=float, default=1.0)
    given = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        run = in_real_time if given.real else in_virtual_time
        site, samples, status = run(Path(place), given)
        site.server.stop()
    half = [one for one in samples if one.hours >= samples[-1].hours / 2]
    before = samples[: len(samples) - len(half)]
    due = set(site.due())
    figures = {
        "hours": round(samples[-1].hours, 2),
        "sources": given.sources,
        "requests": dict(site.requests),
        "due": len(due),
        "told": len(site.told),
        "lost": len(due - site.told.keys()),
        "uncalled": len(site.told.keys() - due),
        "twice": sum(count - 1 for count in site.told.values()),
        "memory_mib": [round(samples[0].memory, 1), round(half[0].memory, 1), round(samples[-1].memory, 1)],
        "memory_mib_an_hour": round(slope([(one.hours, one.memory) for one in half]), 3),
        "children_mib_an_hour": round(slope([(one.hours, one.below) for one in half]), 3),
        "children_most_mib": [round(max(one.below for one in part), 1) for part in (before, half)],
        "children_least_mib": [round(min(one.below for one in part), 1) for part in (before, half)],
        "descriptors_most": [
            max(one.descriptors for one in before),
            max(one.descriptors for one in half),
        ],
        "wal_most_mib": round(max(one.wal for one in samples) / 2**20, 1),
        "exit_status": status,
        "errors": [repr(error) for error in site.server.errors],
    }
    wrong = [
        f"{name} is {figures[name]}" for name in ("lost", "uncalled", "twice", "exit_status") if figures[name]
    ]
    wrong += [*figures["errors"], *(["nothing was due"] if not due else [])]
    slopes = [figures["memory_mib_an_hour"]]
    slopes += [figures["children_mib_an_hour"]] if figures["hours"] >= REPLACED else []
    if max(slopes) > SLOPE_MOST:
        wrong.append(f"memory grows: by more than {SLOPE_MOST} MiB an hour")
    if figures["children_most_mib"][1] > figures["children_most_mib"][0] + CHILDREN_MORE:
        wrong.append("the children's memory grows")
    if figures["descriptors_most"][1] > figures["descriptors_most"][0] + DESCRIPTORS_MORE:
        wrong.append("descriptors grow")
    if figures["wal_most_mib"] * 2**20 >= WAL_MOST:
        wrong.append("the WAL grew too large")
    for name, value in figures.items():
        print(f"{name:>22}  {value}")
    for complaint in wrong:
        print(f"WRONG: {complaint}")
    print(
        json.dumps({"claim": CLAIM, **figures, "wrong": wrong, "seconds": round(time.monotonic() - began, 1)})
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
