"""Daemons as processes on Linux: started, watched until ready, killed, and what they leave behind."""

import ctypes
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = ("monitor", "run", "--log-format", "json")
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def adopt_orphans() -> None:
    """Become the parent of every process whose parent dies below us, however it tried to get away."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def children(of: int) -> list[int]:
    """Return the living children of a process."""
    return [pid for pid, (state, parent) in _table().items() if parent == of and state != "Z"]


def orphans(*, besides: int | None = None) -> list[int]:
    """Return the processes that fell to us and still live; the dead ones are buried."""
    me, found = os.getpid(), []
    for pid, (state, parent) in _table().items():
        if parent != me or pid == besides:
            continue
        if state == "Z":
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        else:
            found.append(pid)
    return found


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return "gone"


def _table() -> dict[int, tuple[str, int]]:
    """Return state and parent of every process, as in proc(5)."""
    table = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                stat = Path(entry.path, "stat").read_text(errors="replace")
                state, parent = stat.rpartition(")")[2].split()[:2]
                table[int(entry.name)] = (state, int(parent))
    return table


class Ready:
    """The socket that a daemon tells when it is ready, as systemd's (sd_notify(3))."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def came(self, *, seconds: float = 0.0) -> bool:
        """Tell whether READY=1 comes within `seconds`."""
        end = time.monotonic() + seconds
        while select.select([self._socket], [], [], max(end - time.monotonic(), 0.0))[0]:
            if b"READY=1" in self._socket.recv(65_536).split(b"\n"):
                return True
        return False

    def forget(self) -> None:
        """Drop what daemons that are no more have said."""
        while select.select([self._socket], [], [], 0)[0]:
            self._socket.recv(65_536)

    def close(self) -> None:
        self._socket.close()


class Daemon:
    """`newsbell run` as its users run it."""

    def __init__(self, directory: Path, ready: Ready, module: Sequence[str] = RUN) -> None:
        """Start it on `directory`/config.toml, with its files in `directory`/state."""
        self._ready = ready
        self.ready_after: float | None = None  # seconds
        ready.forget()
        self.started_at = time.monotonic()
        with (directory / "out.txt").open("ab") as out, (directory / "err.jsonl").open("ab") as err:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", *module),
                    *("--config", str(directory / "config.toml"), "--state", str(directory / "state")),
                ],
                cwd=ROOT,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "HOME": str(directory),
                    "LANG": "C.UTF-8",
                    "NOTIFY_SOCKET": str(ready.path),
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_ready(self, *, seconds: float = 0.0) -> bool:
        """Tell whether it said READY, waiting `seconds` at most, and no longer than it lives."""
        end = time.monotonic() + seconds
        while self.ready_after is None:
            left = max(end - time.monotonic(), 0.0)
            if self._ready.came(seconds=min(left, 0.2)):
                self.ready_after = time.monotonic() - self.started_at
            elif not left or self.process.poll() is not None:
                break
        return self.ready_after is not None

    def kill(self) -> tuple[int, int | None]:
        """Kill -9 the daemon alone, not its children. Return when, in ns of the wall clock, and the status
        it had ended with by itself, None if it lived."""
        status = self.process.poll()
        at = time.time_ns()
        if status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait()
        return at, status

    def stop(self, *, seconds: float) -> int | None:
        """Ask it to stop; return its exit status, None if it had to be killed."""
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
