"""A thousand feeds of ten domains, the real daemon as their guest; the hosts count.

    python -m tests.torture.guest [--feeds 1000] [--hours 1.5] [--at-once 2] [--gap 1] [--seed 1]

Each domain is a real HTTP server on an address of its own, with three host names to it. Time is virtual: it moves when
every poll waits at a door or for an answer that is slow on purpose, so what a host measures between two requests is
what the daemon left between them. Two domains answer slowly, a fifth of the feeds know no validators, and four domains
ask to be left alone in the midst of it: by 429 with seconds, by 503 with a date, by 429 without a time, and by 429 for
longer than the run. Halfway the daemon is stopped and started again.

The oracle are the hosts. The last line is one JSON object; exit 1 where a host saw more requests at once than are
configured, two closer together, or one before the time it had asked for.
"""

import argparse
import asyncio
import json
import math
import random
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Event, Lock, Thread
from typing import ClassVar

from monitor.daemon.plan import Plan
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.service import serve
from monitor.model import Source
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.rows import micros
from tests.virtual import PASSES, START, ManualClock

CLAIM = "no host sees more requests at once or closer together than is configured, nor one before the time it asked for"
EVERY = 600.0  # seconds
DOMAINS = 10
HOSTS = 3  # names of each
WINDOW = 10  # items that a feed shows
SLOW = frozenset({7, 8})  # domains that take their time
RESTART = 2.0  # seconds from the end of one daemon to the beginning of the next
QUIET = 2  # looks in a row that find nothing to do
WORK = """
    select (select count(*) from sources where claimed_at is not null),
           (select count(*) from sources where claimed_at is null and state not in ('gone', 'paused') and next_poll_at <= ?)
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a domain answers once, to all of its feeds."""

    at: float  # share of the run after which it does
    status: int
    header: str  # of Retry-After: seconds as they are, or a date made of `seconds`; "" for none
    seconds: float  # for which nobody is to come


def refusals(whole: float) -> dict[int, Refusal]:
    """Return who refuses; `whole` is the length of the run in seconds."""
    return {
        2: Refusal(0.25, 503, "date", whole / 8),
        3: Refusal(0.45, 429, str(int(whole / 4)), float(int(whole / 4))),  # goes on over the restart
        4: Refusal(0.3, 429, "", 60.0),  # says no time: a minute is what we take it to ask for
        5: Refusal(0.7, 429, str(int(2 * whole)), 2 * whole),
    }


@dataclass(slots=True)
class Feed:
    """What a feed published when, in seconds of virtual time."""

    times: Sequence[float]
    validators: bool

    def body(self, now: float) -> tuple[str, bytes]:
        """Return the ETag and the body that stand at `now`."""
        count = bisect_right(self.times, now)
        rows = "".join(
            f"<item><guid isPermaLink='false'>{n}</guid><title>item {n}</title>"
            f"<pubDate>{format_datetime(START + timedelta(seconds=self.times[n]))}</pubDate></item>"
            for n in range(count - 1, max(count - WINDOW, 0) - 1, -1)
        )
        return f'"{count}"', f"<rss version='2.0'><channel><title>f</title>{rows}</channel></rss>".encode()


@dataclass(slots=True)
class Domain:
    """One publisher, and what it saw."""

    number: int
    feeds: Sequence[Feed]
    refuses: Refusal | None
    port: int = 0
    came: list[datetime] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    inside: int = 0
    most: int = 0  # at once
    left_alone_until: datetime = START
    unasked: int = 0  # requests while it wanted none
    lock: Lock = field(default_factory=Lock)

    @property
    def address(self) -> str:
        return f"127.0.0.{self.number + 1}"


