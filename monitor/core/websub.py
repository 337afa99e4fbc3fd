"""What is agreed with a hub, and how far it may be relied on (W3C WebSub, 2018-01-23)."""

import hmac
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from monitor.core.plurals import spell
from monitor.model import Hub, Subscription

if TYPE_CHECKING:
    from monitor.model import NextPoll, Source

LEASE = 10 * 86_400.0  # seconds that a hub is asked for
LONGEST = 30 * 86_400.0  # that it is believed: hubs forget, and a lease is when one hears of it
RENEWED = 0.75  # of a lease: then the hub is asked to go on, but not
SOONEST = 300.0  # seconds after it has agreed: one that promises less is not relied on in between
VERIFIED = 600.0  # seconds in which a hub must ask back whether it was we who asked
FIRST_TRY, LAST_TRY = 60.0, 86_400.0  # seconds until a hub is asked again, doubling
DENIED = 86_400.0  # seconds after which one that said no is asked again
FAREWELLS = 3  # times that a hub is asked to stop
GRACE = timedelta(minutes=10)  # in which a hub may push what a poll has found before it
MEMORY = 50.0  # items by which a hub is judged
SURE = 3.0  # items that it must have pushed to be relied on
METHODS: Final = ("sha1", "sha256", "sha384", "sha512")


def named(header: Hub, body: Hub, url: str) -> Hub:
    """Return the hub of an address: who names one first, the Link field or the body, names the topic too (§4).

    >>> named(Hub(topic="https://a.example/"), Hub(url="https://hub.example/", topic="https://a.example/rss"), "")
    Hub(url='https://hub.example/', topic='https://a.example/rss')
    """
    first, then = (header, body) if header.url else (body, header)
    return Hub(url=first.url, topic=first.topic or then.topic or url) if first.url else Hub()


def wanted(source: "Source") -> bool:
    """Tell whether the hub of a source is to be asked; a page is, only where that was typed: a hub of one is hardly known to work."""
    return not source.paused and (source.websub if source.websub is not None else not source.robots)


def request(it: Subscription, *, lease: float = LEASE) -> bytes:
    """Return the body of a request to a hub, to push or to stop (§5.1)."""
    said = {
        "hub.mode": "unsubscribe" if it.state == "ending" else "subscribe",
        "hub.topic": it.hub.topic,
        "hub.callback": it.callback,
    }
    if it.state != "ending":
        said |= {"hub.secret": it.secret.reveal(), "hub.lease_seconds": f"{lease:.0f}"}
    return urlencode(said).encode()


def asked(it: Subscription, now: datetime) -> Subscription:
    """Return a subscription about which the hub is being asked now: by when it must have asked back."""
    vain = it.failures + 1
    pause = max(VERIFIED, _pause(vain))
    if it.state == "ending":
        return replace(it, failures=vain, due_at=now + timedelta(seconds=pause))
    lasts = it.state == "active" and it.lease_until is not None and now < it.lease_until
    return replace(
        it,
        state="active" if lasts else "asked",
        failures=vain,
        due_at=now + timedelta(seconds=pause),
        error=it.error
        if vain == 1 or it.error
        else f"the hub never asked back: does {it.callback.removesuffix(it.id)} lead here?",
    )


def failed(it: Subscription, sentence: str, now: datetime) -> Subscription:
    """Return a subscription after the hub answered with trouble."""
    return replace(it, error=sentence, due_at=now + timedelta(seconds=_pause(it.failures)))


def _pause(failures: int) -> float:
    """Return the seconds until a hub is asked again.

    >>> [_pause(n) for n in (1, 2, 3, 30)]
    [60.0, 120.0, 240.0, 86400.0]
    """
    return min(FIRST_TRY * 2.0 ** min(max(failures - 1, 0), 20), LAST_TRY)


