"""Paused sources: a state that no poll leads to and none leads out of, kept as the configuration says."""

import json
import sqlite3
from collections.abc import Sequence

from monitor.model import Source


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
