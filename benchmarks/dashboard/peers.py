"""What the dashboard is held against, each a program of its own.

    python -m benchmarks.dashboard.peers live STATE      a `rich.Live` of the newest items, drawn when something came
    python -m benchmarks.dashboard.peers empty           a Textual app with one word on it

The first has no keys, no filter, no panels and no rules: it is the least that shows the same items.
"""

import sqlite3
import sys
import time
from collections import deque
from pathlib import Path

READY = "ready"
LOOK = 0.25  # seconds, as the dashboard's
ROWS = 40


def live(state: Path) -> None:
    """Show the newest items, four times a second at most."""
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    connection = sqlite3.connect(f"file:{state / 'newsbell.db'}?mode=ro", uri=True)
    newest: deque[tuple[str, str]] = deque(maxlen=ROWS)
    cursor = int(connection.execute("select max(seq) from items").fetchone()[0]) - ROWS

    def drawn() -> Table:
        table = Table.grid(padding=(0, 2))
        for source, title in reversed(newest):
            table.add_row(Text(source, "cyan"), Text(title, no_wrap=True, overflow="ellipsis"))
        return table

    version = None
    with Live(Text(READY), auto_refresh=False, screen=True) as screen:
        while True:
            now = connection.execute("pragma data_version").fetchone()[0]
            if now != version:
                version = now
                for seq, source, title in connection.execute(
                    "select seq, source, title from items where seq > ? order by seq", (cursor,)
                ):
                    cursor = seq
                    newest.append((source, title))
                screen.update(drawn(), refresh=True)
            time.sleep(LOOK)


def empty() -> None:
    """Show one word."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Empty(App[None]):
        """The least that Textual can show."""

        def compose(self) -> ComposeResult:
            """Show it."""
            yield Static(READY)

    Empty(ansi_color=True).run()


if __name__ == "__main__":
    live(Path(sys.argv[2])) if sys.argv[1] == "live" else empty()
