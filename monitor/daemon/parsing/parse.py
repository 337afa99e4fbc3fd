"""Parsing in children that can be killed: a hostile body costs its source one poll and nobody else anything."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import count
from typing import Any, Self

from monitor.core.text import TEXT_CHARS
from monitor.daemon.parsing.lanes import FullError, Lane, Pace, Paces
from monitor.daemon.parsing.parse_child import ANSWER, READY, TAKEN
from monitor.daemon.parsing.pipes import proposals, read, request
from monitor.model import Parsed, Proposal, Response, Source
from monitor.sources import ParseError, UnreadError
from monitor.values import dataclass

CHILD = (sys.executable, "-I", "-m", "monitor.daemon.parsing.parse_child")
START = 30.0  # seconds a child may take to get ready, and a job waits for one that is
HEADLINES = 100  # that a page is searched for
IN_FRONT = 4.0  # seconds of wall for each of CPU in the front lane
WAITING = 16  # bodies that wait for the back lane; a poll waits with each, and there are 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost, and how long a child serves."""

    wall: float = 10.0  # seconds
    cpu: float = 5.0  # seconds
    quick: float = 0.5  # seconds of CPU that a body may take before others; a feed of 1 MB needs them
    memory: int = 512 << 20  # bytes of address space, the interpreter's included
    body: int = 8 << 20  # bytes
    entries: int = 10_000
    answer: int = 32 << 20  # bytes of all texts
    rss: int = 256 << 20  # bytes; a child that grew beyond is not used again
    jobs: int = 1_000  # then a fresh child takes over

    def in_front(self) -> "Limits":
        """Return the limits of a body that others wait for."""
        return replace(self, cpu=min(self.cpu, self.quick), wall=min(self.wall, IN_FRONT * self.quick))


class Parsers:
    """A pool of children: `working` parse, `slow` more what takes long, `spare` are warm for when one is killed.

    Without `slow` ones, what takes long is read among the others. `async with Parsers() as parsers` leaves no
    process behind; nor does a daemon that dies by kill -9.
    """

    def __init__(
        self,
        *,
        limits: Limits = Limits(),
        working: int = 2,
        slow: int = 1,
        spare: int = 1,
        waiting: int = WAITING,
        command: Sequence[str] = CHILD,
    ) -> None:
        self._limits = limits
        self._front = Lane(working)
        self._back = Lane(slow, waiting=waiting) if slow else None
        self._paces = Paces()
        self._size = working + slow + spare
        self._command = tuple(command)
        self._idle: asyncio.LifoQueue[_Child] = asyncio.LifoQueue()  # the warmest first
        self._children: set[_Child] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        for _ in range(self._size):
            self._in_background()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        for child in self._children:
            child.kill()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(child.end() for child in self._children))

    async def parse(self, source: Source, response: Response) -> Parsed:
        """Return what a body holds, cleaned, in its order.

        Cancelled, or over a limit, the child is killed and another takes its place.

        Raises:
            ParseError: the body is not of the source's kind, or too much; the text is for the user.
        """
        _, parsed = await self._answer(source, response)
        return parsed

    async def propose(self, response: Response, headlines: Sequence[str] = ()) -> tuple[Proposal, ...]:
        """Return ways to read a page that is no feed, best first; none where it holds no list.

        With `headlines`, the last known ones of a page whose selectors find nothing any more, ways that read
        those. Limits and cancellation as for `parse`.

        Raises:
            ParseError: no page, or too much.
        """
        wanted = {"headlines": [headline[:TEXT_CHARS] for headline in headlines[:HEADLINES]]}
        head, parsed = await self._answer(Source(name="", url="", kind="page"), response, wanted)
        return tuple(proposals(head["proposals"], parsed.entries))

    async def _answer(
        self, source: Source, response: Response, more: Mapping[str, object] | None = None
    ) -> tuple[dict[str, Any], Parsed]:
        """Read in the front lane what is likely to be quick; in the back lane all else, and what was not."""
        if len(response.body) > self._limits.body:
            raise ParseError(f"larger than {self._limits.body >> 20} MiB")
        pace = self._paces.of(source.name)
        if self._back is None:
            async with self._front.slot(pace):
                return await self._read(source, response, more, self._limits)
        with suppress(_LimitError):
            if pace < Pace.SLOW:
                async with self._front.slot(pace):
                    return await self._read(source, response, more, self._limits.in_front())
        try:
            async with self._back.slot(max(pace, Pace.SLOW)):
                return await self._read(source, response, more, self._limits)
        except FullError:
            most = f"as many bodies that take long as may wait ({self._back.waiting})"
            raise UnreadError(f"not read: {most} are before it") from None

    async def _read(
        self, source: Source, response: Response, more: Mapping[str, object] | None, limits: Limits
    ) -> tuple[dict[str, Any], Parsed]:
        asked, now = request(source, response, asdict(limits), more), asyncio.get_running_loop().time
        killed = False
        for _ in range(2 * self._size + 1):  # the idle ones may all have been killed
            child, began = await self._next(), now()
            try:
                answer = await self._parse_in(child, asked, limits)
            except _UntakenError:
                continue
            except _KilledError:
                if killed or self._closed:  # twice: it is the body
                    raise
                killed = True
                continue
            except _LimitError:
                self._paces.note(source.name, Pace.ENDLESS if limits is self._limits else Pace.SLOW)
                raise
            quick = now() - began <= self._limits.in_front().wall
            self._paces.note(source.name, Pace.QUICK if quick else Pace.SLOW)
            return answer
        raise UnreadError("not read: every child died before it began")

    async def _next(self) -> "_Child":
        try:
            async with asyncio.timeout(START):
                return await self._idle.get()
        except TimeoutError:
            raise UnreadError("not read: no child gets ready to parse") from None

    async def _parse_in(self, child: "_Child", asked: bytes, limits: Limits) -> tuple[dict[str, Any], Parsed]:
        fit = False
        try:
            async with asyncio.timeout(limits.wall):
                answer = await child.ask(asked, limits.answer)
                head, parsed = await read(answer)
            fit = head["rss"] <= limits.rss and child.jobs < limits.jobs
        except TimeoutError:
            raise _LimitError(f"took more than {limits.wall:g} s to read") from None
        except (OSError, EOFError) as error:
            raise _end(await child.ended(), limits) from error
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise ParseError("its reader answered nonsense and was stopped") from error
        finally:
            if fit:
                self._idle.put_nowait(child)
            else:
                child.kill()
                self._in_background(child)
        if head["error"]:
            raise ParseError(head["error"])
        return head, parsed

    def _in_background(self, old: "_Child | None" = None) -> None:
        if self._closed:
            return
        task = asyncio.create_task(self._replace(old))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _replace(self, old: "_Child | None") -> None:
        """Bury a child and start another, however long that takes: the machine may be out of processes."""
        if old:
            await old.end()
            self._children.discard(old)
        for failures in count():
            child = None
            try:
                child = await _Child.start(self._command, self._limits)
                self._children.add(child)
                await child.ready()
            except (OSError, EOFError, ValueError):
                if child:
                    child.kill()
                    await child.end()
                    self._children.discard(child)
                await asyncio.sleep(min(0.1 * 2**failures, START))
            else:
                self._idle.put_nowait(child)
                return


