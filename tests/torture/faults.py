"""Take the ground from under the database of a real daemon, give it back, and count what was lost.

    python -m tests.torture.faults [--full 10] [--locked 60] [--seed 1]

Its disk (a tmpfs of its own; needs root, else that part is skipped, visibly) is filled to the last byte and freed
again, many times; it is started on a disk that is read-only; another process holds the write lock for a minute. All
the while a site publishes two items a second, all of which ring, in a feed that keeps them.

The oracle is the site and the receiver. It imports nothing of `monitor`. The last line is one JSON object; exit 1
where an item rang never, the daemon ended by itself, or it was not back by itself.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import Asked
from tests.torture.flips import serving
from tests.torture.processes import Daemon, Ready

CLAIM = "a disk that is full or read-only, and a locked database, cost nothing once they are over"
EACH = 0.5  # seconds between two items
FAULT = 6.0  # seconds for which a disk stays full
BACK = 45.0  # seconds within which it has to be back after a fault
DISK = 48  # MiB
CONFIG = """
[source.wire]
url = "{url}/rss"
every = "1s"
backlog = "all"
[fetch]
gap = "0s"
[rule]
all = 'item'
[notify.desk]
url = "{url}/hook"
"""


class Wire:
    """A feed of numbered items, one each `EACH` seconds, and who is told of them."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.told: Counter[int] = Counter()
        self.ended: int | None = None  # how many items there are, once no more come

    def count(self) -> int:
        return self.ended or 1 + int((time.monotonic() - self.began) / EACH)

    def feed(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        rows = "".join(
            f"<item><guid isPermaLink='false'>{n}</guid><title>item {n}</title><link>http://e.org/{n}</link></item>"
            for n in reversed(range(self.count()))
        )
        return 200, {}, f"<rss version='2.0'><channel><title>wire</title>{rows}</channel></rss>".encode()

    def hook(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        item: dict[str, Any] | None = json.loads(asked.body)["data"]["item"]
        if item:
            self.told[int(item["title"].split()[1])] += 1
        return 204, {}, b""

    def caught_up(self, upto: int) -> bool:
        return all(self.told[n] for n in range(upto))


def heard(ready: Ready, seconds: float) -> None:
    """Wait, and read meanwhile what a manager would."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        ready.came(seconds=min(left, 1.0))


def waited(holds: Callable[[], bool], seconds: float = BACK) -> float | None:
    """Return after how many seconds it came to hold, None if it did not."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if holds():
            return time.monotonic() - began
        time.sleep(0.05)
    return None


@contextmanager
def disk(at: Path) -> Iterator[None]:
    """Mount a small disk of its own."""
    at.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "tmpfs", at], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", at], check=True)


def fill(at: Path) -> Path:
    """Take every free byte of a disk."""
    ballast = at / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        for piece in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while file.write(b"\0" * piece):
                    pass
    return ballast


def full(home: Path, wire: Wire, ready: Ready, rounds: int) -> dict[str, Any]:
    """Fill the disk and free it, again and again, under one daemon."""
    back: list[float | None] = []
    daemon = Daemon(home, ready)
    assert daemon.is_ready(seconds=30), (home / "err.jsonl").read_text()
    assert waited(lambda: wire.caught_up(2)) is not None
    for _ in range(rounds):
        ballast = fill(home / "state")
        heard(ready, FAULT)
        upto = wire.count()
        ballast.unlink()
        back.append(waited(lambda upto=upto: wire.caught_up(upto)))  # type: ignore[misc]
    alive = daemon.process.poll() is None
    said = sum("the disk is full" in line for line in (home / "err.jsonl").read_text().splitlines())
    return {"alive": alive, "said": said, **ended(home, wire, daemon, back)}


def read_only(home: Path, wire: Wire, ready: Ready) -> dict[str, Any]:
    """Start it on a disk that is read-only, as a manager would, again and again, until it can be written."""
    daemon = Daemon(home, ready)
    assert daemon.is_ready(seconds=30)
    assert waited(lambda: wire.caught_up(2)) is not None
    daemon.kill()
    subprocess.run(["mount", "-o", "remount,ro", home / "state"], check=True)
    statuses, end = [], time.monotonic() + FAULT
    while time.monotonic() < end:
        statuses.append(Daemon(home, ready).process.wait(30))
    upto = wire.count()
    subprocess.run(["mount", "-o", "remount,rw", home / "state"], check=True)
    daemon = Daemon(home, ready)
    back = [waited(lambda: wire.caught_up(upto))]
    alive = daemon.process.poll() is None
    return {"alive": alive, "statuses": sorted(set(statuses)), **ended(home, wire, daemon, back)}


def locked(home: Path, wire: Wire, ready: Ready, seconds: float) -> dict[str, Any]:
    """Hold the write lock as another process."""
    daemon = Daemon(home, ready)
    assert daemon.is_ready(seconds=30)
    assert waited(lambda: wire.caught_up(2)) is not None
    with closing(sqlite3.connect(home / "state" / "newsbell.db", isolation_level=None, timeout=10)) as other:
        other.execute("begin immediate")
        heard(ready, seconds)
        upto = wire.count()
        other.execute("rollback")
    back = [waited(lambda: wire.caught_up(upto))]
    alive = daemon.process.poll() is None
    said = sum(
        "is locked by another process" in line for line in (home / "err.jsonl").read_text().splitlines()
    )
    return {"alive": alive, "said": said, **ended(home, wire, daemon, back)}


def ended(home: Path, wire: Wire, daemon: Daemon, back: list[float | None]) -> dict[str, Any]:
    """Let no more items come, wait for the last, stop the daemon, and count."""
    wire.ended = wire.count()
    waited(lambda: wire.caught_up(wire.count()))
    status = daemon.stop(seconds=20)
    with closing(sqlite3.connect(home / "state" / "newsbell.db")) as connection:
        sound = connection.execute("pragma integrity_check(1)").fetchone()[0]
    seconds = [it for it in back if it is not None]
    return {
        "items": wire.ended,
        "lost": [n for n in range(wire.ended) if not wire.told[n]],
        "told_twice": sum(many > 1 for many in wire.told.values()),
        "back_after_s": {"median": round(statistics.median(seconds), 1), "worst": round(max(seconds), 1)}
        if seconds
        else None,
        "not_back": len(back) - len(seconds),
        "integrity": sound,
        "status": status,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", type=int, default=10, help="how often the disk is filled")
    parser.add_argument("--locked", type=float, default=60.0, help="seconds")
    parser.add_argument(
        "--seed", type=int, default=1, help="as all of them take; nothing here is drawn by lot"
    )
    asked = parser.parse_args()
    figures: dict[str, Any] = {"claim": CLAIM}
    own_disk = os.geteuid() == 0 and shutil.which("mount") is not None
    parts: dict[str, Callable[[Path, Wire, Ready], dict[str, Any]]] = {
        "locked": lambda home, wire, ready: locked(home, wire, ready, asked.locked)
    }
    if own_disk:
        parts["full"] = lambda home, wire, ready: full(home, wire, ready, asked.full)
        parts["read_only"] = read_only
    else:
        print("a disk of its own needs root: full and read-only are skipped", file=sys.stderr)
    for name, part in parts.items():
        with tempfile.TemporaryDirectory(prefix="faults-") as where, serving() as site:
            wire, ready = Wire(), Ready(Path(where) / "ready")
            site.pages["/rss"], site.pages["/hook"] = wire.feed, wire.hook
            home = Path(where) / "home"
            home.mkdir()
            (home / "config.toml").write_text(CONFIG.format(url=site.url))
            if own_disk:
                with disk(home / "state"):
                    figures[name] = part(home, wire, ready)
            else:
                figures[name] = part(home, wire, ready)
            ready.close()
            print(f"{name}: {json.dumps(figures[name])}", flush=True)
    print(json.dumps(figures))
    results = [figures[name] for name in parts]
    good = all(
        it["alive"] and not it["lost"] and not it["not_back"] and it["integrity"] == "ok" for it in results
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
