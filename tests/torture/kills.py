"""kill -9 the real daemon, again and again, and count what was lost on the way.

    python -m tests.torture.kills [--kills 200] [--seed 1] [--rate 16] [--wait 120] [--keep DIR]

A local site publishes over six feeds; three local receivers verify signatures and now and then answer 503, 429 or a
megabyte, or reset; so does a fourth one, which has a budget and is told most in digests. The daemon is a real process with
the real clock; it is killed while it starts, shortly after a commit, a send or a body, anywhere, and at each named point
before, in and after a claim, a send, a finish and a commit (tests.torture.doomed). After the last kill it is left in
peace until everything due has arrived, then asked to stop.

The oracle is the site's log of bodies and the receivers' logs of arrivals (tests.torture.verdict). It imports nothing of
`monitor`. The last line is one JSON object; exit 1 where a figure is wrong.
"""

import argparse
import contextlib
import json
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.events import CommitWatch, Events
from tests.torture.newsroom import Newsroom, rules
from tests.torture.processes import RUN, Daemon, Ready, adopt_orphans, children, command, orphans
from tests.torture.receiver import SECRET, Receiver
from tests.torture.verdict import FULL, Kill, judge, missing, show, wrong

CLAIM = "killed anywhere, every alert from a committed body reaches its receivers, under one id"
RECEIVERS = ("desk", "wall", "night")  # told of everything, each of it at once
THRIFTY = "thrifty"
STEPS = ("claim", "send", "finish", "commit")
POINTS = tuple(f"{when} {step}" for step in STEPS for when in ("before", "in", "after"))
TIMES = 60  # a point is passed so often at most before it kills
PATIENCE = 4.0  # seconds after READY in which a point is to be come to
AIMS = (
    "commit",
    "send",
    "send",
    "body",
)  # what a kill may follow; after a body comes the commit of its items
HOWS = ("starting", "starting", "point", "point", "point", "point", "aimed", "aimed", "aimed", "anywhere")
CHILDREN = 4  # two parse, one reads what takes long, one is warm
ORPHANED = 10.0  # seconds within which a killed daemon's children must be gone
SLOWEST_START = 60.0  # seconds
STOPS = 15.0  # seconds from SIGTERM to the end
CHECKS = 20  # databases checked on the way, copied as a kill left them


@dataclass
class Log:
    """What the killing saw."""

    kills: list[Kill] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)  # named ones that were come to
    before_ready: int = 0
    died: list[str] = field(default_factory=list)  # daemons that ended by themselves, and why
    starts: deque[float] = field(default_factory=lambda: deque([1.0], maxlen=9))  # seconds to READY
    children_most: int = 0
    children_left: list[str] = field(default_factory=list)
    slowest_end: float = 0.0  # seconds from a kill until the last child was gone
    checks: Counter[str] = field(default_factory=Counter)


@dataclass
class Stage:
    """Everything that is set up around the daemon."""

    directory: Path
    events: Events
    newsroom: Newsroom
    receivers: dict[
        str, Receiver
    ]  # by their names, that of the thrifty one last: it has a budget and hears digests
    watch: CommitWatch
    ready: Ready

    @property
    def database(self) -> Path:
        return self.directory / "state" / "newsbell.db"


@contextlib.contextmanager
def stage(directory: Path, seed: int) -> Iterator[Stage]:
    """Open site, receiver and watch, and write the configuration."""
    events = Events()
    with ExitStack() as stack:
        newsroom = Newsroom(events, seed)
        receivers = {name: Receiver(events, seed + 2 + n) for n, name in enumerate((*RECEIVERS, THRIFTY))}
        for server in (newsroom.server, *(receiver.server for receiver in receivers.values())):
            server.start()
            stack.callback(server.stop)
        (directory / "state").mkdir(parents=True)
        (directory / "config.toml").write_text(configuration(newsroom, receivers))
        watch = CommitWatch(directory / "state", events)
        watch.start()
        stack.callback(watch.stop)
        ready = Ready(directory / "notify")
        stack.callback(ready.close)
        yield Stage(directory, events, newsroom, receivers, watch, ready)


