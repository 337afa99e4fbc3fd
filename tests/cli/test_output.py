"""What a command does whose words are no text, and whose output is closed, full or of few letters: real processes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from monitor.model import Source
from tests.cli.shell import Shell
from tests.desk import EVERYTHING, START, Desk, line

TITLE = "Вибух 🔥 – déjà"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def person(tmp_path: Path) -> Shell:
    """Somebody beside a store with an item that rang."""
    room = Desk(
        [Source(name="wire", url="https://e.org/rss")], [EVERYTHING], path=str(tmp_path / "newsbell.db")
    )
    room.read("wire", [], START)
    room.read("wire", [line(TITLE, guid="1", url="https://e.org/1")], START)
    room.connection.close()
    home = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": os.getcwd(), "LANG": "C.UTF-8"}
    return Shell(tmp_path, {**home, "TZ": "UTC"})


def through_shell(person: Shell, words: str, how: str) -> subprocess.CompletedProcess[str]:
    command = " ".join(person.command(*words.split(), "--state", "."))
    return person.runs(["sh", "-c", f"{command} {how}"])


@pytest.mark.parametrize("words", ["items", "deliveries"])
def test_all_there_is_may_be_asked_for_by_any_number(person: Shell, words: str) -> None:
    done = person(words, "-n", "99999999999999999999", "--state", ".")
    assert (done.returncode, done.stderr) == (0, "")
    assert TITLE in done.stdout


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["why", b"\xff"], "WHAT: '\\xff'"),
        (["silence", b"rule=\xff"], "MATCHER: 'rule=\\xff'"),
        (["silence", "rule=a", "--comment", b"\xff"], "--comment: '\\xff'"),
        (["replay", b"\xff"], "ID: '\\xff'"),
        (["deliveries", b"\xff"], "ID: '\\xff'"),
        (["ack", b"\xff"], "ALERT: '\\xff'"),
    ],
)
def test_a_word_that_is_no_text_is_one_sentence(person: Shell, words: list[str], what: str) -> None:
    done = person.runs([*person.command(), *words, "--state", "."])
    assert (done.returncode, done.stderr) == (2, f"{what} is not utf-8\n")


def test_a_path_may_be_any_bytes(person: Shell) -> None:
    name = os.fsdecode(b"caf\xe9.urls")
    (person.path / name).write_text("https://a.example.org/rss\n")
    (person.path / "config.toml").write_text("")
    done = person("import", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 feed added under 1 tag" in done.stdout


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_what_is_closed_is_left_alone(person: Shell, closed: str) -> None:
    done = through_shell(person, "items", closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert (TITLE in done.stdout) is not closed.startswith(">")
    unknown = through_shell(person, "why nothing-of-the-kind", closed)
    assert (unknown.returncode, unknown.stdout) == (1, "")


@pytest.mark.parametrize("words", ["items", "export items", "alerts --json"])
def test_a_full_disk_is_one_sentence(person: Shell, words: str) -> None:
    done = through_shell(person, words, ">/dev/full")
    assert (done.returncode, done.stderr) == (1, "not all could be written: No space left on device\n")


@pytest.mark.parametrize("environ", [ASCII, {"PYTHONIOENCODING": "latin-1"}], ids=["ascii", "latin-1"])
def test_a_letter_that_stdout_has_not_is_escaped_and_json_stays_the_same(
    person: Shell, environ: dict[str, str]
) -> None:
    person.environ |= environ
    for words in (["items"], ["alerts"], ["deliveries"], ["why", "https://e.org/1"]):
        done = subprocess.run(
            [*person.command(*words), "--state", "."],
            env=person.environ, cwd=person.path, capture_output=True, check=False, timeout=50,
        )  # fmt: skip
        idle = b"no daemon runs: this is how the last one left it; `newsbell run` starts one\n"
        assert (done.returncode, done.stderr) == (0, idle if words[0] == "why" else b"")
        assert rb"\u0412\u0438\u0431\u0443\u0445 \ud83d\udd25" in done.stdout
    told = subprocess.run(
        [*person.command("items", "--json"), "--state", "."],
        env=person.environ, cwd=person.path, capture_output=True, check=True, timeout=50,
    )  # fmt: skip
    assert json.loads(told.stdout.decode("latin-1"))["title"] == TITLE
