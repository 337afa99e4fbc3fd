"""What a conditional GET sends back, of the source's own address and of those that its body names."""

import sqlite3

from monitor.model import PollOutcome, Validators


def read(connection: sqlite3.Connection, source: str) -> tuple[Validators, tuple[Validators, ...]]:
    """Return the validators of the source's own address, and of its parts."""
    rows = connection.execute("select * from validators where source = ?", (source,)).fetchall()
    own, parts = ([_validators(row) for row in rows if row["part"] == part] for part in (0, 1))
    return own[0] if own else Validators(), tuple(parts)


def _validators(row: sqlite3.Row) -> Validators:
    return Validators(etag=row["etag"], last_modified=row["last_modified"], url=row["url"])


def write(connection: sqlite3.Connection, outcome: PollOutcome) -> None:
    """Keep those of a good poll; a 304 without any leaves the old ones."""
    if outcome.trouble or (outcome.unchanged and outcome.validators == Validators()):
        return
    source, own = outcome.claim.source, outcome.validators
    connection.execute("delete from validators where source = ?", (source.name,))
    connection.executemany(
        "insert or ignore into validators (source, url, etag, last_modified, part) values (?, ?, ?, ?, ?)",
        [
            (source.name, one.url or source.url, one.etag, one.last_modified, part)
            for part, some in ((0, (own,)), (1, outcome.rest.parts))
            for one in some
        ],
    )
