"""Standard output as it is in life: a terminal, a pipe, the journal, one that is stopped, one that is gone."""

import asyncio
import errno
import io
import os
import re
import subprocess
import sys
import tty
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.reading import kinds
from monitor.model import Alert, AlertType, Delivery, Item, Published, Reply, Severity, Span, Wording
from monitor.notifiers import Method, NotifyError
from monitor.notifiers.terminal import Terminal, block
from tests.terminals import open_terminal

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ITEM = Item(
    id="i1",
    source="bbc",
    title="Ballistic missile launch seen",
    summary="S",
    url="https://bbc.example/1",
    published=Published(earliest=AT, latest=AT, origin="stated"),
    first_seen_at=AT,
)
ALERT = Alert(
    id="a1",
    type=AlertType.CREATED,
    dedupe="r/i1",
    at=AT,
    severity=Severity.CRITICAL,
    rule="launch",
    item=ITEM,
    spans=(Span(field="title", start=10, end=17),),
)
PLAIN = "CRITICAL launch: Ballistic missile launch seen (bbc, 14:05) https://bbc.example/1\n"
SGR = re.compile("\x1b\\[[0-9;]*m")


def delivery(alert: Alert = ALERT) -> Delivery:
    return Delivery(id=f"d-{alert.id}", alert=alert, notifier="terminal", created_at=AT)


async def no_post(url: str, headers: Mapping[str, str], body: bytes, *, method: Method = "POST") -> Reply:
    raise AssertionError("a terminal does not post")


def tell(terminal: Terminal, *alerts: Alert) -> None:
    async def story() -> None:
        for alert in alerts:
            await terminal.send(no_post, delivery(alert), AT)

    asyncio.run(story())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "JOURNAL_STREAM", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    import time

    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Screen:
    """A real pseudo-terminal: `stream` is what the program writes to, `read` what a person sees."""

    def __init__(self, columns: int = 60) -> None:
        self.master, slave = open_terminal(columns)
        tty.setraw(slave)
        os.set_blocking(self.master, False)
        self.stream: TextIO = open(slave, "w", encoding="utf-8")  # noqa: SIM115 - closed by `close`

    def read(self) -> str:
        seen = b""
        with suppress(BlockingIOError, OSError):
            while chunk := os.read(self.master, 65_536):
                seen += chunk
        return seen.decode()

    def close(self) -> None:
        self.stream.close()
        with suppress(OSError):
            os.close(self.master)


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen()
    yield screen
    screen.close()


def test_it_has_no_config_keys() -> None:
    assert kinds.fields(Terminal) == ()


WORDED = Wording(
    zone=ZoneInfo("Europe/Kyiv"),
    title="{{ rule | upper }} {{ time }}",
    body="{{ title | lit }}\nby {{ source }}\n{{ url }}",
)


def test_the_words_of_a_template_are_told_on_a_terminal_and_in_a_pipe(screen: Screen) -> None:
    tell(Terminal.to(screen.stream, WORDED), ALERT)
    seen = screen.read()
    assert SGR.sub("", seen).splitlines() == [
        "\a┃ LAUNCH 16:05 EET  Ballistic missile launch seen",
        "┃ by bbc",
        "┃ https://bbc.example/1",
        "",
    ]
    assert "\x1b[1;7mmissile\x1b[0m" in seen
    tell(Terminal.to(pipe := io.StringIO(), WORDED), ALERT)
    assert pipe.getvalue() == (
        "LAUNCH 16:05 EET: Ballistic missile launch seen by bbc https://bbc.example/1\n"
    )


def test_its_clock_is_that_of_the_configuration(screen: Screen) -> None:
    kyiv = Wording(zone=WORDED.zone)
    tell(Terminal.to(screen.stream, kyiv), ALERT)
    assert "bbc · 16:05 · launch" in SGR.sub("", screen.read())
    tell(Terminal.to(pipe := io.StringIO(), kyiv), ALERT)
    assert "(bbc, 16:05)" in pipe.getvalue()


