"""Set up and run: init, check, run, stop, paths."""

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.places import (
    ConfigOption,
    StateOption,
    UnneededState,
    goes_by,
    load,
    maybe_load,
    owned,
    place,
    require,
)

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Service

LogFormat = Literal["human", "journald", "json"]
STOP_WITHIN = 15.0  # seconds; the daemon gives its deliveries 10
RELOAD_WITHIN = 60.0  # seconds; a hundred thousand rules take some


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(init)
    app.command()(check)
    app.command()(run)
    app.command(hidden=True)(reload)
    app.command(hidden=True)(stop)
    app.command(hidden=True)(paths)


def init(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="Where to write it; - is stdout; default: config.toml."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="F", help="Where to write it, as other commands say it."),
    ] = None,
    state: UnneededState = None,
) -> None:
    """Write a commented config.toml that works as it is."""
    from monitor.cli.failing import Usage
    from monitor.config import starter

    path = file or config or Path("config.toml")
    if str(path) == "-":
        print(starter(), end="")
        return
    if path.exists() and not force:
        raise Usage(f"{path} is there already: edit it, name another file, or say --force")
    try:
        path.write_text(starter(), encoding="utf-8")
    except OSError as error:
        raise Usage(f"{path} cannot be written: {error.strerror}") from error
    said = "" if path == Path("config.toml") else f" --config {shlex.quote(str(path))}"
    print(f"wrote {path}: next `newsbell check{said}`, then `newsbell run{said}`")


def check(
    config: ConfigOption = None,
    state: StateOption = None,
    notify: Annotated[
        str | None,
        typer.Option(
            "--notify", metavar="NAME", help="Show what this notifier sends, and send it one test alert."
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="With --notify: show it, and send nothing.")
    ] = False,
) -> None:
    """Validate the configuration and run its rules' tests.

    Says how long the windows of sources last, and which may lose items, as far as a daemon has measured it.
    """
    from monitor.cli import history, windows
    from monitor.cli.failing import Usage
    from monitor.config import failing_tests
    from monitor.config.text.secrets import quoted
    from monitor.core.plurals import count
    from monitor.daemon.clock import SystemClock

    if preview and notify is None:
        raise Usage("--preview goes with --notify NAME")
    loaded = load(config, state, looking=preview)  # which asks nobody for anything
    measured = windows.measured(loaded, state)
    past, advice = history.week(loaded, state, SystemClock().now())
    for warning in (*loaded.warnings, *windows.losing(loaded, measured), *advice):
        print(warning, file=sys.stderr)
    failures = failing_tests(loaded)
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        raise typer.Exit(3)
    tests = sum(len(rule.rings) + len(rule.silent) for rule in loaded.rules)
    counts = (
        (len(loaded.sources), "source"),
        (len(loaded.rules), "rule"),
        (tests, "rule test"),
        (len(loaded.notifiers), "notifier"),
    )
    print(f"{loaded.path}: {', '.join(count(n, what) for n, what in counts)}: good")
    for one in past:
        print(history.counted(one))
    for line in windows.lines(loaded, measured):
        print(line)
    if notify is not None:
        require(config, state, f"notify {quoted(notify)}")
        raise typer.Exit(_try_notifier(notify, loaded, state, send=not preview))


def _try_notifier(name: str, loaded: "Config", state: Path | None, *, send: bool) -> int:
    import asyncio

    from monitor.cli import typed
    from monitor.daemon.clock import SystemClock
    from monitor.daemon.sending import preview as previews
    from monitor.daemon.trial import send_test
    from monitor.model import Access

    typed.one_of(loaded.notifiers, name, what="notifier", option="--notify")
    notifier, access = loaded.notifiers[name], loaded.access.get(name, Access())
    shown = asyncio.run(previews.preview(notifier, name, access, SystemClock().now()))
    print(f"\n{shown}\n" if shown else f"notify.{name}: its type cannot show what it sends")
    if not send:
        return 0
    database = place(loaded, state).database
    trouble = asyncio.run(send_test(notifier, name, database if os.path.exists(database) else None, access))
    if trouble:
        print(f"notify.{name}: {trouble}", file=sys.stderr)
        return 1
    print(f"notify.{name}: told")
    return 0


