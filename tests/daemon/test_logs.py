"""One line an event, in three forms; what strangers wrote breaks none of them."""

import io
import json
import logging
import os

import pytest

from monitor.daemon import logs

HOSTILE = "bbc: answered \x1b[31m<2>\nfake: line\u202e evil"


def said(form: logs.Format, sentence: str, **fields: object) -> str:
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
