"""A program on a terminal of 120x45, and what it costs: CPU, memory, and how long a key takes to be seen."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.person import Person, seated

COLUMNS, LINES = 120, 45
CHOSEN = re.compile(r"\x1b\[(?:\d+;)*7(?:;\d+)*m[^\x1b]*<(\d+)>")  # the number under the cursor, in reverse
_TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has taken, all of its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def megabytes(pid: int, figure: str = "VmHWM") -> float:
    """Return the most memory that a process had resident, in MB (10^6 bytes)."""
    found = re.search(rf"{figure}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) * 1_024 / 1e6


def share(pid: int, seconds: float) -> float:
    """Return the share of a core that a process takes over some seconds of real time."""
    begun, before = time.monotonic(), cpu(pid)
    time.sleep(seconds)
    return (cpu(pid) - before) / (time.monotonic() - begun)


def dashboard(state: Path) -> list[str]:
    """Return the command that watches a state directory."""
    return [
        *(sys.executable, "-m", "monitor", "watch"),
        *("--config", str(state / "config.toml"), "--state", str(state)),
    ]


def peer(*words: str) -> list[str]:
    """Return the command of a peer."""
    return [sys.executable, "-m", "benchmarks.dashboard.peers", *words]


@contextmanager
def watching(command: Sequence[str], home: Path) -> Iterator[Person]:
    """Run a program on a terminal; `home` keeps what it remembers."""
    environ = {
        "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": str(Path.cwd())
    }  # fmt: skip
    with seated(command, environ=environ, cwd=Path.cwd(), columns=COLUMNS, lines=LINES) as person:
        yield person


@contextmanager
def publishing(state: Path, first: int, rate: int) -> Iterator[None]:
    """Have items committed by a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.dashboard.stage", str(state), str(first), str(rate)]
    )
    try:
        yield
        assert process.poll() is None, "what publishes has ended"
    finally:
        process.kill()
        process.wait()


def pressed(person: Person, keys: Sequence[str], *, pause: float) -> list[float]:
    """Press keys that move the cursor, and return for each the seconds until the cursor was seen elsewhere.

    A key is pressed when the one before was seen, and `pause` seconds after it.
    """
    waits, number = [], ""
    for key in keys:
        mark, begun = person.mark(), time.monotonic()
        person.types(key)
        number = person.waits(lambda text, was=number: _moved(text, was), f"the cursor after {key!r}", mark)
        waits.append(time.monotonic() - begun)
        time.sleep(max(0.0, begun + pause - time.monotonic()))
    return waits


def _moved(text: str, was: str) -> str | None:
    return next((found for found in reversed(CHOSEN.findall(text)) if found != was), None)


def searched(text: str) -> str | None:
    """Return the title of a wire whose items were all put to the filter, None while some are left."""
    titles = re.findall(r" ([\d,]+ of [\d,]+)(, [\d,]+ to look at)?", text[-20_000:])
    return titles[-1][0] if titles and not titles[-1][1] else None
