"""Sources that push by themselves: a connection to each is kept open, and what comes on it enters the line as a push.

A poll of such a source looks whether its stream is open, and opens it where it is not. The id of the last event is
stored with the items that it brought, so that whoever opens the stream next, after a crash too, goes on behind it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

from monitor.core import reopening
from monitor.core.decide import unchanged
from monitor.core.plurals import count, spell
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import TransportError
from monitor.daemon.network.fields import EVENTS, is_stream
from monitor.daemon.network.transport import GET_DEADLINE, Answer, Transport
from monitor.daemon.polling.poll import broke, guarded, troubled
from monitor.daemon.polling.push import Intake, give_back, lent, push
from monitor.daemon.polling.settle import apply, settle
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.gather import Errand, Gathered
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.system.logs import event
from monitor.model import Applied, Claim, Clock, NextPoll, Parsed, Proxy, Response, Rest, Source, Trouble
from monitor.sources._event_stream import ID_CHARS, PATIENCE, Blocks, events
from monitor.store import Damaged, StoreError
from monitor.values import dataclass

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
UNTAKEN = "could not be taken in"
AFTER_TROUBLE = 1.0  # seconds until what the store could not take is brought to it again


@dataclass(slots=True)
class _Opening:
    """What `fetch` asks for a stream: a body that is one is left open until `exits` close it."""

    transport: Transport
    event_id: str
    exits: AsyncExitStack
    chunks: AsyncIterator[bytes] | None = None  # what comes of the body

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        reach: Reach,
        via: Proxy | None,
        limit: int,
        deadline: float,
    ) -> Answer:
        asked = {
            name: value for name, value in (headers or {}).items() if not name.startswith(("if-", "a-im"))
        }
        asked |= {"accept": EVENTS, "cache-control": "no-store"}
        if self.event_id:
            asked["last-event-id"] = self.event_id.encode().decode("latin-1")
        async with AsyncExitStack() as here:
            opened = self.transport.open(url, headers=asked, reach=reach, via=via, deadline=deadline)
            answer, chunks = await here.enter_async_context(opened)
            if answer.status == 200 and is_stream(answer.headers):
                self.chunks = chunks
                self.exits.push_async_exit(here.pop_all())
        return answer


@dataclass(slots=True)
class _Stream:
    """A stream that is open, or about to be."""

    source: Source
    ending: asyncio.Event = field(default_factory=asyncio.Event)  # it is wanted no more
    task: asyncio.Task[None] | None = None
    brought: bool = False  # anything
    retry: float = reopening.AGAIN  # seconds until it wants to be opened again, should it end


@dataclass(slots=True, kw_only=True)
class Streams:
    """The streams of all sources, one connection each."""

    transport: Transport
    hosts: Hosts
    clock: Clock
    intake: Intake
    ended: Callable[[], None]  # one ended, and is due at another time
    _open: dict[str, _Stream] = field(default_factory=dict)
    _untaken: dict[str, Response] = field(default_factory=dict)  # what came and is not stored yet
    _vain: dict[str, int] = field(default_factory=dict)  # times in a row that a stream ended without an event

    async def look(self, claim: Claim, start: Start) -> Applied:
        """Open the stream of a claimed source unless it is open, and commit how it stands; the first look is its baseline.

        `start` begins what reads it. Cancelled or killed before the commit, nothing has changed but the claim. A bug of ours
        is this source's trouble. Raises StoreError.
        """
        return await guarded(claim, self._looked(claim, start), self.intake.line())

    async def _looked(self, claim: Claim, start: Start) -> Applied:
        name, line = claim.source.name, self.intake.line()
        if (it := self._open.get(name)) and it.ending.is_set() and it.task:
            it.task.cancel()  # it commits nothing now, for the claim is here, and would wait for it
            await asyncio.wait([it.task])
        if name not in self._open and (trouble := await self._begin(claim, start)):
            return await troubled(claim, trouble, line)
        now = line.store.now()
        open_ = Response(url=claim.source.url, status=304, received_at=now)
        if claim.baselined_at is None:
            errand = Errand(claim=claim, fetch=line.fetch, parse=line.parse, left=0)
            nothing = Gathered(parsed=Parsed(entries=()), rest=Rest(asked=True))
            return await settle(errand, replace(open_, status=200), nothing, line)
        return await apply(unchanged(claim, open_, line.book, now=now, jitter=line.jitter()), line)

    def keep(self, sources: Mapping[str, Source]) -> None:
        """End the streams of sources that are there no more, or are others now."""
        for name, it in self._open.items():
            if sources.get(name) != it.source:
                it.ending.set()
        for name, response in list(self._untaken.items()):
            if name not in sources or sources[name].url != response.url:
                del self._untaken[name]

    async def _begin(self, claim: Claim, start: Start) -> Trouble | None:
        it = self._open[claim.source.name] = _Stream(claim.source)
        opened = asyncio.get_running_loop().create_future()
        it.task = start(self._follow(claim, it, opened))
        trouble: Trouble | None = await opened
        return trouble

    async def _follow(self, claim: Claim, it: _Stream, opened: "asyncio.Future[Trouble | None]") -> None:
        """Read a stream until it ends, and say when it is to be opened again. A bug of ours is this source's trouble alone."""
        name, why = claim.source.name, ""
        try:
            why = await self._opened(claim, it, opened)
        except StoreError:
            raise
        except Exception:
            trouble = broke(claim)
            if opened.done():
                it.brought, why = False, f"ended: {trouble.sentence}"
            else:
                opened.set_result(trouble)
        finally:
            if self._open.get(name) is it:
                del self._open[name]
            if not opened.done():
                opened.cancel()
        if why and not it.ending.is_set():
            await self._again(name, it, why)

    async def _opened(self, claim: Claim, it: _Stream, opened: "asyncio.Future[Trouble | None]") -> str:
        """Open a stream and read it; return why no more comes of it, "" where there is none."""
        name = claim.source.name
        async with AsyncExitStack() as exits:
            left = self._untaken.get(name)
            last = left.event_id or "" if left else claim.event_id
            opening = _Opening(self.transport, last, exits)
            answer = await fetch(opening, claim, self.hosts, clock=self.clock, deadline=GET_DEADLINE)
            trouble = _trouble(answer, opening)
            if opened.done():  # who asked was cancelled
                return ""
            opened.set_result(trouble)
            if trouble or not opening.chunks:
                return ""
            if left is None or await self._take(name, left):
                return await self._read(claim.source, it, opening.chunks, last)
            return UNTAKEN

    async def _read(self, source: Source, it: _Stream, chunks: AsyncIterator[bytes], last: str) -> str:
        """Take in what comes behind the event `last`; return why no more does."""
        patience = float(source.options.get("patience", PATIENCE))  # type: ignore[arg-type]  # a number, as its kind has it
        blocks = Blocks()
        while True:
            try:
                chunk = await _within(patience, chunks, it.ending)
            except TimeoutError:
                return f"said nothing for {spell(patience)}"
            except TransportError as error:
                return f"broke off: {error}"
            if not chunk:
                return "ended"
            body = b"".join(blocks.feed(chunk))
            said = list(events(body))
            for one in said:
                it.retry = it.retry if one.retry is None else one.retry
                last = last if one.id is None or len(one.id) > ID_CHARS else one.id
            if any(one.data for one in said):
                response = Response(
                    url=source.url,
                    status=226,
                    body=body,
                    content_type=EVENTS,
                    received_at=self.clock.now(),
                    event_id=last,
                )
                if not await self._take(source.name, response):
                    return UNTAKEN
                it.brought = True
            if blocks.passed_over:
                _say_large(source.name, blocks)

    async def _take(self, name: str, response: Response) -> bool:
        """Commit what came; tell whether the source is still to be had. Nothing more is read until it is stored.

        Cancelled, or where the source is not to be had, it is kept for the stream that is opened next.
        """
        self._untaken[name] = response
        while True:
            try:
                async with lent(name, self.intake) as claim:
                    if claim is None:
                        return False
                    if claim.source.url != response.url:  # a reload gave it another address meanwhile
                        await give_back(claim, self.intake.line().store)
                        return False
                    applied = await push(claim, response, self.intake.line())
                if not applied.dropped:
                    self._untaken.pop(name, None)
                    self.intake.wake(applied)
                    return True
            except Damaged:
                raise
            except StoreError as error:
                event("store.trouble", f"{name}: {error}", level=logging.ERROR, source=name)
                self.intake.line().tally.troubled(str(error), self.clock.now())
            await asyncio.sleep(AFTER_TROUBLE)

    async def _again(self, name: str, it: _Stream, why: str) -> None:
        """Let a source be due when its stream is to be opened again; where that is not stored, the next look finds out."""
        self._vain[name] = 0 if it.brought else self._vain.get(name, 0) + 1
        line = self.intake.line()
        wait = reopening.pause(it.retry, self._vain[name], jitter=line.jitter())
        sentence = f"its stream {why}"
        event("stream.ended", f"{name}: {sentence}; opened again in {spell(wait)}", source=name)
        try:
            async with lent(name, self.intake) as claim:
                if claim:
                    at: datetime = self.clock.now() + timedelta(seconds=wait)
                    await line.store.postpone(claim, NextPoll(at=at, why=f"in {spell(wait)}: {sentence}"))
        except Damaged:
            raise
        except StoreError as error:
            event("store.trouble", f"{name}: {error}", level=logging.ERROR, source=name)
        self.ended()


