"""Where things are: the options that every command takes, and what they lead to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import sqlite3

    from monitor.config import Config

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="F", help="The configuration; default: see `newsbell paths`."),
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="D", help="The directory of the database; default: see `newsbell paths`."
    ),
]
# Every command takes both, so that a script may give them to all; these do nothing with them.
UnneededConfig = Annotated[Path | None, typer.Option("--config", metavar="F", hidden=True)]
UnneededState = Annotated[Path | None, typer.Option("--state", metavar="D", hidden=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a daemon keeps its files."""

    directory: Path
    database: Path


def load(config: Path | None) -> "Config":
    """Return the configuration that `--config` or the search order leads to; raises ConfigErrors.

    Its time zone becomes that of this command.
    """
    from monitor import config as configuration
    from monitor.daemon.clock import show_in

    loaded = configuration.load(configuration.find(config, os.environ), environ=os.environ)
    show_in(loaded.timezone)
    return loaded


def place(config: "Config | None", state: Path | None) -> Place:
    """Return where the daemon for `config` and `--state` keeps its files.

    `--state` says where all of them are; without it [store] url may move the database.
    """
    from monitor.config import state_directory

    directory = state_directory(state, os.environ)
    if state is None and config is not None and config.database is not None:
        return Place(directory=directory, database=config.database)
    return Place(directory=directory, database=directory / "newsbell.db")


def maybe_load(config: Path | None) -> "Config | None":
    """Return the configuration if there is a good one: reading the store needs none.

    One that was named on the command line must be good.
    """
    from monitor.config import ConfigErrors

    try:
        return load(config)
    except ConfigErrors:
        if config is not None:
            raise
        return None


@contextmanager
def reading(config: Path | None, state: Path | None) -> "Iterator[sqlite3.Connection]":
    """Open the store of the daemon for `--config` and `--state` to read; raises StoreError."""
    from monitor.store.sqlite.database import reader

    connection = reader(place(maybe_load(config), state).database)
    try:
        yield connection
    finally:
        connection.close()
