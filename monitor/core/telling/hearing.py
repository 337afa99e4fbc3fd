"""When a notifier hears of an alert: at once, or held, with the reason, until when, and with what it is then gathered.

Nothing is ever dropped: what is held comes due at its `until`, alone or in a digest. The critical ones
are held by inhibition, quiet hours and digests only, and by the last two only where no `except` lets them through.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.core.dates.offsets import instants
from monitor.model import INHIBITED, Alert, AlertType, Hearing, Severity
from monitor.values import dataclass

AWAY = timedelta(minutes=10)  # without a daemon, after which what came meanwhile is summed up
SETTLED = timedelta(minutes=15)  # after its start: what came while it was away is told by then
LOOK = timedelta(seconds=30)  # between two looks whether all sources were polled
FEW = 3  # alerts of an absence that are told one by one
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why something is told later."""

    reason: str  # inhibited | quiet | digest | group | budget | away
    until: datetime
    batch: str  # what has the same is gathered: the reason, of a group its value too


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The last time that nobody watched."""

    since: datetime
    until: datetime  # when the daemon started again


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a notifier heard lately, and is about to hear."""

    told: Sequence[datetime] = ()  # within the budget's span, oldest first
    gathering: Mapping[str, datetime] = field(default_factory=dict)  # batch -> when it comes due
    flushed: Mapping[str, datetime] = field(default_factory=dict)  # batch of a group -> when it last did
    absence: Absence | None = None


def hold(alert: Alert, hearing: Hearing, heard: Heard, now: datetime) -> Hold | None:
    """Return why and until when a notifier hears of an alert later, None if it hears of it now."""
    if alert.type in (AlertType.DIGEST, AlertType.TEST):
        return None
    return (
        _away(alert, heard, now)
        or _quiet(alert.severity, hearing, now)
        or _digest(alert.severity, hearing, now)
        or _group(alert, hearing, heard, now)
        or _budget(alert.severity, hearing, heard, now)
    )


def still(alert: Alert, batch: str, hearing: Hearing, heard: Heard, now: datetime) -> Hold | None:
    """Return why what comes due out of `batch` is held on, None if it is told now."""
    if found := _quiet(alert.severity, hearing, now):
        return found
    alone = batch.startswith(("group/", f"{INHIBITED}/"))
    return _budget(alert.severity, hearing, heard, now) if alone else None


def needs_digest(batch: str, count: int) -> bool:
    """Tell whether so many alerts of a batch become one digest, and are not told one by one.

    >>> needs_digest("quiet", 1), needs_digest("group/rule/fire", 1), needs_digest("away", 4)
    (True, False, True)
    """
    if batch.startswith(("group/", f"{INHIBITED}/")):
        return count > 1
    return count > FEW if batch == "away" else True


def at_least(severity: Severity, least: Severity | None) -> bool:
    """Tell whether a severity is as loud as `least`; nothing is where that is None."""
    ranks = list(Severity)
    return least is not None and ranks.index(severity) >= ranks.index(least)


# -- the absence ------------------------------------------------------------------------------


def _away(alert: Alert, heard: Heard, now: datetime) -> Hold | None:
    """Hold what appeared while nobody watched; what is critical rings one by one."""
    absence = heard.absence
    if absence is None or alert.severity is Severity.CRITICAL or now >= absence.until + SETTLED:
        return None
    seen = alert.item.absent_at if alert.item and alert.type is AlertType.CREATED else None
    if seen is None or seen > absence.since:
        return None
    return Hold(reason="away", until=min(now + LOOK, absence.until + SETTLED), batch="away")


# -- quiet hours ------------------------------------------------------------------------------


def quiet_hours(hearing: Hearing, now: datetime) -> tuple[datetime, datetime] | None:
    """Return when the quiet hours began that are now, and when they end; None where none are.

    An hour that clocks show twice counts whole, and an edge that they skip is the instant of the change: it is
    quiet whenever the clock says so.

    >>> from datetime import time
    >>> night = Hearing(timezone="Europe/Kyiv", quiet=(time(23), time(6, 30)))
    >>> at = datetime.fromisoformat
    >>> quiet_hours(night, at("2026-03-29T00:30+00:00"))[1].isoformat()
    '2026-03-29T03:30:00+00:00'
    >>> quiet_hours(night, at("2026-03-29T03:30+00:00")) is None
    True
    """
    if hearing.quiet is None:
        return None
    (start, end), zone = hearing.quiet, ZoneInfo(hearing.timezone)
    today = now.astimezone(zone).date()
    for day in (today - DAY, today, today + DAY):
        began = _edge(datetime.combine(day, start), zone, late=False)
        ends = _edge(datetime.combine(day if start < end else day + DAY, end), zone, late=True)
        if began <= now < ends:
            return began, ends
    return None


