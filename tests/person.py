"""A person at a real terminal: a program's pseudo-terminal, keys typed into it, all that comes out kept."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from tests.terminals import open_terminal

T = TypeVar("T")
PATIENCE = 40.0  # seconds for something to be seen, on a machine that has much else to do
ENTER, LEAVE, SHOW_CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"
# What the screen itself sends: CSI of styles, places and modes, and charsets. No OSC, no DCS, no C1.
OWN = re.compile("\x1b\\[[<>=?]?[0-9;]*\\$?[A-Za-z]")
FOREIGN = re.compile(
    "[\x00-\x06\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


class Person:
    """Sits at the far end of a terminal."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self.process = process
        self._end = end
        self._seen = bytearray()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError):  # the program is gone
            while data := os.read(self._end, 65_536):
                with self._changed:
                    self._seen += data
                    self._changed.notify_all()

    @property
    def seen(self) -> str:
        """Return all that came out."""
        return self._seen.decode("utf-8", "replace")

    def types(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def sees(self, *words: str, since: int = 0, patience: float = PATIENCE) -> float:
        """Wait until the words came out after byte `since`; return the seconds that took."""
        begun = time.monotonic()
        self.waits(lambda text: all(word in text for word in words), str(words), since, patience)
        return time.monotonic() - begun

    def waits(
        self, found: Callable[[str], T | None], what: str, since: int = 0, patience: float = PATIENCE
    ) -> T:
        """Wait until something is found in what came out after byte `since`; return it. `what` names it."""

        def there() -> T | None:
            return found(self._seen[since:].decode("utf-8", "replace"))

        with self._changed:
            there_is = self._changed.wait_for(there, patience)
            assert there_is, f"{what} never seen: {self.seen[-2_000:]!r}"
        return there_is

    def mark(self) -> int:
        """Return how many bytes came out so far."""
        return len(self._seen)

    def foreign(self) -> list[str]:
        """Return what came out that is neither text nor the screen's own: it must be nothing."""
        return FOREIGN.findall(OWN.sub("", self.seen))

    def ends(self) -> int:
        """Wait until the program ended; return its status."""
        self.process.wait(PATIENCE)
        self._thread.join(PATIENCE)
        return self.process.returncode


@contextmanager
def seated(
    words: Sequence[str], *, environ: Mapping[str, str], cwd: Path, columns: int = 80, lines: int = 24
) -> Iterator[Person]:
    """Run a program on a terminal of its own."""
    end, program = open_terminal(columns, lines)
    process = subprocess.Popen(
        words,
        env={"TERM": "xterm-256color", **environ},
        cwd=cwd,
        stdin=program,
        stdout=program,
        stderr=program,
        start_new_session=True,
    )
    os.close(program)
    person = Person(process, end)
    try:
        yield person
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
        person._thread.join()
        os.close(end)
