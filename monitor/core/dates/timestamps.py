"""When the items of one body were published: dates as written become intervals in UTC, or "first seen".

What is stored keeps its date; only new rows are dated. A bare clock time was shown by a new row, so it
lies between the poll before and now: that settles its day, and after a few of them also the zone that
nobody stated. The first body, and one after a long silence, is dated by its order (`core/dates/bareclocks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

from monitor.core.dates import bareclocks, folds, offsets
from monitor.core.dates.bareclocks import AHEAD, BACK, DISORDER, Clock, Placed
from monitor.core.dates.clocks import Clocks
from monitor.core.dates.folds import PROMPT
from monitor.core.dates.rowdates import Sight, least_offset
from monitor.core.dates.stamps import FIRST, Stamp, days, stamp, together
from monitor.model import Lag, Published, RawDate, Source
from monitor.values import dataclass

SILENCE = timedelta(hours=20)  # after which a bare clock time may be of more than one day
FRESH = 8  # new rows of one body that speak of its zone
ANCHORS = 3  # known rows above that make a row at the end older than they are
GUIDE = timedelta(hours=2)  # a date that is wider guides no bare clock below it
ORDERED = 0.7  # share of neighbours that must fall, or rise, for the order to tell readings apart


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a body: its dates as written, and the stored date of the item it is."""

    dates: Sequence[RawDate]
    kept: Published | None = None  # None: a new item


@dataclass(frozen=True, slots=True)
class Dated:
    """The dates of a body, row by row, and what was learned of the source's zone."""

    published: Sequence[Published]
    lags: tuple[Lag, ...] = ()


def dated(
    source: Source,
    rows: Sequence[Row],
    *,
    now: datetime | Clocks,
    since: datetime | None,
    lags: Sequence[Lag] = (),
) -> Dated:
    """Date all rows of a body at once, in the order of the body.

    `now` is when it was read, by our clock, or all that is known of when it was made (`core/dates/clocks`);
    `since` is the last good poll (None: this is the first), `lags` the evidence for the source's zone.
    Raises nothing, whatever the texts are.

    >>> at = datetime(2024, 11, 21, 14, 2, tzinfo=UTC)
    >>> kyiv = Source(name="kyiv", url="https://example.org/", timezone="Europe/Kyiv")
    >>> row = Row([RawDate(text="3:44 PM", origin="text")])
    >>> [found] = dated(kyiv, [row], now=at, since=at - timedelta(minutes=20)).published
    >>> found.earliest.isoformat(), found.zone, found.sure
    ('2024-11-21T13:44:00+00:00', 'Europe/Kyiv', True)
    """
    clocks = now if isinstance(now, Clocks) else Clocks.of(now)
    return _Body(source, rows, clocks, min(since, clocks.now) if since else None, tuple(lags)).dated()


