"""Why did I hear of this, and why did I not? What the store knows of one item or source."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.answers import sources
from monitor.answers.ledger import Ledger, ledgers
from monitor.answers.sources import SourceRhythm
from monitor.core.alerts.edits import material
from monitor.core.diff import words
from monitor.core.plurals import count
from monitor.core.telling.render import alert_json, delivery_json, instant, item_json
from monitor.model import Alert, Item, Rule, Source
from monitor.rules.matching.document import Document
from monitor.rules.matching.explain import Explanation, explain
from monitor.rules.query.language import parse_all
from monitor.store import Revision, SourceRow
from monitor.store.sqlite.asked import reading
from monitor.values import dataclass

SHOWN = 5  # items that a question may mean
SHORTEST = 4  # characters of an id's beginning
NO_SOURCES: Mapping[str, Source] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLife:
    """All that happened to an item."""

    item: Item
    sources: Sequence[str]
    story: Sequence[Item]  # the other members, oldest first
    baseline: bool  # it stood in its source's first body
    revisions: Sequence[Revision]
    verdicts: Sequence[tuple[Rule, Explanation]]
    alerts: Sequence[tuple[Alert, Sequence[Ledger]]]
    joined: Mapping[str, Sequence[Alert]]  # by the alerts that rang in their place


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLife:
    """How a source does."""

    row: SourceRow
    newest: Sequence[Item]
    rhythm: SourceRhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLife:
    """An alert that no item brought, and who was told."""

    alert: Alert
    told: Sequence[Ledger]


Life = ItemLife | SourceLife | AlertLife


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """What a question found, or why it found nothing."""

    found: Sequence[Life] = ()
    unseen: Sequence[str] = ()


def of(
    store: sqlite3.Connection, what: str, rules: Sequence[Rule], configured: Mapping[str, Source] = NO_SOURCES
) -> Lives:
    """Return the lives of what `what` means: a source's name, an item's URL or words, an id of any of them."""
    rows = reading.sources(store)
    for row in rows:
        if what in (row.name, row.url):
            [rhythm] = sources.of(store, [row], configured, alone=True)
            newest = reading.items(store, limit=3, source=row.name)
            return Lives(found=[SourceLife(row=row, newest=newest, rhythm=rhythm)])
    baselines = {row.name: row.baselined_at for row in rows}

    def life_of(item: Item) -> ItemLife:
        return _item_life(store, item, rules, baselines.get(item.source) == item.first_seen_at)

    found: list[Life] = [life_of(item) for item in reading.items_like(store, what, limit=SHOWN)]
    for alert in _alerts(store, what) if not found else ():
        if alert.item is None:
            found.append(AlertLife(alert=alert, told=_told(store, alert)))
        else:  # as it is now; its snapshot where it was forgotten
            found.append(life_of(next(iter(reading.items_like(store, alert.item.id, limit=1)), alert.item)))
    return Lives(found=found, unseen=() if found else _unseen(rows, what))


def _alerts(store: sqlite3.Connection, prefix: str) -> list[Alert]:
    """Return the alerts whose id begins so, or the one of such a delivery."""
    if len(prefix) < SHORTEST:
        return []
    alerts = reading.alerts(store, limit=SHOWN, prefix=prefix.lower())
    return alerts or [it.alert for it in reading.deliveries(store, limit=1, prefix=prefix.lower())]


def _unseen(rows: Sequence[SourceRow], what: str) -> list[str]:
    lines = [f"nothing stored is or says {what!r}: it stood in no body that was fetched from these sources"]
    lines += [f"  {row.name}: {row.error} since {count(row.failures, 'poll')}" for row in rows if row.error]
    lines += [f"  {row.name}: not polled yet" for row in rows if row.last_poll_at is None and not row.error]
    return lines


def _item_life(store: sqlite3.Connection, item: Item, rules: Sequence[Rule], baseline: bool) -> ItemLife:
    document = Document.of(item)
    alerts = reading.alerts(store, limit=100, item=item.id)
    return ItemLife(
        item=item,
        sources=reading.sources_of(store, item.id),
        story=[one for one in reading.story(store, item.story) if one.id != item.id],
        baseline=baseline,
        revisions=reading.revisions(store, item.id),
        verdicts=[
            (rule, explain(query, document)) for rule, query in zip(rules, parse_all(rules), strict=True)
        ],
        alerts=[(alert, _told(store, alert)) for alert in alerts],
        joined={alert.id: reading.alerts(store, limit=20, joining=alert.id)[::-1] for alert in alerts},
    )


def _told(store: sqlite3.Connection, alert: Alert) -> list[Ledger]:
    return ledgers(store, reading.deliveries(store, limit=100, alert=alert.id))


def edits(life: ItemLife) -> list[tuple[Revision, Revision | Item]]:
    """Return each text that an edit replaced, and the one that took its place."""
    texts: list[Revision | Item] = [*life.revisions, life.item]
    return list(zip(life.revisions, texts[1:], strict=True))


def as_json(life: Life) -> dict[str, Any]:
    """Return a life as one object."""
    if isinstance(life, AlertLife):
        return _alert_json(life.alert, life.told)
    if isinstance(life, SourceLife):
        return {
            "source": sources.source_json(life.row),
            "rhythm": sources.as_json(life.rhythm),
            "newest": [item_json(item) for item in life.newest],
        }
    return {
        "item": item_json(life.item),
        "sources": list(life.sources),
        "story": [item_json(one) for one in life.story],
        "baseline": life.baseline,
        "revisions": [
            {
                "revision": old.revision,
                "at": instant(old.at),
                "title": old.title,
                "material": change.kind if (change := material(old.title, new.title)) else None,
                "changed": {"title": _diff(old.title, new.title), "summary": _diff(old.summary, new.summary)},
            }
            for old, new in edits(life)
        ],
        "rules": [{"rule": r.name, "matches": v.matches, "why": v.why} for r, v in life.verdicts],
        "alerts": [
            {**_alert_json(alert, told), "joined": [one.id for one in life.joined[alert.id]]}
            for alert, told in life.alerts
        ],
    }


def _alert_json(alert: Alert, told: Sequence[Ledger]) -> dict[str, Any]:
    return {**alert_json(alert), "deliveries": [delivery_json(one.delivery) for one in told]}


def _diff(old: str, new: str) -> list[dict[str, str]]:
    """Return the parts of an edit, none where nothing changed."""
    return [{"what": part.what, "text": part.text} for part in words(old, new)] if old != new else []
