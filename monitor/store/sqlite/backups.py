"""Copies of the database, whether a file is sound, and a copy put in the place of one that is not.

Files beside the database: `newsbell.db.restoring`, a whole copy that is about to take its place, and
`newsbell.db.damaged-TIME` or `.replaced-TIME` with their `-wal` and `-shm`, which are never read again.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from monitor.store import Damaged, StoreError
from monitor.store.owners import give
from monitor.store.sqlite.database import connect, newest_schema, storing
from monitor.store.sqlite.rows import item_of

STAMP = "%Y%m%dT%H%M%SZ"
DAILY = timedelta(days=1)
PAGES = 1_024  # copied between two looks whether to go on
STEPS = 100_000  # of the database's machine between two such looks
SET_ASIDE = 3  # damaged files that are kept: a disk that fails all the time must not fill up
BESIDE = ("-wal", "-shm")


def name(now: datetime) -> str:
    """Return what a backup of `now`, UTC, is called: names sort by time."""
    return f"newsbell-{now:{STAMP}}.db"


def all_of(directory: Path) -> list[Path]:
    """Return the backups in `directory`, newest first."""
    return sorted(directory.glob("newsbell-*.db"), reverse=True)


def made_at(backup: Path) -> datetime | None:
    """Return when a backup was made by its name, None of one that is called otherwise."""
    try:
        return datetime.strptime(f"{backup.stem.removeprefix('newsbell-')}+0000", f"{STAMP}%z")
    except ValueError:
        return None


def is_due(directory: Path, now: datetime) -> bool:
    """Tell whether the newest backup in `directory` is a day old, or none is there."""
    newest = next((at for at in map(made_at, all_of(directory)) if at), None)
    return newest is None or not now - DAILY < newest <= now


def rotate(directory: Path, keep: int) -> list[Path]:
    """Delete all but the `keep` newest backups; return what is gone."""
    old = all_of(directory)[keep:]
    for backup in old:
        backup.unlink(missing_ok=True)
    return old


def copy(database: Path, target: Path, *, go_on: Callable[[], bool] = lambda: True) -> None:
    """Copy what is committed in `database` to `target`, while others read and write it, and look it through.

    `target` is whole or not there, whatever happens. Raises StoreError; Damaged where the copy is not sound,
    for then the database is not.
    """
    part = target.with_name(f"{target.name}.part")
    try:
        with storing(), closing(connect(str(database), readonly=True)) as source:
            source.execute("begin")  # one snapshot: who writes meanwhile does not make it begin anew
            source.execute("select 1 from sqlite_schema").fetchone()
            part.touch(mode=0o600)
            with closing(sqlite3.connect(part, isolation_level=None)) as sink:
                source.backup(sink, pages=PAGES, progress=lambda *_: _look(go_on), sleep=0)
                sink.execute("pragma journal_mode = delete")  # one file, that nobody has to write to read it
                _refuse_unsound(sink, "quick_check")
        _flush(part)
        part.replace(target)
        _flush(target.parent)
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for suffix in ("", *BESIDE, "-journal"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)


def _look(go_on: Callable[[], bool]) -> None:
    if not go_on():
        raise StoreError("the backup was given up: the daemon stops")


class Unreadable(Damaged):
    """Sound as SQLite sees it, and yet there is a row that the program cannot read."""


def check(
    database: Path,
    *,
    depth: Literal["quick", "whole", "rows"] = "quick",
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Raise Damaged where the file is not sound.

    "quick" looks at each page, "whole" also holds rows and indices against each other, and sees whether texts are texts, which takes longer, "rows"
    also reads each row as the program does: then it raises Unreadable, too. Raises StoreError where none of it can
    be told: the file cannot be read at all, or `go_on` said no.
    """
    try:
        with storing(), closing(connect(str(database), readonly=True)) as connection:
            connection.set_progress_handler(lambda: not go_on(), STEPS)
            _refuse_unsound(connection, "quick_check" if depth == "quick" else "integrity_check")
            if depth != "quick":
                _read_texts(connection)
            if depth == "rows":
                _decode(connection)
    except Damaged as damaged:
        if isinstance(damaged.__cause__, sqlite3.DatabaseError):
            raise Damaged(f"the database file is damaged: {damaged.__cause__}") from damaged
        raise


def _refuse_unsound(connection: sqlite3.Connection, pragma: str) -> None:
    found = connection.execute(f"pragma {pragma}(1)").fetchone()[0]
    if found != "ok":
        raise Damaged(f"the database file is damaged: {' '.join(found.split())}")


