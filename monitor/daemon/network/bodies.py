"""Bodies that cannot hurt: gzip unpacked within bounds, everything else as it came.

httpx unpacks whatever it is sent, without a limit: 1.6 kB of brotli become 2 GiB. So only gzip is
asked for, and only gzip is unpacked, by zlib's own `max_length`.
"""

import zlib
from collections.abc import Sequence
from typing import Protocol

from monitor.daemon.network.failures import TooMuch, TransportError

RATIO = 200  # a feed packs to a tenth or a fiftieth; more is a bomb
RATIO_FROM = 1024 * 1024  # bytes below which any ratio goes
MEMBERS = 1000  # of one gzip body


class Unpacker(Protocol):
    """Turns a body, chunk by chunk, into what it means."""

    def feed(self, chunk: bytes) -> bytes:
        """Return what `chunk` adds. Raises TooMuch beyond the limit."""

    def finish(self) -> None:
        """Raise TransportError if the body has not come to its end."""


def unpacker(encodings: Sequence[str], *, limit: int) -> Unpacker:
    """Return what reads a body of these content-encodings, at most `limit` bytes unpacked.

    Raises TransportError if it is anything but gzip, once (RFC 9110 §8.4).
    """
    named = [e.strip().lower() for value in encodings for e in value.split(",")]
    codings = [e for e in named if e not in ("", "identity")]
    if not codings:
        return Plain(limit=limit)
    if codings in (["gzip"], ["x-gzip"]):
        return Gunzip(limit=limit)
    shown = "".join(c for c in " in ".join(codings) if c.isascii() and (c.isalnum() or c in " -"))
    raise TransportError(f"answered in {shown[:40]}, which was not asked for", "bad-encoding")


class Plain:
    """A body as it came, at most `limit` bytes."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._size = 0

    def feed(self, chunk: bytes) -> bytes:
        """Return `chunk`."""
        self._size += len(chunk)
        if self._size > self._limit:
            raise larger(self._limit)
        return chunk

    def finish(self) -> None:
        """Nothing is missing: HTTP itself counts."""


class Gunzip:
    """A gzip body (RFC 1952), at most `limit` bytes and 200 times its size unpacked.

    Several members are read as one body; what follows them is ignored, as browsers do.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._taken = 0  # packed
        self._given = 0  # unpacked
        self._members = 1
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, chunk: bytes) -> bytes:
        """Return what `chunk` unpacks to."""
        self._taken += len(chunk)
        pieces = []
        while chunk and not self._at_end(chunk):
            pieces.append(self._unpack(chunk))
            chunk = self._member.unused_data
        return b"".join(pieces)

    def finish(self) -> None:
        """Raise TransportError if the last member is not whole."""
        if self._taken and not self._member.eof:
            raise TransportError("closed the connection in the middle of the body", "body-cut")

    def _at_end(self, chunk: bytes) -> bool:
        """Say whether the body is over; else a member is open to take `chunk`."""
        if not self._member.eof:
            return False
        if self._members == MEMBERS or not chunk.startswith(b"\x1f"):
            return True
        self._members += 1
        self._member = zlib.decompressobj(wbits=31)
        return False

    def _unpack(self, chunk: bytes) -> bytes:
        by_ratio = max(RATIO_FROM, RATIO * self._taken)
        room = min(self._limit, by_ratio) - self._given
        try:
            piece = self._member.decompress(chunk, room + 1)  # one more tells "full" from "too much"
        except zlib.error:
            raise TransportError("declared gzip and sent something else", "bad-encoding") from None
        self._given += len(piece)
        if len(piece) <= room:
            return piece
        if self._limit <= by_ratio:
            raise larger(self._limit)
        raise TooMuch(f"the body unpacks to more than {RATIO} times its size")


def larger(limit: int) -> TooMuch:
    """Return the error for a body of more than `limit` bytes.

    >>> str(larger(8 * 1024 * 1024)), str(larger(500))
    ('the body is larger than 8 MiB', 'the body is larger than 500 bytes')
    """
    size = f"{limit / 2**20:g} MiB" if limit >= 2**20 else f"{limit} bytes"
    return TooMuch(f"the body is larger than {size}")
