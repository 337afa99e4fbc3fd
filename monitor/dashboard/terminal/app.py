"""The live dashboard: it looks, reads and rings, and does what the keys ask."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from monitor.answers.wire import Lighting, WireRow
from monitor.dashboard import keys
from monitor.dashboard.feed import Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.layout import OPEN, PANELS, Remembered
from monitor.dashboard.ringing import ringing
from monitor.dashboard.terminal.driver import Terminal
from monitor.dashboard.terminal.search import Search
from monitor.dashboard.terminal.sheet import Sheet
from monitor.dashboard.terminal.turning import Turning
from monitor.dashboard.terminal.wirelist import WireList
from monitor.dashboard.view import View
from monitor.model import Clock
from monitor.store import StoreError

if TYPE_CHECKING:
    from monitor.rules.query.tree import Query

LOOK = 0.25  # seconds of real time between two looks: at most four frames a second
REST = 0.5  # seconds between them where nothing has come
STILL = 12  # looks without anything new, after which it rests


class Dashboard(Turning):
    """Shows a feed, from the `first` look at it on, until `stop`, or until a person quits.

    `failure` is what went wrong, if anything.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key.keys, key.action, key.does, show=False, priority=key.priority) for key in keys.KEYS),
        Binding("ctrl+c", "interrupt", "Quit", show=False, priority=True),
    ]

    def __init__(
        self,
        feed: Feed,
        first: View,
        *,
        clock: Clock,
        timezone: tzinfo | None,
        hands: Hands,
        remembered: Remembered,
        stop: asyncio.Event,
        seen: Callable[[int], None] = lambda cursor: None,
        interrupt: Callable[[], None] = lambda: None,
        light: Callable[[], Awaitable[Lighting]] | None = None,
    ) -> None:
        super().__init__(feed, clock=clock, timezone=timezone, hands=hands, remembered=remembered)
        self.view = first
        self.failure: Exception | None = None
        self._query: Query | None = None
        self._stop = stop
        self._seen = seen
        self._interrupt = interrupt
        self._light = light
        self._readings = 0
        self._complete = True
        self._read: tuple[int, tuple[int, int]] | None = (
            None  # the wire, and what of it is in sight: all there
        )
        self._heard: frozenset[str] | None = None
        self._wanting = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # -- its life ----------------------------------------------------------------------------------

    async def on_load(self) -> None:
        """Read the newest before there is a screen: what is drawn first is the news."""
        self._filter_by(self.remembered.layout.filter)
        with suppress(StoreError):
            await self._take(self.view)
            await self.wire.read(0, self.size.height)

    async def on_mount(self) -> None:
        """Begin to look."""
        chosen = self.remembered.layout.panel
        self.panel.shows = chosen if chosen is not None else "alerts" if self.size.width >= OPEN else ""
        self.wire_list.focus()
        self.arrange()
        await self.redraw()
        self._tasks = [asyncio.create_task(self._guarded(work)) for work in (self._looking, self._reading)]

    async def on_unmount(self) -> None:
        """End what looks and reads."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _filter_by(self, text: str) -> None:
        """Begin with a filter that was kept; the rule language may have changed since."""
        if not text:
            return
        from monitor.rules.errors import QueryError
        from monitor.rules.query.language import parse

        with suppress(QueryError):
            self._query = parse(text, self.feed.lighting.aliases)
            self.filtered_by = text

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            self.failure = error
            self.exit()

    def _fatal_error(self) -> None:
        """End at a bug with the bug, not with a picture of it that shows what variables hold."""
        self.failure = self._exception
        self._close_messages_no_wait()

    async def _looking(self) -> None:
        still, pulse = 0, None
        stopping = asyncio.create_task(self._stop.wait())
        try:
            while not stopping.done():
                await self._tick()
                still, pulse = (still + 1 if self.view.pulse == pulse else 0), self.view.pulse
                await asyncio.wait([stopping], timeout=LOOK if still < STILL else REST)
        finally:
            stopping.cancel()
        self.exit()

    async def _tick(self) -> None:
        look = self.look()
        self.view = view = await self.feed.look(look.now)
        try:
            await self._take(view)
        except StoreError:
            self._readings = 0  # all is read anew when there is something to read
        if isinstance(self._driver, Terminal) and self._driver.is_behind:
            return
        await self.draw_news(look)
        self._ring(view)
        self._seen(view.cursor)

    async def _take(self, view: View) -> None:
        if view.readings != self._readings:
            await self.wire.begin()
            self.wire.filter(self._query)
            self._readings, self._complete = view.readings, False
            self._wanting.set()
        fresh = [one for one in view.news if isinstance(one, WireRow)]
        if self.waiting is not None:
            self.waiting += fresh
        elif fresh:
            await self.wire.take(fresh, self.clock.now())

    async def _reading(self) -> None:
        """Read what comes into sight, then the places of all items, then what the filter keeps."""
        while True:
            await self._wanting.wait()
            self._wanting.clear()
            with suppress(StoreError):
                while await self._read_on():
                    self.rows_changed()
            self.rows_changed()
            if self._light is not None:
                light, self._light = self._light, None
                self.call_after_refresh(self._lighten_by, light)

    def _lighten_by(self, light: Callable[[], Awaitable[Lighting]]) -> None:
        async def lighten() -> None:
            self.feed.lighting = await light()
            if self._query is None:  # a filter that was kept may call an alias that is known only now
                self._filter_by(self.remembered.layout.filter)
                self.wire.filter(self._query)
            self.wire.relight()
            await self.redraw()

        self._tasks.append(asyncio.create_task(self._guarded(lighten)))

    async def _read_on(self) -> bool:
        if await self.wire.read(*self.wire_list.wanted()):
            return True
        if self._readings and not self._complete:
            self._complete = True
            await self.wire.complete()
            return True
        if self.wire.searching:
            await self.wire.search(self.clock.now())
            return True
        return False

    def _ring(self, view: View) -> None:
        known, self._heard = self._heard, view.unseen
        more = len(view.unseen) > self.parts.alerts  # than the lines above the wire hold
        if known is None and self.parts.panel == "none" and more and not self.search.has_keys:
            self.show_panel("alerts")
        fresh = [one for one in view.alerts if one.id in view.unseen and one.id not in (known or ())]
        heard = ringing(fresh)
        if heard is None or not self.remembered.layout.bell:
            return
        self.bell()
        told = self.hands.surroundings.notify(heard.title, heard.text, heard.severity)
        if told and self._driver is not None:
            self._driver.write(told)

    # -- the wire ----------------------------------------------------------------------------------

    def read_on(self) -> None:
        """Have what is missing read."""
        wire, sight = self.wire, (self.wire.version, self.wire_list.wanted())
        if self._complete and not wire.searching and sight == self._read:
            return
        if not self._complete or wire.searching or wire.misses(*sight[1]):
            self._wanting.set()
        else:
            self._read = sight

    @on(Sheet.Moved)
    def moved(self, event: Sheet.Moved) -> None:
        """Show what is in sight now; beside the wire, the item under the cursor."""
        if isinstance(event.sheet, WireList):
            self.rows_changed()
            if self.panel.shows in ("item", "story") and self.parts.shows_wire:
                self._show_item(event.sheet)

    def _show_item(self, sheet: WireList) -> None:
        if sheet.chosen is not None and self.panel.item != sheet.chosen.item.id:
            self.panel.item = sheet.chosen.item.id
            self.call_later(self.redraw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave a slash to whatever is being typed."""
        return action != "filter" or (len(self.screen_stack) == 1 and not self.search.has_keys)

    async def action_filter(self) -> None:
        """Type a filter."""
        if not self.parts.shows_wire:
            self.show_panel("")
        if not self.search.is_mounted:
            await self.left.mount(self.search)
        self.search.open(self.filtered_by)

    @on(Search.Changed)
    def filter(self, event: Search.Changed) -> None:
        """Put another filter to the wire."""
        self._keep_what_holds(event.query, event.text)

    def _keep_what_holds(self, query: "Query | None", text: str) -> None:
        self.filtered_by, self._query = text, query
        self.wire.filter(query)
        self.remembered.keep(replace(self.remembered.layout, filter=text))
        self.rows_changed()
        self.wire_list.follow()

    @on(Search.Closed)
    def filtered(self) -> None:
        """Give the keys back to the wire."""
        self.wire_list.focus()

    def action_follow(self) -> None:
        """Go to the newest and stay there."""
        if self.waiting is not None:
            self.action_pause()
        self.wire_list.follow()
        self.rows_changed()

    def action_pause(self) -> None:
        """Let nothing move, or go on with what has come meanwhile."""
        if self.waiting is None:
            self.waiting = []
        else:
            came, self.waiting = self.waiting, None
            self.call_later(self._go_on, came)
        self.call_later(self.redraw)

    async def _go_on(self, came: list[WireRow]) -> None:
        try:
            await self.wire.take(came, self.clock.now())
        except StoreError:
            self._readings = 0

    # -- everything else ---------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Go back a step: into the wire, the panel away, the filter away."""
        if self.panel.entries.has_focus and self.parts.shows_wire:
            self.wire_list.focus()
        elif self.panel.shows:
            self.show_panel("")
        elif self.filtered_by:
            self.search.display = False
            self._keep_what_holds(None, "")

    def action_hush(self) -> None:
        """Let alerts be heard, or not."""
        layout = self.remembered.layout
        self.remembered.keep(replace(layout, bell=not layout.bell))
        self.say("bell and notifications are " + ("off" if layout.bell else "on"))

    def action_save(self) -> None:
        """Write what is watched as a configuration."""
        if self.hands.save is not None:
            self.say(self.hands.save())

    def action_help(self) -> None:
        """Show all keys."""
        from monitor.dashboard.terminal.help import Help  # no first screen waits for it

        self.push_screen(Help(self.hands.names))

    async def action_quit(self) -> None:
        """End."""
        self.exit()

    def action_interrupt(self) -> None:
        """End as Ctrl-C ends a program."""
        self._interrupt()
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette finds: all that keys do, and each panel by its name."""
        for key in keys.KEYS:
            if key.action != "command_palette" and (not key.needs or key.needs in self.hands.names):
                yield SystemCommand(key.does, f"key {key.shown}", partial(self.run_action, key.action))
        for name in PANELS:
            yield SystemCommand(f"show {name}", "a panel", partial(self.show_panel, name))
