"""The manual page: what is in it, and what groff says of it."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import app
from monitor.cli.manual import manual

PAGE = Path(__file__).parents[2] / "man" / "newsbell.1"


def test_the_page_has_every_command_and_every_option() -> None:
    text = manual()
    group: Any = typer.main.get_command(app)
    assert len(group.commands) > 20
    for name, command in group.commands.items():
        section = text.partition(f".SS newsbell {name} ")[2].partition(".SS ")[0]
        assert section, name
        for one in (it for it in command.params if not getattr(it, "hidden", False)):
            words = [word for word in getattr(one, "opts", []) if word.startswith("--")]
            assert all(word.replace("-", r"\-") in section for word in words), (name, words)


def test_the_page_is_of_these_commands() -> None:
    assert PAGE.read_text("utf-8") == manual()


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here (Debian: apt install groff)")
def test_groff_finds_nothing_to_mend() -> None:
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-z", PAGE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
