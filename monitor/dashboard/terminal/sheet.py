"""A list that scrolls, of lines that are drawn when they are seen (Textual's Line API)."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from monitor.dashboard.ink import QUIET, fit
from monitor.dashboard.keys import MOVING
from monitor.dashboard.terminal.bar import strip_of

MARKED = 6  # cells of a row that show the cursor where the keys go elsewhere


class Sheet(ScrollView, can_focus=True):
    """Rows under a cursor. A row is one line or more; a line may belong to no row."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key.keys, key.action, key.does, show=False) for key in MOVING
    ]
    DEFAULT_CSS = """
    Sheet { width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1;
        scrollbar-color: ansi_bright_black; scrollbar-color-hover: ansi_bright_black;
        scrollbar-color-active: ansi_bright_black; scrollbar-background: ansi_default;
        scrollbar-background-hover: ansi_default; scrollbar-background-active: ansi_default; }
    """

    class Said(Message):
        """What a list says of itself."""

        def __init__(self, sheet: "Sheet") -> None:
            super().__init__()
            self.sheet = sheet

        @property
        def control(self) -> "Sheet":
            """Return the list."""
            return self.sheet

    class Chosen(Said):
        """A person wants to see the row under the cursor."""

    class Moved(Said):
        """The cursor stands on another row."""

    class Resized(Said):
        """It has another size now."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.cursor = 0  # a row
        self.empty = ""  # said where there are no lines

    # -- what a kind of list says ----------------------------------------------------------------

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        raise NotImplementedError

    @property
    def lines(self) -> int:
        """Return how many lines there are."""
        raise NotImplementedError

    def lines_of(self, row: int) -> range:
        """Return the lines of a row."""
        raise NotImplementedError

    def row_near(self, line: int) -> int:
        """Return the row of a line, or the next one below it."""
        raise NotImplementedError

    def strip(self, line: int, width: int) -> Strip:
        """Return a line in `width` cells, drawn; what did not change is best kept: drawing is what costs."""
        raise NotImplementedError

    @property
    def has_cursor(self) -> bool:
        """Tell whether there is a row to choose; where there is none, the keys scroll."""
        return self.rows > 0

    @property
    def width(self) -> int:
        """Return the cells of a line, the scrollbar's not among them."""
        return self.scrollable_content_region.width

    # -- drawing ---------------------------------------------------------------------------------

    def relaid(self) -> None:
        """Draw everything anew, after rows came or went."""
        self.cursor = max(0, min(self.cursor, self.rows - 1))
        self.virtual_size = Size(0, self.lines)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw a line of what is seen."""
        line, width = y + self.scroll_offset.y, self.width
        if line >= self.lines:
            said = f"  {self.empty}" if line == self.lines == 0 else ""
            return strip_of(fit(Text(said, QUIET), width), width)
        strip = self.strip(line, width)
        if self.has_cursor and line in self.lines_of(self.cursor):
            strip = _chosen(strip) if self.has_focus else _marked(strip)
        return strip

    def on_resize(self) -> None:
        """Tell of another size: what stands around the list is drawn for it too."""
        self.post_message(self.Resized(self))

    def on_focus(self) -> None:
        """Show that the keys go here."""
        self.refresh()

    def on_blur(self) -> None:
        """Show that they no longer do."""
        self.refresh()

    # -- moving ----------------------------------------------------------------------------------

    def to(self, row: int) -> None:
        """Put the cursor on a row, and the row where it is seen."""
        row, before = max(0, min(row, self.rows - 1)), self.cursor
        self.cursor = row
        for changed in (before, row) if self.rows else ():
            lines = self.lines_of(changed)
            self.refresh_lines(lines.start, len(lines))
        if self.rows:
            self._show(self.lines_of(row))
        if row != before:
            self.post_message(self.Moved(self))

    def _show(self, lines: range) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if lines.start < top:
            self.scroll_to(y=lines.start, animate=False)
        elif lines.stop > top + height:
            self.scroll_to(y=lines.stop - height, animate=False)

    def action_down(self) -> None:
        """Go one down."""
        if self.has_cursor:
            self.to(self.cursor + 1)
        else:
            self.scroll_to(y=self.scroll_target_y + 1, animate=False)

    def action_up(self) -> None:
        """Go one up."""
        if self.has_cursor:
            self.to(self.cursor - 1)
        else:
            self.scroll_to(y=self.scroll_target_y - 1, animate=False)

    def action_page_down(self) -> None:
        """Go a page down."""
        self._page(self.size.height - 1)

    def action_page_up(self) -> None:
        """Go a page up."""
        self._page(1 - self.size.height)

    def _page(self, lines: int) -> None:
        top = max(0, min(self.scroll_offset.y + lines, self.lines - self.size.height))
        self.scroll_to(y=top, animate=False)
        if self.has_cursor:
            line = self.lines_of(self.cursor).start + lines
            self.to(self.row_near(max(0, min(line, self.lines - 1))))

    def action_top(self) -> None:
        """Go to the first row."""
        self.to(0)
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """Go to the last row."""
        self.to(self.rows - 1)
        self.scroll_to(y=max(0, self.lines - self.size.height), animate=False)

    def action_choose(self) -> None:
        """Show the row under the cursor."""
        if self.has_cursor:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Choose a row; show it, if it was chosen before."""
        line = event.y + self.scroll_offset.y
        if not self.has_cursor or line >= self.lines:
            return
        row = self.row_near(line)
        if row == self.cursor and self.has_focus and event.chain > 1:
            self.action_choose()
        self.to(row)


def _chosen(strip: Strip) -> Strip:
    """Return a line as the one under the cursor: one ground, whatever its colours; weights and lines stay."""
    return Strip(
        [Segment(text, _colourless(style), control) for text, style, control in strip], strip.cell_length
    )


def _marked(strip: Strip) -> Strip:
    """Return a line as the one under the cursor of a list that does not have the keys."""
    width = strip.cell_length
    return Strip.join([_chosen(strip.crop(0, MARKED)), strip.crop(MARKED, width)])


def _colourless(style: Style | None) -> Style:
    if style is None:
        return Style(reverse=True)
    lit = bool(style.bold and style.color)
    return Style(
        reverse=True,
        bold=style.bold,
        underline=style.underline or lit,
        strike=style.strike,
        italic=style.italic,
    )
