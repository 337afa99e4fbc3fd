"""`newsbell run` as a process that kills itself with -9 at a named point, for tests.torture.kills.

    python -m tests.torture.doomed POINT TIMES --config FILE --state DIR

It dies the `TIMES`-th time it comes to `POINT`, and notes in DIR/../doom.txt that it got there. "before" and "after" are
outside of the transaction, "in" is inside it, when all is written and nothing committed. A commit is that of a poll which
rings; claims and sends are counted where there is something to send.
"""

import argparse
import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from monitor.config import load
from monitor.daemon.process import run
from monitor.daemon.system import logs
from monitor.model import Applied, Clock, Delivery, PollOutcome, Receiver, Ring, SendResult
from monitor.notifiers import Notifier, Post
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.database import Database

T = TypeVar("T")

STEPS = ("claim", "send", "finish", "commit")
POINTS = tuple(f"{when} {step}" for step in STEPS for when in ("before", "in", "after"))


@dataclass(slots=True)
class Fuse:
    """Burns down where its point is passed."""

    point: str
    times: int
    note: Path

    def pass_(self, point: str) -> None:
        """Be at a point; end there if it is the one."""
        if point != self.point:
            return
        self.times -= 1
        if self.times == 0:
            with self.note.open("a") as file:
                file.write(f"{point}\n")
            os.kill(os.getpid(), signal.SIGKILL)


_step: ContextVar[str] = ContextVar("step", default="")  # what the transaction that begins is part of


class Fused:
    """A `Database` whose transactions pass the fuse before they commit."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        self._database, self._fuse = database, fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        step = _step.get()

        def and_pass(connection: sqlite3.Connection) -> T:
            done = work(connection)
            if step == "claim" and not cast("tuple[object, Sequence[object]]", done)[1]:
                return done
            self._fuse.pass_(f"in {step}")
            return done

        return await self._database.write(and_pass)


class DoomedStore(SqliteStore):
    """The real store, passing the fuse on the way."""

    def __init__(self, path: Path, clock: Clock, fuse: Fuse) -> None:
        super().__init__(path, clock)
        self._fuse = fuse
        self.database = cast("Database", Fused(self.database, fuse))

    async def claim_deliveries(self, notifier: str, *, limit: int) -> tuple[Receiver, list[Delivery]]:
        token = _step.set("claim")
        self._fuse.pass_("before claim")
        claimed = await super().claim_deliveries(notifier, limit=limit)
        _step.reset(token)
        if claimed[1]:
            self._fuse.pass_("after claim")
        return claimed

    async def finish_deliveries(
        self, results: Sequence[tuple[SendResult, Delivery, Receiver]], rings: Sequence[Ring] = ()
    ) -> frozenset[str]:
        token = _step.set("finish")
        self._fuse.pass_("before finish")
        heard = await super().finish_deliveries(results, rings)
        _step.reset(token)
        self._fuse.pass_("after finish")
        return heard

    async def apply(self, outcomes: Sequence[PollOutcome]) -> list[Applied]:
        rings = any(outcome.rings for outcome in outcomes)
        token = _step.set("commit" if rings else "")
        if rings:
            self._fuse.pass_("before commit")
        applied = await super().apply(outcomes)
        _step.reset(token)
        if rings:
            self._fuse.pass_("after commit")
        return applied


def doomed(notifier: Notifier, fuse: Fuse) -> Notifier:
    """Return the real notifier, of the same name and keys, passing the fuse before, in, and after each attempt."""
    kind: Any = type(notifier)

    class Doomed(kind):  # type: ignore[misc]
        __slots__ = ()

        async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
            async def passing(*args: Any, **kwargs: Any) -> Any:
                reply = await post(*args, **kwargs)
                fuse.pass_("in send")  # the receiver has answered, and nobody here knows
                return reply

            fuse.pass_("before send")
            try:
                await kind.send(self, cast("Post", passing), delivery, now)
            finally:
                fuse.pass_("after send")

    Doomed.__name__ = kind.__name__  # or its receiver would be taken for another one's
    keys = {key.name: getattr(notifier, key.name) for key in fields(cast("Any", notifier)) if key.init}
    return cast("Notifier", Doomed(**keys))


def main() -> None:
    """Run from the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("point", choices=POINTS)
    options.add_argument("times", type=int)
    options.add_argument("--config", type=Path)
    options.add_argument("--state", type=Path)
    given = options.parse_args()
    fuse = Fuse(given.point, given.times, given.state.with_name("doom.txt"))
    config = load(given.config, environ=os.environ)
    config = replace(
        config, notifiers={name: doomed(notifier, fuse) for name, notifier in config.notifiers.items()}
    )
    logs.to_stderr("json")
    asyncio.run(
        run(
            config,
            directory=given.state,
            database=given.state / "newsbell.db",
            opened=lambda path, clock: DoomedStore(path, clock, fuse),
        )
    )


if __name__ == "__main__":
    main()
