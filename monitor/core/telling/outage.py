"""Who hears that somebody else does not: a receiver that fails, and one that is back, told to the others. Values in, values out."""

from collections.abc import Callable
from datetime import datetime, timedelta

from monitor.core.plurals import spell
from monitor.core.telling.notices import notice
from monitor.model import Alert, AlertType, Delivery, Receiver, SendResult, Severity

LONG = timedelta(minutes=10)  # an outage that is told of
REFUSALS = 3  # of one delivery, after which it is no accident


def of(before: Receiver, after: Receiver, delivery: Delivery, result: SendResult) -> Alert | None:
    """Return what the other receivers are to be told after an attempt, None for most.

    `before` and `after` are the receiver's health around it, `delivery` as it is after it. A 410 is told at once, an outage
    once it is long, or is to be, and its end if it was; a refusal when it comes again. An outage is told once, refusals once a day.
    """
    name = after.notifier
    if after.disabled_at and not before.disabled_at:
        return _notice(
            AlertType.RECEIVER_DISABLED,
            f"receiver.disabled/{name}/{result.at.isoformat()}",
            f"{name} answered 410 and is told nothing more until its address changes"
            f" or `newsbell check --notify {name}` succeeds",
            result.at,
        )
    if after.failed_at and _lasts(after) and not _lasts(before):
        return _notice(
            AlertType.RECEIVER_FAILING,
            f"receiver.failing/{name}/{after.failed_at.isoformat()}",
            f"{name} cannot be told since {after.failed_at:%H:%M} UTC: {result.error}; what it is due waits for it",
            result.at,
        )
    if before.failed_at and _lasts(before) and not after.failures:
        away = (result.at - before.failed_at).total_seconds()
        return _notice(
            AlertType.RECEIVER_RECOVERED,
            f"receiver.recovered/{name}/{before.failed_at.isoformat()}",
            f"{name} answers again, after {spell(away)}: what waited for it is on its way",
            result.at,
            Severity.INFO,
        )
    refused = result.trouble == "delivery" or (result.trouble == "receiver" and not after.failures)
    if refused and (delivery.failures == REFUSALS or delivery.state == "dead"):
        return _notice(
            AlertType.RECEIVER_FAILING,
            f"receiver.failing/{name}/{result.at:%Y-%m-%d}",
            f"{name} refuses what it is told: {result.error}; `newsbell deliveries --failed` lists it",
            result.at,
        )
    return None


def away(receiver: Receiver, show: Callable[[datetime], str]) -> str:
    """Return why what is due to a receiver waits for it, since when and until when, "" where it does not.

    >>> begun = datetime(2026, 3, 1, 12)
    >>> down = Receiver(notifier="ops", failures=3, failed_at=begun, next_probe_at=begun + timedelta(minutes=5))
    >>> away(down, "{:%H:%M}".format)
    'ops has not answered as it should since 12:00; it is tried next at 12:05'
    """
    name, asked = receiver.notifier, receiver.not_before
    if receiver.disabled_at:
        return (
            f"{name} answered 410 at {show(receiver.disabled_at)} and is told nothing"
            f" until its address changes or `newsbell check --notify {name}` succeeds"
        )
    if not (receiver.failures and receiver.failed_at and receiver.next_probe_at):
        return ""
    since = f"{name} has not answered as it should since {show(receiver.failed_at)}"
    if asked and asked >= receiver.next_probe_at:
        return f"{since} and asks to be left alone until {show(asked)}"
    return f"{since}; it is tried next at {show(receiver.next_probe_at)}"


def _lasts(receiver: Receiver) -> bool:
    """Tell whether a receiver is away, and for long by its next probe."""
    begun, probe = receiver.failed_at, receiver.next_probe_at
    return begun is not None and probe is not None and probe - begun >= LONG


def _notice(
    kind: AlertType, dedupe: str, sentence: str, at: datetime, severity: Severity = Severity.CRITICAL
) -> Alert:
    return notice(kind, dedupe, sentence, at=at, severity=severity)