def configuration(newsroom: Newsroom, receivers: dict[str, Receiver]) -> str:
    sources = "".join(
        f'[source.{feed.name}]\nurl = "{newsroom.url(feed)}"\nevery = "1s"\n' for feed in newsroom.feeds
    )
    notifiers = "".join(
        f'[notify.{name}]\nurl = "{receiver.server.url}/hook"\nsecret = "{SECRET}"\n'
        + ('budget = { alerts = 2, within = "2s" }\n' if name == THRIFTY else "rate = 1000\n")
        for name, receiver in receivers.items()
    )
    return f"{sources}{rules(RECEIVERS)}{notifiers}"


# -- killing --------------------------------------------------------------------------------------


def deal(kills: int, dice: random.Random) -> list[str]:
    """Return how to kill each time: every ten of them hold `HOWS`, in an order of the dice's choice."""
    tens = (dice.sample(HOWS, len(HOWS)) for _ in range(0, kills, len(HOWS)))
    return [how for ten in tens for how in ten][:kills]


def kill_one(on: Stage, how: str, dice: random.Random, log: Log) -> None:
    """Start a daemon and kill it, or let it kill itself, at an instant of the dice's choice."""
    point = next_point(log, dice) if how == "point" else ""
    doom = ("tests.torture.doomed", point, str(dice.randint(1, TIMES)))
    daemon = Daemon(on.directory, on.ready, doom if point else RUN)
    if how == "starting":
        wait_in_start(on, dice, statistics.median(log.starts))
    elif point:
        daemon.is_ready(seconds=SLOWEST_START)  # or it died before
        with suppress(subprocess.TimeoutExpired):
            daemon.process.wait(PATIENCE)
    elif daemon.is_ready(seconds=SLOWEST_START) and daemon.ready_after:
        log.starts.append(daemon.ready_after)
        if how == "aimed":
            time.sleep(dice.uniform(0, 0.7))
            on.events.next(dice.choice(AIMS), seconds=3.0)
            time.sleep(dice.choice((0.003, 0.03)) * dice.random())
        else:
            time.sleep(dice.uniform(0, 1.2))
    at, ended = daemon.kill()
    on.watch.look()
    log.before_ready += not daemon.is_ready()
    if point and ended == -signal.SIGKILL:
        log.points[point] += 1
    elif ended is not None:
        log.died.append(f"exit {ended}: {last_words(on.directory)}")
    log.kills.append(Kill(at, in_flight(on.database)))
    bury(log)


def next_point(log: Log, dice: random.Random) -> str:
    """Return one of the named points that were come to least."""
    least = min(log.points[point] for point in POINTS)
    return dice.choice([point for point in POINTS if log.points[point] == least])


def in_flight(database: Path) -> Counter[str]:
    """Return how many deliveries a kill left lent out, by receiver."""
    with suppress(sqlite3.DatabaseError), contextlib.closing(read_only(database)) as connection:
        rows = connection.execute(
            "select notifier, count(*) from deliveries where claimed_at is not null group by 1"
        )
        return Counter(dict(rows.fetchall()))
    return Counter()  # it has no tables yet


