"""The database cared for: real files, damaged by hand; what takes their place, and what is told."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from monitor.daemon.system import care
from monitor.model import AlertType
from monitor.store import Damaged, StoreError
from monitor.store.sqlite import SqliteStore, backups
from monitor.store.sqlite.database import migrations
from tests.store.test_sqlite import rung
from tests.virtual import ManualClock

PAGE = 4096


@pytest.fixture
def moving() -> ManualClock:
    return ManualClock()


@pytest.fixture
def desk(tmp_path: Path, moving: ManualClock) -> Path:
    """A state directory whose database has three items, closed in order."""
    fill(tmp_path / "newsbell.db", moving, "a", "b", "c")
    return tmp_path


def fill(database: Path, clock: ManualClock, *keys: str) -> None:
    store = SqliteStore(database, clock)
    with closing(store):
        asyncio.run(rung(store, clock, *keys))


def items(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        count: int = connection.execute("select count(*) from items").fetchone()[0]
        return count


def ruin(database: Path) -> None:
    """Overwrite all pages but the first, as a failing disk would."""
    whole = database.read_bytes()
    database.write_bytes(whole[:PAGE] + b"\xa5" * (len(whole) - PAGE))


def ready(desk: Path, clock: ManualClock, **more: str) -> str:
    alert = care.ready(desk, desk / "newsbell.db", clock.now(), keep=3, **more)
    if alert:
        assert (alert.type, str(alert.severity)) == (AlertType.STORE_RESTORED, "critical")
    return alert.sentence if alert else ""


def back_up(desk: Path, clock: ManualClock, keep: int = 3) -> Path:
    return care.make(desk / "newsbell.db", desk / care.BACKUPS, clock.now(), keep=keep)


def test_a_sound_database_is_left_alone(desk: Path, moving: ManualClock) -> None:
    before = (desk / "newsbell.db").read_bytes()
    assert ready(desk, moving) == ""
    assert (desk / "newsbell.db").read_bytes() == before
    assert [path.name for path in desk.glob("*damaged*")] == []


def test_a_damaged_one_is_set_aside_and_the_newest_good_backup_takes_its_place(
    desk: Path, moving: ManualClock
) -> None:
    back_up(desk, moving)
    fill(desk / "newsbell.db", moving, "d")
    moving.advance(3600)
    ruin(back_up(desk, moving))  # the newest is no good
    (desk / "newsbell.db-wal").write_bytes(b"what was written last")
    ruin(desk / "newsbell.db")

    said = ready(desk, moving)
    assert "is damaged: " in said
    assert "the backup of 2026-03-01 12:01 UTC took its place" in said
    assert items(desk / "newsbell.db") == 3
    aside = f"newsbell.db.damaged-{moving.now():%Y%m%dT%H%M%SZ}"
    assert (desk / f"{aside}-wal").read_bytes() == b"what was written last"
    assert aside in said
    assert (desk / "newsbell.db").stat().st_mode & 0o777 == 0o600
    assert ready(desk, moving) == ""


def test_without_a_good_backup_all_begins_anew_and_that_is_said(desk: Path, moving: ManualClock) -> None:
    ruin(desk / "newsbell.db")
    assert "there is no good backup, and all begins anew" in ready(desk, moving)
    assert not (desk / "newsbell.db").exists()
    fill(desk / "newsbell.db", moving, "e")
    assert items(desk / "newsbell.db") == 1


def test_what_shows_damage_only_in_use_is_replaced_though_it_looks_sound(
    desk: Path, moving: ManualClock
) -> None:
    back_up(desk, moving)
    fill(desk / "newsbell.db", moving, "d")
    assert "took its place" in ready(desk, moving, damage="it was damaged")
    assert items(desk / "newsbell.db") == 3


def test_in_doubt_each_row_is_read(desk: Path, moving: ManualClock) -> None:
    back_up(desk, moving)
    with closing(sqlite3.connect(desk / "newsbell.db", isolation_level=None)) as connection:
        connection.execute("update alerts set snapshot = '{' || snapshot")
    assert ready(desk, moving) == ""  # structure alone does not show it
    care.in_doubt(desk)
    assert "a row cannot be read" in ready(desk, moving)
    assert ready(desk, moving) == ""


def test_a_restore_that_was_cut_short_is_finished(desk: Path, moving: ManualClock) -> None:
    backups.copy(desk / "newsbell.db", desk / "newsbell.db.restoring")
    fill(desk / "newsbell.db", moving, "d")
    assert ready(desk, moving) == ""
    assert items(desk / "newsbell.db") == 3
    assert not (desk / "newsbell.db.restoring").exists()


def test_a_disk_that_fails_all_the_time_does_not_fill_up(desk: Path, moving: ManualClock) -> None:
    back_up(desk, moving)
    for _ in range(5):
        moving.advance(60)
        ruin(desk / "newsbell.db")
        ready(desk, moving)
    assert len(list(desk.glob("newsbell.db.damaged-*Z"))) == backups.SET_ASIDE


def test_a_backup_sees_one_moment_while_others_write(desk: Path, moving: ManualClock) -> None:
    store = SqliteStore(desk / "newsbell.db", moving)
    with closing(store):
        written: list[int] = []

        def meanwhile() -> bool:
            asyncio.run(rung(store, moving, f"later {len(written)}"))
            written.append(1)
            return True

        backups.copy(desk / "newsbell.db", desk / "copy.db", go_on=meanwhile)
        assert written
    assert items(desk / "copy.db") == 3
    assert sorted(path.name for path in desk.iterdir() if "copy" in path.name) == ["copy.db"]


def test_a_backup_that_is_given_up_leaves_nothing(desk: Path) -> None:
    with pytest.raises(StoreError):
        backups.copy(desk / "newsbell.db", desk / "copy.db", go_on=lambda: False)
    assert list(desk.glob("copy*")) == []


def test_a_damaged_database_is_never_backed_up(desk: Path, moving: ManualClock) -> None:
    ruin(desk / "newsbell.db")
    with pytest.raises(Damaged):
        back_up(desk, moving)
    assert backups.all_of(desk / care.BACKUPS) == []


def test_one_a_day_and_so_many_are_kept(desk: Path, moving: ManualClock) -> None:
    keep = 2

    async def days(many: int) -> None:
        keeping = asyncio.create_task(care.keep_backups(desk, desk / "newsbell.db", lambda: keep, moving))
        for _ in range(many * 144):
            while moving.earliest() is None:
                assert not keeping.done()
                await asyncio.sleep(0.001)
            moving.advance(600)
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping

    began = moving.now()
    asyncio.run(days(4))
    made = [backups.made_at(path) for path in backups.all_of(desk / care.BACKUPS)]
    assert [(at - began).days for at in made if at] == [3, 2]

    keep = 0
    asyncio.run(days(2))
    assert [backups.made_at(path) for path in backups.all_of(desk / care.BACKUPS)] == made


def test_an_upgrade_is_backed_up_first(tmp_path: Path, moving: ManualClock) -> None:
    with closing(sqlite3.connect(tmp_path / "newsbell.db", isolation_level=None)) as connection:
        number, sql = migrations()[0]
        connection.executescript(f"{sql}\npragma user_version = {number};")
    assert ready(tmp_path, moving) == ""
    [backup] = backups.all_of(tmp_path / care.BACKUPS)
    assert backups.schema(backup) == 1


def test_rows_without_their_index_are_found_beside_the_polls(desk: Path, moving: ManualClock) -> None:
    with closing(sqlite3.connect(desk / "newsbell.db", isolation_level=None)) as connection:
        connection.execute("pragma writable_schema = on")
        connection.execute(
            "update sqlite_schema set sql = replace(sql, '(source, seq)', '(title, seq)') where name = 'items_source'"
        )
    assert ready(desk, moving) == ""
    with pytest.raises(Damaged, match="missing from index items_source"):
        asyncio.run(care.keep_backups(desk, desk / "newsbell.db", lambda: 3, moving))


def test_text_that_is_none_any_more_is_found_beside_the_polls(desk: Path, moving: ManualClock) -> None:
    with closing(sqlite3.connect(desk / "newsbell.db", isolation_level=None)) as connection:
        connection.execute("update items set title = cast(x'ff61' as text) where rowid = 2")
    assert ready(desk, moving) == ""
    with pytest.raises(Damaged, match="Could not decode to UTF-8"):
        asyncio.run(care.keep_backups(desk, desk / "newsbell.db", lambda: 3, moving))


def test_a_row_that_cannot_be_read_empties_no_database(desk: Path, moving: ManualClock) -> None:
    with closing(sqlite3.connect(desk / "newsbell.db", isolation_level=None)) as connection:
        connection.execute("update alerts set snapshot = '{' || snapshot")
    care.in_doubt(desk)
    assert "there is no good backup, so it is left as it is" in ready(desk, moving)
    assert items(desk / "newsbell.db") == 3
