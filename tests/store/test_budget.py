"""The polls that sources share, in a real file: what each claims, whose turn it is, what a restart changes."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import cadence
from monitor.core.decide import Rulebook, failed, unchanged
from monitor.core.rhythm import learning, price
from monitor.model import Budget, Claim, PollOutcome, Response, Rhythm, Source, Tempo, Trouble
from monitor.rules.engine import Engine
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import history, reading
from monitor.store.sqlite.polling import budget
from monitor.store.sqlite.rows import tempo_bytes, tempo_of
from tests.virtual import ManualClock

BOOK = Rulebook(engine=Engine([]))
FEEDS = [Source(name=f"s{n:02}", url=f"http://127.0.0.1/{n}", every=600.0) for n in range(40)]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "newsbell.db", clock)
    yield store
    store.close()


def looked(claim: Claim, now: datetime, items: int = 0) -> PollOutcome:
    """Return the outcome of a 304, as if `items` had been learnt of by it."""
    response = Response(url=claim.source.url, status=304, received_at=now)
    tempo = claim.rhythm.tempo if claim.rhythm.tempo.at else Tempo(at=now.timestamp() - 86_400.0)
    tempo = learning.learnt(tempo, now.timestamp() - 1, (), count=items)
    claim = replace(claim, rhythm=Rhythm(tempo=tempo, looked_at=now))
    return unchanged(claim, response, BOOK, now=now, jitter=0.0)


async def turn(store: SqliteStore, clock: ManualClock, items: int = 0) -> list[str]:
    """Poll all whose turn it is; return their names."""
    claims = await store.claim_due(limit=1_000)
    await store.apply([looked(claim, clock.now(), items) for claim in claims])
    return [claim.source.name for claim in claims]


def shared(store: SqliteStore) -> Budget:
    return asyncio.run(store.read(budget.read))


def pulls(store: SqliteStore) -> list[float]:
    return [row.pull for row in asyncio.run(store.read(reading.sources))]


def test_the_sum_of_all_claims_is_kept_by_each_poll(store: SqliteStore, clock: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=[*FEEDS[:9], replace(FEEDS[9], pinned=True)])
        for step in range(60):
            clock.advance(97)
            await turn(store, clock, step % 3)

    asyncio.run(story())
    assert shared(store).sources == 9
    assert shared(store).pull == pytest.approx(sum(pulls(store)), rel=1e-9)
    assert pulls(store)[9] == 0.0


def test_who_leaves_takes_his_claim_along(store: SqliteStore, clock: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=FEEDS[:3])
        first, *others = await store.claim_due(limit=9)
        await store.apply([looked(claim, clock.now()) for claim in others])
        gone = Trouble(sentence="answered 410: gone for good", kind="gone")
        await store.apply([failed(first, gone, BOOK, now=clock.now(), jitter=0.0)])

    asyncio.run(story())
    assert shared(store).sources == 2
    assert shared(store).pull == pytest.approx(sum(pulls(store)))
    asyncio.run(store.sync(sources=[replace(FEEDS[1], paused=True), FEEDS[2]]))
    assert shared(store).sources == 1


def test_after_an_outage_the_urgent_are_polled_first_and_the_rest_as_tokens_come_in(
    store: SqliteStore, clock: ManualClock
) -> None:
    hourly = [replace(source, every=3_600.0) for source in FEEDS]

    async def story() -> list[list[str]]:
        await store.sync(sources=hourly)
        claims = await store.claim_due(limit=99)
        await store.apply([looked(claim, clock.now(), items=int(claim.source.name[1:])) for claim in claims])
        clock.advance(6 * 3_600)
        turns = [await turn(store, clock)]
        while sum(map(len, turns)) < 40:
            coming = await store.next_poll_at()
            assert coming is not None
            assert coming > clock.now()
            clock.advance_to(coming)
            turns.append(await turn(store, clock))
        return turns

    turns = asyncio.run(story())
    at_once = int(price.most(shared(store)))
    assert at_once == 12
    busiest = sorted((source.name for source in FEEDS), reverse=True)
    assert sorted(turns[0], reverse=True) == busiest[:at_once]
    assert len(turns) > 10


def test_what_a_window_needs_and_what_is_new_waits_for_no_token(
    store: SqliteStore, clock: ManualClock
) -> None:
    async def story() -> tuple[list[str], list[str]]:
        await store.sync(sources=FEEDS[:20])
        await turn(store, clock)
        await store.database.write(
            lambda connection: connection.execute(
                "update sources set next_poll_at = 1, latest_at = iif(name < 's02', 1, null)"
            )
        )
        await store.database.write(lambda connection: connection.execute("update budget set tokens = -50"))
        first = await turn(store, clock)
        await store.sync(sources=FEEDS[:22])
        return first, await turn(store, clock)

    needed, new = asyncio.run(story())
    assert sorted(needed) == ["s00", "s01"]
    assert sorted(new) == ["s20", "s21"]


def story(path: Path, is_restarted: Callable[[int, bool], bool]) -> list[datetime]:
    """Return when the next poll was due after each of thirty steps, with a restart before those of which it is told so."""

    async def due() -> list[datetime]:
        own, moved = ManualClock(), list[datetime]()
        store = SqliteStore(path, own)
        await store.sync(sources=FEEDS[:5])
        for step in range(30):
            own.advance(211)
            coming = await store.next_poll_at()
            if is_restarted(step, coming is not None and coming <= own.now()):
                store.close()
                store = SqliteStore(path, own)
                await store.recover()
                await store.sync(sources=FEEDS[:5])
            await turn(store, own, step % 2)
            coming = await store.next_poll_at()
            assert coming is not None
            moved.append(coming)
        store.close()
        return moved

    return asyncio.run(due())


def test_a_restart_changes_no_due_time(tmp_path: Path) -> None:
    """The same claims, from a file that was closed and opened wherever no poll was due, are decided alike."""
    through = story(tmp_path / "through.db", lambda step, overdue: False)
    broken = story(tmp_path / "broken.db", lambda step, overdue: not overdue)
    assert [at.timestamp() for at in broken] == pytest.approx([at.timestamp() for at in through], abs=1e-4)


def test_a_restart_moves_the_price_only_by_the_time_in_which_polls_were_due(tmp_path: Path) -> None:
    through = story(tmp_path / "through.db", lambda step, overdue: False)
    broken = story(tmp_path / "broken.db", lambda step, overdue: step % 7 == 3)
    assert max(abs((a - b).total_seconds()) for a, b in zip(through, broken, strict=True)) < 15


@given(
    numbers=st.lists(st.floats(0, 1e12), min_size=8, max_size=8),
    hours=st.lists(st.floats(0, 1e6), min_size=24, max_size=24),
    minutes=st.lists(st.floats(0, 1e6), min_size=60, max_size=60),
)
def test_a_tempo_is_stored_to_the_bit_in_a_kilobyte(
    numbers: Sequence[float], hours: Sequence[float], minutes: Sequence[float]
) -> None:
    names = ("items", "exposure", "seen", "matched", "lately", "brought", "predicted", "at")
    tempo = Tempo(
        **dict(zip(names, numbers, strict=True)),
        hours=tuple(hours),
        watched=tuple(hours[::-1]),
        minutes=tuple(minutes),
    )
    assert tempo_of(tempo_bytes(tempo)) == tempo
    assert len(tempo_bytes(tempo)) <= 1_000


def test_another_priority_is_another_claim_at_the_next_start(store: SqliteStore, clock: ManualClock) -> None:
    asyncio.run(store.sync(sources=FEEDS[:2]))
    asyncio.run(store.sync(sources=[replace(FEEDS[0], priority=4.0), FEEDS[1]]))
    usual = cadence.pull(FEEDS[1], Rhythm(), clock.now())
    assert pulls(store) == pytest.approx([2 * usual, usual])
    assert shared(store).pull == pytest.approx(3 * usual)


def test_the_history_of_an_hour_counts_its_polls(store: SqliteStore, clock: ManualClock) -> None:
    async def story() -> None:
        await store.sync(sources=FEEDS[:1])
        await turn(store, clock)
        clock.advance(1_200)
        [claim] = await store.claim_due(limit=1)
        down = Trouble(sentence="answered 503", kind="status", status=503)
        await store.apply([failed(claim, down, BOOK, now=clock.now(), jitter=0.0)])

    begin = clock.now()
    asyncio.run(story())
    [hour] = asyncio.run(store.read(history.polled, begin, source="s00"))
    assert (hour.polls, hour.not_modified, hour.failed, hour.outside) == (2, 1, 1, 0)
    assert hour.at == begin
    asyncio.run(store.prune(keep=90 * 86_400.0))
    assert len(asyncio.run(store.read(history.polled, begin))) == 1
    clock.advance(timedelta(days=15).total_seconds())
    asyncio.run(store.prune(keep=90 * 86_400.0))
    assert asyncio.run(store.read(history.polled, begin)) == []


def test_alike_who_fails_comes_last_and_who_was_never_looked_at_first(tmp_path: Path) -> None:
    """Three sources of a domain whose first one answers 429: by name, the third was never asked."""
    clock = ManualClock()

    async def story() -> None:
        store = SqliteStore(tmp_path / "db", clock)
        names = ["a", "b", "c"]
        await store.sync(
            sources=[
                Source(name=name, url=f"http://127.0.0.1/{name}", every=60.0, pinned=True) for name in names
            ]
        )
        assert [claim.source.name for claim in await store.claim_due(limit=9)] == names

        def polled(connection: sqlite3.Connection) -> None:
            connection.execute("update sources set claimed_at = null, next_poll_at = 0")
            connection.execute("update sources set failures = 1, last_poll_at = 1 where name = 'a'")
            connection.execute("update sources set last_poll_at = 2 where name = 'b'")

        await store.database.write(polled)
        assert [claim.source.name for claim in await store.claim_due(limit=9)] == ["c", "b", "a"]
        store.close()

    asyncio.run(story())
