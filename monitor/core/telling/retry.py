"""When to try again: after a delivery's own trouble, and after its receiver's. Values in, values out.

Two troubles, two laws (docs/webhooks.md has them as a table). A refusal (3xx, 4xx) is the *delivery's*: it
steps aside, comes again by `STEPS`, and blocks nobody. Silence, 5xx and 429 are the *receiver's*: it backs off
as a whole and is asked by one probe at a time, so that an outage costs no delivery any of its own attempts.
What a receiver chokes on looks like an outage: so the probe takes other deliveries after a while, and what fails once more
where another just got through is the delivery's own trouble.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.model import Delivery, Receiver, SendResult, Severity

STEPS = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)  # seconds; Standard Webhooks 1.0
MAX_AGE = 76 * 3_600.0  # seconds from `created_at`; the steps end after 75.6 h
PROBE_FIRST = 1.0  # seconds between a receiver's first failure and the first probe
PROBE_MAX = 300.0  # seconds between probes at most
PROBES = 3  # with one delivery; from then on others are tried too, for it may be what the receiver chokes on
PROBE_GAP = 2.0  # seconds between probes at least, when new alerts ask for them
RETRY_AFTER_MAX = 86_400.0  # seconds; a receiver that asks for more is asked daily

DISABLED = "receiver-disabled"  # why a delivery is held after a 410


def retry_delay(failures: int, *, jitter: float = 0.0) -> float | None:
    """Return the seconds to wait after `failures` failed attempts, None when it is dead.

    `jitter` in [0, 1) takes off up to a tenth, so that deliveries which failed together
    do not retry together. Raises ValueError if `failures` is below 1.

    >>> [retry_delay(n) for n in (1, 2, 9, 10)]
    [5.0, 300.0, 86400.0, None]
    >>> retry_delay(2, jitter=0.5)
    285.0
    """
    if failures < 1:
        raise ValueError(f"failures must be at least 1, got {failures}")
    if failures >= len(STEPS):
        return None
    return STEPS[failures] * (1 - jitter / 10)


def probe_delay(failures: int, retry_after: float | None = None) -> float:
    """Return the seconds from a receiver's `failures`-th failure in a row to the next probe.

    What the receiver asked for (`Retry-After`, RFC 9110 §10.2.3) wins over the doubling, between
    1 s and 24 h; nonsense (negative, not a number) counts as not asked.

    >>> [probe_delay(n) for n in (1, 2, 3, 9, 10, 10_000)]
    [1.0, 2.0, 4.0, 256.0, 300.0, 300.0]
    >>> probe_delay(5, 30.0), probe_delay(5, 0.0), probe_delay(1, 1e9)
    (30.0, 1.0, 86400.0)
    """
    asked = _asked(retry_after)
    if asked is not None:
        return max(asked, PROBE_FIRST)
    return float(min(PROBE_FIRST * 2 ** min(failures - 1, 16), PROBE_MAX))


def _asked(retry_after: float | None) -> float | None:
    """Return `retry_after` bounded; the comparison is False for NaN too."""
    return min(retry_after, RETRY_AFTER_MAX) if retry_after is not None and retry_after >= 0 else None


def after(
    delivery: Delivery, receiver: Receiver, result: SendResult, *, jitter: float = 0.0
) -> tuple[Delivery, Receiver]:
    """Return the delivery and its receiver as they are after one attempt, whose end is `result.at`."""
    if chokes(delivery, receiver, result):
        result = replace(result, trouble="delivery")
    return _delivery_after(delivery, result, jitter), _receiver_after(receiver, result)


def chokes(delivery: Delivery, receiver: Receiver, result: SendResult) -> bool:
    """Tell whether a receiver fails at this delivery alone: it took others, and this one made it fail again and again."""
    fails = result.trouble == "receiver" and _asked(result.retry_after) is None
    return fails and not receiver.failures and delivery.probes >= PROBES


def _delivery_after(old: Delivery, result: SendResult, jitter: float) -> Delivery:
    tried = replace(old, attempts=old.attempts + 1, reason="", until=None)
    if result.trouble is None:
        return replace(tried, state="sent", sent_at=result.at, last_error="")  # the ledger keeps it
    tried = replace(tried, last_error=result.error)
    if result.trouble == "delivery":
        tried = replace(tried, failures=old.failures + 1)
    if result.final or is_too_old(old, result.at):
        return replace(tried, state="dead")
    if result.trouble == "gone":
        return replace(tried, state="held", reason=DISABLED)
    if result.trouble == "receiver":
        return replace(tried, state="retrying")  # `until` is the receiver's: its next probe
    delay = retry_delay(tried.failures, jitter=jitter)
    if delay is None:
        return replace(tried, state="dead")
    return replace(tried, state="retrying", until=result.at + timedelta(seconds=delay))


def _receiver_after(old: Receiver, result: SendResult) -> Receiver:
    if result.trouble == "gone":
        return replace(old, last_probe_at=result.at, disabled_at=result.at)
    if result.trouble == "receiver":
        return _failed(old, result.at, result.retry_after)
    reached = _reached(old, result.at)
    if result.trouble == "delivery":  # it answers, but only a success takes back a 410
        return replace(reached, disabled_at=old.disabled_at)
    return reached


def _failed(old: Receiver, at: datetime, retry_after: float | None) -> Receiver:
    failures, asked = old.failures + 1, _asked(retry_after)
    return replace(
        old,
        failures=failures,
        failed_at=old.failed_at if old.failures and old.failed_at else at,
        last_probe_at=at,
        next_probe_at=at + timedelta(seconds=probe_delay(failures, retry_after)),
        not_before=None if asked is None else at + timedelta(seconds=asked),
    )


def _reached(old: Receiver, at: datetime) -> Receiver:
    was_away = bool(old.failures or old.disabled_at)
    return Receiver(
        notifier=old.notifier,
        last_probe_at=at if was_away else old.last_probe_at,
        recovered_at=at if was_away else old.recovered_at,
    )


def is_too_old(delivery: Delivery, now: datetime) -> bool:
    """Tell whether a delivery has waited 76 h: it is dead then, and stays replayable."""
    return (now - delivery.created_at).total_seconds() >= MAX_AGE


def probe_due_for_new_alert(receiver: Receiver, now: datetime) -> Receiver:
    """Return the receiver as it is once an alert came for it at `now`: in an outage, probed at once.

    But at least 2 s after the last probe and never before what `Retry-After` asked for. A clock that was
    set back does not stretch either wait. A probe that was due sooner stays; a receiver that is well or
    disabled is not probed.
    """
    if not receiver.failures or receiver.disabled_at is not None:
        return receiver
    earliest = now
    if receiver.last_probe_at is not None:
        earliest = min(receiver.last_probe_at, now) + timedelta(seconds=PROBE_GAP)
    if receiver.not_before is not None:
        earliest = max(earliest, min(receiver.not_before, now + timedelta(seconds=RETRY_AFTER_MAX)))
    earliest = max(earliest, now)
    if receiver.next_probe_at is not None and receiver.next_probe_at < earliest:
        return receiver
    return replace(receiver, next_probe_at=earliest)


def order(deliveries: Sequence[Delivery], receiver: Receiver) -> list[Delivery]:
    """Return `deliveries` as they are to be sent: what is new, critical first, then the backlog as it came.

    In an outage all are backlog. Equal ones keep the order they are given in.
    """
    return sorted(deliveries, key=lambda delivery: _rank(delivery, receiver))


def _rank(delivery: Delivery, receiver: Receiver) -> tuple[bool, bool, datetime]:
    backlog = _waited_out_an_outage(delivery, receiver)
    return backlog, not backlog and delivery.alert.severity != Severity.CRITICAL, delivery.created_at


def is_late(delivery: Delivery, receiver: Receiver) -> bool:
    """Tell whether the receiver was down when the delivery was due; once late, it stays late."""
    return delivery.late or _waited_out_an_outage(delivery, receiver)


def _waited_out_an_outage(delivery: Delivery, receiver: Receiver) -> bool:
    if receiver.failures:
        return True
    return receiver.recovered_at is not None and delivery.created_at < receiver.recovered_at


def marked(delivery: Delivery, receiver: Receiver) -> Delivery:
    """Return the delivery with `late` as its receiver's health has it."""
    late = is_late(delivery, receiver)
    return delivery if late == delivery.late else replace(delivery, late=late)
