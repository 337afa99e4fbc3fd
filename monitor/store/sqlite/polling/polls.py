"""What a poll changed, written: items, keys, validators, the next poll, alerts and deliveries, all or nothing."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.core.items import identity
from monitor.model import Applied, ItemChange, PollOutcome
from monitor.store.sqlite import stream
from monitor.store.sqlite.items import departures, evidence, roots, search, stories
from monitor.store.sqlite.polling import budget, subscriptions, validators
from monitor.store.sqlite.polling.known import AMBIGUOUS
from monitor.store.sqlite.rows import (
    advice_text,
    item_columns,
    lags_text,
    micros,
    rhythm_text,
    shape_text,
    tempo_bytes,
)
from monitor.store.sqlite.telling import absences, alerts, paces

QUIET_KEYS = timedelta(days=1).total_seconds() * 1_000_000


def apply(connection: sqlite3.Connection, outcomes: Sequence[PollOutcome]) -> list[Applied]:
    """Write all that the polls changed. The caller's transaction makes it one: items, validators,
    next poll, alerts and deliveries are there together or not at all."""
    return [_apply(connection, outcome) for outcome in outcomes]


def _apply(connection: sqlite3.Connection, outcome: PollOutcome) -> Applied:
    row = connection.execute(
        "select * from sources where name = ? and generation = ? and removed_at is null",
        (outcome.claim.source.name, outcome.claim.generation),
    ).fetchone()
    if row is None:
        return Applied(dropped=True)
    if _stale(connection, outcome):
        return Applied(stale=True)
    if outcome.claim.stays is None:
        _reschedule(connection, outcome, row)
        _count(connection, outcome)
    else:
        _take_in(connection, outcome, row)
    subscriptions.note(connection, outcome)
    last = len(outcome.changes) - 1
    for number, change in enumerate(outcome.changes):  # oldest first: from the end of the body
        _change(connection, outcome, change, last - number)
    evidence.write(connection, outcome.evidence)
    stories.fold(connection, outcome.folds, outcome.at)
    for key in outcome.ambiguous:
        _key(connection, outcome.claim.source.name, key, AMBIGUOUS, outcome.at)
    heard = [alerts.ring(connection, it.alert, it.notifiers, outcome.at, it.joined) for it in outcome.rings]
    absences.came(connection, outcome.signs, outcome.at)
    if outcome.missing is not None:
        departures.write(connection, outcome.claim.source.name, outcome.missing)
    if outcome.trouble is None:
        paces.looked(connection, outcome.matched, outcome.at)
    return Applied(
        new=sum(change.new for change in outcome.changes),
        edited=sum(change.edited for change in outcome.changes),
        rung=sum(bool(names) for names in heard),
        notifiers=frozenset().union(*heard),
    )


def _stale(connection: sqlite3.Connection, outcome: PollOutcome) -> bool:
    """Tell whether another poll changed, since it was read, what this one was decided on."""
    source = outcome.claim.source.name
    for change in outcome.changes:
        if change.new:
            unique = [key for key in filter(identity.names_one, change.keys) if key not in outcome.freed]
            marks, keys = json.dumps([*filter(identity.names_one, change.prints)]), json.dumps(unique)
            found = connection.execute(
                "select 1 from prints where print in (select value from json_each(?)) union all"
                " select 1 from item_keys where source = ? and item != '' and key in (select value from json_each(?))"
                " union all select 1 from items where id = ? limit 1",
                (marks, source, keys, change.item.id),
            ).fetchone()
            if found:
                return True
        elif change.edited:
            found = connection.execute(
                "select revision from items where id = ?", (change.item.id,)
            ).fetchone()
            if found is None or found["revision"] != change.item.revision - 1:
                return True
    return False


def _reschedule(connection: sqlite3.Connection, outcome: PollOutcome, row: sqlite3.Row) -> None:
    source, at = outcome.claim.source, micros(outcome.at)
    baseline = outcome.baseline
    fresh_body = outcome.trouble is None and not outcome.unchanged
    pull = 0.0 if "gone" in (row["state"], outcome.status) or row["state"] == "paused" else outcome.pull
    budget.moved(connection, row["pull"], pull)
    if outcome.partial:
        _below(connection, outcome, row)
    if fresh_body:
        _still_there(connection, row)
    connection.execute(
        """
        update sources set state = iif(state = 'paused', state, :state), claimed_at = null,
            next_poll_at = max(:next, not_before), last_poll_at = :at,
            last_ok_at = iif(:ok, :at, last_ok_at), last_body_at = iif(:body and not :broken, :at, last_body_at),
            body_hash = iif(:body, :hash, body_hash),
            partial_since = iif(:body, iif(:partial, coalesce(partial_since, :at), null), partial_since), lags = iif(:body, :lags, lags), advice = iif(:body, :advice, advice),
            failures = iif(:ok, 0, failures + 1), error = :error, error_code = :code,
            rhythm = :rhythm, tempo = :tempo, shape = coalesce(:shape, shape), pull = :pull, latest_at = :latest,
            next_why = iif(not_before > :next, next_why, :why), may_miss = :may_miss,
            baselined_at = coalesce(baselined_at, :baselined), baseline_items = coalesce(baseline_items, :items),
            baseline_matches = coalesce(baseline_matches, :matches)
        where name = :name
        """,
        {
            "state": outcome.status,
            "next": micros(outcome.next_poll_at),
            "at": at,
            "ok": outcome.trouble is None,
            "body": fresh_body,
            "partial": outcome.partial,
            "broken": outcome.broken,
            "hash": outcome.body_hash,
            "lags": lags_text(outcome.lags),
            "advice": advice_text(outcome.advice),
            "error": outcome.trouble.sentence if outcome.trouble else "",
            "code": outcome.trouble.word if outcome.trouble else "",
            "rhythm": rhythm_text(outcome.rhythm),
            "tempo": tempo_bytes(outcome.rhythm.tempo),
            "pull": pull,
            "latest": micros(outcome.latest_at),
            "shape": shape_text(outcome.shape) if outcome.shape else None,
            "why": outcome.why,
            "may_miss": outcome.may_miss,
            "baselined": at if baseline else None,
            "items": baseline.items if baseline else None,
            "matches": baseline.would_have_rung if baseline else None,
            "name": source.name,
        },
    )
    validators.write(connection, outcome)
    if fresh_body:
        subscriptions.offered(connection, outcome)


def _take_in(connection: sqlite3.Connection, outcome: PollOutcome, row: sqlite3.Row) -> None:
    """Note what a hub pushed: a body like a partial one, and no poll. The next one still asks by the same validators."""
    _below(connection, outcome, row)
    connection.execute(
        """
        update sources set claimed_at = null, last_body_at = :at, body_hash = '', lags = :lags, rhythm = :rhythm,
            tempo = :tempo, next_poll_at = max(:next, not_before), latest_at = :latest, next_why = :why, may_miss = :may_miss,
            event_id = coalesce(:event, event_id)
        where name = :name
        """,
        {
            "at": micros(outcome.at),
            "event": outcome.event_id,
            "lags": lags_text(outcome.lags),
            "rhythm": rhythm_text(outcome.rhythm),
            "tempo": tempo_bytes(outcome.rhythm.tempo),
            "next": micros(outcome.next_poll_at),
            "latest": micros(outcome.latest_at),
            "why": outcome.why,
            "may_miss": outcome.may_miss,
            "name": row["name"],
        },
    )


def _count(connection: sqlite3.Connection, outcome: PollOutcome) -> None:
    """Note the poll in the history of the hour."""
    outside = outcome.claim.latest_at is not None and outcome.claim.latest_at <= outcome.claim.claimed_at
    connection.execute(
        "insert into polled values (:source, :hour, 1, :not_modified, :failed, :outside, :items, :same)"
        " on conflict do update set polls = polls + 1, not_modified = not_modified + :not_modified,"
        " failed = failed + :failed, outside = outside + :outside, items = items + :items, same = same + :same",
        {
            "source": outcome.claim.source.name,
            "hour": int(outcome.claim.claimed_at.timestamp() // 3600),
            "not_modified": outcome.not_modified,
            "failed": outcome.trouble is not None,
            "outside": outside,
            "items": sum(change.new for change in outcome.changes),
            "same": outcome.unchanged and not outcome.not_modified,
        },
    )


def _below(connection: sqlite3.Connection, outcome: PollOutcome, row: sqlite3.Row) -> None:
    """Let what stood in the last body stand below what a partial one brings, as far as the window goes."""
    connection.execute(
        "update item_keys set last_seen_at = :at, place = place + :new"
        " where source = :source and last_seen_at = :body and place + :new < :window",
        {
            "at": micros(outcome.at),
            "new": len(outcome.changes),
            "source": row["name"],
            "body": row["last_body_at"],
            "window": outcome.rhythm.window,
        },
    )


def _still_there(connection: sqlite3.Connection, row: sqlite3.Row) -> None:
    """Note that the last body stood until the last good poll, so that its keys age from then."""
    if row["last_body_at"] is not None and row["last_ok_at"] - row["last_body_at"] > QUIET_KEYS:
        connection.execute(
            "update item_keys set last_seen_at = ? where source = ? and last_seen_at = ?",
            (row["last_ok_at"], row["name"], row["last_body_at"]),
        )


def _change(connection: sqlite3.Connection, outcome: PollOutcome, change: ItemChange, place: int) -> None:
    at, columns = micros(outcome.at), item_columns(change.item)
    columns["story"] = roots.rooted(connection, change.item.story)
    if change.new:
        names = ", ".join([*columns, "revised_at"])
        marks = ", ".join(f":{name}" for name in [*columns, "revised_at"])
        connection.execute(f"insert into items ({names}) values ({marks})", {**columns, "revised_at": at})
        search.note(connection, change.item.id)
    elif change.edited:
        search.forget(connection, "id = :id", {"id": change.item.id})
        connection.execute(
            "insert or replace into revisions select id, revision, revised_at, title, summary, url from items"
            " where id = ?",
            (change.item.id,),
        )
        connection.execute(
            "delete from revisions where item = ? and revision <= ?",
            (change.item.id, change.item.revision - evidence.MAX_REVISIONS),
        )
        names = ", ".join(f"{name} = :{name}" for name in columns)
        connection.execute(
            f"update items set {names}, revised_at = :revised_at where id = :id",
            {**columns, "revised_at": at},
        )
        search.note(connection, change.item.id)
    elif change.joined:
        borrowed = {name: value for name, value in columns.items() if name.startswith(("url", "published_"))}
        names = ", ".join(f"{name} = :{name}" for name in borrowed)
        connection.execute(f"update items set {names} where id = :id", {**borrowed, "id": change.item.id})
    for key in change.keys:
        _key(connection, outcome.claim.source.name, key, change.item.id, outcome.at, place)
    connection.executemany(
        "insert or ignore into prints values (?, ?)", [(mark, change.item.id) for mark in change.prints]
    )
    stories.note(connection, change, outcome.at)
    if change.new or change.edited:
        stream.add(connection, "item" if change.new else "revision", change.item.id, outcome.at)


def _key(
    connection: sqlite3.Connection, source: str, key: str, item: str, at: datetime, place: int = 0
) -> None:
    """Remember a key. One that stood for different items stays ambiguous for good."""
    connection.execute(
        "insert into item_keys (source, key, item, last_seen_at, place) values (?, ?, ?, ?, ?)"
        " on conflict do update set last_seen_at = excluded.last_seen_at, place = excluded.place,"
        " item = iif(item = '', item, excluded.item)",
        (source, key, item, micros(at), place),
    )
