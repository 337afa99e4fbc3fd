"""The heart: what one poll changes. Values in, one value out; no IO, no clock, no dice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core import identity, route, timestamps
from monitor.core.cadence import Bounds, next_poll
from monitor.core.identity import Resolved
from monitor.model import (
    Alert,
    AlertType,
    Baseline,
    Claim,
    Entry,
    Item,
    ItemChange,
    Known,
    Match,
    Parsed,
    PollOutcome,
    Published,
    Response,
    Ring,
    Source,
    Trouble,
)
from monitor.rules.engine import Document, Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What decisions go by: the rules compiled, who is told by default, the limits of polling."""

    engine: Engine
    everyone: tuple[str, ...]  # names of the configured notifiers, the terminal among them
    bounds: Bounds = Bounds()


def body_hash(body: bytes) -> str:
    """Return the hash by which an equal body is known without parsing it."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def failed(claim: Claim, trouble: Trouble, book: Rulebook, *, now: datetime, jitter: float) -> PollOutcome:
    """Return the outcome of a poll that brought nothing: counted, backed off, said."""
    failures = claim.failures + 1
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=next_poll(
            claim.source,
            now=now,
            started_at=claim.claimed_at,
            failures=failures,
            retry_after=trouble.retry_after,
            bounds=book.bounds,
            jitter=jitter,
        ),
        status="gone" if trouble.kind == "gone" else "refused" if trouble.kind == "refused" else "failing",
        trouble=trouble,
    )


def unchanged(
    claim: Claim, response: Response, book: Rulebook, *, now: datetime, jitter: float
) -> PollOutcome:
    """Return the outcome of a 304, or of a body equal to the last one."""
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=_next(claim, book, now, jitter),
        status="ok",
        unchanged=True,
        validators=response.validators,
        body_hash=claim.body_hash,
    )


def _next(claim: Claim, book: Rulebook, now: datetime, jitter: float) -> datetime:
    return next_poll(claim.source, now=now, started_at=claim.claimed_at, bounds=book.bounds, jitter=jitter)


def decide(
    claim: Claim,
    response: Response,
    parsed: Parsed,
    known: Known,
    book: Rulebook,
    *,
    now: datetime,
    jitter: float = 0.0,
) -> PollOutcome:
    """Return all that a parsed body changes: items, edits, keys, alerts, the next poll.

    The first body is the baseline: noted, not rung, but for what `backlog` asks (design: no flood at
    the first run). Afterwards each new item and each revision is put to every rule.
    """
    found = identity.candidates(parsed.entries)
    resolved, ambiguous = identity.resolve(claim.source.name, found, known)
    dating = _dating(claim, response, resolved, now)
    dates = zip(resolved, dating.published, strict=True)
    verdicts = [_verdict(claim.source, one, at, known, book, now) for one, at in dates][::-1]  # oldest first
    first = claim.baselined_at is None
    ringing = _backlog(claim.source, verdicts) if first else {id(verdict) for verdict in verdicts}
    return PollOutcome(
        claim=claim,
        at=now,
        next_poll_at=_next(claim, book, now, jitter),
        status="ok",
        validators=response.validators,
        body_hash=body_hash(response.body),
        changes=tuple(verdict.change for verdict in verdicts),
        ambiguous=tuple(sorted(ambiguous)),
        rings=tuple(
            _ring(claim.source, verdict.change.item, match, book, now)
            for verdict in verdicts
            if id(verdict) in ringing
            for match in verdict.matches
        ),
        baseline=_baseline(verdicts, ringing) if first else None,
        entries=len(parsed.entries),
        lags=dating.lags,
    )


def _dating(
    claim: Claim, response: Response, resolved: Sequence[Resolved], now: datetime
) -> timestamps.Dated:
    rows = [timestamps.Row(one.entry.dates, one.item.published if one.item else None) for one in resolved]
    at = timestamps.now_of(response, now)
    return timestamps.dated(claim.source, rows, now=at, since=claim.good_at, lags=claim.lags)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One entry, decided: what it changes, and the rules it makes ring."""

    change: ItemChange
    matches: tuple[Match, ...] = ()


