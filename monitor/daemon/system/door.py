"""The service's socket in its runtime directory: faces attach there that may not read the database's file.

It is for its owner and its group: the kernel lets nobody else connect (unix(7)), and who is let in may do all that
faces do. It speaks what store/sqlite/outside/spoken says: statements that only read, and the few things that people do. It
costs nothing until somebody calls, and no guest is waited for: not by another, and not by the daemon.
"""

import asyncio
import logging
import os
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from monitor.api.listener import bound
from monitor.core.plurals import count
from monitor.daemon.system.logs import event
from monitor.store import StoreError
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.database import newest_schema
from monitor.store.sqlite.outside.spoken import (
    LONGEST,
    UNREAD,
    Unreadable,
    heard,
    line,
    peer,
    silence_heard,
    value,
)
from monitor.store.sqlite.outside.statements import Statements

GUESTS = 32  # at once
RELIEF = 1.0  # seconds in which nobody is let in where no descriptor is left
UNMAPPED = 65_534  # the number of those who have none in this namespace, user_namespaces(7)

T = TypeVar("T")
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Do = Callable[[Mapping[str, Any]], Awaitable[int]]


@asynccontextmanager
async def opened(path: Path | None, store: SqliteStore) -> AsyncIterator[None]:
    """Let guests in at `path` while the block runs. Where that cannot be, the log says so and the daemon goes on."""
    if path is None:
        yield
        return
    try:
        listening = bound(path)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        event("socket.trouble", f"{path} cannot be listened on: {why}", level=logging.WARNING)
        yield
        return
    door = Door(store, listening)
    door.open()
    try:
        yield
    finally:
        await door.close()
        with suppress(OSError):
            os.unlink(path)


