"""Lines that are drawn as they are given: the head, the foot, titles, the newest alerts."""

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class Bar(Widget):
    """As many lines as it was given, drawn anew only when they changed."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Bar { height: 0; width: 1fr; }"

    class Clicked(Message):
        """A person clicked on a cell of a bar."""

        def __init__(self, bar: "Bar", x: int, y: int) -> None:
            super().__init__()
            self.bar = bar
            self.x = x
            self.y = y

        @property
        def control(self) -> "Bar":
            """Return the bar."""
            return self.bar

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.said: tuple[Text, ...] = ()

    def say(self, lines: Sequence[Text]) -> None:
        """Show these lines, and be as high."""
        before, self.said = self.said, tuple(lines)
        if len(lines) != len(before):
            self.styles.height = len(lines)
            self.refresh()
            return
        changed = [y for y, (old, new) in enumerate(zip(before, lines, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        if y >= len(self.said):
            return Strip.blank(self.size.width)
        return strip_of(self.said[y], self.size.width)

    def on_click(self, event: events.Click) -> None:
        """Tell where it was clicked."""
        self.post_message(self.Clicked(self, event.x, event.y))


def strip_of(text: Text, width: int) -> Strip:
    """Return a text as a strip of `width` cells."""
    from textual._context import active_app

    console = active_app.get().console
    return Strip(text.render(console)).adjust_cell_length(width)
