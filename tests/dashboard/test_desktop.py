"""The desktop around the terminal: what is started for a notification, what is sent where there is none."""

import os
import stat
from pathlib import Path

import pytest

from monitor.cli.saving import Saving
from monitor.config import load
from monitor.dashboard.desktop import Desktop
from monitor.model import Rule, Severity, Source


def program(path: Path, name: str) -> Path:
    """Put a program there that writes down its arguments."""
    script, said = path / name, path / f"{name}.said"
    script.write_text(
        f"#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done > {said}.new; mv {said}.new {said}\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return said


def ended(desktop: Desktop) -> None:
    for one in desktop._started:
        one.wait(20)


def test_on_a_desktop_notify_send_is_told_and_obeys_no_headline(tmp_path: Path) -> None:
    said = program(tmp_path, "notify-send")
    desktop = Desktop({"DISPLAY": ":0", "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert desktop.notify("CRITICAL escalation", "--help <b>fire</b>\x1b[2J & more", Severity.CRITICAL) == ""
    ended(desktop)
    assert said.read_text().splitlines() == [
        "--urgency=critical",
        "--app-name=newsbell",
        "--",
        "CRITICAL escalation",
        "--help &lt;b&gt;fire&lt;/b&gt;\ufffd[2J &amp; more",
    ]


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({"TERM": "xterm-256color"}, "\x1b]9;title: a;b\ufffd\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;title;a,b\ufffd\x1b\\"),
        ({"TERM": "xterm", "TERM_PROGRAM": "WezTerm"}, "\x1b]777;notify;title;a,b\ufffd\x1b\\"),
        (
            {"TERM": "tmux-256color", "TMUX": "/tmp/x"},
            "\x1bPtmux;\x1b\x1b]9;title: a;b\ufffd\x1b\x1b\\\x1b\\",
        ),
    ],
)
def test_over_ssh_the_terminal_is_asked_to(environ: dict[str, str], sent: str, tmp_path: Path) -> None:
    program(tmp_path, "notify-send")
    away = {"SSH_CONNECTION": "a b", "DISPLAY": ":10", "PATH": str(tmp_path), **environ}
    assert Desktop(away).notify("title", "a;b\x07", Severity.WARNING) == sent
    assert not (tmp_path / "notify-send.said").exists()


def test_a_browser_gets_web_addresses_only_and_only_where_there_is_a_desktop(tmp_path: Path) -> None:
    said = program(tmp_path, "xdg-open")
    here = {"WAYLAND_DISPLAY": "w", "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert not Desktop(here).browse("file:///etc/passwd")
    assert not Desktop(here).browse("--version")
    assert not Desktop({**here, "SSH_TTY": "/dev/pts/1"}).browse("https://e.org")
    assert not Desktop({"PATH": str(tmp_path)}).browse("https://e.org")
    assert not Desktop({"DISPLAY": ":0", "PATH": "/nowhere"}).browse("https://e.org")
    desktop = Desktop(here)
    assert desktop.browse("https://e.org/a")
    ended(desktop)
    assert said.read_text() == "https://e.org/a\n"


def saving(path: Path, to: str = "https://desk.example.org/hook") -> Saving:
    return Saving(
        path=path,
        sources=[
            Source(name="wire", url="http://127.0.0.1:1/rss"),
            Source(name="x'y", url="http://127.0.0.1:1/b"),
        ],
        rules=[Rule(name="match", query='it\'s "dirty bomb"'), Rule(name="match-2", query=r"/\d+/")],
        every="20s",
        to=to,
    )


def test_a_session_that_was_saved_means_the_same(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert saving(path).save() == f"saved as {path}: `newsbell run` starts it"
    loaded = load(path, environ={})
    assert [(source.name, source.url, source.every) for source in loaded.sources] == [
        ("wire", "http://127.0.0.1:1/rss", 20.0),
        ("x'y", "http://127.0.0.1:1/b", 20.0),
    ]
    assert [(rule.name, rule.query) for rule in loaded.rules] == [
        ("match", 'it\'s "dirty bomb"'),
        ("match-2", r"/\d+/"),
    ]
    assert "address" in loaded.notifiers
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    assert saving(path).save() == f"{path} is there already: nothing was written"
    assert path.read_text() == "mine"
    assert "cannot be written" in saving(tmp_path / "none" / "config.toml").save()
