"""In which words a notifier tells people: the keys `title` and `body`, templates, and the clock of its `timezone`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from monitor.config.reading import checks, zones
from monitor.config.reading.checks import Wrong
from monitor.config.reading.table import Table
from monitor.core.telling import examples, prose, wording
from monitor.core.telling.wording import WordingError
from monitor.model import Wording

KEYS = ("title", "body")
LIKE = '"{{ rule }}: {{ title }}"'
LONGEST = 10_000  # characters of a template
_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(table: Table, usual: ZoneInfo) -> Wording:
    """Return the wording of a notifier; `usual` is the zone of one that names none."""
    zone = _zone(table.values, usual)
    table.notes.document.shown.update((*table.keys, key) for key in KEYS)  # they are no secrets
    title, body = (table.read(key, lambda value: _template(value, zone), "") for key in KEYS)
    return Wording(zone=zone, title=title, body=body)


def _zone(values: Mapping[str, object], usual: ZoneInfo) -> ZoneInfo:
    try:
        return zones.zone(values["timezone"]) if "timezone" in values else usual
    except Wrong:  # is said where quiet hours are read
        return usual


def _template(value: object, zone: ZoneInfo) -> str:
    source = checks.text(value, LIKE)
    if len(source) > LONGEST:
        raise Wrong(f"is longer than {LONGEST:,} characters")
    try:
        wording.check(source)
        for alert in examples.of_each_sort(_AT, zone):
            told = examples.delivery(alert, "example")
            wording.worded(told, Wording(zone=zone, body=source), prose.prose(told, zone=zone))
    except WordingError as error:
        raise Wrong(str(error), index=_index(source, error)) from None
    return source


def _index(source: str, error: WordingError) -> int | None:
    """Return at which character a template is wrong: at the word that is meant, else where its line begins."""
    if not error.line:
        return None
    lines = source.splitlines(keepends=True)
    begun, line = sum(map(len, lines[: error.line - 1])), "".join(lines[error.line - 1 : error.line])
    word = re.search(rf"\b{re.escape(error.word)}\b" if error.word else r"\S", line)
    return begun + (word.start() if word else 0)
