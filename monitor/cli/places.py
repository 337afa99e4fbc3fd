"""Where things are: the options that every command takes, and what they lead to."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.values import dataclass

if TYPE_CHECKING:
    import sqlite3

    from monitor.config import Config
    from monitor.config.glance import Glance

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


def place(config: "Config | Glance | None", state: Path | None) -> Place:
    """Return where the daemon for `config` and `--state` keeps its files.

    `--state` says where all of them are; without it [store] url may move the database. Raises Usage.
    """
    from monitor.cli.failing import Usage
    from monitor.config.places import state_directory

    if state is not None and state.is_file():
        raise Usage(
            f"--state: {state} is a file; name its directory: --state {shlex.quote(str(state.parent))}"
        )
    directory = state_directory(state, os.environ)
    if state is None and config is not None and config.database is not None:
        return Place(directory=directory, database=config.database)
    return Place(directory=directory, database=directory / "newsbell.db")


def maybe_load(config: Path | None, *, needed: bool = False) -> "Config | None":
    """Return the configuration if there is a good one: most commands do something without it.

    One that was named on the command line, or that is `needed`, must be good where it exists: else raises
    ConfigErrors. Another is left out, which is said.
    """
    loaded, trouble = tried(config, needed=needed)
    if trouble:
        print(trouble, file=sys.stderr)
    return loaded


def tried(config: Path | None, *, needed: bool = False) -> "tuple[Config | None, str]":
    """Return the configuration as `maybe_load` does, and the sentence that it says."""
    from monitor.config import ConfigErrors, find
    from monitor.core.plurals import count

    try:
        path = find(config, os.environ)
    except ConfigErrors:
        return None, ""
    try:
        return load(path), ""
    except ConfigErrors as errors:
        if config is not None or needed:
            raise
        many = len(errors.errors)
        what = f"{path} has {count(many, 'error')} and" if path.exists() else f"{path} does not exist and"
        return None, f"{what} is not used: `newsbell check` says more"


def glance(config: Path | None) -> "Glance | None":
    """Return what a good configuration says of whose clock and which file, None where there is none or it is no TOML."""
    from monitor.config import ConfigErrors, find
    from monitor.config.glance import glance
    from monitor.daemon.clock import show_in

    try:
        found = glance(find(config, os.environ), environ=os.environ)
    except ConfigErrors:
        return None  # who reads all of it says why
    show_in(found.timezone)
    return found


@contextmanager
def reading(config: "Config | None", state: Path | None) -> "Iterator[sqlite3.Connection]":
    """Open the store of the daemon for a configuration and `--state` to read; raises StoreError."""
    from monitor.store.sqlite.database import reader

    connection = reader(place(config, state).database)
    try:
        yield connection
    finally:
        connection.close()
