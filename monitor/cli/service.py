"""As a service: the unit written with the real command, enabled, and what to type next."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import helping
from monitor.cli.places import UnneededConfig, UnneededState

if TYPE_CHECKING:
    from monitor.daemon.system.units import Unit

HOMES = {"home", "root"}  # what below / the sandbox of the system unit hides (systemd.exec(5), ProtectHome=)

SystemOption = Annotated[
    bool, typer.Option("--system", help="The system's unit, for all users; default: yours alone.")
]
InstanceOption = Annotated[
    str, typer.Option("--instance", metavar="NAME", help="With --system: one of several.")
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    service = helping.App(
        help="Run as a service of systemd.",
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    service.command()(install)
    service.command()(remove)
    app.add_typer(service, name="service")


def install(
    system: SystemOption = False,
    instance: InstanceOption = "",
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="F", help="What it reads; default: see the last lines."),
    ] = None,
    state: UnneededState = None,
) -> None:
    """Write the unit, enable it, and say what to type next."""
    from monitor.daemon.system import units

    unit = _unit(system, instance, config)
    changed = not unit.path.exists() or unit.path.read_text("utf-8") != unit.text
    if changed:
        _write(unit)
    print(f"{'wrote' if changed else 'as before'}: {unit.path}")
    manager = _manager(system)
    if system:
        _called("groupadd", "--system", "--force", units.GROUP)
    for words in (("daemon-reload",), ("enable", "--quiet", unit.name)):
        _called(*manager, *words)
    print(f"enabled {unit.name}: it starts at {'boot' if system else 'your login'}")
    print(*_next(unit, manager, system), sep="\n")


def remove(
    system: SystemOption = False,
    instance: InstanceOption = "",
    config: UnneededConfig = None,
    state: UnneededState = None,
) -> None:
    """Stop and disable the unit and remove its file; configuration and database stay."""
    from monitor.cli.failing import Usage

    unit, manager = _unit(system, instance, None), _manager(system)
    if not unit.path.exists():
        raise Usage(f"there is no {unit.path}")
    _called(*manager, "disable", "--quiet", "--now", unit.name)
    if not instance:  # a template may have other instances
        unit.path.unlink()
    _called(*manager, "daemon-reload")
    print(f"removed {unit.name}; its configuration and its database stay")


def _unit(system: bool, instance: str, config: Path | None) -> "Unit":
    from monitor.cli.failing import Usage
    from monitor.daemon.system import units

    if instance and not system:
        raise Usage("--instance is for --system; a user has one unit")
    if instance and not instance.replace("-", "").replace("_", "").isalnum():
        raise Usage(f"--instance: letters, digits, - and _ only, not {instance!r}")
    command = _command()
    absolute = config.absolute() if config else None
    if not system:
        return units.user(command, config_home=_config_home(), config=absolute)
    for path in (command[0], *([str(absolute)] if absolute else [])):
        if {*Path(path).parts[1:2]} & HOMES:
            raise Usage(
                f"{path} is in somebody's home, which the system unit does not see:"
                " `python3 -m venv /opt/newsbell && /opt/newsbell/bin/pip install newsbell`,"
                " then `/opt/newsbell/bin/newsbell service install --system`"
            )
    return units.system(command, instance=instance, config=absolute)


def _command() -> tuple[str, ...]:
    """Return how this program is called, by whole paths."""
    called = Path(sys.argv[0])
    if called.name == "newsbell" and (found := shutil.which(called)):
        return (os.path.abspath(found),)
    return (sys.executable, "-m", "monitor")


def _config_home() -> Path:
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".config"


def _write(unit: "Unit") -> None:
    from monitor.cli.failing import Usage

    try:
        unit.path.parent.mkdir(parents=True, exist_ok=True)
        unit.path.write_text(unit.text, encoding="utf-8")
    except OSError as error:
        hint = "; --system needs root" if isinstance(error, PermissionError) else ""
        raise Usage(f"{unit.path} cannot be written: {error.strerror}{hint}") from error


def _manager(system: bool) -> tuple[str, ...]:
    return ("systemctl",) if system else ("systemctl", "--user")


def _called(*words: str) -> None:
    from monitor.cli.failing import Usage

    called = " ".join(words)
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Usage(f"`{called}` cannot be called: is this machine run by systemd?") from error
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason"])[0]
        raise Usage(f"`{called}` failed: {said}")


def _next(unit: "Unit", manager: tuple[str, ...], system: bool) -> list[str]:
    """Return what to type next."""
    from monitor.daemon.system import units

    call, journal = " ".join(manager), "journalctl" + ("" if system else " --user")
    lines = ["next:"]
    if not unit.config.exists():
        lines.append(f"  newsbell init {unit.config}")
    lines += [
        f"  newsbell check --config {unit.config}",
        f"  {call} start {unit.name.removesuffix('.service')}",
        f"  {call} status {unit.name.removesuffix('.service')}",
        f"  {journal} -fu {unit.name.removesuffix('.service')}",
    ]
    if system:
        lines.append(
            f"  usermod -aG {units.GROUP} WHO    (who watches, asks why and tells again without sudo)"
        )
    else:
        lines.append("  loginctl enable-linger    (it runs while you are logged out, too)")
    return lines
