"""What a story is called by now: one that was folded goes by its root."""

import sqlite3


def rooted(connection: sqlite3.Connection, story: str) -> str:
    """Return what `story` is called by now."""
    row = connection.execute("select story from story_aliases where alias = ?", (story,)).fetchone()
    return row[0] if row else story
