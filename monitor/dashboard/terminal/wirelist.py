"""The wire on the screen: what is new comes in on top, and what you read stands still."""

from rich.text import Text
from textual import events
from textual.strip import Strip

from monitor.answers.wire import WireRow
from monitor.dashboard import rows
from monitor.dashboard.days import Days, days
from monitor.dashboard.ink import QUIET, day_line, fit
from monitor.dashboard.rows import Look
from monitor.dashboard.terminal.bar import strip_of
from monitor.dashboard.terminal.sheet import Sheet
from monitor.dashboard.view import View
from monitor.dashboard.wire import Wire

DRAWN = 400  # rows that are kept as they were drawn


class WireList(Sheet):
    """Items, newest first, a line between the days. It follows until a person moves."""

    def __init__(self, wire: Wire, look: Look) -> None:
        super().__init__("wire")
        self.wire = wire
        self.look = look
        self.follows = True
        self.arrived = 0  # items that came in above since it follows no more
        self._days = Days(0, (), ())
        self._names = 0
        self._anchor: tuple[int, int] | None = None  # the place of the row under the cursor
        self._shows: tuple[object, ...] = ()  # what of the wire was drawn
        self._drawn: dict[int, tuple[WireRow, Strip]] = {}  # by `seq`
        self._drawn_as: tuple[object, ...] = ()  # what those share

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return self._days.rows

    @property
    def lines(self) -> int:
        """Return how many lines there are."""
        return self._days.lines

    def lines_of(self, row: int) -> range:
        """Return the line of a row."""
        line = self._days.line(row)
        return range(line, line + 1)

    def row_near(self, line: int) -> int:
        """Return the row of a line."""
        return self._days.row_near(line)

    def strip(self, line: int, width: int) -> Strip:
        """Return a line: a day's, or a row's; of a row that was not yet read, a blank one."""
        found = self._days.at(line)
        if not isinstance(found, int):
            return strip_of(day_line(found, self.look.today, width), width)
        row = self.wire.row(found)
        if row is None:
            return strip_of(fit(Text("  ·", QUIET), width), width)
        return self._row(row, width)

    def _row(self, row: WireRow, width: int) -> Strip:
        """Draw a row, or take it as it was drawn before."""
        shared = (width, self._names, self.look.timezone)
        if shared != self._drawn_as or len(self._drawn) > DRAWN:
            self._drawn, self._drawn_as = {}, shared
        kept = self._drawn.get(row.item.seq)
        if kept is None or kept[0] is not row:
            text = rows.wire(row, self.look, names=self._names, width=width)
            kept = self._drawn[row.item.seq] = row, strip_of(text, width)
        return kept[1]

    @property
    def chosen(self) -> WireRow | None:
        """Return the row under the cursor."""
        return self.wire.row(self.cursor) if self.rows else None

    # -- what comes --------------------------------------------------------------------------------

    def named(self, view: View) -> None:
        """Make room for the names of the sources."""
        names = rows.names((row.name for row in view.sources), self.width or 80)
        if names != self._names:
            self._names = names
            self.refresh()

    def changed(self, look: Look) -> None:
        """Show what the wire holds now: on top if it follows, else without moving what is read."""
        self.look = look
        shows = (self.wire.version, look.today, look.timezone, self.empty)
        if shows == self._shows:
            return
        self._shows = shows
        before, top = self._days.line(self.cursor) if self.rows else 0, self.scroll_offset.y
        self._days = days(self.wire.at, look.today, look.timezone)
        if self.follows or self._anchor is None or not self.rows:
            self.cursor = 0
            self._settle(0)
        else:
            old = self.cursor
            self.cursor = self.wire.nearest(*self._anchor)
            self.arrived += max(0, self.cursor - old)
            self._settle(top + self._days.line(self.cursor) - before)
        self._remember()

    def _settle(self, top: int) -> None:
        self.relaid()
        self.scroll_to(y=max(0, top), animate=False, force=True)

    def _remember(self) -> None:
        self._anchor = self.wire.place(self.cursor) if self.cursor < self.wire.size else None

    def wanted(self) -> tuple[int, int]:
        """Return the rows that are to be read: what is seen, and a screen above and below."""
        if not self.rows:
            return 0, 0
        height, top = max(1, self.size.height), self.scroll_offset.y
        first = self.row_near(max(0, min(top - height, self.lines - 1)))
        last = self.row_near(max(0, min(top + 2 * height, self.lines - 1)))
        return first, last + 1

    # -- following ---------------------------------------------------------------------------------

    def follow(self) -> None:
        """Go to the newest, and stay there."""
        super().action_top()
        self.follows, self.arrived = True, 0

    def hold(self) -> None:
        """Stand still."""
        self.follows = False

    def to(self, row: int) -> None:
        """Put the cursor on a row; what is new then comes in above without a move."""
        self.hold()
        super().to(row)
        self._remember()

    def action_top(self) -> None:
        """Go to the newest, and follow."""
        self.follow()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Stand still while a person looks back."""
        self.hold()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Have what comes into sight read."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self.post_message(self.Moved(self))
