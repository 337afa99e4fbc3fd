"""What systemd is told: sd_notify(3) is one datagram to $NOTIFY_SOCKET."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress

ONCE = ("READY=1", "RELOADING=1", "STOPPING=1")  # what is not said again
PATIENCE = 2.0  # seconds that one of these waits for room in a manager's queue; all else is left out


def notify(*assignments: str) -> bool:
    """Send `assignments` ("READY=1", "STATUS=...") to systemd; return False where none listens, or its queue is full.

    Whoever made the socket may have stopped reading it: that must not stop the daemon.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.settimeout(PATIENCE if any(said in ONCE for said in assignments) else 0.0)
        line.sendall("\n".join(assignments).encode())
        return True
    return False


def reloading() -> bool:
    """Say that another configuration is being read; READY=1 ends it."""
    return notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog(environ: Mapping[str, str], pid: int) -> float | None:
    """Return within how many seconds systemd wants to hear WATCHDOG=1 again and again (sd_watchdog_enabled(3)),
    None where it does not.

    >>> watchdog({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 7)
    60.0
    >>> watchdog({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, 7)
    """
    wanted = environ.get("WATCHDOG_USEC", "")
    if not wanted.isdigit() or environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    return int(wanted) / 1e6 or None
