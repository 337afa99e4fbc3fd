"""Parsing in children that can be killed: a hostile body costs its source one poll and nobody else anything."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, Self, cast, get_args

from monitor.core.text import KEY_CHARS, LABEL_CHARS, TAGS, TEXT_CHARS, URL_CHARS
from monitor.daemon.parse_child import ANSWER, MORE, READY, REQUEST, SENTENCE_CHARS, TAKEN
from monitor.model import DateOrigin, Entry, Parsed, Proposal, RawDate, Response, Source
from monitor.sources import ParseError

CHILD = (sys.executable, "-I", "-m", "monitor.daemon.parse_child")
START = 30.0  # seconds a child may take to get ready, and a job waits for one that is
HEADLINES = 100  # that a page is searched for
SLICE = 100  # entries read of an answer until the loop may do something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost, and how long a child serves."""

    wall: float = 10.0  # seconds
    cpu: float = 5.0  # seconds; the kernel counts whole ones, so it may be one more
    memory: int = 512 << 20  # bytes of address space, the interpreter's included
    body: int = 8 << 20  # bytes
    entries: int = 10_000
    answer: int = 32 << 20  # bytes of all texts
    rss: int = 256 << 20  # bytes; a child that grew beyond is not used again
    jobs: int = 1_000  # then a fresh child takes over


class Parsers:
    """A pool of children: `working` parse, `spare` more are warm for when one is killed.

    `async with Parsers() as parsers` leaves no process behind; nor does a daemon that dies by kill -9.
    """

    def __init__(
        self, *, limits: Limits = Limits(), working: int = 2, spare: int = 1, command: Sequence[str] = CHILD
    ) -> None:
        self._limits = limits
        self._size = working + spare
        self._command = tuple(command)
        self._working = asyncio.Semaphore(working)
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
        _, parsed = await self._answer(_request(source, response, self._limits), response)
        return parsed

    async def propose(self, response: Response, headlines: Sequence[str] = ()) -> tuple[Proposal, ...]:
        """Return ways to read a page that is no feed, best first; none where it holds no list.

        With `headlines`, the last known ones of a page whose selectors find nothing any more, ways that read
        those. Limits and cancellation as for `parse`.

        Raises:
            ParseError: no page, or too much.
        """
        wanted = {"headlines": [headline[:TEXT_CHARS] for headline in headlines[:HEADLINES]]}
        request = _request(Source(name="", url="", kind="page"), response, self._limits, wanted)
        head, parsed = await self._answer(request, response)
        return tuple(_proposals(head["proposals"], parsed.entries))

    async def _answer(self, request: bytes, response: Response) -> tuple[dict[str, Any], Parsed]:
        if len(response.body) > self._limits.body:
            raise ParseError(f"larger than {self._limits.body >> 20} MiB")
        async with self._working:
            for _ in range(2 * self._size):  # the idle ones may all have been killed
                with suppress(_UntakenError):
                    return await self._parse_in(await self._next(), request)
        raise ParseError("not read: every child died before it began")

    async def _next(self) -> "_Child":
        try:
            async with asyncio.timeout(START):
                return await self._idle.get()
        except TimeoutError:
            raise ParseError("not read: no child gets ready to parse") from None

    async def _parse_in(self, child: "_Child", request: bytes) -> tuple[dict[str, Any], Parsed]:
        fit = False
        try:
            async with asyncio.timeout(self._limits.wall):
                answer = await child.ask(request, self._limits.answer)
                head, parsed = await _read(answer)
            fit = head["rss"] <= self._limits.rss and child.jobs < self._limits.jobs
        except TimeoutError:
            raise ParseError(f"took more than {self._limits.wall:g} s to read") from None
        except (OSError, EOFError) as error:
            raise ParseError(_why(await child.ended(), self._limits)) from error
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

    async def ask(self, request: bytes, most: int) -> bytes:
        """Return the answer, at most `most` bytes. Raises _UntakenError, EOFError, OSError, ValueError."""
        self.jobs += 1
        try:
            self._requests.write(request)
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


