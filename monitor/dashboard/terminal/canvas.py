"""The screen as a whole: where its parts are, and what each of them says now."""

from contextlib import suppress
from datetime import tzinfo
from time import monotonic

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.containers import Container, Vertical

from monitor.answers.wire import WireRow
from monitor.core.telling.render import safe
from monitor.dashboard import keys, panels, status
from monitor.dashboard.feed import Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.ink import fit, plain, rule_line
from monitor.dashboard.layout import Share, share
from monitor.dashboard.rows import Look
from monitor.dashboard.terminal.bar import Bar
from monitor.dashboard.terminal.driver import Terminal
from monitor.dashboard.terminal.panel import Panel
from monitor.dashboard.terminal.search import Search
from monitor.dashboard.terminal.sheet import Sheet
from monitor.dashboard.terminal.wirelist import WireList
from monitor.dashboard.view import View
from monitor.dashboard.wire import Wire
from monitor.model import Clock
from monitor.store import StoreError

BARS = ("top", "wire-title", "foot")
SAID = 4.0  # seconds for which a message stays at the foot


class Canvas(App[None]):
    """A view drawn on a terminal of any size."""

    ALLOW_SELECT = False
    TITLE = "newsbell"
    CSS = """
    Screen { overflow: hidden; }
    #body { height: 1fr; }
    #left { width: 1fr; height: 1fr; }
    """

    def __init__(self, feed: Feed, *, clock: Clock, timezone: tzinfo | None, hands: Hands) -> None:
        super().__init__(driver_class=Terminal, ansi_color=True)
        # The terminal's own colours, whatever they are; set without a word, or all styles are made twice.
        self.set_reactive(App.theme, "ansi-dark")
        self.clock = clock
        self.timezone = timezone
        self.hands = hands
        self.feed = feed
        self.wire = Wire(feed)
        self.view = View()
        self.shown = View()  # what alerts and panels show: the last view before a pause
        self.waiting: list[WireRow] | None = None  # what has come since the screen was paused
        self.filtered_by = ""
        self._message: tuple[str, float] = ("", 0.0)
        self._drawn: tuple[object, ...] = ()  # what the screen shows
        self._foot: object = None  # what its foot shows

        self._bars = {name: Bar(name) for name in BARS}
        self.wire_list = WireList(self.wire, self.look())
        self.panel = Panel(feed)
        self.search = Search(lambda: feed.lighting.aliases)
        self.left = Vertical(self._bars["wire-title"], self.wire_list, id="left")
        self.body = Container(self.left, id="body")  # and the panel, from when it is shown first

    # -- what is where -----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Put the parts on the screen."""
        yield self._bars["top"]
        yield self.body
        yield self._bars["foot"]

    def bar(self, name: str) -> Bar:
        """Return one of the bars."""
        return self._bars[name]

    def _set_pointer_shape(self, shape: str) -> None:
        """Leave the pointer alone: a terminal that does not know OSC 22 rings at its end."""

    def look(self) -> Look:
        """Return what all rows share now."""
        return Look(now=self.clock.now(), timezone=self.timezone, silences=self.view.silences)

    # -- drawing -----------------------------------------------------------------------------------

    async def draw_news(self, look: Look) -> None:
        """Draw, if anything has changed since, or a second has passed: an idle screen costs next to nothing."""
        if self._drawn != self._to_draw(look):
            await self.draw(look)

    def _to_draw(self, look: Look) -> tuple[object, ...]:
        second = look.now.replace(microsecond=0)
        return self.view, self.waiting and len(self.waiting), second, self.size, self._is_saying

    async def draw(self, look: Look) -> None:
        """Draw what changed."""
        self._drawn = self._to_draw(look)
        view, width = self.view, self.size.width
        if self.waiting is None:
            self.shown = view
        paused = None if self.waiting is None else len(self.waiting)
        head = status.line(view, width, look.now, self.timezone, paused=paused)
        self.bar("top").say([head, *self._troubles(look), *self._alerts(look)])
        if self.waiting is None:
            self.rows_changed()
        self._draw_foot()
        with suppress(StoreError):
            await self.panel.fill(self.shown, look)

    def rows_changed(self) -> None:
        """Draw the wire, whose rows came, went or were read."""
        wire, view = self.wire_list, self.shown
        wire.named(view)
        wire.empty = self._why_empty()
        wire.changed(self.look())
        self.bar("wire-title").say([self._wire_title()])
        self.read_on()

    def read_on(self) -> None:
        """Have what is missing read."""

    def _troubles(self, look: Look) -> list[Text]:
        width, height = self.size
        most = 1 if height <= 24 else 2 if height <= 40 else 4
        return status.troubles(self.view, look.now, width=width, most=most)

    def _alerts(self, look: Look) -> list[Text]:
        view, width = self.shown, self.size.width
        lines = panels.strip(view, look, width, self.parts.alerts)
        if self.parts.alerts:
            note = f"{len(view.unseen):,} new" if view.unseen else "" if view.alerts else "nothing has rung"
            lines.insert(0, rule_line("alerts", width, note=note))
        return lines

    def _wire_title(self) -> Text:
        wire, width = self.wire, self.wire_list.size.width + 1
        label = "wire" if not self.filtered_by else f"wire / {self.filtered_by}"
        notes = []
        if self.filtered_by:
            part = f"{wire.size:,} of {wire.total:,}"
            notes.append(part if not wire.searching else f"{part}, {wire.unsearched:,} to look at")
        elif self.view.alone and (first := status.baselines(self.view)):
            notes.append(first)
        if self.waiting is None and not self.wire_list.follows:
            came = self.wire_list.arrived
            notes.append(f"{came:,} new above, f follows" if came else "holding")
        return rule_line(safe(label), width, note=" · ".join(notes))

    def _why_empty(self) -> str:
        view = self.view
        if self.filtered_by and self.wire.total:
            return "searching" if self.wire.searching else "nothing matches; esc shows everything"
        if view.totals is None:
            return "the store could not be read yet" if view.trouble else "reading"
        if not view.totals.sources:
            return "no sources are configured: `newsbell add URL` adds one"
        return "nothing was seen yet"

    def _draw_foot(self) -> None:
        width = self.size.width
        shows = (self._message, width) if self._is_saying else (self._words(), self.hands.names, width)
        if shows == self._foot:
            return
        self._foot = shows
        if self._is_saying:
            text = fit(Text(" ").append_text(plain(self._message[0], "bold")), width)
        else:
            text = keys.foot(width, hands=self.hands.names, words=self._words())
        self.bar("foot").say([text])

    @property
    def _is_saying(self) -> bool:
        said, until = self._message
        return bool(said) and monotonic() < until

    def _words(self) -> dict[str, str]:
        """Return what keys say at the foot where it is not what they always say."""
        words = {"pause": "go on"} if self.waiting is not None else {}
        if self.panel.shows:
            words |= {"leave": "back", "filter": "", "follow": ""}
        if self.panel.shows == "deliveries":
            words |= {"replay": "replay"}
        return words

    def say(self, sentence: str) -> None:
        """Show a sentence at the foot for a while."""
        self._message = sentence, monotonic() + SAID
        self._draw_foot()

    # -- sharing out the screen --------------------------------------------------------------------

    @property
    def parts(self) -> Share:
        """Return how this size is shared out."""
        return share(self.size.width, self.size.height, self.panel.shows)

    def on_resize(self) -> None:
        """Share out the new size, which Textual knows only after this."""
        self.call_next(self.arrange)

    @on(Sheet.Resized)
    async def resized(self) -> None:
        """Draw what is shared out by now."""
        await self.redraw()

    def arrange(self) -> None:
        """Put the parts where they belong at this size."""
        parts = self.parts
        body, panel = self.body, self.panel
        if parts.panel != "none" and panel.parent is None:
            self.call_later(self._bring_panel)
        body.styles.layout = "horizontal" if parts.panel == "side" else "vertical"
        panel.display = parts.panel != "none"
        self.left.display = parts.shows_wire
        panel.styles.width = parts.size if parts.panel == "side" else "1fr"
        panel.entries.styles.padding = (0, 0, 0, 1 if parts.panel == "side" else 0)
        panel.styles.height = parts.size if parts.panel == "below" else "1fr"
        if not parts.shows_wire:
            self.to_panel()
        elif parts.panel == "none":
            self.wire_list.focus()
        self.call_after_refresh(self.redraw)

    async def _bring_panel(self) -> None:
        """Put the panel on the screen: what few begin with is not made for all."""
        if self.panel.parent is None:
            await self.body.mount(self.panel)
            self.arrange()

    def to_panel(self) -> None:
        """Let the keys move the panel."""
        if self.panel.entries.is_attached:
            self.panel.entries.focus()
        else:
            self.call_later(self._to_new_panel)

    async def _to_new_panel(self) -> None:
        await self._bring_panel()
        self.panel.entries.focus()

    async def redraw(self) -> None:
        """Draw now, not at the next look."""
        await self.draw(self.look())
