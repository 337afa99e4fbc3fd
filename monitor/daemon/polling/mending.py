"""New selectors for a page whose old ones no longer fit: found by the last known headlines, and told."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from monitor.core import drift
from monitor.daemon.system.logs import event
from monitor.model import Claim, PollOutcome, Proposal, Response
from monitor.sources import ParseError
from monitor.store import Store

Propose = Callable[[Response, Sequence[str]], Awaitable[Sequence[Proposal]]]


async def selectors(
    claim: Claim, response: Response, store: Store, propose: Propose | None
) -> Sequence[Proposal]:
    """Return ways to read the page by the headlines that stood in its last good body, best first."""
    if propose is None:
        return ()
    known = await store.known(claim.source.name, [], [])
    headlines = [place.item.title for place in known.standing[: drift.HEADLINES]]
    try:
        return await propose(response, headlines) if headlines else ()
    except ParseError:  # the drift is told all the same
        return ()


def tell_drift(outcome: PollOutcome) -> None:
    """Log that the selectors of a source began to drift, or fit again: one line each."""
    source, before = outcome.claim.source.name, outcome.claim.shape
    if said := drift.sentence(outcome):
        event("source.drifting", said, level=logging.WARNING, source=source)
    elif before.drifting_since and outcome.shape and not outcome.shape.drifting_since:
        event("source.steady", f"{source}: its selectors fit again", source=source)
