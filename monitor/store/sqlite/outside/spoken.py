"""How both ends of the daemon's socket write: one JSON object a line, the bytes of a value in base64.

The daemon begins with a greeting; then each request has one answer, or `{"error": "a sentence"}`:

    {"newsbell": "0.1.0", "schema": 21}
    {"ask": "select ...", "with": [...] | {...}}    {"columns": [...], "rows": [[...], ...], "more": 1 | null}
    {"more": 1}                                     further rows of the same
    {"do": "replay", "ids": [...], "as_new": ""}    {"done": 3}
    {"do": "silence", "silence": {...}}             {"done": 3}
    {"do": "end_silences", "ids": [...]}            {"done": 1}

Any request may have "drop": [1, ...], answers of which no more is wanted.
"""

import base64
import json
import socket
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from monitor.core.telling import matchers
from monitor.model import Silence

LONGEST = 1_048_576  # bytes of a request
ROWS = 500  # in one answer
FULL = 1_048_576  # bytes of values, after which an answer takes no further row
LARGEST = 16_777_216  # bytes of one value; a body has at most half of that
OPEN = 8  # answers of one guest that wait for being read on
UNREAD = 60.0  # seconds after which the rest of an answer that nobody reads on is forgotten
PATIENCE = 30.0  # seconds in which an answer comes, or is given up
PEER = struct.Struct("3i")  # ucred, unix(7): pid, uid, gid


class Unreadable(Exception):
    """What came in is no request; the text says what would be."""


def line(said: Mapping[str, Any]) -> bytes:
    """Return what is said as it is sent.

    >>> line({"rows": [[1, b"x"]]})
    b'{"rows": [[1, {"base64": "eA=="}]]}\\n'
    """
    return json.dumps(said, default=_base64).encode() + b"\n"


def heard(sent: bytes) -> dict[str, Any]:
    """Return what a line says; raises Unreadable."""
    try:
        said = json.loads(sent)
    except (ValueError, RecursionError):
        raise Unreadable("a request is one JSON object a line") from None
    if not isinstance(said, dict):
        raise Unreadable("a request is one JSON object a line")
    return said


def value(said: object) -> Any:
    """Return a value of a row, or of a statement, as SQLite has it.

    >>> value({"base64": "eA=="}), value("x"), value(None)
    (b'x', 'x', None)
    """
    if isinstance(said, dict):
        return base64.b64decode(said.get("base64", ""))
    return said


def _base64(said: object) -> dict[str, str]:
    if isinstance(said, bytes):
        return {"base64": base64.b64encode(said).decode()}
    raise TypeError(type(said).__name__)


def peer(calling: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end of a Unix socket, as the kernel knows them."""
    pid, uid, _ = PEER.unpack(calling.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return pid, uid


def silence_said(silence: Silence) -> dict[str, Any]:
    """Return a silence as it is sent."""
    return {
        "id": silence.id,
        "matchers": [[one.label, one.op, one.value] for one in silence.matchers],
        "starts_at": silence.starts_at.isoformat(),
        "ends_at": silence.ends_at.isoformat() if silence.ends_at else None,
        "comment": silence.comment,
        "alert": silence.alert,
    }


def silence_heard(said: Any) -> Silence:
    """Return the silence that was sent; raises Unreadable, for one that no alert could be held against too.

    It is asked of every alert from then on: one that fails there would let none through.
    """
    try:
        return Silence(
            id=str(said["id"]),
            matchers=tuple(matchers.made(*map(str, one)) for one in said["matchers"]),
            starts_at=_moment(said["starts_at"]),
            ends_at=_moment(said["ends_at"]) if said["ends_at"] else None,
            comment=str(said["comment"]),
            alert=str(said["alert"]),
        )
    except matchers.MatcherError as error:
        raise Unreadable(f"silence: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise Unreadable("silence: must have id, matchers, starts_at, ends_at, comment and alert") from None


def _moment(said: str) -> datetime:
    at = datetime.fromisoformat(said)
    if at.tzinfo is None:
        raise ValueError("it says no zone")
    return at