def verified(it: Subscription, seconds: float | None, now: datetime) -> Subscription:
    """Return a subscription that the hub has verified, for so long; None: it did not say (§5.3)."""
    lease = min(max(seconds or LEASE, 1.0), LONGEST)
    return replace(
        it,
        state="active",
        lease_until=now + timedelta(seconds=lease),
        due_at=now + timedelta(seconds=max(lease * RENEWED, SOONEST)),
        failures=0,
        error="",
        since=it.since or now,
    )


def denied(it: Subscription, reason: str, now: datetime) -> Subscription | None:
    """Return a subscription that the hub refused, or ended (§5.2); None: it was to end."""
    if it.state == "ending":
        return None
    said = f"the hub said no{': ' if reason else ''}{reason}"
    return replace(it, state="denied", error=said, lease_until=None, due_at=now + timedelta(seconds=DENIED))


def over(it: Subscription, now: datetime) -> bool:
    """Tell whether nothing more is to be said to a hub that was to stop."""
    return it.state == "ending" and (
        it.lease_until is None or it.lease_until <= now or (it.failures >= FAREWELLS and it.due_at <= now)
    )


def lasts(it: Subscription, now: datetime) -> bool:
    """Tell whether the hub has promised to push now."""
    return it.state == "active" and it.lease_until is not None and now < it.lease_until


def share(it: Subscription, now: datetime) -> float:
    """Return the share of items that a hub brings, by what it did; 0 while it is not relied on.

    One who never missed any is believed in n of n + 1: polls become rarer, and never end.
    """
    if it.silent_at or it.pushed < SURE or not lasts(it, now):
        return 0.0
    return it.pushed / (it.pushed + it.missed + 1)


def counted(it: Subscription, *, pushed: int = 0, missed: int = 0) -> Subscription:
    """Return a subscription after more items, those of long ago counting less."""
    total = it.pushed + it.missed + pushed + missed
    left = min(1.0, MEMORY / total) if total else 1.0
    return replace(it, pushed=(it.pushed + pushed) * left, missed=(it.missed + missed) * left)


def signed(secret: str, body: bytes, signature: str) -> bool:
    """Tell whether `signature`, an X-Hub-Signature field, is that of `body` (§8).

    >>> signed("s", b"", "sha1=" + hmac.new(b"s", b"", "sha1").hexdigest()), signed("s", b"x", "sha1="), signed("s", b"", "")
    (True, False, False)
    """
    method, _, given = signature.strip().partition("=")
    if method.lower() not in METHODS or not given.isascii():
        return False
    right = hmac.new(secret.encode(), body, method.lower()).hexdigest()
    return hmac.compare_digest(right, given.strip().lower())


def lease(query: Mapping[str, str]) -> float | None:
    """Return the seconds that a hub says its promise holds, None if it does not.

    >>> lease({"hub.lease_seconds": "864000"}), lease({}), lease({"hub.lease_seconds": "nan"})
    (864000.0, None, None)
    """
    text = query.get("hub.lease_seconds", "")
    seconds = float(text[:12]) if text.isascii() and text.isdigit() else math.nan
    return seconds if seconds >= 1 else None


def sooner(stays: "NextPoll | None", coming: "NextPoll") -> "NextPoll":
    """Return the next poll after a push: the one that was planned, or one that what came asks for before it."""
    return coming if stays is None or coming.at < stays.at else replace(stays, pull=coming.pull)


def says(it: Subscription, now: datetime) -> str:
    """Say how it stands with a hub, for people."""
    if it.state == "active" and lasts(it, now):
        seen = it.pushed + it.missed
        if it.silent_at:
            return f"silent: what polls found was not pushed since {it.silent_at:%Y-%m-%d %H:%M} UTC; it is polled as if there were none"
        told = f"{it.pushed / seen:.0%} of its items came so" if seen else "nothing yet to tell it by"
        left = spell((it.lease_until - now).total_seconds()) if it.lease_until else ""
        return f"pushes, for another {left}; {told}" + (f"; {it.error}" if it.error else "")
    return {
        "asked": "asked to push, has not agreed yet",
        "denied": "does not push",
        "ending": "asked to stop",
    }.get(it.state, "no longer pushes: its promise ran out") + (f": {it.error}" if it.error else "")
