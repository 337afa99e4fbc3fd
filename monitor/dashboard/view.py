"""What is to be shown, as values: the wire, the alerts, how the daemon and its sources do."""

from dataclasses import field
from datetime import datetime, timedelta

from monitor.answers.wire import WireRow
from monitor.model import Alert, Silence
from monitor.store import SourceRow, Totals
from monitor.values import dataclass

NOTICE = timedelta(seconds=15)  # how long a notice stays
IN_TROUBLE = frozenset(("failing", "refused", "gone"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened to the daemon or its file, told for a while."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a frame shows. Equal views look equal at the same instant."""

    readings: int = 0  # how often all was read anew; of another number, nothing of before holds
    alerts: tuple[Alert, ...] = ()  # newest first
    unseen: frozenset[str] = frozenset()  # ids of alerts since this viewer last looked
    totals: Totals | None = None  # None: the store could not be asked yet
    sources: tuple[SourceRow, ...] = ()
    silences: tuple[Silence, ...] = ()  # that go on, acks among them
    delays: tuple[timedelta, ...] = ()  # from its published date to the wire, of the latest items, sorted
    polling: int = 0  # sources being polled now
    next_poll_at: datetime | None = None
    alone: bool = False  # a monitor of its own, no daemon
    pid: int | None = None  # of the running daemon; None: it is not running, or `alone`
    start: str = ""  # the command that starts the daemon
    refused: str = ""  # why its configuration, as it stands in its file, is not in effect: a line an error
    trouble: str = ""  # why the store cannot be read, "" if it can
    notices: tuple[Notice, ...] = ()
    pulse: tuple[int, ...] | None = None  # another one: something was committed
    cursor: int = 0  # position in the stream up to which all is shown
    news: tuple[WireRow | Alert, ...] = field(default=(), compare=False)  # what this look brought, in order

    @property
    def is_polled(self) -> bool:
        """Tell whether anybody polls."""
        return self.alone or self.pid is not None


def countdown(left: timedelta) -> str:
    """Return a time to wait as a clock shows it; what is past is now.

    >>> [countdown(timedelta(seconds=s)) for s in (-1, 4.2, 61, 3_661)]
    ['now', '0:05', '1:01', '1:01:01']
    """
    seconds = -(-left // timedelta(seconds=1))  # up: 0:01 is shown until it is due
    if seconds <= 0:
        return "now"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def next_poll(view: View, now: datetime) -> str:
    """Return the countdown to the next poll, "now" while one runs, "" where nobody polls."""
    if not view.is_polled:
        return ""
    if view.polling:
        return "now"
    return "" if view.next_poll_at is None else countdown(view.next_poll_at - now)


def interval(row: SourceRow) -> float:
    """Return the seconds between a source's last poll and its next, or that of now, 0 where it is not polled."""
    due = row.next_poll_at or row.polling_since
    if row.last_poll_at is None or due is None or row.state == "paused":
        return 0.0
    return max(0.0, (due - row.last_poll_at).total_seconds())


def polls_an_hour(view: View) -> float:
    """Return how many polls an hour the present rhythms of all sources make, 0 where nobody polls."""
    rows = view.sources if view.is_polled else ()
    return sum(3_600 / every for row in rows if (every := interval(row)) >= 1)


def source_trouble(row: SourceRow) -> str:
    """Return what is wrong with a source in a sentence, "" if nothing is."""
    if row.state not in IN_TROUBLE:
        return ""
    end = "; it is polled no more until its address changes" if row.state == "gone" else ""
    return f"{row.name}: {row.error or row.state}{end}"


def daemon_trouble(view: View) -> str:
    """Return how to start the daemon, "" where it runs or none is needed."""
    if view.is_polled:
        return ""
    return f"the daemon is not running: `{view.start}` starts it"


def configuration_trouble(view: View) -> str:
    """Return why the configuration is not in effect as it stands in its file, "" where it is."""
    if view.pid is None or not view.refused:
        return ""
    first = view.refused.splitlines()[0]
    return f"{first}; the configuration of before runs on"


def troubles(view: View, now: datetime) -> list[str]:
    """Return all that is wrong or has just happened, the most important first."""
    notices = [notice.sentence for notice in view.notices if now - notice.at < NOTICE]
    sources = [_with_next(row, view, now) for row in view.sources if row.state in IN_TROUBLE]
    first = (view.trouble, daemon_trouble(view), configuration_trouble(view))
    return [line for line in (*first, *reversed(notices), *sources) if line]


def _with_next(row: SourceRow, view: View, now: datetime) -> str:
    sentence = source_trouble(row)
    due = now if row.polling_since else row.next_poll_at
    if due is None or not view.is_polled:
        return sentence
    times = f", {row.failures} times in a row" if row.failures > 1 else ""
    left = countdown(due - now)
    return f"{sentence}{times}; {'trying again' if left == 'now' else f'next try in {left}'}"