async def _within(patience: float, chunks: AsyncIterator[bytes], ending: asyncio.Event) -> bytes:
    """Return what comes next, b"" at the end or when no more is wanted. Raises TimeoutError after `patience` seconds."""
    coming = asyncio.ensure_future(_next(chunks))
    stopping = asyncio.ensure_future(ending.wait())
    try:
        await asyncio.wait((coming, stopping), timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        if stopping.done():
            return b""
        raise TimeoutError
    finally:
        for task in (coming, stopping):
            task.cancel()
        await asyncio.wait((coming, stopping))


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(chunks, b"")


def _trouble(answer: Response | Trouble, opening: _Opening) -> Trouble | None:
    """Return why there is no stream, None where there is one."""
    if isinstance(answer, Trouble):
        over = answer.status == 204  # "do not connect again" (WHATWG HTML, 9.2.3)
        return Trouble(sentence="answered 204: the stream is over", kind="gone") if over else answer
    if opening.chunks is None:
        return Trouble(
            sentence=f"answered with {answer.content_type or 'no type'}, not with {EVENTS}", kind="not-a-feed"
        )
    return None


def _say_large(name: str, blocks: Blocks) -> None:
    event(
        "stream.large",
        f"{name}: {count(blocks.passed_over, 'event')} too large to be read",
        level=logging.WARNING,
        source=name,
    )
    blocks.passed_over = 0
