"""The first minute of somebody who has only an address: `newsbell watch URL --match QUERY --to ADDRESS`, a clean home.

    python -m tests.acceptance.first_minute [--every 60s]

A real site, a real receiver, a real terminal of 80x24, real time. A second item is added to the feed when the first
has been seen. The last line is one JSON object; exit 1 where the first item took more than 2 s, where what was added
took longer than the interval and a second to ring on the screen or at the address, where the seconds until then were
not counted down, or where anything was written.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread

from tests.conftest import Site
from tests.person import Person, seated

FIRST = 2.0  # seconds until the first item stands there
SLACK = 1.0  # seconds beyond the interval
LEFT = re.compile(r"(?<![\d:])(\d?\d:\d\d)(?![\d:])")  # minutes and seconds; the clock has hours too


def feed(*titles: str) -> bytes:
    """Return an RSS body."""
    items = "".join(f"<item><guid>{title}</guid><title>{title}</title></item>" for title in titles)
    return f"<rss version='2.0'><channel><title>wire</title>{items}</channel></rss>".encode()


def run(site: Site, home: Path, every: str) -> dict[str, object]:
    """Let the minute happen; return what was seen of it."""
    site.pages = {"/": (200, {}, feed("Budget is read")), "/hook": (204, {}, b"")}
    words = [
        *(sys.executable, "-m", "monitor", "watch", f"{site.url}/", "--every", every),
        *("--match", "fire", "--to", f"{site.url}/hook"),
    ]
    environ = {"HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": str(Path.cwd())}
    before = sorted(home.rglob("*"))
    with seated(words, environ=environ, cwd=home) as person:
        first = person.sees("Budget is read")
        polled = time.monotonic()
        mark = person.mark()
        site.pages["/"] = (200, {}, feed("Fire at the old harbour", "Budget is read"))
        told = _arrival(site)
        rang = person.sees("Fire at the old harbour", "\a", since=mark, patience=120.0)
        took = time.monotonic() - polled
        told.join(120.0)
        arrived = told.at - polled if told.at else None
        counted = _counted(person, mark)
        person.types("q")
        status = person.ends()
    return {
        "claim": "from an address to a ringing alert within the first minute, with nothing written",
        "first_item_s": round(first, 2),
        "rang_after_s": round(min(rang, took), 2),
        "told_after_s": None if arrived is None else round(arrived, 2),
        "counted_down": counted,
        "requests": site.paths(),
        "written": [str(path) for path in sorted(home.rglob("*")) if path not in before],
        "status": status,
    }


class _Told(Thread):
    """Waits for the receiver to be told, and says when it was."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site
        self.at: float | None = None

    def run(self) -> None:
        """Wait."""
        if self._site.wait(lambda site: "/hook" in site.paths(), seconds=120.0):
            self.at = time.monotonic()


def _arrival(site: Site) -> _Told:
    told = _Told(site)
    told.start()
    return told


def _counted(person: Person, mark: int) -> int:
    """Return how many different times were shown to be left until the next poll."""
    shown = person.seen[mark:]
    return len({found[1] for found in LEFT.finditer(shown)})


def main() -> int:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", default="60s")
    every = parser.parse_args().every
    site = Site()
    with tempfile.TemporaryDirectory(prefix="newsbell-first-") as home, site.serve() as server:
        serving = Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            found = run(site, Path(home), every)
        finally:
            site.hang_up()
            server.shutdown()
            serving.join()
    print(json.dumps(found))
    most = float(every.removesuffix("s")) + SLACK
    good = (
        float(str(found["first_item_s"])) <= FIRST
        and found["told_after_s"] is not None
        and max(float(str(found["rang_after_s"])), float(str(found["told_after_s"]))) <= most
        and int(str(found["counted_down"])) >= 2
        and not found["written"]
        and found["status"] == 0
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
