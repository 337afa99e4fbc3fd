"""Attributes that say when the page was made, and not when the row was: `<time datetime="NOW">15:44</time>`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time

from monitor.core.dates.datetexts import read as read_date
from monitor.core.dates.readings import Reading
from monitor.model import Entry

FEWEST = 3  # rows that share one date


def without_page_made(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the rows without the dates of attributes, where most have one and the same and show different times.

    Such an attribute is another one at each poll: it would date, and ring, the whole page anew.
    """
    stated = [moment for entry in entries if (moment := _moment(_first(entry, "attribute")))]
    shown: dict[object, list[Reading]] = {}
    for entry in entries:
        moment, text = _moment(_first(entry, "attribute")), _first(entry, "text")
        if moment and text and text.shape != "duration":
            shown.setdefault(moment, []).append(text)
    most = max(shown.values(), key=len, default=[])
    if len(most) < max(FEWEST, len(stated) / 2) or all(text == most[0] for text in most):
        return entries
    return [
        replace(entry, dates=tuple(date for date in entry.dates if date.origin != "attribute"))
        for entry in entries
    ]


def _first(entry: Entry, origin: str) -> Reading | None:
    """Return what the best date of that origin says, None where it says nothing."""
    return next(
        (reading for date in entry.dates if date.origin == origin and (reading := read_date(date.text))), None
    )


def _moment(reading: Reading | None) -> object:
    """Return the second that a date states, None where it states none; a midnight is that of all rows of a day."""
    if reading is None:
        return None
    clock = reading.clock if reading.at is None else reading.at.time()
    if clock is None or clock == time():
        return None
    return (reading.day, clock.replace(microsecond=0), reading.at and reading.at.replace(microsecond=0))
