"""The wire: where items stand on it, and what their rows say beside their own text. Nothing here writes."""

import json
import sqlite3
from array import array
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from monitor.model import Alert, Item
from monitor.store.sqlite.rows import alert_of, instant, item_of
from monitor.values import dataclass

STORY = 50  # members whose publishers are counted

# What stood in the first body was no news when we came: it is dated as published, never later than it was seen. The
# rest is dated when it was seen, so that what comes in late comes in on top.
PLACE = """
    case when i.first_seen_at = s.baselined_at and i.published_origin != 'first-seen' and i.published_sure
         then min(i.published_latest, i.first_seen_at) else i.first_seen_at end"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where items stand on the wire: two columns of equal length, oldest first."""

    at: "array[int]"  # microseconds since 1970
    seq: "array[int]"


def places(connection: sqlite3.Connection, limit: int) -> Places:
    """Return the places of the items that came last."""
    found = Places(at=array("q"), seq=array("q"))
    for at, seq in connection.execute(
        f"select {PLACE} as at, i.seq from (select * from items order by seq desc limit ?) i"
        " left join sources s on s.name = i.source order by at, i.seq",
        (limit,),
    ):
        found.at.append(at)
        found.seq.append(seq)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An item with what its row on the wire says beside its own text."""

    item: Item
    at: datetime
    was: str  # the title of the revision before, "" where there is none
    others: int  # further publishers in its story
    rang: tuple[Alert, ...]


def placed(connection: sqlite3.Connection, seqs: Collection[int]) -> Iterator[Placed]:
    """Yield the items with these `seq`s that are still stored, in no order."""
    rows = connection.execute(
        f"""select i.*, {PLACE} as at, coalesce(r.title, '') as was,
               (select count(distinct coalesce(nullif(publisher, ''), source)) - 1
                from (select publisher, source from items where story = i.story limit {STORY})) as others
            from items i left join sources s on s.name = i.source
            left join revisions r on r.item = i.id and r.revision = i.revision - 1
            where i.seq in (select value from json_each(?))""",
        (json.dumps(list(seqs)),),
    ).fetchall()
    rang = _rang(connection, [row["id"] for row in rows])
    for row in rows:
        yield Placed(
            item=item_of(row),
            at=instant(row["at"]),
            was=row["was"],
            others=row["others"],
            rang=tuple(rang.get(row["id"], ())),
        )


def _rang(connection: sqlite3.Connection, items: Sequence[str]) -> dict[str, list[Alert]]:
    found: dict[str, list[Alert]] = {}
    for row in connection.execute(
        "select * from alerts where item in (select value from json_each(?)) and item != ''",
        (json.dumps(items),),
    ):
        found.setdefault(row["item"], []).append(alert_of(row))
    return found
