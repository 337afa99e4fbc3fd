"""One poll: fetch -> parse -> decide -> apply. Trouble on the way is an outcome, not an exception."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from monitor.core import drift, identity, recognition
from monitor.core.cadence import spell
from monitor.core.decide import Rulebook, body_hash, decide, failed, kin_wanted, unchanged
from monitor.core.plurals import count
from monitor.daemon.backfill import backfill
from monitor.daemon.fetch import at_home
from monitor.daemon.gather import Errand, Fetch, Gathered, Parse, gather
from monitor.daemon.logs import event
from monitor.daemon.mending import Propose, selectors, tell_drift
from monitor.model import Applied, Claim, Entry, Parsed, PollOutcome, Response, Trouble
from monitor.store import Store

ROUNDS = 6  # times a poll is decided again because another one was faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a poll runs through; each step is a function, so that a test can stand in a real one."""

    fetch: Fetch
    parse: Parse
    store: Store
    book: Rulebook
    jitter: Callable[[], float]  # in [0, 1)
    propose: Propose | None = (
        None  # new selectors where old ones no longer fit; None: they are not looked for
    )
    turn: asyncio.Lock = field(
        default_factory=asyncio.Lock
    )  # who decides: what is known must not change under it


async def poll(claim: Claim, line: Line) -> Applied:
    """Poll one claimed source and commit what that changed.

    Cancelled or killed anywhere before the commit, nothing has changed but the claim: the source is
    due again, with the validators of the last body that was committed.
    """
    answer = await line.fetch(claim)
    if isinstance(answer, Trouble):
        return await _fail(claim, answer, line)
    same = answer.status == 304 or body_hash(answer.body) == claim.body_hash
    if same and not claim.parts:
        outcome = unchanged(claim, answer, line.book, now=line.store.now(), jitter=line.jitter())
        return await _apply(outcome, line)
    abroad = not at_home(claim.source.access, answer.url)
    errand = Errand(claim=claim, fetch=line.fetch, parse=line.parse, abroad=abroad)
    parsed = Parsed(more=tuple(part.url for part in claim.parts)) if same else await errand.read(answer)
    if isinstance(parsed, Trouble):
        return await _fail(claim, parsed, line, answer)
    body = await gather(errand, parsed)
    if body.trouble:
        return await _fail(claim, body.trouble, line)
    if same and all_unchanged(body):
        now, jitter = line.store.now(), line.jitter()
        return await _apply(unchanged(claim, answer, line.book, now=now, jitter=jitter, rest=body.rest), line)
    return await _settle(errand, answer, body, line)


def all_unchanged(body: Gathered) -> bool:
    """Tell whether no part of a body brought anything."""
    return not body.parsed.entries


async def _fail(claim: Claim, trouble: Trouble, line: Line, response: Response | None = None) -> Applied:
    outcome = failed(claim, trouble, line.book, now=line.store.now(), jitter=line.jitter())
    if response is not None and drift.sentence(outcome):
        outcome = drift.mended(outcome, await selectors(claim, response, line.store, line.propose))
    return await _apply(outcome, line)


async def _settle(errand: Errand, response: Response, body: Gathered, line: Line) -> Applied:
    """Decide and apply, one poll at a time; where another process was faster, decide again.

    A gap is seen while deciding. Then, and with no turn held, what could fill it is looked for once.
    """
    claim, rest, proposals = errand.claim, body.rest, None
    for _ in range(ROUNDS):
        found = identity.candidates((*body.parsed.entries, *rest.older))
        keys, prints = identity.lookups(claim.source.name, found)
        async with line.turn:
            known = await line.store.known(claim.source.name, keys, prints)
            known = replace(known, kin=await line.store.kin(*kin_wanted(found, known)))
            now, jitter = line.store.now(), line.jitter()
            outcome = decide(
                claim, response, body.parsed, known, line.book, now=now, jitter=jitter, rest=rest
            )
            if drift.sentence(outcome) and proposals is not None:
                outcome = drift.mended(outcome, proposals)
            moved = drift.sentence(outcome) and proposals is None
            applied = None if moved or (outcome.gap and not rest.asked) else await _apply(outcome, line)
        if moved:
            proposals = await selectors(claim, response, line.store, line.propose)
            continue
        if applied is None:
            older = await backfill(
                errand, response, body.parsed, now=now, familiar=lambda it: _familiar(claim, it, line)
            )
            rest = replace(rest, older=older, asked=True)
        elif not applied.stale:
            return applied
    return await _fail(
        claim, Trouble(sentence="its items kept changing while they were read", kind="limit"), line
    )


async def _familiar(claim: Claim, entries: Sequence[Entry], line: Line) -> frozenset[int]:
    """Return the positions of the entries that this source had before."""
    found = identity.candidates(entries)
    known = await line.store.known(claim.source.name, *identity.lookups(claim.source.name, found))
    resolved, _ = recognition.resolve(claim.source.name, found, known, now=line.store.now())
    here = {id(one.entry) for one in resolved if one.here}
    return frozenset(position for position, entry in enumerate(entries) if id(entry) in here)


async def _apply(outcome: PollOutcome, line: Line) -> Applied:
    [applied] = await line.store.apply([outcome])
    if not applied.stale and not applied.dropped:
        tell(outcome, applied)
        tell_loss(outcome)
        tell_drift(outcome)
    return applied


def tell(outcome: PollOutcome, applied: Applied) -> None:
    """Log what a poll brought: one line, and none for nothing new."""
    source = outcome.claim.source.name
    if outcome.trouble:
        later = "not polled again until its address changes"
        if outcome.status != "gone":
            later = f"next try in {spell((outcome.next_poll_at - outcome.at).total_seconds())}"
        event(
            "source.failing",
            f"{source}: {outcome.trouble.sentence}; {later}",
            level=logging.WARNING,
            source=source,
            kind=outcome.trouble.kind,
            failures=outcome.claim.failures + 1,
        )
    elif outcome.baseline:
        noted, missed = outcome.baseline.items, outcome.baseline.would_have_rung
        rang = f", {applied.rung} rang" if applied.rung else ""
        event(
            "source.baseline",
            f"{source}: {count(noted, 'item')} noted, {missed} would have rung{rang}",
            source=source,
            items=noted,
            would_have_rung=missed,
            rang=applied.rung,
        )
    elif applied.new or applied.edited or applied.rung:
        event(
            "source.polled",
            f"{source}: {applied.new} new, {applied.edited} edited, {applied.rung} rang",
            source=source,
            new=applied.new,
            edited=applied.edited,
            rang=applied.rung,
        )
    else:
        event("source.quiet", f"{source}: nothing new", level=logging.DEBUG, source=source)
    if outcome.claim.failures and not outcome.trouble:
        event("source.recovered", f"{source}: answers again", source=source)


def tell_loss(outcome: PollOutcome) -> None:
    """Log what a poll did not get: parts of its body, and once a day that items went by before it."""
    source = outcome.claim.source.name
    if outcome.rest.missing:
        event(
            "source.part",
            f"{source}: {outcome.rest.missing}",
            level=logging.WARNING,
            source=source,
        )
    if outcome.gap and outcome.claim.rhythm.gap_on != outcome.rhythm.gap_on:
        event(
            "source.gap",
            f"{source}: {outcome.gap.sentence}",
            level=logging.WARNING,
            source=source,
            missed=outcome.gap.missed,
            recovered=outcome.gap.recovered,
        )
