"""The help: all keys, over the screen."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from monitor.dashboard.keys import help_lines
from monitor.dashboard.panels import Entry
from monitor.dashboard.terminal.entrylist import EntryList


class Help(ModalScreen[None]):
    """Every key that works, and what the marks mean; any of these ends it: esc, ?, q, enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False)
    ]
    DEFAULT_CSS = """
    Help { align: center middle; }
    Help EntryList { width: 84; max-width: 100%; height: auto; max-height: 100%; border: round; padding: 0 1; }
    """

    def __init__(self, hands: Iterable[str]) -> None:
        super().__init__()
        self._hands = tuple(hands)

    def compose(self) -> ComposeResult:
        """Show a list that only scrolls."""
        yield EntryList("help")

    def on_mount(self) -> None:
        """Fill it."""
        shown = self.query_one(EntryList)
        shown.border_title = "keys"
        shown.show([Entry(lines=(line,)) for line in help_lines(self._hands)])
        shown.focus()
