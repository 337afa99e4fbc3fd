"""Where the configuration and the state are: options, environment, XDG base directories."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor.config.checks import Wrong, line
from monitor.config.errors import ConfigError, ConfigErrors

NAME = "newsbell"
SQLITE = "sqlite:///"


def find(option: Path | None, environ: Mapping[str, str]) -> Path:
    """Return the configuration to use: `option`, $NEWSBELL_CONFIG, else the first of the usual places.

    A file that was named is returned whether it exists or not: reading it says so. Raises ConfigErrors,
    with the places, where there is none.
    """
    if option is not None:
        return option
    if named := environ.get("NEWSBELL_CONFIG"):
        return Path(named)
    places = list(_usual(environ))
    for place in places:
        if place.exists():
            return place
    looked = ", ".join(map(str, places))
    message = f"there is no configuration (looked for {looked}); `newsbell init` writes one"
    raise ConfigErrors([ConfigError(file=NAME, message=message)])


def _usual(environ: Mapping[str, str]) -> Iterator[Path]:
    yield Path("config.toml")
    for directory in environ.get("CONFIGURATION_DIRECTORY", "").split(":"):  # systemd.exec(5)
        if directory:
            yield Path(directory, "config.toml")
    if base := _base("XDG_CONFIG_HOME", ".config", environ):
        yield base / NAME / "config.toml"


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
