"""Items that rang, and left their source sooner than their place there explains."""

import json
import sqlite3
from collections.abc import Sequence

from monitor.model import Missing
from monitor.store.sqlite.rows import instant, micros


def missing(connection: sqlite3.Connection, source: str) -> tuple[Missing, ...]:
    """Return what is missing of a source."""
    rows = connection.execute("select * from missing where source = ?", (source,))
    return tuple(
        Missing(item=row["item"], since=instant(row["since"]), older=frozenset(json.loads(row["older"])))
        for row in rows
    )


def write(connection: sqlite3.Connection, source: str, missing: Sequence[Missing]) -> None:
    """Note what is missing of a source now."""
    connection.execute("delete from missing where source = ?", (source,))
    connection.executemany(
        "insert into missing values (?, ?, ?, ?)",
        [(source, one.item, micros(one.since), json.dumps(sorted(one.older))) for one in missing],
    )


def prune(connection: sqlite3.Connection) -> None:
    """Forget what is missing of sources that are no more."""
    connection.execute(
        "delete from missing where source not in (select name from sources where removed_at is null)"
    )
