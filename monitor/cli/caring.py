"""The care of the database: backup, restore."""

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.places import ConfigOption, StateOption, maybe_load, owned


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(hidden=True)(backup)
    app.command(hidden=True)(restore)


def backup(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to; default: one more in `backups` of the state."),
    ] = None,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Copy the database while the daemon runs, and look the copy through."""
    from monitor.cli.failing import Usage
    from monitor.config.loading import BACKUPS
    from monitor.daemon.clock import SystemClock
    from monitor.daemon.system import care
    from monitor.store import StoreError
    from monitor.store.sqlite import backups

    loaded = maybe_load(config, state)
    where = owned(loaded, state)
    if not where.database.exists():
        raise StoreError(f"{where.database} does not exist yet: `newsbell run` makes it")
    if file is None:
        keep = max(1, loaded.backups if loaded else BACKUPS)
        made = care.make(where.database, where.directory / care.BACKUPS, SystemClock().now(), keep=keep)
    else:
        if file.exists():
            raise Usage(f"{file} is there already: name another file")
        backups.copy(where.database, file)
        made = file
    print(f"{made}: {made.stat().st_size / 1e6:,.1f} MB, good")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Put a backup in the place of the database, which is set aside.

    Refuses a file that is not whole, and while a daemon runs. What came since the backup is news again.
    """
    from monitor.daemon.clock import SystemClock
    from monitor.daemon.system import lock
    from monitor.store import StoreError
    from monitor.store.sqlite import backups

    where = owned(maybe_load(config, state), state)
    if not where.directory.is_dir():
        raise StoreError(f"{where.directory} does not exist yet: name a directory with --state, or make it")
    with (
        lock.held(where.directory),
        lock.database_held(where.database, where.directory),
        backups.legible(file, where.directory) as found,
    ):
        if wrong := backups.usable(found):
            raise StoreError(f"{file} cannot be used: {wrong}")
        now, database = SystemClock().now(), where.database
        backups.finish(database, now)
        was_there = database.exists()
        aside = backups.put_in_place(found, database, now, why="replaced")
    print(f"{file} is the database now" + (f"; the one before is {aside}" if was_there else ""))
