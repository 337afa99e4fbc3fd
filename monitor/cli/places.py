"""Where things are: the options that every command takes, and what they lead to."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from monitor.store.errors import StoreError
from monitor.values import dataclass

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from monitor.config import Config
    from monitor.config.glance import Glance
    from monitor.model import Silence
    from monitor.store.listed import Service

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


DATABASE = "newsbell.db"
NOT_YOURS = "is not yours to read: ask as the user whose daemon it is, or with sudo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a daemon keeps its files."""

    directory: Path
    database: Path
    socket: Path | None = None  # of the service, for those who may not read the database


class Writing(Protocol):
    """What people change: in the file, or by the service's socket."""

    async def replay(self, ids: "Sequence[str]", *, as_new: str = "") -> int:
        """Make deliveries due again; return how many."""

    async def silence(self, silence: "Silence") -> int:
        """Begin a silence; return how many deliveries that waited it holds."""

    async def end_silences(self, ids: "Sequence[str]") -> int:
        """End silences; return how many."""

    def close(self) -> None:
        """Finish, and let go."""


def load(
    config: Path | None,
    state: Path | None = None,
    *,
    looking: bool = False,
    whole: bool = False,
) -> "Config":
    """Return the configuration that `--config` or the search order leads to; raises ConfigErrors.

    Its time zone becomes that of this command. What systemd gives to the service alone need not be there, unless the
    `whole` of it is asked for. Who is only `looking` needs no secret; and who has nothing of their own, nor names a `state`,
    looks at the system's service.
    """
    from monitor import config as configuration
    from monitor.config.reading.kinds import WAYS
    from monitor.daemon.clock import show_in

    path = configuration.find(config, os.environ, system=looking and _owns_nothing(state))
    loaded = configuration.load(
        path, environ=os.environ, without=WAYS if looking else () if whole else lacking()
    )
    show_in(loaded.timezone)
    return loaded


def goes_by(service: "Service", config: "Config") -> bool:
    """Tell whether a daemon goes by the file of this configuration."""
    return Path(service.config).resolve() == config.path.resolve()


def lacking() -> "Collection[str]":
    """Return the ways to secrets that a command has not: credentials are given by systemd to its service alone."""
    return () if "CREDENTIALS_DIRECTORY" in os.environ else ("credential",)


def require(config: Path | None, state: Path | None, what: str) -> None:
    """Raise the ConfigErrors of one thing, as errors call it ("notify 'ops'"), that was loaded without a secret of its own."""
    from monitor.config import ConfigErrors

    try:
        load(config, state, whole=True)
    except ConfigErrors as errors:
        if mine := [error for error in errors if error.message.startswith(f"{what}: ")]:
            raise ConfigErrors(mine) from None


def place(config: "Config | Glance | None", state: Path | None) -> Place:
    """Return where the daemon for `config` and `--state` keeps its files.

    `--state` says where all of them are; without it [store] url may move the database. Raises Usage, and StoreError
    where the database is none to begin with.
    """
    from monitor.cli.failing import Usage
    from monitor.config.places import state_directory

    if state is not None and os.path.isfile(state):  # False where one may not look
        raise Usage(
            f"--state: {state} is a file; name its directory: --state {shlex.quote(str(state.parent))}"
        )
    directory = state_directory(state, os.environ)
    moved = config.database if config is not None and state is None else None
    database = moved or directory / DATABASE
    if os.path.isdir(database):
        raise StoreError(f"{database} is a directory, where the database is to be: move it away")
    return Place(directory=directory, database=database)


def maybe_load(config: Path | None, state: Path | None = None, *, needed: bool = False) -> "Config | None":
    """Return the configuration if there is a good one: most commands do something without it.

    One that was named on the command line, or that is `needed`, must be good where it exists: else raises
    ConfigErrors. Another is left out, which is said.
    """
    loaded, trouble = tried(config, state, needed=needed)
    if trouble:
        print(trouble, file=sys.stderr)
    return loaded


