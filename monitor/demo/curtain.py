"""Opens the house, plays, and leaves nothing behind: no process, no file, whatever ends it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread
from types import FrameType
from typing import NoReturn, TextIO

from monitor.demo.director import Director, Halted
from monitor.demo.receiver import Receiver
from monitor.demo.stage import on

SHORTEST = 8.0  # seconds; below, the daemon's own pace (1 s polls, a 1 s retry, a restart) would not fit
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def rise(seconds: float, *, out: TextIO | None = None, receiver: type[Receiver] = Receiver) -> int:
    """Play for about `seconds` on `out` (default: standard output).

    Returns 0, 1 if a figure is wrong or the daemon ended by itself, 130 if interrupted. `receiver`
    can be one that does not do its work: then a figure is wrong.
    """
    out = out or sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="replace")  # a pipe of another alphabet must not end the play
    if seconds < SHORTEST:
        print(
            f"--for {seconds:g}s is too short for a kill and a retry: {SHORTEST:g} s it is", file=sys.stderr
        )
    seconds = max(seconds, SHORTEST)
    try:
        with (
            _ended_by_signals(),
            TemporaryDirectory(prefix="newsbell-demo-", ignore_cleanup_errors=True) as place,
        ):
            with on(out, seconds) as stage:
                director = Director(Path(place), stage, seconds=seconds, receiver=receiver)
                table = director.play()
            stage.closing(director.record, table)
    except KeyboardInterrupt:
        print("newsbell demo: interrupted; nothing is left behind", file=sys.stderr)
        return 130
    except Halted as error:
        print(f"newsbell demo: {error}", file=sys.stderr)
        return 1
    return int(any(figure.wrong for figure in table))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the stack as Ctrl-C does: the default would leave the daemon alone."""
    if current_thread() is not main_thread():
        yield
        return
    before = {signum: signal.signal(signum, _end) for signum in ENDING}
    try:
        yield
    finally:
        for signum, handler in before.items():
            with suppress(TypeError):  # None: it was not set from Python
                signal.signal(signum, handler)


def _end(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signum)
