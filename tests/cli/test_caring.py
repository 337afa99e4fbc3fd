"""Backups made and put back by the commands, and a real daemon whose database is damaged under it."""

import asyncio
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.store.sqlite import SqliteStore
from tests.cli.test_attaching import like_others
from tests.cli.test_commands import Desk, rss, wait_for
from tests.conftest import Site
from tests.daemon.system.test_care import PAGE, fill, ruin
from tests.store.test_sqlite import rung
from tests.virtual import ManualClock

SERVICE = 4711  # who has the service's state directory


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    site.pages["/rss"] = (200, {}, rss("a: old fire", "b: budget"))
    site.pages["/hook"] = (204, {}, b"")
    return Desk(tmp_path, site)


def database(desk: Desk) -> Path:
    return desk.state / "newsbell.db"


def has_read(desk: Desk, site: Site, times: int = 2) -> None:
    before = site.paths().count("/rss")
    assert site.wait(lambda site: site.paths().count("/rss") >= before + times)


def titles(desk: Desk) -> set[str]:
    return {item["title"] for item in desk.json("items")}


@pytest.mark.torture
def test_a_backup_made_beside_the_daemon_is_put_back_without_it(desk: Desk, site: Site) -> None:
    none = desk("backup")
    assert (none.returncode, "does not exist yet" in none.stderr) == (5, True)
    with desk.daemon() as process:
        has_read(desk, site)
        kept = desk("backup", str(desk.path / "kept.db"))
        assert kept.returncode == 0, kept.stderr
        assert kept.stdout.startswith(f"{desk.path / 'kept.db'}: 0.")
        assert desk("backup", str(desk.path / "kept.db")).returncode == 2
        assert desk("backup").stdout.startswith(f"{desk.state}/backups/newsbell-2")
        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire"))
        wait_for(lambda: "c: new fire" in titles(desk))
        refused = desk("restore", str(desk.path / "kept.db"))
        assert (refused.returncode, str(process.pid) in refused.stderr) == (5, True)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    (desk.path / "text.db").write_text("no database")
    bad = desk("restore", str(desk.path / "text.db"))
    assert (bad.returncode, "cannot be used: " in bad.stderr) == (5, True)
    assert titles(desk) == {"a: old fire", "b: budget", "c: new fire"}

    done = desk("restore", str(desk.path / "kept.db"))
    assert (done.returncode, "; the one before is " in done.stdout) == (0, True), done.stderr
    assert titles(desk) == {"a: old fire", "b: budget"}
    aside = Path(done.stdout.split()[-1])
    assert aside.name.startswith("newsbell.db.replaced-")
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("select count(*) from items").fetchone()[0] == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("before", ["a database", "an empty directory"])
def test_what_root_makes_and_restores_is_the_services(desk: Desk, before: str) -> None:
    desk.state.mkdir()
    fill(database(desk), ManualClock(), "a")
    assert desk("backup", str(desk.path / "kept.db")).returncode == 0
    if before == "an empty directory":
        database(desk).unlink()
    for path in (desk.state, *desk.state.iterdir()):
        os.chown(path, SERVICE, SERVICE)

    assert desk("restore", str(desk.path / "kept.db")).returncode == 0
    assert desk("backup").returncode == 0
    made = list(desk.state.rglob("*"))
    assert {"newsbell.db", "lock", "newsbell.db.lock", "backups"} < {path.name for path in made}
    assert {path.stat().st_uid for path in made} == {SERVICE}
    assert (desk.path / "kept.db").stat().st_uid == 0


def test_a_snapshot_on_a_disk_that_is_only_read_is_restored_with_its_log(desk: Desk) -> None:
    snapshot = desk.path / "snapshot"
    desk.state.mkdir()
    store = SqliteStore(database(desk), clock := ManualClock())
    with closing(store):
        asyncio.run(rung(store, clock, "a", "b"))
        shutil.copytree(desk.state, snapshot)  # as a disk is frozen under a daemon that runs
    (snapshot / "newsbell.db-shm").unlink()
    snapshot.chmod(0o500)

    done = desk("restore", str(snapshot / "newsbell.db"), preexec_fn=like_others)
    snapshot.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert len(desk.json("items")) == 2
    assert not list(desk.state.glob("restoring-*"))


@pytest.mark.torture
def test_a_damaged_database_is_replaced_at_start_and_that_is_told(desk: Desk, site: Site) -> None:
    with desk.daemon() as process:
        has_read(desk, site)
        assert desk("backup").returncode == 0
        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire"))
        assert site.wait(lambda site: "/hook" in site.paths())
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    told = site.paths().count("/hook")
    ruin(database(desk))
    with desk.daemon() as process:
        assert site.wait(lambda site: site.paths().count("/hook") >= told + 2)  # the damage, and c again
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert "newsbell.db.damaged-2" in log
    assert "took its place" in log
    [first, second] = [asked.body for asked in site.requests if asked.path == "/hook"][told:]
    assert b'"store.restored"' in first + second
    assert titles(desk) == {"a: old fire", "b: budget", "c: new fire"}
    rang = [asked for asked in site.requests if asked.path == "/hook" and b"new fire" in asked.body]
    assert len({asked.headers["webhook-id"] for asked in rang}) == 1


@pytest.mark.torture
def test_damage_that_shows_in_use_does_not_end_the_daemon(desk: Desk, site: Site) -> None:
    with desk.daemon() as process:
        has_read(desk, site)
        assert desk("backup").returncode == 0
        with closing(sqlite3.connect(database(desk), isolation_level=None)) as other:
            other.execute("pragma wal_checkpoint(truncate)")
            [root] = other.execute("select rootpage from sqlite_schema where name = 'items'").fetchone()
            with database(desk).open("r+b") as file:
                file.seek((root - 1) * PAGE)
                file.write(b"\xa5" * PAGE)
            other.execute(
                "update receivers set failures = failures"
            )  # what the daemon had read is read again
        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire"))
        assert site.wait(lambda site: "/hook" in site.paths())
        wait_for(lambda: titles(desk) == {"a: old fire", "b: budget", "c: new fire"})
        assert list(desk.state.glob("newsbell.db.damaged-*Z"))
        assert "store.restored" in {alert["type"] for alert in desk.json("alerts")}
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0


@pytest.mark.torture
@pytest.mark.parametrize("table", ["items", "attempts"])
def test_what_the_store_could_not_take_is_made_up_for_when_it_can(desk: Desk, site: Site, table: str) -> None:
    """A poll that could not be committed, and an attempt: neither stays lent out until the next start."""
    with desk.daemon() as process:
        has_read(desk, site)
        with closing(sqlite3.connect(database(desk), isolation_level=None, timeout=20)) as other:
            other.execute(
                f"create trigger no before insert on {table} begin select raise(abort, 'no room'); end"
            )
            site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire"))
            assert process.stderr
            assert any("no room" in line for line in process.stderr)
            other.execute("drop trigger no")
        wait_for(lambda: {one["state"] for one in desk.json("deliveries")} == {"sent"})
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert site.paths().count("/hook") == 1
