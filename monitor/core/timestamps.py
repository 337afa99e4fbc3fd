"""When the items of one body were published: dates as written become intervals in UTC, or "first seen".

What is stored keeps its date; only new rows are dated. A bare clock time was shown by a new row, so it
lies between the poll before and now: that settles its day, and after a few of them also the zone that
nobody stated. The first body, and one after a long silence, is dated by its order (`core/bareclocks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from monitor.core import bareclocks, offsets
from monitor.core.bareclocks import AHEAD, BACK, Clock
from monitor.core.datetexts import Day, Reading
from monitor.core.stamps import FIRST, FUTURE, Stamp, days, stamp
from monitor.model import Lag, Published, RawDate, Response, Source

SILENCE = timedelta(hours=20)  # after which a bare clock time may be of more than one day
PROMPT = timedelta(minutes=10)  # what a zone that was only inferred may be late by, to be sure
CACHED = timedelta(minutes=3)  # a page that says "5 min ago" may be so old
SANE = timedelta(hours=1)  # between the server's clock and ours
FRESH = 8  # new rows of one body that speak of its zone
ANCHORS = 3  # known rows above that make a row at the end older than they are
GUIDE = timedelta(hours=2)  # a date that is wider guides no bare clock below it
WIDEST, DEEPEST = timedelta(hours=14), timedelta(hours=-12)  # the offsets of the world
MICROSECOND = timedelta(microseconds=1)


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


def now_of(response: Response, now: datetime) -> datetime:
    """Return the clock to date by: the server's, where it says the time within an hour of ours."""
    server = response.server_at
    return server if server is not None and abs(server - response.received_at) <= SANE else now


def dated(
    source: Source, rows: Sequence[Row], *, now: datetime, since: datetime | None, lags: Sequence[Lag] = ()
) -> Dated:
    """Date all rows of a body at once, in the order of the body.

    `since` is the last good poll (None: this is the first), `lags` the evidence for the source's zone.
    Raises nothing, whatever the texts are.

    >>> at = datetime(2024, 11, 21, 14, 2, tzinfo=UTC)
    >>> kyiv = Source(name="kyiv", url="https://example.org/", timezone="Europe/Kyiv")
    >>> row = Row([RawDate(text="3:44 PM", origin="text")])
    >>> [found] = dated(kyiv, [row], now=at, since=at - timedelta(minutes=20)).published
    >>> found.earliest.isoformat(), found.zone, found.sure
    ('2024-11-21T13:44:00+00:00', 'Europe/Kyiv', True)
    """
    return _Body(source, rows, now, min(since, now) if since else None, tuple(lags)).dated()


