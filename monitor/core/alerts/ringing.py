"""What a match does: it rings, rings again for an edit that tells something else, or is held, for its story just rang or
its rule waits for more."""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta

from monitor.core import stories, voices
from monitor.core.alerts import bursts, edits, thresholds
from monitor.core.alerts.thresholds import Tally
from monitor.core.items import identity
from monitor.core.stories import Told
from monitor.core.telling import route
from monitor.core.telling.route import Routing
from monitor.model import (
    Alert,
    AlertType,
    Edit,
    Held,
    Item,
    Known,
    Match,
    OnEdit,
    Pace,
    Rang,
    Ring,
    Rule,
    Severity,
)
from monitor.values import dataclass

LISTED = 100  # matches that an alert names


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A match that makes its rule ring for an item; `edit` where it rang for it before."""

    match: Match
    edit: Edit | None = None
    corrects: bool = False  # the edit is of what was told, not of what was held


def causes(item: Item, matches: Sequence[Match], before: frozenset[str], known: Known) -> Iterator[Cause]:
    """Yield what a new revision makes ring: rules that it matches now, and did not `before`, and those that rang
    for the item where their `on_edit` asks for it, once a day for each text: two caches of a site may take turns."""
    for match in matches:
        last = known.alerts.get((match.rule.name, item.id))
        if last is None or last.item is None:
            if match.rule.name not in before:
                yield Cause(match=match)
        elif item.digest in known.retold.get((match.rule.name, item.id), ()):
            continue
        elif edit := edited(last.item, item, match.rule.on_edit):
            yield Cause(match=match, edit=edit, corrects=told(last))


def told(alert: Alert) -> bool:
    """Tell whether somebody heard of it, by itself or as one of those that a rule waited for."""
    return alert.held is None or (alert.held.reason == "threshold" and alert.held.joins != "")


def edited(told: Item, item: Item, on_edit: OnEdit) -> Edit | None:
    """Return how `item` now reads otherwise than when it was `told`, None where that rings nothing.

    It is held against the text that was told last, not the one before: what small edits make of it together counts.
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
    routing: Routing
    now: datetime
    known: Known  # what rang and what waits, before
    _rang: dict[tuple[str, str], Rang] = field(default_factory=dict)
    _waiting: dict[str, tuple[Alert, ...]] = field(default_factory=dict)
    _burst: dict[str, Rang] = field(default_factory=dict)  # rule -> its last burst, in this poll

    def __post_init__(self) -> None:
        """Know the stories by what they are called now: where two became one, the later ring counts."""
        for (rule, story), rang in sorted(self.known.kin.rang.items(), key=lambda one: one[1].at):
            self._rang[rule, self.told.rooted(story)] = rang
        self._waiting.update(self.known.waiting)

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
            severity=self._severity(rule, item),
            rule=rule.name,
            rule_version=rule.version,
            item=item,
            spans=cause.match.spans,
            source=self.source,
            also_in=also,
            publishers=publishers,
            edit=edit,
        )
        if not cause.corrects:
            alert = replace(alert, held=self._cooling(rule, item.story, alert.severity))
        if cause.corrects or alert.held:
            return self._rung(rule, alert)
        return self._counted(rule, alert)

    def _rung(self, rule: Rule, alert: Alert, joined: Sequence[Alert] = ()) -> Ring:
        if alert.held is None and alert.type is AlertType.CREATED:
            rang = Rang(alert=alert.id, at=self.now, severity=alert.severity)
            self._burst[rule.name] = rang
            for item in (alert.item, *(one.item for one in joined)):
                story = self.told.rooted(item.story) if item else ""
                self._rang[rule.name, story] = rang
        ring = route.to_those_who_hear(alert, rule, self.routing)
        return replace(ring, joined=tuple(one.id for one in joined))

    def _counted(self, rule: Rule, alert: Alert) -> Ring:
        """Return the alert with all that its rule waited for, held while there are too few; then it counts anew."""
        others = [
            one
            for one in self._waiting.get(rule.name, ())
            if one.rule_version == rule.version and one.held and one.held.until and self.now < one.held.until
        ]
        items = [one.item for one in (*others, alert) if one.item]
        tally = self._tally(rule, items)
        if tally is None:
            return self._rung(rule, alert)
        if not tally.reached:
            until = self.now + timedelta(seconds=tally.within)
            alert = replace(alert, held=Held(reason="threshold", until=until, detail=tally.detail))
            self._waiting[rule.name] = (*others, alert)
            return self._rung(rule, alert)
        self._waiting[rule.name] = ()
        others_once = {item.id: item for item in items[:-1] if alert.item and item.id != alert.item.id}
        members = tuple(map(stories.also, others_once.values()))[-LISTED:]
        severity = self._severity(rule, alert.item, items) if alert.item else alert.severity
        whole = replace(alert, members=members, severity=severity, sentence=tally.told)
        return self._rung(rule, whole, others)

    def _tally(self, rule: Rule, items: Sequence[Item]) -> Tally | None:
        """Return how far a rule is from what it waits for, None where it rings for each match."""
        if rule.burst:
            return bursts.tally(rule.burst, self._pace(rule), items, self.now)
        return thresholds.tally(rule.threshold, items) if rule.threshold else None

    def _pace(self, rule: Rule) -> Pace:
        return self.known.paces.get(rule.name, bursts.NOTHING)

    def _severity(self, rule: Rule, item: Item, others: Sequence[Item] = ()) -> Severity:
        """Return how loud a rule rings for `item`, by who tells its story or is among the `others` that it waited for."""
        if rule.escalate is None:
            return rule.severity
        story = self.told.also.get(item.story)
        telling = (*(story.items.values() if story else ()), *others, item)
        sure = voices.independent(telling) >= rule.escalate.publishers
        return max(
            rule.severity, rule.escalate.severity if sure else rule.severity, key=lambda it: it.loudness
        )

    def _cooling(self, rule: Rule, story: str, severity: Severity) -> Held | None:
        """Return until when a rule is silent about a story, None if it is not: a correction of what it told
        always rings, and starts no silence of its own; and so does what is louder than what rang."""
        silent = [(self._rang.get((rule.name, story)), rule.cooldown)]
        if rule.burst:  # what comes while it lasts is part of it, whatever its story
            silent.append((self._burst.get(rule.name, self._pace(rule).rang), rule.burst.within))
        for rang, seconds in silent:
            if rang and severity.loudness <= rang.severity.loudness:
                until = rang.at + timedelta(seconds=seconds)
                if self.now < until:
                    return Held(until=until, joins=rang.alert)
        return None
