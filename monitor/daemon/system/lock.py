"""One daemon per state directory: a lock on D/lock, with the pid in it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE = 0.3  # seconds


class Unwritable(Exception):
    """The lock's file cannot be made."""


class Locked(Exception):
    """Another daemon holds the lock."""

    def __init__(self, path: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{path.parent} is in use by {who}: stop it with `newsbell stop`, or use another --state"
        )
        self.pid = pid


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of `directory` while the block runs; a killed holder releases it.

    Raises Locked, or Unwritable.
    """
    path = directory / "lock"
    with _opened(path) as file:
        _take(file, path)
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), b"%d\n" % os.getpid())
        yield


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("a+b", buffering=0)
    except OSError as error:
        raise Unwritable(f"{path} cannot be written: {error.strerror}") from error


def _take(file: IO[bytes], path: Path) -> None:
    """Lock `file`. Whoever asks who holds it touches it for an instant, so one refusal says nothing."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError as error:
            if time.monotonic() > end:
                raise Locked(path, holder(path.parent)) from error
            time.sleep(0.02)


def holder(directory: Path) -> int | None:
    """Return the pid of the daemon that holds the lock of `directory`, None if nobody does."""
    try:
        with (directory / "lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                text = file.read().strip()
                return int(text) if text.isdigit() else None
            return None
    except OSError:
        return None