@dataclass(slots=True)
class World:
    """All domains, one clock, and the answers that take their time."""

    clock: ManualClock
    domains: Sequence[Domain]
    whole: float  # seconds
    takes: random.Random
    slow: list[tuple[datetime, Event]] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def seconds(self) -> float:
        return (self.clock.now() - START).total_seconds()

    def answer(self, domain: Domain, path: str, etag: str) -> tuple[int, dict[str, str], bytes]:
        now = self.clock.now()
        with domain.lock:
            domain.came.append(now)
            domain.inside += 1
            domain.most = max(domain.most, domain.inside)
            domain.unasked += now < domain.left_alone_until
            refused = self._refused(domain)
        try:
            if refused:
                return refused
            if domain.number in SLOW:
                self._take_time()
            feed = domain.feeds[int(path.partition("?")[0].strip("/"))]  # pages of it are all the same
            stands, body = feed.body(self.seconds())
            headers = {"ETag": stands} if feed.validators else {}
            return (304, headers, b"") if feed.validators and etag == stands else (200, headers, body)
        finally:
            with domain.lock:
                domain.inside -= 1

    def _refused(self, domain: Domain) -> tuple[int, dict[str, str], bytes] | None:
        no = domain.refuses
        if no is None or self.seconds() < no.at * self.whole:
            return None
        domain.refuses = None
        until = self.clock.now() + timedelta(seconds=no.seconds)
        domain.left_alone_until = until
        header = (
            format_datetime(until + timedelta(seconds=1), usegmt=True) if no.header == "date" else no.header
        )
        # a date has no fractions: the next whole second
        return no.status, {"Retry-After": header} if header else {}, b"come back later"

    def _take_time(self) -> None:
        done = Event()
        with self.lock:
            self.slow.append((self.clock.now() + timedelta(seconds=self.takes.uniform(0.5, 6.0)), done))
        done.wait(60)

    def held(self) -> int:
        with self.lock:
            return len(self.slow)

    def move(self, at: datetime) -> None:
        """Let it be `at`, and slow answers end whose time has come."""
        self.clock.advance_to(at)
        with self.lock:
            over = [done for until, done in self.slow if until <= at]
            self.slow = [(until, done) for until, done in self.slow if until > at]
        for done in over:
            done.set()


class Handler(BaseHTTPRequestHandler):
    """Answers for one domain."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: ClassVar[World]
    domain: ClassVar[Domain]

    def do_GET(self) -> None:
        status, headers, body = self.world.answer(
            self.domain, self.path, self.headers.get("If-None-Match", "")
        )
        self.domain.statuses[status] += 1
        self.send_response_only(status)
        self.send_header("Date", format_datetime(self.world.clock.now(), usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The domain counts."""


