"""What leaves its feed sooner than its place in it explains: taken back, as far as a feed can show that.

A feed that lets its oldest item go for each new one says, by the order in which items leave, that one was taken out of
its midst. Many let go what they like, and say nothing by it: of 30,000 departures in recorded feeds 12,000 were such.
So a source is believed only where it keeps its order, and an item is taken back only once it stayed away: in orderly
feeds what came back did so within an hour, or after most of a day. What hands its words on to another entry is replaced.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from monitor.core.alerts import ringing
from monitor.core.items import identity
from monitor.core.items.recognition import Resolved
from monitor.core.plurals import count, spell
from monitor.core.telling import route
from monitor.core.telling.route import Routing
from monitor.model import Alert, AlertType, ItemChange, Known, Missing, Rhythm, Ring, Rule
from monitor.values import dataclass

WAIT = 10_800.0  # seconds that an item must have been away
EARLY = 0.05  # share of the departures from a source that may have been early, the one in question counted
BELOW = 3  # older items that must still stand: fewer may be pinned there
REMEMBERED = 1_000.0  # departures; at more they weigh half


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An item that is taken back."""

    missing: Missing
    still: int  # older ones that stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """Who left a source."""

    rhythm: Rhythm
    missing: tuple[Missing, ...] | None = None  # for too short a time to tell; None: as it was
    taken: tuple[Taken, ...] = ()


def departures(
    known: Known,
    resolved: Iterable[Resolved],
    changes: Iterable[ItemChange],
    rhythm: Rhythm,
    *,
    sure: bool,
    now: datetime,
) -> Departures:
    """Return who left since the last body, whose window this one is; what is not `sure` to be one shows nothing.

    Missing is what rang, left too soon, and told nobody else's story: `changes` are of what stands here.
    """
    if not sure:
        return Departures(rhythm=rhythm)
    here = frozenset(one.item.id for one in resolved if one.item)
    replaced = {change.item.story for change in changes if change.new}
    rang = {item for (_, item), alert in known.alerts.items() if ringing.told(alert)}
    away = [one for one in known.missing if one.item not in here and _stands(one.older, here)]
    gone = early = still = 0
    below = list[str]()
    for item in sorted((one.item for one in known.standing), key=lambda item: item.seq):
        if item.id in here:
            still += 1
        else:
            gone += 1
            if _most(still, len(below)):
                early += 1
                if item.id in rang and item.story not in replaced:
                    away.append(Missing(item=item.id, since=now, older=frozenset(below)))
        below.append(item.id)
    rhythm = _counted(rhythm, gone, early)
    if rhythm.early > EARLY * rhythm.left:
        return Departures(rhythm=rhythm, missing=())
    for_good = [one for one in away if (now - one.since).total_seconds() >= WAIT]
    return Departures(
        rhythm=rhythm,
        missing=tuple(one for one in away if one not in for_good),
        taken=tuple(Taken(missing=one, still=len(one.older & here)) for one in for_good),
    )


def _stands(older: frozenset[str], here: frozenset[str]) -> bool:
    return _most(len(older & here), len(older))


def _most(still: int, below: int) -> bool:
    """Tell whether most of what stood below an item still stands, so that its place does not explain that it left."""
    return still >= BELOW and still * 2 >= below


def _counted(rhythm: Rhythm, gone: int, early: int) -> Rhythm:
    weight = 0.5 if rhythm.left + gone > REMEMBERED else 1.0
    return replace(rhythm, left=(rhythm.left + gone) * weight, early=(rhythm.early + early) * weight)


def rings(
    taken: Iterable[Taken], known: Known, rules: Mapping[str, Rule], routing: Routing, now: datetime
) -> list[Ring]:
    """Return the alerts that what `rules` told is taken back, to those who hear of them."""
    return [
        route.to_those_who_hear(_alert(told, one, now), rules[told.rule], routing)
        for one in taken
        for told in (known.alerts.get((rule, one.missing.item)) for rule in rules)
        if told and ringing.told(told)
    ]


def _alert(told: Alert, taken: Taken, now: datetime) -> Alert:
    dedupe = f"retracted/{told.rule}/{taken.missing.item}"
    away = spell((now - taken.missing.since).total_seconds())
    still = f"{count(taken.still, 'older one')} still {'stands' if taken.still == 1 else 'stand'} there"
    return replace(
        told,
        id=identity.alert_id(dedupe),
        type=AlertType.RETRACTED,
        dedupe=dedupe,
        at=now,
        sentence=f"taken back: it left {told.source} {away} ago, and {still}",
        edit=None,
        held=None,
        members=(),
        routes=(),
    )
