"""How often would a rule have rung? What holds back a match, its cooldown or what it waits for, counted over items of the past.

It is what `ringing` does, over the items that matched alone: of edits, of what others told of a story and of hours in which
no source was read nothing is known.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from monitor.core import voices
from monitor.core.alerts import bursts, thresholds
from monitor.core.alerts.thresholds import Tally
from monitor.model import Item, Pace, Rule, Severity
from monitor.values import dataclass

HOUR = timedelta(hours=1)


def rung(rule: Rule, matched: Iterable[Item], *, since: datetime) -> list[Item]:
    """Return those of the items that `rule` matches for which it would have rung, in the order in which they were seen.

    `since` is from when on the past was looked at: what is usual for a burst is learnt from there.
    """
    if rule.absent:
        return []
    past = _Past(rule=rule, looked_at=since)
    return [item for item in sorted(matched, key=lambda it: (it.first_seen_at, it.id)) if past.rings(item)]


@dataclass(kw_only=True)
class _Past:
    """What a rule remembers of its matches, up to one of them."""

    rule: Rule
    looked_at: datetime
    rang: dict[str, tuple[datetime, Severity]] = field(default_factory=dict)  # by story
    burst: tuple[datetime, Severity] | None = None  # the last one
    waiting: list[Item] = field(default_factory=list)  # for more
    told: dict[str, list[Item]] = field(default_factory=dict)  # by story, all that matched
    pace: Pace = bursts.NOTHING

    def rings(self, item: Item) -> bool:
        """Tell whether the rule rings for the next match, and remember it."""
        now, story = item.first_seen_at, item.story or item.id
        self._look(item)
        self.told.setdefault(story, []).append(item)
        severity = self._severity(self.told[story])
        if self._cools(story, severity, now):
            return False
        within = self.rule.burst or self.rule.threshold
        if within is None:
            self.rang[story] = (now, severity)
            return True
        counts = timedelta(seconds=within.within)
        items = [*(one for one in self.waiting if now < one.first_seen_at + counts), item]
        if not self._tally(items, now).reached:
            self.waiting = items
            return False
        self.waiting, self.burst = [], (now, self._severity([*self.told[story], *items]))
        self.rang.update({one.story or one.id: self.burst for one in items})
        return True

    def _look(self, item: Item) -> None:
        if self.rule.burst is None:
            return
        while self.looked_at + HOUR <= item.first_seen_at:
            self.looked_at += HOUR
            self.pace = bursts.looked(self.pace, self.looked_at)
        came = not bursts.late(self.rule.burst, item)
        self.pace = bursts.looked(self.pace, item.first_seen_at, matches=came)

    def _tally(self, items: Sequence[Item], now: datetime) -> Tally:
        if self.rule.burst:
            return bursts.tally(self.rule.burst, self.pace, items, now)
        assert self.rule.threshold
        return thresholds.tally(self.rule.threshold, items)

    def _severity(self, telling: Sequence[Item]) -> Severity:
        escalate = self.rule.escalate
        if escalate is None or voices.independent(telling) < escalate.publishers:
            return self.rule.severity
        return max(self.rule.severity, escalate.severity, key=lambda it: it.loudness)

    def _cools(self, story: str, severity: Severity, now: datetime) -> bool:
        silent = [(self.rang.get(story), self.rule.cooldown)]
        if self.rule.burst:
            silent.append((self.burst, self.rule.burst.within))
        return any(
            rang and severity.loudness <= rang[1].loudness and now < rang[0] + timedelta(seconds=seconds)
            for rang, seconds in silent
        )


def holding_back(rule: Rule) -> str:
    """Return what may keep a match of a rule from ringing, "" where each rings.

    >>> holding_back(Rule(name="quakes", query="quake", cooldown=3_600.0)), holding_back(Rule(name="all", query="*"))
    ('its cooldown', '')
    """
    parts = {"its cooldown": rule.cooldown, "its threshold": rule.threshold, "its burst": rule.burst}
    return " and ".join(name for name, part in parts.items() if part)