def _verdict(
    source: Source, one: Resolved, at: Published, known: Known, book: Rulebook, now: datetime
) -> Verdict:
    if one.item is None:
        item = _new_item(source, one, at, now)
        change = ItemChange(item=item, keys=one.keys, prints=one.prints, new=True)
        return Verdict(change=change, matches=book.engine.match(Document.of(item)))
    seen = ItemChange(item=one.item, keys=one.keys, prints=one.prints)
    if one.item.source != source.name:
        return seen_elsewhere(source, one, seen, known, book)
    if identity.digest(one.entry.title, one.entry.summary) == one.item.digest:
        return Verdict(change=seen)
    item = _revised(source, one.item, one.entry)
    return Verdict(change=replace(seen, item=item, edited=True), matches=_newly(one.item, item, known, book))


def seen_elsewhere(source: Source, one: Resolved, seen: ItemChange, known: Known, book: Rulebook) -> Verdict:
    """Return the verdict on an item that another source had first: one item, one alert.

    Here it may stand under another name and other tags, so a rule on those may match only now.
    The text stays the first source's; two that differ would take turns in editing it.
    """
    if one.here or one.item is None:
        return Verdict(change=seen)
    here = replace(one.item, source=source.name, tags=_tags(source, one.entry))
    return Verdict(change=seen, matches=_newly(one.item, here, known, book))


def _newly(old: Item, new: Item, known: Known, book: Rulebook) -> tuple[Match, ...]:
    """Return the rules that match `new`, did not match `old`, and never rang for the item."""
    before = {match.rule.name for match in book.engine.match(Document.of(old))}
    return tuple(
        match
        for match in book.engine.match(Document.of(new))
        if match.rule.name not in before and (match.rule.name, new.id) not in known.rung
    )


def _new_item(source: Source, one: Resolved, at: Published, now: datetime) -> Item:
    entry = one.entry
    item_id = identity.make_id("item", source.name, one.keys[0])
    return Item(
        id=item_id,
        source=source.name,
        title=entry.title,
        summary=entry.summary,
        url=entry.url,
        author=entry.author,
        tags=_tags(source, entry),
        publisher=source.publisher,
        published=at,
        first_seen_at=now,
        story=item_id,
        digest=identity.digest(entry.title, entry.summary),
    )


def _revised(source: Source, old: Item, entry: Entry) -> Item:
    """Return the next revision: the text changes, the dates and the identity stay."""
    return replace(
        old,
        title=entry.title,
        summary=entry.summary,
        url=entry.url or old.url,
        author=entry.author,
        tags=_tags(source, entry),
        revision=old.revision + 1,
        digest=identity.digest(entry.title, entry.summary),
    )


def _tags(source: Source, entry: Entry) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*source.tags, *entry.tags)))


def _backlog(source: Source, verdicts: Sequence[Verdict]) -> set[int]:
    """Return which verdicts of the first body may ring."""
    if source.backlog == "skip":
        return set()
    newest = sorted((v for v in verdicts if v.change.new), key=lambda v: v.change.item.published.latest)
    if source.backlog != "all":
        newest = newest[-source.backlog :]
    return {id(verdict) for verdict in newest}


def _baseline(verdicts: Sequence[Verdict], ringing: set[int]) -> Baseline:
    return Baseline(
        items=len(verdicts),
        would_have_rung=sum(bool(v.matches) for v in verdicts if id(v) not in ringing),
    )


def _ring(source: Source, item: Item, match: Match, book: Rulebook, now: datetime) -> Ring:
    rule = match.rule
    dedupe = f"created/{rule.name}/{item.id}"
    alert = Alert(
        id=identity.alert_id(dedupe),
        type=AlertType.CREATED,
        dedupe=dedupe,
        at=now,
        severity=rule.severity,
        rule=rule.name,
        rule_version=rule.version,
        item=item,
        spans=match.spans,
        source=source.name,
    )
    return Ring(alert=alert, notifiers=route.notifiers(rule, book.everyone))
