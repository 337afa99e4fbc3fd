"""What one guest of the daemon's socket asks of the database: statements that read, a page of rows at a time."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from monitor.store import StoreError
from monitor.store.sqlite.database import reader, storing
from monitor.store.sqlite.outside.spoken import FULL, LARGEST, OPEN, PATIENCE, ROWS, UNREAD

ALLOWED = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,  # none of which can load code: extensions are not enabled
    sqlite3.SQLITE_RECURSIVE,
}
# They make much of little; no question needs them, and a value is counted only once it is made.
SWELLING = {
    *("zeroblob", "randomblob", "printf", "format", "replace", "hex", "quote", "group_concat", "string_agg"),
    *("json_group_array", "json_group_object"),
}
PRAGMAS = {"data_version", "user_version"}  # which tell and change nothing
SECRET = {("subscriptions", name) for name in ("secret", "id", "callback")}  # by which a hub could be played
STEPS = 100_000  # of SQLite's machine between two looks at the time


class Statements:
    """Answers one guest; used by one thread at a time. What it asked is given up where it is `gone` meanwhile."""

    def __init__(self, path: Path, gone: Callable[[], bool]) -> None:
        self._path = path
        self._gone = gone
        self._connection: sqlite3.Connection | None = None  # opened with the first question
        self._open: dict[int, sqlite3.Cursor] = {}  # answers that have more rows, the longest unread first
        self._read_at: dict[int, float] = {}  # on the monotonic clock, of each of them
        self._number = 0
        self._end = 0.0  # on the monotonic clock, of the answer that is being made
        self._given_up = False

    @property
    def waiting(self) -> bool:
        """Tell whether an answer waits for being read on: until then the database keeps what it was made of."""
        return bool(self._open)

    def ask(self, sql: str, values: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any]:
        """Return the first rows of an answer; raises StoreError, for a statement that would change something too."""
        with self._answering():
            cursor = self._opened().execute(sql, values)
            self._number += 1
            page = self._page(self._number, cursor)
            return page | {"columns": [name for name, *_ in cursor.description or ()]}

    def more(self, number: object) -> dict[str, Any]:
        """Return the next rows of an answer; raises StoreError where it is not kept any more."""
        if not isinstance(number, int) or number not in self._open:
            raise StoreError("this answer was not read on for too long: ask again")
        cursor = self._open.pop(number)
        del self._read_at[number]
        with self._answering():
            return self._page(number, cursor)

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget answers."""
        for number in [one for one in numbers if one in self._open]:
            self._open.pop(number).close()
            del self._read_at[number]

    def forget(self) -> None:
        """Forget all answers."""
        self.drop(tuple(self._open))

    def give_up(self) -> None:
        """Make no answer any more, nor the one that is being made; may be called by another thread."""
        self._given_up = True

    def close(self) -> None:
        """Let the file go."""
        self.forget()
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _page(self, number: int, cursor: sqlite3.Cursor) -> dict[str, Any]:
        rows, size = list[tuple[Any, ...]](), 0
        for row in islice(cursor, ROWS):
            rows.append(tuple(row))
            size += sum(len(one) for one in row if isinstance(one, str | bytes))
            if size >= FULL:
                break
        more = len(rows) == ROWS or size >= FULL
        if more:
            self._open[number] = cursor
            self._read_at[number] = time.monotonic()
            self.drop(tuple(self._open)[:-OPEN])
        return {"rows": rows, "more": number if more else None}

    @contextmanager
    def _answering(self) -> Iterator[None]:
        now = time.monotonic()
        self.drop([one for one in self._open if now - self._read_at[one] > UNREAD])
        self._end = now + PATIENCE
        with storing():
            try:
                yield
            except sqlite3.OperationalError as error:
                if time.monotonic() > self._end:
                    raise StoreError(f"this took longer than {PATIENCE:.0f} s, and was given up") from error
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = reader(self._path)
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
            self._connection.set_authorizer(_reads_only)
            self._connection.set_progress_handler(self._late, STEPS)
        return self._connection

    def _late(self) -> int:
        return self._given_up or time.monotonic() > self._end or self._gone()


def _reads_only(
    action: int, first: str | None, second: str | None, database: str | None, trigger: str | None
) -> int:
    """Allow what reads; the file is opened to read only, this keeps a guest from opening another (sqlite3_set_authorizer).

    What is secret reads as null, so that the rest of its row can be asked for.
    """
    if action == sqlite3.SQLITE_READ and (first, second) in SECRET:
        return sqlite3.SQLITE_IGNORE
    if action == sqlite3.SQLITE_FUNCTION and second in SWELLING:
        return sqlite3.SQLITE_DENY
    asks = action == sqlite3.SQLITE_PRAGMA and first in PRAGMAS and second is None
    # so SQLite checks the words in which an index of words declares itself when it is opened
    declares = action == sqlite3.SQLITE_UPDATE and (first, database) == ("sqlite_master", "main")
    if action in ALLOWED or asks or declares:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY
