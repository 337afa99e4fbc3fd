"""A clock that was set back: what was to come soon would come only when it has caught up."""

import sqlite3
from datetime import timedelta

# each table with the instants (microseconds) that lie ahead; a quiet hour or a digest's ends by the clock, whatever it shows
_AHEAD = {
    "sources": ("next_poll_at", "latest_at", "not_before"),
    "receivers": ("next_probe_at",),
    "deliveries": ("due_at",),
    "subscriptions": ("due_at",),
    "absences": ("due_at",),
}
_WHICH = {"deliveries": "state in ('due', 'retrying')"}


def set_back(connection: sqlite3.Connection, by: timedelta) -> None:
    """Let everything that is due stay as far ahead as it was before the clock was set back."""
    step = {"by": by // timedelta(microseconds=1)}
    for table, columns in _AHEAD.items():
        shifted = ", ".join(f"{column} = max({column} - :by, 0)" for column in columns)
        connection.execute(f"update {table} set {shifted} where {_WHICH.get(table, 'true')}", step)
    connection.execute("update budget set at = at - ?", (by.total_seconds(),))
