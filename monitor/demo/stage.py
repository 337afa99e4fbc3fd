"""Two stages: a board that fills the terminal, and plain lines for everybody else."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from monitor.demo.record import Baseline, Fact, Logged, Published, Rang, Received, Record, Turn
from monitor.demo.script import RULES
from monitor.demo.tally import NEXT, Figure, verdict
from monitor.model import Severity

if TYPE_CHECKING:
    from rich.console import Console

LOUD = frozenset(rule.name for rule in RULES if rule.severity == Severity.CRITICAL)
SMALLEST = (72, 16)  # columns and lines that the board needs


def is_board(stream: TextIO) -> bool:
    """Tell whether `stream` is a terminal that can be drawn on (no-color.org, terminfo(5))."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}
    if plain or not stream.isatty():
        return False
    columns, lines = os.get_terminal_size(stream.fileno())
    return columns >= SMALLEST[0] and lines >= SMALLEST[1]


def command() -> str:
    """Return how to call this program from here, as it was called."""
    called = Path(sys.argv[0])
    if called.name != "newsbell":
        return "python -m monitor"
    found = shutil.which("newsbell")
    if found and Path(found).resolve() == called.resolve():
        return "newsbell"
    return os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)


class Lines:
    """One plain line for each thing that happens, without escapes."""

    def __init__(self, out: TextIO) -> None:
        """Write to `out`."""
        self._out = out

    def __enter__(self) -> Self:
        self._put("newsbell demo: a newsroom in a box, on 127.0.0.1, no file left.")
        self._put(
            f"Two feeds, a sidebar, {len(RULES)} rules, one webhook. The daemon is real, and is killed half way."
        )
        self._put("")
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the lines where they are."""

    def told(self, fact: Fact, record: Record) -> None:
        """Write a line for a fact."""
        who, what = _line(fact, record)
        if what:
            self._put(f"{fact.at:5.1f} s  {who:<9}  {what}")

    def frame(self, record: Record, now: float) -> None:
        """Show nothing: a line is written once."""

    def closing(self, record: Record, table: Sequence[Figure]) -> None:
        """Write the figures and what to type next."""
        self._put("")
        for figure in table:
            mark = f"  WRONG: should be {figure.wrong}" if figure.wrong else ""
            self._put(f"{figure.name:<24}{figure.value:>6}  {figure.note}{mark}".rstrip())
        self._put(f"\n{verdict(table)}\n\nNext:")
        longest = max(len(words) for words, _ in NEXT)
        for words, what in NEXT:
            self._put(f"  {command()} {words:<{longest}}  {what}")

    def _put(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def _line(fact: Fact, record: Record) -> tuple[str, str]:
    match fact:
        case Published(story=story, edited=edited):
            return (
                "newsroom",
                f"{'edits' if edited else 'publishes'}: {story.title} ({', '.join(story.feeds)})",
            )
        case Rang(line=line):
            return "newsbell", f"rings: {line}"
        case Received(status=204, id=id_):
            also = " (also in another paper)" if fact.also else ""
            return "desk", f"receives {id_[:8]}, signature verified: {_title(fact, record)}{also}"
        case Received(status=503, id=id_):
            return "desk", f"answers 503 to {id_[:8]}: {_title(fact, record)}"
        case Received():
            return "desk", "answers 401: no good signature"
        case Logged(sentence=sentence):
            return "log", sentence
        case Baseline():
            return "", ""  # the log says it
        case Turn(what="killed", pid=pid):
            return "kill -9", f"newsbell (pid {pid}) is dead. The news goes on."
        case Turn(what="started", pid=pid):
            return "newsbell", f"starts (pid {pid})"
        case Turn():
            return "", ""  # the log says it


def _title(receipt: Received, record: Record) -> str:
    titles = [it.story.title for it in record.published if it.story.slug == receipt.slug]
    return titles[-1] if titles else receipt.slug


class Board:
    """The board, drawn anew a dozen times a second; at the end it stays on paper, with the figures under it."""

    def __init__(self, console: "Console", seconds: float) -> None:
        """Draw on `console`; the line of time is `seconds` long."""
        from rich.live import Live

        self._console, self._seconds = console, seconds
        self._live = Live(console=console, screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def told(self, fact: Fact, record: Record) -> None:
        """Ring the terminal's bell for what is critical; the next frame shows the rest."""
        if isinstance(fact, Rang) and fact.rule in LOUD:
            self._console.bell()

    def frame(self, record: Record, now: float) -> None:
        """Draw the moment."""
        from monitor.demo import board

        width, height = self._console.size
        drawn = board.frame(record, now, seconds=self._seconds, width=width, height=height)
        self._live.update(drawn, refresh=True)

    def closing(self, record: Record, table: Sequence[Figure]) -> None:
        """Print the story, the figures and what to type next."""
        from monitor.demo.paper import closing

        self._console.print(closing(record, table, width=self._console.width, call=command()))


def on(out: TextIO, seconds: float) -> Lines | Board:
    """Return the stage that fits `out`."""
    if not is_board(out):
        return Lines(out)
    from rich.console import Console

    return Board(Console(file=out, highlight=False), seconds)
