"""What one entry of a body changes, and the rules that it makes ring: a new item, an edit, one that another source had first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.alerts import ringing
from monitor.core.alerts.ringing import Cause
from monitor.core.items import identity, revisions, twins
from monitor.core.items.recognition import Resolved
from monitor.model import Claim, Item, ItemChange, Known, Published
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.values import dataclass

JUST = timedelta(hours=1)  # before the last look, in which what is news was published
ANEW, MOST = 3, 0.6  # edits of one body, and their share of what was known, that are no edits of the news


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One entry, decided: what it changes, and the rules it makes ring."""

    change: ItemChange
    causes: tuple[Cause, ...] = ()
    told: Item | None = None  # how it reads here, where that is not what is kept of it

    @property
    def said(self) -> Item:
        """Return what an alert shows of it."""
        return self.told or self.change.item


def verdict(
    claim: Claim, one: Resolved, at: Published, known: Known, engine: Engine, now: datetime
) -> Verdict:
    """Return what an entry, which is the item that it was resolved to, changes, and what it makes ring."""
    source = claim.source
    if one.item is None:
        item = replace(revisions.first(source, one, at, now), absent_at=claim.rhythm.looked_at)
        change = ItemChange(item=item, keys=one.keys, prints=one.prints, new=True)
        return Verdict(change=change, causes=tuple(Cause(match=it) for it in engine.match(Document.of(item))))
    seen = ItemChange(item=one.item, keys=one.keys, prints=one.prints)
    if one.item.source != source.name:
        if twins.lends(source, one.item, known):
            seen = replace(seen, item=twins.lent(one.item, one.entry, at), joined=True)
        return seen_elsewhere(claim, one, seen, known, engine)
    if identity.digest(one.entry.title, one.entry.summary) == one.item.digest:
        return Verdict(change=seen)
    item = revisions.following(source, one.item, one.entry)
    return Verdict(
        change=replace(seen, item=item, edited=True), causes=_causes(one.item, item, known, engine)
    )


def reread(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts on a body; where most of what was known reads otherwise at once, no edit makes a rule ring
    that did not ring before: other selectors read the page, or its site has other headlines for all."""
    known = sum(not one.change.new for one in verdicts)
    edited = sum(one.change.edited for one in verdicts)
    if edited < ANEW or edited <= MOST * known:
        return list(verdicts)
    return [
        replace(one, causes=tuple(it for it in one.causes if it.edit)) if one.change.edited else one
        for one in verdicts
    ]


def seen_elsewhere(claim: Claim, one: Resolved, seen: ItemChange, known: Known, engine: Engine) -> Verdict:
    """Return the verdict on an item that another source had first: one item, one alert.

    Here it may stand under another name, with other tags and more text, so a rule may match only now, or once
    it is edited here; what it matched is what is told. The text that is kept stays the first source's; two
    that differ would take turns in editing it.
    """
    entry = one.entry
    if one.item is None or (one.here and identity.text_key(entry) in known.by_key):
        return Verdict(change=seen)
    told = replace(
        seen.item, title=entry.title or seen.item.title, summary=entry.summary or seen.item.summary
    )
    here = replace(told, source=claim.source.name, tags=revisions.tags(claim.source, entry))
    before = frozenset[str]() if _is_news(claim, one, one.item) else _held(one.item, engine)
    found = ringing.causes(here, engine.match(Document.of(here)), before, known)
    return Verdict(change=seen, causes=tuple(it for it in found if it.edit is None), told=told)


def _is_news(claim: Claim, one: Resolved, item: Item) -> bool:
    """Tell whether an item that another source's first body noted, so that it rang nothing, has just come out here."""
    looked_at = claim.rhythm.looked_at
    noted = not one.here and item.absent_at is None
    return noted and looked_at is not None and item.published.latest > looked_at - JUST


def _causes(old: Item, new: Item, known: Known, engine: Engine) -> tuple[Cause, ...]:
    """Return what it makes ring that an item which read as `old` now reads as `new`."""
    return tuple(ringing.causes(new, engine.match(Document.of(new)), _held(old, engine), known))


def _held(item: Item, engine: Engine) -> frozenset[str]:
    return frozenset(rule.name for rule in engine.holding(Document.of(item)))
