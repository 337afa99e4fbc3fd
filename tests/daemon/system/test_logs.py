"""One line an event, in three forms; what strangers wrote breaks none of them."""

import ast
import io
import json
import logging
import os
import select
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import pytest

import monitor
from monitor.daemon.system import logs
from monitor.daemon.system.events import EVENTS, page

HOSTILE = "bbc: answered \x1b[31m<2>\nfake: line\u202e evil"


def said(form: logs.Format, sentence: str, **fields: Any) -> str:
    stream = io.StringIO()
    logs.set_up(stream, form)
    logs.event("source.failing", sentence, level=logging.WARNING, **fields)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["human", "journald", "json"])
def test_an_event_is_one_line_whatever_it_says(form: logs.Format) -> None:
    text = said(form, HOSTILE, source=HOSTILE)
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_the_journal_gets_a_priority_and_no_time() -> None:
    assert said("journald", "bbc: answered 503") == "<4>bbc: answered 503\n"


def test_json_has_event_and_fields() -> None:
    line = json.loads(said("json", "bbc: answered 503", source="bbc", failures=3))
    assert (line["event"], line["source"], line["failures"], line["level"]) == (
        "source.failing",
        "bbc",
        3,
        "warning",
    )


def test_what_warns_says_why_in_a_word() -> None:
    assert json.loads(said("json", "bbc: answered 503", code="http-503"))["error_id"] == "http-503"
    assert json.loads(said("json", "bbc: drifts"))["error_id"] == "source.failing"
    stream = io.StringIO()
    logs.set_up(stream, "json")
    logs.event("daemon.ready", "ready", sources=3)
    line = json.loads(stream.getvalue())
    assert (line["error_id"], line["source"], line["sources"]) == (None, None, 3)


def test_a_long_value_is_cut() -> None:
    line = json.loads(said("json", "x", source="y" * 10_000))
    assert len(line["source"]) == logs.LONGEST


def test_each_line_of_a_traceback_has_its_priority() -> None:
    stream = io.StringIO()
    logs.set_up(stream, "journald")
    try:
        raise ValueError("a bug")
    except ValueError:
        logs.log.exception("broke")
    assert all(line.startswith("<3>") for line in stream.getvalue().splitlines())


def test_the_journal_is_known_by_its_stream(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path_factory.mktemp("journal") / "stderr"
    with path.open("w") as stream:
        stat = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{stat.st_dev}:{stat.st_ino}")
        assert logs.fitting(stream) == "journald"
        monkeypatch.setenv("JOURNAL_STREAM", "1:1")
        assert logs.fitting(stream) == "human"


@pytest.fixture
def stderr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """A stderr that is the journal's."""
    with (tmp_path / "stderr").open("w+") as stream:
        stat = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{stat.st_dev}:{stat.st_ino}")
        monkeypatch.setattr("monitor.daemon.system.journal.SOCKET", str(tmp_path / "socket"))
        yield stream
    logs.set_up(io.StringIO(), "human")


def test_the_journal_gets_an_event_with_its_fields(stderr: TextIO, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "socket"))
        logs.set_up(stderr)
        logs.event(
            "source.failing", HOSTILE, level=logging.WARNING, source="bbc", code="http-503", failures=3
        )
        fields = dict(line.split("=", 1) for line in journal.recv(65_536).decode().splitlines())
        assert fields == {
            "MESSAGE": fields["MESSAGE"],
            "PRIORITY": "4",
            "SYSLOG_IDENTIFIER": "newsbell",
            "EVENT": "source.failing",
            "ERROR_ID": "http-503",
            "SOURCE": "bbc",
            "FAILURES": "3",
        }
        assert fields["MESSAGE"].startswith("bbc: answered")
        try:
            raise ValueError("a bug")
        except ValueError:
            logs.log.exception("broke")
        sent = journal.recv(65_536)
        size = int.from_bytes(sent[8:16], "little")
        assert sent.startswith(b"MESSAGE\n")
        assert sent[16 : 16 + size].endswith(b"ValueError: a bug")
        assert b"\nPRIORITY=3\n" in sent[16 + size :]
    stderr.seek(0)
    assert stderr.read() == ""


def test_what_the_journal_does_not_take_is_a_line_and_waits_for_nobody(
    stderr: TextIO, tmp_path: Path
) -> None:
    logs.set_up(stderr)
    logs.event("daemon.ready", "ready")  # nobody is there
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "socket"))
        for n in range(1_000):  # more than it holds while it reads nothing
            logs.event("source.polled", f"event {n}")
        held = len(list(iter(lambda: select.select([journal], [], [], 0)[0] and journal.recv(65_536), [])))
    stderr.seek(0)
    lines = stderr.read().splitlines()
    assert lines[0] == "<6>ready"
    assert (lines[-1], held + len(lines) - 1) == ("<6>event 999", 1_000)


def test_every_event_of_the_code_is_explained_and_no_other() -> None:
    said = dict[str, set[str]]()
    for path in Path(monitor.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)) if "event(" in text else ():
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "event":
                level = next((word.value for word in node.keywords if word.arg == "level"), None)
                name = ast.literal_eval(node.args[0])
                said.setdefault(name, set()).add(level.attr if isinstance(level, ast.Attribute) else "INFO")
    assert said == {name: {logging.getLevelName(known.level)} for name, known in EVENTS.items()}
    assert list(EVENTS) == sorted(EVENTS)


def test_the_page_of_the_log_is_what_the_code_says() -> None:
    assert (Path(monitor.__file__).parents[1] / "docs" / "log.md").read_text("utf-8") == page()