def test_on_a_terminal_an_alert_is_a_coloured_block_with_a_bell(screen: Screen) -> None:
    tell(Terminal.to(screen.stream), ALERT)
    seen = screen.read()
    assert seen.startswith("\a")
    assert seen.count("\a") == 1
    assert SGR.sub("", seen).splitlines() == [
        "\a┃ ▲ CRITICAL  Ballistic missile launch seen",
        "┃ bbc · 14:05 · launch",
        "┃ https://bbc.example/1",
        "",
    ]
    assert re.search("\x1b\\[1;7mmissile\x1b\\[0m", seen), "the matched word is lit"
    assert "\x1b[1;31m▲ CRITICAL" in seen


def test_severities_differ_in_mark_and_weight_not_in_colour_alone(screen: Screen) -> None:
    terminal = Terminal.to(screen.stream)
    marks = []
    for severity in Severity:
        tell(terminal, replace(ALERT, severity=severity))
        marks.append(SGR.sub("", screen.read()).split()[1])
    assert marks == ["○", "●", "▲"]


def test_a_long_headline_wraps_within_the_screen_and_the_address_stays_whole(screen: Screen) -> None:
    item = replace(ITEM, title="Запуск балістичної ракети " * 8, url="https://bbc.example/" + "a" * 200)
    tell(Terminal.to(screen.stream), replace(ALERT, item=item, spans=()))
    lines = SGR.sub("", screen.read()).lstrip("\a").splitlines()
    assert all(line.startswith("┃ ") for line in lines[:-1])
    assert all(len(line) <= 60 for line in lines if "https" not in line)
    assert f"┃ {item.url}" in lines


def test_a_match_in_the_summary_is_shown_with_what_stands_around_it(screen: Screen) -> None:
    summary = "word " * 40 + "an ICBM was seen " + "more " * 100
    start = summary.index("ICBM")
    alert = replace(
        ALERT,
        item=replace(ITEM, summary=summary),
        spans=(Span(field="summary", start=start, end=start + 4), Span(field="tag", start=0, end=3)),
    )
    tell(Terminal.to(screen.stream), alert)
    seen = screen.read()
    assert "\x1b[1;7mICBM\x1b[0m" in seen
    assert "┃ …word word" in SGR.sub("", seen)
    assert len(SGR.sub("", seen)) < 500


def test_without_a_title_the_summary_is_told_and_without_an_item_the_sentence(screen: Screen) -> None:
    terminal = Terminal.to(screen.stream)
    tell(
        terminal,
        replace(
            ALERT,
            item=replace(ITEM, title="", summary="A missile"),
            spans=(Span(field="summary", start=2, end=9),),
        ),
    )
    assert "\x1b[1;7mmissile\x1b[0m" in screen.read()
    tell(
        terminal,
        replace(
            ALERT, type=AlertType.RECEIVER_DISABLED, item=None, spans=(), rule="", sentence="ops answered 410"
        ),
    )
    assert SGR.sub("", screen.read()).splitlines()[:2] == [
        "\a┃ ▲ CRITICAL  ops answered 410",
        "┃ 14:05 · receiver.disabled",
    ]


@pytest.mark.parametrize(
    ("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", ""), ("TERM", None)]
)
def test_who_wants_no_colours_gets_a_plain_line(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name)
    tell(Terminal.to(screen.stream), ALERT)
    assert screen.read() == PLAIN


