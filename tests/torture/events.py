"""What happened and when, seen from outside the daemon: commits, sends, bodies."""

import contextlib
import os
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any


class Events:
    """Instants in nanoseconds of the wall clock, the one that file times are in."""

    def __init__(self) -> None:
        self.at: dict[str, list[int]] = defaultdict(list)
        self._changed = Condition()

    def note(self, kind: str, at: int | None = None) -> None:
        with self._changed:
            self.at[kind].append(time.time_ns() if at is None else at)
            self._changed.notify_all()

    def next(self, kind: str, *, seconds: float) -> bool:
        """Block until the next event of a kind; return False if none came in time."""
        with self._changed:
            have = len(self.at[kind])
            return self._changed.wait_for(lambda: len(self.at[kind]) > have, seconds)

    def distance(self, at: int, *kinds: str) -> float:
        """Return the milliseconds from `at` to the nearest event of `kinds`, before or after."""
        nearest = float("inf")
        for kind in kinds:
            instants = sorted(self.at[kind])
            index = bisect_left(instants, at)
            for instant in instants[max(index - 1, 0) : index + 1]:
                nearest = min(nearest, abs(instant - at) / 1e6)
        return nearest


class CommitWatch(Thread):
    """Notes a commit whenever a write-ahead log in `directory` changed.

    SQLite writes it when a transaction commits. The instant is the file's own mtime, which the kernel
    takes from a clock of up to 4 ms grain: it does not depend on when this thread got to run.
    """

    def __init__(self, directory: Path, events: Events) -> None:
        super().__init__(name="commits")
        self._directory, self._events = directory, events
        self._last: tuple[int, int] | None = None
        self._stop_asked = Event()

    def run(self) -> None:
        while not self._stop_asked.wait(0.001):
            self.look()

    def stop(self) -> None:
        self._stop_asked.set()

    def look(self) -> None:
        for path in self._directory.glob("*-wal"):
            with contextlib.suppress(FileNotFoundError):
                stat = os.stat(path)
                if stat.st_size and (stat.st_mtime_ns, stat.st_size) != self._last:
                    self._last = (stat.st_mtime_ns, stat.st_size)
                    self._events.note("commit", stat.st_mtime_ns)


class LocalServer(ThreadingHTTPServer):
    """HTTP on a free port of 127.0.0.1; a client that dies is no error, a handler that fails is one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.errors: list[BaseException] = []
        self.connected: Callable[[int], None] = lambda port: None  # told each client's port

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.connected(client_address[1])
        return True

    def shutdown_request(self, request: Any) -> None:
        self.close_request(request)  # without the FIN of the base class, so that a reset is one

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)

    def start(self) -> None:
        Thread(target=self.serve_forever, args=(0.05,), name="http", daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
