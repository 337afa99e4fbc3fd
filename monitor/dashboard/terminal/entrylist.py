"""A panel on the screen: entries that are all there, or the lines of an item."""

from bisect import bisect_right
from collections.abc import Sequence

from rich.text import Text
from textual.strip import Strip

from monitor.dashboard.panels import Entry
from monitor.dashboard.terminal.bar import strip_of
from monitor.dashboard.terminal.sheet import Sheet


class EntryList(Sheet):
    """Entries; those with a key can be chosen. The cursor stays with its entry when others come."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._entries: tuple[Entry, ...] = ()
        self._rows: list[int] = []  # numbers of the entries that can be chosen
        self._starts: list[int] = []  # first line of each entry
        self._lines: list[Text] = []
        self._drawn: dict[int, Strip] = {}  # by line

    def show(self, entries: Sequence[Entry], *, fresh: bool = False) -> None:
        """Show these entries; `fresh` ones are others than before, and begin at the top."""
        if tuple(entries) == self._entries and not fresh:
            return
        key, top = self.chosen.key if self.chosen else "", self.scroll_offset.y
        self._entries = tuple(entries)
        self._starts, self._lines, self._drawn = [], [], {}
        for entry in entries:
            self._starts.append(len(self._lines))
            self._lines += entry.lines
        self._rows = [number for number, entry in enumerate(entries) if entry.key]
        keys = [entries[number].key for number in self._rows]
        before = self.cursor
        self.cursor = keys.index(key) if key in keys and not fresh else 0 if fresh else before
        self.relaid()
        if fresh or (before == 0 and top == 0):
            self.cursor = 0
            self.scroll_to(y=0, animate=False, force=True)
        elif self.has_cursor:
            self._show(self.lines_of(self.cursor))

    @property
    def chosen(self) -> Entry | None:
        """Return the entry under the cursor."""
        return self._entries[self._rows[self.cursor]] if self._rows else None

    @property
    def rows(self) -> int:
        """Return how many entries can be chosen."""
        return len(self._rows)

    @property
    def lines(self) -> int:
        """Return how many lines there are."""
        return len(self._lines)

    def lines_of(self, row: int) -> range:
        """Return the lines of an entry that can be chosen."""
        number = self._rows[row]
        start = self._starts[number]
        return range(start, start + len(self._entries[number].lines))

    def row_near(self, line: int) -> int:
        """Return the entry of a line."""
        number = bisect_right(self._starts, line) - 1
        return max(0, min(bisect_right(self._rows, number) - 1, len(self._rows) - 1))

    def strip(self, line: int, width: int) -> Strip:
        """Return a line."""
        drawn = self._drawn.get(line)
        if drawn is None or drawn.cell_length != width:
            drawn = self._drawn[line] = strip_of(self._lines[line], width)
        return drawn
