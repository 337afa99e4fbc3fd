"""Is an alert kept quiet? By a silence, for everyone, until it ends; by an ack, until its story tells something else."""

from collections.abc import Sequence
from datetime import UTC, datetime

from monitor.core.items import identity
from monitor.core.telling import matchers
from monitor.model import Alert, AlertType, Held, Matcher, Silence

EVER = datetime.max.replace(tzinfo=UTC)


def silence(
    asked: Sequence[Matcher], starts_at: datetime, ends_at: datetime, comment: str = "", *, nonce: str
) -> Silence:
    """Return a silence of what `asked` holds for; `nonce` makes its id."""
    return Silence(
        id=identity.make_id("silence", nonce),
        matchers=tuple(asked),
        starts_at=starts_at,
        ends_at=ends_at,
        comment=comment,
    )


def ack(
    alert: Alert, starts_at: datetime, ends_at: datetime | None, comment: str = "", *, nonce: str
) -> Silence:
    """Return the silence of the story of an alert. Raises ValueError where no item brought it."""
    if alert.item is None:
        raise ValueError(f"{alert.id[:8]} is of no item, so it has no story: silence type={alert.type}")
    story = Matcher("story", "=", alert.item.story or alert.item.id)
    return Silence(
        id=identity.make_id("ack", nonce),
        matchers=(story,),
        starts_at=starts_at,
        ends_at=ends_at,
        comment=comment,
        alert=alert.id,
    )


def hushing(alert: Alert, silences: Sequence[Silence], now: datetime) -> tuple[Silence, ...]:
    """Return those that keep an alert quiet now.

    What a digest lists was asked for each, and a digest has no rule, source or tag: only a silence of its `type` is of it.
    """
    return tuple(
        one
        for one in silences
        if one.starts_at <= now < (one.ends_at or EVER)
        and (alert.type is not AlertType.DIGEST or any(asked.label == "type" for asked in one.matchers))
        and not (one.alert and tells_something_else(alert))
        and matchers.match(one.matchers, alert)
    )


def tells_something_else(alert: Alert) -> bool:
    """Tell whether an alert is of an edit that changes what is told, or takes it back: it ends what was acked before."""
    return alert.type is AlertType.RETRACTED or (alert.edit is not None and alert.edit.kind != "")


def held(alert: Alert, silences: Sequence[Silence], now: datetime) -> Held | None:
    """Return by which of `silences` an alert is held, None if it is told: by the one that ends last."""
    found = hushing(alert, silences, now)
    if not found:
        return None
    last = max(found, key=lambda one: one.ends_at or EVER)
    if last.alert:
        return Held(reason="acked", until=last.ends_at, joins=last.alert, silence=last.id)
    return Held(reason="silenced", until=last.ends_at, silence=last.id)
