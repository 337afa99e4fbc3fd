"""The store against a real file: one transaction, fences, identities, what a crash leaves behind."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.items import identity
from monitor.core.telling import retry
from monitor.model import (
    Alert,
    AlertType,
    Baseline,
    Claim,
    Delivery,
    Item,
    ItemChange,
    Lag,
    NextPoll,
    PollOutcome,
    Published,
    Rhythm,
    Ring,
    SendResult,
    Severity,
    Source,
    Trouble,
    Validators,
)
from monitor.store import StoreError
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import connect, migrations
from monitor.store.sqlite.rows import alert_columns, item_columns
from tests.virtual import ManualClock

BBC = Source(name="bbc", url="http://127.0.0.1/rss", every=60.0)


@pytest.fixture
def moving() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, moving: ManualClock) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "newsbell.db", moving)
    yield store
    store.close()


def item(key: str, clock: ManualClock, *, title: str = "a headline", source: str = "bbc") -> Item:
    now = clock.now()
    made = identity.make_id("item", source, key)
    return Item(
        id=made,
        source=source,
        title=title,
        summary="",
        url=f"http://127.0.0.1/{key}",
        published=Published(earliest=now, latest=now, origin="first-seen"),
        first_seen_at=now,
        story=made,
        digest=identity.digest(title, ""),
    )


def new(it: Item, key: str) -> ItemChange:
    return ItemChange(item=it, keys=(f"guid:{key}",), prints=(f"born:{it.source}:guid:{key}",), new=True)


def ring(it: Item, clock: ManualClock, *notifiers: str, severity: Severity = Severity.WARNING) -> Ring:
    dedupe = f"created/r/{it.id}"
    alert = Alert(
        id=identity.alert_id(dedupe),
        type=AlertType.CREATED,
        dedupe=dedupe,
        at=clock.now(),
        severity=severity,
        rule="r",
        item=it,
        source=it.source,
    )
    return Ring(alert=alert, notifiers=notifiers)


def outcome(claim: Claim, clock: ManualClock, **more: object) -> PollOutcome:
    values: dict[str, object] = {
        "claim": claim,
        "at": clock.now(),
        "next_poll_at": clock.now() + timedelta(seconds=60),
        "status": "ok",
        **more,
    }
    return PollOutcome(**values)  # type: ignore[arg-type]


async def claim_one(store: SqliteStore) -> Claim:
    [claim] = await store.claim_due(limit=9)
    return claim


async def rung(store: SqliteStore, clock: ManualClock, *keys: str, to: str = "desk") -> None:
    """Poll once and ring one alert an item of `keys`."""
    await store.sync(sources=[BBC])
    await store.sync(notifiers={to: "a"})
    clock.advance(60)
    claim = await claim_one(store)
    items = [item(key, clock) for key in keys]
    await store.apply(
        [
            outcome(
                claim,
                clock,
                changes=tuple(new(it, key) for it, key in zip(items, keys, strict=True)),
                rings=tuple(ring(it, clock, to) for it in items),
            )
        ]
    )


def test_a_source_is_lent_to_one_worker_only(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        assert claim.source == BBC
        assert await store.claim_due(limit=9) == []

        moving.advance(601)  # the worker is thought dead, another gets the source
        other = await claim_one(store)
        assert other.generation == claim.generation + 1
        [late] = await store.apply([outcome(claim, moving, body_hash="old")])
        assert late.dropped
        [good] = await store.apply([outcome(other, moving, body_hash="new")])
        assert not good.dropped

    asyncio.run(story())


def test_items_validators_and_deliveries_come_together_or_not_at_all(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        it = item("1", moving)
        broken = replace(ring(it, moving, "desk").alert, id=None)  # type: ignore[arg-type]  # the last write fails
        with pytest.raises(StoreError):
            await store.apply(
                [
                    outcome(
                        claim,
                        moving,
                        validators=Validators(etag='"1"'),
                        changes=(new(it, "1"),),
                        rings=(Ring(alert=broken, notifiers=("desk",)),),
                        baseline=Baseline(items=1, would_have_rung=0),
                    )
                ]
            )
        await store.recover()
        again = await claim_one(store)
        assert again.validators == Validators()
        assert again.baselined_at is None
        assert await store.read(reading.items, limit=9) == []

    asyncio.run(story())


def test_what_a_dead_daemon_had_claimed_is_due_at_once(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        _, [delivery] = await store.claim_deliveries("desk", limit=9)
        moving.advance(60)
        await claim_one(store)
        assert await store.claim_deliveries("desk", limit=9) == (
            (await store.claim_deliveries("desk", limit=9))[0],
            [],
        )

        await store.recover()
        _, [again] = await store.claim_deliveries("desk", limit=9)
        assert again.id == delivery.id
        assert len(await store.claim_due(limit=9)) == 1

    asyncio.run(story())


def test_two_polls_that_find_the_same_item_do_not_both_store_it(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        other = Source(name="bbc-world", url="http://127.0.0.1/world", every=60.0)
        await store.sync(sources=[BBC, other])
        one, two = await store.claim_due(limit=9)
        link = ("url:127.0.0.1/1",)
        first = replace(new(item("1", moving), "1"), prints=link)
        second = replace(new(item("1", moving, source="bbc-world"), "1"), prints=link)
        [applied] = await store.apply([outcome(one, moving, changes=(first,))])
        assert applied.new == 1
        [stale] = await store.apply([outcome(two, moving, changes=(second,))])
        assert stale.stale
        known = await store.known("bbc-world", [], link)
        assert known.by_print[link[0]].source == one.source.name

    asyncio.run(story())


def test_a_key_that_was_ambiguous_stays_so(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, ambiguous=("guid:x",))])
        moving.advance(60)
        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, changes=(new(item("x", moving), "x"),))])
        known = await store.known("bbc", ["guid:x"], [])
        assert known.ambiguous == {"guid:x"}
        assert known.by_key == {}

    asyncio.run(story())


def test_a_failure_counts_and_keeps_the_validators(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, validators=Validators(etag='"1"'), body_hash="1")])
        moving.advance(60)
        claim = await claim_one(store)
        trouble = Trouble(sentence="answered 503", kind="status")
        await store.apply([outcome(claim, moving, status="failing", trouble=trouble)])
        [row] = await store.read(reading.sources)
        assert (row.state, row.failures, row.error) == ("failing", 1, "answered 503")
        moving.advance(60)
        claim = await claim_one(store)
        assert (claim.failures, claim.validators.etag, claim.body_hash) == (1, '"1"', "1")

    asyncio.run(story())


def test_a_410_is_polled_no_more_until_its_address_changes(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        gone = Trouble(sentence="answered 410", kind="gone")
        await store.apply([outcome(claim, moving, status="gone", trouble=gone)])
        moving.advance(86_400)
        assert await store.claim_due(limit=9) == []
        await store.sync(sources=[replace(BBC, url="http://127.0.0.1/moved")])
        assert (await claim_one(store)).source.url.endswith("moved")

    asyncio.run(story())


def test_a_changed_address_keeps_the_history_and_drops_the_validators(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        first = outcome(
            claim,
            moving,
            validators=Validators(etag='"1"'),
            changes=(new(item("1", moving), "1"),),
            baseline=Baseline(items=1, would_have_rung=0),
        )
        await store.apply([first])
        await store.sync(sources=[replace(BBC, url="http://127.0.0.1/moved")])
        claim = await claim_one(store)
        assert claim.validators == Validators()
        assert claim.baselined_at == moving.now()
        assert "guid:1" in (await store.known("bbc", ["guid:1"], [])).by_key

    asyncio.run(story())


def test_one_gone_and_one_new_with_the_same_address_is_a_rename(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, changes=(new(item("1", moving), "1"),))])
        await store.sync(sources=[replace(BBC, name="auntie")])
        [row] = await store.read(reading.sources)
        assert (row.name, row.items) == ("auntie", 1)
        assert "guid:1" in (await store.known("auntie", ["guid:1"], [])).by_key

    asyncio.run(story())


def test_an_alert_that_rang_rings_no_second_time(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        moving.advance(60)
        claim = await claim_one(store)
        [applied] = await store.apply(
            [outcome(claim, moving, rings=(ring(item("1", moving), moving, "desk", "terminal"),))]
        )
        assert applied.rung == 0
        assert len(await store.read(reading.deliveries, limit=9)) == 1

    asyncio.run(story())


def test_a_claim_that_is_given_back_waits_as_long_as_its_publisher_asked(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC, replace(BBC, name="bbc-world", url="http://127.0.0.1/world")])
        claims = {claim.source.name: claim for claim in await store.claim_due(limit=9)}
        busy = Trouble(
            sentence="answered 429", kind="status", status=429, retry_after=3_600.0, holds="127.0.0.1"
        )
        await store.apply([outcome(claims["bbc"], moving, status="failing", trouble=busy)])
        soon = NextPoll(at=moving.now() + timedelta(seconds=60), why="in 60 s: as configured")
        await store.postpone(claims["bbc-world"], soon)
        assert await store.next_poll_at() == moving.now() + timedelta(hours=1)
        rows = {row.name: row for row in await store.read(reading.sources)}
        assert "as configured" not in rows["bbc-world"].next_why

    asyncio.run(story())


def test_deliveries_to_a_removed_notifier_wait_for_its_return(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        await store.sync(notifiers={})
        [held] = await store.read(reading.deliveries, limit=9)
        assert (held.state, held.reason) == ("held", "notifier-removed")
        await store.sync(notifiers={"desk": "a"})
        _, [delivery] = await store.claim_deliveries("desk", limit=9)
        assert delivery.id == held.id

    asyncio.run(story())


def finished(delivery: Delivery, clock: ManualClock, **more: object) -> SendResult:
    return SendResult(delivery=delivery, at=clock.now(), seconds=0.01, **more)  # type: ignore[arg-type]


def test_a_replay_keeps_the_id_and_as_new_mints_one(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        receiver, [delivery] = await store.claim_deliveries("desk", limit=9)
        dead = replace(delivery, state="dead", last_error="answered 400", attempts=1)
        result = finished(delivery, moving, trouble="delivery", error="answered 400")
        await store.finish_deliveries([(result, dead, receiver)])
        assert [d.id for d in await store.read(reading.deliveries, limit=9, failed=True)] == [delivery.id]

        assert await store.replay([delivery.id]) == 1
        _, [again] = await store.claim_deliveries("desk", limit=9)
        assert again.id == delivery.id
        assert await store.replay([delivery.id], as_new="n1") == 1
        _, [minted] = await store.claim_deliveries("desk", limit=9)
        assert minted.id != delivery.id
        assert minted.alert.id == delivery.alert.id

    asyncio.run(story())


def test_a_delivery_older_than_76_hours_is_dead_and_stays_replayable(
    store: SqliteStore, moving: ManualClock
) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        moving.advance(76 * 3600 + 1)
        far_end, [once] = await store.claim_deliveries("desk", limit=9)  # nobody ran: it was never tried
        result = SendResult(
            delivery=once, at=moving.now(), seconds=0.0, trouble="delivery", error="answered 400"
        )
        await store.finish_deliveries([(result, *retry.after(once, far_end, result))])
        _, claimed = await store.claim_deliveries("desk", limit=9)
        assert claimed == []
        [dead] = await store.read(reading.deliveries, limit=9, failed=True)
        assert dead.state == "dead"
        await store.replay([dead.id])
        _, [again] = await store.claim_deliveries("desk", limit=9)
        assert again.id == dead.id

    asyncio.run(story())


def test_text_is_forgotten_and_identity_is_not(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        it = replace(item("1", moving), summary="a long text")
        await store.apply([outcome(claim, moving, changes=(new(it, "1"),), body_hash="1")])
        moving.advance(20 * 86_400)
        assert await store.prune(keep=86_400.0) == 0
        known = (await store.known("bbc", ["guid:1"], [])).by_key["guid:1"]
        assert (known.summary, known.digest) == ("", it.digest)
        assert await store.prune(keep=86_400.0) == 0  # its key stands in the newest body for ever so long

        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, body_hash="2")])
        moving.advance(31 * 86_400)
        assert await store.prune(keep=86_400.0) == 1
        assert (await store.known("bbc", ["guid:1"], [])).by_key == {}

    asyncio.run(story())


def test_an_item_with_an_open_delivery_is_never_pruned(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await rung(store, moving, "1")
        moving.advance(60)
        claim = await claim_one(store)
        await store.apply([outcome(claim, moving, body_hash="2")])
        moving.advance(60 * 86_400)
        assert await store.prune(keep=1.0) == 0
        assert len(await store.read(reading.items, limit=9)) == 1

    asyncio.run(story())


def test_the_stream_tells_all_in_the_order_of_commits(store: SqliteStore, moving: ManualClock) -> None:
    async def story() -> None:
        await rung(store, moving, "1", "2")
        rows = await store.read(reading.stream, 0, 99)
        assert [(row.kind, row.item is not None, row.alert is not None) for row in rows] == [
            ("item", True, False),
            ("item", True, False),
            ("alert", False, True),
            ("alert", False, True),
        ]
        assert await store.read(reading.stream_end) == rows[-1].cursor
        assert await store.read(reading.stream, rows[1].cursor, 99) == rows[2:]

    asyncio.run(story())


def test_a_database_newer_than_the_program_is_refused_with_a_sentence(
    tmp_path: Path, moving: ManualClock
) -> None:
    path = tmp_path / "newsbell.db"
    SqliteStore(path, moving).close()
    connection = connect(str(path))
    connection.execute("pragma user_version = 999")
    connection.close()
    with pytest.raises(StoreError, match=r"schema 999.*newer newsbell"):
        SqliteStore(path, moving)


def test_a_file_that_is_no_database_is_refused_with_a_sentence(tmp_path: Path, moving: ManualClock) -> None:
    path = tmp_path / "newsbell.db"
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="damaged or is no database"):
        SqliteStore(path, moving)


def test_what_was_committed_is_on_the_disk(store: SqliteStore) -> None:
    """FULL: a commit survives the loss of power, which the ack rule rests on."""

    def settings(connection: sqlite3.Connection) -> tuple[str, int]:
        return (
            connection.execute("pragma journal_mode").fetchone()[0],
            connection.execute("pragma synchronous").fetchone()[0],
        )

    assert asyncio.run(store.database.write(settings)) == ("wal", 2)


def test_a_claim_carries_what_was_learned_of_the_zone_and_when_the_source_was_seen_last(
    store: SqliteStore, moving: ManualClock
) -> None:
    lags = (Lag(ahead=7190.0, gap=300.0), Lag(ahead=7050.5, gap=301.0))

    async def story() -> None:
        await store.sync(sources=[BBC])
        claim = await claim_one(store)
        assert (claim.rhythm.looked_at, claim.lags) == (None, ())
        seen = Rhythm(window=1, looked_at=moving.now())
        await store.apply([outcome(claim, moving, body_hash="1", lags=lags, rhythm=seen)])

        moving.advance(60)
        claim = await claim_one(store)
        assert (claim.rhythm, claim.lags) == (seen, lags)
        await store.apply([outcome(claim, moving, unchanged=True, rhythm=seen)])

        moving.advance(60)
        claim = await claim_one(store)
        assert (claim.rhythm, claim.lags) == (seen, lags)  # a 304 has none, and keeps them
        await store.apply([outcome(claim, moving, body_hash="2", rhythm=seen)])
        await store.sync(sources=[replace(BBC, url="http://127.0.0.1/other")])
        claim = await claim_one(store)
        assert claim.rhythm.looked_at is None  # of this address nothing was seen yet

    asyncio.run(story())


def test_a_guess_stays_one_in_items_and_alerts(store: SqliteStore, moving: ManualClock) -> None:
    guess = Published(
        earliest=moving.now(), latest=moving.now(), origin="text", zone="Europe/Kyiv", sure=False
    )

    async def story() -> None:
        await store.sync(sources=[BBC])
        await store.sync(notifiers={"desk": "a"})
        it = replace(item("1", moving), published=guess)
        claim = await claim_one(store)
        await store.apply(
            [outcome(claim, moving, changes=(new(it, "1"),), rings=(ring(it, moving, "desk"),))]
        )
        [stored] = await store.read(reading.items, limit=9)
        [alert] = await store.read(reading.alerts, limit=9)
        assert stored.published == guess
        assert alert.item is not None
        assert alert.item.published == guess

    asyncio.run(story())


def test_a_file_from_before_zones_is_read_on(tmp_path: Path, moving: ManualClock) -> None:
    """Its items were stated or first seen, and its alerts keep snapshots without zones."""
    path = tmp_path / "old.db"
    old = connect(str(path))
    old.executescript(dict(migrations())[1] + "pragma user_version = 1;")
    lost = {"published_zone", "published_sure", "absent_at"}
    columns = {name: value for name, value in item_columns(item("1", moving)).items() if name not in lost}
    names, marks = ", ".join([*columns, "revised_at"]), ", ".join([*(f":{name}" for name in columns), "0"])
    old.execute(f"insert into items ({names}) values ({marks})", columns)
    told = {**alert_columns(ring(item("1", moving), moving, "desk").alert), "snapshot": json.dumps(columns)}
    had = {row["name"] for row in old.execute("select name from pragma_table_info('alerts')")}
    told = {name: value for name, value in told.items() if name in had}
    old.execute(
        f"insert into alerts ({', '.join(told)}) values ({', '.join(':' + name for name in told)})", told
    )
    old.close()

    store = SqliteStore(path, moving)
    [stored] = asyncio.run(store.read(reading.items, limit=9))
    [alert] = asyncio.run(store.read(reading.alerts, limit=9))
    store.close()
    assert replace(stored, seq=0) == item("1", moving)
    assert alert.item == item("1", moving)


@pytest.mark.parametrize("of_before", [False, True])
def test_what_is_forgotten_gives_its_room_back(tmp_path: Path, moving: ManualClock, of_before: bool) -> None:
    path = tmp_path / "newsbell.db"
    if of_before:  # a file of a version that kept its free pages
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            for number, sql in migrations():
                connection.executescript(f"{sql}\npragma user_version = {number};")
    store = SqliteStore(path, moving)
    with closing(store):

        async def story() -> None:
            await rung(store, moving, *(f"{n} {'x' * 3000}" for n in range(300)))
            await store.database.write(lambda connection: connection.execute("delete from deliveries"))
            await store.database.write(
                lambda connection: connection.execute(
                    "insert into evidence select id, 1, 1, source, url, '', x'' from items"
                )
            )
            moving.advance(500 * 86_400)
            await rung(store, moving, "the only one that stands there now")
            full = await store.database.read(lambda connection: pages(connection))
            await store.prune(keep=86_400)
            left = await store.database.read(lambda connection: pages(connection))
            assert left < full / 2
            assert await store.database.vacuum(pages=1) == 0
            assert await store.database.read(lambda it: [*it.execute("select * from evidence")]) == []

        asyncio.run(story())


def pages(connection: sqlite3.Connection) -> int:
    count: int = connection.execute("pragma page_count").fetchone()[0]
    return count


def test_who_comes_after_one_that_found_it_locked_is_not_kept_waiting_as_long(
    store: SqliteStore, tmp_path: Path
) -> None:
    waits: list[int] = []

    async def write() -> None:
        await store.database.write(
            lambda connection: waits.append(connection.execute("pragma busy_timeout").fetchone()[0])
        )

    async def story() -> None:
        await write()
        with closing(sqlite3.connect(tmp_path / "newsbell.db", isolation_level=None)) as other:
            other.execute("begin immediate")
            store.database._locked = True  # as after the first thirty seconds
            with pytest.raises(StoreError, match="is locked by another process"):
                await write()
            other.execute("rollback")
            await write()  # still impatient, and it goes through
            await write()
        assert waits == [30_000, 500, 30_000]

    asyncio.run(story())
