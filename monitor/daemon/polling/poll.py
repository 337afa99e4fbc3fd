"""One poll: fetch -> parse -> decide -> apply. Trouble on the way is an outcome, not an exception."""

import logging
from collections.abc import Awaitable

from monitor.core import cadence, drift
from monitor.core.decide import failed, unchanged
from monitor.core.items.identity import of_body
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.mending import selectors
from monitor.daemon.polling.settle import apply, settle
from monitor.daemon.reading.fetch import at_home
from monitor.daemon.reading.gather import Errand, Gathered, gather
from monitor.daemon.system.logs import event
from monitor.model import Applied, Claim, Hints, Parsed, Response, Trouble
from monitor.store import StoreError


async def poll(claim: Claim, line: Line) -> Applied:
    """Poll one claimed source and commit what that changed.

    Cancelled or killed anywhere before the commit, nothing has changed but the claim: the source is
    due again, with the validators of the last body that was committed. A bug of ours is this source's trouble, not the
    daemon's. Raises StoreError.
    """
    return await guarded(claim, _polled(claim, line), line)


async def guarded(claim: Claim, doing: Awaitable[Applied], line: Line) -> Applied:
    """Return what was done with a claimed source; where the program broke on it, commit that as its trouble. Raises StoreError."""
    try:
        return await doing
    except StoreError:
        raise
    except Exception:
        return await _fail(claim, broke(claim), line)


def broke(claim: Claim) -> Trouble:
    """Return the trouble of a source over which the program broke, and log it with its traceback: call it where that is caught."""
    name = claim.source.name
    event(
        "source.broke",
        f"{name}: Newsbell broke on what came",
        level=logging.ERROR,
        traceback=True,
        source=name,
    )
    return Trouble(
        sentence="Newsbell broke on what came; the log has the traceback", kind="limit", code="broke"
    )


async def _polled(claim: Claim, line: Line) -> Applied:
    answer = await line.fetch(claim)
    if isinstance(answer, Trouble):
        return await troubled(claim, answer, line)
    same = answer.status == 304 or of_body(answer.body) == claim.body_hash
    if same and not claim.parts:
        outcome = unchanged(claim, answer, line.book, now=line.store.now(), jitter=line.jitter())
        return await apply(outcome, line)
    abroad = not at_home(claim.source.access, answer.url)
    errand = Errand(claim=claim, fetch=line.fetch, parse=line.parse, abroad=abroad)
    parsed = (
        Parsed(more=tuple(part.validators.url for part in claim.parts), advice=claim.advice)
        if same
        else await errand.read(answer)
    )
    if isinstance(parsed, Trouble):
        return await _fail(claim, parsed, line, answer)
    body = await gather(errand, parsed, now=line.store.now())
    if body.trouble:
        return await _fail(claim, body.trouble, line)
    if same and all_unchanged(body):
        now, jitter = line.store.now(), line.jitter()
        return await apply(unchanged(claim, answer, line.book, now=now, jitter=jitter, rest=body.rest), line)
    return await settle(errand, answer, body, line)


def all_unchanged(body: Gathered) -> bool:
    """Tell whether no part of a body brought anything."""
    return not body.parsed.entries


async def troubled(claim: Claim, trouble: Trouble, line: Line) -> Applied:
    """Commit that a claimed source brought no answer."""
    return await (_wait(claim, trouble, line) if trouble.kind == "held" else _fail(claim, trouble, line))


async def _wait(claim: Claim, trouble: Trouble, line: Line) -> Applied:
    """Give the claim back: its publisher wants nobody at the door for a while."""
    coming = cadence.next_poll(
        claim.source,
        now=line.store.now(),
        started_at=claim.claimed_at,
        failures=claim.failures,
        trouble=trouble,
        bounds=line.book.bounds,
        rhythm=claim.rhythm,
        hints=Hints(advice=claim.advice),
    )
    await line.store.postpone(claim, coming)
    return Applied(dropped=True)


async def _fail(claim: Claim, trouble: Trouble, line: Line, response: Response | None = None) -> Applied:
    outcome = failed(claim, trouble, line.book, now=line.store.now(), jitter=line.jitter())
    if response is not None and drift.sentence(outcome):
        outcome = drift.mended(outcome, await selectors(claim, response, line.store, line.propose))
    return await apply(outcome, line)
