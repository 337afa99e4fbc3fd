"""The units: what they keep the service from, and how they get the real command. tests/acceptance/under_systemd.py
puts them through a night under a real systemd."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from monitor.daemon.system import units

SHIPPED = Path(__file__).parents[3] / "systemd"
ANALYZE = shutil.which("systemd-analyze")
needs_analyze = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")


@needs_analyze
@pytest.mark.parametrize("file", ["newsbell.service", "newsbell@.service"])
def test_the_system_unit_exposes_next_to_nothing(file: str) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=11", str(SHIPPED / file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


@needs_analyze
@pytest.mark.parametrize("kind", ["system", "instance", "user"])
def test_systemd_finds_nothing_to_say_of_what_is_installed(tmp_path: Path, kind: str) -> None:
    command = tmp_path / "some bin" / "newsbell"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    unit = {
        "system": lambda: units.system((str(command),)),
        "instance": lambda: units.system((str(command),), instance="desk"),
        "user": lambda: units.user((str(command),), config_home=tmp_path),
    }[kind]()
    file = tmp_path / (unit.name if kind == "instance" else unit.path.name)
    file.write_text(unit.text)
    manager = ["--user"] if kind == "user" else []
    done = subprocess.run(
        ["systemd-analyze", *manager, "verify", "--man=no", str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    about_us = [line for line in (done.stdout + done.stderr).splitlines() if "newsbell" in line]
    assert about_us == []


def test_the_template_is_the_unit_with_folders_of_its_own() -> None:
    one, several = ((SHIPPED / file).read_text() for file in ("newsbell.service", "newsbell@.service"))
    plain = re.sub(r"newsbell(/|@)(%i|NAME)", "newsbell", several).replace(" (%i)", "")
    assert plain.splitlines()[1:] == one.splitlines()[1:]


def test_the_real_command_and_what_it_reads_stand_in_the_unit(tmp_path: Path) -> None:
    unit = units.user(("/a b/newsbell",), config_home=tmp_path, config=Path("/c/50%.toml"))
    [start] = re.findall("^ExecStart=.*$", unit.text, re.MULTILINE)
    assert start == 'ExecStart="/a b/newsbell" run --config "/c/50%%.toml"'
    assert (unit.path, unit.config) == (tmp_path / "systemd/user/newsbell.service", Path("/c/50%.toml"))
    named = units.system(("/opt/n",), instance="desk")
    assert (named.name, named.path.name) == ("newsbell@desk.service", "newsbell@.service")
    assert named.config == Path("/etc/newsbell/desk/config.toml")
