"""A newsroom of invented news, and the dashboard before it as a person has it: keys in, a screen out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC

from rich.segment import Segment
from textual.pilot import Pilot

from monitor.answers.wire import Lighting
from monitor.dashboard.feed import Daemon, Feed
from monitor.dashboard.hands import Hands
from monitor.dashboard.layout import Remembered
from monitor.dashboard.terminal.app import Dashboard
from monitor.model import Severity
from tests.dashboard.newsroom import Newsroom

PATIENCE = 20.0  # seconds of real time for something to be seen
RUNNING = Daemon(pid=lambda: 42)


@dataclass
class Desk:
    """A desktop that writes down what was asked of it."""

    has_browser: bool = True
    opened: list[str] = field(default_factory=list)
    notified: list[tuple[str, str, Severity]] = field(default_factory=list)

    def browse(self, url: str) -> bool:
        if self.has_browser:
            self.opened.append(url)
        return self.has_browser

    def notify(self, title: str, text: str, severity: Severity) -> str:
        self.notified.append((title, text, severity))
        return ""


@dataclass
class Seat:
    """A person before a dashboard."""

    app: Dashboard
    pilot: Pilot[None]
    room: Newsroom
    desk: Desk
    bells: list[float]

    @property
    def strips(self) -> list[list[Segment]]:
        """Return what is on the screen, line by line."""
        return [list(strip) for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """Return what is on the screen as plain text."""
        return "\n".join("".join(part.text for part in strip).rstrip() for strip in self.strips) + "\n"

    def styles(self, words: str) -> list[str]:
        """Return the styles in which `words` stand on the screen."""
        return [str(part.style) for strip in self.strips for part in strip if words in part.text]

    def line(self, words: str) -> str:
        """Return the first line that holds `words`, "" if none does."""
        return next((line for line in self.text.splitlines() if words in line), "")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def until(self, seen: Callable[[], object]) -> None:
        """Wait until `seen` holds; what is then on the screen is in the failure."""
        async with asyncio.timeout(PATIENCE * 2):
            left = int(PATIENCE / 0.05)
            while not seen():
                left -= 1
                assert left, f"never seen:\n{self.text}"
                await self.pilot.pause(0.05)

    async def shows(self, *words: str) -> None:
        """Wait until all of these stand on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def hides(self, *words: str) -> None:
        """Wait until none of these stands on the screen."""
        await self.until(lambda: not any(word in self.text for word in words))


@asynccontextmanager
async def seated(
    room: Newsroom,
    *,
    size: tuple[int, int] = (80, 24),
    daemon: Daemon | None = RUNNING,
    remembered: Remembered | None = None,
    save: Callable[[], str] | None = None,
    desk: Desk | None = None,
    cursor: int = 0,
    stop: asyncio.Event | None = None,
    seen: Callable[[int], None] = lambda cursor: None,
    interrupt: Callable[[], None] = lambda: None,
    light: Callable[[], Awaitable[Lighting]] | None = None,
) -> AsyncIterator[Seat]:
    """Seat a person before a dashboard of `size` columns and lines, and wait for its first screen."""
    desk = desk or Desk()
    feed = Feed(room.store, Lighting(room.rules), daemon=daemon, cursor=cursor)
    app = Dashboard(
        feed,
        await feed.look(room.clock.now()),
        clock=room.clock,
        timezone=UTC,
        hands=Hands(surroundings=desk, changes=room.store, save=save),
        remembered=remembered or Remembered(),
        stop=stop or asyncio.Event(),
        seen=seen,
        interrupt=interrupt,
        light=light,
    )
    bells: list[float] = []
    app.bell = lambda: bells.append(1)  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        seat = Seat(app, pilot, room, desk, bells)
        await seat.until(lambda: app.failure or app.view.totals is not None)
        yield seat
    if app.failure:
        raise app.failure


SCRIPTS = {
    "asahi": (
        "停電の後、ハルキウの地下鉄が運行を再開、市民に安堵広がる",
        "弾道ミサイルの迎撃に成功、首都では五人が軽傷と当局が発表",
    ),
    "al-sabah": (
        "استئناف محادثات السلام في جنيف بمشاركة عشر دول",
        "صواريخ فوق الميناء القديم والسلطات تدعو السكان إلى الملاجئ",
    ),
    "hebrew": ("שיחות השלום בז'נבה נמשכות גם בלילה",),
    "emoji": ("🇺🇦 Metro reopens 🚇 after blackout 👨‍👩‍👧 families return ❤️",),
}


async def furnish(room: Newsroom) -> None:
    """Fill a newsroom: two days of invented news, alerts of every severity, an edit, a story, a broken source."""
    clock = room.clock
    await room.open("harbour-times", "northern-wire", "capital-post", "grain-daily", "ticker")
    for name, topics in {
        "harbour-times": (
            "Old crane is moved to the museum quay",
            "Ferry to the islands sails again in spring",
        ),
        "northern-wire": (
            "Reindeer count finds more calves than ever",
            "Summit of mayors ends without a paper",
        ),
        "capital-post": ("Tram line nine opens a year early", "City library lends out its first telescope"),
        "grain-daily": (
            "Wheat stands at its highest since autumn",
            "Barley shipments leave the northern port",
        ),
    }.items():
        titles = [f"{topic}, part {part}" if part else topic for part in range(8) for topic in topics]
        await room.first(name, *titles, ages=[1.5 * n + 0.3 for n in range(len(titles))])
    await room.publish("northern-wire", "Harbour bridge closed after talks on its repair fail")
    await room.publish("harbour-times", "Five mayors meet for a summit on the old bridge")
    await room.publish(
        "capital-post",
        "Ballistic missile falls into the sea off the northern cape",
        summary="The ballistic missile fell forty kilometres off the cape at dawn. Nobody was hurt; fishing boats"
        " were called back to the harbour, and the mayors broke off their talks.",
    )
    await room.publish(
        "northern-wire",
        "Missile falls into the sea, boats called back",
        story="Ballistic missile falls into the sea off the northern cape",
    )
    await room.publish(
        "harbour-times",
        "Boats called back after a missile fell off the cape",
        story="Ballistic missile falls into the sea off the northern cape",
    )
    await room.publish("grain-daily", "Wheat talks go into a third night")
    await room.edit(
        "harbour-times",
        "Five mayors meet for a summit on the old bridge",
        "Seven mayors meet for a summit on the new bridge",
    )
    for _ in range(2):
        await room.fail("ticker", "answered 503")
    clock.advance(40)
