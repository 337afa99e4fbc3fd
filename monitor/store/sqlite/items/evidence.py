"""What bodies said of items, kept as long as their texts."""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.model import Evidence
from monitor.store.sqlite.rows import instant, micros

MAX_REVISIONS = 50  # kept of one item, texts and sights, the first sight too: a page that changes with each poll must not fill the disk


def write(connection: sqlite3.Connection, found: Sequence[Evidence]) -> None:
    """Keep what a body said."""
    connection.executemany(
        "insert or ignore into evidence values (?, ?, ?, ?, ?, ?, ?)",
        [
            (it.item, it.revision, micros(it.at), it.source, it.url, it.body_sha256, _packed(it.snippet))
            for it in found
        ],
    )
    connection.executemany(
        "delete from evidence where item = ? and revision > 1 and revision <= ?",
        [(it.item, it.revision - MAX_REVISIONS) for it in found if it.revision > MAX_REVISIONS],
    )


def _packed(snippet: bytes) -> bytes:
    return zlib.compress(snippet) if snippet else b""


def prune(connection: sqlite3.Connection, old: datetime) -> None:
    """Forget what is about items whose texts are forgotten."""
    connection.execute(
        "delete from evidence where item not in (select id from items where first_seen_at >= ?)",
        (micros(old),),
    )


def since(connection: sqlite3.Connection, since: datetime | None) -> Iterator[Evidence]:
    """Yield what was kept since then, by item."""
    for row in connection.execute(
        "select * from evidence where :since is null or at >= :since order by item, revision",
        {"since": micros(since)},
    ):
        yield Evidence(
            item=row["item"],
            revision=row["revision"],
            at=instant(row["at"]),
            source=row["source"],
            url=row["url"],
            body_sha256=row["body_sha256"],
            snippet=zlib.decompress(row["snippet"]) if row["snippet"] else b"",
        )
