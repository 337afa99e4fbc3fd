"""The care of the database: looked through at start, set aside and restored where it is damaged, copied once a day."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from monitor.core.telling.notices import notice
from monitor.daemon.system.logs import event
from monitor.model import Alert, AlertType, Clock, Severity
from monitor.store import Damaged, StoreError
from monitor.store.owners import give
from monitor.store.sqlite import backups
from monitor.store.sqlite.database import newest_schema

LOOK = timedelta(minutes=1)  # between two looks whether a backup is due, and from the start to the first
BACKUPS = "backups"  # their folder in the state directory
DOUBT = "doubt"  # a file there: the last daemon ended by an error that what it had read may have brought


def ready(directory: Path, database: Path, now: datetime, *, keep: int, damage: str = "") -> Alert | None:
    """See that the database can be opened; the caller holds the lock. Return what has to be told of it.

    A damaged one (it is looked through, and `damage` says what was found while it was in use) is set aside under a
    name with the time, and the newest good backup takes its place; without one the daemon begins anew: it has to
    watch. One in which merely a row cannot be read is left alone then. Before a migration there is a backup, too, unless `keep`, how many are kept, is 0. Raises StoreError
    where the file cannot be read for another reason.
    """
    folder = directory / BACKUPS
    backups.finish(database, now)
    if not database.exists():
        return None
    try:
        if damage:
            raise Damaged(damage)
        backups.check(database, depth="rows" if (directory / DOUBT).exists() else "quick")
    except Damaged as found:
        return _told(_mended(folder, database, now, found), now)
    finally:
        (directory / DOUBT).unlink(missing_ok=True)
    if keep and 0 < backups.schema(database) < newest_schema():
        make(database, folder, now, keep=keep)
    return None


def _mended(folder: Path, database: Path, now: datetime, wrong: Damaged) -> str:
    """Put the newest good backup in the place of the damaged file; return what was done, a sentence."""
    for backup, flaw in backups.newest_good(folder):
        if flaw:
            event("store.unusable", f"{backup} cannot be used: {flaw}", level=logging.ERROR)
            continue
        aside = backups.put_in_place(backup, database, now, why="damaged")
        at = backups.made_at(backup)
        of = f"of {at:%Y-%m-%d %H:%M} UTC " if at else ""
        return f"{wrong}; it is set aside as {aside}, and the backup {of}took its place ({backup})"
    if isinstance(wrong, backups.Unreadable):
        return f"{wrong}; there is no good backup, so it is left as it is"
    aside = backups.set_aside(database, now)
    return f"{wrong}; it is set aside as {aside}, there is no good backup, and all begins anew: sources note what stands there"


def _told(sentence: str, now: datetime) -> Alert:
    event("store.restored", sentence, level=logging.CRITICAL)
    return notice(
        AlertType.STORE_RESTORED,
        f"store.restored/{now.isoformat()}",
        sentence,
        at=now,
        severity=Severity.CRITICAL,
    )


def in_doubt(directory: Path) -> None:
    """Note that the daemon ends by an error, so that the next one looks at each row first."""
    try:
        (directory / DOUBT).touch()
    except OSError as error:
        event("store.trouble", f"{directory / DOUBT}: {error.strerror}", level=logging.ERROR)


def make(
    database: Path, folder: Path, now: datetime, *, keep: int, go_on: Callable[[], bool] = lambda: True
) -> Path:
    """Copy the database into `folder` and delete all but the `keep` newest copies. Raises StoreError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be a directory: {error.strerror}") from error
    give(folder, like=folder.parent)
    backup = folder / backups.name(now)
    backups.copy(database, backup, go_on=go_on)
    give(backup, like=folder)
    backups.rotate(folder, keep)
    return backup


async def keep_backups(directory: Path, database: Path, keep: Callable[[], int], clock: Clock) -> None:
    """Look the whole database through, then make a backup whenever the newest is a day old, until cancelled.

    `keep` says how many, 0 is none. Raises Damaged where the database, or a copy of it, is not sound.
    """
    stopped = False
    try:
        await _aside(
            partial(backups.check, database, depth="whole", go_on=lambda: not stopped), "not looked through"
        )
        while True:
            await clock.sleep_until(clock.now() + LOOK)
            now, folder = clock.now(), directory / BACKUPS
            if keep() and backups.is_due(folder, now):
                made = folder / backups.name(now)
                work = partial(make, database, folder, now, keep=keep(), go_on=lambda: not stopped)
                if await _aside(work, "no backup"):
                    event("store.backup", f"backed up to {made}", file=str(made))
    finally:
        stopped = True


async def _aside(work: Callable[[], object], failing: str) -> bool:
    """Do what takes long on another thread; tell whether it succeeded, and log it where not. Raises Damaged."""
    try:
        await asyncio.to_thread(work)
    except Damaged:
        raise
    except StoreError as error:
        event("store.trouble", f"{failing}: {error}", level=logging.ERROR)
        return False
    return True
