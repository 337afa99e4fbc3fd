"""A file of JSON lines, one an alert: for `tail -f`, for log shippers, for the record."""

import asyncio
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.core.telling import render
from monitor.model import Delivery
from monitor.notifiers import NotifyError, Post, _http


@dataclass(frozen=True, slots=True)
class File:
    """Appends each alert as a line of JSON; it is told when the disk has it."""

    path: str  # an absolute path, or one that begins with ~

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be written."""
        if "\0" in self.path or not Path(self.path).expanduser().is_absolute():
            raise ValueError('path: must be an absolute path, as in "/var/log/newsbell/alerts.jsonl"')

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return the line and where it is written."""
        return f"{self.path}\n\n{_line(delivery).decode()}"

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Append once. The file is opened for each line: one that logrotate has moved away is made anew.

        Cancelled, the line may still be written, and is written again under its id: at least once.
        """
        try:
            await asyncio.to_thread(append, self.path, _line(delivery))
        except OSError as error:
            sentence = f"cannot be written: {error.strerror or 'not a plain file'}"
            raise NotifyError(sentence, trouble="receiver") from None


def _line(delivery: Delivery) -> bytes:
    return _http.encoded({"id": delivery.id, **render.payload(delivery)})


def append(path: str, line: bytes) -> None:
    """Append `line` and a line feed, and return when the disk has both; a line that a crash cut short is ended first.

    What does not fit is taken back, so that a full disk leaves no half of a line. Raises OSError.
    """
    place = Path(path).expanduser()
    with _opened(place) as number:
        end = os.fstat(number).st_size
        torn = end > 0 and os.pread(number, 1, end - 1) != b"\n"
        try:
            _put(number, (b"\n" if torn else b"") + line + b"\n")
            os.fsync(number)
        except OSError:
            os.ftruncate(number, end)
            raise
        if not end:  # perhaps a new name
            _keep_name(place)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    flags = (
        os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
    )  # a pipe would keep us waiting
    number = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        yield number
    finally:
        os.close(number)


def _put(number: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]


def _keep_name(path: Path) -> None:
    number = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
