"""One daemon under load and three dashboards before it: who asks the site, how large the WAL grows, who comes back.

    python -m tests.torture.watched [--seconds 600] [--rate 50] [--seed 1]

The real daemon polls six feeds each second, first alone, then with three `newsbell watch` on terminals of their own,
for as long each; then for --seconds while people page through the wire and filter it; then it is stopped and started
again. Who opened a connection to the site is asked of the kernel (proc(5)). The last line is one JSON object; exit 1
where a dashboard asked the site, where more was asked than the rhythm says, where the WAL reached 64 MiB, or where a
dashboard took more than 3 s to say that the daemon is back.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.person import Person, seated
from tests.torture.events import Events
from tests.torture.newsroom import Newsroom, rules
from tests.torture.processes import Daemon, Ready

DASHBOARDS = 3
WAL_MOST = 64 * 2**20  # bytes
BACK_WITHIN = 3.0  # seconds
PATIENCE = 60.0  # seconds for a daemon to be ready
KEYS = ("j", " ", "G", "g", "/flood\r", "\x1b", "\t", "p", "p", "f")  # what people do meanwhile


@dataclass
class Guests:
    """Who opened connections to a site."""

    site_port: int
    daemon: int = 0  # its process; 0: it has ended
    strangers: list[int] = field(default_factory=list)  # ports of clients that were not the daemon
    connections: int = 0

    def came(self, port: int) -> None:
        """Ask the kernel whose the connection is."""
        self.connections += 1
        if not self.daemon or _socket(port, self.site_port) not in _sockets(self.daemon):
            self.strangers.append(port)


def _socket(port: int, to: int) -> str:
    """Return the inode of the socket that leads from a local port to another, "" if there is none."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        here, there = (int(end.partition(":")[2], 16) for end in fields[1:3])
        if (here, there) == (port, to):
            return fields[9]
    return ""


def _sockets(pid: int) -> set[str]:
    found = set()
    for name in os.scandir(f"/proc/{pid}/fd"):
        with suppress(OSError):
            if said := re.fullmatch(r"socket:\[(\d+)\]", Path(name.path).readlink().name):
                found.add(said[1])
    return found


def configuration(newsroom: Newsroom) -> str:
    """Return the configuration: six feeds each second, three rules, told on the terminal."""
    sources = "".join(
        f'[source.{feed.name}]\nurl = "{newsroom.url(feed)}"\nevery = "1s"\n' for feed in newsroom.feeds
    )
    return sources + rules(None)


@contextmanager
def audience(place: Path) -> Iterator[list[Person]]:
    """Seat three people before dashboards of different sizes."""
    with ExitStack() as stack:
        people = []
        for number, (columns, lines) in enumerate(((80, 24), (120, 45), (200, 50))[:DASHBOARDS]):
            home = place / f"home-{number}"
            home.mkdir()
            environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
            words = [
                *(sys.executable, "-m", "monitor", "watch"),
                *("--config", str(place / "config.toml"), "--state", str(place / "state")),
            ]
            seat = seated(words, environ=environ, cwd=Path.cwd(), columns=columns, lines=lines)
            people.append(stack.enter_context(seat))
        for person in people:
            person.sees("● running")
        yield people
        for person in people:
            assert person.process.poll() is None, f"a dashboard has ended: {person.seen[-2_000:]!r}"


def asked(newsroom: Newsroom, seconds: float) -> int:
    """Return how many requests reach the site in some seconds."""
    before = newsroom.answers.total()
    time.sleep(seconds)
    return newsroom.answers.total() - before


def soak(people: Sequence[Person], wal: Path, seconds: float) -> int:
    """Let people read for some seconds; return the most bytes that the WAL had."""
    end, most, turn = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        with suppress(FileNotFoundError):
            most = max(most, wal.stat().st_size)
        for number, person in enumerate(people):
            person.types(KEYS[(turn + number) % len(KEYS)])
        turn += 1
        time.sleep(1.0)
    return most


def run(place: Path, *, seconds: float, rate: float, seed: int) -> dict[str, object]:
    """Run all of it; return the figures."""
    newsroom, ready = Newsroom(Events(), seed), Ready(place / "ready")
    newsroom.calm = True
    (place / "config.toml").write_text(configuration(newsroom))
    guests = Guests(newsroom.server.server_port)
    newsroom.server.connected = guests.came
    newsroom.server.start()
    each = max(10.0, seconds / 10)
    daemon = _start(place, ready, guests)
    publisher = newsroom.publishing(rate)
    try:
        alone = asked(newsroom, each)
        with audience(place) as people:
            watched = asked(newsroom, each)
            most = soak(people, place / "state" / "newsbell.db-wal", seconds)
            status, guests.daemon = daemon.stop(seconds=30), 0
            for person in people:
                person.sees("not running", since=max(0, person.mark() - 4_000))
            marks = [person.mark() for person in people]
            daemon = _start(place, ready, guests)
            begun = time.monotonic()
            for person, mark in zip(people, marks, strict=True):
                person.sees(f"process {daemon.pid}", "● running", since=mark)
            back = time.monotonic() - begun  # of the last of them
    finally:
        newsroom.stop()
        publisher.join()
        daemon.stop(seconds=30)
        newsroom.server.stop()
        ready.close()
    return {
        "claim": "three dashboards beside one daemon: nothing asked by them, WAL under 64 MiB, back within 3 s",
        "seconds": seconds,
        "seed": seed,
        "asked_alone": alone,
        "asked_with_three": watched,
        "asked_most": round((each + 1) * len(newsroom.feeds)),
        "connections": guests.connections,
        "connections_of_others": len(guests.strangers),
        "published": len(newsroom.published),
        "wal_most_mib": round(most / 2**20, 1),
        "back_after_s": round(back, 2),
        "daemon_status": status,
    }


def _start(place: Path, ready: Ready, guests: Guests) -> Daemon:
    daemon = Daemon(place, ready)
    guests.daemon = daemon.pid
    assert daemon.is_ready(seconds=PATIENCE), "the daemon was never ready"
    return daemon


def main() -> int:
    """Run it and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=50.0, help="stories a second")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsbell-watched-") as place:
        found = run(Path(place), seconds=given.seconds, rate=given.rate, seed=given.seed)
    print(json.dumps(found))
    good = (
        not found["connections_of_others"]
        and int(str(found["asked_with_three"])) <= int(str(found["asked_most"]))
        and float(str(found["wal_most_mib"])) < WAL_MOST / 2**20
        and float(str(found["back_after_s"])) <= BACK_WITHIN
        and found["daemon_status"] == 0
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
