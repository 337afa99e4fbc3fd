"""A database of each earlier schema, filled with what was stored then, opened by the program of today."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.items import identity
from monitor.model import Source
from monitor.store import StoreError
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import connect, migrate, migrations, reader
from monitor.store.sqlite.rows import micros
from tests.desk import START, Desk, line
from tests.virtual import ManualClock

NUMBERS = [number for number, _ in migrations()]
WIRE = Source(name="wire", url="http://127.0.0.1/rss", every=60.0)
SEEN = micros(START - timedelta(hours=2))
TITLES = {"1": "Fire in the harbour", "2": "Court delays vote", "3": "Пожежа в порту"}
IDS = {key: identity.make_id("item", "wire", f"guid:{key}") for key in TITLES}
ALERTS = {key: identity.alert_id(f"created/fire/{IDS[key]}") for key in ("1", "3")}


def delivery(key: str) -> str:
    return identity.delivery_id(ALERTS[key], "desk")


def snapshot(key: str) -> str:
    """Return what an alert of the first version keeps of its item."""
    item = {
        "id": IDS[key],
        "source": "wire",
        "publisher": "127.0.0.1",
        "title": TITLES[key],
        "summary": f"text {key}",
        "url": f"http://127.0.0.1/{key}",
        "author": "",
        "tags": "[]",
        "published_earliest": SEEN,
        "published_latest": SEEN,
        "published_origin": "stated",
        "first_seen_at": SEEN,
        "revision": 1,
        "story": IDS[key],
        "digest": identity.digest(TITLES[key], f"text {key}"),
    }
    return json.dumps(item, ensure_ascii=False)


def filled() -> Iterator[tuple[int, str, Mapping[str, object]]]:
    """Yield (schema from which it can be said, SQL, values): what a daemon of that schema had stored."""
    at = {"at": SEEN, "soon": micros(START)}
    yield (
        1,
        "insert into sources (name, type, url, state, next_poll_at, last_poll_at, last_ok_at, last_body_at, body_hash,"
        " baselined_at, baseline_items, baseline_matches)"
        " values ('wire', 'auto', 'http://127.0.0.1/rss', 'ok', :soon, :at, :at, :at, 'h', :at, 3, 0)",
        at,
    )
    yield 1, "insert into validators (source, url, etag) values ('wire', 'http://127.0.0.1/rss', '\"a\"')", {}
    for key in TITLES:
        item = json.loads(snapshot(key))
        names = ", ".join(item)
        yield (
            1,
            f"insert into items ({names}, revised_at) values ({', '.join(f':{name}' for name in item)}, :first_seen_at)",
            item,
        )
        for kind in ("guid", "url"):
            value = key if kind == "guid" else f"http://127.0.0.1/{key}"
            keys = {"key": f"{kind}:{value}", "item": IDS[key], "at": SEEN}
            yield (
                1,
                "insert into item_keys (source, key, item, last_seen_at) values ('wire', :key, :item, :at)",
                keys,
            )
    yield (
        1,
        "insert into revisions values (:item, 1, :at, 'Court delays a vote', 'text 2', 'http://127.0.0.1/2')",
        {"item": IDS["2"], "at": SEEN},
    )
    yield 1, "update items set revision = 2 where id = :item", {"item": IDS["2"]}
    for key, state in (("1", "sent"), ("3", "retrying")):
        alert = {
            "id": ALERTS[key],
            "dedupe": f"created/fire/{IDS[key]}",
            "at": SEEN,
            "item": IDS[key],
            "snapshot": snapshot(key),
        }
        yield (
            1,
            "insert into alerts (id, type, dedupe, at, severity, rule, rule_version, item, revision, source, sentence, snapshot,"
            " spans) values (:id, 'alert.created', :dedupe, :at, 'warning', 'fire', 'v', :item, 1, 'wire', '', :snapshot,"
            " '[[\"title\", 0, 4]]')",
            alert,
        )
        told = {"id": delivery(key), "alert": ALERTS[key], "state": state, "at": SEEN}
        yield (
            1,
            "insert into deliveries (id, alert, notifier, state, due_at, attempts, failures, created_at, sent_at)"
            " values (:id, :alert, 'desk', :state, :at, 1, iif(:state = 'sent', 0, 1), :at, iif(:state = 'sent', :at, null))",
            told,
        )
        yield (
            1,
            "insert into attempts (delivery, at, ms, outcome, error) values (:id, :at, 20, iif(:state = 'sent', 'sent', 'delivery'), '')",
            told,
        )
        yield 1, "insert into stream (kind, ref, at) values ('alert', :id, :at)", {**alert}
    yield 1, "insert into receivers (notifier, address) values ('desk', 'a')", {}
    yield (
        2,
        "update items set published_zone = 'Europe/Kyiv', published_sure = 0 where id = :item",
        {"item": IDS["3"]},
    )
    yield 4, "insert into marks select :at / 259200000000, 77, seq from items", at
    yield 6, "update item_keys set place = 2 where key like '%:1'", {}
    yield 9, "update validators set asked_at = :at", at
    yield 10, "insert into polled (source, hour, polls, items) values ('wire', :at / 3600000000, 5, 3)", at
    yield 11, "insert into service values (1, 77, :at, '/config.toml', :at, 1, '', '[]', '')", at
    yield (
        14,
        "insert into rang (story, rule, alert, at) values (:story, 'fire', :alert, :at)",
        {"story": IDS["1"], "alert": ALERTS["1"], "at": SEEN},
    )


@pytest.fixture(params=NUMBERS)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A database at one of the schemas there ever were, with all that could be said in it."""
    path, schema = tmp_path / "newsbell.db", request.param
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma journal_mode = wal")
        for number, sql in migrations():
            if number <= schema:
                connection.executescript(f"begin;\n{sql}\npragma user_version = {number};\ncommit;")
        for since, sql, values in filled():
            if since <= schema:
                connection.execute(sql, values)
    return path