def run(
    config: ConfigOption = None,
    state: StateOption = None,
    log_format: Annotated[
        LogFormat | None,
        typer.Option(
            "--log-format", metavar="FORM", help="human, journald or json; default: what fits stderr."
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Also log what brought nothing new.")
    ] = False,
) -> None:
    """Run the daemon in the foreground.

    Alerts go to stdout, one line an event to stderr.
    """
    import asyncio
    import logging
    import signal

    from monitor.daemon.process import run as run_process
    from monitor.daemon.system import logs

    loaded = load(config, whole=True)
    where = place(loaded, state)
    logs.to_stderr(log_format, level=logging.DEBUG if verbose else logging.INFO)
    came = asyncio.run(run_process(loaded, directory=where.directory, database=where.database))
    raise typer.Exit(130 if came is signal.SIGINT else 0)


def reload(config: ConfigOption = None, state: StateOption = None) -> None:
    """Let the daemon read its configuration again, and say what that changed.

    A bad one leaves the old one running. Shows how often new and changed rules would have rung in the last 7 days.
    """
    import signal

    from monitor.cli import history
    from monitor.cli.failing import NoDaemon, Usage
    from monitor.daemon.clock import SystemClock
    from monitor.daemon.system import lock

    loaded = load(config, state, looking=True)  # its errors are shown here, and the daemon is left in peace
    directory = owned(loaded, state).directory
    pid = lock.holder(directory)
    if pid is None:
        raise NoDaemon(f"no daemon runs on {directory}: `newsbell run` starts one")
    before = _noted(loaded, state, pid, reads=1)  # one that starts right now takes a moment
    if not goes_by(before, loaded):
        raise Usage(
            f"the daemon on {directory} goes by {before.config}, not by {loaded.path}:"
            f" newsbell reload --config {shlex.quote(before.config)}"
        )
    os.kill(pid, signal.SIGHUP)
    now = _noted(loaded, state, pid, reads=before.reads + 1)
    if now.refused:
        print(f"{now.refused}\nthe configuration of before runs on", file=sys.stderr)
        raise typer.Exit(3)
    print(f"{now.config} is in effect: {now.changed}")
    past, _ = history.week(loaded, state, SystemClock().now())
    for one in past:
        if one.rule.name in now.rules:
            print(history.counted(one))


def _noted(config: "Config", state: Path | None, pid: int, *, reads: int) -> "Service":
    """Return what the daemon `pid` goes by once it has read its configuration so often."""
    from monitor.cli.failing import NoDaemon
    from monitor.cli.places import reading
    from monitor.daemon.system import lock
    from monitor.store.sqlite import services

    end = time.monotonic() + RELOAD_WITHIN
    while time.monotonic() < end:
        with reading(config, state) as store:
            found = services.read(store)
        if found is not None and found.pid == pid and found.reads >= reads:
            return found
        if lock.holder(owned(config, state).directory) != pid:
            raise NoDaemon(f"process {pid} ended meanwhile: its log says why")
        time.sleep(0.05)
    print(f"process {pid} has not read it within {RELOAD_WITHIN:.0f} s", file=sys.stderr)
    raise typer.Exit(1)


def stop(config: ConfigOption = None, state: StateOption = None) -> None:
    """Stop the daemon and wait until it is gone."""
    import signal

    from monitor.cli.failing import NoDaemon
    from monitor.daemon.system import lock

    directory = owned(maybe_load(config, state), state).directory
    pid = lock.holder(directory)
    if pid is None:
        raise NoDaemon(f"no daemon runs on {directory}")
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + STOP_WITHIN
    while lock.holder(directory) == pid:
        if time.monotonic() > end:
            print(
                f"process {pid} still runs after {STOP_WITHIN:.0f} s: `kill -9 {pid}` loses nothing",
                file=sys.stderr,
            )
            raise typer.Exit(1)
        time.sleep(0.05)
    print(f"stopped process {pid}")


def paths(config: ConfigOption = None, state: StateOption = None) -> None:
    """Show which files this command would use."""
    from monitor.config import ConfigErrors, find

    try:
        chosen = str(find(config, os.environ))
    except ConfigErrors as error:
        chosen = f"none: {next(iter(error)).message}"
    where = place(maybe_load(config), state)
    print(
        f"config    {chosen}\nstate     {where.directory}\ndatabase  {where.database}\nlock      {where.directory / 'lock'}"
    )