# -- one body ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Body:
    """One body on its way to its dates."""

    source: Source
    rows: Sequence[Row]
    now: datetime
    since: datetime | None
    lags: tuple[Lag, ...]
    stamps: list[Stamp | None] = field(init=False)
    given: tzinfo | None = field(init=False)  # the zone that is configured
    least: timedelta = field(init=False)  # the offset at which no date with a clock would be of the future
    zone: str = field(init=False)  # by which clocks without one are read, "" where nothing is known yet

    def __post_init__(self) -> None:
        self.stamps = [stamp(row.dates, self.now) for row in self.rows]
        self.given = offsets.zone(self.source.timezone)
        self.least = self._least()
        if self.given is None:
            self.lags = offsets.remembered(self.lags, list(self._evidence()))
        inferred = offsets.settled(self.lags)
        self.zone = (
            self.source.timezone if self.given else offsets.named(inferred) if inferred is not None else ""
        )

    def dated(self) -> Dated:
        found = {n: row.kept for n, row in enumerate(self.rows) if row.kept is not None}
        new = [n for n in range(len(self.rows)) if n not in found]
        for n in new:
            found[n] = self._one(n)
        found |= dict(self._sequence(new, found))
        return Dated([found[n] for n in range(len(self.rows))], self.lags if self.given is None else ())

    def _where(self, n: int) -> tzinfo | None:
        """Return the zone of a row: its own, else the source's."""
        said = self.stamps[n]
        return offsets.zone(said.says.zone if said and said.says.zone else self.zone)

    def _evidence(self) -> Iterator[Lag]:
        """Yield how the clocks of new rows lie to ours, where the poll before was not long ago."""
        if self.since is None or self.now - self.since > offsets.LONGEST_GAP:
            return
        new = [said for row, said in zip(self.rows, self.stamps, strict=True) if row.kept is None and said]
        clocks = [said.says for said in new if said.says.clock and not said.says.zone]
        for says in clocks[:FRESH][::-1]:
            if near := self._near(says):
                yield offsets.lag(near[0], self.now, self.now - self.since)

    # -- rows that need no others

    def _one(self, n: int) -> Published:
        """Date a row by itself, as first seen where it says nothing or its neighbours decide."""
        said = self.stamps[n]
        if said is None:
            return self._first_seen()
        says = said.says
        if says.at is not None:
            return self._interval(says.at.astimezone(UTC), said)
        if says.ago is not None:
            slack = CACHED if says.width <= timedelta(minutes=1) else timedelta(0)
            return Published(
                earliest=self.now - says.ago - says.width - slack,
                latest=self.now - says.ago,
                origin=said.origin,
            )
        where = self._where(n)
        if says.clock is not None and where is None and (at := self._prompt(says)):
            shown, instant = at
            near = replace(says, zone=offsets.named(_offset(shown, instant)))
            return self._interval(instant, Stamp(says=near, origin=said.origin), sure=False)
        if says.day is None:
            return self._first_seen()
        return self._of_day(says.day, said, where) or self._first_seen()

    def _first_seen(self) -> Published:
        since = self.since
        return Published(
            earliest=since or self.now, latest=self.now, origin="first-seen", sure=since is not None
        )

    def _interval(self, at: datetime, said: Stamp, *, sure: bool = True, zone: str = "") -> Published:
        """Return the interval that a reading at `at` leaves open; an hour or a day ends at the latest now."""
        width = said.says.width
        end = at + max(width - MICROSECOND, timedelta(0))
        if width > timedelta(minutes=1):
            end = max(at, min(end, self.now))
        return Published(earliest=at, latest=end, origin=said.origin, zone=zone or said.says.zone, sure=sure)

    def _prompt(self, says: Reading) -> tuple[datetime, datetime] | None:
        """Return the wall clock and the instant of a new row in a zone not known: the one moment since the
        last poll at which some zone showed its clock."""
        if self.since is None or says.clock is None:
            return None
        found = set()
        for shown in self._near(says):
            for offset in offsets.OFFSETS:
                at = shown.replace(tzinfo=UTC) - offset
                if self.since - offsets.LATE < at <= self.now + offsets.EARLY:
                    found.add((at, shown))
        return (found.pop()[::-1]) if len({at for at, _ in found}) == 1 else None

    def _shown(self, says: Reading, today: date) -> list[datetime]:
        """Return the wall clocks that a reading may mean, near `today` where it names no day."""
        clock = says.clock or time()
        if says.day is None:
            return [datetime.combine(today + timedelta(days=back), clock) for back in (1, 0, -1)]
        return [datetime.combine(day, clock) for day in days(says.day, today)]

    def _near(self, says: Reading) -> list[datetime]:
        """Return the wall clocks that some zone may show now."""
        shown = self._shown(says, self.now.date())
        return [at for at in shown if abs(at.replace(tzinfo=UTC) - self.now) <= WIDEST + offsets.LONGEST_GAP]

    def _of_day(self, day: Day, said: Stamp, where: tzinfo | None) -> Published | None:
        """Date a row that names its day."""
        if where is None:
            return self._somewhere(said)
        today = self.now.astimezone(where).date()
        found = [
            at
            for shown in self._shown(said.says, today)
            for at in offsets.instants(shown, where)
            if FIRST <= at <= self.now + FUTURE
        ]
        past = [at for at in found if at <= self.now + AHEAD]
        if not found:
            return None
        at = max(past) if past else found[0]
        if not past and day.ago is not None:  # "today, 23:58" of a page made before midnight
            at -= timedelta(days=1)
        zone = said.says.zone or self.zone
        return self._interval(at, said, zone=zone)

    def _somewhere(self, said: Stamp) -> Published | None:
        """Date a row that names its day in a zone not known: no guess, but as wide as the world."""
        shown = [at.replace(tzinfo=UTC) for at in self._shown(said.says, self.now.date())]
        shown = [at for at in shown if FIRST + WIDEST <= at <= self.now + WIDEST]
        if not shown:
            return None
        at = max(shown)
        latest = min(at - self.least + said.says.width, self.now)
        return Published(earliest=min(at - WIDEST, latest), latest=latest, origin=said.origin)

    def _least(self) -> timedelta:
        ahead = [
            datetime.combine(days(says.day, self.now.date())[0], says.clock, UTC) - self.now
            for says in (said.says for said in self.stamps if said)
            if says.day and says.day.year and says.clock and not says.zone
        ]
        return max((one for one in ahead if DEEPEST <= one <= WIDEST), default=DEEPEST)

    # -- bare clock times

    def _sequence(self, new: Sequence[int], found: dict[int, Published]) -> Iterator[tuple[int, Published]]:
        """Yield the dates of new rows that show a bare clock time."""
        bare = [n for n in new if self._bare(n)]
        if not bare:
            return
        if self.since is None or self.now - self.since > SILENCE:
            yield from self._by_order(new, found)
            return
        placed = [n for n in bare if self._where(n) is not None]  # the others stay as `_one` left them
        ends = self._end(bare, found)
        fresh = {n: self._within(n, self.since) for n in placed if n not in ends}
        if sum(not within for within in fresh.values()) >= ANCHORS:  # another list, or one that grew
            yield from self._by_order(new, found)
            return
        for n in placed:
            yield n, (self._at_end(n, ends[n]) if n in ends else self._fresh(n, fresh[n], self.since))

    def _bare(self, n: int) -> bool:
        said = self.stamps[n]
        return said is not None and said.says.shape == "clock"

    def _clock(self, n: int, found: dict[int, Published]) -> Clock:
        said, where = self.stamps[n], self._where(n)
        if said and self._bare(n):
            return Clock(said.says.clock, where or UTC)
        return Clock(zone=where or UTC, at=found[n].earliest)

    def _place(self, n: int, at: datetime, *, sure: bool = True) -> Published:
        said = self.stamps[n]
        assert said is not None
        return self._interval(at, said, sure=sure, zone=said.says.zone or self.zone)

    def _within(self, n: int, since: datetime) -> list[datetime]:
        """Return the readings of a new row since the poll before, the latest first."""
        return bareclocks.candidates(self._clock(n, {}), since - BACK, self.now + AHEAD)

    def _fresh(self, n: int, within: Sequence[datetime], since: datetime) -> Published:
        """Date a new row by the poll before it: the latest reading since then (method F)."""
        if not within:
            alone = bareclocks.latest(self._clock(n, {}), self.now + AHEAD)
            return self._place(n, self._carried(n) or alone, sure=False)
        prompt = within[0] > since - PROMPT or self.given is not None or self._own(n)
        return self._place(n, within[0], sure=prompt)

    def _own(self, n: int) -> bool:
        said = self.stamps[n]
        return bool(said and said.says.zone)

    def _carried(self, n: int) -> datetime | None:
        """Return a bare clock on the day of the dated row above it ("Dec-17-24 03:44PM", then "03:30PM")."""
        above = next((m for m in range(n - 1, -1, -1) if not self._bare(m)), None)
        return None if above is None else self._under(above, n)

    def _under(self, header: int, n: int) -> datetime | None:
        day, said, where = self.stamps[header], self.stamps[n], self._where(n)
        if not (said and said.says.clock and day and day.says.day and where):
            return None
        shown = (
            datetime.combine(one, said.says.clock)
            for one in days(day.says.day, self.now.astimezone(where).date())
        )
        found = (at for one in shown for at in offsets.instants(one, where))
        return next((at for at in found if FIRST <= at <= self.now + AHEAD), None)

    def _end(self, bare: Sequence[int], found: dict[int, Published]) -> dict[int, datetime]:
        """Return the rows at the end of a list that runs downwards, below rows that are known, with the date
        of the row above: they came into view from below and are older than that."""
        kept = [n for n, row in enumerate(self.rows) if row.kept is not None]
        if len(kept) < ANCHORS or kept[-1] > bare[-1]:
            return {}
        dates = [found[n].earliest for n in kept]
        if _falling(dates) < 0.8:
            return {}
        bound, ends = dates[-1], {}
        for n in bare:
            if n > kept[-1] and self._where(n) is not None:
                ends[n] = bound
                bound = min(bound, bareclocks.latest(self._clock(n, found), bound + bareclocks.DISORDER))
        return ends

    def _at_end(self, n: int, bound: datetime) -> Published:
        return self._place(n, bareclocks.latest(self._clock(n, {}), bound + bareclocks.DISORDER))

    def _by_order(self, new: Sequence[int], found: dict[int, Published]) -> Iterator[tuple[int, Published]]:
        """Yield the dates of bare clocks by the order of the rows (method R)."""
        rows = [n for n in new if self._bare(n) or _guides(found[n])]
        if any(self._bare(n) and self._where(n) is None for n in rows):
            yield from self._by_order_somewhere([n for n in rows if self._bare(n)])
            return
        carried = self._carried_down(rows)
        ordered = [n for n in rows if n not in carried]
        places = bareclocks.placed([self._clock(n, found) for n in ordered], self.now)
        pins = sum(place.pinned for place in places)
        few = bool(pins) and len(ordered) - pins < ANCHORS
        first = ordered[0 if _falling([place.at for place in places]) >= 0.5 else -1] if ordered else None
        for n, place in zip(ordered, places, strict=True):
            if self._bare(n):
                alone = self.since is None and not pins and n == first  # nothing above it says it is no pin
                yield n, self._place(n, place.at, sure=not (place.pinned or few or alone))
        for n, at in carried.items():
            yield n, self._place(n, at)

    def _carried_down(self, rows: Sequence[int]) -> dict[int, datetime]:
        """Return the bare rows that have their day from a dated row above, where dated rows open their days:
        there are several, or the clocks fall from the one there is, which is no pin then."""
        named = {n for n in rows if (said := self.stamps[n]) and said.says.day is not None}
        carried: dict[int, datetime] = {}
        header, opens = None, False
        for n, after in zip(rows, [*rows[1:], -1], strict=True):
            if n in named:
                header, opens = n, len(named) > 1 or self._falls(n, after)
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
        top = bareclocks.latest(clocks[0], self.now)
        for n, place in zip(rows, bareclocks.placed(clocks, top), strict=True):
            latest = min(
                self.now - (top - place.at) + timedelta(minutes=1), self.now
            )  # clocks leave seconds out
            said = self.stamps[n]
            if said and not place.pinned:
                yield (
                    n,
                    Published(
                        earliest=latest - timedelta(days=1), latest=latest, origin=said.origin, sure=False
                    ),
                )


def _falling(dates: Sequence[datetime]) -> float:
    """Return the share of neighbours of which the lower is not the later."""
    return (
        sum(one >= other for one, other in pairwise(dates)) / max(len(dates) - 1, 1) if len(dates) > 1 else 1
    )


def _guides(found: Published) -> bool:
    """Tell whether a row's own date says where its neighbours belong."""
    return found.sure and found.origin != "first-seen" and found.latest - found.earliest <= GUIDE


def _offset(shown: datetime, at: datetime) -> timedelta:
    return shown.replace(tzinfo=UTC) - at
