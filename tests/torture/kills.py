"""kill -9 the real daemon, again and again, and count what was lost on the way.

    python -m tests.torture.kills [--kills 200] [--seed 1] [--rate 8] [--wait 120] [--keep DIR]

A local site publishes over six feeds, a local receiver verifies signatures and now and then answers 503
or resets; so does a second one, which has a budget and is told most in digests. The daemon is a real process with the real clock; it is killed while it starts, shortly after a
commit, a send or a body, and anywhere. After the last kill it is left in peace until everything due has
arrived, then asked to stop.

The oracle is the site's log of bodies and the receiver's log of arrivals. It imports nothing of `monitor`.
The last line is one JSON object; exit 1 where a figure is wrong.
"""

import argparse
import contextlib
import json
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.events import CommitWatch, Events
from tests.torture.newsroom import ON_TERMINAL, RULES, Newsroom
from tests.torture.processes import Daemon, Ready, adopt_orphans, children, command, orphans
from tests.torture.receiver import SECRET, Receiver

CLAIM = "killed anywhere, every alert from a committed body reaches its receiver, under one id"
FULL = 200  # kills of a full run, which has to carry 1,000 alerts
NEAR = 50.0  # ms from a kill to a commit or a send that count as near
BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)  # ms, upper bounds
AIMS = (
    "commit",
    "send",
    "send",
    "body",
)  # what a kill may follow; after a body comes the commit of its items
HOWS = (
    "starting",
    "starting",
    "starting",
    "aimed",
    "aimed",
    "aimed",
    "aimed",
    "aimed",
    "anywhere",
    "anywhere",
)
CHILDREN = 4  # two parse, one reads what takes long, one is warm
ORPHANED = 10.0  # seconds within which a killed daemon's children must be gone
SLOWEST_START = 60.0  # seconds
STOPS = 15.0  # seconds from SIGTERM to the end
CHECKS = 20  # databases checked on the way, copied as a kill left them


@dataclass
class Log:
    """What the killing saw."""

    kills: list[int] = field(default_factory=list)  # ns of the wall clock
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
    receiver: Receiver
    thrifty: Receiver  # has a budget: most of what it is told comes in digests
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
        newsroom, receiver = Newsroom(events, seed), Receiver(events, seed + 2)
        thrifty = Receiver(events, seed + 3)
        for server in (newsroom.server, receiver.server, thrifty.server):
            server.start()
            stack.callback(server.stop)
        (directory / "state").mkdir(parents=True)
        (directory / "config.toml").write_text(configuration(newsroom, receiver, thrifty))
        watch = CommitWatch(directory / "state", events)
        watch.start()
        stack.callback(watch.stop)
        ready = Ready(directory / "notify")
        stack.callback(ready.close)
        yield Stage(directory, events, newsroom, receiver, thrifty, watch, ready)


def configuration(newsroom: Newsroom, receiver: Receiver, thrifty: Receiver) -> str:
    sources = "".join(
        f'[source.{feed.name}]\nurl = "{newsroom.url(feed)}"\nevery = "1s"\n' for feed in newsroom.feeds
    )
    rules = "".join(f"[rule.{name}]\n{keys}\n" for name, keys in RULES.items())
    desk = f'url = "{receiver.server.url}/hook"\nsecret = "{SECRET}"\nrate = 1000\n'
    saving = (
        f'url = "{thrifty.server.url}/hook"\nsecret = "{SECRET}"\nbudget = {{ alerts = 2, within = "2s" }}\n'
    )
    return f"{sources}\n{rules}\n[notify.desk]\n{desk}\n[notify.thrifty]\n{saving}"


# -- killing --------------------------------------------------------------------------------------


def deal(kills: int, dice: random.Random) -> list[str]:
    """Return how to kill each time: every ten of them hold `HOWS`, in an order of the dice's choice."""
    tens = (dice.sample(HOWS, len(HOWS)) for _ in range(0, kills, len(HOWS)))
    return [how for ten in tens for how in ten][:kills]