def _why(status: int, limits: Limits) -> str:
    if status == -signal.SIGXCPU:
        return f"took more than {limits.cpu:g} s of CPU to read"
    if status == -signal.SIGKILL:
        return "its reader was killed from outside, perhaps for want of memory"
    return "its reader died of it"


# -- what goes over the pipes -----------------------------------------------------------------


def _request(
    source: Source, response: Response, limits: Limits, more: Mapping[str, object] | None = None
) -> bytes:
    header = {
        **(more or {}),
        "kind": source.kind,
        "options": dict(source.options),
        "limits": asdict(limits),
        "response": {
            "url": response.url,
            "status": response.status,
            "content_type": response.content_type,
            "etag": response.validators.etag,
            "last_modified": response.validators.last_modified,
            "received_at": response.received_at.isoformat(),
            "server_at": response.server_at.isoformat() if response.server_at else "",
        },
    }
    head = json.dumps(header).encode()
    return b"".join((REQUEST.pack(len(head), len(response.body)), head, response.body))


async def _read(answer: bytes) -> tuple[dict[str, Any], Parsed]:
    """Read an answer without trust: a child that a body took over may say anything.

    Raises ValueError, TypeError, LookupError or RecursionError for what no child of ours would say.
    """
    first, *lines = answer.split(b"\n")
    head: dict[str, Any] = json.loads(first)
    _text(head["error"], SENTENCE_CHARS)
    if not (isinstance(head["rss"], int) and head["entries"] == len(lines)):
        raise ValueError("an answer whose head is wrong")
    entries = []
    for number, line in enumerate(lines):
        if number % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        entries.append(_entry(line))
    tuple(_proposals(head["proposals"], entries))
    return head, Parsed(
        entries=tuple(entries),
        title=_text(head["title"], LABEL_CHARS),
        whole=bool(head["whole"]),
        more=_texts(head["more"], URL_CHARS, most=MORE),
        older=_texts(head["older"], URL_CHARS, most=MORE),
    )


def _proposals(found: Sequence[Any], entries: Sequence[Entry]) -> Iterator[Proposal]:
    at = 0
    for select, why, score, rows in found:
        if not (isinstance(rows, int) and isinstance(score, float) and 0 <= rows <= len(entries) - at):
            raise ValueError("proposals of no rows")
        selectors = {_text(key, LABEL_CHARS): _text(css, TEXT_CHARS) for key, css in select.items()}
        yield Proposal(
            select=selectors, entries=entries[at : at + rows], why=_text(why, SENTENCE_CHARS), score=score
        )
        at += rows


def _entry(line: bytes) -> Entry:
    keys, title, summary, url, author, tags, dates = json.loads(line)
    if not keys:
        raise ValueError("an entry without a key")
    return Entry(
        keys=_texts(keys, KEY_CHARS + URL_CHARS),
        title=_text(title, TEXT_CHARS),
        summary=_text(summary, TEXT_CHARS),
        url=_text(url, URL_CHARS),
        author=_text(author, LABEL_CHARS),
        tags=_texts(tags, LABEL_CHARS),
        dates=tuple(_date(*date) for date in dates),
    )


def _texts(values: object, chars: int, *, most: int = TAGS) -> tuple[str, ...]:
    if not isinstance(values, list) or len(values) > most:
        raise TypeError("not a list of texts")
    return tuple(_text(value, chars) for value in values)


def _text(value: object, chars: int) -> str:
    if not isinstance(value, str) or len(value) > chars:
        raise TypeError("not a text within its bounds")
    value.encode()  # ValueError for a lone surrogate
    return value


def _date(text: object, origin: object, parsed: object, day: object) -> RawDate:
    if origin not in get_args(DateOrigin):
        raise ValueError("a date of no origin")
    return RawDate(
        text=_text(text, LABEL_CHARS),
        origin=cast(DateOrigin, origin),
        parsed=_text(parsed, LABEL_CHARS),
        day=_text(day, LABEL_CHARS),
    )
