"""Is an alert held because another rang? In Alertmanager's words: a source inhibits a target that is equal in some labels.

Alertmanager's alerts last; ours are instants, so a source inhibits for a while after it rang.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.core.telling import matchers
from monitor.core.telling.hearing import Hold
from monitor.model import INHIBITED, Alert, Inhibition


def aimed_at(alert: Alert, inhibitions: Sequence[Inhibition]) -> tuple[Inhibition, ...]:
    """Return those of which an alert may be a target."""
    return tuple(one for one in inhibitions if matchers.match(one.target, alert))


def hold(
    alert: Alert, inhibitions: Sequence[Inhibition], rung: Iterable[Alert], now: datetime
) -> Hold | None:
    """Return by which of `rung`, and until when, an alert is held, None if by none: by the one that holds it longest.

    `rung` has the latest first, and is read no further than it must be.

    Like in Alertmanager, what is a source and a target at once is held by no other that is both, and a label that
    neither has is equal.
    """
    open_, holds = aimed_at(alert, inhibitions), list[Hold]()
    for source in rung if open_ else ():
        for one in open_:
            until = source.at + timedelta(seconds=one.within)
            if until > now and _inhibits(source, alert, one):
                holds.append(Hold(reason=INHIBITED, until=until, batch=f"{INHIBITED}/{source.id}"))
                open_ = tuple(other for other in open_ if other is not one)
        if not open_:
            break
    return max(holds, key=lambda found: found.until, default=None)


def _inhibits(source: Alert, target: Alert, by: Inhibition) -> bool:
    if not matchers.match(by.source, source):
        return False
    if matchers.match(by.source, target) and matchers.match(by.target, source):
        return False
    theirs, ours = matchers.labels(source), matchers.labels(target)
    return all(set(theirs[label]) == set(ours[label]) for label in by.equal)
