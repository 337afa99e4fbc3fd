"""One poll: fetch -> parse -> decide -> apply. Trouble on the way is an outcome, not an exception."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from monitor.core import identity
from monitor.core.decide import Rulebook, body_hash, decide, failed, kin_wanted, unchanged
from monitor.daemon.logs import event
from monitor.model import Applied, Claim, Parsed, PollOutcome, Response, Source, Trouble
from monitor.sources import ParseError
from monitor.store import Store

ROUNDS = 5  # times a poll is decided again because another one was faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a poll runs through; each step is a function, so that a test can stand in a real one."""

    fetch: Callable[[Claim], Awaitable[Response | Trouble]]
    parse: Callable[[Source, Response], Awaitable[Parsed]]
    store: Store
    book: Rulebook
    jitter: Callable[[], float]  # in [0, 1)
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
    if answer.status == 304 or body_hash(answer.body) == claim.body_hash:
        outcome = unchanged(claim, answer, line.book, now=line.store.now(), jitter=line.jitter())
        return await _apply(outcome, line)
    try:
        parsed = await line.parse(claim.source, answer)
    except ParseError as error:
        return await _fail(claim, Trouble(sentence=str(error), kind="not-a-feed"), line)
    return await _settle(claim, answer, parsed, line)


async def _fail(claim: Claim, trouble: Trouble, line: Line) -> Applied:
    return await _apply(failed(claim, trouble, line.book, now=line.store.now(), jitter=line.jitter()), line)


async def _settle(claim: Claim, response: Response, parsed: Parsed, line: Line) -> Applied:
    """Decide and apply, one poll at a time; where another process was faster, decide again."""
    found = identity.candidates(parsed.entries)
    keys, prints = identity.lookups(claim.source.name, found)
    for _ in range(ROUNDS):
        async with line.turn:
            known = await line.store.known(claim.source.name, keys, prints)
            known = replace(known, kin=await line.store.kin(*kin_wanted(found, known)))
            now, jitter = line.store.now(), line.jitter()
            applied = await _apply(
                decide(claim, response, parsed, known, line.book, now=now, jitter=jitter), line
            )
        if not applied.stale:
            return applied
    return await _fail(
        claim, Trouble(sentence="its items kept changing while they were read", kind="limit"), line
    )


async def _apply(outcome: PollOutcome, line: Line) -> Applied:
    [applied] = await line.store.apply([outcome])
    if not applied.stale and not applied.dropped:
        tell(outcome, applied)
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
        event(
            "source.baseline",
            f"{source}: {noted} items noted, {missed} would have rung",
            source=source,
            items=noted,
            would_have_rung=missed,
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


def spell(seconds: float) -> str:
    """Return a duration as one says it.

    >>> [spell(s) for s in (0.4, 40, 150, 7200, 180000)]
    ['0.4 s', '40 s', '2 min', '2 h', '2 d']
    """
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size * 1.5 or (unit == "min" and seconds >= size):
            return f"{round(seconds / size)} {unit}"
    return f"{seconds:.1f} s" if seconds < 1 else f"{seconds:.0f} s"