# -- one body ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Body:
    """One body on its way to its dates."""

    source: Source
    rows: Sequence[Row]
    clocks: Clocks
    since: datetime | None
    lags: tuple[Lag, ...]
    stamps: list[Stamp | None] = field(init=False)
    top: str = field(init=False)  # the first heading, under which what is new comes into view
    given: tzinfo | None = field(init=False)  # the zone that is configured
    shown_since: datetime | None = field(
        init=False
    )  # what is new was shown after it: caches hold things back
    sight: Sight = field(init=False)
    doubted: bool = field(init=False, default=False)  # the zone that was inferred: its clock may have changed

    def __post_init__(self) -> None:
        self.stamps = together([stamp(row.dates, self.clocks.now) for row in self.rows])
        self.top = next((raw.day for row in self.rows for raw in row.dates if raw.day), "")
        self.given = offsets.zone(self.source.timezone)
        self.shown_since = self.since and self.since - max(self.clocks.now - self.clocks.early, timedelta(0))
        self.sight = Sight(
            clocks=self.clocks,
            since=self.since,
            zone=self.source.timezone if self.given else "",
            least=least_offset(self.stamps, self.clocks.late),
        )
        if self.given is None:
            self.lags = offsets.remembered(self.lags, list(self._evidence()))
            inferred = offsets.settled(self.lags)
            self.doubted = inferred is not None and offsets.doubted(inferred, self.lags)
            self.sight = replace(self.sight, zone="" if inferred is None else offsets.named(inferred))
        self.sight = self.sight.leafed(self.stamps)

    def dated(self) -> Dated:
        found = {n: row.kept for n, row in enumerate(self.rows) if row.kept is not None}
        new = [n for n in range(len(self.rows)) if n not in found]
        for n in new:
            found[n] = self.sight.dated(self.stamps[n])
        ends = self._end([n for n in new if self._bare(n)], found)
        found |= dict(self._sequence(new, found, ends))
        found |= dict(self._unfolded(new, found, ends))
        if self.doubted:
            found |= {n: replace(found[n], sure=False) for n in new if found[n].zone and not self._own(n)}
        return Dated([found[n] for n in range(len(self.rows))], self.lags if self.given is None else ())

    def _where(self, n: int) -> tzinfo | None:
        return self.sight.where(self.stamps[n])

    def _evidence(self) -> Iterator[Lag]:
        """Yield how the clocks of new rows lie to ours, where the poll before was not long ago and the
        server's clock is ours: half an hour between them would be half an hour of zone."""
        now = self.clocks.late
        gap = now - self.since if self.since else None
        if gap is None or gap > offsets.LONGEST_GAP or not self.clocks.agree:
            return
        said = [self.stamps[n] for n, row in enumerate(self.rows) if row.kept is None and not self._astray(n)]
        clocks = [one.says for one in said if one and one.says.clock and not one.says.zone]
        for says in clocks[:FRESH][::-1]:
            if near := self.sight.near(says):
                yield offsets.lag(near[0], now, max(gap, timedelta(0)))

    # -- bare clock times

    def _sequence(
        self, new: Sequence[int], found: dict[int, Published], ends: dict[int, Placed]
    ) -> Iterator[tuple[int, Published]]:
        """Yield the dates of new rows that show a bare clock time."""
        for n, place in ends.items():
            yield n, self._place(n, place.at, sure=not (place.pinned or self._undated(n)))
        left = [n for n in new if n not in ends]
        bare = [n for n in left if self._bare(n)]
        if not bare:
            return
        since = self.shown_since
        if since is None or self.clocks.late - since > SILENCE:
            yield from self._by_order(left, found)
            return
        fresh = {n: self._within(n, since) for n in bare if self._where(n) is not None}
        if sum(not within for within in fresh.values()) >= ANCHORS:  # another list, or one that grew
            yield from self._by_order(left, found)
            return
        for n, within in fresh.items():  # the others stay as they are by themselves
            yield n, self._fresh(n, within, since)

    def _bare(self, n: int) -> bool:
        said = self.stamps[n]
        return said is not None and said.says.shape == "clock"

    def _undated(self, n: int) -> bool:
        """Tell whether a row shows a bare clock under a heading that names a day which nobody understands."""
        said = self.stamps[n]
        return said is not None and said.heading != ""

    def _astray(self, n: int) -> bool:
        """Tell whether it does so below the first heading: then even a new row need not be of now."""
        said = self.stamps[n]
        return said is not None and said.heading not in ("", self.top)

    def _clock(self, n: int, found: dict[int, Published]) -> Clock:
        said, where = self.stamps[n], self._where(n)
        if said and self._bare(n):
            return Clock(said.says.clock, where or UTC)
        return Clock(zone=where or UTC, at=found[n].earliest)

    def _place(self, n: int, at: datetime, *, sure: bool = True) -> Published:
        said = self.stamps[n]
        assert said is not None
        return self.sight.placed(at, said, sure=sure)

    def _within(self, n: int, since: datetime) -> list[datetime]:
        """Return the readings of a new row since the poll before, the latest first."""
        return bareclocks.candidates(self._clock(n, {}), since - BACK, self.clocks.late + AHEAD)

    def _fresh(self, n: int, within: Sequence[datetime], since: datetime) -> Published:
        """Date a new row by the poll before it: the latest reading since then (method F)."""
        if not within:
            alone = bareclocks.latest(self._clock(n, {}), self.clocks.late + AHEAD)
            return self._place(n, self._carried(n) or alone, sure=False)
        prompt = within[0] > since - PROMPT or self.given is not None or self._own(n)
        return self._place(n, within[0], sure=prompt and not self._astray(n))

    def _own(self, n: int) -> bool:
        said = self.stamps[n]
        return bool(said and said.says.zone)

    def _carried(self, n: int) -> datetime | None:
        """Return a bare clock on the day of the dated row above it ("Dec-17-24 03:44PM", then "03:30PM")."""
        if self._undated(n):
            return None
        above = next((m for m in range(n - 1, -1, -1) if not self._bare(m)), None)
        return None if above is None else self._under(above, n)

    def _under(self, header: int, n: int) -> datetime | None:
        day, said, where = self.stamps[header], self.stamps[n], self._where(n)
        if not (said and said.says.clock and day and day.says.day and where):
            return None
        shown = (
            datetime.combine(one, said.says.clock) for one in days(day.says.day, self.sight.today(where))
        )
        found = (at for one in shown for at in offsets.instants(one, where))
        return next((at for at in found if FIRST <= at <= self.clocks.late + AHEAD), None)

    def _end(self, bare: Sequence[int], found: dict[int, Published]) -> dict[int, Placed]:
        """Return where the rows at the end of a list that runs downwards belong, below rows that are known:
        they came into view from below and are older than those. Which day, a list that is slow does not say."""
        kept = [n for n, row in enumerate(self.rows) if row.kept is not None]
        if len(kept) < ANCHORS or not bare or kept[-1] > bare[-1]:
            return {}
        dates = [found[n].earliest for n in kept]
        if _falling(dates) < 0.8:
            return {}
        bound, ends = dates[-1], {}
        for n in bare:
            if n > kept[-1] and self._where(n) is not None:
                at = bareclocks.latest(self._clock(n, found), bound + DISORDER)
                ends[n] = Placed(at, pinned=not bareclocks.brisk(dates))
                bound = min(bound, at)
        return ends

    def _by_order(self, new: Sequence[int], found: dict[int, Published]) -> Iterator[tuple[int, Published]]:
        """Yield the dates of bare clocks by the order of the rows (method R)."""
        rows = [n for n in new if self._bare(n) or _guides(found[n])]
        if any(self._bare(n) and self._where(n) is None for n in rows):
            yield from self._by_order_somewhere([n for n in rows if self._bare(n)])
            return
        carried = self._carried_down(rows, found)
        ordered = [n for n in rows if n not in carried]
        places = bareclocks.placed([self._clock(n, found) for n in ordered], self.clocks.late)
        pins = sum(place.pinned for place in places)
        few = bool(pins) and len(ordered) - pins < ANCHORS
        first = ordered[0 if _falling([place.at for place in places]) >= 0.5 else -1] if ordered else None
        days_told = self._days_told(ordered, places, found)
        for n, place in zip(ordered, places, strict=True):
            if self._bare(n):
                alone = self.since is None and not pins and n == first  # nothing above it says it is no pin
                sure = n in days_told and not (place.pinned or few or alone or self._undated(n))
                yield n, self._place(n, place.at, sure=sure)
        for n, at in carried.items():
            yield n, self._place(n, at, sure=not self._undated(n))

    def _days_told(
        self, ordered: Sequence[int], places: Sequence[Placed], found: dict[int, Published]
    ) -> set[int]:
        """Return the rows that may not be a day older than where they were placed: the list is too lively
        for that, a dated row stands above, or what is below and the poll before leave no room."""
        if bareclocks.lively(places, self.clocks.late):
            return set(ordered)
        at = {n: place.at for n, place in zip(ordered, places, strict=True) if not place.pinned}
        told: set[int] = set()
        under = next((n for n in at if not self._bare(n)), None)
        bound = self.shown_since - BACK if self.shown_since else None
        falls = _falling(list(at.values())) >= 0.5
        for n in range(len(self.rows))[:: -1 if falls else 1]:
            if n in found and not (n in at and self._bare(n)) and _guides(found[n]):
                bound = max(bound or found[n].earliest, found[n].earliest)
            elif n in at and bound is not None:
                fits = bareclocks.candidates(self._clock(n, found), bound - DISORDER, at[n])
                told |= {n} if fits and at[n] - fits[-1] <= GUIDE else set()
                bound = max([bound, *fits[-1:]])
        return told | {n for n in at if under is not None and (n > under) == falls}

    def _carried_down(self, rows: Sequence[int], found: dict[int, Published]) -> dict[int, datetime]:
        """Return the bare rows that have their day from a dated row above, where dated rows open their days:
        there are several, or the clocks fall from the one there is, which is no pin then. Under a heading that is
        not understood they are of the last day on which they may stand below it."""
        named = {n for n in rows if (said := self.stamps[n]) and said.says.day is not None}
        carried: dict[int, datetime] = {}
        header, opens, above = None, False, self.clocks.late
        for n, after in zip(rows, [*rows[1:], -1], strict=True):
            if n in named:
                header, opens, above = n, len(named) > 1 or self._falls(n, after), found[n].earliest
            elif header is not None and opens and self._undated(n):
                carried[n] = above = bareclocks.latest(self._clock(n, found), above + DISORDER)
            elif header is not None and opens and self._bare(n) and (at := self._under(header, n)):
                carried[n] = at
        return carried

    def _falls(self, header: int, below: int) -> bool:
        one, other = self.stamps[header], self.stamps[below] if below >= 0 else None
        return bool(
            one and other and one.says.clock and other.says.clock and other.says.clock <= one.says.clock
        )

    def _by_order_somewhere(self, rows: Sequence[int]) -> Iterator[tuple[int, Published]]:
        """Yield what the order says in a zone not known: how long before the top row, which is at most a day old."""
        clocks = [self._clock(n, {}) for n in rows]
        now = self.clocks.late
        top = bareclocks.latest(clocks[0], now)
        for n, place in zip(rows, bareclocks.placed(clocks, top), strict=True):
            latest = min(now - (top - place.at) + timedelta(minutes=1), now)  # clocks leave seconds out
            said = self.stamps[n]
            if said and not place.pinned:
                yield (
                    n,
                    Published(
                        earliest=latest - timedelta(days=1), latest=latest, origin=said.origin, sure=False
                    ),
                )

    # -- hours that clocks show twice, or never

    def _unfolded(
        self, new: Sequence[int], found: dict[int, Published], ends: dict[int, Placed]
    ) -> Iterator[tuple[int, Published]]:
        """Yield the rows of such an hour: at the one reading that the order or the poll before leaves, else
        as wide as both."""
        twice = {n: both for n in new if len(both := self._readings(n, found[n])) > 1}
        if not twice:
            return
        rows = [n for n in range(len(self.rows)) if _guides(found[n])]
        order = [twice.get(n, [found[n].earliest]) for n in rows]
        share = _falling([at[0] for at in order])
        if share >= ORDERED:
            twice |= {n: left for n, left in zip(rows, folds.by_order(order), strict=True) if n in twice}
        elif share <= 1 - ORDERED:
            up = zip(rows, folds.by_order(order[::-1])[::-1], strict=True)
            twice |= {n: left for n, left in up if n in twice}
        for n, both in twice.items():
            left = folds.by_sight(both, None if n in ends else self.shown_since, self.clocks.late)
            wide = found[n].latest - found[n].earliest
            yield n, replace(found[n], earliest=min(left), latest=max(left) + wide)

    def _readings(self, n: int, at: Published) -> list[datetime]:
        said, where = self.stamps[n], self._where(n)
        if said is None or where is None or said.says.shape not in ("clock", "local") or not said.says.clock:
            return []
        return folds.readings(at.earliest, said.says.clock, where)


def _falling(dates: Sequence[datetime]) -> float:
    """Return the share of neighbours of which the lower is not the later."""
    return (
        sum(one >= other for one, other in pairwise(dates)) / max(len(dates) - 1, 1) if len(dates) > 1 else 1
    )


def _guides(found: Published) -> bool:
    """Tell whether a row's own date says where its neighbours belong."""
    return found.sure and found.origin != "first-seen" and found.latest - found.earliest <= GUIDE
