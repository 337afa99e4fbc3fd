"""Stories: fingerprints lead to the like of an item, and a story that was folded keeps an alias."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from monitor.core.stories import BUCKET, LISTED, WINDOW
from monitor.model import Alert, Fold, Item, ItemChange, Kin, Rang, Severity
from monitor.store.sqlite.items.roots import rooted
from monitor.store.sqlite.rows import instant, item_of, micros

PERIOD = WINDOW // timedelta(microseconds=1)
COUNTED = 1_000  # members of a story whose publishers are counted
LOOKED = 5_000  # items looked at for one body, however many entries it has: those with most in common


def kin(connection: sqlite3.Connection, marks: Iterable[int], stories: Iterable[str], now: datetime) -> Kin:
    """Return the newest items of the window for each of `marks`, and the first members of their stories
    and of `stories`. A story of any size costs the same."""
    by_mark = _by_mark(connection, marks, now)
    shared = Counter(seq for seqs in by_mark.values() for seq in seqs)
    found = json.dumps([seq for seq, _ in shared.most_common(LOOKED)])
    rows = connection.execute(
        "select * from items where seq in (select value from json_each(?)) and first_seen_at > ?",
        (found, micros(now - WINDOW)),
    ).fetchall()
    like = {row["seq"]: item_of(row) for row in rows}
    told = {story: rooted(connection, story) for story in stories}
    members = _members(connection, {*told.values(), *(item.story for item in like.values())})
    listed = [item for items in members.values() for item in items]
    return Kin(
        by_mark={mark: tuple(like[seq].id for seq in seqs if seq in like) for mark, seqs in by_mark.items()},
        items={item.id: item for item in (*listed, *like.values())},
        members={story: tuple(item.id for item in items) for story, items in members.items()},
        publishers={story: _publishers(connection, story) for story in members},
        rang=_rang(connection, members),
    )


BY_MARK = """
    select value as mark, (select json_group_array(item) from (
        select * from (select item from marks where period = :now and mark = value order by item desc limit :bucket)
        union all
        select * from (select item from marks where period = :now - 1 and mark = value order by item desc limit :bucket)
    )) as items
    from json_each(:marks)
"""


def _by_mark(connection: sqlite3.Connection, marks: Iterable[int], now: datetime) -> dict[int, list[int]]:
    """Return for each mark the `seq` of the newest items that bear it, newest first."""
    asked = {"now": micros(now) // PERIOD, "bucket": BUCKET, "marks": json.dumps(sorted(marks))}
    rows = connection.execute(BY_MARK, asked)
    found = {row["mark"]: list(dict.fromkeys(json.loads(row["items"])))[:BUCKET] for row in rows}
    return {mark: items for mark, items in found.items() if items}


def _members(connection: sqlite3.Connection, stories: Iterable[str]) -> dict[str, list[Item]]:
    return {
        story: [
            item_of(row)
            for row in connection.execute(
                "select * from items where story = ? order by seq limit ?", (story, LISTED)
            )
        ]
        for story in sorted(stories)
    }


def _publishers(connection: sqlite3.Connection, story: str) -> frozenset[str]:
    rows = connection.execute(
        "select distinct iif(publisher = '', source, publisher) from"
        " (select publisher, source from items where story = ? order by seq limit ?)",
        (story, COUNTED),
    )
    return frozenset(row[0] for row in rows)


def _rang(connection: sqlite3.Connection, stories: Iterable[str]) -> dict[tuple[str, str], Rang]:
    rows = connection.execute(
        "select * from rang where story in (select value from json_each(?))", (json.dumps(sorted(stories)),)
    )
    return {
        (row["rule"], row["story"]): Rang(
            alert=row["alert"], at=instant(row["at"]), severity=Severity(row["severity"])
        )
        for row in rows
    }


LATEST = " on conflict do update set alert = excluded.alert, at = excluded.at, severity = excluded.severity where excluded.at >= at"


def rang(connection: sqlite3.Connection, alert: Alert, joined: Sequence[str]) -> None:
    """Remember that a rule rang for an item of a story, and for those of the alerts that `joined` it."""
    rows = connection.execute(
        "select distinct i.story from alerts a join items i on i.id = a.item"
        " where a.id in (select value from json_each(?))",
        (json.dumps(joined),),
    )
    told = {rooted(connection, alert.item.story if alert.item else ""), *(row["story"] for row in rows)}
    connection.executemany(
        f"insert into rang values (?, ?, ?, ?, ?){LATEST}",
        [(story, alert.rule, alert.id, micros(alert.at), alert.severity) for story in sorted(told)],
    )


def note(connection: sqlite3.Connection, change: ItemChange, at: datetime) -> None:
    """Remember an item's fingerprints; those of the texts it had before stay."""
    connection.executemany(
        "insert or ignore into marks select ?, ?, seq from items where id = ?",
        [(micros(at) // PERIOD, mark, change.item.id) for mark in change.marks],
    )


def fold(connection: sqlite3.Connection, folds: Sequence[Fold], at: datetime) -> None:
    """Give all members of a folded story its new name, and keep the old one as an alias."""
    for one in folds:
        root = rooted(connection, one.root)
        if root == one.alias:
            continue  # another process folded them the other way round
        connection.execute("update items set story = ? where story = ?", (root, one.alias))
        connection.execute("update story_aliases set story = ? where story = ?", (root, one.alias))
        connection.execute(
            f"insert into rang select ?, rule, alert, at, severity from rang where story = ?{LATEST}",
            (root, one.alias),
        )
        connection.execute("delete from rang where story = ?", (one.alias,))
        connection.execute(
            "insert into story_aliases values (?, ?, ?) on conflict do update set story = excluded.story",
            (one.alias, root, micros(at)),
        )


def prune(connection: sqlite3.Connection, now: datetime) -> None:
    """Forget fingerprints that are out of the window, and aliases of stories that are gone."""
    connection.execute("delete from marks where period < ?", (micros(now) // PERIOD - 1,))
    connection.execute("delete from story_aliases where story not in (select story from items)")
    connection.execute("delete from rang where story not in (select story from items)")
