"""What a match does: it rings, or rings again for an edit that tells something else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.core import edits, identity, route, stories
from monitor.core.stories import Told
from monitor.model import Alert, AlertType, Edit, Item, Known, Match, OnEdit, Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A match that makes its rule ring for an item; `edit` where it rang for it before."""

    match: Match
    edit: Edit | None = None


def causes(item: Item, matches: Sequence[Match], before: frozenset[str], known: Known) -> Iterator[Cause]:
    """Yield what a new revision makes ring: rules that it matches now, and did not `before`, and those that rang
    for the item where their `on_edit` asks for it."""
    for match in matches:
        told = known.told.get((match.rule.name, item.id))
        if told is None:
            if match.rule.name not in before:
                yield Cause(match=match)
        elif edit := edited(told, item, match.rule.on_edit):
            yield Cause(match=match, edit=edit)


def edited(told: Item, item: Item, on_edit: OnEdit) -> Edit | None:
    """Return how `item` now reads otherwise than when it was `told`, None where that rings nothing.

    It is held against the text that was told, not the one before: what small edits make of it together counts,
    and what goes back to it was told already.
    """
    if on_edit == "never" or told.digest == item.digest:
        return None
    change = edits.material(told.title or told.summary, item.title or item.summary)
    if change is None and on_edit == "material":
        return None
    return Edit(title=told.title, summary=told.summary, kind=change.kind if change else "")


def ring(source: str, item: Item, cause: Cause, told: Told, everyone: Sequence[str], now: datetime) -> Ring:
    """Return the alert that `cause` makes of `item`, as it stood in a body of `source`, and who hears it."""
    rule = cause.match.rule
    item = replace(item, story=told.story.get(item.id, item.story))
    also, publishers = stories.also_in(told, item)
    kind = AlertType.UPDATED if cause.edit else AlertType.CREATED
    dedupe = (
        f"updated/{rule.name}/{item.id}/{item.revision}" if cause.edit else f"created/{rule.name}/{item.id}"
    )
    alert = Alert(
        id=identity.alert_id(dedupe),
        type=kind,
        dedupe=dedupe,
        at=now,
        severity=rule.severity,
        rule=rule.name,
        rule_version=rule.version,
        item=item,
        spans=cause.match.spans,
        source=source,
        also_in=also,
        publishers=publishers,
        edit=cause.edit,
    )
    return Ring(alert=alert, notifiers=route.notifiers(rule, everyone))
