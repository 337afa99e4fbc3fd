"""The wire as an index: where each item stands, which ones a filter keeps, and the rows that were read lately.

Two columns of numbers an item, so that a hundred thousand cost two megabytes; rows are read when they are shown.
"""

import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.answers.wire import WireRow
from monitor.dashboard.feed import Feed
from monitor.store.sqlite.asked import screen, wire
from monitor.store.sqlite.asked.wire import Places
from monitor.store.sqlite.rows import micros

if TYPE_CHECKING:
    from monitor.rules.query.tree import Query

FIRST = 500  # items whose places are read at once; the rest comes while they are shown
MOST = 200_000  # items on the wire
KEPT = 1_000  # rows kept
PAGE = 200  # items put to a filter at once
_END = (2**63 - 1, 2**63 - 1)  # beyond all places


class Wire:
    """Items by place, newest first: row 0 is the newest. `size` rows pass the filter."""

    def __init__(self, feed: Feed) -> None:
        self._reader = feed.reader
        self._feed = feed  # whose lighting may change
        self._all = _nothing()
        self._newest = 0  # the highest seq of all: what is higher has just come
        self._kept: Places | None = None  # what a filter keeps; None: there is none
        self._searched = _END  # all from here on was put to the filter
        self._query: Query | None = None
        self._rows: OrderedDict[int, WireRow] = OrderedDict()  # by seq, the last read last
        self.version = 0  # another one: something came, went or was read

    # -- what is there -------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """Return how many rows pass the filter."""
        return len(self._shown.seq)

    @property
    def total(self) -> int:
        """Return how many items there are."""
        return len(self._all.seq)

    @property
    def unsearched(self) -> int:
        """Return how many items were not yet put to the filter."""
        return 0 if self._query is None else _index(self._all, *self._searched)

    @property
    def searching(self) -> bool:
        """Tell whether there are items that were not yet put to the filter."""
        return self.unsearched > 0

    @property
    def at(self) -> Sequence[int]:
        """Return the places of all rows, oldest first, in microseconds since 1970."""
        return self._shown.at

    @property
    def _shown(self) -> Places:
        return self._all if self._kept is None else self._kept

    def seq(self, row: int) -> int:
        """Return what identifies a row."""
        return self._shown.seq[self.size - 1 - row]

    def find(self, at: int, seq: int) -> int | None:
        """Return the row of the item `seq` that stands at `at`, None if it is not shown."""
        return self.nearest(at, seq) if _has(self._shown, at, seq) else None

    def nearest(self, at: int, seq: int) -> int:
        """Return the row where an item stands, or the one below where it would."""
        return max(0, self.size - 1 - _index(self._shown, at, seq))

    def place(self, row: int) -> tuple[int, int]:
        """Return where a row stands, and what identifies it."""
        index = self.size - 1 - row
        return self._shown.at[index], self._shown.seq[index]

    def row(self, row: int) -> WireRow | None:
        """Return a row if it was read, else None: `read` reads it."""
        return self._rows.get(self.seq(row))

    # -- reading -------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Read the places of the newest items and forget the rest; raises StoreError."""
        self._all = await self._reader.read(wire.places, FIRST)
        self._newest = max(self._all.seq, default=0)
        self._rows.clear()
        self.version += 1
        self._refilter()

    async def complete(self) -> None:
        """Read the places of all items; raises StoreError."""
        found = await self._reader.read(wire.places, MOST)
        newest, old = max(found.seq, default=0), self._all
        self._all = found
        for at, seq in zip(old.at, old.seq, strict=True):
            if seq > newest:  # came in meanwhile
                _add(found, at, seq)
        self._newest = max(newest, self._newest)
        self._searched = _END
        self.version += 1

    async def read(self, first: int, last: int) -> bool:
        """Read the rows from `first` to before `last` that are missing; tell whether there were any.

        What the store has forgotten meanwhile leaves the wire. Raises StoreError.
        """
        wanted = [self.seq(row) for row in range(max(0, first), min(last, self.size))]
        missing = [seq for seq in wanted if seq not in self._rows]
        if not missing:
            return False
        found = await self._reader.read(self._feed.lighting.rows, missing)
        self._keep(found.values())
        self._forget(set(missing) - found.keys())
        self.version += 1
        return True

    def relight(self) -> None:
        """Let go of all rows: they are read again, in another light."""
        self._rows.clear()
        self.version += 1

    def misses(self, first: int, last: int) -> bool:
        """Tell whether one of the rows from `first` to before `last` was not yet read."""
        return any(self.row(row) is None for row in range(max(0, first), min(last, self.size)))

    async def take(self, rows: Iterable[WireRow], now: datetime) -> None:
        """Add what was committed, or put new texts in the place of old ones; raises StoreError."""
        fresh = {row.item.seq: row for row in rows}
        query, kept = self._query, self._kept
        held = await self._reader.read(_held, query, list(fresh), now) if query else set()
        for seq, row in fresh.items():
            for places, wanted in ((self._all, True), (kept, seq in held)):
                if places is not None:
                    _put(places, micros(row.at), seq, wanted=wanted, known=seq <= self._newest)
        self._newest = max((self._newest, *fresh))
        self.version += 1
        self._keep(fresh.values())
        self._regroup({row.item.story for row in fresh.values() if row.others}, fresh.keys())

    def _regroup(self, stories: set[str], fresh: Collection[int]) -> None:
        """Let go of older rows whose story has grown: they are read again."""
        for seq, row in list(self._rows.items()) if stories else ():
            if row.item.story in stories and seq not in fresh:
                del self._rows[seq]

    def _keep(self, rows: Iterable[WireRow]) -> None:
        for row in rows:
            self._rows[row.item.seq] = row
            self._rows.move_to_end(row.item.seq)
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)

    def _forget(self, seqs: set[int]) -> None:
        if not seqs:
            return
        for places in (self._all, self._kept):
            if places is not None:
                left = [n for n, seq in enumerate(places.seq) if seq not in seqs]
                places.at[:] = array("q", (places.at[n] for n in left))
                places.seq[:] = array("q", (places.seq[n] for n in left))

    # -- the filter ----------------------------------------------------------------------------

    def filter(self, query: "Query | None") -> None:
        """Keep what `query` holds for, None everything; `search` puts the items to it."""
        self._query = query
        self._refilter()

    def _refilter(self) -> None:
        self._searched = _END
        self._kept = None if self._query is None else _nothing()
        self.version += 1

    async def search(self, now: datetime) -> bool:
        """Put the next newest items to the filter; tell whether any are left. Raises StoreError.

        A page at a time, so that other questions and the screen come in between.
        """
        query, kept = self._query, self._kept
        if query is None or kept is None or not self.searching:
            return False
        end = _index(self._all, *self._searched)
        begin = max(0, end - PAGE)
        at, seqs = self._all.at[begin:end], self._all.seq[begin:end]
        held = await self._reader.read(_held, query, seqs, now)
        if kept is self._kept:  # no other filter meanwhile
            self._searched = at[0], seqs[0]
            for place in zip(at, seqs, strict=True):
                if place[1] in held and not _has(kept, *place):
                    _add(kept, *place)
            self.version += 1
        return self.searching


