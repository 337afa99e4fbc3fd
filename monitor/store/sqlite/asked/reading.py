"""What the faces read: items, alerts, deliveries, sources, the stream. Nothing here writes."""

import json
import sqlite3
from datetime import datetime
from typing import Literal

from monitor.core.items.identity import canonical_url
from monitor.model import Alert, Delivery, Item, Receiver
from monitor.store import Attempt, Revision, SourceRow, StreamRow, Totals
from monitor.store.sqlite.polling import subscriptions
from monitor.store.sqlite.rows import (
    DELIVERY,
    advice_of,
    alert_of,
    delivery_of,
    instant,
    item_of,
    micros,
    receiver_of,
    rhythm_of,
)
from monitor.store.sqlite.states import GATHERED, UNPOLLED, WAITING

WORDS = 100  # of a headline that are looked for: SQLite takes no thousand conditions


class NotThere(LookupError):
    """The last row of the page before is none that is stored: what comes after it nobody can say."""


def items(
    connection: sqlite3.Connection, *, limit: int, before: int | None = None, source: str = ""
) -> list[Item]:
    """Return items, newest first; `before` is the `seq` of the last one of the page before."""
    rows = connection.execute(
        "select * from items where (:before is null or seq < :before) and (:source = '' or source = :source)"
        " order by seq desc limit :limit",
        {"before": before, "source": source, "limit": limit},
    )
    return [item_of(row) for row in rows]


def items_like(connection: sqlite3.Connection, what: str, *, limit: int = 20) -> list[Item]:
    """Return the items that `what` may mean: an id's beginning, a URL, or words of a headline."""
    prefix = (
        what.lower() + "%" if len(what) >= 4 and all(c in "0123456789abcdef" for c in what.lower()) else ""
    )
    rows = connection.execute(
        "select * from items where (:prefix != '' and id like :prefix) or url = :what"
        " or id in (select item from item_keys where key in ('url:' || :link, 'guid:' || :link, 'guid:' || :what))"
        " order by seq desc limit :limit",
        {"prefix": prefix, "what": what, "link": canonical_url(what), "limit": limit},
    ).fetchall()
    if not rows:
        words = [f"%{_escaped(word)}%" for word in [*dict.fromkeys(what.split())][:WORDS]]
        where = " and ".join("title like ? escape '\\'" for _ in words) or "0"
        rows = connection.execute(
            f"select * from items where {where} order by seq desc limit ?", (*words, limit)
        ).fetchall()
    return [item_of(row) for row in rows]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def revisions(connection: sqlite3.Connection, item: str) -> list[Revision]:
    """Return the texts that edits replaced, oldest first."""
    rows = connection.execute("select * from revisions where item = ? order by revision", (item,))
    return [
        Revision(revision=row["revision"], at=instant(row["at"]), title=row["title"], summary=row["summary"])
        for row in rows
    ]


def sources_of(connection: sqlite3.Connection, item: str) -> list[str]:
    """Return the sources in whose bodies the item stood."""
    rows = connection.execute("select distinct source from item_keys where item = ? order by source", (item,))
    return [row["source"] for row in rows]


def story(connection: sqlite3.Connection, story: str, *, limit: int = 20) -> list[Item]:
    """Return the first members of a story, oldest first."""
    rows = connection.execute("select * from items where story = ? order by seq limit ?", (story, limit))
    return [item_of(row) for row in rows]


def severities(connection: sqlite3.Connection, seqs: str | None = None) -> dict[str, tuple[str, ...]]:
    """Return with which severities each item rang, of those with these `seq`s (JSON) where they are given."""
    rang: dict[str, tuple[str, ...]] = {}
    those = "item in (select id from items where seq in (select value from json_each(:seqs)))"
    for row in connection.execute(
        "select distinct item, severity from alerts where type = 'alert.created'"
        f"{f' and {those}' if seqs is not None else ''}",
        {"seqs": seqs},
    ):
        rang[row["item"]] = (*rang.get(row["item"], ()), row["severity"])
    return rang