def test_who_looks_while_it_is_made_sees_nothing_or_all(tmp_path: Path) -> None:
    """A first `newsbell items` beside a first `newsbell run`: no step of thirty is a database."""
    path, seen = tmp_path / "newsbell.db", set[object]()

    def look(statement: str) -> None:
        try:
            with closing(reader(path)) as found:
                seen.add(found.execute("pragma user_version").fetchone()[0])
        except StoreError as error:
            seen.add(str(error))

    with closing(connect(str(path))) as connection:
        connection.set_trace_callback(look)
        migrate(connection)
        connection.set_trace_callback(None)
    look("")
    assert seen == {f"{path} is empty yet: `newsbell run` makes what belongs there", NUMBERS[-1]}


def test_every_item_alert_and_delivery_is_kept(old: Path) -> None:
    store = SqliteStore(old, ManualClock(START))
    with closing(store):

        async def story() -> None:
            items = await store.read(reading.items, limit=9)
            assert {item.id: (item.title, item.summary) for item in items} == {
                IDS[key]: (title, f"text {key}") for key, title in TITLES.items()
            }
            assert {item.published.origin for item in items} == {"stated"}
            [revision] = await store.read(reading.revisions, IDS["2"])
            assert revision.title == "Court delays a vote"
            alerts = await store.read(reading.alerts, limit=9)
            assert {alert.id: alert.item and alert.item.title for alert in alerts} == {
                ALERTS[key]: TITLES[key] for key in ALERTS
            }
            told = await store.read(reading.deliveries, limit=9)
            assert {one.id: one.state for one in told} == {delivery("1"): "sent", delivery("3"): "retrying"}
            assert [one.outcome for one in await store.read(reading.attempts, delivery("3"))] == ["delivery"]
            [source] = await store.read(reading.sources)
            assert (source.items, source.baseline_items, source.state) == (3, 3, "ok")

        asyncio.run(story())


def test_what_waited_to_be_told_is_told_under_its_id_and_nothing_twice(old: Path) -> None:
    store = SqliteStore(old, ManualClock(START))
    with closing(store):

        async def story() -> None:
            await store.recover()
            await store.sync(sources=[WIRE])
            await store.sync(notifiers={"desk": "a"})
            _, claimed = await store.claim_deliveries("desk", limit=9)
            assert [one.id for one in claimed] == [delivery("3")]
            [claim] = await store.claim_due(limit=9)
            assert claim.baselined_at
            assert [claim.validators.etag] == ['"a"']

        asyncio.run(story())


def test_the_same_body_brings_nothing_and_one_more_item_rings(old: Path) -> None:
    desk = Desk([WIRE], path=str(old))
    body = [
        line(title, f"text {key}", guid=key, url=f"http://127.0.0.1/{key}") for key, title in TITLES.items()
    ]
    desk.read("wire", body, START)
    assert (desk.applied.new, desk.applied.edited) == (0, 0)
    desk.read("wire", [line("Another fire", guid="4"), *body], START + timedelta(minutes=5))
    assert (desk.applied.new, desk.applied.edited) == (1, 0)
    desk.connection.close()
