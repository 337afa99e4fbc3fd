"""Is a source well? When it is not, that is told once, as an alert of its own, and once when it is well again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from monitor.core.plurals import spell
from monitor.core.telling.notices import notice
from monitor.model import Alert, AlertType, Claim, Response, Rhythm, Ring, Severity, Trouble

FAILURES = 3  # in a row that are told: one or two mend themselves
SURE = 8 * 86_400.0  # seconds watched after which a weekend is known
HOUR, UNSURE = 3_600.0, 3 * 86_400.0  # seconds of quiet below which nothing is told; before it is sure
TIMES_LONGEST, TIMES_MEAN = 2.0, 8.0  # the longest quiet so far, the mean one
HALF = 28 * 86_400.0  # seconds in which the longest quiet counts half
OFF, AGREEING = 300.0, 120.0  # seconds between a server's clock and ours: too many, and none that count
ALIKE, APART = (
    3.0,
    10.0,
)  # seconds: two differences are the same one; looks between which a cached answer shows itself
SKEWED = 3  # looks in a row that are told


def quiet_from(rhythm: Rhythm) -> float:
    """Return after how many seconds without anything new a source has fallen silent, by its own rhythm.

    >>> wire = Rhythm(arrived=2000.0, watched=20 * 86_400.0, longest=6 * HOUR)
    >>> quiet_from(wire) / HOUR, quiet_from(replace(wire, watched=86_400.0)) / HOUR
    (12.0, 72.0)
    """
    mean = rhythm.watched / rhythm.arrived if rhythm.arrived else 0.0
    least = HOUR if rhythm.watched >= SURE else UNSURE
    return max(least, TIMES_LONGEST * rhythm.longest, TIMES_MEAN * mean)


def begun(rhythm: Rhythm, dates: Sequence[datetime], now: datetime) -> Rhythm:
    """Return the rhythm after a first body: how long its source was quiet at most lies in the dates of its items."""
    told = sorted(at for at in dates if at <= now)
    pauses = [(after - before).total_seconds() for before, after in pairwise(told)]
    return replace(rhythm, new_at=now, longest=max(pauses, default=0.0))


def brought(rhythm: Rhythm, since: datetime, now: datetime) -> Rhythm:
    """Return the rhythm after a body with something new; up to the look at `since` there was nothing.

    What came while nobody looked, as the daemon was down, makes no pause of the source's.
    """
    before = rhythm.new_at or since
    kept = rhythm.longest * 0.5 ** ((now - before).total_seconds() / HALF)
    return replace(rhythm, new_at=now, longest=max((since - before).total_seconds(), kept), silent=False)


def kept(rhythm: Rhythm, now: datetime) -> Rhythm:
    """Return the rhythm after a look that brought nothing new: silent, if that has been so for too long."""
    if rhythm.new_at is None:  # of a version that did not note it
        return replace(rhythm, new_at=now)
    quiet = (now - rhythm.new_at).total_seconds()
    return replace(rhythm, silent=rhythm.silent or (rhythm.arrived > 0 and quiet > quiet_from(rhythm)))


def timed(rhythm: Rhythm, before: Rhythm, response: Response) -> Rhythm:
    """Return the rhythm with how far the server's clock (`Date`, RFC 9110 §6.6.1) is from ours.

    An answer out of a cache that does not say its `Age` shows an old clock too, but it gets older from look to look: only a
    difference that stays the same counts.
    """
    at, last = response.received_at, before.looked_at
    if response.server_at is None or last is None or (at - last).total_seconds() < APART:
        return rhythm
    ahead = (response.server_at - at).total_seconds() + response.age
    if abs(ahead) <= AGREEING:
        return replace(rhythm, ahead=ahead, skewed=0)
    same = abs(ahead) > OFF and abs(ahead - before.ahead) <= ALIKE
    again = min(before.skewed + 1, SKEWED) if same else 0
    return replace(rhythm, ahead=ahead, skewed=max(again, SKEWED if before.skewed == SKEWED else 1))


# -- what is told -----------------------------------------------------------------------------


def failed(claim: Claim, trouble: Trouble, now: datetime) -> tuple[Alert, ...]:
    """Return the alert that a source fails: at the third failure in a row, at once where it is gone for good."""
    gone = trouble.kind == "gone"
    if not gone and claim.failures + 1 != FAILURES:
        return ()
    times = "" if gone else f", {FAILURES} times in a row"
    severity = Severity.CRITICAL if gone else Severity.WARNING
    return (_told(AlertType.SOURCE_FAILING, claim, f"{trouble.sentence}{times}", now, severity),)


def well(claim: Claim, after: Rhythm, now: datetime) -> tuple[Alert, ...]:
    """Return the alerts after a poll that was answered: a source is back, has fallen silent, or has news again."""
    before, found = claim.rhythm, []
    if claim.failures >= FAILURES:
        found.append(_told(AlertType.SOURCE_RECOVERED, claim, "answers again", now, Severity.INFO))
    if after.silent and not before.silent and after.new_at:
        quiet = spell((now - after.new_at).total_seconds())
        usual = spell(after.longest) if after.longest else "less"
        sentence = f"nothing new for {quiet}; its longest pause until now was {usual}"
        found.append(_told(AlertType.SOURCE_SILENT, claim, sentence, now))
    if before.silent and not after.silent and before.new_at:
        quiet = spell((now - before.new_at).total_seconds())
        sentence = f"has news again, after {quiet}"
        found.append(_told(AlertType.SOURCE_RECOVERED, claim, sentence, now, Severity.INFO))
    found += _clocks(claim, after, now)
    return tuple(found)


def _clocks(claim: Claim, after: Rhythm, now: datetime) -> Iterator[Alert]:
    was, is_now = claim.rhythm.skewed == SKEWED, after.skewed == SKEWED
    if is_now and not was:
        far = f"{spell(abs(after.ahead))} {'ahead of' if after.ahead > 0 else 'behind'} ours"
        sentence = f"the clock of its server is {far}; where several sources say so it is ours that is off"
        yield _told(AlertType.SOURCE_SKEWED, claim, sentence, now)
    if was and not is_now:
        sentence = "the clock of its server and ours agree again"
        yield _told(AlertType.SOURCE_RECOVERED, claim, sentence, now, Severity.INFO)


def rings(alerts: Iterable[Alert], to: Sequence[str]) -> tuple[Ring, ...]:
    """Return alerts about sources with who hears of them."""
    return tuple(Ring(alert=alert, notifiers=tuple(to)) for alert in alerts)


def _told(
    kind: AlertType, claim: Claim, sentence: str, now: datetime, severity: Severity = Severity.WARNING
) -> Alert:
    name = claim.source.name
    what = kind.value.partition(".")[2]
    return notice(
        kind,
        f"{what}/{name}/{now.isoformat()}",
        f"{name}: {sentence}",
        at=now,
        severity=severity,
        source=name,
    )
