"""What is kept quiet from the screen: what an alert, or an item, may be silenced by, and what is silent."""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from rich.text import Text

from monitor.core.plurals import spell
from monitor.core.telling import hush
from monitor.core.telling.matchers import text_of
from monitor.dashboard.ink import QUIET, clock, fit, plain
from monitor.model import Alert, Matcher, Silence
from monitor.values import dataclass

LASTING = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 240, 480, 1_440))
USUAL = 3  # of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something to choose: a silence to begin, or one to end."""

    matchers: tuple[Matcher, ...] = ()
    ends: Silence | None = None  # this one


def offers(alerts: Sequence[Alert], source: str, going: Sequence[Silence]) -> list[Offer]:
    """Return what can be silenced of alerts, of a source where nothing rang, and what can be ended."""
    begun: list[tuple[Matcher, ...]] = []
    for alert in alerts:
        what = Matcher("rule", "=", alert.rule) if alert.rule else Matcher("type", "=", str(alert.type))
        begun += [(what, Matcher("source", "=", alert.source))] if alert.source else []
        begun.append((what,))
    named = (alert.source for alert in alerts if alert.source)
    begun += [(Matcher("source", "=", name),) for name in dict.fromkeys((*named, source)) if name]
    found = dict.fromkeys(begun)
    return [*(Offer(matchers=one) for one in found), *(Offer(ends=one) for one in going)]


def over(alert: Alert, silences: Sequence[Silence], now: datetime) -> tuple[Silence, ...]:
    """Return what keeps quiet now whatever tells of the same as an alert, the ack of itself among it."""
    kept = hush.hushing(alert, silences, now)
    return (*kept, *(one for one in silences if one.alert == alert.id and one not in kept))


def said(alert: Alert, silences: Sequence[Silence], now: datetime, zone: tzinfo | None) -> str:
    """Return how what rang is quiet now, "" where it is not, or was held from the first."""
    kept = over(alert, silences, now) if silences and alert.held is None else ()
    if not kept:
        return ""
    if any(one.alert for one in kept):
        return "acked"
    last = max(one.ends_at or hush.EVER for one in kept)
    return f"silenced until {clock(last, now.astimezone(zone).date(), zone).strip()}"


def line(offer: Offer, lasting: timedelta, now: datetime, zone: tzinfo | None, width: int) -> Text:
    """Return an offer in `width` cells; what would be begun lasts so long."""
    today = now.astimezone(zone).date()
    if offer.ends is None:
        text = Text(" silence  ").append_text(_matching(offer.matchers, "bold"))
        return fit(text.append(f"  for {spell(lasting.total_seconds())}", QUIET), width)
    one = offer.ends
    until = (
        f"until {clock(one.ends_at, today, zone).strip()}" if one.ends_at else "until it tells something else"
    )
    text = Text(" end      ").append_text(_matching(one.matchers, "") if not one.alert else _ack(one))
    why = f"  {one.comment}" if one.comment else ""
    return fit(text.append_text(plain(f"  {until}{why}", QUIET)), width)


def _ack(one: Silence) -> Text:
    return plain(f"the ack of {one.alert[:8]}")


def _matching(matchers: Sequence[Matcher], style: str) -> Text:
    return plain(" ".join(map(text_of, matchers)), style)
