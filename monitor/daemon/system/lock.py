"""One daemon per state directory, and per database: a lock on D/lock, and on one beside the database, with the pid in it."""

import fcntl
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from monitor.store.owners import give

PATIENCE = 0.3  # seconds


class Unwritable(Exception):
    """The lock's file cannot be made."""


class Locked(Exception):
    """Another daemon holds the lock."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory` while the block runs; a killed holder releases it.

    Raises Locked, or Unwritable.
    """
    helps = "stop it with `newsbell stop`, or use another --state"
    with _locked(directory / "lock", directory, f"{os.getpid()}", helps):
        yield


@contextmanager
def database_held(database: Path, directory: Path) -> Iterator[None]:
    """Hold the lock of `database` for who keeps its other files in `directory`: two state directories may name one database.

    The lock lies beside the file, which may be set aside and replaced meanwhile. Raises Locked, or Unwritable.
    """
    found = database.resolve()
    path = found.with_name(f"{found.name}.lock")
    other = _text(path).partition("\n")[2].strip()
    stop = f"`newsbell stop --state {shlex.quote(other)}`" if other else "`newsbell stop`"
    helps = f"stop that one with {stop}, or name another [store] url"
    with _locked(path, database, f"{os.getpid()}\n{directory.absolute()}", helps):
        yield


@contextmanager
def _locked(path: Path, what: Path, text: str, helps: str) -> Iterator[None]:
    with _opened(path) as file:
        if not _taken(file):
            pid = _holder(path)
            who = f"process {pid}" if pid else "another process"
            raise Locked(f"{what} is in use by {who}: {helps}")
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), f"{text}\n".encode())
        yield


def _opened(path: Path) -> IO[bytes]:
    try:
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise Unwritable(f"{path} cannot be written: {error.strerror}") from error
    give(path, like=path.parent)
    return file


def _taken(file: IO[bytes]) -> bool:
    """Lock `file`. Whoever asks who holds it touches it for an instant, so one refusal says nothing."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)


def holder(directory: Path) -> int | None:
    """Return the pid of the daemon that holds the lock of `directory`, None if nobody does."""
    return _holder(directory / "lock")


def _holder(path: Path) -> int | None:
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = file.readline().strip()
                return int(text) if text.isdigit() else None
            return None
    except OSError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
