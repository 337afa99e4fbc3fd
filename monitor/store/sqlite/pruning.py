"""Forgetting: text by `keep`, identities 30 days after they were last in a body, alerts after 400 days, acks with their story."""

import sqlite3
from datetime import datetime, timedelta

from monitor.store.sqlite.asked import history
from monitor.store.sqlite.items import departures, evidence, search, stories
from monitor.store.sqlite.rows import micros
from monitor.store.sqlite.states import WAITING
from monitor.store.sqlite.telling import silences

IDENTITY = timedelta(days=30)
TOLD = timedelta(days=400)
STREAM = timedelta(days=30)


def prune(connection: sqlite3.Connection, now: datetime, keep: timedelta) -> int:
    """Return how many items are gone. An item with an open delivery stays, and so does one that
    can still be recognised: its text goes, its identity remains. A paused source forgets nothing, so
    that going on is no flood."""
    connection.execute(
        "delete from item_keys where last_seen_at < :cutoff and not exists (select 1 from sources s"
        " where s.name = item_keys.source and s.removed_at is null"
        " and (s.last_body_at = item_keys.last_seen_at or s.state = 'paused'))",
        {"cutoff": micros(now - IDENTITY)},
    )
    open_items = f"select item from alerts where id in (select alert from deliveries where {WAITING})"
    old: dict[str, object] = {"old": micros(now - keep)}
    shortened = f"first_seen_at < :old and summary != '' and id not in ({open_items})"
    search.forget(connection, shortened, old)
    short = connection.execute(
        f"update items set summary = '', author = '' where {shortened} returning id", old
    )
    for row in short.fetchall():
        search.note(connection, row["id"])
    connection.execute(
        "delete from revisions where item in (select id from items where first_seen_at < :old)", old
    )
    evidence.prune(connection, now - keep)
    forgotten = (
        f"first_seen_at < :old and id not in (select item from item_keys) and id not in ({open_items})"
    )
    search.forget(connection, forgotten, old)
    gone = connection.execute(f"delete from items where {forgotten}", old).rowcount
    connection.execute("delete from prints where item not in (select id from items)")
    stories.prune(connection, now)
    history.prune(connection, now)
    departures.prune(connection)
    _told(connection, now)
    silences.prune(connection, now - TOLD, now - keep)
    connection.execute("delete from flushed where at < ?", (micros(now - STREAM),))
    connection.execute("delete from stream where at < ?", (micros(now - STREAM),))
    return gone


def _told(connection: sqlite3.Connection, now: datetime) -> None:
    cutoff = {"cutoff": micros(now - TOLD)}
    done = f"not {WAITING} and alert in (select id from alerts where at < :cutoff)"
    connection.execute(
        f"delete from attempts where delivery in (select id from deliveries where {done})", cutoff
    )
    connection.execute(f"delete from deliveries where {done}", cutoff)
    connection.execute(
        "delete from alerts where at < :cutoff and id not in (select alert from deliveries)", cutoff
    )