def test_an_empty_no_color_says_nothing(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")  # no-color.org: "when present and not an empty string"
    tell(Terminal.to(screen.stream), ALERT)
    assert screen.read().startswith("\a")


def test_a_pipe_gets_one_line_an_alert_in_order(tmp_path: Path) -> None:
    alerts = [replace(ALERT, id=str(n), item=replace(ITEM, title=f"n{n}")) for n in range(50)]
    with (tmp_path / "out").open("w") as stream:
        tell(Terminal.to(stream), *alerts)
        lines = (tmp_path / "out").read_text().splitlines()  # before the stream is closed: it is there
    assert [line.split()[2] for line in lines] == [f"n{n}" for n in range(50)]


def test_in_the_journal_a_line_has_its_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "journal").open("w") as stream:
        stat = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{stat.st_dev}:{stat.st_ino}")
        tell(Terminal.to(stream), *(replace(ALERT, severity=severity) for severity in Severity))
    lines = (tmp_path / "journal").read_text().splitlines()
    assert [line[:3] for line in lines] == ["<6>", "<4>", "<2>"]
    assert lines[2] == f"<2>{PLAIN.rstrip()}"


def test_an_encoding_that_lacks_the_letters_stops_nothing(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as stream:
        tell(Terminal.to(stream), replace(ALERT, item=replace(ITEM, title="Ракета launch")))
    assert "?????? launch" in (tmp_path / "out").read_text()
    memory = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    tell(Terminal.to(memory), replace(ALERT, item=replace(ITEM, title="Ракета launch")))
    memory.seek(0)
    assert "?????? launch" in memory.read()


# -- one that is gone -------------------------------------------------------------------------


def refused(terminal: Terminal) -> NotifyError:
    with pytest.raises(NotifyError) as caught:
        tell(terminal, ALERT)
    return caught.value


def test_a_pipe_that_nobody_reads_any_more_is_dead_at_once() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as stream:
        error = refused(Terminal.to(stream))
    assert (error.trouble, error.final, str(error)) == ("delivery", True, "standard output is closed")


def test_a_closed_stream_and_none_at_all_are_dead_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "out").open("w") as stream:
        pass
    assert refused(Terminal.to(stream)).final
    monkeypatch.setattr(sys, "stdout", None)  # Python's, when descriptor 1 was closed before it began
    assert refused(Terminal()).final


def test_a_terminal_that_hung_up_is_dead(screen: Screen) -> None:
    os.close(screen.master)
    assert refused(Terminal.to(screen.stream)).final


def test_a_full_disk_passes() -> None:
    with open("/dev/full", "w") as stream:
        error = refused(Terminal.to(stream))
    assert (error.trouble, error.final) == ("receiver", False)
    assert isinstance(error.__cause__, OSError)
    assert error.__cause__.errno == errno.ENOSPC


# -- one that is stopped ----------------------------------------------------------------------


def fill(descriptor: int) -> int:
    os.set_blocking(descriptor, False)
    filled = 0
    with suppress(BlockingIOError):
        while True:
            filled += os.write(descriptor, b"." * 4096)
    with suppress(BlockingIOError):
        while True:
            filled += os.write(descriptor, b".")
    return filled


@pytest.mark.parametrize("blocking", [True, False])
def test_a_stopped_terminal_stops_nothing_else_and_goes_on_where_it_was(blocking: bool) -> None:
    reader, writer = os.pipe()
    filled = fill(writer)
    os.set_blocking(writer, blocking)
    others = [
        replace(ALERT, id=name, item=replace(ITEM, title=name)) for name in ("first", "dropped", "second")
    ]
    with open(writer, "w") as stream, open(reader, "rb", buffering=0) as far_end:

        async def story() -> bytes:
            terminal = Terminal.to(stream)
            first, dropped, second = (
                asyncio.create_task(terminal.send(no_post, delivery(alert), AT)) for alert in others
            )
            for _ in range(100):  # the loop turns; the thread is stuck
                await asyncio.sleep(0)
            assert not first.done()
            dropped.cancel()
            with pytest.raises(asyncio.CancelledError):
                await dropped
            left = filled
            while left:
                left -= len(far_end.read(left))
            await asyncio.gather(first, second)
            return far_end.read(65_536)

        seen = asyncio.run(story()).decode()
    assert [line.split()[2] for line in seen.splitlines()] == ["first", "second"]