def tried(
    config: Path | None, state: Path | None = None, *, needed: bool = False
) -> "tuple[Config | None, str]":
    """Return the configuration as `maybe_load` does, and the sentence that it says."""
    from monitor.config import ConfigErrors, find
    from monitor.core.plurals import count

    try:
        path = find(config, os.environ, system=not needed and _owns_nothing(state))
    except ConfigErrors:
        return None, ""
    try:
        return load(path, looking=True), ""
    except ConfigErrors as errors:
        if config is not None or needed:
            raise
        many = len(errors.errors)
        what = f"{path} has {count(many, 'error')} and" if path.exists() else f"{path} does not exist and"
        return None, f"{what} is not used: `newsbell check` says more"


def glance(config: Path | None, state: Path | None = None) -> "Glance | None":
    """Return what a good configuration says of whose clock and which file, None where there is none or it is no TOML."""
    from monitor.config import ConfigErrors, find
    from monitor.config.glance import glance
    from monitor.daemon.clock import show_in

    try:
        found = glance(find(config, os.environ, system=_owns_nothing(state)), environ=os.environ)
    except ConfigErrors:
        return None  # who reads all of it says why
    show_in(found.timezone)
    return found


def reached(config: "Config | Glance | None", state: Path | None) -> Place:
    """Return the place that a face looks at: by its file, or where that is not for this user by the service's socket.

    Who has neither a configuration nor a database, and names none, looks at the system's service. Raises Usage, and
    StoreError where neither is for this user.
    """
    from monitor.config import socket_of, system_state

    where = _looked_at(config, state)
    if os.access(where.database, os.R_OK):
        return where
    if _there(where.database):
        if socket := socket_of(where.directory, os.environ):
            return replace(where, socket=socket)
        raise StoreError(f"{where.database} {NOT_YOURS}")
    own = () if state is not None or config is not None else (where.directory, system_state())
    for directory in filter(None, own):
        socket = socket_of(directory, os.environ)
        if socket is not None and _there(socket):
            return Place(directory=directory, database=directory / DATABASE, socket=socket)
    return where


def _looked_at(config: "Config | Glance | None", state: Path | None) -> Place:
    """Return the place of the daemon that goes by a configuration: the system's service where it is of that one."""
    from monitor.config import system_state

    where = place(config, state)
    if state is not None or config is None or os.access(where.database, os.R_OK):
        return where
    ours = system_state(config.path)
    return Place(directory=ours, database=config.database or ours / DATABASE) if ours else where


def _owns_nothing(state: Path | None) -> bool:
    """Tell whether there is nothing of this user's own to look at."""
    from monitor.config import ConfigErrors, state_directory

    try:
        return state is None and not _there(state_directory(None, os.environ) / DATABASE)
    except ConfigErrors:  # nor a home
        return True


def owned(config: "Config | None", state: Path | None) -> Place:
    """Return the place of what needs the files themselves; raises Usage, and StoreError where one may not see them."""
    where = _looked_at(config, state)
    if _hidden(where.directory / "lock"):
        raise StoreError(f"{where.directory} {NOT_YOURS}")
    return where


def _hidden(path: Path) -> bool:
    """Tell whether this user may not even see if there is such a file."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _there(path: Path) -> bool:
    """Tell whether there is something, or something that this user may not see."""
    return _hidden(path) or path.exists()


def opened(where: Place) -> "sqlite3.Connection":
    """Open the database of a place to read it; raises StoreError."""
    from monitor.store.sqlite.database import reader
    from monitor.store.sqlite.outside.through import read_through

    return read_through(where.socket) if where.socket else reader(where.database)


@contextmanager
def reading(config: "Config | None", state: Path | None) -> "Iterator[sqlite3.Connection]":
    """Open the store of the daemon for a configuration and `--state` to read.

    Raises StoreError, also of what is read in it: of a damaged file the first pages may be good.
    """
    from monitor.store.sqlite.database import storing

    connection = opened(reached(config, state))
    try:
        with storing():
            yield connection
    finally:
        connection.close()


@contextmanager
def writing(where: Place) -> Iterator[Writing]:
    """Open the store of a place to change it; raises StoreError."""
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite import SqliteStore
    from monitor.store.sqlite.outside.through import Through

    store: Writing = Through(where.socket) if where.socket else SqliteStore(where.database, SystemClock())
    try:
        yield store
    finally:
        store.close()
