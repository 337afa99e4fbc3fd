"""What help says: a command's arguments by their names alone, and `newsbell help` for those who type that."""

import os
import re
import sys
from collections.abc import Collection, Iterable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from monitor.cli.failing import Usage

# What people type who know other programs, and what does it here; what is only spelled alike may do something else.
INSTEAD = {
    "start": "newsbell run",
    "restart": "newsbell reload reads config.toml again; newsbell stop, then newsbell run, starts anew",
    "status": "newsbell sources",
    "list": "newsbell sources, items, alerts or deliveries",
    "logs": "newsbell deliveries, or journalctl -u newsbell",
    "log": "newsbell deliveries, or journalctl -u newsbell",
    "search": "newsbell items QUERY",
    "query": "newsbell items QUERY",
    "test": "newsbell try QUERY --text T, or newsbell check --notify NAME",
    "validate": "newsbell check",
    "remove": "take its lines out of config.toml, then newsbell reload",
    "delete": "take its lines out of config.toml, then newsbell reload",
    "mute": "newsbell silence MATCHER",
    "install": "newsbell service install",
}


class Group(TyperGroup):
    """The commands of the program, and what to type in the place of some that are none."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the words name; raises a usage error."""
        if args and (said := INSTEAD.get(args[0])):
            ctx.fail(f"No such command '{args[0]}': {said}")
        return super().resolve_command(ctx, args)


class Command(TyperCommand):
    """A command whose help says QUERY where typer says "[QUERY] <str>"."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        """Read the words; a query that begins with a minus looks like an option, and is told where it stands."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            if type(error).__name__ == "NoSuchOption":  # click's, or typer's own copy of it
                error.message += self._behind(ctx, given, error.option_name)  # type: ignore[attr-defined]  # by its name it is theirs, which has both
            raise

    def _behind(self, ctx: Any, given: Iterable[str], option: str) -> str:
        """Return where a query that was taken for `option` stands, "" where none was."""
        import shlex

        from monitor.core.telling.render import safe

        word = next((word for word in given if word.startswith(option)), "")
        if option.startswith("--") or not word or all(it.metavar != "QUERY" for it in self.get_params(ctx)):
            return ""
        asked = shlex.quote(safe(word))
        return f"; a query that begins with - stands last, behind --: newsbell {self.name} … -- {asked}"

    def invoke(self, ctx: Any) -> Any:
        """Run it; raises Usage for a text that is none, and for an empty path. A path may be any bytes."""
        for it in self.get_params(ctx):
            given = ctx.params.get(it.name)
            if it.type.name == "str":
                _refuse_bytes((given,) if isinstance(given, str) else given or (), it)
            elif (
                it.type.name == "path" and given == ""
            ):  # `--state "$UNSET"` would mean the current directory
                raise Usage(f"{_called(it)} is empty: name a path")
        return super().invoke(ctx)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return what follows the command's name in the first line."""
        given = [it for it in self.get_params(ctx) if it.param_type_name == "argument"]
        return ["[OPTIONS]", *map(_usage, given)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the two lists, of arguments and of options."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            records = [it.get_help_record(ctx) for it in self.get_params(ctx) if it.param_type_name == kind]
            rows = [
                (_plain(name) if kind == "argument" else name, about) for name, about in filter(None, records)
            ]
            if any(about for _, about in rows):
                with formatter.section(title):
                    formatter.write_dl(rows)


def _refuse_bytes(words: Iterable[str], given: Any) -> None:
    """Raise Usage for a word that is not of the locale's encoding: nothing here can hold or match it."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            said = f"{ascii(os.fsencode(word))[1:]} is not {sys.getfilesystemencoding()}"
            raise Usage(f"{_called(given)}: {said}") from None


def _called(given: Any) -> str:
    name: str = given.metavar if given.param_type_name == "argument" else given.opts[0]
    return name


def _usage(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return (name if argument.required else f"[{name}]") + ("..." if argument.nargs != 1 else "")


def _plain(name: str) -> str:
    return re.sub(r" <[^<>]*>$", "", name)


class App(typer.Typer):
    """A command line of such commands."""

    def command(self, *words: Any, **options: Any) -> Any:
        """Return the decorator that makes a function a command of this class."""
        return super().command(*words, **{"cls": Command, **options})


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("help", hidden=True)(help_)


def help_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="COMMAND", help="Show the help of this one.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="The rest too.")] = False,
) -> None:
    """Show this help, or that of a command; with --all the rarer commands too."""
    parent = context.parent
    assert parent is not None
    commands = parent.command.commands  # type: ignore[attr-defined]  # who helps is always a command of a group, which typer does not say
    if name:
        _refuse_unknown(name, commands)
        asked = type(parent)(commands[name], info_name=name, parent=parent)
        print(commands[name].get_help(asked))
        return
    print(parent.get_help())
    if everything:
        print("\nThe rest:")
        for rare, command in sorted(commands.items()):
            if command.hidden:
                print(f"  {rare:<10} {command.get_short_help_str(80)}")


def _refuse_unknown(name: str, commands: Collection[str]) -> None:
    """Raise Usage for what is no command, with what does it here or what may be meant."""
    from monitor.config.reading import checks
    from monitor.core.telling.render import safe

    if name in commands:
        return
    hint = f": {INSTEAD[name]}" if name in INSTEAD else checks.meant(name, commands)
    raise Usage(f"help: no command is called '{safe(name)}'{hint or '; `newsbell help --all` lists them'}")
