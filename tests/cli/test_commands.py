"""The commands as a user runs them: real processes, a real daemon, a real site."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from monitor.cli import app
from monitor.config import starter
from tests.cli.shell import Shell
from tests.conftest import Site

TOML = """
[source.wire]
url = "{url}/rss"
every = "1s"
tags = ["world"]

[rule]
fire = 'fire AND tag:world'

[notify.desk]
url = "{url}/hook"
"""


def rss(*titles: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{title.split(':')[0]}</guid><title>{title}</title>"
        f"<link>http://e.org/{title.split(':')[0]}</link></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


class Desk(Shell):
    """A place to run commands in: a configuration, a state directory, a home of its own."""

    def __init__(self, path: Path, site: Site) -> None:
        home = {"HOME": str(path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
        super().__init__(path, home)
        self.site = site
        self.config, self.state = path / "config.toml", path / "state"
        self.config.write_text(TOML.format(url=site.url))

    def command(self, *words: str, where: bool = True) -> list[str]:
        places = ["--config", str(self.config), "--state", str(self.state)] if where else []
        return [*super().command(*words), *places]

    def __call__(self, *words: str, where: bool = True, **how: Any) -> subprocess.CompletedProcess[str]:
        return self.runs(self.command(*words, where=where), **how)

    @contextmanager
    def daemon(self) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            self.command("run"),
            env=self.environ,
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
                process.communicate()


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    site.pages["/rss"] = (200, {}, rss("a: old fire", "b: budget"))
    site.pages["/hook"] = (204, {}, b"")
    return Desk(tmp_path, site)


def wait_for(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(0.05)


def test_a_day_at_the_desk(desk: Desk, site: Site) -> None:
    """Baseline, an alert, the questions about it, a replay, a second daemon refused, a clean stop."""
    with desk.daemon() as process:
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        assert "/hook" not in site.paths()

        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire", "b: budget"))
        assert site.wait(lambda site: "/hook" in site.paths())
        wait_for(lambda: [d["state"] for d in desk.json("deliveries")] == ["sent", "sent"])

        assert [item["title"] for item in desk.json("items")][:1] == ["c: new fire"]
        assert {item["title"] for item in desk.json("items", "fire")} == {"c: new fire", "a: old fire"}
        [alert] = desk.json("alerts")
        assert (alert["type"], alert["rule"], alert["item"]["title"]) == (
            "alert.created",
            "fire",
            "c: new fire",
        )
        assert alert["spans"] == [
            {"field": "title", "start": 7, "end": 11},
            {"field": "tag", "start": 0, "end": 5},
        ]
        [row] = desk.json("sources")
        assert (row["name"], row["state"], row["items"], row["failures"]) == ("wire", "ok", 3, 0)

        story = desk("why", "new fire").stdout
        assert "rule       fire: yes" in story
        assert "desk: sent" in story
        assert "baseline   it stood in the first body" in desk("why", "old fire").stdout
        assert "fire: no" in desk("why", "http://e.org/b").stdout
        assert "2 items noted, 1 would have rung" in desk("why", "wire").stdout
        nothing = desk("why", "a storm of frogs")
        assert nothing.returncode == 1
        assert "stood in no body" in nothing.stderr

        [delivery] = [d for d in desk.json("deliveries") if d["notifier"] == "desk"]
        replayed = desk("replay", delivery["id"][:8])
        assert replayed.stdout == "1 delivery is due again\n"
        assert site.wait(lambda site: site.paths().count("/hook") == 2)
        hooks = [asked for asked in site.requests if asked.path == "/hook"]
        assert {asked.headers["webhook-id"] for asked in hooks} == {delivery["id"]}

        second = desk("run")
        assert second.returncode == 5
        assert str(process.pid) in second.stderr

        stopped = desk("stop")
        assert (stopped.returncode, stopped.stdout) == (0, f"stopped process {process.pid}\n")
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out.count("new fire") == 1
        assert "old fire" not in out
        assert "wire: 2 items noted, 1 would have rung" in err
        assert "Traceback" not in err
    again = desk("stop")
    assert again.returncode == 4
    assert "no daemon runs" in again.stderr


def test_a_second_daemon_on_the_database_of_another_is_refused(
    desk: Desk, site: Site, tmp_path: Path
) -> None:
    """Its sources would take the place of the other's, and each would send what the other is due."""
    text = desk.config.read_text() + f"\n[store]\nurl = 'sqlite:///{tmp_path}/shared.db'\n"
    desk.config.write_text(text)
    first, second = ({**desk.environ, "STATE_DIRECTORY": str(tmp_path / name)} for name in "ab")
    config = ("--config", str(desk.config))
    running = [*desk.command("run", where=False), *config]
    with subprocess.Popen(running, env=first, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        desk.environ = second
        for words in (("run",), ("restore", "backup.db")):
            beside = desk(*words, *config, where=False)
            assert beside.returncode == 5, beside.stderr
            assert beside.stderr == (
                f"{tmp_path}/shared.db is in use by process {process.pid}:"
                f" stop that one with `newsbell stop --state {tmp_path}/a`, or name another [store] url\n"
            )
        stopped = desk("stop", "--state", str(tmp_path / "a"), where=False)
        assert stopped.stdout == f"stopped process {process.pid}\n"
        process.communicate()


def test_ctrl_c_ends_with_130(desk: Desk, site: Site) -> None:
    with desk.daemon() as process:
        assert site.wait(lambda site: bool(site.requests))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 130


def test_a_closed_stdout_stops_no_daemon(desk: Desk, site: Site) -> None:
    with desk.daemon() as process:
        assert process.stdout is not None
        process.stdout.close()
        assert site.wait(lambda site: site.paths().count("/rss") >= 2)
        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire", "b: budget"))
        assert site.wait(lambda site: "/hook" in site.paths())
        wait_for(
            lambda: (
                {d["notifier"]: d["state"] for d in desk.json("deliveries")}
                == {"desk": "sent", "terminal": "dead"}
            )
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stdout = None


def test_fetch_stores_nothing(desk: Desk) -> None:
    done = desk("fetch", f"{desk.site.url}/rss", where=False)
    assert done.returncode == 0
    assert "old fire" in done.stdout
    assert sorted(path.name for path in desk.path.iterdir()) == ["config.toml"]
    failed = desk("fetch", f"{desk.site.url}/nothing", where=False)
    assert failed.returncode == 1
    assert "answered 404" in failed.stderr
    assert failed.stderr.count("\n") == 1


@pytest.mark.torture
def test_fetch_and_why_say_what_a_date_goes_by(desk: Desk, site: Site) -> None:
    clocks = [
        b"<title>a</title><pubDate>15:44</pubDate>",
        b"<title>b</title><pubDate>11.03.2024 15:30</pubDate>",
    ]
    site.pages["/rss"] = (
        200,
        {},
        b"<rss version='2.0'><channel>%b</channel></rss>"
        % b"".join(b"<item>%b</item>" % it for it in clocks),
    )
    nowhere = desk("fetch", f"{site.url}/rss", where=False)
    assert nowhere.stdout.count("  stated, a guess\n") == 1  # of what zone and day, nobody says

    desk.config.write_text(f'[source.wire]\nurl = "{site.url}/rss"\ntimezone = "Europe/Kyiv"\nevery = "1h"\n')
    kyiv = desk("fetch", "wire", "--config", str(desk.config), where=False)
    assert kyiv.stdout.count("  stated, Europe/Kyiv, a guess\n") == 1  # the top row may be of another day
    assert kyiv.stdout.count("  stated, Europe/Kyiv\n") == 1
    with desk.daemon():
        wait_for(lambda: len(desk("items", "--json").stdout.splitlines()) == 2)
    dates = {it["title"]: it["published"] for it in desk.json("items")}
    assert (dates["b"]["zone"], dates["b"]["sure"], dates["a"]["sure"]) == ("Europe/Kyiv", True, False)
    assert "(stated, Europe/Kyiv, a guess)" in desk("why", "a").stdout


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["try", "fire AND launch*", "--text", "Missile launched"], 0, "no: "),
        (["try", "fire AND (", "--text", "x"], 2, "query:1:11:"),
        (["try", "fire"], 2, "give --text or --since"),
        (["wach"], 2, "Did you mean 'watch'"),
        (["fetch", "nowhere"], 2, "neither an address nor a source"),
        (["fetch", "htp://example.org/"], 2, "http"),
        (["items", "--state", "nowhere"], 5, "does not exist yet"),
        (["watch", "--state", "nowhere"], 4, "no daemon runs"),
        (["run", "--config", "missing.toml"], 3, "missing.toml"),
        (["replay", "--state", "nowhere"], 2, "name deliveries"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_status(
    words: list[str], status: int, says: str, desk: Desk
) -> None:
    done = desk(*words, where=False)
    assert done.returncode == status, done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_init_writes_a_configuration_that_checks_good_and_overwrites_none(desk: Desk) -> None:
    desk.config.unlink()
    assert desk("init", where=False).returncode == 0
    checked = desk("check", where=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.rstrip().endswith("good")
    again = desk("init", where=False)
    assert again.returncode == 2
    assert "--force" in again.stderr


def test_init_writes_to_standard_output_where_it_is_told_to(desk: Desk) -> None:
    done = desk("init", "-", where=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, starter(), "")
    assert not (desk.path / "-").exists()


def test_check_sends_one_test_alert(desk: Desk, site: Site) -> None:
    done = desk("check", "--notify", "desk")
    assert done.returncode == 0, done.stderr
    [asked] = site.requests
    assert json.loads(asked.body)["type"] == "test"
    site.pages["/hook"] = (503, {}, b"")
    failed = desk("check", "--notify", "desk")
    assert failed.returncode == 1
    assert "notify.desk: answered 503" in failed.stderr


def test_check_shows_what_a_notifier_sends_and_may_leave_it_at_that(desk: Desk, site: Site) -> None:
    shown = desk("check", "--notify", "desk", "--preview")
    assert shown.returncode == 0, shown.stderr
    assert site.requests == []
    assert "POST http://127.0.0.1/…\ncontent-type: application/json\nwebhook-id: " in shown.stdout
    assert '"title": "Dam at Example River fails, 12 villages evacuated"' in shown.stdout
    assert "/hook" not in shown.stdout
    assert "notify.desk: told" not in shown.stdout
    sent = desk("check", "--notify", "desk")
    assert shown.stdout.partition("webhook-id")[0] in sent.stdout
    assert sent.stdout.endswith("notify.desk: told\n")
    assert desk("check", "--preview").returncode == 2


def test_every_command_takes_a_configuration_and_a_state() -> None:
    without = {
        name
        for name, command in every_command(typer.main.get_command(app))
        if not {"--config", "--state"} <= {text for it in command.params for text in it.opts}
    }
    assert without == {"help"}


def every_command(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the commands of a group and of the groups in it, by name."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for own, inner in command.commands.items():
        yield from every_command(inner, f"{name} {own}".strip())


def test_help_is_light_and_names_every_command(desk: Desk) -> None:
    program = (
        "import sys\nsys.argv = ['newsbell', '--help']\nfrom monitor.cli import main\n"
        "try:\n    main()\nfinally:\n    heavy = {'apscheduler', 'feedparser', 'httpx', 'rich.live', 'textual'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=50
    )
    assert "heavy: []" in done.stdout
    for name in [
        "demo",
        "watch",
        "fetch",
        "try",
        "init",
        "add",
        "import",
        "check",
        "run",
        "items",
        "alerts",
        "sources",
        "why",
        "deliveries",
        "replay",
    ]:
        assert f"  {name} " in done.stdout
    rest = desk("help", "--all", where=False).stdout
    assert "stop" in rest
    assert "paths" in rest


@pytest.mark.parametrize(
    "words", [["items"], ["alerts"], ["sources"], ["deliveries"], ["--help"], ["why", "wire"]]
)
def test_a_pipe_gets_no_escapes(words: list[str], desk: Desk, site: Site) -> None:
    if words != ["--help"]:
        with desk.daemon() as process:
            assert site.wait(lambda site: site.paths().count("/rss") >= 2)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
    done = desk(*words, where=words != ["--help"])
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr


def test_watch_rings_for_an_appended_item_and_writes_nothing(desk: Desk, site: Site) -> None:
    desk.config.unlink()
    words = desk.command("watch", f"{site.url}/rss", "--match", "fire", "--every", "1s", where=False)
    with subprocess.Popen(
        words, env=desk.environ, cwd=desk.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            seen = [process.stdout.readline() for _ in range(2)]
            assert any("old fire" in line for line in seen)
            site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire", "b: budget"))
            while "new fire" not in (line := process.stdout.readline()):
                assert line
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "\x1b" not in out
    assert "Traceback" not in err
    assert list(desk.path.iterdir()) == []


@pytest.mark.torture
def test_one_is_one_and_what_the_backlog_rang_is_told(desk: Desk, site: Site) -> None:
    site.pages["/rss"] = (200, {}, rss("a: old fire"))
    desk.config.write_text(TOML.format(url=site.url).replace('every = "1s"', 'every = "1h"\nbacklog = "all"'))
    with desk.daemon() as process:
        assert site.wait(lambda site: "/hook" in site.paths())
        assert desk("stop").returncode == 0
        _, err = process.communicate(timeout=20)
    assert "ready: 1 source, 1 rule\n" in err
    assert "wire: 1 item noted, 0 would have rung, 1 rang\n" in err
    assert "  1 item  last poll" in desk("sources").stdout
    life = desk("why", "wire").stdout
    assert ": 1 item noted, 0 would have rung\n" in life
    assert "window    1 item; lasts" in life
    assert "noted, rung (backlog)" in desk("why", "old fire").stdout
    assert "\n1 item, none dated; 1 matches a rule; " in f"\n{desk('fetch', 'wire').stderr}"
