"""The real daemon as a real process: started, read from, killed, stopped; nothing of it stays."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import IO

from monitor.demo.record import Baseline, Fact, Logged, Rang, Turn
from monitor.demo.script import RULES, slug_of
from monitor.demo.site import PAGES

OURS = (
    "NEWSBELL_",
    "WATCHDOG_",
    "NOTIFY_SOCKET",
    "JOURNAL_STREAM",
    "CONFIGURATION_DIRECTORY",
    "STATE_DIRECTORY",
)
ALERT = re.compile(
    r"(?:INFO|WARNING|CRITICAL) (?P<rule>[\w-]+): (?P<title>.*) \((?P<about>[^()]*)\)(?: https?://\S+)?"
)
READ_TO_END = 5.0  # seconds to read what a dead process had written


def configuration(feeds: Mapping[str, str], desk: str) -> str:
    """Return the config.toml of the demo; the secret comes by the environment."""
    sources = "\n".join(
        f'[source.{name}]\nurl = "{feeds[name]}"\nevery = "1s"\n{page.keys}\n' for name, page in PAGES.items()
    )
    rules = "\n".join(
        f'[rule.{rule.name}]\nquery = \'{rule.query}\'\nseverity = "{rule.severity}"\non_edit = "never"\n'
        for rule in RULES  # what the board counts is first alerts
    )
    notify = f'[notify.desk]\nurl = "{desk}"\nsecret = {{ env = "DESK_SECRET" }}\n'
    return f"{sources}\n{rules}\n{notify}\n[health]\nnotify = []\n"  # its receiver counts news only


class Process:
    """`newsbell run` on `directory`/config.toml, with its files in `directory`/state.

    A process group of its own: what is typed at the demo does not reach it.
    """

    def __init__(
        self, directory: Path, secret: str, note: Callable[[Fact], None], clock: Callable[[], float]
    ) -> None:
        """Prepare; `clock` gives the seconds since the curtain rose."""
        self._directory, self._secret, self._note, self._clock = directory, secret, note, clock
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[Thread] = []

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    @property
    def database(self) -> Path:
        """Return where the daemon keeps its store."""
        return self._directory / "state" / "newsbell.db"

    def start(self) -> None:
        """Start it; what it says is noted from now on."""
        self._process = process = subprocess.Popen(
            [
                *(sys.executable, "-m", "monitor", "run", "--log-format", "json"),
                *("--config", str(self._directory / "config.toml")),
                *("--state", str(self._directory / "state")),
            ],
            cwd=self._directory,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
        self._note(Turn(at=self._clock(), what="started", pid=process.pid))
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = [
            Thread(target=self._read, args=(process.stdout, self._alert), name="alerts", daemon=True),
            Thread(target=self._read, args=(process.stderr, self._log), name="log", daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _environment(self) -> dict[str, str]:
        """Return ours without what would lead the daemon to files and sockets that are not the demo's."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**kept, "HOME": str(self._directory), "DESK_SECRET": self._secret, "PYTHONUTF8": "1"}

    def _read(self, stream: IO[str], read: Callable[[str], None]) -> None:
        with stream, suppress(ValueError):  # closed under our hands at the end
            for line in stream:
                if line.strip():
                    read(line.strip())

    def _alert(self, line: str) -> None:
        found = ALERT.fullmatch(line)
        if found is None:
            self._note(Rang(at=self._clock(), rule="", slug=line, line=line))
            return
        also = ", also in " in found["about"]
        rule, slug = found["rule"], slug_of(found["title"])
        self._note(Rang(at=self._clock(), rule=rule, slug=slug, line=line, also=also))

    def _log(self, line: str) -> None:
        at = self._clock()
        try:
            said = json.loads(line)
            event, sentence = str(said["event"]), str(said["message"])
        except (ValueError, LookupError, TypeError):  # a traceback, say
            self._note(Logged(at=at, event="", sentence=line))
            return
        self._note(Logged(at=at, event=event, sentence=sentence))
        if event == "source.baseline":
            noted, missed = int(said["items"]), int(said["would_have_rung"])
            self._note(Baseline(at=at, source=said["source"], items=noted, would_have_rung=missed))
        if event == "daemon.ready" and self._process is not None:
            self._note(Turn(at=at, what="ready", pid=self._process.pid))

    def has_ended(self) -> bool:
        """Tell whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """Kill -9 the daemon, and it alone; all it had said by then is noted first."""
        process = self._process
        assert process is not None
        process.send_signal(signal.SIGKILL)
        process.wait()
        at = self._clock()
        self._join()
        self._note(Turn(at=at, what="killed", pid=process.pid))

    def stop(self, *, seconds: float) -> int | None:
        """Ask it to stop; return its exit status, None if it had to be killed after `seconds`."""
        process = self._process
        assert process is not None
        process.terminate()
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self._end()
        self._note(Turn(at=self._clock(), what="stopped", pid=process.pid))
        return status

    def _end(self) -> None:
        """Kill whatever is left of its group."""
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._join()
        self._process = None

    def _join(self) -> None:
        for reader in self._readers:
            reader.join(READ_TO_END)
