"""What stood a moment ago: the items of a source's last body, and those its twin had of late."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.model import Item
from monitor.store.sqlite.rows import item_of, micros

MOST = 10_000  # items: as many as a body may have
HOURS = timedelta(hours=12)  # a page and the feed of its site tell the same within them
MARK = "\x1f"  # parts keys, in which no control is


def standing(connection: sqlite3.Connection, source: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of the items of the last body of `source`, each with the keys it had in it, in the order
    of the body."""
    rows = connection.execute(
        """
        select i.id, k.keys from items i join (
            select item, group_concat(key, char(31)) as keys, min(place) as place from item_keys
            where source = :source and item != ''
              and last_seen_at = (select last_body_at from sources where name = :source)
            group by item) k on k.item = i.id
        order by k.place, i.seq desc limit :most
        """,
        {"source": source, "most": MOST},
    )
    return {row["id"]: tuple(row["keys"].split(MARK)) for row in rows}


def twins(
    connection: sqlite3.Connection, source: str, names: Sequence[str], now: datetime
) -> tuple[Item, ...]:
    """Return what stood in bodies of the sources `names` within `HOURS`, or stands there still, and never
    in one of `source`."""
    if not names:
        return ()
    rows = connection.execute(
        """
        select i.* from items i where i.id in (
            select k.item from sources s join item_keys k on k.source = s.name
            where s.name in (select value from json_each(:names))
              and k.last_seen_at >= min(:since, coalesce(s.last_body_at, :since)))
          and not exists (select 1 from item_keys k where k.item = i.id and k.source = :source)
        order by i.seq desc limit :most
        """,
        {"names": json.dumps(list(names)), "source": source, "since": micros(now - HOURS), "most": MOST},
    )
    return tuple(item_of(row) for row in rows)