def domains(feeds: int, seconds: float, dice: random.Random) -> list[Domain]:
    """Return ten domains that share `feeds`; the items a day of a feed are log-normal, six in the median."""

    def feed(n: int) -> Feed:
        rate = min(6 * math.exp(dice.gauss(0, 1.6)), 600) / 86_400
        at, times = -86_400.0 * 3, []
        while (at := at + dice.expovariate(rate)) < seconds:
            times.append(at)
        return Feed(times=times, validators=n % 5 > 0)

    who = refusals(seconds)
    return [
        Domain(number, [feed(n) for n in range(feeds // DOMAINS)], who.get(number))
        for number in range(DOMAINS)
    ]


async def run(world: World, *, at_once: int, gap: float, directory: Path) -> list[str]:
    """Run the daemon through the virtual time of `world`; return the sources that came to harm."""
    there = {f"h{h}.site{d.number}.org": d.address for d in world.domains for h in range(HOSTS)}

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [there[host]]

    sources = [
        Source(
            name=f"{d.number}-{n}", url=f"http://h{n % HOSTS}.site{d.number}.org:{d.port}/{n}", every=EVERY
        )
        for d in world.domains
        for n in range(len(d.feeds))
    ]
    plan = Plan(sources=sources, rules=(), notifiers={}, at_once=at_once, gap=gap)
    clock, end = world.clock, START + timedelta(seconds=world.whole)
    for until in (START + (end - START) / 2, end):
        store, stop, ready, hosts = (
            SqliteStore(directory / "guest.db", clock),
            asyncio.Event(),
            asyncio.Event(),
            Hosts(),
        )
        daemon = asyncio.create_task(
            serve(
                plan,
                store,
                clock=clock,
                random=world.takes.random,
                stop=stop,
                ready=ready.set,
                resolve=resolve,
                hosts=hosts,
            )
        )
        await ready.wait()
        while clock.now() < until:
            await nothing_left(world, hosts, store, daemon)
            world.move(await soonest(world, store, until))
        stop.set()
        world.move(clock.now() + timedelta(seconds=60))  # whoever is still answered slowly
        await daemon
        troubled = await store.database.read(
            lambda it: [
                row[0]
                for row in it.execute("select name from sources where failures > 1 or last_poll_at is null")
            ]
        )
        store.close()
        world.move(clock.now() + timedelta(seconds=RESTART))
    return troubled


async def nothing_left(world: World, hosts: Hosts, store: SqliteStore, daemon: asyncio.Task[None]) -> None:
    """Return when every poll waits at a door or for a slow answer, and nothing else is due."""
    quiet = 0
    while quiet < QUIET:
        for _ in range(PASSES):
            await asyncio.sleep(0)
        if daemon.done():
            await daemon
        polls = sum(task.get_name().startswith("poll ") for task in asyncio.all_tasks())
        claimed, due = await store.database.read(
            lambda it: tuple(it.execute(WORK, [micros(world.clock.now())]).fetchone())
        )
        quiet = quiet + 1 if polls == claimed == hosts.waiting + world.held() and not due else 0
        if not quiet:
            await asyncio.sleep(0.0005)


async def soonest(world: World, store: SqliteStore, end: datetime) -> datetime:
    """Return when something is next to happen."""
    due, asleep = await store.next_poll_at(), world.clock.earliest()
    with world.lock:
        slow = [until for until, _ in world.slow]
    return min(at for at in (due, asleep, *slow, end) if at is not None)


def watch(*, feeds: int, hours: float, at_once: int, gap: float, seed: int) -> dict[str, object]:
    """Return the figures."""
    began, dice = time.monotonic(), random.Random(seed)
    whole = hours * 3_600
    world = World(ManualClock(), domains(feeds, whole, dice), whole, dice)
    with ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        for domain in world.domains:
            handler = type("Handler", (Handler,), {"world": world, "domain": domain})
            server = stack.enter_context(ThreadingHTTPServer((domain.address, 0), handler))
            server.daemon_threads = True
            domain.port = server.server_port
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
        troubled = asyncio.run(run(world, at_once=at_once, gap=gap, directory=Path(directory)))
    return figures(world, troubled, at_once, gap) | {"seconds": round(time.monotonic() - began, 1)}


def figures(world: World, troubled: Sequence[str], at_once: int, gap: float) -> dict[str, object]:
    """Judge what the hosts saw."""
    statuses = sum((domain.statuses for domain in world.domains), Counter[int]())
    closest = min(
        (after - before).total_seconds() for d in world.domains for before, after in pairwise(d.came)
    )
    requests = sum(len(domain.came) for domain in world.domains)
    knowing = sum(feed.validators for domain in world.domains for feed in domain.feeds)
    feeds = sum(len(domain.feeds) for domain in world.domains)
    return {
        "claim": CLAIM,
        "feeds": feeds,
        "domains": len(world.domains),
        "hours": world.whole / 3_600,
        "requests": requests,
        "requests_an_hour_and_feed": round(requests / feeds / world.whole * 3_600, 2),
        "statuses": dict(sorted(statuses.items())),
        "share_of_304": round(statuses[304] / requests, 3),
        "share_of_feeds_with_validators": round(knowing / feeds, 3),
        "at_once": at_once,
        "most_at_once": max(domain.most for domain in world.domains),
        "gap": gap,
        "closest": closest,
        "refusals": sum(statuses[status] for status in (429, 503)),
        "before_retry_after": sum(domain.unasked for domain in world.domains),
        "sources_in_trouble": len(troubled),
    }


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--feeds", type=int, default=1_000)
    options.add_argument("--hours", type=float, default=1.5)
    options.add_argument("--at-once", type=int, default=2)
    options.add_argument("--gap", type=float, default=1.0, help="seconds")
    options.add_argument("--seed", type=int, default=1)
    given = vars(options.parse_args())
    found = watch(**given)
    for name, value in found.items():
        print(f"{name:>32}  {value}")
    print(json.dumps(found))
    kept = found["most_at_once"] <= given["at_once"] and found["closest"] >= given["gap"]
    return 0 if kept and found["before_retry_after"] == 0 and found["refusals"] == 4 else 1


if __name__ == "__main__":
    sys.exit(main())
