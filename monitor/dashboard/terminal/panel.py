"""The panel beside the wire: names to choose from, and what the chosen one shows, read when it changed."""

from datetime import datetime, timedelta

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from monitor.dashboard import panels
from monitor.dashboard.feed import Feed
from monitor.dashboard.ink import QUIET, fit
from monitor.dashboard.layout import PANELS, RULES
from monitor.dashboard.panels import Entry
from monitor.dashboard.rows import Look
from monitor.dashboard.terminal.bar import Bar
from monitor.dashboard.terminal.entrylist import EntryList
from monitor.dashboard.view import View
from monitor.store import StoreError
from monitor.store.sqlite.asked import reading, screen

NAMES = (*PANELS, RULES)
DELIVERIES = 200  # shown
DAY = timedelta(hours=panels.HOURS)
# The least time between two readings of what costs many pages, and the time after which "3 min ago" is wrong.
PAUSES = {"sources": timedelta(seconds=5), RULES: timedelta(seconds=5)}
USUAL = timedelta(seconds=1)
AGED = timedelta(seconds=30)
WEEK = timedelta(days=7)


class Panel(Vertical):
    """Shows `name` ("" for nothing) of the store, `item` where it is about one."""

    DEFAULT_CSS = "Panel { width: 1fr; height: 1fr; }"

    class Wanted(Message):
        """A person clicked on a panel's name."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, feed: Feed) -> None:
        super().__init__(id="panel")
        self._feed = feed
        self._tabs = Bar("tabs")
        self.entries = EntryList("entries")
        self.shows = ""
        self.item = ""
        self.url = ""  # of the item in full
        self._past: dict[str, str] = {}  # by rule, how often it would have rung
        self._listed = ""  # the panel whose entries are listed: for a moment not the one that shows
        self._of: tuple[object, ...] = ()  # what is shown now
        self._about: tuple[object, ...] = ()
        self._read_at: datetime | None = None

    def compose(self) -> ComposeResult:
        """Show names and entries."""
        yield self._tabs
        yield self.entries

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor; None until those of the panel that shows are read, and keys would mean others."""
        return self.entries.chosen if self._listed == self.shows else None

    def name_tabs(self) -> None:
        """Show the names, the chosen one lit."""
        width = self.size.width
        between = " ─ " if width > sum(len(name) + 3 for name in NAMES) + 3 else " "
        line = Text("─ ", QUIET)
        for name in NAMES:
            line.append(
                f" {name} " if name == self.shows else name, "bold reverse" if name == self.shows else ""
            )
            line.append(between if name != NAMES[-1] else " ", QUIET)
        self._tabs.say([fit(line.append("─" * max(0, width - len(line.plain)), QUIET), width)])

    @on(Bar.Clicked, "#tabs")
    def clicked(self, event: Bar.Clicked) -> None:
        """Tell which name was clicked on."""
        event.stop()
        said = event.bar.said[0].plain
        for name in NAMES:
            start = said.find(f"{name} ")
            if start <= event.x < start + len(name):
                self.post_message(self.Wanted(name))

    async def fill(self, view: View, look: Look) -> None:
        """Read and show, where anything may have changed; raises StoreError."""
        width = self.entries.width
        of = (self.shows, self.item if self.shows in ("item", "story") else "", width, view.readings)
        about = (
            of,
            tuple(self._past.items()),
            self._feed.lighting,
            view.pulse,
            view.alerts if self.shows == "alerts" else (),
            look.today,
        )
        since = AGED if self._read_at is None else abs(look.now - self._read_at)
        pause = PAUSES.get(self.shows, USUAL)
        if not self.shows or width < 1:
            return
        if of == self._of and not (since >= AGED or (about != self._about and since >= pause)):
            return
        fresh, self._of, self._about, self._read_at = of[:2] != self._of[:2], of, about, look.now
        self.name_tabs()
        try:
            entries = await self._entries(view, look, width)
        except StoreError:
            self._of = ()  # to be read with the next look
            raise
        if (of[0], of[1]) == (self.shows, self.item if self.shows in ("item", "story") else ""):
            self.entries.show(entries, fresh=fresh)
            self._listed = of[0]

    async def try_rule(self, name: str, now: datetime) -> None:
        """Count how often a rule would have rung in the last week; raises StoreError."""
        from monitor.answers.past import past  # and the rule language with it

        rule = next((one for one in self._feed.lighting.rules if one.name == name), None)
        if rule is not None:
            found = await self._feed.reader.read(past, rule, now, since=now - WEEK)
            self._past[name] = found.sentence()
            self._read_at = None

    async def _entries(self, view: View, look: Look, width: int) -> list[Entry]:
        read, rules = self._feed.reader.read, self._feed.lighting.rules
        match self.shows:
            case "alerts":
                return panels.alerts(view, look, width)
            case "sources":
                return panels.sources(view, await read(screen.volumes, look.now - DAY), look, width)
            case "deliveries":
                return panels.deliveries(await read(reading.deliveries, limit=DELIVERIES), look, width)
            case "rules":
                rang = await read(screen.rang, look.now)
                return panels.rules(rules, rang, self._past, look, width)
        from monitor.dashboard import full  # and the rule language with it, which explains why it matched

        found = await read(full.read, self.item) if self.item else None
        if found is None:
            gone = "it is stored no more" if self.item else "enter on a headline shows it here"
            return [panels.told(gone, width)]
        if self.shows == "story":
            return panels.story(found.story, found.item.id, look, width)
        self.url = found.item.url
        return [Entry(lines=(line,)) for line in full.lines(found, rules, look, width)]
