"""What is heard of new alerts, by their severity."""

from collections.abc import Sequence

from monitor.answers.wire import loudest
from monitor.dashboard.rows import what_rang
from monitor.model import Alert, Severity
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """A bell for what is not mere information, and a notification."""

    bell: bool
    title: str
    text: str
    severity: Severity


def ringing(fresh: Sequence[Alert]) -> Ringing | None:
    """Return how `fresh` alerts, newest first, are heard; None if they are not: one bell, however many.

    What is held is not.
    """
    loud = [one for one in fresh if one.severity is not Severity.INFO and not one.held]
    severity = loudest(one.severity for one in loud)
    if severity is None:
        return None
    first = next(one for one in loud if one.severity is severity)
    item = first.item
    said = (item.title or item.summary) if item else first.sentence
    more = f" (and {len(loud) - 1} more)" if len(loud) > 1 else ""
    return Ringing(
        bell=True,
        title=f"{severity.upper()} {what_rang(first)}{more}",
        text=f"{said} ({first.source})" if first.source else said,
        severity=severity,
    )
