"""Items and alerts as they are committed: server-sent events, resumed by Last-Event-ID.

https://html.spec.whatwg.org/multipage/server-sent-events.html. An event's id is its place in the stream of the store,
so a client that comes back, to this process or the next, is given all that it missed, and nothing twice.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from monitor.answers.wire import Lighting, wire_json
from monitor.api.answer import encoded, office_of
from monitor.api.asked import Asked, Mistake, place
from monitor.api.changing import Refusal
from monitor.api.office import Office
from monitor.core.telling.render import alert_json
from monitor.model import JSON
from monitor.store import StoreError, StreamRow, Totals
from monitor.store.sqlite.asked import reading
from monitor.values import dataclass

KIND = "text/event-stream"
CLIENTS = 32  # at once
PAGE = 100  # rows read at once
LOOK = 0.25  # seconds between two looks at whether anything was committed
BEAT = 15.0  # seconds after which a client hears that the connection stands
RETRY = 2_000  # milliseconds after which a client comes back


async def stream(request: Request) -> Response:
    """Send what is committed from now on, or from where the client left off."""
    office = office_of(request)
    given = request.headers.get("last-event-id", "") or _asked(request).text("after")
    after = place(given)
    if given and after is None:
        raise Mistake("after: must be the id of an event")
    if request.method == "HEAD":  # whose asker reads no body, and would never hang up
        return StreamingResponse(iter(()), media_type=KIND)
    end = await office.quick.read(reading.stream_end)
    if office.clients >= CLIENTS:
        raise Refusal(503, f"{CLIENTS} clients listen already")
    office.clients += 1  # nothing may be awaited between the question and this
    return _Stream(office, _events(office, end if after is None else after, end))


def _asked(request: Request) -> Asked:
    return Asked(request.query_params.multi_items(), ("after",))


class _Stream(StreamingResponse):
    """Events for one client, who is counted out however it ends: gone before the first event, too."""

    def __init__(self, office: Office, events: AsyncIterator[str]) -> None:
        super().__init__(events, media_type=KIND, headers={"x-accel-buffering": "no"})
        self._office = office

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._office.clients -= 1


async def _events(office: Office, cursor: int, end: int) -> AsyncIterator[str]:
    yield f"retry: {RETRY}\n\n"
    if cursor > end:  # another store took the place of the one that the client knows
        cursor = end
        yield _event("reset", {}, end)
    seen: tuple[int, int] | None = None
    yield await _beat(office)
    while not office.closing.is_set():
        try:
            pulse = await office.quick.read(reading.pulse)
            rows = await _read(office, cursor) if pulse != seen else []
        except StoreError as error:
            yield _event("trouble", {"error": str(error)})
            seen = None
            await _wait(office, BEAT)
            continue
        seen = pulse if len(rows) < PAGE else None
        for row in rows:
            cursor = row.cursor
            if row.data is not None:
                yield _event(row.kind, row.data, cursor)
        if len(rows) == PAGE or await _committed(office, seen):
            continue
        if not office.closing.is_set():
            yield await _beat(office)


async def _committed(office: Office, seen: tuple[int, int] | None) -> bool:
    """Wait until something was committed, False where it is time for a beat, or to end."""
    for _ in range(round(BEAT / LOOK)):
        if await _wait(office, LOOK):
            return False
        with suppress(StoreError):  # the next reading says it
            if await office.quick.read(reading.pulse) == seen:
                continue
        return True
    return False


async def _wait(office: Office, seconds: float) -> bool:
    """Tell whether it is time to end; else seconds have gone by."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await office.closing.wait()
    return office.closing.is_set()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    cursor: int
    kind: str
    data: dict[str, JSON] | None  # None: it is stored no more


async def _read(office: Office, cursor: int) -> Sequence[_Row]:
    return await office.quick.read(_rows, cursor, await office.lighting())


def _rows(connection: sqlite3.Connection, cursor: int, lighting: Lighting) -> list[_Row]:
    """Return what was committed after `cursor`: a question to a store."""
    found = reading.stream(connection, cursor, PAGE)
    lit = lighting.rows(connection, {row.item.seq for row in found if row.item})

    def data(row: StreamRow) -> dict[str, JSON] | None:
        if row.alert:
            return alert_json(row.alert)
        return wire_json(lit[row.item.seq]) if row.item and row.item.seq in lit else None

    return [_Row(cursor=row.cursor, kind=row.kind, data=data(row)) for row in found]


async def _beat(office: Office) -> str:
    """Return how it goes: a comment for all who only need to hear, and what a page shows."""
    try:
        totals = await office.quick.read(reading.totals)
    except StoreError as error:
        return ": heartbeat\n" + _event("trouble", {"error": str(error)})
    return ": heartbeat\n" + _event("state", state_json(totals))


def state_json(totals: Totals) -> dict[str, JSON]:
    """Return a line of state."""
    return {
        "sources": totals.sources,
        "failing": totals.failing,
        "items": totals.items,
        "alerts": totals.alerts,
        "waiting": totals.waiting,
        "dead": totals.dead,
    }


def _event(name: str, data: dict[str, JSON], cursor: int | None = None) -> str:
    place = "" if cursor is None else f"id: {cursor}\n"
    return f"event: {name}\n{place}data: {encoded(data)}\n\n"
