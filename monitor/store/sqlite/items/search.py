"""Finding items by a query: an index of trigrams names those that may match, whatever their script.

Trigrams stand for text with one space between its words (`Text.spaced`), so that they know where words begin and
end. An item that is edited or forgotten is taken out by the text it had; what stays behind by mistake (folding that
changed between versions) is found in vain and looked at again, never missed.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from monitor.model import Item
from monitor.rules.matching.automaton import Group, groups
from monitor.rules.query.tree import ANYWHERE, Query
from monitor.rules.words.text import Text
from monitor.store.sqlite.rows import item_of, micros

PAGE = 500  # items read at once
_LENGTH = 3  # of a trigram
_MOST = 64  # needles in one question; a group with more narrows too little


def note(connection: sqlite3.Connection, item: str) -> None:
    """Put an item, as it is stored, into the index."""
    connection.execute(
        "insert into search (rowid, spaced) select seq, ? from items where id = ?",
        (_text(connection, item), item),
    )


def forget(connection: sqlite3.Connection, where: str, values: dict[str, object]) -> None:
    """Take items out of the index, as they are still stored: before they are edited or deleted."""
    rows = connection.execute(
        f"select seq, title, summary from items where {where} and seq > (select seq from search_begins)",
        values,
    ).fetchall()
    connection.executemany(
        "insert into search (search, rowid, spaced) values ('delete', ?, ?)",
        [(row["seq"], _spaced(row["title"], row["summary"])) for row in rows],
    )


def _text(connection: sqlite3.Connection, item: str) -> str:
    row = connection.execute("select title, summary from items where id = ?", (item,)).fetchone()
    return _spaced(row["title"], row["summary"])


def _spaced(title: str, summary: str) -> str:
    return f"{Text(title).spaced}\n{Text(summary).spaced}"


def candidates(
    connection: sqlite3.Connection,
    query: Query | None,
    *,
    since: datetime | None = None,
    before: int | None = None,
) -> Iterator[Item]:
    """Yield the items that may match a query, newest first; all of them, if its words do not narrow it.

    `before` is the `seq` of the last one that was looked at already.
    """
    asked = _asked(query) if query else ""
    begins = connection.execute("select seq from search_begins").fetchone()["seq"]
    if asked:
        yield from _paged(
            connection,
            "seq in (select rowid from search where search match :asked)",
            asked,
            since,
            begins,
            before,
        )
        yield from _paged(connection, "seq <= :begins", "", since, begins, before)
    else:
        yield from _paged(connection, "true", "", since, begins, before)


def _paged(
    connection: sqlite3.Connection,
    where: str,
    asked: str,
    since: datetime | None,
    begins: int,
    before: int | None,
) -> Iterator[Item]:
    while True:
        rows = connection.execute(
            f"select * from items where {where} and (:before is null or seq < :before)"
            " and (:since is null or first_seen_at >= :since) order by seq desc limit :limit",
            {"asked": asked, "before": before, "since": micros(since), "limit": PAGE, "begins": begins},
        ).fetchall()
        yield from map(item_of, rows)
        if len(rows) < PAGE:
            return
        before = rows[-1]["seq"]


def _asked(query: Query) -> str:
    """Return what FTS5 is asked for: trigrams of one needle of each group; "" if nothing narrows.

    >>> from monitor.rules.query.language import parse
    >>> _asked(parse("ai tag:x"))
    '((" ai" AND "ai "))'
    """
    return " AND ".join(filter(None, map(_of_group, groups(query.root, only=ANYWHERE))))


def _of_group(group: Group) -> str:
    if not group or len(group) > _MOST or min(map(len, group)) < _LENGTH:
        return ""
    return f"({' OR '.join(_of_needle(needle) for needle in sorted(group))})"


def _of_needle(needle: str) -> str:
    trigrams = dict.fromkeys(needle[at : at + _LENGTH] for at in range(len(needle) - _LENGTH + 1))
    told = " AND ".join('"' + trigram.replace('"', '""') + '"' for trigram in trigrams)
    return told if len(trigrams) == 1 else f"({told})"
