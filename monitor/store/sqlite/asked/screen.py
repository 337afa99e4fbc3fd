"""What a live screen asks beside what any face does, see `reading`. Nothing here writes."""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.model import Item
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.asked.wire import PLACE
from monitor.store.sqlite.rows import MICROSECOND, instant, item_of, micros
from monitor.store.sqlite.states import POLLED
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.rules.matching.document import Document

DELAYS = 200  # items whose delay is measured


def alerts_after(connection: sqlite3.Connection, cursor: int) -> frozenset[str]:
    """Return the ids of the alerts that were committed after `cursor`."""
    rows = connection.execute("select ref from stream where kind = 'alert' and seq > ?", (cursor,))
    return frozenset(row["ref"] for row in rows)


def polls(connection: sqlite3.Connection) -> tuple[int, datetime | None]:
    """Return how many sources are being polled, and when the next of the others is due."""
    row = connection.execute(
        "select count(claimed_at) as polling, min(case when claimed_at is null then next_poll_at end) as next"
        f" from sources where {POLLED}"
    ).fetchone()
    return row["polling"], instant(row["next"])


# -- the wire ---------------------------------------------------------------------------------


def documents(
    connection: sqlite3.Connection, seqs: Collection[int], now: datetime, *, rang: bool
) -> list[tuple[int, "Document"]]:
    """Return what rules see of the items with these `seq`s: from columns, for a hundred thousand are asked for.

    Ages count from `now`; with which severities they rang is read where `rang` asks for it.
    """
    from monitor.rules.matching.document import Document

    chosen = json.dumps(list(seqs))
    severities = reading.severities(connection, chosen) if rang else {}
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
                publisher=row["publisher"],
                severities=severities.get(row["id"], ()),
                published=(instant(row["published_earliest"]), instant(row["published_latest"])),
                now=now,
            ),
        )
        for row in connection.execute(
            "select seq, id, title, summary, source, tags, author, url, publisher, published_earliest, published_latest"
            " from items where seq in (select value from json_each(?))",
            (chosen,),
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
        f"select i.source, {PLACE} as at from items i left join sources s on s.name = i.source"
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
