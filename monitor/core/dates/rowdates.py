"""One row dated by itself: what its own text says, held against the clocks and the poll before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.core.dates import offsets
from monitor.core.dates.bareclocks import AHEAD, BACK
from monitor.core.dates.clocks import Clocks
from monitor.core.dates.readings import Day, Reading
from monitor.core.dates.stamps import FIRST, FUTURE, Stamp, days
from monitor.model import Published
from monitor.values import dataclass

CACHED = timedelta(minutes=3)  # a page that says "5 min ago" may be so old
WIDEST, DEEPEST = timedelta(hours=14), timedelta(hours=-12)  # the offsets of the world
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ASTRAY = timedelta(hours=3)  # a zone that is wrong, or a clock not put back, is ahead of ours by no more
MICROSECOND = timedelta(microseconds=1)


def least_offset(stamps: Sequence[Stamp | None], now: datetime) -> timedelta:
    """Return the offset at which none of the dates with a clock would be of the future."""
    ahead = [
        datetime.combine(days(says.day, now.date())[0], says.clock, UTC) - now
        for says in (said.says for said in stamps if said)
        if says.day and says.day.year and says.clock and not says.zone
    ]
    return max((one for one in ahead if DEEPEST <= one <= WIDEST), default=DEEPEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A body as it was seen: when, after which poll, and by which zone its clocks are read."""

    clocks: Clocks
    since: datetime | None  # the last good poll, None before the first
    zone: str  # "" where nothing is known yet
    least: timedelta  # the offset at which no date with a clock would be of the future
    turned: timedelta = timedelta(0)  # a day for a page made before midnight: its "today" is our yesterday
    torn: bool = False  # its rows of "today" do not agree on that

    def leafed(self, stamps: Sequence[Stamp | None]) -> "Sight":
        """Return how a page is seen that counts its days from another "today" than ours: most clocks of its today
        are still to come. All its days are then counted from there, or "yesterday" would be our yesterday too."""
        today = [
            said for said in stamps if said and said.says.day and said.says.day.ago == 0 and said.says.clock
        ]
        leads = [self._lead(said) for said in today if self.where(said) is not None]
        ahead = [lead > AHEAD for lead in leads]
        far = max(leads, default=ASTRAY) > ASTRAY  # else it is a clock that goes wrong, and the day is ours
        turned = DAY if far and 2 * sum(ahead) >= len(ahead) else timedelta(0)
        return replace(self, turned=turned, torn=any(ahead) and not all(ahead))

    def today(self, where: tzinfo) -> date:
        """Return the day from which a page counts its days."""
        return self.clocks.dated_at.astimezone(where).date() - self.turned

    def where(self, said: Stamp | None) -> tzinfo | None:
        """Return the zone of a row: its own, else the source's."""
        return offsets.zone(said.says.zone if said and said.says.zone else self.zone)

    def dated(self, said: Stamp | None) -> Published:
        """Date a row by itself, as first seen where it says nothing or its neighbours decide."""
        if said is None:
            return self.first_seen()
        says = said.says
        if says.at is not None:
            past = says.at <= self.clocks.late + AHEAD  # what is out is not to come
            return self.interval(says.at.astimezone(UTC), said, sure=past)
        if says.ago is not None:
            return self._ago(says.ago, said)
        where = self.where(said)
        if says.clock is not None and where is None and (at := self._prompt(says)):
            shown, instant = at
            near = replace(says, zone=offsets.named(shown.replace(tzinfo=UTC) - instant))
            return self.interval(instant, Stamp(says=near, origin=said.origin), sure=False)
        if says.day is None:
            return self.first_seen()
        return self._of_day(says.day, said, where) or self.first_seen()

    def first_seen(self) -> Published:
        """Return the time between the poll before and now, by our clock."""
        return Published(
            earliest=self.since or self.clocks.now,
            latest=self.clocks.now,
            origin="first-seen",
            sure=self.since is not None,
        )

    def placed(self, at: datetime, said: Stamp, *, sure: bool = True) -> Published:
        """Return the date of a row that shows a clock, read as `at`: a guess where only one of the clocks allows it."""
        allowed = at <= self.clocks.early + AHEAD
        return self.interval(at, said, sure=sure and allowed, zone=said.says.zone or self.zone)

    def interval(self, at: datetime, said: Stamp, *, sure: bool = True, zone: str = "") -> Published:
        """Return the interval that a reading at `at` leaves open; an hour or a day ends at the latest now."""
        end = at + max(said.says.width - MICROSECOND, timedelta(0))
        if said.says.width > MINUTE:
            end = max(at, min(end, self.clocks.late))
        return Published(earliest=at, latest=end, origin=said.origin, zone=zone or said.says.zone, sure=sure)

    def shown(self, says: Reading, today: date) -> list[datetime]:
        """Return the wall clocks that a reading may mean, near `today` where it names no day."""
        clock = says.clock or time()
        if says.day is None:
            return [datetime.combine(today + timedelta(days=back), clock) for back in (1, 0, -1)]
        return [datetime.combine(day, clock) for day in days(says.day, today)]

    def near(self, says: Reading) -> list[datetime]:
        """Return the wall clocks that some zone may show now."""
        now = self.clocks.late
        shown = self.shown(says, now.date())
        return [at for at in shown if abs(at.replace(tzinfo=UTC) - now) <= WIDEST + offsets.LONGEST_GAP]

    def _ago(self, ago: timedelta, said: Stamp) -> Published:
        """Date a row by its age, which the server counted by one clock: so it holds by ours as well. It may be
        rounded or cut: 95 minutes are "2 hours ago" here, and "1 hour ago" there."""
        width = said.says.width
        slack = CACHED if width <= MINUTE else timedelta(0)
        return Published(
            earliest=self.clocks.early - ago - width - slack,
            latest=self.clocks.made_at - max(ago - width / 2, timedelta(0)),
            origin=said.origin,
        )

    def _prompt(self, says: Reading) -> tuple[datetime, datetime] | None:
        """Return the wall clock and the instant of a new row in a zone not known: the one moment since the
        last poll at which some zone showed its clock."""
        if self.since is None or says.clock is None or not self.clocks.agree:
            return None
        found = set()
        for shown in self.near(says):
            for offset in offsets.OFFSETS:
                at = shown.replace(tzinfo=UTC) - offset
                if self.since - offsets.LATE < at <= self.clocks.late + offsets.EARLY:
                    found.add((at, shown))
        return (found.pop()[::-1]) if len({at for at, _ in found}) == 1 else None

    def _of_day(self, day: Day, said: Stamp, where: tzinfo | None) -> Published | None:
        """Date a row that names its day."""
        if where is None:
            return self._somewhere(said)
        shown = self.shown(said.says, self.today(where))
        found = self._instants(shown, where)
        if not found:
            return None
        past = [at for at in found if at <= self.clocks.late + AHEAD]
        if (
            not past and day.ago is not None and not self._astray(found[0])
        ):  # the last time its clock showed it
            past = found = self._instants([at - DAY for at in shown], where)
        at, plain = self._meant(day, found)
        sure = plain and self._one_reading(day, past, where) and (day.ago is None or self._counted(at))
        if day.month is not None and day.year is None:  # the nearest, or else one that is no news
            sure = sure and at.astimezone(where).date() == days(day, self.today(where))[0]
        if said.says.shape == "day":
            return self._whole(at, said, where, sure=sure)
        if day.ago is None and day.weekday is None:
            return self.interval(at, said, zone=said.says.zone or self.zone, sure=sure)
        return self.placed(at, said, sure=sure and self._one_day(where))

    def _meant(self, day: Day, found: Sequence[datetime]) -> tuple[datetime, bool]:
        """Return the reading of a day's name that is meant, and whether that is plain. The last one that is past;
        but one a little ahead rather than a date of a year ago, or a weekday of a week ago in a row that is new."""
        past = [at for at in found if at <= self.clocks.late + AHEAD]
        ahead = [at for at in found if at > self.clocks.late + AHEAD]
        if day.weekday is not None and past:
            ahead = [at for at in ahead if self._astray(at)]
        if past and (not ahead or max(past) > self.clocks.late - DAY):
            return max(past), True
        recent = self.since is not None and self.clocks.now - self.since < DAY
        return (max(past) if past and day.weekday is not None and not recent else min(ahead)), False

    def _astray(self, at: datetime) -> bool:
        """Tell whether a clock that is wrong may show `at` now already."""
        return at <= self.clocks.late + ASTRAY

    def _lead(self, said: Stamp) -> timedelta:
        """Return how far a row's clock of today is ahead of ours."""
        where = self.where(said)
        found = self._instants(self.shown(said.says, self.today(where)), where) if where else []
        return min(found, default=self.clocks.late) - self.clocks.late

    def _counted(self, at: datetime) -> bool:
        """Tell whether it is known from which day a row's was counted: the page agrees, or the poll before tells."""
        return not self.torn or (self.since is not None and at > self.since - BACK)

    def _instants(self, shown: Sequence[datetime], where: tzinfo) -> list[datetime]:
        found = (at for one in shown for at in offsets.instants(one, where))
        return [at for at in found if FIRST <= at <= self.clocks.now + FUTURE]

    def _whole(self, at: datetime, said: Stamp, where: tzinfo, *, sure: bool) -> Published:
        """Return a day from its first midnight to its last: 23 or 25 hours where clocks change."""
        day = at.astimezone(where).date()
        begins = offsets.instants(datetime.combine(day, time()), where)[-1]
        ends = offsets.instants(datetime.combine(day + DAY, time()), where)[0]
        width = replace(said.says, width=ends - begins)
        relative = said.says.day is not None and said.says.day.year is None and said.says.day.month is None
        return self.interval(
            begins,
            Stamp(says=width, origin=said.origin),
            zone=said.says.zone or self.zone,
            sure=sure and (not relative or self._one_day(where)),
        )

    def _one_reading(self, day: Day, past: Sequence[datetime], where: tzinfo) -> bool:
        """Tell whether a day written in figures is the one that was chosen, the last: "03/04/2024" is of March
        as well, unless it was new just now."""
        if not (day.swapped or day.year_first):
            return True
        dates = sorted({at.astimezone(where).date() for at in past}, reverse=True)
        plain = days(replace(day, year_first=False), dates[0])
        if dates[0] not in plain:
            return False
        others = [one for one in dates[1:] if one in plain]
        if not day.swapped or not others:
            return True
        return self.since is not None and dates[0] >= (self.since - DAY).date() > others[0]

    def _one_day(self, where: tzinfo) -> bool:
        """Tell whether both clocks say the same "today"."""
        return self.clocks.early.astimezone(where).date() == self.clocks.late.astimezone(where).date()

    def _somewhere(self, said: Stamp) -> Published | None:
        """Date a row that names its day in a zone not known: no guess, but as wide as the world allows. It is one
        where the day is counted from a today that nobody knows, or is not the nearest."""
        says, now, found = said.says, self.clocks.late, list[tuple[date, datetime]]()
        for offset in offsets.WORLD:
            shown = (at.replace(tzinfo=UTC) for at in self.shown(says, (now + offset).date()))
            near = (at for at in shown if FIRST + WIDEST <= at <= now + WIDEST)
            if offset >= self.least - AHEAD:
                found += [(at.date(), at - offset) for at in near if at - offset <= now + AHEAD]
        if not found or says.day is None:
            return None
        last = max(day for day, _ in found)
        instants = [at for day, at in found if says.day.ago is not None or day == last]
        sure = says.day.ago is None and says.day.weekday is None
        if says.day.year is None and says.day.month is not None:
            sure = last == days(says.day, now.date())[0]
        latest = min(max(instants) + says.width, now)
        return Published(earliest=min(*instants, latest), latest=latest, origin=said.origin, sure=sure)
