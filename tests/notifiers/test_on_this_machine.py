"""A program, a file and a desktop: told for real."""

import asyncio
import json
import os
import re
import resource
import signal
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from monitor.core.telling import render
from monitor.notifiers import Notifier, NotifyError
from monitor.notifiers.command import Command
from monitor.notifiers.desktop import Desktop
from monitor.notifiers.file import File, append
from tests.notifiers.test_golden import ALERT, AT, DELIVERY, ITEM


def tell(notifier: Notifier, delivery: Any = DELIVERY) -> NotifyError | None:
    try:
        asyncio.run(notifier.send(cast(Any, None), delivery, AT))
    except NotifyError as error:
        return error
    return None


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return path


# -- command ----------------------------------------------------------------------------------


def test_a_program_reads_the_alert_on_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_SECRET", "c4n4ry")
    told = tmp_path / "told"
    ring = program(
        tmp_path / "ring",
        "import json, os, sys\n"
        f"json.dump([sys.argv[1:], dict(os.environ), json.load(sys.stdin)], open({str(told)!r}, 'w'))\n"
        "print('x' * 1_000_000)",
    )
    assert tell(Command((str(ring), "$(reboot)", "; rm *"))) is None
    arguments, environ, body = json.loads(told.read_text())
    assert arguments == ["$(reboot)", "; rm *"], "no shell has seen them"
    assert body == json.loads(render.body(DELIVERY))
    assert (environ["NEWSBELL_DELIVERY"], environ["NEWSBELL_SEVERITY"]) == (DELIVERY.id, "critical")
    assert environ["PATH"] == os.environ["PATH"]
    assert "OPS_SECRET" not in environ


@pytest.mark.parametrize(
    ("ending", "trouble", "sentence"),
    [
        ("sys.exit(0)", None, ""),
        ("sys.exit(1)", "delivery", "ended with 1"),
        ("sys.exit(75)", "receiver", "ended with 75, try later"),
        ("os.kill(os.getpid(), 15)", "delivery", "was killed by signal 15"),
        ("sys.stdin.close(); sys.exit(3)", "delivery", "ended with 3"),
    ],
)
def test_how_it_ends_says_whose_trouble_it_is(
    tmp_path: Path, ending: str, trouble: str | None, sentence: str
) -> None:
    error = tell(Command((str(program(tmp_path / "ring", f"import os, sys\n{ending}")),)))
    assert (error and error.trouble, str(error or "")) == (trouble, sentence)


def test_a_program_that_is_not_there_is_the_receivers_trouble(tmp_path: Path) -> None:
    error = tell(Command((str(tmp_path / "none"),)))
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "could not be started: No such file or directory")


SLOW = """
import os, sys, time
child = os.fork()
open(sys.argv[1] + (".child" if child == 0 else ".own"), "w").write(str(os.getpid()))
time.sleep(600)
"""


def gone(path: Path) -> bool:
    try:
        state = Path(f"/proc/{path.read_text()}/stat").read_text()
    except FileNotFoundError:
        return True
    return state.rpartition(")")[2].split()[0] == "Z"  # dead, its new parent has not looked yet


async def both_run(tmp_path: Path) -> None:
    while not all(
        (tmp_path / name).exists() and (tmp_path / name).read_text() for name in ("it.own", "it.child")
    ):
        await asyncio.sleep(0.005)


async def both_gone(tmp_path: Path) -> None:
    while not (gone(tmp_path / "it.own") and gone(tmp_path / "it.child")):
        await asyncio.sleep(0.005)


def test_at_its_deadline_it_is_killed_with_what_it_started(tmp_path: Path) -> None:
    slow = program(tmp_path / "slow", SLOW)

    async def story() -> NotifyError:
        with pytest.raises(NotifyError) as caught:
            await Command((str(slow), str(tmp_path / "it")), timeout=1.0).send(cast(Any, None), DELIVERY, AT)
        async with asyncio.timeout(10):
            await both_gone(tmp_path)
        return caught.value

    error = asyncio.run(story())
    assert (error.trouble, str(error)) == ("receiver", "had not finished after 1 s and was killed")
    assert (tmp_path / "it.child").exists()


def test_cancelled_it_is_killed_with_what_it_started(tmp_path: Path) -> None:
    slow = program(tmp_path / "slow", SLOW)

    async def story() -> None:
        command = Command((str(slow), str(tmp_path / "it")))
        sending = asyncio.create_task(command.send(cast(Any, None), DELIVERY, AT))
        async with asyncio.timeout(10):
            await both_run(tmp_path)
            sending.cancel()
            await asyncio.wait([sending])
            await both_gone(tmp_path)
        assert sending.cancelled()

    asyncio.run(story())


@pytest.mark.parametrize(
    "keys", [{"argv": ()}, {"argv": ("",)}, {"argv": ("a", "\0")}, {"argv": ("a",), "timeout": 0.0}]
)
def test_what_could_never_be_run_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(argv|timeout): "):
        Command(**keys)


# -- file -------------------------------------------------------------------------------------


def lines(path: Path) -> list[Any]:
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]