def _edge(local: datetime, zone: ZoneInfo, *, late: bool) -> datetime:
    """Return the instant of a clock time: of two the late one or the early one, of none that of the change."""
    both = sorted(instants(local, zone))
    if both[-1].astimezone(zone).replace(tzinfo=None) == local:
        return both[-1] if late else both[0]
    low, high = both[0], both[-1]  # the change lies between
    minutes = range(int((high - low) / timedelta(minutes=1)) + 1)
    after = bisect_left(
        minutes,
        high.astimezone(zone).utcoffset() or timedelta(),
        key=lambda minute: (low + timedelta(minutes=minute)).astimezone(zone).utcoffset() or timedelta(),
    )
    return low + timedelta(minutes=after)


def _quiet(severity: Severity, hearing: Hearing, now: datetime) -> Hold | None:
    found = quiet_hours(hearing, now)
    if found is None or at_least(severity, hearing.quiet_except):
        return None
    return Hold(reason="quiet", until=found[1], batch="quiet")


# -- digests ----------------------------------------------------------------------------------


def next_digest(hearing: Hearing, now: datetime) -> datetime | None:
    """Return when the next digest is told, None where there is none.

    >>> from datetime import time
    >>> at = datetime.fromisoformat("2026-03-01T12:05+00:00")
    >>> next_digest(Hearing(hourly=True), at).isoformat()
    '2026-03-01T13:00:00+00:00'
    >>> next_digest(Hearing(timezone="Europe/Kyiv", daily=(time(8), time(18))), at).isoformat()
    '2026-03-01T16:00:00+00:00'
    """
    if not (hearing.hourly or hearing.daily):
        return None
    zone = ZoneInfo(hearing.timezone)
    local = now.astimezone(zone)
    if hearing.hourly:
        return (
            now
            + timedelta(hours=1)
            - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        )
    days = (local.date(), local.date() + DAY)
    coming = [_edge(datetime.combine(day, at), zone, late=False) for day in days for at in hearing.daily]
    return min((at for at in coming if at > now), default=None)


def _digest(severity: Severity, hearing: Hearing, now: datetime) -> Hold | None:
    until = next_digest(hearing, now)
    if until is None or at_least(severity, hearing.digest_except):
        return None
    return Hold(reason="digest", until=until, batch="digest")


# -- groups -----------------------------------------------------------------------------------


def _group(alert: Alert, hearing: Hearing, heard: Heard, now: datetime) -> Hold | None:
    """Hold what is of a group: `group_wait` from its first alert, and `group_interval` after it was last told."""
    if not hearing.group_by:
        return None
    value = {
        "story": alert.item.story or alert.item.id if alert.item else "",
        "rule": alert.rule,
        "source": alert.source,
    }[hearing.group_by]
    if not value:
        return None
    batch = f"group/{hearing.group_by}/{value}"
    until = heard.gathering.get(batch)
    if until is None:
        until, last = now + timedelta(seconds=hearing.group_wait), heard.flushed.get(batch)
        if last is not None:
            until = max(until, last + timedelta(seconds=hearing.group_interval))
    return Hold(reason="group", until=until, batch=batch) if until > now else None


# -- the budget -------------------------------------------------------------------------------


def _budget(severity: Severity, hearing: Hearing, heard: Heard, now: datetime) -> Hold | None:
    """Hold what is beyond the budget until there is room again, and what comes then until the rest was told."""
    if not hearing.budget or severity is Severity.CRITICAL:
        return None
    if (until := heard.gathering.get("budget")) is not None and until > now:
        return Hold(reason="budget", until=until, batch="budget")
    told = [at for at in heard.told if at > now - timedelta(seconds=hearing.within)]
    if len(told) < hearing.budget:
        return None
    room = told[len(told) - hearing.budget] + timedelta(seconds=hearing.within)
    return Hold(reason="budget", until=room, batch="budget")
