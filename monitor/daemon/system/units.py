"""The units that systemd is given: texts of systemd/ with the real command in them, and where they belong."""

import re
from pathlib import Path

import monitor
from monitor.values import dataclass

SYSTEM = Path("/etc/systemd/system")
GROUP = "newsbell"  # whom the system's service lets in at its socket
_EXEC = re.compile(r"^ExecStart=.*$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_@+./:=,-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit file as it is to be."""

    name: str  # as systemctl knows it
    path: Path
    text: str
    config: Path  # what the daemon will read


def user(command: tuple[str, ...], *, config_home: Path, config: Path | None = None) -> Unit:
    """Return the unit of one user; `config_home` is $XDG_CONFIG_HOME."""
    return Unit(
        name="newsbell.service",
        path=config_home / "systemd" / "user" / "newsbell.service",
        text=_with("user/newsbell.service", command, config),
        config=config or config_home / "newsbell" / "config.toml",
    )


def system(command: tuple[str, ...], *, instance: str = "", config: Path | None = None) -> Unit:
    """Return the system unit, or with `instance` the template of several."""
    file = "newsbell@.service" if instance else "newsbell.service"
    return Unit(
        name=f"newsbell@{instance}.service" if instance else file,
        path=SYSTEM / file,
        text=_with(file, command, config),
        config=config or Path("/etc/newsbell", instance, "config.toml"),
    )


def _with(file: str, command: tuple[str, ...], config: Path | None) -> str:
    words = (*command, "run", *(("--config", str(config)) if config else ()))
    line = "ExecStart=" + " ".join(map(quoted, words))
    return _EXEC.sub(lambda _: line, _text(file))


def _text(file: str) -> str:
    """Return a unit as it is shipped: in the wheel beside the code, in a checkout at its top."""
    here = Path(monitor.__file__).parent
    shipped = here / "units" / file
    return (shipped if shipped.exists() else here.parent / "systemd" / file).read_text("utf-8")


def quoted(word: str) -> str:
    """Return a word of a command line as systemd reads it (systemd.service(5), "Command lines").

    >>> quoted("/opt/newsbell/bin/newsbell"), quoted("/home/a b/50%")
    ('/opt/newsbell/bin/newsbell', '"/home/a b/50%%"')
    """
    safe = word.replace("%", "%%").replace("$", "$$")
    if _PLAIN.fullmatch(safe):
        return safe
    return '"' + safe.replace("\\", "\\\\").replace('"', '\\"') + '"'
