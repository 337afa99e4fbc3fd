"""A digest: what was held for a notifier, told at once, in the order of events."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from monitor.core.items.identity import alert_id
from monitor.core.plurals import count
from monitor.core.telling.hearing import Absence
from monitor.model import Alert, AlertType, Brief, Digest, Severity

NAMED = 5  # alerts that the sentence names: the loudest
KEPT = 500  # that are listed
TITLE = 200  # characters


def digest(
    members: Sequence[Alert],
    batch: str,
    notifier: str,
    *,
    now: datetime,
    zone: tzinfo,
    absence: Absence | None = None,
) -> Alert:
    """Return the alert that tells `members`, which were held for `notifier` as a `batch`."""
    by_time = sorted(members, key=lambda one: one.at)
    dedupe = f"digest/{notifier}/{batch}/{now.isoformat()}"
    return Alert(
        id=alert_id(dedupe),
        type=AlertType.DIGEST,
        dedupe=dedupe,
        at=now,
        severity=max((one.severity for one in members), key=list(Severity).index),
        sentence=_sentence(by_time, batch, zone, absence),
        digest=Digest(
            batch=batch,
            count=len(members),
            since=by_time[0].at,
            alerts=tuple(brief(one) for one in _loudest(by_time, KEPT)),
        ),
    )


def brief(alert: Alert) -> Brief:
    """Return an alert in a line's worth of words."""
    return Brief(
        id=alert.id,
        at=alert.at,
        severity=alert.severity,
        rule=alert.rule or str(alert.type),
        title=_title(alert),
        url=alert.item.url if alert.item else "",
        source=alert.source,
    )


def _title(alert: Alert) -> str:
    title = (alert.item.title or alert.item.summary) if alert.item else alert.sentence
    return title if len(title) <= TITLE else title[: TITLE - 1].rstrip() + "…"


def _loudest(alerts: Sequence[Alert], most: int) -> list[Alert]:
    """Return the loudest, the first of them, in the order they are given in."""
    loud = sorted(range(len(alerts)), key=lambda n: -list(Severity).index(alerts[n].severity))[:most]
    return [alerts[n] for n in sorted(loud)]


def _sentence(alerts: Sequence[Alert], batch: str, zone: tzinfo, absence: Absence | None) -> str:
    since = f"{alerts[0].at.astimezone(zone):%Y-%m-%d %H:%M}"
    if batch == "away" and absence:
        begun, back = (at.astimezone(zone) for at in (absence.since, absence.until))
        why = f"while you were away ({begun:%Y-%m-%d %H:%M} to {back:%H:%M})"
    elif batch == "budget":
        why = f"held back beyond the budget, since {since}"
    elif batch == "quiet":
        why = f"in quiet hours, since {since}"
    else:
        why = f"since {since}"
    named = _loudest(alerts, NAMED)
    said = [f"{one.severity.mark} {one.rule or one.type}: {_title(one)}" for one in named]
    more = [f"and {len(alerts) - len(named)} more"] if len(alerts) > len(named) else []
    return f"{count(len(alerts), 'alert')} {why}: {' · '.join([*said, *more])}"