def _read_texts(connection: sqlite3.Connection) -> None:
    """Read all there is: bytes that are no text any more end that."""
    tables = connection.execute(
        "select name from sqlite_schema where type = 'table' and sql not like 'create virtual%' and name not like 'search%'"
    )
    for (table,) in tables.fetchall():
        for _ in connection.execute(f"select * from {table}"):
            pass


def _decode(connection: sqlite3.Connection) -> None:
    """Read each row as the program does: what is no JSON, or an instant beyond all calendars, ends it at each start."""
    from monitor.store.sqlite.asked.reading import alerts, sources

    try:
        for row in connection.execute("select * from items"):
            item_of(row)
        alerts(connection, limit=-1)
        sources(connection)
    except (ValueError, OverflowError, TypeError, KeyError) as error:
        raise Unreadable(f"the database file is damaged: a row cannot be read: {error}") from error


def schema(database: Path) -> int:
    """Return the number of its last migration; 0 of an empty file. Raises StoreError."""
    with storing(), closing(connect(str(database), readonly=True)) as connection:
        number: int = connection.execute("pragma user_version").fetchone()[0]
        return number


def newest_good(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield the backups from the newest on, each with what is wrong with it, until one with nothing, "": the good one."""
    for backup in all_of(directory):
        wrong = usable(backup)
        yield backup, wrong
        if not wrong:
            return


@contextmanager
def legible(backup: Path, beside: Path) -> Iterator[Path]:
    """Yield `backup`, or a copy of it in the directory `beside` where SQLite can read no such file in its place.

    One in WAL mode, which is one that nobody made by `copy`, is read where its `-shm` can be written: neither in a
    snapshot of a disk nor in an archive that is mounted. Raises StoreError if it cannot be copied.
    """
    if os.access(backup.parent, os.W_OK) or not _in_wal_mode(backup):
        yield backup
        return
    with TemporaryDirectory(prefix="restoring-", dir=beside) as room:
        yield _copied(backup, Path(room))


def _in_wal_mode(database: Path) -> bool:
    """Tell whether a file says so of itself (sqlite.org/fileformat2.html, 1.3.3); one that cannot be read does not."""
    try:
        with database.open("rb") as file:
            return file.read(20)[18:19] == b"\x02"
    except OSError:
        return False


def _copied(backup: Path, room: Path) -> Path:
    try:
        for suffix in ("", "-wal"):
            if (file := Path(f"{backup}{suffix}")).exists():
                shutil.copyfile(file, room / file.name)
    except OSError as error:
        raise StoreError(f"{backup} cannot be copied to {room.parent}: {error.strerror}") from error
    return room / backup.name


def usable(backup: Path) -> str:
    """Return why a file cannot take the place of the database, "" where it can."""
    if not backup.is_file():
        return "there is no such file"
    try:
        check(backup, depth="rows")
        number = schema(backup)
    except StoreError as error:
        return str(error)
    if not 0 < number <= newest_schema():
        return "it is no database of newsbell" if not number else "it was written by a newer newsbell"
    return ""


def put_in_place(backup: Path, database: Path, now: datetime, *, why: str) -> Path | None:
    """Let a copy of `backup` be the database; nobody has it open. Return under which name the one before lies.

    `why` is part of that name. It belongs to whom that one did, whoever restores it. A crash leaves the one before in place, or is made up for by `finish`.
    """
    copy(backup, _restoring(database))
    give(_restoring(database), like=database if database.exists() else database.parent)
    return finish(database, now, why=why)


def finish(database: Path, now: datetime, *, why: str = "damaged") -> Path | None:
    """Do what is left of a restore that was begun; None where nothing was set aside."""
    if not _restoring(database).exists():
        return None
    aside = set_aside(database, now, why=why)
    _restoring(database).replace(database)
    _flush(database.parent)
    return aside


def _restoring(database: Path) -> Path:
    return database.with_name(f"{database.name}.restoring")


def set_aside(database: Path, now: datetime, *, why: str = "damaged") -> Path:
    """Rename the database and what lies beside it, and forget the oldest of those that were set aside before."""
    aside = database.with_name(f"{database.name}.{why}-{now:{STAMP}}")
    for suffix in (*BESIDE, ""):
        if (file := Path(f"{database}{suffix}")).exists():
            file.replace(f"{aside}{suffix}")
    _flush(database.parent)
    before = sorted(database.parent.glob(f"{database.name}.{why}-*Z"), reverse=True)
    for old in before[SET_ASIDE:]:
        for suffix in ("", *BESIDE):
            Path(f"{old}{suffix}").unlink(missing_ok=True)
    return aside


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a directory, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