def test_each_alert_is_a_line_and_a_rotated_file_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    for id_ in ("d1", "d2"):
        assert tell(File(str(path)), replace(DELIVERY, id=id_)) is None
    path.rename(tmp_path / "alerts.jsonl.1")
    assert tell(File(str(path)), replace(DELIVERY, id="d3")) is None
    assert [line["id"] for line in lines(tmp_path / "alerts.jsonl.1")] == ["d1", "d2"]
    assert [line["id"] for line in lines(path)] == ["d3"]
    assert lines(path)[0] == {"id": "d3", **render.payload(DELIVERY)}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_line_that_a_crash_cut_short_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"id": "d0", "ty')
    assert tell(File(str(path))) is None
    torn, whole = path.read_bytes().splitlines()
    assert torn == b'{"id": "d0", "ty'
    assert json.loads(whole)["id"] == DELIVERY.id


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    append(str(path), b"x" * 100)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, limits[1]))
        error = tell(File(str(path)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "cannot be written: File too large")
    assert path.read_bytes() == b"x" * 100 + b"\n"


def test_what_is_no_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, sentence in (
        (tmp_path / "pipe", "cannot be written: not a plain file"),
        (tmp_path, "cannot be written: Is a directory"),
        (tmp_path / "none" / "a", "cannot be written: No such file or directory"),
    ):
        error = tell(File(str(path)))
        assert error is not None
        assert (error.trouble, str(error)) == ("receiver", sentence)


def test_a_path_is_absolute() -> None:
    with pytest.raises(ValueError, match=r"^path: "):
        File("alerts.jsonl")
    assert File("~/alerts.jsonl").path == "~/alerts.jsonl"


# -- desktop ----------------------------------------------------------------------------------


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a notify-send, the first on $PATH, writes its arguments."""
    told = tmp_path / "told"
    program(tmp_path / "notify-send", f"import json, sys\njson.dump(sys.argv[1:], open({str(told)!r}, 'w'))")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return told


def test_a_notification_says_it_all_and_is_no_markup(shown: Path) -> None:
    hostile = replace(ITEM, title="--help", summary="<a href='http://evil.example'>free</a> & \u202eevil")
    assert tell(Desktop(), replace(DELIVERY, alert=replace(ALERT, item=hostile, edit=None, spans=()))) is None
    *options, end, title, text = json.loads(shown.read_text())
    assert options == ["--app-name=Newsbell", "--urgency=critical"]
    assert (end, title) == ("--", "▲ CRITICAL launch: --help")
    assert text.startswith(
        "&lt;a href='http://evil.example'&gt;free&lt;/a&gt; &amp; \ufffdevil\nbbc, 14:05 UTC"
    )


def test_what_notify_send_would_unescape_is_shown_as_it_was_written(shown: Path) -> None:
    """Its body, not its title, goes through g_strcompress: an octal escape made markup there, or no UTF-8 at all."""
    words = r"C:\new \074a href=x\076 \300 \\ \ "
    item = replace(ITEM, title=words, summary=words)
    assert tell(Desktop(), replace(DELIVERY, alert=replace(ALERT, item=item, edit=None, spans=()))) is None
    *_, title, body = json.loads(shown.read_text())
    assert title == f"▲ CRITICAL launch: {words}"
    compressed = re.sub(r"\\([0-7]{1,3}|.)", lambda found: "\\" if found[1] == "\\" else "?", body)
    assert compressed.startswith(f"{words}\nbbc, 14:05 UTC")


def test_without_a_desktop_it_waits_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    error = tell(Desktop())
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "there is no notify-send (Debian: libnotify-bin)")
    program(tmp_path / "notify-send", "import sys; sys.exit(1)")
    error = tell(Desktop())
    assert error is not None
    assert (error.trouble, str(error)) == ("receiver", "notify-send ended with 1: is there a desktop?")


@pytest.mark.parametrize(
    ("complaint", "trouble", "sentence"),
    [
        ("Invalid UTF-8 provided for parameter: Body", "delivery", "notify-send ended with 1: it is refused"),
        (
            "GDBus.Error:org.freedesktop.DBus.Error.InvalidArgs: no",
            "delivery",
            "notify-send ended with 1: it is refused",
        ),
        (
            "GDBus.Error:org.freedesktop.DBus.Error.ServiceUnknown: none",
            "receiver",
            "notify-send ended with 1: is there a desktop?",
        ),
        ("", "receiver", "notify-send ended with 1: is there a desktop?"),
    ],
)
def test_a_desktop_that_refuses_one_notification_is_told_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, trouble: str, sentence: str
) -> None:
    program(tmp_path / "notify-send", f"import sys; sys.exit({complaint!r} or 1)")
    monkeypatch.setenv("PATH", str(tmp_path))
    error = tell(Desktop())
    assert error is not None
    assert (error.trouble, str(error)) == (trouble, sentence)


def test_a_desktop_is_not_waited_for_by_what_notify_send_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts a bus where there is none, which holds its stderr open for as long as it runs."""
    held = tmp_path / "held"
    text = f"import os, sys, time\nif os.fork() == 0:\n    open({str(held)!r}, 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
    program(tmp_path / "notify-send", f"{text}sys.stderr.write('x' * 9_000); sys.exit(1)")
    monkeypatch.setenv("PATH", str(tmp_path))
    began = time.monotonic()
    error = tell(Desktop())
    while not (held.exists() and held.read_text()):
        time.sleep(0.005)
    os.kill(int(held.read_text()), signal.SIGKILL)
    assert error is not None
    assert (error.trouble, time.monotonic() - began < 5) == ("receiver", True)
