"""The same words, or one link, but of one occasion? What the dates of an entry say against an item.

A warning comes word for word twice a day, a briefing each morning at 08:00, and one address may be
that of all alerts: then only the date tells two items apart. Where it says nothing, neither do we.
"""

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

from monitor.core.dates import bareclocks, offsets
from monitor.core.dates.bareclocks import AHEAD, BACK, Clock
from monitor.core.dates.readings import Reading
from monitor.core.dates.rowdates import CACHED, WIDEST
from monitor.core.dates.stamps import days, stamp
from monitor.core.items.identity import Candidate
from monitor.core.items.minutes import timeless
from monitor.model import Claim, Entry, Item, Lag
from monitor.values import dataclass

ONE_EVENT = timedelta(hours=1)  # between the dates that two papers, or two ids, state of one
ROUNDED = timedelta(minutes=10)  # an age may be so much off: pages are cached, and count from an update
MINUTE, HALF_A_DAY, DAY = timedelta(minutes=1), timedelta(hours=12), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occasions:
    """The moment at which a body is looked at, and what is known of the source's clocks."""

    now: datetime
    since: datetime | None = None  # the last good poll
    timezone: str = ""  # as configured
    lags: tuple[Lag, ...] = ()  # evidence for it, where it is not

    @classmethod
    def of(cls, claim: Claim, now: datetime) -> "Occasions":
        """Return what a body of `claim` is looked at by."""
        return cls(now, claim.rhythm.looked_at, claim.source.timezone, claim.lags)

    @property
    def zone(self) -> str:
        """Return the zone of bare clock times, "" where it is not known; told only to rows that ask."""
        return self.timezone or _inferred(self.lags)

    def apart(self, entry: Entry, item: Item) -> bool:
        """Tell whether both state when they were published, and not the same."""
        stated = stamp(entry.dates, self.now)
        at = stated.says.at if stated else None
        if at is None or not item.published.told:
            return False
        return not item.published.earliest - ONE_EVENT <= at <= item.published.latest + ONE_EVENT

    def after(self, entry: Entry, item: Item) -> bool:
        """Tell whether an entry states a date at which `item` had been seen already."""
        stated = stamp(entry.dates, self.now)
        at = stated.says.at if stated else None
        return at is not None and at > item.first_seen_at + ONE_EVENT

    def came(self, entry: Entry) -> tuple[datetime, datetime] | None:
        """Return between when and when an entry came that shows its age ("3 min ago") or its date alone, None for
        another. "Today" is no date: a page that is not made anew says it tomorrow too."""
        stated = stamp(entry.dates, self.now)
        says = stated.says if stated else None
        if says is None or says.ago is None:
            dated = (
                says is not None and says.shape == "day" and says.day is not None and says.day.day is not None
            )
            return next(iter(self._spans(says)), None) if says and dated else None
        latest = self.now - says.ago
        return latest - says.width - CACHED, latest

    def _spans(self, says: Reading) -> list[tuple[datetime, datetime]]:
        """Return the first and the last moment of each day, or minute of a day, that a date may mean, the likeliest first."""
        day = says.day
        if day is None or day.swapped or (day.day is None and day.weekday is None):
            return []
        where = offsets.zone(says.zone or self.zone)
        dates = days(day, self.now.astimezone(where or UTC).date())
        shown = [datetime.combine(date, says.clock or time()) for date in dates[: 1 if day.day else 2]]
        width = MINUTE if says.clock else DAY
        slack = timedelta(0) if where else WIDEST
        try:
            return [
                (found[0] - slack, found[0] + width + slack)
                for one in shown
                if (found := offsets.instants(one, where or UTC))
            ]
        except (
            OverflowError
        ):  # a day at the end of all days: "0001-01-01" is what some programs write for none
            return []

    def later(self, entry: Entry, item: Item) -> bool:
        """Tell whether an entry says by its age that it came after `item` was published."""
        came = self.came(entry)
        return came is not None and came[0] > item.published.latest + ROUNDED

    def another(self, entry: Entry, item: Item) -> bool:
        """Tell whether an entry says by its age that it came at another time than `item`."""
        came, published = self.came(entry), item.published
        return came is not None and _apart(came, (published.earliest, published.latest))

    def which(self, entry: Entry, item: Item) -> int | None:
        """Return which of the days that stand beside an entry's clock is that of `item`: 0 for the last one that has come,
        None for none. "Monday 08:00" may be of last week. An item whose date is not known is of the last."""
        stated, published = stamp(entry.dates, self.now), item.published
        if stated is None or not published.told:
            return 0
        spans = self._spans(stated.says)
        come = [span for span in spans if span[0] <= self.now + AHEAD] or spans
        known = (published.earliest, published.latest)
        return next((n for n, span in enumerate(come) if not _apart(span, known)), None if come else 0)

    def two(self, one: Entry, other: Entry) -> bool:
        """Tell whether two entries of a body say by their ages that they came one after the other."""
        mine, its = self.came(one), self.came(other)
        return mine is not None and its is not None and _apart(mine, its)

    def another_day(self, candidate: Candidate, item: Item) -> bool:
        """Tell whether a row that shows a bare clock, and did not stand there at the last poll, may be of
        another day than `item`: its clock showed that minute since the item was first seen, and not long
        before the last poll. An old row that comes back does so at any hour."""
        if not timeless(candidate.minute):
            return False
        at = self._shown(candidate.minute, item)
        if at is None:
            return self.now - item.first_seen_at > HALF_A_DAY
        recent = self.since is None or at > self.since - BACK
        return recent and at > item.first_seen_at + AHEAD

    def _shown(self, minute: str, item: Item) -> datetime | None:
        """Return when a clock last showed `minute`, None if neither its zone nor the item tells."""
        zone = offsets.zone(self.zone or item.published.zone)
        if zone is not None:
            return bareclocks.latest(Clock(time.fromisoformat(minute), zone), self.now + AHEAD)
        published = item.published
        if not published.sure or published.latest - published.earliest > BACK:
            return None
        return published.latest + (self.now + AHEAD - published.earliest) // DAY * DAY


@lru_cache(maxsize=64)
def _inferred(lags: tuple[Lag, ...]) -> str:
    offset = offsets.settled(lags)
    return "" if offset is None else offsets.named(offset)


def _apart(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] > other[1] + ROUNDED or other[0] > one[1] + ROUNDED
