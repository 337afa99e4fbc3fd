"""Signals as an event: the first ends a program well, the second at once."""

import asyncio
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
