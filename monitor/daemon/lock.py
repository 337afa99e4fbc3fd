"""One daemon per state directory: a lock on D/lock, with the pid in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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

    Raises Locked.
    """
    path = directory / "lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Locked(path, holder(directory)) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def holder(directory: Path) -> int | None:
    """Return the pid of the daemon that holds the lock of `directory`, None if nobody does."""
    path = directory / "lock"
    try:
        with path.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                text = file.read().strip()
                return int(text) if text.isdigit() else None
            return None
    except OSError:
        return None