def count_since(connection: sqlite3.Connection, since: datetime) -> int:
    """Return how many items were first seen since then."""
    seen: int = connection.execute(
        "select count(*) from items where first_seen_at >= ?", (micros(since),)
    ).fetchone()[0]
    return seen


def alerts(
    connection: sqlite3.Connection,
    *,
    limit: int,
    since: datetime | None = None,
    item: str = "",
    prefix: str = "",
    before: str = "",
    joining: str = "",
) -> list[Alert]:
    """Return alerts, newest first; `prefix` is the beginning of an id, in lower case, `joining` the id of one that
    rang in place of those that are held.

    `before` is the id of the last one of the page before. Raises NotThere.
    """
    last = _seq(connection, "alerts", before)
    rows = connection.execute(
        "select * from alerts where (:since is null or at >= :since) and (:item = '' or item = :item)"
        " and (:before is null or seq < :before)"
        " and (:joining = '' or joins = :joining)"
        f" and (:prefix = '' or {_begins('id')}) order by seq desc limit :limit",
        {
            "since": micros(since),
            "item": item,
            "prefix": prefix,
            "before": last,
            "joining": joining,
            "limit": limit,
        },
    )
    return [alert_of(row) for row in rows]


def _seq(connection: sqlite3.Connection, table: Literal["alerts", "deliveries"], id_: str) -> int | None:
    """Return where a row stands, None for ""; raises NotThere."""
    if not id_:
        return None
    row = connection.execute(f"select seq from {table} where id = ?", (id_,)).fetchone()
    if row is None:
        raise NotThere(id_)
    seq: int = row["seq"]
    return seq


def _begins(column: str) -> str:
    """Return SQL that tells whether an id, which is hexadecimal, begins with `:prefix`."""
    return f"({column} >= :prefix and {column} < :prefix || 'g')"


# Dead, or tried and not yet sent, or not even tried because nothing reaches its receiver.
FAILED = """(d.state = 'dead' or (d.state in ('retrying', 'held') and d.last_error != '')
    or (d.state = 'held' and d.reason in ('receiver-disabled', 'notifier-removed'))
    or (d.state = 'due' and d.notifier in (select notifier from receivers where failures > 0)))"""


def deliveries(
    connection: sqlite3.Connection,
    *,
    limit: int,
    failed: bool = False,
    notifier: str = "",
    since: datetime | None = None,
    alert: str = "",
    prefix: str = "",
    before: str = "",
) -> list[Delivery]:
    """Return deliveries, newest first; `prefix` is the beginning of an id, in lower case.

    `before` is the id of the last one of the page before. Raises NotThere.
    """
    last = _seq(connection, "deliveries", before)
    rows = connection.execute(
        f"""{DELIVERY}
        where (not :failed or {FAILED})
          and (:notifier = '' or d.notifier = :notifier) and (:since is null or a.at >= :since)
          and (:before is null or d.seq < :before)
          and (:alert = '' or d.alert = :alert) and (:prefix = '' or {_begins("d.id")})
        order by d.seq desc limit :limit""",
        {
            "failed": failed,
            "notifier": notifier,
            "since": micros(since),
            "alert": alert,
            "prefix": prefix,
            "before": last,
            "limit": limit,
        },
    )
    return [delivery_of(row) for row in rows]


def was_there(connection: sqlite3.Connection, label: str, name: str) -> bool:
    """Tell whether a source, a rule that rang or an item with a tag was ever called so; `label` says which of them."""
    statement = {
        "source": "select 1 from sources where name = ? limit 1",
        "rule": "select 1 from alerts where rule = ? limit 1",
        "tag": "select 1 from items where ? in (select value from json_each(tags)) limit 1",
    }[label]
    return connection.execute(statement, (name,)).fetchone() is not None