class _LimitError(ParseError):
    """The body took more time than it may."""


class _KilledError(ParseError):
    """The child was killed by another than us, perhaps for memory that others took: that says little about the body."""


class _UntakenError(Exception):
    """The child was gone before it had the request: its end says nothing about the body."""


class _Child:
    """One process and its pipes."""

    def __init__(self, process: Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process, self._requests, self._answers = process, process.stdin, process.stdout
        self.jobs = 0

    @classmethod
    async def start(cls, command: Sequence[str], limits: Limits) -> Self:
        # Its own session: a Ctrl-C at the terminal is the parent's, and its own children die with it.
        return cls(
            await asyncio.create_subprocess_exec(
                *command,
                str(os.getpid()),
                str(limits.memory),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        )

    async def ready(self) -> None:
        async with asyncio.timeout(START):
            await self._expect(READY)

    async def ask(self, asked: bytes, most: int) -> bytes:
        """Return the answer, at most `most` bytes. Raises _UntakenError, EOFError, OSError, ValueError."""
        self.jobs += 1
        try:
            self._requests.write(asked)
            await self._requests.drain()
            await self._expect(TAKEN)
        except (OSError, EOFError) as error:
            raise _UntakenError from error
        (size,) = ANSWER.unpack(await self._answers.readexactly(ANSWER.size))
        if size > most:
            raise ValueError(f"an answer of {size} bytes")
        return await self._answers.readexactly(size)

    async def _expect(self, sign: bytes) -> None:
        if (got := await self._answers.readexactly(1)) != sign:
            raise ValueError(f"{got!r} where {sign!r} belongs")

    def kill(self) -> None:
        """Kill it and its own children, now."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Return the exit status of a child that closed its pipe, killed if it lingers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                return await self._process.wait()
        self.kill()
        return await self._process.wait()

    async def end(self) -> None:
        """Wait until a killed child is gone, and its pipes with it."""
        self._requests.close()
        with suppress(TimeoutError, OSError, RuntimeError):  # RuntimeError: a job still reads
            async with asyncio.timeout(1.0):  # a grandchild that fled its session may hold the pipe
                while await self._answers.read(65_536):
                    pass
        await self._process.wait()


def _end(status: int, limits: Limits) -> ParseError:
    """Return why a child that ended in the middle of a body did so."""
    if status in (-signal.SIGPROF, -signal.SIGXCPU):
        return _LimitError(f"took more than {limits.cpu:g} s of CPU to read")
    if status == -signal.SIGKILL:
        return _KilledError("its reader was killed from outside, perhaps for want of memory")
    return ParseError("its reader died of it")
