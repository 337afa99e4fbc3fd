"""A database of which pages are damaged: what each command that reads says of it, real processes over a real file."""

import os
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.daemon.system.test_care import fill, ruin
from tests.virtual import ManualClock

DAMAGED = (
    "the database file is damaged or is no database: `newsbell run` puts its newest backup in its place\n"
)
COMMANDS = (
    ("items",),
    ("items", "a"),
    ("alerts",),
    ("deliveries",),
    ("deliveries", "--latency"),
    ("replay", "--failed"),
    ("sources",),
    ("sources", "--plan"),
    ("why", "headline"),
    ("silence", "--list"),
    ("ack", "abc"),
    ("try", "a", "--since", "7d"),
    ("export", "items"),
    ("export", "alerts", "--format", "csv"),
)


@pytest.fixture
def person(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": os.getcwd()})


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    fill(tmp_path / "newsbell.db", ManualClock(), "a", "b", "c")
    ruin(tmp_path / "newsbell.db")
    return tmp_path


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_says_that_the_file_is_damaged(
    words: tuple[str, ...], damaged: Path, person: Shell
) -> None:
    done = person(*words, "--state", str(damaged))
    assert (done.returncode, done.stderr) == (5, DAMAGED)