def notifiers(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all who were ever to be told something, those that are configured no more too."""
    rows = connection.execute("select notifier from receivers union select notifier from deliveries")
    return [row["notifier"] for row in rows]


def receiver(connection: sqlite3.Connection, notifier: str) -> Receiver:
    """Return the health of a notifier's far end."""
    row = connection.execute("select * from receivers where notifier = ?", (notifier,)).fetchone()
    return receiver_of(notifier, row)


def attempts(connection: sqlite3.Connection, delivery: str) -> list[Attempt]:
    """Return the ledger of one delivery, oldest first."""
    rows = connection.execute("select * from attempts where delivery = ? order by seq", (delivery,))
    return [
        Attempt(at=instant(row["at"]), seconds=row["ms"] / 1000, outcome=row["outcome"], error=row["error"])
        for row in rows
    ]


def sources(connection: sqlite3.Connection) -> list[SourceRow]:
    """Return every configured source."""
    pushing = subscriptions.every(connection)
    rows = connection.execute(
        "select s.*, (select count(*) from items i where i.source = s.name) as items from sources s"
        " where removed_at is null order by name"
    )
    return [
        SourceRow(
            name=row["name"],
            type=row["type"],
            url=row["url"],
            state=row["state"],
            items=row["items"],
            last_poll_at=instant(row["last_poll_at"]),
            last_ok_at=instant(row["last_ok_at"]),
            next_poll_at=instant(row["next_poll_at"])
            if row["state"] not in UNPOLLED and row["claimed_at"] is None  # then it is when the lease ends
            else None,
            polling_since=instant(row["claimed_at"]),
            failures=row["failures"],
            error=row["error"],
            error_code=row["error_code"],
            baselined_at=instant(row["baselined_at"]),
            baseline_items=row["baseline_items"],
            baseline_matches=row["baseline_matches"],
            rhythm=rhythm_of(row),
            next_why=row["next_why"] if row["state"] not in UNPOLLED else "",
            may_miss=row["may_miss"] if row["state"] not in UNPOLLED else "",
            pull=row["pull"],
            advice=advice_of(row["advice"]),
            subscription=pushing.get(row["name"]),
        )
        for row in rows
    ]


def stream(connection: sqlite3.Connection, cursor: int, limit: int) -> list[StreamRow]:
    """Return what was committed after `cursor`, in order."""
    rows = connection.execute(
        "select * from stream where seq > ? order by seq limit ?", (cursor, limit)
    ).fetchall()
    named = {
        kind: json.dumps([row["ref"] for row in rows if (row["kind"] == "alert") == kind])
        for kind in (True, False)
    }
    rung = {
        row["id"]: alert_of(row)
        for row in connection.execute(
            "select * from alerts where id in (select value from json_each(?))", (named[True],)
        )
    }
    seen = {
        row["id"]: item_of(row)
        for row in connection.execute(
            "select * from items where id in (select value from json_each(?))", (named[False],)
        )
    }
    return [
        StreamRow(
            cursor=row["seq"],
            kind=row["kind"],
            at=instant(row["at"]),
            item=seen.get(row["ref"]),
            alert=rung.get(row["ref"]),
        )
        for row in rows
    ]


def stream_end(connection: sqlite3.Connection) -> int:
    """Return the cursor of the newest row, 0 if there is none."""
    end: int = connection.execute("select coalesce(max(seq), 0) from stream").fetchone()[0]
    return end


def pulse(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return what differs from the last time if anything was committed, by whomever; costs no page."""
    return connection.execute("pragma data_version").fetchone()[0], connection.total_changes


def totals(connection: sqlite3.Connection) -> Totals:
    """Return a line of state."""
    row = connection.execute(
        f"""
        select (select count(*) from sources where removed_at is null) as sources,
               (select count(*) from sources where removed_at is null
                  and state in ('failing', 'refused', 'gone')) as failing,
               (select count(*) from items) as items,
               (select count(*) from alerts) as alerts,
               (select count(*) from deliveries where {WAITING}) as waiting,
               (select count(*) from deliveries where state = 'dead') as dead,
               (select count(*) from deliveries where {GATHERED}) as held
        """
    ).fetchone()
    return Totals(**dict(row))
