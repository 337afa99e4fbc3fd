"""The standard output of `run`: a coloured block and a bell on a terminal, else one plain line."""

import asyncio
import errno
import os
import select
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from io import StringIO
from threading import Lock, Thread
from typing import TYPE_CHECKING, ClassVar, TextIO

from monitor.core.telling.prose import Prose, Run
from monitor.core.telling.remarks import also_in, clock, headline, together, what_changed
from monitor.core.telling.render import safe
from monitor.core.telling.wording import told
from monitor.model import Alert, Delivery, Item, Severity, Span, Wording
from monitor.notifiers import NotifyError, Post

if TYPE_CHECKING:  # imported with the first block, not with `--help`
    from rich.text import Text

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})  # a file's trouble, which may pass
PRIORITIES = {Severity.INFO: 6, Severity.WARNING: 4, Severity.CRITICAL: 2}  # of syslog, sd-daemon(3)
STYLES = {Severity.INFO: "cyan", Severity.WARNING: "bold yellow", Severity.CRITICAL: "bold red"}
LIT = "bold reverse"  # matched words: seen without colours too
AROUND = 60  # characters of the summary shown before a matched word
LONGEST = 500  # characters of a headline shown
EXCERPT = 240  # characters of the summary shown at most


Shape = Callable[[TextIO], str]  # what is written, as it fits a stream


