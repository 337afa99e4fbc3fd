"""How the screen reaches the terminal: by stdout, never by more than the terminal reads."""

import sys
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

ENOUGH = 4  # writes that wait, of the 30 before Textual blocks


class Terminal(LinuxDriver):
    """Textual's driver, on stdout, so that `2>log` is a log and no screen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert sys.__stdout__ is not None
        self._file = sys.__stdout__

    @property
    def is_behind(self) -> bool:
        """Tell whether the terminal does not read what was written: it was stopped, or its line is slow.

        Textual would block the event loop when 30 writes wait, and a monitor in this process with it.
        """
        return self._writer_thread is not None and self._writer_thread._queue.qsize() >= ENOUGH  # noqa: SLF001
