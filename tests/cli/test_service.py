"""`newsbell service`: the unit is written once, whole, and systemd is told; what cannot be is said in a sentence."""

from pathlib import Path

import pytest

from tests.cli.test_commands import Desk
from tests.conftest import Site

SYSTEMCTL = """#!/bin/sh
echo "$@" >> {calls}
exit {status}
"""


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    made = Desk(tmp_path, site)
    tools = tmp_path / "tools"
    tools.mkdir()
    made.environ |= {
        "XDG_CONFIG_HOME": str(tmp_path / "config home"),
        "PATH": f"{tools}:{made.environ['PATH']}",
    }
    _systemctl(made, 0)
    return made


def _systemctl(desk: Desk, status: int) -> None:
    tool = desk.path / "tools" / "systemctl"
    tool.write_text(SYSTEMCTL.format(calls=desk.path / "calls", status=status))
    tool.chmod(0o755)


def test_the_unit_is_written_enabled_and_what_to_type_next_is_said(desk: Desk) -> None:
    done = desk("service", "install", where=False)
    unit = desk.path / "config home/systemd/user/newsbell.service"
    assert done.returncode == 0, done.stderr
    assert f"wrote: {unit}" in done.stdout
    assert "newsbell init" in done.stdout
    assert "loginctl enable-linger" in done.stdout
    assert " -m monitor run\n" in unit.read_text()
    assert (desk.path / "calls").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --quiet newsbell.service",
    ]
    again = desk("service", "install", where=False)
    assert f"as before: {unit}" in again.stdout
    gone = desk("service", "remove", where=False)
    assert "its configuration and its database stay" in gone.stdout
    assert not unit.exists()


def test_a_configuration_that_is_named_stands_in_the_unit(desk: Desk) -> None:
    done = desk("service", "install", "--config", str(desk.config), where=False)
    assert "newsbell init" not in done.stdout
    unit = desk.path / "config home/systemd/user/newsbell.service"
    assert f"run --config {desk.config}\n" in unit.read_text()


def test_what_cannot_be_is_said_in_a_sentence(desk: Desk) -> None:
    for words, sentence in (
        (("--instance", "a"), "--instance is for --system"),
        (("--system", "--instance", "a/b"), "--instance: letters, digits"),
        (("--system", "--config", "/home/x/config.toml"), "/home/x/config.toml is in somebody's home"),
    ):
        refused = desk("service", "install", *words, where=False)
        assert (refused.returncode, sentence in refused.stderr) == (2, True), refused.stderr
    nothing = desk("service", "remove", where=False)
    assert (nothing.returncode, "there is no " in nothing.stderr) == (2, True)
    _systemctl(desk, 1)
    failed = desk("service", "install", where=False)
    assert (failed.returncode, "daemon-reload` failed" in failed.stderr) == (2, True)


def test_what_systemd_gives_to_the_service_alone_is_no_error_of_a_check(desk: Desk) -> None:
    good = desk.config.read_text()
    desk.config.write_text(good + '[notify.ops]\nurl = "http://e.org/"\nsecret = { credential = "key" }\n')
    done = desk("check")
    assert (done.returncode, ": good" in done.stdout) == (0, True), done.stderr
    assert "notify 'ops': secret: there is no $CREDENTIALS_DIRECTORY" in done.stderr
    told = desk("check", "--notify", "ops")
    assert (told.returncode, "there is no $CREDENTIALS_DIRECTORY" in told.stderr) == (3, True)
    desk.config.write_text(good + '[notify.ops]\nurl = { env = "NOWHERE" }\n')
    assert desk("check").returncode == 3
