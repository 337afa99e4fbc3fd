"""How a notifier wants to hear, as `receivers` stores it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import time

from monitor.model import Hearing, Severity


def hearing_text(hearing: Hearing) -> str:
    """Return what `receivers` stores of how a notifier wants to hear; "" where that is at once."""
    if hearing == Hearing():
        return ""
    times = {"quiet": _clock_texts(hearing.quiet or ()), "daily": _clock_texts(hearing.daily)}
    return json.dumps({**asdict(hearing), **times})


def hearing_of(text: str) -> Hearing:
    """Return the hearing of the column `hearing` of `receivers`."""
    if not text:
        return Hearing()
    fields = json.loads(text)
    quiet, daily = (tuple(map(time.fromisoformat, fields[name])) for name in ("quiet", "daily"))
    excepted = {
        name: Severity(fields[name]) if fields[name] else None for name in ("quiet_except", "digest_except")
    }
    return Hearing(**{**fields, **excepted, "quiet": quiet or None, "daily": daily})


def _clock_texts(times: Iterable[time]) -> list[str]:
    return [at.isoformat("minutes") for at in times]
