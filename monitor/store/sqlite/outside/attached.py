"""A running daemon's database, read from outside by its file or its socket: never written, and opened again when it was replaced."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from monitor.store import StoreError
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import reader, storing

T = TypeVar("T")
P = ParamSpec("P")


class Attached:
    """Asks questions of the file at `path`, which may come, vanish and be replaced meanwhile.

    `opened` opens it: a database, or the socket of a service.
    """

    def __init__(self, path: Path, opened: Callable[[Path], sqlite3.Connection] = reader) -> None:
        self._path = path
        self._opened = opened
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="file-read")
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # device and inode of what is open
        self._glance: sqlite3.Connection | None = None  # of the same file, for the caller's own thread
        self._glanced_at: tuple[int, int] | None = None
        self._glances = 0  # how many there were: each counts commits by itself

    async def read(
        self, question: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Ask a question on a thread of its own.

        Raises StoreError where there is no readable file, and once where another took its place.
        """

        def job() -> T:
            return self._ask(lambda connection: question(connection, *args, **kwargs))

        return await asyncio.get_running_loop().run_in_executor(self._thread, job)

    async def pulse(self) -> tuple[int, ...]:
        """Return what differs from the last time if anything was committed; raises StoreError as `read` does.

        Two changes of threads cost ten times the question, and a face asks it all day: a file is asked right here,
        and where it is not at hand at once, on the thread.
        """
        there = self._stat() if self._opened is reader else None
        if there is not None and there == self._glanced_at and self._glance is not None:
            with suppress(sqlite3.DatabaseError):
                return *reading.pulse(self._glance), self._glances
        self._look_away()
        pulse = *(await self.read(reading.pulse)), -self._glances
        if there is not None and there == self._file:
            self._glance, self._glanced_at, self._glances = reader(self._path), there, self._glances + 1
            self._glance.execute("pragma busy_timeout = 0")
        return pulse

    def _look_away(self) -> None:
        if self._glance is not None:
            self._glance.close()
        self._glance, self._glanced_at = None, None

    def _ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._open()
            with storing():
                return work(connection)
        except BaseException:
            self._close()
            raise

    def _open(self) -> sqlite3.Connection:
        there = self._stat()
        if there is None and self._file is not None:
            raise StoreError(f"{self._path} has vanished; what is shown was read before")
        if self._connection is not None:
            if there == self._file:
                return self._connection
            raise StoreError(f"{self._path} was replaced by another file")
        self._connection = self._opened(self._path)
        self._file = there
        return self._connection

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def close(self) -> None:
        """Let the file go."""
        self._look_away()
        self._thread.submit(self._close).result()
        self._thread.shutdown()
