"""Signals as events: the first of some ends a program well, the second at once; a hang-up reads the configuration anew."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence


def on_signals(stop: asyncio.Event, signals: Sequence[signal.Signals]) -> Callable[[], signal.Signals | None]:
    """Set `stop` at the first of `signals`, end at once at the second; return a way to ask which came."""
    came: list[signal.Signals] = []

    def note(signum: signal.Signals) -> None:
        came.append(signum)
        stop.set()
        if len(came) > 1:
            raise SystemExit(128 + signum)

    loop = asyncio.get_running_loop()
    for signum in signals:
        loop.add_signal_handler(signum, note, signum)
    return lambda: came[0] if came else None


def on_hangup(reload: asyncio.Event, stop: asyncio.Event) -> None:
    """Set `reload` at SIGHUP; `stop` where it says that the terminal of a daemon in the foreground is gone."""
    at_terminal = _has_terminal()

    def note() -> None:
        (stop if at_terminal and not _has_terminal() else reload).set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, note)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
