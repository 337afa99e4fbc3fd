"""The heart: what one poll changes. Values in, one value out; no IO, no clock, no dice."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime

from monitor.core import drift, health, loss, stories, websub
from monitor.core.alerts import absence, bursts, retraction
from monitor.core.alerts.ringing import Ringing
from monitor.core.cadence import Bounds, next_poll
from monitor.core.dates import clocks, timestamps
from monitor.core.items import growth, identity, recognition, twins
from monitor.core.items.identity import Candidate
from monitor.core.items.recognition import Resolved
from monitor.core.telling.route import Routing
from monitor.core.verdicts import Verdict, reread, verdict
from monitor.model import (
    Advice,
    Baseline,
    Claim,
    Hints,
    Known,
    NextPoll,
    Parsed,
    PollOutcome,
    Response,
    Rest,
    Rhythm,
    Rule,
    Source,
    Trouble,
    Validators,
)
from monitor.rules.engine import Engine
from monitor.values import dataclass

NOTHING_ELSE = Rest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What decisions go by: the rules compiled, who is told by default, the limits of polling."""

    engine: Engine
    routing: Routing = Routing()
    health: tuple[str, ...] = ()  # of those who hear how sources do
    bounds: Bounds = Bounds()
    retracting: Mapping[str, Rule] = field(default_factory=dict)  # rules that tell what is taken back
    watched: Mapping[str, absence.Watch] = field(default_factory=dict)  # rules that ring where nothing comes


def failed(claim: Claim, trouble: Trouble, book: Rulebook, *, now: datetime, jitter: float) -> PollOutcome:
    """Return the outcome of a poll that brought nothing: counted, backed off, said."""
    coming = next_poll(
        claim.source,
        now=now,
        started_at=claim.claimed_at,
        failures=claim.failures + 1,
        trouble=trouble,
        bounds=book.bounds,
        rhythm=claim.rhythm,
        budget=claim.budget,
        hints=Hints(advice=claim.advice, pushed=claim.pushed),
        jitter=jitter,
    )
    moved = drift.failed(claim, trouble, now=now)
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=coming.at,
        why=coming.why,
        may_miss=coming.may_miss,
        latest_at=coming.latest_at,
        pull=coming.pull,
        rhythm=claim.rhythm,
        shape=moved.shape,
        rings=health.rings(
            (*health.failed(claim, trouble, now), *drift.alerts(claim, moved, now)), book.health
        ),
        status="gone" if trouble.kind == "gone" else "refused" if trouble.kind == "refused" else "failing",
        trouble=trouble,
    )


def unchanged(
    claim: Claim,
    response: Response,
    book: Rulebook,
    *,
    now: datetime,
    jitter: float,
    rest: Rest = NOTHING_ELSE,
) -> PollOutcome:
    """Return the outcome of a 304, or of a body equal to the last one."""
    rhythm = health.timed(loss.still(claim, now), claim.rhythm, response)
    coming = _next(claim, response, claim.advice, book, now, jitter, rhythm)
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=coming.at,
        why=coming.why,
        may_miss=rest.missing or coming.may_miss,
        latest_at=coming.latest_at,
        pull=coming.pull,
        rhythm=rhythm,
        rest=rest,
        rings=health.rings(health.well(claim, rhythm, now), book.health),
        status="ok",
        unchanged=True,
        not_modified=response.status == 304,
        validators=response.validators,
        body_hash=claim.body_hash,
    )


def _kept_hash(claim: Claim, response: Response, parsed: Parsed) -> str:
    """Return the hash to know an equal body by; one that broke off, or a part, is none."""
    if not parsed.whole or response.status == 226:
        return ""
    return claim.body_hash if response.status == 304 else identity.of_body(response.body)


def kin_wanted(found: Sequence[Candidate], known: Known) -> tuple[frozenset[int], frozenset[str]]:
    """Return the fingerprints and the stories to ask the store for: of what is new, edited or seen elsewhere."""
    marks: set[int] = set()
    told: set[str] = set()
    for one in found:
        here = next((known.by_key[key] for key in one.keys if key in known.by_key), None)
        if here is None or here.digest != one.digest:
            marks.update(stories.marks(one.entry.title, one.entry.summary))
            told.update(item.story for item in (here, *(known.by_print.get(key) for key in one.keys)) if item)
    return frozenset(marks), frozenset(told)


def _next(
    claim: Claim,
    response: Response,
    advice: Advice,
    book: Rulebook,
    now: datetime,
    jitter: float,
    rhythm: Rhythm,
) -> NextPoll:
    hints = Hints(
        expires_at=response.expires_at, fresh_for=response.fresh_for, advice=advice, pushed=claim.pushed
    )
    coming = next_poll(
        claim.source,
        now=now,
        started_at=claim.claimed_at,
        bounds=book.bounds,
        rhythm=rhythm,
        budget=claim.budget,
        hints=hints,
        jitter=jitter,
    )
    return websub.sooner(claim.stays, coming)


