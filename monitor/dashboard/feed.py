"""What the store knows, asked again and again, as views: only what was committed meanwhile is read."""

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from monitor.dashboard import questions
from monitor.dashboard.panes import ALERTS, WIRE, Panes
from monitor.dashboard.view import NOTICE, Notice, View, WireRow
from monitor.model import Alert
from monitor.rules.engine import Engine
from monitor.store import StoreError
from monitor.store.sqlite import reading

T = TypeVar("T")
P = ParamSpec("P")
HISTORY = 20  # items that lines begin with
PAGE = 200  # rows of the stream in one look
COUNTED = timedelta(seconds=1)  # the least time between two counts of everything


class Reader(Protocol):
    """A store that answers questions: an SqliteStore, or a file from outside."""

    def read(
        self, question: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Ask one of the questions of `monitor.store.sqlite.reading`; raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """The daemon whose store is read."""

    pid: Callable[[], int | None]  # None: it is not running; asked once a second
    start: str = "newsbell run"  # the command that starts it


class Feed:
    """Turns a store into views; one `look` at a time.

    `engine` lights the words of the wire; without it an item is lit where it rang. Without a `daemon`
    the store is that of a monitor in this process. `cursor` is where this viewer last looked.
    """

    def __init__(
        self, reader: Reader, *, engine: Engine | None = None, daemon: Daemon | None = None, cursor: int = 0
    ) -> None:
        self._reader = reader
        self._panes = Panes(engine)
        self._daemon = daemon
        self._begun = daemon is None  # the panes were filled since the store was last lost
        self._first = True
        self._pulse: tuple[int, int] | None = None
        self._counted_at: datetime | None = None
        self._stale = True  # something was committed since everything was counted
        self._pid_at: datetime | None = None
        self._view = View(alone=daemon is None, start=daemon.start if daemon else "", cursor=cursor)

    async def look(self, now: datetime) -> View:
        """Return what there is to show now. A store that cannot be read is a sentence in the view."""
        view = replace(self._view, news=())
        try:
            view = await self._catch_up(view, now)
        except StoreError as error:
            self._begun, self._pulse, self._stale = self._daemon is None, None, True
            view = replace(view, trouble=str(error))
        self._view = self._ask_daemon(view, now)
        return self._view

    async def _catch_up(self, view: View, now: datetime) -> View:
        pulse = await self._reader.read(questions.pulse)
        if view.trouble and not self._first:
            view = _noted(view, now, "the store can be read again")
        view = replace(view, trouble="")
        if not self._begun:
            view = await self._begin(view)
        if pulse != self._pulse:
            view, complete = await self._follow(view)
            self._pulse, self._stale = pulse if complete else None, True
        if self._stale and (self._counted_at is None or abs(now - self._counted_at) >= COUNTED):
            view, self._counted_at, self._stale = await self._count(view), now, False
        return view

    async def _begin(self, view: View) -> View:
        """Fill the panes. A store that ends before the cursor is another one: all of it is new."""
        read, first = self._reader.read, self._first
        end = await read(reading.stream_end)
        cursor = view.cursor if view.cursor <= end else 0
        unseen = await read(questions.alerts_after, cursor)
        alerts = await read(reading.alerts, limit=ALERTS)
        items = await read(reading.items, limit=WIRE)
        self._panes.fill(items, alerts, unseen, await read(questions.baselines))
        self._begun, self._first = True, False
        news: tuple[WireRow | Alert, ...] = ()
        if first:
            told = [alert for alert in self._panes.alerts if alert.id in unseen]
            news = (*reversed(told), *reversed(self._panes.wire[:HISTORY]))
        return replace(self._shown(view), cursor=end if first else cursor, news=news)

    async def _follow(self, view: View) -> tuple[View, bool]:
        """Read on in the stream; tell whether that was all there is."""
        rows = await self._reader.read(reading.stream, view.cursor, PAGE)
        polling, next_poll_at = await self._reader.read(questions.polls)
        view = replace(view, polling=polling, next_poll_at=next_poll_at)
        if rows:
            news = self._panes.take(rows, await self._reader.read(questions.baselines))
            view = replace(self._shown(view), cursor=rows[-1].cursor, news=(*view.news, *news))
        return view, len(rows) < PAGE

    async def _count(self, view: View) -> View:
        totals = await self._reader.read(reading.totals)
        sources = await self._reader.read(reading.sources)
        return replace(view, totals=totals, sources=tuple(sources))

    def _shown(self, view: View) -> View:
        panes = self._panes
        return replace(view, wire=panes.wire, alerts=panes.alerts, unseen=frozenset(panes.unseen))

    def _ask_daemon(self, view: View, now: datetime) -> View:
        if self._daemon is None or (self._pid_at is not None and abs(now - self._pid_at) < COUNTED):
            return view
        pid = self._daemon.pid()
        if self._pid_at is not None and pid is not None and pid != view.pid:
            view = _noted(view, now, f"the daemon was started: process {pid}")
        self._pid_at = now
        return replace(view, pid=pid)


def _noted(view: View, now: datetime, sentence: str) -> View:
    recent = [notice for notice in view.notices if now - notice.at < NOTICE]
    return replace(view, notices=(*recent, Notice(at=now, sentence=sentence)))
