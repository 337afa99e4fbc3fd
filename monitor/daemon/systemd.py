"""What systemd is told: sd_notify(3) is one datagram to $NOTIFY_SOCKET."""

import os
import socket
from contextlib import suppress


def notify(*assignments: str) -> bool:
    """Send `assignments` ("READY=1", "STATUS=...") to systemd; return False where none listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall("\n".join(assignments).encode())
        return True
    return False