PROGRAM = """
import asyncio, fcntl, sys, termios
from datetime import UTC, datetime
from monitor.model import Alert, AlertType, Delivery, Item, Published, Severity
from monitor.notifiers import NotifyError
from monitor.notifiers.terminal import Terminal

at = datetime(2026, 11, 24, tzinfo=UTC)
alert = Alert(id="a", type=AlertType.TEST, dedupe="t", at=at, severity=Severity.INFO, sentence="x" * 100_000)

def say(what):
    print(what, file=sys.stderr, flush=True)

async def stuck(sending):
    while not int.from_bytes(fcntl.ioctl(1, termios.FIONREAD, bytes(4)), sys.byteorder):
        await asyncio.sleep(0.01)  # until the thread writes, which it cannot finish
    say("stuck")
    sending.cancel()
    await asyncio.wait([sending])

async def refused(sending):
    try:
        await sending
    except NotifyError as error:
        say(error)

async def main(story):
    delivery = Delivery(id="d", alert=alert, notifier="terminal", created_at=at)
    await story(asyncio.create_task(Terminal().send(None, delivery, at)))

"""


def run(story: str, stdout: int) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}asyncio.run(main({story}))"],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        text=True,
        timeout=20,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_stopped_terminal_does_not_keep_the_process_from_leaving() -> None:
    """At its end the interpreter waits, or aborts, if a thread holds the lock of stdout: ours must not."""
    reader, writer = os.pipe()
    try:
        assert run("stuck", writer) == (0, "stuck\n")
    finally:
        os.close(reader)
        os.close(writer)


def test_a_process_whose_reader_is_gone_leaves_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert run("refused", writer) == (0, "standard output is closed\n")
    finally:
        os.close(writer)


# -- what strangers write ---------------------------------------------------------------------


HOSTILE = [
    "breaking [/red] news",
    "[link=https://evil.example]click[/link]",
    "\x1b]0;owned\x07title",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]8;;https://evil.example\x07here\x1b]8;;\x07",
    "\x9b31mC1",
    "\x90q\x9c",
    "line\nCRITICAL forged: line\r\n<0>forged",
    "\u202egnissim\u2066",
    "a\x00b\x08\x7f",
    "\ud800 lone",
    ":bomb: emoji code",
    "e" + "\u0301" * 500,
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_feed_text_is_shown_and_never_obeyed(screen: Screen, text: str, tmp_path: Path) -> None:
    item = replace(ITEM, title=text, source=text, url=f"https://x/{text}", summary=text)
    alert = replace(ALERT, item=item, rule=text, spans=(Span(field="title", start=0, end=3),))
    tell(Terminal.to(screen.stream), alert)
    assert_only_ours(screen.read())
    with (tmp_path / "out").open("w") as stream:
        tell(Terminal.to(stream), alert)
    line = (tmp_path / "out").read_bytes().decode()
    assert line.count("\n") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


def assert_only_ours(seen: str) -> None:
    """The bell that begins a block, line ends, and colours."""
    rest = SGR.sub("", seen.removeprefix("\a")).replace("\n", "")
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", rest)


@given(
    st.text(max_size=80),
    st.integers(0, 90),
    st.integers(0, 90),
    st.integers(20, 200),
    st.sampled_from(Severity),
)
def test_no_text_and_no_span_breaks_a_block(
    text: str, start: int, length: int, width: int, severity: Severity
) -> None:
    spans = tuple(Span(field=field, start=start, end=start + length) for field in ("summary", "title"))
    for item in (
        replace(ITEM, title=text, source=text, summary=text, url=text),
        replace(ITEM, title="", summary=text * 40),
    ):
        for some in (spans, spans[:1]):
            seen = block(
                replace(ALERT, item=item, spans=some, severity=severity, rule=text), width=width, zone=UTC
            )
            assert_only_ours(seen)