class Pen:
    """Writes to one stream, in order, in a thread of its own that lives while there is something to write.

    The thread is a daemon and writes to the descriptor itself: a terminal that was stopped keeps nobody
    from leaving, and holds no lock of `sys.stdout` that the interpreter would wait for at its end.
    """

    def __init__(self, stream: Callable[[], TextIO | None]) -> None:
        """Write to what `stream` returns at the time of writing."""
        self._stream = stream
        self._waiting: deque[tuple[Shape, Future[None]]] = deque()
        self._writing = False
        self._lock = Lock()

    def write(self, shape: Shape) -> Future[None]:
        """Queue what `shape` makes of the stream; the future ends when it is written. Cancelled before that, it never is."""
        done: Future[None] = Future()
        with self._lock:
            if not self._writing:
                Thread(target=self._drain, name="terminal", daemon=True).start()
                self._writing = True
            self._waiting.append((shape, done))
        return done

    def _drain(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._writing = False
                    return
                shape, done = self._waiting.popleft()
            if done.set_running_or_notify_cancel():
                self._write(shape, done)

    def _write(self, shape: Shape, done: Future[None]) -> None:
        try:
            stream = self._stream()
            if stream is None or stream.closed:  # None: Python found descriptor 1 closed
                raise OSError(errno.EBADF, "closed")
            _put(stream, shape(stream))
        except BaseException as error:  # whatever it is, the one who waits must hear it
            done.set_exception(error)
        else:
            done.set_result(None)


STDOUT = Pen(lambda: sys.stdout)


def _put(stream: TextIO, text: str) -> None:
    """Write all of `text`; on return the operating system has it. Raises OSError."""
    encoding = stream.encoding or "utf-8"
    rest = memoryview(text.encode(encoding, "replace"))
    try:
        number = stream.fileno()
    except (OSError, AttributeError):  # in memory
        stream.write(str(rest, encoding))
        stream.flush()
        return
    while rest:
        try:
            rest = rest[os.write(number, rest) :]
        except BlockingIOError:  # someone who shares the terminal made it non-blocking
            _wait_until_writable(number)


def _wait_until_writable(number: int) -> None:
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    poll.poll()


@dataclass(frozen=True, eq=False)  # no slots: a terminal of `to` has a pen of its own
class Terminal:
    """Prints each alert. It has no config keys of its own."""

    wording: Wording = Wording()

    _pen: ClassVar[Pen] = STDOUT

    @classmethod
    def to(cls, stream: TextIO, wording: Wording | None = None) -> "Terminal":
        """Return a terminal that prints to `stream` instead of standard output."""
        terminal = cls(wording=wording) if wording else cls()
        object.__setattr__(terminal, "_pen", Pen(lambda: stream))
        return terminal

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return what would be printed, without the bell."""
        return shape(delivery, sys.stdout, by=self.wording).strip("\a\n")

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Print one alert; it is sent when it is written and flushed.

        A stopped terminal stops this call and nothing else. Cancelled before its turn, it is not printed;
        cancelled in the midst of writing, it may be, and is printed again: at least once.
        """
        try:
            await asyncio.wrap_future(self._pen.write(partial(shape, delivery, by=self.wording)))
        except OSError as error:
            raise _trouble(error) from error


def _trouble(error: OSError) -> NotifyError:
    if error.errno in FULL:
        return NotifyError("no space left where standard output goes", trouble="receiver")
    return NotifyError("standard output is closed", trouble="delivery", final=True)


# -- how it looks -----------------------------------------------------------------------------


def shape(delivery: Delivery, stream: TextIO, *, by: Wording) -> str:
    """Return a delivery as it fits `stream`: a block, a line for the journal or a plain line."""
    alert = delivery.alert
    worded = told(delivery, by) if by.title or by.body else None
    if _is_colourful(stream):
        return block(alert, width=_width(stream), zone=by.zone, worded=worded)
    line = f"{_plain(worded) if worded else headline(alert, zone=by.zone)}\n"
    return f"<{PRIORITIES[alert.severity]}>{line}" if _is_journal(stream) else line


def _plain(worded: Prose) -> str:
    return " ".join(f"{worded.label}: {worded.plain()}".split("\n"))


def _is_colourful(stream: TextIO) -> bool:
    """Tell by no-color.org and terminfo(5)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") in {"dumb", "unknown", ""}
    return not plain and stream.isatty()


def _is_journal(stream: TextIO) -> bool:
    """Tell by $JOURNAL_STREAM, systemd.exec(5)."""
    try:
        stat = os.fstat(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stat.st_dev}:{stat.st_ino}"


def _width(stream: TextIO) -> int:
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError, AttributeError):
        columns = 0
    return max(columns, 20) if columns else 80


def block(alert: Alert, *, width: int, zone: tzinfo, worded: Prose | None = None) -> str:
    """Return an alert as a block of coloured lines with a bell. Feed text is only ever a `Text`."""
    from rich.console import Console
    from rich.text import Text

    style = STYLES[alert.severity]
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False, legacy_windows=False)
    bar = ("┃ ", style)
    for line in _worded(worded, alert) if worded else _lines(alert, zone):
        for part in line.wrap(console, width - 2, overflow="fold"):
            part.rstrip()
            console.print(Text.assemble(bar, part), soft_wrap=True)
    url = worded.url if worded else alert.item.url if alert.item else ""
    if url:  # whole, so that a click finds all of it
        console.print(Text.assemble(bar, (safe(url), "underline dim")), soft_wrap=True)
    return f"\a{out.getvalue()}\n"


def _worded(worded: Prose, alert: Alert) -> "list[Text]":
    from rich.text import Text

    lines = [Text.assemble((worded.label, STYLES[alert.severity]), "  ", *_runs(worded.title))]
    lines += Text.assemble(*_runs(worded.body)).split("\n") if worded.body else []
    return [*lines, *(Text(one, "dim") for one in (worded.note, worded.about) if one)]


def _runs(runs: tuple[Run, ...]) -> list[tuple[str, str]]:
    return [(run.text, LIT if run.lit else "") for run in runs]


def _lines(alert: Alert, zone: tzinfo) -> "list[Text]":
    from rich.text import Text

    style, item = STYLES[alert.severity], alert.item
    told = _lit(_cut(item.title or item.summary), item, alert.spans) if item else Text(safe(alert.sentence))
    told.stylize_before("bold" if alert.severity != Severity.INFO else "")
    lines = [Text.assemble((f"{alert.severity.mark} {alert.severity.upper()}", style), "  ", told)]
    if item and item.title and (excerpt := _excerpt(item, alert.spans)):
        lines.append(excerpt)
    if changed := what_changed(alert):
        lines.append(Text(safe(changed)))
    about = [item.source, clock(alert, zone=zone)] if item else [clock(alert, zone=zone)]
    lines.append(
        Text(
            safe(
                " · ".join(
                    filter(None, [*about, alert.rule or str(alert.type), together(alert), also_in(alert)])
                )
            ),
            "dim",
        )
    )
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _lit(text: str, item: Item, spans: tuple[Span, ...]) -> "Text":
    """Return the headline with matched words lit; without a title the summary stands for it."""
    from rich.text import Text

    lit = Text(safe(text) or "(no title)")
    field = "title" if item.title else "summary"
    for span in spans:
        if span.field == field:
            lit.stylize(LIT, span.start, span.end)
    return lit


def _excerpt(item: Item, spans: tuple[Span, ...]) -> "Text | None":
    """Return the part of the summary that made the rule match, None if the headline did."""
    from rich.text import Text

    found = [span for span in spans if span.field == "summary"]
    if not found or any(span.field == "title" for span in spans):
        return None
    start = max(found[0].start - AROUND, 0)
    if start:  # at a word, if one begins on the way
        start = item.summary.find(" ", start, found[0].start) + 1 or start
    before, after = "…" if start else "", "…" if start + EXCERPT < len(item.summary) else ""
    lit = Text(before + safe(item.summary[start : start + EXCERPT]) + after)
    for span in found:
        if span.end > start:
            first = max(span.start - start, 0) + len(before)
            lit.stylize(LIT, first, min(span.end - start, EXCERPT) + len(before))
    return lit
