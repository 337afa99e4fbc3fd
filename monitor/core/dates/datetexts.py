"""What a date text says, before anything else is known: an instant, a day, a bare clock time, an age.

`read` is a pure grammar over one text: of what programs write, and of what people read. Which day a bare
"15:44" was, and in which zone, is for `core/dates/timestamps`; here only the words count.
"""

import re
from functools import lru_cache

from monitor.core.dates import machinetexts, peopletexts
from monitor.core.dates.datewords import folded
from monitor.core.dates.peopletexts import LONGEST
from monitor.core.dates.readings import Day, Reading

WORDS = 6  # of a stamp without a digit ("il y a une heure")


def read(text: str) -> Reading | None:
    """Return what `text` says, None where it is no date. Never raises.

    >>> read("3:44 PM").clock, read("kl 12.17").clock, read("15 h 44").shape
    (datetime.time(15, 44), datetime.time(12, 17), 'clock')
    >>> read("Вчора, 15:44").day.ago, read("vor 28 Minuten").ago, read("3分前").width
    (1, datetime.timedelta(seconds=1680), datetime.timedelta(seconds=60))
    >>> read("Thu,28 Jul 2022 4:35:5 GMT+9").at.isoformat()
    '2022-07-28T04:35:05+09:00'
    >>> read("2025-11-06 12:43:08").shape, read("PT2M53S").shape, read("3 min read")
    ('local', 'duration', None)
    """
    return _read(text[:LONGEST])


def heading(text: str) -> Day | None:
    """Return the day that a heading names, None where it names none or is not understood. Never raises.

    A heading is a day and nothing else, so figures are read in it that might be anything in another text.

    >>> heading("26/11") == Day(month=11, day=26, order="dm"), heading("Thursday 26") == Day(day=26, weekday=3)
    (True, True)
    >>> read("26/11"), heading("26/13"), heading("Earlier")
    (None, None, None)
    """
    return _heading(text[:LONGEST])


@lru_cache(maxsize=512)
def _heading(text: str) -> Day | None:
    says = read(text)
    if says is not None:
        return says.day
    return peopletexts.heading(folded(text)[:LONGEST])


def misread(text: str) -> bool:
    """Tell whether a text is what others read as a date without being told one; see `machinetexts.misread`."""
    return machinetexts.misread(_plain(text[:LONGEST]))


def clock_text(text: str) -> bool:
    """Tell whether a short text is a stamp that people read: "15:44", "5 min ago", "23. 12. 2024 13:31".

    A number of seconds since 1970 is a date for `read` and none here, for it may be any number.

    >>> [clock_text(text) for text in ("18.47", "PT2M53S", "3 min read", "1733000000", "Вчора")]
    [True, False, False, False, True]
    """
    if not 1 < len(text) <= 60 or text.strip().isdigit():
        return False
    if len(text.split()) > WORDS and not any(mark.isdigit() for mark in text):
        return False  # a headline; most short texts of a page are
    found = peopletexts.compact(text) or peopletexts.stamp(folded(text))
    return found is not None and found.shape != "duration"


@lru_cache(maxsize=4096)
def _read(text: str) -> Reading | None:
    plain = _plain(text)
    if found := machinetexts.read(plain) or peopletexts.compact(plain):
        return found
    bare = folded(plain)[:LONGEST]
    found = peopletexts.stamp(bare) or _part(bare)
    return None if found and found.day and found.day.year_first and _PERSIAN.search(plain) else found


_PERSIAN = re.compile("[\u06f0-\u06f9]")  # digits by which "02/12/21" is of 1402, in another calendar


def _part(bare: str) -> Reading | None:
    """Read the one stamp of "By Jane Doe · 5 min ago" or "Jane Doe, 8 January, 17:46"."""
    parts = [part.strip() for part in re.split(r"\s[-–—|·•/]\s|[|·•]", bare)]
    found = [reading for part in parts if (reading := peopletexts.stamp(part))]
    if len(found) == 1 and len(parts) > 1:
        return found[0]
    tails = [bare[at.end() :] for at in re.finditer(r",\s", bare)][:4]
    return None if found else next((reading for tail in tails if (reading := peopletexts.stamp(tail))), None)


def _plain(text: str) -> str:
    return " ".join(text.split())
