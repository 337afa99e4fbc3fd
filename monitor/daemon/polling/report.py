"""What a poll brought, as lines of the log."""

import logging

from monitor.core.plurals import count, spell
from monitor.daemon.polling.mending import tell_drift
from monitor.daemon.system.logs import event
from monitor.model import Applied, PollOutcome


def report(outcome: PollOutcome, applied: Applied) -> None:
    """Log what a committed poll brought, what it missed, and whether its selectors drift."""
    _tell(outcome, applied)
    _tell_loss(outcome)
    tell_drift(outcome)


def _tell(outcome: PollOutcome, applied: Applied) -> None:
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
            code=outcome.trouble.word,
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


def _tell_loss(outcome: PollOutcome) -> None:
    """Log what a poll did not get: parts of its body, and once a day that items went by before it."""
    source = outcome.claim.source.name
    rest = outcome.rest
    if said := rest.missing if len(rest.parts) != len(outcome.claim.parts) else rest.unread:
        event(
            "source.part",
            f"{source}: {said}",
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
