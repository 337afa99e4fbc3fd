"""What the store knows, asked again and again, as views: only what was committed meanwhile is read."""

import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from monitor.answers.wire import Lighting, WireRow
from monitor.dashboard.view import NOTICE, Notice, View
from monitor.model import Alert
from monitor.store import StoreError, StreamRow
from monitor.store.sqlite import services
from monitor.store.sqlite.asked import reading, screen, wire
from monitor.store.sqlite.telling import silences
from monitor.values import dataclass

T = TypeVar("T")
P = ParamSpec("P")
ALERTS = 200  # alerts kept
HISTORY = 20  # items that lines begin with
RECENT = 300  # items that came last, among which those are
PAGE = 200  # rows of the stream in one look
COUNTED = timedelta(seconds=1)  # the least time between two counts of everything


class Reader(Protocol):
    """A store that answers questions: an SqliteStore, or a file from outside."""

    def read(
        self, question: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Ask one of the questions of `monitor.store.sqlite.asked.reading`; raises StoreError."""

    def pulse(self) -> Awaitable[tuple[int, ...]]:
        """Return what differs from the last time if anything was committed; raises StoreError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """The daemon whose store is read."""

    pid: Callable[[], int | None]  # None: it is not running; asked once a second
    start: str = "newsbell run"  # the command that starts it


class Feed:
    """Turns a store into views; one `look` at a time.

    `lighting` lights the words of the wire; another may take its place. Without a `daemon` the store is that of a monitor in this
    process. `cursor` is where this viewer last looked.
    """

    def __init__(
        self, reader: Reader, lighting: Lighting, *, daemon: Daemon | None = None, cursor: int = 0
    ) -> None:
        self.reader = reader
        self.lighting = lighting
        self._daemon = daemon
        self._begun = False  # all was read since the store was last lost
        self._pulse: tuple[int, ...] | None = None
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
            self._begun, self._pulse, self._stale = False, None, True
            view = replace(view, trouble=str(error))
        self._view = self._ask_daemon(view, now)
        return self._view

    async def _catch_up(self, view: View, now: datetime) -> View:
        pulse = await self.reader.pulse()
        if view.trouble and view.readings:
            view = _noted(view, now, "the store can be read again")
        view = replace(view, trouble="", pulse=pulse)
        if not self._begun:
            view = await self.reader.read(self._begin, view)
            self._begun = True
        if pulse != self._pulse:
            view, complete = await self.reader.read(self._follow, view)
            self._pulse, self._stale = pulse if complete else None, True
        if self._stale and (self._counted_at is None or abs(now - self._counted_at) >= COUNTED):
            view, self._counted_at, self._stale = await self.reader.read(_count, view, now), now, False
        return view

    def _begin(self, connection: sqlite3.Connection, view: View) -> View:
        """Read everything. A store that ends before the cursor is another one: all of it is new.

        A monitor in this process begins with nothing: all of its stream is news.
        """
        end = reading.stream_end(connection)
        cursor = view.cursor if view.cursor <= end else 0
        unseen = screen.alerts_after(connection, cursor)
        alerts = _ordered(reading.alerts(connection, limit=ALERTS))
        news: tuple[WireRow | Alert, ...] = ()
        if not view.readings and self._daemon is not None:
            told = [alert for alert in alerts if alert.id in unseen]
            news = (*reversed(told), *self._history(connection))
        return replace(
            view,
            alerts=alerts,
            unseen=unseen,
            readings=view.readings + 1,
            cursor=cursor if view.readings or self._daemon is None else end,
            news=news,
        )

    def _history(self, connection: sqlite3.Connection) -> tuple[WireRow, ...]:
        newest = wire.places(connection, RECENT).seq[-HISTORY:]
        rows = self.lighting.rows(connection, newest)
        return tuple(rows[seq] for seq in newest if seq in rows)

    def _follow(self, connection: sqlite3.Connection, view: View) -> tuple[View, bool]:
        """Read on in the stream; tell whether that was all there is."""
        rows = reading.stream(connection, view.cursor, PAGE)
        polling, next_poll_at = screen.polls(connection)
        view = replace(view, polling=polling, next_poll_at=next_poll_at)
        if rows:
            seqs = {row.item.seq for row in rows if row.item}
            known = self.lighting.rows(connection, seqs) if seqs else {}
            view = _grown(view, rows, known)
        return view, len(rows) < PAGE

    def _ask_daemon(self, view: View, now: datetime) -> View:
        if self._daemon is None or (self._pid_at is not None and abs(now - self._pid_at) < COUNTED):
            return view
        pid = self._daemon.pid()
        if self._pid_at is not None and pid is not None and pid != view.pid:
            view = _noted(view, now, f"the daemon was started: process {pid}")
        self._pid_at = now
        return replace(view, pid=pid)


def _count(connection: sqlite3.Connection, view: View, now: datetime) -> View:
    service = services.read(connection)
    return replace(
        view,
        refused=service.refused if service else "",
        totals=reading.totals(connection),
        sources=tuple(reading.sources(connection)),
        silences=tuple(silences.listed(connection, now)),
        delays=screen.delays(connection),
    )


def _noted(view: View, now: datetime, sentence: str) -> View:
    recent = [notice for notice in view.notices if now - notice.at < NOTICE]
    return replace(view, notices=(*recent, Notice(at=now, sentence=sentence)))


def _grown(view: View, rows: Sequence[StreamRow], known: Mapping[int, WireRow]) -> View:
    """Return a view with what was committed; what is gone from the store already is skipped."""
    shown = {alert.id for alert in view.alerts}
    fresh = {row.alert.id: row.alert for row in rows if row.alert and row.alert.id not in shown}
    return replace(
        view,
        alerts=_ordered((*reversed(fresh.values()), *view.alerts))[:ALERTS],
        unseen=view.unseen | {row.alert.id for row in rows if row.alert},
        cursor=rows[-1].cursor,
        news=(*view.news, *_news(rows, known)),
    )


def _news(rows: Sequence[StreamRow], known: Mapping[int, WireRow]) -> Iterator[WireRow | Alert]:
    for row in rows:
        if row.alert:
            yield row.alert
        elif row.item and row.item.seq in known:
            yield replace(known[row.item.seq], edited=row.kind == "revision")


def _ordered(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return alerts newest first, of those that rang together the loudest first."""
    return tuple(sorted(alerts, key=lambda one: (one.at, one.severity.loudness), reverse=True))
