"""No loss: how fast a source's items go by, and the gap where two bodies in a row have no item in common."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core import cadence, health
from monitor.core.items.recognition import Resolved
from monitor.core.plurals import count
from monitor.core.rhythm import learning, trust
from monitor.core.telling.notices import notice
from monitor.model import (
    Alert,
    AlertType,
    Claim,
    Entry,
    Gap,
    Known,
    Parsed,
    PollOutcome,
    Published,
    Rest,
    Rhythm,
    Tempo,
)


def measured(
    claim: Claim,
    parsed: Parsed,
    resolved: Sequence[Resolved],
    dates: Sequence[Published],
    hole: Gap | None,
    now: datetime,
    matched: int = 0,
    *,
    partial: bool = False,
) -> Rhythm:
    """Return the rhythm after a body, which for a first one lies in the dates of its items.

    One that broke off does not say what the source shows: what stands below was there already. Nor does what a hub
    pushed: what it left out may have been there too. `matched` of its new items are asked for by a rule. A `partial`
    body does not say how long the window is.
    """
    window, before = len(parsed.entries), claim.rhythm.looked_at
    if partial:
        window = max(window, claim.rhythm.window)
    if before is None:
        dated = [it.latest for it in dates if it.dated]
        rhythm = health.begun(cadence.begun(window, dated, now), dated, now)
        past = trust.history(dates, now)
        ahead = cadence.zone(claim.source, now)
        tempo = learning.begun(past, now.timestamp(), ahead=ahead, matched=matched)
    else:
        fresh = [date for one, date in zip(resolved, dates, strict=True) if not one.here]
        rhythm = cadence.measured(claim.rhythm, window=window, arrived=len(fresh), now=now)
        rhythm = health.brought(rhythm, before, now) if fresh else health.kept(rhythm, now)
        tempo = _learnt(claim, fresh, hole, now, matched)
    if not parsed.whole or claim.stays:
        rhythm = replace(rhythm, looked_at=before, watched=claim.rhythm.watched)
    return replace(rhythm, tempo=tempo, gap_on=day(now) if hole else rhythm.gap_on)


def _learnt(claim: Claim, fresh: Sequence[Published], hole: Gap | None, now: datetime, matched: int) -> Tempo:
    tempo, times = claim.rhythm.tempo, [at for at in map(trust.told, fresh) if at is not None]
    if hole and times:  # what it shows is younger than what was missed: only its own time was watched
        tempo = replace(tempo, at=min(max(tempo.at, min(times)), now.timestamp()))
    new = max(len(fresh), hole.missed if hole and not times else 0)
    ahead = cadence.zone(claim.source, now)
    return learning.learnt(tempo, now.timestamp(), times, ahead=ahead, count=new, matched=matched)


def still(claim: Claim, now: datetime) -> Rhythm:
    """Return the rhythm after a look that brought nothing new."""
    ahead = cadence.zone(claim.source, now)
    tempo = learning.learnt(claim.rhythm.tempo, now.timestamp(), (), ahead=ahead)
    return replace(health.kept(cadence.still(claim.rhythm, now), now), tempo=tempo)


def gap(
    claim: Claim, parsed: Parsed, known: Known, rest: Rest, resolved: Sequence[Resolved], now: datetime
) -> Gap | None:
    """Return the gap before a body that has no item of the last one, None if it has.

    An empty body before it, or none, proves nothing; nor does one of which a part has not changed.
    """
    body = {id(entry) for entry in parsed.entries}
    there = {one.item.id for one in resolved if one.item and id(one.entry) in body}
    if not (body and claim.rhythm.window and known.last) or rest.unchanged or there & known.last:
        return None
    recovered = sum(id(one.entry) not in body and not one.here for one in resolved)
    return told(claim.rhythm, window=len(body), recovered=recovered, now=now)


def is_cut(claim: Claim, parsed: Parsed) -> bool:
    """Tell whether a body broke off above where the last one ended: what it has in common with that may stand below."""
    return not parsed.whole and len(parsed.entries) < claim.rhythm.window


def told(rhythm: Rhythm, *, window: int, recovered: int, now: datetime) -> Gap:
    """Return what a gap is worth telling: how much was missed, by the rhythm, and found elsewhere.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> before = Rhythm(window=2, arrived=60.0, watched=10 * 3600.0, looked_at=now - timedelta(hours=2))
    >>> told(before, window=2, recovered=7, now=now).sentence
    'nothing is left of what stood there 2026-03-01 10:00 UTC: recovered 7 of about 10 items in between'
    """
    missed = max(_missed(rhythm, window, now), recovered, 1)
    before = f"{rhythm.looked_at:%Y-%m-%d %H:%M} UTC" if rhythm.looked_at else "before"
    found = f"recovered {recovered or 'none'} of about {count(missed, 'item')}"
    return Gap(
        missed=missed,
        recovered=recovered,
        sentence=f"nothing is left of what stood there {before}: {found} in between",
    )


def _missed(rhythm: Rhythm, window: int, now: datetime) -> int:
    """Return how many came since the last look, at the mean rate so far, without those that stand there."""
    if rhythm.looked_at is None or not rhythm.watched:
        return 0
    seconds = (now - rhythm.looked_at).total_seconds()
    return round(seconds * rhythm.arrived / rhythm.watched) - window


def noted(outcome: PollOutcome, late: Sequence[Entry]) -> PollOutcome:
    """Return `outcome` without the alerts for what stands in parts that are read for the first time.

    `late` was there before, as the baseline was; only what is dated after that is news.
    """
    since, there = outcome.claim.baselined_at, {(entry.url, entry.title) for entry in late}
    if not there or since is None:
        return outcome
    old = {
        change.item.id
        for change in outcome.changes
        if change.new
        and (change.item.url, change.item.title) in there
        and (not change.item.published.dated or change.item.published.latest <= since)
    }
    kept = [ring for ring in outcome.rings if ring.alert.item is None or ring.alert.item.id not in old]
    return replace(outcome, rings=tuple(kept))


def alerts(claim: Claim, hole: Gap | None, now: datetime) -> tuple[Alert, ...]:
    """Return the alert that tells a gap, once a source and day."""
    if hole is None or claim.rhythm.gap_on == day(now):
        return ()
    name = claim.source.name
    gap = notice(
        AlertType.SOURCE_GAP,
        f"gap/{name}/{day(now)}",
        f"{name}: {hole.sentence}",
        at=now,
        source=name,
    )
    return (gap,)


def day(now: datetime) -> str:
    """Return the day a gap is told once on, in UTC.

    >>> day(datetime.fromisoformat("2026-03-01T12:00:00+00:00"))
    '2026-03-01'
    """
    return now.date().isoformat()
