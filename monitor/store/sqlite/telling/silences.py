"""Silences and acks: what is kept quiet, held with the alerts it holds, in their transaction."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.core.telling import hush
from monitor.model import Alert, Matcher, Silence
from monitor.store.sqlite.items import roots
from monitor.store.sqlite.rows import DELIVERY, delivery_of, instant, micros

ACTIVE = "(ends_at is null or ends_at > :now)"
ACKED = "json_extract(matchers, '$[0][2]')"  # the story of an ack, as it was called then


def add(connection: sqlite3.Connection, silence: Silence, now: datetime) -> int:
    """Begin a silence, and hold what waits to be told and matches it; return how many deliveries that are.

    What is being sent in this instant is not called back. An ack takes the place of those that its story has.
    """
    connection.execute(
        "insert into silences (id, matchers, starts_at, ends_at, comment, alert) values (?, ?, ?, ?, ?, ?)",
        (
            silence.id,
            json.dumps([(one.label, one.op, one.value) for one in silence.matchers], ensure_ascii=False),
            micros(silence.starts_at),
            micros(silence.ends_at),
            silence.comment,
            silence.alert,
        ),
    )
    waiting = connection.execute(
        f"{DELIVERY} where (d.state in ('due', 'retrying') and d.claimed_at is null)"
        " or (d.state = 'held' and d.batch != '' and d.digest = '')"
    ).fetchall()
    if silence.alert:
        end(connection, _acks_beside(connection, silence.id, now), now)
    silences = listed(connection, now)
    held = [
        (found.reason, micros(found.until), one.id)
        for one in map(delivery_of, waiting)
        if (found := hush.held(rooted(connection, one.alert), silences, now))
    ]
    connection.executemany(
        "update deliveries set state = 'held', reason = ?, due_at = ?, batch = '' where id = ?", held
    )
    return len(held)


def _acks_beside(connection: sqlite3.Connection, ack: str, now: datetime) -> list[str]:
    acks = {one.id: one.matchers for one in listed(connection, now) if one.alert}
    return [other for other, story in acks.items() if other != ack and story == acks.get(ack)]


def end(connection: sqlite3.Connection, ids: Sequence[str], now: datetime) -> int:
    """End silences now; return how many went on until then. What they held stays held, and says until when they went on."""
    if not ids:
        return 0
    ending = {"now": micros(now), "ids": json.dumps(list(ids))}
    those = f"from silences where {ACTIVE} and id in (select value from json_each(:ids))"
    connection.execute(f"update alerts set held_until = :now where silence in (select id {those})", ending)
    connection.execute(
        "update deliveries set due_at = :now where state = 'held' and reason in ('silenced', 'acked')"
        f" and due_at in (select ends_at {those})"
        " and exists (select 1 from alerts where id = deliveries.alert"
        f" and (silence = '' or silence in (select id {those})))",
        ending,
    )
    return connection.execute(
        f"update silences set ends_at = :now where id in (select id {those})", ending
    ).rowcount


def listed(connection: sqlite3.Connection, now: datetime, *, ended: bool = False) -> list[Silence]:
    """Return those that have not ended, or all of them, the first ones first; stories go by what they are called now."""
    return _chosen(connection, f":ended or {ACTIVE}", {"now": micros(now), "ended": ended})


def _of_story(connection: sqlite3.Connection, story: str, now: datetime) -> list[Silence]:
    """Return the silences that go on, and of the acks, which no other story's alert asks for, those of `story`, "" for none."""
    names = "select :story union select alias from story_aliases where story = :story"
    those = f"{ACTIVE} and (alert = '' or {ACKED} in ({names}))"
    return _chosen(connection, those, {"now": micros(now), "story": story})


def _chosen(connection: sqlite3.Connection, which: str, values: Mapping[str, object]) -> list[Silence]:
    rows = connection.execute(f"select * from silences where {which} order by starts_at, id", values)
    kept = [(row, [Matcher(*one) for one in json.loads(row["matchers"])]) for row in rows.fetchall()]
    called = roots.names(
        connection, [one.value for _, asked in kept for one in asked if one.label == "story"]
    )
    return [_silence_of(row, asked, called) for row, asked in kept]


def _silence_of(row: sqlite3.Row, asked: Sequence[Matcher], called: Mapping[str, str]) -> Silence:
    return Silence(
        id=row["id"],
        matchers=tuple(
            replace(one, value=called.get(one.value, one.value)) if one.label == "story" else one
            for one in asked
        ),
        starts_at=instant(row["starts_at"]),
        ends_at=instant(row["ends_at"]),
        comment=row["comment"],
        alert=row["alert"],
    )


def hushed(connection: sqlite3.Connection, alert: Alert, now: datetime) -> Alert:
    """Return an alert that is about to ring, held if it is kept quiet. What tells something else ends its story's acks."""
    if alert.held:
        return alert
    here = rooted(connection, alert)
    silences = _of_story(connection, here.item.story if here.item else "", now)
    if not silences:
        return alert
    if hush.tells_something_else(alert):
        alike = replace(here, edit=None)
        end(connection, [one.id for one in hush.hushing(alike, silences, now) if one.alert], now)
    return replace(alert, held=hush.held(here, silences, now))


def rooted(connection: sqlite3.Connection, alert: Alert) -> Alert:
    """Return an alert with its story under the name by which it goes now."""
    if alert.item is None:
        return alert
    story = roots.rooted(connection, alert.item.story or alert.item.id)
    return replace(alert, item=replace(alert.item, story=story))


def prune(connection: sqlite3.Connection, ended: datetime, begun: datetime) -> None:
    """Forget silences that ended before `ended`, and acks without an end, begun before `begun`, of whose story nothing is left."""
    connection.execute("delete from silences where ends_at < ?", (micros(ended),))
    called = f"coalesce((select story from story_aliases where alias = {ACKED}), {ACKED})"
    connection.execute(
        "delete from silences where ends_at is null and alert != '' and starts_at < ?"
        f" and not exists (select 1 from items where story = {called})",
        (micros(begun),),
    )
