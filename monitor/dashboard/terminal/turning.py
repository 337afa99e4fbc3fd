"""Which panel shows beside the wire, and whether the keys move it or the wire."""

from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo

from textual import on

from monitor.dashboard.feed import Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.layout import PANELS, RULES, Remembered
from monitor.dashboard.terminal.acting import Acting
from monitor.dashboard.terminal.panel import Panel
from monitor.dashboard.terminal.sheet import Sheet
from monitor.dashboard.terminal.wirelist import WireList
from monitor.model import Clock
from monitor.store import StoreError


class Turning(Acting):
    """A canvas that can be acted upon, whose panels can be turned over."""

    def __init__(
        self, feed: Feed, *, clock: Clock, timezone: tzinfo | None, hands: Hands, remembered: Remembered
    ) -> None:
        super().__init__(feed, clock=clock, timezone=timezone, hands=hands)
        self.remembered = remembered

    def show_panel(self, name: str, *, focus: bool = True) -> None:
        """Show a panel, "" for none."""
        self.panel.shows = name
        self.remembered.keep(replace(self.remembered.layout, panel=name))
        self.arrange()
        if name and focus:
            self.to_panel()

    def action_next_panel(self) -> None:
        """Show the next panel; after the last one, none."""
        self._turn(1)

    def action_previous_panel(self) -> None:
        """Show the panel before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        ring = ("", *PANELS)
        shows = self.panel.shows
        self.show_panel(ring[((ring.index(shows) if shows in ring else 0) + by) % len(ring)])

    def action_rules(self) -> None:
        """Show the rules, or take them away."""
        self.show_panel("" if self.panel.shows == RULES else RULES)

    @on(Panel.Wanted)
    def wanted(self, event: Panel.Wanted) -> None:
        """Show the panel whose name was clicked on."""
        self.show_panel(event.name)

    @on(Sheet.Chosen)
    def chosen(self, event: Sheet.Chosen) -> None:
        """Show an item in full; of a rule, how often it would have rung."""
        entry = self.panel.chosen
        if self.in_panel and self.panel.shows == RULES and entry:
            self.say("counting …")
            self.call_later(self._try_rule, entry.key)
            return
        item = self.target()[0]
        if not item:
            return
        self.panel.item = item
        beside = isinstance(event.sheet, WireList)
        self.show_panel("item", focus=not beside or not self.parts.shows_wire)
        self.call_later(self.redraw)

    async def _try_rule(self, name: str) -> None:
        with suppress(StoreError):
            await self.panel.try_rule(name, self.clock.now())
        self.say("")
        await self.redraw()

    def action_to_wire(self) -> None:
        """Let the keys move the wire."""
        if self.parts.shows_wire:
            self.wire_list.focus()

    def action_to_panel(self) -> None:
        """Let the keys move the panel."""
        if self.panel.shows:
            self.to_panel()
