"""Where the configuration and the state are: options, environment, XDG base directories."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.reading.checks import Wrong, line

NAME = "newsbell"
FILE = "config.toml"
SOCKET = "newsbell.sock"
SQLITE = "sqlite:///"
_ETC, _STATE, _RUN = Path("/etc"), Path("/var/lib"), Path("/run")  # systemd.exec(5), of the system's services


def find(option: Path | None, environ: Mapping[str, str], *, system: bool = False) -> Path:
    """Return the configuration to use: `option`, $NEWSBELL_CONFIG, else the first of the usual places.

    A file that was named is returned whether it exists or not: reading it says so. With `system` the last of them is
    that of the system's service, if this user may read it. Raises ConfigErrors, with the places, where there is none.
    """
    if option is not None:
        return option
    if named := environ.get("NEWSBELL_CONFIG"):
        return Path(named)
    places = list(_usual(environ))
    for place in places:
        if place.exists():
            return place
    if system and os.access(service := _ETC / NAME / FILE, os.R_OK):
        return service
    looked = ", ".join(map(str, places))
    message = f"there is no configuration (looked for {looked}); `newsbell init` writes one"
    raise ConfigErrors([ConfigError(file=NAME, message=message)])


def _usual(environ: Mapping[str, str]) -> Iterator[Path]:
    yield Path(FILE)
    for directory in environ.get("CONFIGURATION_DIRECTORY", "").split(":"):  # systemd.exec(5)
        if directory:
            yield Path(directory, FILE)
    if base := _base("XDG_CONFIG_HOME", ".config", environ):
        yield base / NAME / FILE


def state_directory(option: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where the daemon keeps its files: `option`, $STATE_DIRECTORY, else XDG's place.

    Raises ConfigErrors where there is no home for it.
    """
    if option is not None:
        return option
    if given := environ.get("STATE_DIRECTORY", "").split(":")[0]:  # systemd.exec(5): the first of several
        return Path(given)
    if base := _base("XDG_STATE_HOME", ".local/state", environ):
        return base / NAME
    raise ConfigErrors(
        [
            ConfigError(
                file=NAME, message="this user has no home to keep files in: name a directory with --state"
            )
        ]
    )


def _base(variable: str, usual: str, environ: Mapping[str, str]) -> Path | None:
    """Return an XDG base directory, None for a user without a home (systemd's dynamic ones); a relative one
    counts for nothing, as its specification has it."""
    given = Path(environ.get(variable, ""))
    if given.is_absolute():
        return given
    try:
        return Path(environ.get("HOME") or Path.home(), usual)
    except RuntimeError:
        return None


def database(value: object) -> Path:
    """Return the file that [store] url names; raises Wrong."""
    like = '"sqlite:///var/lib/newsbell/newsbell.db"'
    url = line(value, like)
    scheme = url.partition(":")[0].lower()
    if scheme.startswith("postgres"):
        raise Wrong("postgresql://… is not in this version")
    name = url.removeprefix(SQLITE).lstrip("/")
    if not url.startswith(SQLITE) or not name or name.endswith("/"):
        raise Wrong(f"must be sqlite:/// and the whole path of a file, as in {like}")
    if name in {":memory:", "~"} or name.startswith("~/"):
        raise Wrong(f"must name a file by its whole path, as in {like}")
    return Path("/", name)


def socket_to_open(environ: Mapping[str, str]) -> Path | None:
    """Return where a service has its socket: in $RUNTIME_DIRECTORY, which systemd makes for it; None for who is none."""
    directory = environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(directory, SOCKET) if directory else None


def socket_of(directory: Path, environ: Mapping[str, str]) -> Path | None:
    """Return where the service that keeps its files in `directory` has its socket, as the units have it.

    >>> print(socket_of(Path("/var/lib/newsbell"), {}), socket_of(Path("/var/lib/newsbell@desk"), {}))
    /run/newsbell/newsbell.sock /run/newsbell@desk/newsbell.sock
    >>> own = {"HOME": "/home/a", "XDG_RUNTIME_DIR": "/run/user/7"}
    >>> print(socket_of(Path("/home/a/.local/state/newsbell"), own), socket_of(Path("/elsewhere"), own))
    /run/user/7/newsbell/newsbell.sock None
    """
    whole = Path(os.path.abspath(directory))
    if whole.parent in (_STATE, _STATE / "private") and whole.name.partition("@")[0] == NAME:
        return _RUN / whole.name / SOCKET  # "private" is where a dynamic user's directory lies
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    base = _base("XDG_STATE_HOME", ".local/state", environ)
    return Path(runtime, NAME, SOCKET) if runtime and base and whole == base / NAME else None


def system_state(config: Path | None = None) -> Path | None:
    """Return where the system's service that reads `config` keeps its files; None where it is no such service's.

    >>> print(system_state(), system_state(Path("/etc/newsbell/desk/config.toml")), system_state(Path("config.toml")))
    /var/lib/newsbell /var/lib/newsbell@desk None
    """
    if config is None:
        return _STATE / NAME
    whole = Path(os.path.abspath(config))
    if whole == _ETC / NAME / FILE:
        return _STATE / NAME
    instance = whole.name == FILE and whole.parent.parent == _ETC / NAME
    return _STATE / f"{NAME}@{whole.parent.name}" if instance else None
