"""Where there is no terminal, or none that can be drawn on: a line each, and no escape."""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC
from typing import TextIO

import pytest

from monitor.answers.wire import Lighting
from monitor.dashboard import full_screen, lines
from monitor.dashboard.feed import Daemon, Feed
from monitor.store.sqlite import MEMORY, SqliteStore
from tests.dashboard.newsroom import Newsroom
from tests.terminals import open_terminal
from tests.virtual import ManualClock

XTERM = {"TERM": "xterm-256color"}


@dataclass(slots=True)
class Far:
    """What came out at the far end of a terminal or a pipe."""

    text: str = ""
    changed: threading.Condition = field(default_factory=threading.Condition)

    def read(self, descriptor: int) -> None:
        with suppress(OSError):  # a terminal whose near end was closed
            while data := os.read(descriptor, 65_536):
                with self.changed:
                    self.text += data.decode("utf-8", "replace")
                    self.changed.notify_all()

    def wait(self, what: str) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: what in self.text, 20)


def far_end(near: int, far: int) -> Iterator[tuple[TextIO, Far]]:
    end = Far()
    thread = threading.Thread(target=end.read, args=(far,))
    thread.start()
    with os.fdopen(near, "w", encoding="utf-8") as stream:
        yield stream, end
    thread.join()
    os.close(far)


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, Far]]:
    far, near = open_terminal()
    yield from far_end(near, far)


@pytest.fixture
def pipe() -> Iterator[tuple[TextIO, Far]]:
    far, near = os.pipe()
    yield from far_end(near, far)


@pytest.fixture
def complaints() -> Iterator[tuple[TextIO, Far]]:
    far, near = os.pipe()
    yield from far_end(near, far)


@pytest.fixture
def room() -> Iterator[Newsroom]:
    clock = ManualClock()
    store = SqliteStore(MEMORY, clock)
    yield Newsroom(store, clock)
    store.close()


async def shown(far: Far, what: str) -> None:
    assert await asyncio.to_thread(far.wait, what), f"{what!r} was never shown"


class Watching:
    """A `watch` in a task of its own."""

    def __init__(
        self,
        room: Newsroom,
        out: TextIO,
        err: TextIO,
        *,
        daemon: Daemon | None = None,
    ) -> None:
        self.stop = asyncio.Event()
        self.cursors: list[int] = []
        self.task = asyncio.create_task(
            lines.tell(
                Feed(room.store, Lighting(room.rules), daemon=daemon),
                out=out,
                err=err,
                clock=room.clock,
                timezone=UTC,
                stop=self.stop,
                seen=self.cursors.append,
            )
        )

    async def end(self) -> None:
        self.stop.set()
        await self.task


def test_a_pipe_gets_a_line_each_and_nothing_else(
    room: Newsroom, pipe: tuple[TextIO, Far], complaints: tuple[TextIO, Far]
) -> None:
    out, far = pipe

    async def story() -> None:
        await room.open("bbc", "ntv")
        await room.first("ntv")
        await room.first("bbc", "Weather", "Summit in \x1b[31mKyiv")
        watching = Watching(room, out, complaints[0])
        await shown(far, "Kyiv")
        await room.publish("bbc", "ICBM launched")
        await shown(far, "alert")
        await room.fail("ntv", "answered 503")
        await room.fail("ntv", "answered 503")
        room.clock.advance(1)
        await shown(complaints[1], "answered 503")
        await watching.end()

    asyncio.run(story())
    assert far.text == (
        "2026-03-01 12:00:00  item   bbc  Weather  http://127.0.0.1/bbc/0\n"
        "2026-03-01 12:00:00  match  bbc  Summit in �[31mKyiv  http://127.0.0.1/bbc/1\n"
        "2026-03-01 12:01:00  match  bbc  ICBM launched  http://127.0.0.1/bbc/2\n"
        "2026-03-01 12:01:00  alert  critical escalation  bbc  ICBM launched  http://127.0.0.1/bbc/2\n"
    )
    assert complaints[1].text == "ntv: answered 503\n"  # once, though it was polled twice


def test_a_dumb_terminal_gets_lines_and_the_bell(
    room: Newsroom, terminal: tuple[TextIO, Far], complaints: tuple[TextIO, Far]
) -> None:
    out, far = terminal

    async def story() -> None:
        await room.open("bbc")
        await room.first("bbc", "Weather")
        watching = Watching(room, out, complaints[0])
        await room.publish("bbc", "ICBM launched")
        await shown(far, "alert")
        await watching.end()

    asyncio.run(story())
    assert "\x1b" not in far.text
    assert "\a2026-03-01 12:01:00  alert  critical" in far.text


def test_lines_say_on_stderr_how_to_start_the_daemon(
    room: Newsroom, pipe: tuple[TextIO, Far], complaints: tuple[TextIO, Far]
) -> None:
    async def story() -> None:
        await room.open("bbc")
        watching = Watching(room, pipe[0], complaints[0], daemon=Daemon(pid=lambda: None))
        await shown(complaints[1], "`newsbell run` starts it\n")
        await watching.end()

    asyncio.run(story())
    assert pipe[1].text == ""


def test_a_pipe_that_nobody_reads_ends_it(room: Newsroom, complaints: tuple[TextIO, Far]) -> None:
    far, near = os.pipe()
    os.close(far)

    async def story(out: TextIO) -> None:
        await room.open("bbc")
        await room.first("bbc", "Weather")
        await Watching(room, out, complaints[0]).task

    out = os.fdopen(near, "w")
    with pytest.raises(BrokenPipeError):
        asyncio.run(story(out))
    with suppress(BrokenPipeError):
        out.close()


@pytest.mark.parametrize("environ", [{}, {"TERM": ""}, {"TERM": "dumb"}, {"TERM": "unknown"}])
def test_only_a_terminal_that_can_be_drawn_and_typed_on_is_drawn_on(
    terminal: tuple[TextIO, Far], pipe: tuple[TextIO, Far], environ: dict[str, str]
) -> None:
    out = terminal[0]
    assert full_screen(out, XTERM, out)
    assert not full_screen(out, environ, out)
    assert not full_screen(pipe[0], XTERM, out)
    assert not full_screen(out, XTERM, pipe[0])
    assert not full_screen(out, XTERM, None)
