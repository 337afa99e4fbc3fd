"""What a match does: it rings, rings again for an edit that tells something else, or is held, for its story just rang."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.core import edits, identity, route, stories
from monitor.core.stories import Told
from monitor.model import Alert, AlertType, Edit, Held, Item, Known, Match, OnEdit, Rang, Ring, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A match that makes its rule ring for an item; `edit` where it rang for it before."""

    match: Match
    edit: Edit | None = None
    corrects: bool = False  # the edit is of what was told, not of what was held


def causes(item: Item, matches: Sequence[Match], before: frozenset[str], known: Known) -> Iterator[Cause]:
    """Yield what a new revision makes ring: rules that it matches now, and did not `before`, and those that rang
    for the item where their `on_edit` asks for it."""
    for match in matches:
        last = known.alerts.get((match.rule.name, item.id))
        if last is None or last.item is None:
            if match.rule.name not in before:
                yield Cause(match=match)
        elif edit := edited(last.item, item, match.rule.on_edit):
            yield Cause(match=match, edit=edit, corrects=last.held is None)


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


@dataclass
class Ringing:
    """The rings of one poll, in the order of its items: what one rings, the next one knows."""

    source: str  # whose body it was
    told: Told
    everyone: Sequence[str]
    now: datetime
    rang: Mapping[tuple[str, str], Rang]  # before
    _rang: dict[tuple[str, str], Rang] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Know the stories by what they are called now: where two became one, the later ring counts."""
        for (rule, story), rang in sorted(self.rang.items(), key=lambda one: one[1].at):
            self._rang[rule, self.told.rooted(story)] = rang

    def ring(self, item: Item, cause: Cause) -> Ring:
        """Return the alert that `cause` makes of `item`, and who hears it: nobody where it is held."""
        rule, edit = cause.match.rule, cause.edit
        item = replace(item, story=self.told.story.get(item.id, item.story))
        also, publishers = stories.also_in(self.told, item)
        dedupe = f"created/{rule.name}/{item.id}"
        if edit:
            dedupe = f"updated/{rule.name}/{item.id}/{item.revision}"
        alert = Alert(
            id=identity.alert_id(dedupe),
            type=AlertType.UPDATED if edit else AlertType.CREATED,
            dedupe=dedupe,
            at=self.now,
            severity=rule.severity,
            rule=rule.name,
            rule_version=rule.version,
            item=item,
            spans=cause.match.spans,
            source=self.source,
            also_in=also,
            publishers=publishers,
            edit=edit,
            held=None if cause.corrects else self._held(rule, item.story),
        )
        if alert.held is None and not edit:
            self._rang[rule.name, item.story] = Rang(alert=alert.id, at=self.now)
        return Ring(alert=alert, notifiers=route.notifiers(rule, self.everyone))

    def _held(self, rule: Rule, story: str) -> Held | None:
        """Return until when a rule is silent about a story, None if it is not: a correction of what it told
        always rings, and starts no silence of its own."""
        rang = self._rang.get((rule.name, story))
        if rang is None:
            return None
        until = rang.at + timedelta(seconds=rule.cooldown)
        return Held(until=until, joins=rang.alert) if self.now < until else None
