"""Lines of the wire: its rows, and a line between two days."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.values import dataclass

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Days:
    """Where the days begin among rows that stand newest first."""

    rows: int
    begins: tuple[int, ...]  # the first row of each day that has a line before it
    dates: tuple[date, ...]

    @property
    def lines(self) -> int:
        """Return how many lines there are."""
        return self.rows + len(self.begins)

    def line(self, row: int) -> int:
        """Return the line of a row."""
        low, high = 0, len(self.begins)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.begins[middle] <= row else (low, middle)
        return row + low

    def at(self, line: int) -> int | date:
        """Return the row of a line, or the day whose line it is.

        >>> days = Days(3, (1,), (date(2026, 2, 28),))
        >>> [days.at(line) for line in range(4)]
        [0, datetime.date(2026, 2, 28), 1, 2]
        """
        before = bisect_left(range(len(self.begins)), line, key=self._head)
        if before < len(self.begins) and self._head(before) == line:
            return self.dates[before]
        return line - before

    def _head(self, day: int) -> int:
        """Return the line of a day."""
        return self.begins[day] + day

    def row_near(self, line: int) -> int:
        """Return the row of a line, or the first row of the day whose line it is."""
        found = self.at(line)
        return found if isinstance(found, int) else self.begins[self.dates.index(found)]


def days(at: Sequence[int], today: date, timezone: tzinfo | None) -> Days:
    """Return where days begin; `at` is oldest first, in microseconds since 1970, and today needs no line."""
    begins: list[int] = []
    dates: list[date] = []
    left = len(at)  # rows older than the days so far
    while left:
        newest = (EPOCH + timedelta(microseconds=at[left - 1])).astimezone(timezone).date()
        if newest != today:
            begins.append(len(at) - left)
            dates.append(newest)
        left = min(left - 1, bisect_left(at, _midnight(newest, timezone), 0, left))
    return Days(len(at), tuple(begins), tuple(dates))


def _midnight(day: date, timezone: tzinfo | None) -> int:
    local = (
        datetime.combine(day, time(), timezone) if timezone else datetime.combine(day, time()).astimezone()
    )
    return int((local - EPOCH).total_seconds()) * SECOND