def kill_one(on: Stage, how: str, dice: random.Random, log: Log) -> None:
    """Start a daemon and kill it at an instant of the dice's choice."""
    daemon = Daemon(on.directory, on.ready)
    if how == "starting":
        wait_in_start(on, dice, statistics.median(log.starts))
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
    log.kills.append(at)
    log.before_ready += not daemon.is_ready()
    if ended is not None:
        log.died.append(f"exit {ended}: {last_words(on.directory)}")
    bury(log)


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
        figures = judge(on, log)
    return {
        "claim": CLAIM,
        **figures,
        "exit_status": status,
        "seconds": round(time.monotonic() - began, 1),
        "seed": seed,
    }


def progress(on: Stage, log: Log, seconds: float) -> None:
    due, got = on.newsroom.due(), on.receiver.accepted()
    print(
        f"{seconds:6.1f} s  {len(log.kills):4} kills ({log.before_ready} before READY, which takes"
        f" {statistics.median(log.starts):.2f} s)  {len(on.newsroom.published):5} published"
        f"  {len(due):5} due  {len(due & got):5} received",
        flush=True,
    )


def finish(on: Stage, log: Log, wait: float) -> int | None:
    """Leave the daemon in peace until all that is due has come, then stop it; return its exit status."""
    on.newsroom.calm = on.receiver.calm = on.thrifty.calm = True
    daemon = Daemon(on.directory, on.ready)
    end = time.monotonic() + wait
    while time.monotonic() < end and daemon.process.poll() is None:
        if not on.newsroom.unserved() and not any(missing(on)):
            break
        time.sleep(0.1)
    on.events.next("send", seconds=2.0)  # what should not come has time to
    log.children_most = max(log.children_most, len(children(daemon.pid)))
    status = daemon.stop(seconds=STOPS)
    if status != 0:
        log.died.append(f"exit {status} after SIGTERM: {last_words(on.directory)}")
    bury(log)
    return status


def missing(on: Stage) -> tuple[int, int, int]:
    """Return how many alerts that are due the receiver has not accepted, the terminal not shown, and the thrifty
    receiver not accepted, be it in a digest."""
    due = on.newsroom.due()
    printed = {key for key in due if key[0] == ON_TERMINAL}
    return (
        len(due - on.receiver.accepted()),
        len(printed - on_terminal(on)),
        len(printed - on.thrifty.accepted()),
    )


def on_terminal(on: Stage) -> set[tuple[str, str]]:
    """Return (rule, link) of each alert that the daemon printed: "WARNING flood: Title (source, 14:05) URL"."""
    found = set()
    for line in (on.directory / "out.txt").read_text(errors="replace").splitlines():
        words = line.split()
        if len(words) > 2:
            found.add((words[1].rstrip(":"), words[-1]))
    return found


def judge(on: Stage, log: Log) -> dict[str, object]:
    """Hold what arrived against what was served."""
    due, accepted, arrived = on.newsroom.due(), on.receiver.accepted(), on.receiver.arrived()
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    alerts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for receipt in on.receiver.receipts:  # refused ones too: one id for all attempts
        ids[receipt.rule, receipt.link].add(receipt.id)
        alerts[receipt.id].add((receipt.rule, receipt.link))
    rung = {(it.rule, it.link) for it in on.receiver.receipts} | on_terminal(on)
    baseline = on.newsroom.baseline()
    nearest = [on.events.distance(at, "commit", "send") for at in log.kills]
    published = len(on.newsroom.published)
    lost, lost_on_terminal, lost_in_digests = missing(on)
    return {
        "kills": len(log.kills),
        "before_ready": log.before_ready,
        "near_commit_or_send": sum(distance <= NEAR for distance in nearest),
        "histogram_ms": histogram(nearest),
        "histogram_commit_ms": histogram([on.events.distance(at, "commit") for at in log.kills]),
        "histogram_send_ms": histogram([on.events.distance(at, "send") for at in log.kills]),
        "published": published,
        "published_a_second": round(published / on.newsroom.seconds, 2) if on.newsroom.seconds else 0.0,
        "unserved": on.newsroom.unserved(),
        "bodies": on.newsroom.answers["200"],
        "not_modified": on.newsroom.answers["304"],
        "bodies_cut": on.newsroom.answers["cut"],
        "etags_invented": on.newsroom.invented,
        "due": len(due),
        "received_distinct": len(due & accepted),
        "lost": lost,
        "lost_on_terminal": lost_on_terminal,
        "lost_in_digests": lost_in_digests,
        "digests": len({it.id for it in on.thrifty.receipts if it.digest}),
        "in_digests": len({(it.rule, it.link) for it in on.thrifty.receipts if it.digest}),
        "rung_without_cause": len({key for key in rung - due if key[1] not in baseline}),
        "baseline_rung": len({key for key in rung if key[1] in baseline}),
        "duplicates": len(arrived) - len({(it.rule, it.link) for it in arrived}),
        "duplicates_explained": len(log.kills) + on.receiver.moods["reset after"],
        "duplicate_ids_differ": sum(len(found) > 1 for found in ids.values()),
        "ids_shared": sum(len(found) > 1 for found in alerts.values()),
        "forged": on.receiver.forged + on.thrifty.forged,
        "receiver": dict(on.receiver.moods),
        "integrity": integrity(on.database),
        "integrity_after_kills": dict(log.checks),
        "children_most": log.children_most,
        "children_left": len(log.children_left),
        "slowest_child_end_s": round(log.slowest_end, 3),
        "ready_after_s": round(statistics.median(log.starts), 3),
        "died": log.died,
        "errors": [
            repr(error)
            for error in (*on.newsroom.server.errors, *on.receiver.server.errors, *on.thrifty.server.errors)
        ],
    }