class Door:
    """Answers the guests of one store."""

    def __init__(self, store: SqliteStore, listening: socket.socket) -> None:
        self._store = store
        self._listening: socket.socket | None = listening
        self._guests: set[asyncio.Task[None]] = set()
        self._doing: Mapping[str, Do] = {
            "replay": lambda said: store.replay(_ids(said), as_new=str(said.get("as_new", ""))),
            "silence": lambda said: store.silence(silence_heard(said.get("silence"))),
            "end_silences": lambda said: store.end_silences(_ids(said)),
        }

    def open(self) -> None:
        """Let in who calls, until it is closed."""
        if self._listening is not None:
            self._listening.setblocking(False)
            asyncio.get_running_loop().add_reader(self._listening, self._take, self._listening)

    def _take(self, listening: socket.socket) -> None:
        try:
            called, _ = listening.accept()
        except BlockingIOError:
            return  # who called has hung up
        except OSError:  # no descriptor is left: others need them more
            asyncio.get_running_loop().remove_reader(listening)
            asyncio.get_running_loop().call_later(RELIEF, self.open)
            return
        serve = self._serve if len(self._guests) < GUESTS else _refuse
        guest = asyncio.create_task(_let_in(called, serve), name="guest")
        self._guests.add(guest)

        def gone(guest: asyncio.Task[None]) -> None:
            self._guests.discard(guest)
            called.close()

        guest.add_done_callback(gone)

    async def close(self) -> None:
        """Let nobody in any more, and hang up on all."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
        self._listening = None
        guests = set(self._guests)
        for guest in guests:
            guest.cancel()
        await asyncio.gather(*guests, return_exceptions=True)
        await asyncio.sleep(0)  # in which their connections are closed

    async def _serve(self, sent: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        await _say(answers, line({"newsbell": version("newsbell"), "schema": newest_schema()}))
        statements = Statements(Path(self._store.database.path), partial(_gone, answers))
        guest = Guest(statements, self._doing, _who(answers))
        try:
            while request := await guest.next(sent):
                await _say(answers, await guest.answer(request))
        except Unreadable as error:
            await _say(answers, line({"error": str(error)}))
            await _end(answers)
        finally:
            guest.leave()


class Guest:
    """One who called: a connection to the database and a thread of its own, so that nobody waits for it."""

    def __init__(self, statements: Statements, doing: Mapping[str, Do], who: str) -> None:
        self._statements = statements
        self._doing = doing
        self._who = who
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="guest")

    async def next(self, sent: asyncio.StreamReader) -> bytes:
        """Return the next request, b"" where none comes any more; an answer that is not read on is forgotten.

        Raises Unreadable where it is longer than a request may be: what follows is no request any more.
        """
        if self._statements.waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(UNREAD):
                    return await _line(sent)
            await self._in_thread(self._statements.forget)
        return await _line(sent)

    async def answer(self, request: bytes) -> bytes:
        """Return what there is to say to a request."""
        try:
            said = await self._in_thread(partial(heard, request))
            if "do" not in said:
                return await self._in_thread(lambda: line(self._read(said)))
            return line({"done": await self._do(said)})
        except (StoreError, Unreadable) as error:
            return line({"error": str(error)})

    async def _do(self, said: Mapping[str, Any]) -> int:
        what = str(said["do"])
        if what not in self._doing:
            raise Unreadable(f"this daemon does no such thing (known: {', '.join(self._doing)})")
        done = await self._doing[what](said)
        event("socket.done", f"{self._who}: {what}, {count(done, 'row')}", do=what, by=self._who, rows=done)
        return done

    def _read(self, said: Mapping[str, Any]) -> dict[str, Any]:
        try:
            self._statements.drop(said.get("drop", ()))
            if "more" in said:
                return self._statements.more(said["more"])
            given = said.get("with", [])
            values = (
                {name: value(one) for name, one in given.items()}
                if isinstance(given, dict)
                else [value(one) for one in given]
            )
            return self._statements.ask(said["ask"], values)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise Unreadable(
                'a request is {"ask": a statement, "with": its values} or {"do": a word}'
            ) from None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def leave(self) -> None:
        """Let go of what was opened for it, without waiting: what is being answered is given up."""
        self._statements.give_up()
        self._thread.submit(self._statements.close)
        self._thread.shutdown(wait=False)


async def _let_in(called: socket.socket, serve: Serve) -> None:
    """Answer one who called until it hangs up."""
    with suppress(OSError):
        sent, answers = await asyncio.open_unix_connection(sock=called, limit=LONGEST)
        try:
            await serve(sent, answers)
        finally:
            answers.transport.abort()


async def _refuse(_: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    await _say(answers, line({"error": f"{GUESTS} others are attached already: end one of them"}))
    await _end(answers)


async def _end(answers: asyncio.StreamWriter) -> None:
    """Hang up once all was sent that was said."""
    with suppress(TimeoutError):
        async with asyncio.timeout(UNREAD):
            answers.close()
            await answers.wait_closed()


async def _line(sent: asyncio.StreamReader) -> bytes:
    try:
        return await sent.readline()
    except ValueError:
        raise Unreadable(f"a request has at most {LONGEST >> 20} MiB") from None


async def _say(answers: asyncio.StreamWriter, said: bytes) -> None:
    answers.write(said)
    try:
        async with asyncio.timeout(UNREAD):
            await answers.drain()
    except TimeoutError:
        raise ConnectionAbortedError from None  # a guest that was stopped: it is hung up on


def _gone(answers: asyncio.StreamWriter) -> bool:
    """Tell whether a guest has hung up; asked from its thread, while it is answered."""
    polled = select.poll()
    polled.register(answers.get_extra_info("socket"), 0)  # poll(2): a hang-up is told unasked
    return bool(polled.poll(0))


def _who(answers: asyncio.StreamWriter) -> str:
    """Return who called, as far as the kernel tells: within a namespace of users others have no number."""
    pid, uid = peer(answers.get_extra_info("socket"))
    return f"process {pid}" if uid == UNMAPPED else f"process {pid} of user {uid}"


def _ids(said: Mapping[str, Any]) -> list[str]:
    ids = said.get("ids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise Unreadable("ids: must be a list of ids")
    return ids
