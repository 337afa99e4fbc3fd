"""What a conditional GET sends back, of the source's own address and of the parts that its body names."""

import sqlite3

from monitor.model import Part, PollOutcome, Validators
from monitor.store.sqlite.rows import instant, micros


def read(connection: sqlite3.Connection, source: str) -> tuple[Validators, tuple[Part, ...]]:
    """Return the validators of the source's own address, and its parts in the order of the body."""
    rows = connection.execute(
        "select * from validators where source = ? order by place", (source,)
    ).fetchall()
    own = [_validators(row) for row in rows if not row["part"]]
    parts = [
        Part(validators=_validators(row), asked_at=instant(row["asked_at"])) for row in rows if row["part"]
    ]
    return own[0] if own else Validators(), tuple(parts)


def _validators(row: sqlite3.Row) -> Validators:
    return Validators(etag=row["etag"], last_modified=row["last_modified"], url=row["url"])


def write(connection: sqlite3.Connection, outcome: PollOutcome) -> None:
    """Keep those of a good poll; a 304 without any leaves the old ones."""
    if outcome.trouble or (outcome.unchanged and outcome.validators == Validators()):
        return
    source, own = outcome.claim.source, Part(validators=outcome.validators)
    connection.execute("delete from validators where source = ?", (source.name,))
    connection.executemany(
        "insert or ignore into validators (source, url, etag, last_modified, part, asked_at, place)"
        " values (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                source.name,
                one.validators.url or source.url,
                one.validators.etag,
                one.validators.last_modified,
                int(place > 0),
                micros(one.asked_at),
                place,
            )
            for place, one in enumerate((own, *outcome.rest.parts))
        ],
    )
