"""The stream: what was committed, in this order; faces ask what came since they last looked."""

import sqlite3
from datetime import datetime

from monitor.store.sqlite.rows import micros


def add(connection: sqlite3.Connection, kind: str, ref: str, at: datetime) -> None:
    """Put an item, a revision or an alert at the end of the stream; `ref` is its id."""
    connection.execute("insert into stream (kind, ref, at) values (?, ?, ?)", (kind, ref, micros(at)))