def decide(
    claim: Claim,
    response: Response,
    parsed: Parsed,
    known: Known,
    book: Rulebook,
    *,
    now: datetime,
    jitter: float = 0.0,
    rest: Rest = NOTHING_ELSE,
) -> PollOutcome:
    """Return all that a parsed body changes: items, edits, keys, alerts, the next poll.

    The first body is the baseline: noted, not rung, but for what `backlog` asks (design: no flood at
    the first run). Afterwards each new item and each revision is put to every rule. What was found to
    fill a gap counts as older than the body. A partial one (226) is no window: nothing is missing that is not in it.
    """
    partial = response.status == 226
    if partial:
        known = replace(known, standing=(), last=frozenset())
    found = identity.candidates((*parsed.entries, *rest.older))
    resolved, ambiguous = recognition.resolve(claim, found, known, now=now)
    dating = _dating(claim, response, resolved, known, now)
    dates = zip(resolved, dating.published, strict=True)
    verdicts = reread(
        [verdict(claim, one, at, known, book.engine, now) for one, at in dates][::-1]
    )  # oldest first
    told = stories.tell([verdict.change for verdict in verdicts], known.kin)
    verdicts = [replace(one, change=change) for one, change in zip(verdicts, told.changes, strict=True)]
    first = claim.baselined_at is None
    hole = None if first else loss.gap(claim, parsed, known, rest, resolved, now)
    old = growth.grown(resolved, dating.published, known) if hole is None else frozenset()
    broken = hole is not None and loss.is_cut(claim, parsed)
    if broken:
        hole = None
    loud = (
        _backlog(claim.source, verdicts)
        if first
        else {id(one) for n, one in enumerate(verdicts[::-1]) if n not in old}
    )
    bell = Ringing(claim.source.name, told, book.routing, now, known)
    matched = sum(bool(v.causes) for v in verdicts if v.change.new)
    matches = [(cause.match.rule, it.said) for it in verdicts if id(it) in loud for cause in it.causes]
    came = absence.came(matches)
    rhythm = loss.measured(claim, parsed, resolved, dating.published, hole, now, matched, partial=partial)
    rhythm = health.timed(rhythm, claim.rhythm, response)
    moved = drift.judged(claim, parsed.entries, now=now)
    sure = parsed.whole and not (first or partial or hole or claim.parts or parsed.more or moved.changed)
    left = retraction.departures(known, resolved, told.changes, rhythm, sure=sure, now=now)
    coming = _next(claim, response, parsed.advice, book, now, jitter, left.rhythm)
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=coming.at,
        why=coming.why,
        may_miss=rest.missing or (coming.may_miss if parsed.whole else "its body broke off before its end"),
        latest_at=coming.latest_at,
        pull=coming.pull,
        rhythm=left.rhythm,
        shape=moved.shape,
        gap=hole,
        rest=rest,
        status="ok",
        validators=response.validators if parsed.whole else Validators(),
        body_hash=_kept_hash(claim, response, parsed),
        partial=partial,
        broken=broken,
        changes=tuple(one.change for one in verdicts),
        ambiguous=tuple(sorted(ambiguous)),
        freed=_freed(verdicts, known),
        rings=(
            *(
                bell.ring(one.said, cause)
                for one in verdicts
                if id(one) in loud
                for cause in one.causes
                if cause.match.rule.ring and not absence.waits(cause.match.rule)
            ),
            *retraction.rings(left.taken, known, book.retracting, book.routing, now),
            *absence.returned(came, known.absences, book.routing, now),
            *health.rings(
                (
                    *health.well(claim, rhythm, now),
                    *loss.alerts(claim, hole, now),
                    *drift.alerts(claim, moved, now),
                ),
                book.health,
            ),
        ),
        missing=left.missing,
        matched=bursts.came(matches),
        signs=frozenset(came),
        folds=told.folds,
        baseline=_baseline(verdicts, loud) if first else None,
        entries=len(parsed.entries),
        lags=dating.lags,
        advice=parsed.advice,
        hub=websub.named(response.hub, parsed.hub, response.url),
        event_id=response.event_id,
    )


def _dating(
    claim: Claim, response: Response, resolved: Sequence[Resolved], known: Known, now: datetime
) -> timestamps.Dated:
    """Date the body; an item that a twin had first is dated anew by the source that lends its date."""
    rows = [
        timestamps.Row(
            one.entry.dates,
            None if one.item is None or twins.lends(claim.source, one.item, known) else one.item.published,
        )
        for one in resolved
    ]
    at = clocks.clocks(response, now)
    return timestamps.dated(claim.source, rows, now=at, since=claim.rhythm.looked_at, lags=claim.lags)


def _freed(verdicts: Sequence[Verdict], known: Known) -> frozenset[str]:
    """Return the keys of new items that stood for others until now: the source is another one."""
    new = (one.change for one in verdicts if one.change.new)
    return frozenset(key for change in new for key in change.keys if key in known.by_key)


def _backlog(source: Source, verdicts: Sequence[Verdict]) -> set[int]:
    """Return which verdicts of the first body may ring."""
    if source.backlog == "skip":
        return set()
    newest = sorted((v for v in verdicts if v.change.new), key=lambda v: v.change.item.published.latest)
    if source.backlog != "all":
        newest = newest[-source.backlog :]
    return {id(one) for one in newest}


def _baseline(verdicts: Sequence[Verdict], loud: set[int]) -> Baseline:
    return Baseline(
        items=len(verdicts),
        would_have_rung=sum(bool(v.causes) for v in verdicts if id(v) not in loud),
    )
