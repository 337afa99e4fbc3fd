"""One line an event: for a person on a terminal, for journald with its priority, or as JSON."""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from monitor.core.text import clean
from monitor.daemon.system import journal

Format = Literal["human", "journald", "json"]
LONGEST = 512  # characters of one value
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
MARKS = {logging.WARNING: "!", logging.ERROR: "✗", logging.CRITICAL: "✗"}

LIBRARIES = ("apscheduler", "httpcore", "httpx", "asyncio")

log = logging.getLogger("newsbell")


def event(
    name: str, sentence: str, *, level: int = logging.INFO, traceback: bool = False, **fields: object
) -> None:
    """Log that `name` happened. `sentence` is for people, `fields` for machines; neither holds a secret.

    `traceback` is that of the exception that is being handled.
    """
    log.log(level, sentence, exc_info=traceback, extra={"event": name, "fields": fields})


def set_up(stream: TextIO, form: Format | None = None, *, level: int = logging.INFO) -> None:
    """Send events to `stream` in `form`, by default what fits the stream."""
    found = fitting(stream)
    form = form or found
    handler = _ToJournal(stream) if form == found == "journald" else logging.StreamHandler(stream)
    handler.setFormatter(FORMATTERS[form]())
    for before in log.handlers:
        before.close()
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False
    for name in LIBRARIES:  # httpcore logs headers, httpx whole addresses: a webhook's is its secret
        library = logging.getLogger(name)
        library.handlers[:] = [handler]
        library.setLevel(logging.ERROR)
        library.propagate = False


def silence() -> None:
    """Send events nowhere: a screen says what they would."""
    for logger in (log, *map(logging.getLogger, LIBRARIES)):
        logger.handlers[:] = [logging.NullHandler()]
        logger.propagate = False


def fitting(stream: TextIO) -> Format:
    """Return "journald" where `stream` is the journal's ($JOURNAL_STREAM, systemd.exec(5)), else "human"."""
    try:
        stat = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return "human"
    return "journald" if os.environ.get("JOURNAL_STREAM") == f"{stat.st_dev}:{stat.st_ino}" else "human"


def _safe(value: object) -> str:
    text = clean(str(value))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class _Human(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone()
        mark = MARKS.get(record.levelno, " ")
        return f"{at:%H:%M:%S} {mark} {_safe(record.getMessage())}{_traceback(self, record)}"


class _Journald(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = f"<{PRIORITIES.get(record.levelno, 6)}>"
        text = _safe(record.getMessage()) + _traceback(self, record)
        return "\n".join(prefix + line for line in text.splitlines())


class _ToJournal(logging.StreamHandler[TextIO]):
    """Sends each event to the journal with its fields; as a line, where the journal does not take it."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._journal = journal.Journal(journal.SOCKET)

    def emit(self, record: logging.LogRecord) -> None:
        fields = {
            "message": _safe(record.getMessage()) + _traceback(logging.Formatter(), record),
            "priority": str(PRIORITIES.get(record.levelno, 6)),
            "syslog_identifier": log.name,
            **{name: _safe(value) for name, value in _fields(record).items() if value not in (None, "")},
        }
        if not self._journal.send(fields):
            super().emit(record)

    def close(self) -> None:
        self._journal.close()
        super().close()


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": _safe(record.getMessage()),
            **{
                name: value if isinstance(value, int | float | None) else _safe(value)
                for name, value in _fields(record).items()
            },
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what an event has for machines: its id, the word for what is wrong, the source, and its own fields."""
    name, own = getattr(record, "event", record.name), dict(getattr(record, "fields", {}))
    wrong = own.pop("code", "") or name if record.levelno >= logging.WARNING else None
    return {"event": name, "error_id": wrong, "source": own.pop("source", None), **own}


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""


FORMATTERS: dict[Format, type[logging.Formatter]] = {"human": _Human, "journald": _Journald, "json": _Json}


def to_stderr(form: Format | None = None, *, level: int = logging.INFO) -> None:
    """Send events to stderr."""
    set_up(sys.stderr, form, level=level)
