"""What to keep quiet, over the screen: a list to choose from, and for how long."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from monitor.core.plurals import spell
from monitor.dashboard import quiet
from monitor.dashboard.panels import Entry
from monitor.dashboard.quiet import LASTING, USUAL, Offer
from monitor.dashboard.rows import Look
from monitor.dashboard.terminal.entrylist import EntryList
from monitor.dashboard.terminal.sheet import Sheet

Choice = tuple[Offer, timedelta]


class Quiet(ModalScreen[Choice | None]):
    """Enter takes what is under the cursor; left and right change how long; esc leaves all as it is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,s,q", "leave", "Close", show=False),
        Binding("right,l,plus", "longer", "Longer", show=False),
        Binding("left,h,minus", "shorter", "Shorter", show=False),
    ]
    DEFAULT_CSS = """
    Quiet { align: center middle; }
    Quiet EntryList { width: 76; max-width: 100%; height: auto; max-height: 100%; border: round; padding: 0 1; }
    """

    def __init__(self, offers: Sequence[Offer], look: Look) -> None:
        super().__init__()
        self._offers = tuple(offers)
        self._look = look
        self._lasting = USUAL

    @property
    def _lasts(self) -> timedelta:
        return LASTING[self._lasting]

    def compose(self) -> ComposeResult:
        """Show a list."""
        yield EntryList("quiet")

    def on_mount(self) -> None:
        """Fill it."""
        self.query_one(EntryList).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """Fill another width."""
        self._fill()

    def _fill(self) -> None:
        shown, look = self.query_one(EntryList), self._look
        shown.border_title = f"keep quiet · ← → for {spell(self._lasts.total_seconds())} · enter · esc"
        width = max(1, min(72, self.size.width - 4))
        lines = [quiet.line(offer, self._lasts, look.now, look.timezone, width) for offer in self._offers]
        shown.show([Entry(lines=(line,), key=str(number)) for number, line in enumerate(lines)])

    def action_longer(self) -> None:
        """Let it last longer."""
        self._lasting = min(len(LASTING) - 1, self._lasting + 1)
        self._fill()

    def action_shorter(self) -> None:
        """Let it end sooner."""
        self._lasting = max(0, self._lasting - 1)
        self._fill()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    @on(Sheet.Chosen)
    def chosen(self, event: Sheet.Chosen) -> None:
        """Take what is under the cursor."""
        event.stop()
        entry = self.query_one(EntryList).chosen
        self.dismiss((self._offers[int(entry.key)], self._lasts) if entry else None)
