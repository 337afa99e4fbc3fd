"""The command `newsbell`: one file a group of commands; each parses, calls one function, prints.

Results go to stdout, the rest to stderr. Exit: 0 done, 1 some source or delivery failed, 2 usage,
3 configuration, 4 no daemon, 5 store, 130 interrupted.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import __version__
from monitor.cli import helping, output

# Each file of this room with its commands, in the order of the help: what was asked for is loaded, the rest is not.
GROUPS: Mapping[str, Sequence[str]] = {
    "trying": ("demo", "watch", "fetch", "try"),
    "setup": ("init", "check", "run", "reload", "stop", "paths"),
    "service": ("service",),
    "adding": ("add",),
    "lists": ("import",),
    "exporting": ("export",),
    "look": ("items", "alerts", "sources", "why"),
    "tell": ("deliveries", "replay"),
    "hushing": ("silence", "ack"),
    "caring": ("backup", "restore"),
    "completing": ("completion",),
    "helping": ("help",),
}

if TYPE_CHECKING:
    app: helping.App  # all of it


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["app"] = command_line(GROUPS)
    return globals()["app"]


def command_line(groups: Iterable[str]) -> helping.App:
    """Return the command line of some groups."""
    made = helping.App(
        name="newsbell",
        cls=helping.Group,
        help="Watches news feeds and rings when something you asked for happens.",
        epilog="First: newsbell demo · newsbell watch URL --match 'nuclear OR \"dirty bomb\"' · newsbell init · newsbell help --all",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_all)
    for group in groups:
        import_module(f"monitor.cli.{group}").register(made)
    return made


def asked(words: Sequence[str]) -> helping.App:
    """Return the command line that answers `words`: that of the group of their command, of all where it is none, or help."""
    found = [group for group, names in GROUPS.items() if words and words[0] in names and group != "helping"]
    return command_line(found or GROUPS)


def _version(asked: bool) -> None:
    if asked:
        print(f"newsbell {__version__}")
        raise typer.Exit


def _all(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Watches news feeds and rings when something you asked for happens."""


def main() -> None:
    """Run the command line and exit with the status of the table above."""
    output.ready()
    try:
        _run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # nobody reads on: `newsbell items | head`
        output.end(0)
    except SystemExit as end:
        if end.code == 1 and isinstance(end.__context__, BrokenPipeError):  # typer makes 1 of it
            output.end(0)
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in output.FULL:
            print(f"not all could be written: {error.strerror}", file=sys.stderr)
            output.end(1)
        from monitor.cli.failing import status_of

        status = status_of(error)
        if status is None:
            raise
        print(error, file=sys.stderr)
        sys.exit(status)


def _run(words: Sequence[str]) -> None:
    """Run a command, and write out what it printed: what cannot be written is trouble of this command."""
    try:
        asked(words)(prog_name="newsbell")
    finally:
        sys.stdout.flush()
