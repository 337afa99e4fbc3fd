"""A running daemon's database, asked through its socket by those who may not read the file."""

import asyncio
import getpass
import grp
import socket
import sqlite3
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from monitor.model import Silence
from monitor.store import StoreError, Unanswered
from monitor.store.sqlite.database import newest_schema
from monitor.store.sqlite.outside.spoken import PATIENCE, Unreadable, heard, line, peer, silence_said, value

SYSTEM = Path("/run")  # in which the system's services have their runtime directories, systemd.exec(5)
SLACK = 5.0  # seconds beyond those in which the daemon gives an answer up


class Row(tuple[Any, ...]):
    """A row as sqlite3.Row has it: its values by place and by name."""

    names: Mapping[str, int]

    def __getitem__(self, place: Any) -> Any:
        """Return the value of a column."""
        return super().__getitem__(self.names[place] if isinstance(place, str) else place)

    def keys(self) -> list[str]:
        """Return the names of the columns."""
        return list(self.names)


class Rows(Iterator[Row]):
    """The answer to a statement, read on as it is used: what the questions use of an sqlite3.Cursor."""

    def __init__(self, through: "Through", said: dict[str, Any]) -> None:
        self._through = through
        names = {name: place for place, name in reversed(list(enumerate(said["columns"])))}
        self._row = type("Row", (Row,), {"names": dict(reversed(names.items()))})
        self._take(said)

    def _take(self, said: dict[str, Any]) -> None:
        self._rows = iter(said["rows"])
        self._more = said["more"]

    def __next__(self) -> Row:
        for row in self._rows:
            return cast(Row, self._row(map(value, row)))
        if self._more is None:
            raise StopIteration
        self._take(self._through.say({"more": self._more}))
        return next(self)

    def fetchone(self) -> Row | None:
        """Return the next row, None where there is none."""
        return next(self, None)

    def fetchall(self) -> list[Row]:
        """Return all rows that are left."""
        return list(self)

    def __del__(self) -> None:
        if getattr(self, "_more", None) is not None:
            self._through.unwanted.append(self._more)


class Through:
    """What the questions use of an sqlite3.Connection, and the few things that the daemon does when asked.

    The socket is for the owner and the group of its file. Raises StoreError, with what a person can do.
    """

    total_changes = 0  # nothing is changed through it

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self.unwanted: deque[int] = deque()  # answers that nobody reads on
        self._socket = _called(path)
        self._lines = self._socket.makefile("rb")
        try:
            self._greet(self._heard())
        except BaseException:
            self.close()
            raise

    def _greet(self, greeting: Mapping[str, Any]) -> None:
        have, knows = greeting.get("schema"), newest_schema()
        if have != knows:
            raise StoreError(
                f"the daemon at {self._path} is newsbell {greeting.get('newsbell')} with schema {have}, this one knows"
                f" {knows}: restart the daemon, or call the newsbell that it is"
            )

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Rows:
        """Ask: a statement that reads."""
        named = dict(values) if isinstance(values, Mapping) else list(values)
        return Rows(self, self.say({"ask": sql, "with": named}))

    def say(self, said: dict[str, Any]) -> dict[str, Any]:
        """Return the daemon's answer to a request."""
        with self._turn:
            drop = [self.unwanted.popleft() for _ in range(len(self.unwanted))]
            try:
                self._socket.sendall(line({**said, "drop": drop} if drop else said))
            except OSError as error:
                raise StoreError(f"the daemon at {self._path} is gone: {error.strerror}") from error
            return self._heard()

    def _heard(self) -> dict[str, Any]:
        try:
            sent = self._lines.readline()
        except OSError as error:
            raise StoreError(f"the daemon at {self._path} does not answer") from error
        if not sent:
            raise StoreError(f"the daemon at {self._path} hung up")
        try:
            answer = heard(sent)
        except Unreadable:
            raise StoreError(f"what answers at {self._path} is no newsbell") from None
        if "error" in answer:
            raise StoreError(answer["error"])
        return answer

    async def replay(self, ids: Sequence[str], *, as_new: str = "") -> int:
        """Have deliveries told again, as Store.replay does."""
        return await self._done({"do": "replay", "ids": list(ids), "as_new": as_new})

    async def silence(self, silence: Silence) -> int:
        """Begin a silence, as Store.silence does."""
        return await self._done({"do": "silence", "silence": silence_said(silence)})

    async def end_silences(self, ids: Sequence[str]) -> int:
        """End silences, as Store.end_silences does."""
        return await self._done({"do": "end_silences", "ids": list(ids)})

    async def _done(self, said: dict[str, Any]) -> int:
        done: int = (await asyncio.to_thread(self.say, said))["done"]
        return done

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()


def read_through(path: Path) -> sqlite3.Connection:
    """Return what asks a daemon's socket, as the questions know a database: they use no more of one than there is."""
    return cast(sqlite3.Connection, Through(path))


def daemon_at(path: Path) -> int | None:
    """Return the pid of the daemon that answers at a socket, None if nobody does."""
    try:
        with _called(path) as calling:
            return peer(calling)[0]
    except StoreError:
        return None


def _called(path: Path) -> socket.socket:
    calling = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    calling.settimeout(PATIENCE + SLACK)
    try:
        calling.connect(str(path))
    except OSError as error:
        calling.close()
        raise _trouble(error, path) from error
    return calling


def _trouble(error: OSError, path: Path) -> StoreError:
    """Return why a socket could not be called, with what a person can do."""
    if isinstance(error, PermissionError):
        return StoreError(_closed(path))
    why = (
        "a daemon that was killed left it" if isinstance(error, ConnectionRefusedError) else "it is not there"
    )
    why = (
        why if isinstance(error, ConnectionRefusedError | FileNotFoundError) else str(error.strerror).lower()
    )
    return Unanswered(f"no daemon answers at {path} ({why}): `{starting(path)}` starts one")


def starting(path: Path) -> str:
    """Return what starts the service whose socket this is: its runtime directory has the unit's name.

    >>> print(starting(Path("/run/newsbell@desk/newsbell.sock")))
    systemctl start newsbell@desk
    """
    of_system = path.parent.parent == SYSTEM
    return f"systemctl {'' if of_system else '--user '}start {path.parent.name}"


def _closed(path: Path) -> str:
    group, user = _group(path.parent), getpass.getuser()
    with suppress(KeyError):
        if user in grp.getgrnam(group).gr_mem:
            return f"{path} is for the group {group}, which you have joined since you logged in: log in anew"
    return f"{path} is for the group {group}: `sudo usermod -aG {group} {user}`, then log in anew"


def _group(directory: Path) -> str:
    """Return whose group a directory is of; it is the socket's too, which cannot be looked at from outside of it."""
    try:
        return grp.getgrgid(directory.stat().st_gid).gr_name
    except (OSError, KeyError):
        return "newsbell"
