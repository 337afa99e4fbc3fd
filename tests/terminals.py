"""Pseudo-terminals, where the machine has any: a bare chroot has not."""

import fcntl
import os
import struct
import termios

import pytest


def open_terminal(columns: int = 80, lines: int = 24) -> tuple[int, int]:
    """Return the end that a person sits at and the end that a program writes to, or skip the test."""
    try:
        person, program = os.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal on this machine: {error.strerror}")
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    return person, program
