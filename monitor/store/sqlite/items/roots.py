"""What a story is called by now: one that was folded goes by its root."""

import json
import sqlite3
from collections.abc import Mapping, Sequence


def rooted(connection: sqlite3.Connection, story: str) -> str:
    """Return what `story` is called by now."""
    row = connection.execute("select story from story_aliases where alias = ?", (story,)).fetchone()
    return row[0] if row else story


def names(connection: sqlite3.Connection, stories: Sequence[str]) -> Mapping[str, str]:
    """Return what those of `stories` that were folded are called by now."""
    rows = connection.execute(
        "select alias, story from story_aliases where alias in (select value from json_each(?))",
        (json.dumps(stories),),
    )
    return {row["alias"]: row["story"] for row in rows}
