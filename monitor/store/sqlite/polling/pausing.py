"""What a start with another configuration changes for sources that are not polled now: paused ones, locked ones."""

import json
import sqlite3
from collections.abc import Sequence

from monitor.model import Source

LOCKED = ("http-401", "http-407", "proxy")  # how codes of errors begin that other credentials may end


def pause(connection: sqlite3.Connection, sources: Sequence[Source]) -> None:
    """Give paused sources that state, and those that go on the one they had.

    Validators, hash of the last body and due time stay: a source goes on where it stopped. One that had
    answered 410 is asked again.
    """
    paused = json.dumps([source.name for source in sources if source.paused])
    connection.execute(
        "update sources set state = 'paused' where name in (select value from json_each(?))", (paused,)
    )
    connection.execute(
        "update sources set state = iif(failures > 0, 'failing', iif(body_hash = '', 'new', 'ok'))"
        " where state = 'paused' and name not in (select value from json_each(?))",
        (paused,),
    )


def waits(failures: int, code: str) -> bool:
    """Tell whether a failing source keeps the wait it has grown, over a start of the daemon.

    Not where credentials may be to blame: they may be others now, and nobody waits six hours to see.

    >>> waits(3, "http-503"), waits(3, "http-401"), waits(0, "")
    (True, False, False)
    """
    return failures > 0 and not code.startswith(LOCKED)
