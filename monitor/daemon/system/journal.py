"""The journal's native socket: an event with its fields, so that `journalctl SOURCE=bbc` finds it (systemd.journal-fields(7))."""

import socket
from collections.abc import Mapping

SOCKET = "/run/systemd/journal/socket"


def entry(fields: Mapping[str, str]) -> bytes:
    r"""Return an entry as the journal reads it: one field a line, those of several lines with their length before them.

    See "Native Journal Protocol", https://systemd.io/JOURNAL_NATIVE_PROTOCOL/.

    >>> entry({"priority": "4", "message": "a\nb"})
    b'PRIORITY=4\nMESSAGE\n\x03\x00\x00\x00\x00\x00\x00\x00a\nb\n'
    """
    return b"".join(_field(name.upper().encode(), text.encode()) for name, text in fields.items())


def _field(name: bytes, text: bytes) -> bytes:
    if b"\n" not in text:
        return name + b"=" + text + b"\n"
    return name + b"\n" + len(text).to_bytes(8, "little") + text + b"\n"


class Journal:
    """Sends entries; a journal that reads too slowly, or is not there, is not waited for."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def send(self, fields: Mapping[str, str]) -> bool:
        """Send one entry; tell whether it was taken."""
        try:
            self._socket.sendto(entry(fields), self._path)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let the socket go."""
        self._socket.close()