def read_only(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def wait_in_start(on: Stage, dice: random.Random, usual: float) -> None:
    """Wait for some share of the time a start takes, or for a commit of the starting daemon."""
    if dice.random() < 0.5:
        time.sleep(dice.uniform(0, usual))
    elif on.events.next("commit", seconds=2 * usual):
        time.sleep(dice.uniform(0, 0.03))


def bury(log: Log) -> None:
    """Wait until the children of a killed daemon are gone."""
    began, left = time.monotonic(), orphans()
    log.children_most = max(log.children_most, len(left))
    while left and time.monotonic() - began < ORPHANED:
        time.sleep(0.005)
        left = orphans()
    log.slowest_end = max(log.slowest_end, time.monotonic() - began)
    log.children_left += [f"{pid}: {command(pid)}" for pid in left]


def check_copy(on: Stage, log: Log) -> None:
    """Check the database as a kill left it, on a copy: the write-ahead log is still to be read."""
    with tempfile.TemporaryDirectory(dir=on.directory) as copy:
        for suffix in ("", "-wal"):
            original = on.database.with_name(on.database.name + suffix)
            if original.exists():
                shutil.copy(original, copy)
        log.checks[integrity(Path(copy, on.database.name))] += 1


def integrity(database: Path) -> str:
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            return str(connection.execute("pragma integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def last_words(directory: Path) -> str:
    return "\n".join((directory / "err.jsonl").read_text(errors="replace").splitlines()[-30:])


# -- the run --------------------------------------------------------------------------------------


def run(directory: Path, *, kills: int, seed: int, rate: float, wait: float) -> dict[str, object]:
    """Kill, let the daemon finish, and return the figures."""
    adopt_orphans()
    dice, log, began = random.Random(seed), Log(), time.monotonic()
    with stage(directory, seed) as on:
        publisher = on.newsroom.publishing(rate)
        try:
            for number, how in enumerate(deal(kills, dice), 1):
                kill_one(on, how, dice, log)
                if number % max(kills // CHECKS, 1) == 0:
                    check_copy(on, log)
                if number % 10 == 0:
                    progress(on, log, time.monotonic() - began)
        finally:
            on.newsroom.stop()
            publisher.join()
        status = finish(on, log, wait)
        figures = {
            "claim": CLAIM,
            **judge(on.newsroom, on.receivers, log.kills, on.events, on_terminal(on), thrifty=THRIFTY),
            "lost": lost(on),
        }
        integrity_now = integrity(on.database)
        errors = [
            repr(error)
            for server in (on.newsroom.server, *(receiver.server for receiver in on.receivers.values()))
            for error in server.errors
        ]
    return {
        **figures,
        "before_ready": log.before_ready,
        "points": dict(log.points),
        "integrity": integrity_now,
        "integrity_after_kills": dict(log.checks),
        "children_most": log.children_most,
        "children_left": len(log.children_left),
        "slowest_child_end_s": round(log.slowest_end, 3),
        "ready_after_s": round(statistics.median(log.starts), 3),
        "died": log.died,
        "errors": errors,
        "exit_status": status,
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }


def progress(on: Stage, log: Log, seconds: float) -> None:
    due, got = on.newsroom.due(), on.receivers[RECEIVERS[0]].accepted()
    print(
        f"{seconds:6.1f} s  {len(log.kills):4} kills ({log.before_ready} before READY, which takes"
        f" {statistics.median(log.starts):.2f} s)  {len(on.newsroom.published):5} published"
        f"  {len(due):5} due  {len(due & got):5} received",
        flush=True,
    )


def finish(on: Stage, log: Log, wait: float) -> int | None:
    """Leave the daemon in peace until all that is due has come, then stop it; return its exit status."""
    on.newsroom.calm = True
    for receiver in on.receivers.values():
        receiver.calm = True
    daemon = Daemon(on.directory, on.ready)
    end = time.monotonic() + wait
    while time.monotonic() < end and daemon.process.poll() is None:
        if not on.newsroom.unserved() and not any(lost(on).values()):
            break
        time.sleep(0.2)
    on.events.next("send", seconds=2.0)  # what should not come has time to
    log.children_most = max(log.children_most, len(children(daemon.pid)))
    status = daemon.stop(seconds=STOPS)
    if status != 0:
        log.died.append(f"exit {status} after SIGTERM: {last_words(on.directory)}")
    bury(log)
    return status


def lost(on: Stage) -> dict[str, int]:
    """Return how many alerts that are due did not come, by who is told of them."""
    return missing(on.newsroom.due(), on.receivers, on_terminal(on), thrifty=THRIFTY)


def on_terminal(on: Stage) -> set[tuple[str, str]]:
    """Return (rule, link) of each alert that the daemon printed: "WARNING flood: Title (source, 14:05) URL"."""
    found = set()
    for line in (on.directory / "out.txt").read_text(errors="replace").splitlines():
        words = line.split()
        if len(words) > 2:
            found.add((words[1].rstrip(":"), words[-1]))
    return found


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=FULL)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rate", type=float, default=16.0, help="stories published a second")
    options.add_argument(
        "--wait", type=float, default=120.0, help="seconds for what is due after the last kill"
    )
    options.add_argument(
        "--keep", type=Path, metavar="DIR", help="leave the daemon's files there, to look at"
    )
    given = options.parse_args()
    if given.keep and given.keep.exists():
        options.error(f"{given.keep} is there already: name a new directory")
    with ExitStack() as stack:
        directory = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        figures = run(directory, kills=given.kills, seed=given.seed, rate=given.rate, wait=given.wait)
    show(figures)
    complaints = wrong(figures, points=POINTS, children=CHILDREN)
    for complaint in complaints:
        print(f"WRONG: {complaint}")
    print(json.dumps(figures))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
