"""The demo as a newcomer runs it: a process, its output a pipe; the real daemon, killed on the way."""

import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from monitor.demo.curtain import rise
from monitor.demo.director import Director, Halted
from monitor.demo.receiver import Receiver
from monitor.demo.record import Received
from monitor.demo.stage import Lines, is_board
from tests.terminals import open_terminal

ENTER, LEAVE, SHOW_CURSOR = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"
SHORT = "import sys; from monitor.demo import show; sys.exit(show(seconds=3))"
FIGURE = re.compile(r"^(\w[\w ,-]*?) {2,}([\d.]+)(?: s)?  ", re.MULTILINE)


@contextmanager
def playing(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the demo; afterwards nothing of it may be left: no process, no file."""
    environment = {**os.environ, "TMPDIR": str(temporary), "NEWSBELL_CONFIG": "/nowhere", "TERM": "xterm"}
    demo = subprocess.Popen(
        [sys.executable, "-c", SHORT],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with demo:
        try:
            yield demo
        finally:
            demo.kill()
    assert list(temporary.iterdir()) == []
    assert processes_of(temporary) == []


def processes_of(temporary: Path) -> list[str]:
    """Return the commands that still run with our TMPDIR or on our files, or had a moment to end."""
    end = time.monotonic() + 5
    while (found := _running(temporary)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def _running(temporary: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:  # it ended, or is not ours
            continue
        if str(temporary).encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def figures(out: str) -> dict[str, float]:
    table = out[out.index("items published") :]
    return {name: float(value) for name, value in FIGURE.findall(table)}


def test_it_plays_kills_its_daemon_and_loses_nothing(tmp_path: Path) -> None:
    with playing(tmp_path) as demo:
        out, err = demo.communicate(timeout=50)
    assert demo.returncode == 0, out + err
    assert err == "--for 3s is too short for a kill and a retry: 8 s it is\n"
    assert "\x1b" not in out
    assert "\a" not in out

    found = figures(out)
    assert found["items published"] == found["seen"] == 28
    assert found["alerts due"] == found["rung on the terminal"] == found["received by the webhook"] == 12
    assert (found["of them in the sidebar"], found["marked also in"]) == (7, 1)
    assert "2 of 2 rang" in out
    assert re.search(r"rings: WARNING bank: Bank cuts .*, also in wire\.example\)", out)
    assert found["lost"] == found["duplicates"] == 0
    assert found["refused first attempts"] >= 2
    assert found["delay p50"] <= found["delay p99"]

    assert out.count("kill -9") == 1
    assert "answers 503" in out
    assert re.search(r"wire: 4 items noted, 2 would have rung", out), "the baseline rings nothing"
    assert "rings: CRITICAL flood: Levee breaks" in out
    assert (
        re.search(r"newsbell init\b.*\n.*newsbell run\b.*\n.*newsbell watch", out) or "-m monitor init" in out
    )


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)], ids=["^C", "TERM"]
)
def test_interrupted_it_leaves_nothing(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with playing(tmp_path) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "items noted" in line:  # the daemon and its children are at work
                break
        os.killpg(demo.pid, number)
        _, err = demo.communicate(timeout=30)
    assert demo.returncode == status
    assert "Traceback" not in err


class Forgetful(Receiver):
    """Answers well, and forgets one alert: as if it had never come."""

    def note(self, receipt: Received) -> None:
        if receipt.slug != "aurora":
            super().note(receipt)


@pytest.mark.torture
def test_a_loss_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    out = io.StringIO()
    assert rise(8, out=out, receiver=Forgetful) == 1
    told = out.getvalue()
    assert re.search(r"^received by the webhook +11 .*WRONG: should be 12", told, re.MULTILINE)
    assert re.search(r"^lost +1 .*WRONG: should be 0; missing: aurora", told, re.MULTILINE)
    assert "Wrong: received by the webhook, lost." in told
    assert list(tmp_path.iterdir()) == []


def test_a_daemon_that_ends_by_itself_ends_the_play(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a directory should be")
    with pytest.raises(Halted, match=r"(?s)ended by itself; its last words:\n.*/state"):
        Director(tmp_path, Lines(io.StringIO()), seconds=8).play()
    assert processes_of(tmp_path) == []


# -- on a terminal ----------------------------------------------------------------------------


@contextmanager
def terminal(columns: int = 80, lines: int = 24) -> Iterator[tuple[int, TextIO]]:
    """Open a terminal: the end that a person sits at, and the end that a program writes to."""
    person, program = open_terminal(columns, lines)
    with os.fdopen(person, "rb", closefd=True), os.fdopen(program, "w") as out:
        yield person, out


def test_the_board_is_for_terminals_that_can_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert not is_board(io.StringIO())
    with terminal(60, 24) as (_, narrow), terminal(80, 12) as (_, low), terminal() as (_, good):
        assert [is_board(out) for out in (narrow, low, good)] == [False, False, True]
        monkeypatch.setenv("TERM", "dumb")
        assert not is_board(good)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("NO_COLOR", "1")
        assert not is_board(good)


def test_interrupted_the_board_gives_the_screen_back(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with terminal() as (person, out):
        demo = subprocess.Popen(
            [sys.executable, "-c", SHORT],
            env={**environment, "TMPDIR": str(tmp_path), "TERM": "xterm-256color"},
            stdout=out,
            stderr=subprocess.DEVNULL,
        )
        try:
            seen = read_until(person, b"older headlines, 4 match")
            demo.send_signal(signal.SIGINT)
            seen += read_until(person, LEAVE)
            assert demo.wait(30) == 130
        finally:
            demo.kill()
            demo.wait()
    assert ENTER in seen
    assert b"newsbell runs, pid" in seen
    assert SHOW_CURSOR in seen[seen.index(ENTER) :]
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


def read_until(person: int, what: bytes) -> bytes:
    """Return what the terminal was sent, up to `what` and the rest of that write."""
    seen, end = b"", time.monotonic() + 40
    while what not in seen:
        assert time.monotonic() < end, seen[-2_000:]
        if select.select([person], [], [], 1.0)[0]:
            seen += os.read(person, 65_536)
    return seen


def test_the_package_is_light_until_it_plays() -> None:
    light = (
        "import sys, monitor.demo; heavy = {'rich', 'standardwebhooks', 'sqlite3', 'http.server', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "[]\n")