def _held(connection: sqlite3.Connection, query: "Query", seqs: Sequence[int], now: datetime) -> set[int]:
    """Return for which of the items with these `seq`s a query holds, or may hold, as `newsbell items` lists them: a question to a store."""
    from monitor.rules.matching.holding import holds
    from monitor.rules.matching.reading import Reading
    from monitor.rules.query.tree import asks_for

    return {
        seq
        for seq, document in screen.documents(connection, seqs, now, rang=asks_for(query.root, "severity"))
        if holds(query.root, Reading(document)) is not False
    }


def _nothing() -> Places:
    return Places(at=array("q"), seq=array("q"))


def _index(places: Places, at: int, seq: int) -> int:
    """Return where an item stands, or would."""
    first = bisect_left(places.at, at)
    return bisect_left(places.seq, seq, first, bisect_right(places.at, at, first))


def _has(places: Places, at: int, seq: int) -> bool:
    index = _index(places, at, seq)
    return index < len(places.seq) and places.seq[index] == seq


def _add(places: Places, at: int, seq: int) -> None:
    index = _index(places, at, seq)
    places.at.insert(index, at)
    places.seq.insert(index, seq)


def _put(places: Places, at: int, seq: int, *, wanted: bool, known: bool) -> None:
    """See to it that an item stands at its place, and nowhere else, or not at all.

    One that is `known` may stand elsewhere, dated otherwise: it is looked for everywhere, which takes milliseconds.
    """
    if wanted and _has(places, at, seq):
        return
    if known and seq in places.seq:
        index = places.seq.index(seq)
        del places.at[index], places.seq[index]
    if wanted:
        _add(places, at, seq)
