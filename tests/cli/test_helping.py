"""What help says: in a reader's words, not in Python's."""

import re
from pathlib import Path

import pytest
import typer

from monitor.cli import GROUPS, app, command_line
from tests.cli.test_commands import Desk
from tests.conftest import Site

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    return Desk(tmp_path, site)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    app(words, prog_name="newsbell", standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_has_help_without_types_and_double_brackets(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    help_ = told(capsys, name, "--help")
    assert not re.search(r"<[\w\[\]]+>|\[\[|\{", help_)
    for line in help_.splitlines():
        assert not re.fullmatch(r"  [A-Z]+", line), "an argument without a word about it"
    first = help_.splitlines()[2].strip()
    assert first.endswith("."), "cut off, or no sentence"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_takes_the_name_of_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "help", name) == told(capsys, name, "-h")


def test_the_list_of_commands_cuts_no_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert "..." not in told(capsys, "help", "--all").replace("[ARGS]...", "")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("itms", " (did you mean 'items'?)"),
        ("status", ": newsbell sources"),
        ("bogus", "; `newsbell help --all` lists them"),
    ],
)
def test_help_for_what_is_no_command_names_what_may_be_meant(desk: Desk, word: str, hint: str) -> None:
    done = desk("help", word, where=False)
    assert (done.returncode, done.stderr) == (2, f"help: no command is called '{word}'{hint}\n")


def test_paths_says_in_words_that_there_is_no_configuration(desk: Desk) -> None:
    desk.config.unlink()
    done = desk("paths", where=False)
    assert done.returncode == 0
    assert done.stdout.startswith("config    none: there is no configuration (looked for config.toml, ")


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_has_the_commands_it_is_found_by(group: str) -> None:
    found = typer.main.get_command(command_line([group])).commands  # type: ignore[attr-defined]  # a group
    assert sorted(found) == sorted(GROUPS[group])