def histogram(distances: list[float]) -> dict[str, int]:
    """Return how many distances fall up to each bound, in ms."""
    counts = dict.fromkeys([f"<={bound}" for bound in BUCKETS] + [f">{BUCKETS[-1]}"], 0)
    for distance in distances:
        bound = next((bound for bound in BUCKETS if distance <= bound), None)
        counts[f"<={bound}" if bound else f">{BUCKETS[-1]}"] += 1
    return counts


def wrong(figures: dict[str, object]) -> list[str]:
    """Return what is not as it must be, a sentence each."""
    zero = (
        *(
            "lost",
            "lost_on_terminal",
            "lost_in_digests",
            "baseline_rung",
            "rung_without_cause",
            "duplicate_ids_differ",
        ),
        *("ids_shared", "forged", "children_left", "exit_status", "unserved", "etags_invented"),
    )
    found = [f"{name} is {figures[name]}, not 0" for name in zero if figures[name] != 0]
    found += [f"{name}: {figures[name]}" for name in ("died", "errors") if figures[name]]
    if figures["integrity"] != "ok" or set(figures["integrity_after_kills"]) - {"ok"}:  # type: ignore[call-overload]
        found.append(f"integrity: {figures['integrity']}, after kills {figures['integrity_after_kills']}")

    def least(name: str, bound: float) -> None:
        if (value := figures[name]) < bound:  # type: ignore[operator]
            found.append(f"{name} is {value}, at least {bound} are needed for this run to prove anything")

    kills = figures["kills"]
    assert isinstance(kills, int)
    least("near_commit_or_send", kills / 4)
    least("before_ready", kills / 10)
    least("published_a_second", 5)
    least("not_modified", 1)
    least("digests", kills / 10)
    least("due", 1_000 if kills >= FULL else kills)
    for name, most in (("children_most", CHILDREN), ("duplicates", figures["duplicates_explained"])):
        if figures[name] > most:  # type: ignore[operator]
            found.append(f"{name} is {figures[name]}, more than {most}")
    return found


def show(figures: dict[str, object]) -> None:
    """Print the figures for people."""
    print("\nms from a kill to the nearest      commit   send   either")
    columns = [figures[f"histogram_{kind}ms"] for kind in ("commit_", "send_", "")]
    for bound in columns[0]:  # type: ignore[attr-defined]
        counts = [column[bound] for column in columns]  # type: ignore[index]
        print(f"{bound:>28}  {counts[0]:10}  {counts[1]:5}  {counts[2]:7}  {'█' * counts[2]}")
    print()
    for name, value in figures.items():
        if not name.startswith("histogram"):
            print(f"{name:>22}  {value}")


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=FULL)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rate", type=float, default=8.0, help="stories published a second")
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
    complaints = wrong(figures)
    for complaint in complaints:
        print(f"WRONG: {complaint}")
    print(json.dumps(figures))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
