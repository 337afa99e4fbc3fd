"""Completion: what a shell asks while somebody types, answered from the commands themselves."""

import os
from typing import Annotated, Literal

import typer

from monitor.cli.places import UnneededConfig, UnneededState

ASKED = "_NEWSBELL_COMPLETE"  # set by the script in the shell: how it wants to be answered


def register(app: typer.Typer) -> None:
    """Add this group's commands, and answer a shell that asks."""
    app.command(hidden=True)(completion)
    if ASKED in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # typer does not list what it has

        completion_init()


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish"], typer.Argument(metavar="SHELL", help="bash, zsh or fish.")
    ],
    config: UnneededConfig = None,
    state: UnneededState = None,
) -> None:
    """Print what lets a shell complete commands and options.

    bash: eval "$(newsbell completion bash)" in ~/.bashrc; zsh: the same after compinit in ~/.zshrc; fish: newsbell
    completion fish > ~/.config/fish/completions/newsbell.fish
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # as the other

    print(get_completion_script(prog_name="newsbell", complete_var=ASKED, shell=shell))
