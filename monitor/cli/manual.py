"""man/newsbell.1, made from the commands themselves: `python -m monitor.cli.manual` prints it (man(7), groff)."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from monitor.cli import app

PARAGRAPH = re.compile(r"\n\s*\n")

INTRO = r"""
.SH DESCRIPTION
.B newsbell
polls RSS, Atom and other news feeds, and pages with lists of news, holds each new item and each edit against the rules of its
configuration, and tells whoever asked to hear of it: the terminal, webhooks, mail, chats.
.PP
It runs as a service
.RB ( "newsbell service install" ),
is looked at with
.BR "newsbell watch" ,
and says of each item why it rang or did not with
.BR "newsbell why" .
""".strip()

REST = r"""
.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Some source or delivery failed.
.TP
.B 2
The words of the command are off.
.TP
.B 3
The configuration has errors.
.TP
.B 4
No daemon runs where one is needed.
.TP
.B 5
The database cannot be read or written, or another daemon has it.
.TP
.B 130
Interrupted.
.SH ENVIRONMENT
.TP
.B NEWSBELL_CONFIG
The configuration, where
.B \-\-config
does not name one.
.TP
.B NO_COLOR
No colours.
.SH FILES
.B newsbell paths
shows where the configuration, the database and the rest are. What config.toml may hold is in docs/configuration.md.
.SH SEE ALSO
.BR systemd.service (5),
.BR journalctl (1)
""".strip()


def manual() -> str:
    """Return the page: all commands with their arguments and options."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("newsbell", [], resilient_parsing=True)
    return "\n".join([*_head(group), INTRO, *_commands(group, context), REST, ""])


def _head(group: Any) -> Iterator[str]:
    yield r".\" Made by `python -m monitor.cli.manual > man/newsbell.1`."
    yield '.TH NEWSBELL 1 "" newsbell "User Commands"'
    yield ".SH NAME"
    yield r"newsbell \- watch news feeds and ring when something you asked for happens"
    yield ".SH SYNOPSIS"
    yield ".B newsbell"
    yield ".I COMMAND"
    yield "[OPTIONS] [ARGUMENTS]"


def _commands(group: Any, context: Any) -> Iterator[str]:
    for title, rare in (("COMMANDS", False), ("RARER COMMANDS", True)):
        yield f".SH {title}"
        for name, command in group.commands.items():
            if command.hidden == rare:
                yield from _command(name, command, context)


def _command(name: str, command: Any, parent: Any) -> Iterator[str]:
    context = type(parent)(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f".SS newsbell {_plain(name)} {_plain(usage)}"
    for paragraph in PARAGRAPH.split((command.help or "").strip()):
        yield ".PP"
        yield _plain(" ".join(paragraph.split()))
    for one in command.get_params(context):
        record = one.get_help_record(context)
        if record and one.name != "help":
            yield ".TP"
            yield f".B {_plain(re.sub(r' <[^<>]*>$', '', record[0]))}"
            yield _plain(" ".join(record[1].split())) or r"\&"


def _plain(text: str) -> str:
    r"""Return text as roff prints it: a backslash, a hyphen that stays one, and no request at the beginning of a line.

    >>> _plain(".TH of a\\b --every 'x'")
    "\\&.TH of a\\eb \\-\\-every 'x'"
    """
    safe = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{safe}" if safe.startswith((".", "'")) else safe


if __name__ == "__main__":
    print(manual(), end="")
