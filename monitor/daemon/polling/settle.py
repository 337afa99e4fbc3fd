"""Deciding what a body changes, and committing it: off the loop, in turn, and again where another was faster.

A decision is right only while what it was made on still holds. A body of usual size is decided by whoever
has the turn, and committed before the turn is passed on. A large one would keep all others waiting for
seconds: it is decided beside the turn, and takes the turn only to see that nothing it went by has changed
meanwhile, and to commit. If something has, it is decided again; the last time with the turn in hand.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from monitor.core import drift, loss, stories
from monitor.core.decide import decide, failed, kin_wanted
from monitor.core.items import evidence, identity, recognition
from monitor.core.items.identity import Candidate
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.mending import selectors
from monitor.daemon.polling.report import report
from monitor.daemon.reading.backfill import backfill
from monitor.daemon.reading.gather import Errand, Gathered
from monitor.model import Applied, Claim, Entry, Kin, Known, PollOutcome, Response, Trouble
from monitor.values import dataclass

ROUNDS = 6  # times a poll is decided again because another one was faster
LARGE = 500  # entries; a body of so many takes about half a second


async def settle(errand: Errand, response: Response, body: Gathered, line: Line) -> Applied:
    """Decide and apply, without ever blocking the loop; where another poll was faster, decide again.

    What keeps changing is a failed poll, and of a push nothing: it stays stale. A gap is seen while deciding. Then, and with no turn held, what could fill it is looked for once.
    """
    claim, rest, proposals = errand.claim, body.rest, None
    for left in reversed(range(ROUNDS)):
        reading = await _Reading.of(claim.source.name, (*body.parsed.entries, *rest.older), line)
        beside = left > 0 and len(reading.found) > LARGE
        async with line.turns.aside if beside else line.turns.turn:
            known, now, jitter = await reading.known(), line.store.now(), line.jitter()
            outcome = await line.turns.think(
                partial(
                    decide, claim, response, body.parsed, known, line.book, now=now, jitter=jitter, rest=rest
                )
            )
            if line.evidence:
                outcome = replace(
                    outcome, evidence=await line.turns.think(partial(evidence.of, outcome, response))
                )
            outcome = loss.noted(outcome, rest.late)
            if drift.sentence(outcome) and proposals is not None:
                outcome = drift.mended(outcome, proposals)
            moved = drift.sentence(outcome) and proposals is None
            if moved or (outcome.gap and not rest.asked):
                applied = None
            else:
                applied = await (
                    _if_it_holds(outcome, reading, known, line) if beside else apply(outcome, line)
                )
        if moved:
            proposals = await selectors(claim, response, line.store, line.propose)
        elif applied is None:
            older = await backfill(
                errand,
                response,
                body.parsed,
                now=now,
                familiar=partial(_familiar, claim, line=line),
                think=line.turns.think,
            )
            rest = replace(rest, older=older, asked=True)
        elif not applied.stale:
            return applied
    if claim.stays:  # who pushed it will push it again
        return Applied(stale=True)
    changing = Trouble(sentence="its items kept changing while they were read", kind="limit")
    return await apply(failed(claim, changing, line.book, now=line.store.now(), jitter=line.jitter()), line)


async def apply(outcome: PollOutcome, line: Line) -> Applied:
    """Commit what a poll changed, say it in the log and count it."""
    [applied] = await line.store.apply([outcome])
    if not applied.stale and not applied.dropped:
        report(outcome, applied)
        line.tally.polled(outcome, applied)
    return applied


async def _if_it_holds(outcome: PollOutcome, reading: "_Reading", known: Known, line: Line) -> Applied:
    """Take the turn and commit, unless what was known when `outcome` was decided is no longer so."""
    async with line.turns.turn:
        return await apply(outcome, line) if await reading.holds(known, outcome) else Applied(stale=True)


@dataclass(slots=True)
class _Reading:
    """What is asked of the store about the entries of one body."""

    source: str
    found: Sequence[Candidate]
    keys: Sequence[str]
    prints: Sequence[str]
    line: Line

    @classmethod
    async def of(cls, source: str, entries: Sequence[Entry], line: Line) -> "_Reading":
        def looked_up() -> "_Reading":
            found = identity.candidates(entries)
            return cls(source, found, *identity.lookups(source, found), line)

        return await line.turns.think(looked_up)

    async def known(self) -> Known:
        """Return what is known of them now."""
        known = await self.line.store.known(self.source, self.keys, self.prints)
        return replace(known, kin=await self._kin(known))

    async def holds(self, known: Known, outcome: PollOutcome) -> bool:
        """Tell whether `outcome`, which was decided on what was `known`, would be decided so now."""
        again = await self.known()
        return await self.line.turns.think(
            lambda: (
                replace(again, kin=known.kin) == known
                and again.kin.rang == known.kin.rang
                and not stories.overtaken(outcome.changes, known.kin, again.kin)
            )
        )

    async def _kin(self, known: Known) -> Kin:
        wanted = await self.line.turns.think(lambda: kin_wanted(self.found, known))
        return await self.line.store.kin(*wanted)


async def _familiar(claim: Claim, entries: Sequence[Entry], *, line: Line) -> frozenset[int]:
    """Return the positions of the entries that this source had before."""
    reading = await _Reading.of(claim.source.name, entries, line)
    known = await line.store.known(claim.source.name, reading.keys, reading.prints)
    resolved, _ = await line.turns.think(
        lambda: recognition.resolve(claim, reading.found, known, now=line.store.now())
    )
    here = {id(one.entry) for one in resolved if one.here}
    return frozenset(position for position, entry in enumerate(entries) if id(entry) in here)
