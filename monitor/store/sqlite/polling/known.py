"""What is known of the entries of one body, read before it is decided."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.core.alerts import bursts
from monitor.model import Alert, AlertType, Item, Known, Standing
from monitor.store.sqlite.items import departures, recent
from monitor.store.sqlite.rows import alert_of, item_of, micros
from monitor.store.sqlite.telling import absences, paces

COUNTING = bursts.COUNTED  # held matches of a rule and a source, as many as it may wait for
RETOLD = timedelta(days=1)  # in which a text that was told as an edit is not told again
AMBIGUOUS = ""  # the item of a key that stood for different items


def known(
    connection: sqlite3.Connection,
    source: str,
    keys: Iterable[str],
    prints: Iterable[str],
    twins: Sequence[str],
    now: datetime,
) -> Known:
    """Return the items that `keys` of this source, or `prints` of any, stand for; what stood last; what
    sources `twins` have; what rules wait for."""
    rows = connection.execute(
        "select key, item from item_keys where source = ? and key in (select value from json_each(?))",
        (source, json.dumps(list(keys))),
    ).fetchall()
    by_key = {row["key"]: row["item"] for row in rows if row["item"] != AMBIGUOUS}
    by_print = {
        row["print"]: row["item"]
        for row in connection.execute(
            "select p.print, p.item from prints p join items i on i.id = p.item"
            " where p.print in (select value from json_each(?)) order by i.seq",  # the newest goes last, and stays
            (json.dumps(list(prints)),),
        )
    }
    standing = recent.standing(connection, source)
    others = recent.twins(connection, source, twins, now)
    missing = departures.missing(connection, source)
    near = standing.keys() | {one.item for one in missing} | {item.id for item in others}
    ids = json.dumps(sorted({*by_key.values(), *by_print.values(), *near}))
    items, rang = _items(connection, ids), _alerts(connection, ids)
    last = connection.execute(
        "select k.item from item_keys k join sources s on s.name = k.source and s.last_body_at = k.last_seen_at"
        " where k.source = ? and k.item != ''",
        (source,),
    )
    had = connection.execute(
        "select distinct item from item_keys where source = ? and item in (select value from json_each(?))",
        (source, json.dumps(sorted(set(by_print.values())))),
    )
    return Known(
        by_key={key: items[item] for key, item in by_key.items() if item in items},
        ambiguous=frozenset(row["key"] for row in rows if row["item"] == AMBIGUOUS),
        by_print={mark: items[item] for mark, item in by_print.items() if item in items},
        alerts={(alert.rule, item.id): alert for alert, item in rang},  # the newest goes last, and stays
        retold=_retold(rang, now),
        had=frozenset(row["item"] for row in had),
        standing=tuple(Standing(item=items[item], keys=keys) for item, keys in standing.items()),
        twins=others,
        last=frozenset(row["item"] for row in last),
        waiting=_waiting(connection, now),
        absences=absences.opened(connection),
        missing=missing,
        paces=paces.read(connection),
    )


def _alerts(connection: sqlite3.Connection, ids: str) -> list[tuple[Alert, Item]]:
    """Return the alerts of rules for the items, each with the item as it was then, oldest first."""
    rows = connection.execute(
        "select a.* from alerts a where a.rule != '' and a.item in (select value from json_each(?)) order by a.seq",
        (ids,),
    )
    return [(alert, alert.item) for alert in map(alert_of, rows) if alert.item]


def _retold(rang: Sequence[tuple[Alert, Item]], now: datetime) -> dict[tuple[str, str], frozenset[str]]:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for alert, item in rang:
        if alert.type is AlertType.UPDATED and alert.at > now - RETOLD:
            found[alert.rule, item.id].add(item.digest)
    return {one: frozenset(digests) for one, digests in found.items()}


def _items(connection: sqlite3.Connection, ids: str) -> dict[str, Item]:
    rows = connection.execute("select * from items where id in (select value from json_each(?))", (ids,))
    return {row["id"]: item_of(row) for row in rows}


def _waiting(connection: sqlite3.Connection, now: datetime) -> dict[str, tuple[Alert, ...]]:
    """Return what thresholds hold and still count: of each rule and source the newest."""
    rows = connection.execute(
        "select * from (select *, row_number() over (partition by rule, source order by seq desc) as nth from alerts"
        " where held = 'threshold' and joins = '' and held_until > ?) where nth <= ? order by seq",
        (micros(now), COUNTING),
    )
    found: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in map(alert_of, rows):
        found[alert.rule].append(alert)
    return {rule: tuple(alerts) for rule, alerts in found.items()}
