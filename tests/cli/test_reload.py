"""`newsbell reload` and SIGHUP, with a real daemon."""

import fcntl
import os
import signal
import subprocess
import termios
import time
from contextlib import closing

import pytest

from monitor.store.sqlite import services
from monitor.store.sqlite.database import connect
from tests.cli.test_commands import Desk, rss, wait_for
from tests.conftest import Site
from tests.terminals import open_terminal


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Desk:
    site.pages["/rss"] = (200, {}, rss("a: old fire", "b: flood"))
    site.pages["/hook"] = (204, {}, b"")
    return Desk(tmp_path_factory.mktemp("desk"), site)


def refused(desk: Desk) -> str:
    """Return why the daemon did not take the configuration that it read last."""
    with closing(connect(str(desk.state / "newsbell.db"))) as connection:
        service = services.read(connection)
    return service.refused if service else ""


@pytest.mark.torture
def test_a_reload_says_what_it_changed_and_how_often_new_rules_would_have_rung(
    desk: Desk, site: Site
) -> None:
    nobody = desk("reload")
    assert (nobody.returncode, "no daemon runs on" in nobody.stderr) == (4, True)
    with desk.daemon() as process:
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)  # the first one is stored
        text = desk.config.read_text()
        desk.config.write_text(text.replace("[rule]", "[rule]\nflood = 'flood'"))
        done = desk("reload")
        assert done.returncode == 0, done.stderr
        assert f"{desk.config} is in effect: rules: 1 new (flood)\n" in done.stdout
        assert "\nrule flood: 1 in the last 7 days, 1 story\n" in done.stdout
        assert "fire:" not in done.stdout
        site.pages["/rss"] = (200, {}, rss("c: a new flood", "a: old fire", "b: flood"))
        wait_for(lambda: [alert["rule"] for alert in desk.json("alerts")] == ["flood"])

        desk.config.write_text(text.replace("fire AND", "(fire AND"))
        bad = desk("reload")
        assert (bad.returncode, f"{desk.config}:8:9: " in bad.stderr) == (3, True), bad.stderr
        process.send_signal(signal.SIGHUP)  # by hand: the daemon finds out by itself
        wait_for(lambda: f"{desk.config}:8:9: " in refused(desk))
        desk.config.write_text(text.replace("[rule]", "[rule]\nflood = 'flood'"))
        site.pages["/rss"] = (200, {}, rss("d: more flood", "c: a new flood", "a: old fire", "b: flood"))
        wait_for(lambda: len(desk.json("alerts")) == 2)
        process.terminate()
        _, log = process.communicate(timeout=20)
        assert f"{desk.config}:8:9: rule 'fire'" in log
        assert process.returncode == 0


@pytest.mark.torture
def test_a_daemon_in_the_foreground_ends_with_its_terminal(desk: Desk, site: Site) -> None:
    person, program = open_terminal()

    def sit() -> None:
        os.setsid()
        fcntl.ioctl(program, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        desk.command("run"),
        env=desk.environ,
        cwd=desk.path,
        stdin=program,
        stdout=program,
        stderr=subprocess.DEVNULL,
        preexec_fn=sit,
    ) as process:
        os.close(program)
        assert site.wait(lambda site: "/rss" in site.paths())
        time.sleep(0.5)
        os.close(person)  # the window is closed: the kernel sends SIGHUP
        assert process.wait(20) == 0
