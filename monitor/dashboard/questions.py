"""What only this face asks of an SQLite store, beside `monitor.store.sqlite.reading`. Nothing here writes."""

import json
import sqlite3
from array import array
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import Alert, Item
from monitor.rules.engine import Document
from monitor.store.sqlite.rows import MICROSECOND, alert_of, instant, item_of, micros

STORY = 50  # members whose publishers are counted
DELAYS = 200  # items whose delay is measured

# What stood in the first body was no news when we came: it is dated as published, never later than it was seen. The
# rest is dated when it was seen, so that what comes in late comes in on top.
_PLACE = """
    case when i.first_seen_at = s.baselined_at and i.published_origin != 'first-seen' and i.published_sure
         then min(i.published_latest, i.first_seen_at) else i.first_seen_at end"""


def pulse(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return what differs from the last time if anything was committed, by whomever; costs no page."""
    return connection.execute("pragma data_version").fetchone()[0], connection.total_changes


def alerts_after(connection: sqlite3.Connection, cursor: int) -> frozenset[str]:
    """Return the ids of the alerts that were committed after `cursor`."""
    rows = connection.execute("select ref from stream where kind = 'alert' and seq > ?", (cursor,))
    return frozenset(row["ref"] for row in rows)


def polls(connection: sqlite3.Connection) -> tuple[int, datetime | None]:
    """Return how many sources are being polled, and when the next of the others is due."""
    row = connection.execute(
        "select count(claimed_at) as polling, min(case when claimed_at is null then next_poll_at end) as next"
        " from sources where removed_at is null and state not in ('gone', 'paused')"
    ).fetchone()
    return row["polling"], instant(row["next"])


# -- the wire ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where items stand on the wire: two columns of equal length, oldest first."""

    at: "array[int]"  # microseconds since 1970
    seq: "array[int]"


def places(connection: sqlite3.Connection, limit: int) -> Places:
    """Return the places of the items that came last."""
    found = Places(at=array("q"), seq=array("q"))
    for at, seq in connection.execute(
        f"select {_PLACE} as at, i.seq from (select * from items order by seq desc limit ?) i"
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
        f"""select i.*, {_PLACE} as at, coalesce(r.title, '') as was,
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


def documents(connection: sqlite3.Connection, seqs: Collection[int]) -> list[tuple[int, Document]]:
    """Return what rules see of the items with these `seq`s."""
    return [
        (
            row["seq"],
            Document(
                title=row["title"],
                summary=row["summary"],
                source=row["source"],
                tags=tuple(json.loads(row["tags"])),
                author=row["author"],
                url=row["url"],
            ),
        )
        for row in connection.execute(
            "select seq, title, summary, source, tags, author, url from items"
            " where seq in (select value from json_each(?))",
            (json.dumps(list(seqs)),),
        )
    ]


def item(connection: sqlite3.Connection, item_id: str) -> Item | None:
    """Return an item in full, None if it is stored no more."""
    row = connection.execute("select * from items where id = ?", (item_id,)).fetchone()
    return item_of(row) if row else None


# -- how it goes ------------------------------------------------------------------------------


def delays(connection: sqlite3.Connection) -> tuple[timedelta, ...]:
    """Return how long after their stated date the last items were seen, sorted; first bodies do not count."""
    rows = connection.execute(
        "select i.first_seen_at - i.published_latest as late from items i join sources s on s.name = i.source"
        " where i.first_seen_at != s.baselined_at and i.published_origin in ('stated', 'attribute', 'json-ld')"
        f" and i.published_sure order by i.seq desc limit {DELAYS}"
    )
    return tuple(sorted(max(0, row["late"]) * MICROSECOND for row in rows))


def volumes(connection: sqlite3.Connection, since: datetime) -> dict[str, list[datetime]]:
    """Return by source where its items of the time since then stand on the wire, in no order."""
    found: dict[str, list[datetime]] = {}
    for source, at in connection.execute(
        f"select i.source, {_PLACE} as at from items i left join sources s on s.name = i.source"
        " where i.first_seen_at >= :since and at >= :since",
        {"since": micros(since)},
    ):
        found.setdefault(source, []).append(instant(at))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """How often a rule rang."""

    day: int
    week: int
    last_at: datetime


def rang(connection: sqlite3.Connection, now: datetime) -> dict[str, Rang]:
    """Return by rule how often it rang in the last 24 h and 7 days."""
    rows = connection.execute(
        "select rule, sum(at >= :day) as day, count(*) as week, max(at) as last from alerts"
        " where at >= :week and rule != '' group by rule",
        {"day": micros(now - timedelta(days=1)), "week": micros(now - timedelta(days=7))},
    )
    return {row["rule"]: Rang(day=row["day"], week=row["week"], last_at=instant(row["last"])) for row in rows}
