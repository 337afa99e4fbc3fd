"""The SQLite file: opened, migrated, and spoken to from threads of its own, never the event loop."""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from monitor.store import Damaged, StoreError

T = TypeVar("T")
BUSY = 30.0  # seconds a writer waits for another process (a replay on the command line)
BUSY_AGAIN = (
    500  # milliseconds for which each next one waits: a queue of thirty-second waits would stop every loop
)
MEMORY = ":memory:"
INCREMENTAL = 2  # what `pragma auto_vacuum` answers of a file that gives free pages back
NO_TEXT = "Could not decode to UTF-8"  # what the library says of bytes that were text once


MIGRATIONS = Path(__file__).parents[1] / "migrations"  # NNN_name.sql


def newest_schema() -> int:
    """Return the number of the newest schema: that of its last migration."""
    return int(max(name for name in os.listdir(MIGRATIONS) if name.endswith(".sql"))[:3])


def migrations() -> list[tuple[int, str]]:
    """Return (number, SQL) of each migration, in order."""
    return [(int(file.name[:3]), file.read_text("utf-8")) for file in sorted(MIGRATIONS.glob("*.sql"))]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to the newest number in one transaction: who looks meanwhile sees what was before, or all of it.

    Raises StoreError where the file is newer than the program.
    """
    steps = migrations()
    have = connection.execute("pragma user_version").fetchone()[0]
    if have > steps[-1][0]:
        raise StoreError(
            f"the database has schema {have}, this newsbell knows {steps[-1][0]}: "
            "it was written by a newer newsbell; install that one, or use another --state"
        )
    coming = [sql for number, sql in steps if number > have]
    if coming:
        connection.executescript(
            "\n".join(["begin immediate;", *coming, f"pragma user_version = {steps[-1][0]};", "commit;"])
        )


def connect(path: str, *, readonly: bool = False) -> sqlite3.Connection:
    """Open the file with the settings that the promises of the store rest on.

    WAL for readers beside the writer; synchronous=FULL, for what is committed has been promised.
    """
    where = f"file:{quote(path)}" + ("?mode=ro" if readonly else "")
    with storing():
        if not readonly and path != MEMORY:
            _only_ours(path)
        connection = sqlite3.connect(
            where if path != MEMORY else MEMORY,
            uri=path != MEMORY,
            timeout=BUSY,
            isolation_level=None,
            check_same_thread=False,  # each connection is used by one thread at a time
        )
        connection.row_factory = sqlite3.Row
        if not readonly:
            with _closed_on_failure(connection):
                connection.execute(
                    "pragma auto_vacuum = incremental"
                )  # counts before the first table is made
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = full")
                connection.execute("pragma journal_size_limit = 16777216")
    return connection


@contextmanager
def _closed_on_failure(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _only_ours(path: str) -> None:
    """Make the file before SQLite does, so that only its owner reads it wherever it lies."""
    with suppress(OSError):  # SQLite says what is wrong with the place
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


@contextmanager
def storing() -> Iterator[None]:
    """Map the library's exceptions to one sentence each."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise (Damaged if _shows_damage(error) else StoreError)(sentence(error)) from error


def _shows_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorname", "")
    return code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or str(error).startswith(NO_TEXT)


def sentence(error: sqlite3.DatabaseError) -> str:
    """Return what a person can do about `error`."""
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith("SQLITE_FULL"):
        return "the disk is full: nothing is lost yet, free some space"
    if code.startswith("SQLITE_BUSY"):
        return "the database is locked by another process"
    if code.startswith(("SQLITE_READONLY", "SQLITE_PERM")):
        return "the database cannot be written: check the owner and mode of the state directory"
    if code.startswith("SQLITE_CANTOPEN"):
        return "the database cannot be opened: check that the state directory exists and is yours"
    if _shows_damage(error):
        return "the database file is damaged or is no database: `newsbell run` puts its newest backup in its place"
    return f"the database said: {error}"


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all of the block or nothing of it."""
    connection.execute("begin immediate")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:  # a full disk has rolled it back already
            connection.execute("rollback")
        raise


class Database:
    """One writer thread, one reader thread; in memory both are one."""

    def __init__(self, path: Path | str) -> None:
        """Open and migrate; raises StoreError."""
        self.path = str(path)
        self._locked = False  # the last one who wanted to write found another process writing
        with ExitStack() as undo:
            self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
            undo.callback(self._writing.shutdown)
            self._writer = self._writing.submit(self._open).result()
            undo.callback(lambda: self._writing.submit(self._writer.close).result())
            self._reading = self._writing
            self._reader = self._writer
            if self.path != MEMORY:
                self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-read")
                undo.callback(self._reading.shutdown)
                self._reader = self._reading.submit(connect, self.path, readonly=True).result()
            undo.pop_all()

    def _open(self) -> sqlite3.Connection:
        connection = connect(self.path)
        with _closed_on_failure(connection), storing():
            migrate(connection)
        return connection

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction on the writer's thread.

        Cancelled while it runs, the transaction still ends: committed or not, never half.
        """

        def job() -> T:
            self._writer.execute(f"pragma busy_timeout = {BUSY_AGAIN if self._locked else int(BUSY * 1000)}")
            self._locked = True  # until shown otherwise: who comes next is not kept waiting as long again
            with storing(), transaction(self._writer):
                self._locked = False
                return work(self._writer)

        return await asyncio.get_running_loop().run_in_executor(self._writing, job)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work`, which only reads, on the reader's thread."""

        def job() -> T:
            with storing():
                return work(self._reader)

        return await asyncio.get_running_loop().run_in_executor(self._reading, job)

    async def vacuum(self, *, pages: int) -> int:
        """Give up to `pages` free pages back to the file system; return how many were free.

        A file of a version that kept its free pages is written anew, once, where a quarter of it is free.
        """

        def job() -> int:
            with storing():
                free: int = self._writer.execute("pragma freelist_count").fetchone()[0]
                if self._writer.execute("pragma auto_vacuum").fetchone()[0] == INCREMENTAL:
                    self._writer.executescript(
                        f"pragma incremental_vacuum({pages})"
                    )  # execute() frees one page
                elif free * 4 > self._writer.execute("pragma page_count").fetchone()[0]:
                    self._writer.execute("pragma auto_vacuum = incremental")
                    self._writer.execute("vacuum")
                else:
                    return 0
                return free

        return await asyncio.get_running_loop().run_in_executor(self._writing, job)

    def close(self) -> None:
        """Finish what is being written, then close both."""
        if self._reading is not self._writing:
            self._reading.submit(self._reader.close).result()
            self._reading.shutdown()
        self._writing.submit(self._writer.close).result()
        self._writing.shutdown()


def reader(path: Path) -> sqlite3.Connection:
    """Open a database that a daemon made, to read; raises StoreError."""
    if not path.exists():
        raise StoreError(f"{path} does not exist yet: `newsbell run` makes it")
    connection = connect(str(path), readonly=True)
    with _closed_on_failure(connection), storing():
        have, knows = connection.execute("pragma user_version").fetchone()[0], newest_schema()
    if have != knows:
        connection.close()
        if not have:
            raise StoreError(f"{path} is empty yet: `newsbell run` makes what belongs there")
        older = "an older newsbell: start `newsbell run` once to bring it up to date"
        newer = "a newer newsbell: install that one, or use another --state"
        raise StoreError(
            f"{path} has schema {have}, this newsbell knows {knows}: it was written by {older if have < knows else newer}"
        )
    return connection
