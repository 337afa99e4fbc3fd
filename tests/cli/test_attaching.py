"""Faces attach by the service's socket where they may not read its file: the same commands, with the same answers."""

import asyncio
import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from monitor.cli.places import Place, glance, load, maybe_load, reached
from monitor.cli.watching import Changing
from monitor.config import ConfigErrors
from monitor.core.telling import hush
from monitor.model import Matcher
from monitor.store.sqlite.outside.through import daemon_at
from tests.cli.shell import Shell
from tests.cli.test_commands import Desk, rss, wait_for
from tests.conftest import Site
from tests.desk import START

NOBODY = 65_534  # the user and group of nobody
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


@pytest.fixture
def service(tmp_path: Path, site: Site) -> Iterator[Desk]:
    """A daemon as systemd would start it; it has told of an alert."""
    site.pages["/rss"] = (200, {}, rss("a: old fire", "b: budget"))
    site.pages["/hook"] = (204, {}, b"")
    desk = Desk(tmp_path, site)
    (tmp_path / "run" / "newsbell").mkdir(parents=True)
    desk.environ["RUNTIME_DIRECTORY"] = str(tmp_path / "run" / "newsbell")
    with desk.daemon():
        assert site.wait(lambda site: site.paths().count("/rss") >= 2, seconds=60)  # the first one is stored
        site.pages["/rss"] = (200, {}, rss("c: new fire", "a: old fire", "b: budget"))
        assert site.wait(lambda site: "/hook" in site.paths(), seconds=60)
        wait_for(lambda: {row["state"] for row in desk.json("deliveries")} == {"sent"})
        yield desk


@pytest.fixture
def person(tmp_path: Path) -> Shell:
    home = tmp_path / "home"
    home.mkdir()
    environ = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": os.getcwd()}
    return Shell(home, {**environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path / "run")})


def test_people_watch_tell_again_and_keep_quiet_by_the_socket(
    service: Desk, person: Shell, site: Site
) -> None:
    [alert] = person.json("alerts")
    hooks = site.paths().count("/hook")
    assert person("replay", alert["id"], "--to", "desk").stdout == "1 delivery is due again\n"
    assert site.wait(lambda site: site.paths().count("/hook") == hooks + 1)
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", "watch"],
        env=person.environ,
        cwd=person.path,
        stdout=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        seen = ""
        while "budget" not in seen:  # what was stored before
            seen += watching.stdout.readline()
        site.pages["/rss"] = (200, {}, rss("d: more fire", "c: new fire", "a: old fire", "b: budget"))
        while "more fire" not in seen:
            line = watching.stdout.readline()
            assert line, seen
            seen += line
        watching.terminate()
        assert watching.wait(20) == 0

    # what its keys a and s do (dashboard/hands)
    socket_ = service.path / "run" / "newsbell" / "newsbell.sock"
    changes = Changing(Place(directory=service.path, database=service.path / "none", socket=socket_))
    made = hush.silence([Matcher("rule", "=", "fire")], START, START + timedelta(days=9_999), "", nonce="1")
    asyncio.run(changes.silence(made))
    assert [one["id"] for one in person.json("silence", "--list")] == [made.id]
    assert asyncio.run(changes.end_silences([made.id])) == 1


@pytest.mark.torture
@pytest.mark.timeout(300)  # twenty commands
def test_every_face_answers_by_the_socket_as_by_the_file(service: Desk, person: Shell) -> None:
    for words in (("items",), ("items", "fire AND NOT old"), ("alerts",), ("deliveries",)):
        assert person.json(*words) == service.json(*words) != []
    [source] = person.json("sources")
    assert (source["name"], source["items"]) == (service.json("sources")[0]["name"], 3)
    [alert] = person.json("alerts")
    for what in ("new fire", source["name"], alert["id"]):
        told = person("why", what)
        assert told.returncode == 0, told.stderr
        assert "new fire" in told.stdout or source["url"] in told.stdout
    exported = person("export", "items").stdout.splitlines()
    assert sorted(json.loads(line)["title"] for line in exported) == [
        "a: old fire",
        "b: budget",
        "c: new fire",
    ]

    [acked] = person.json("ack", alert["id"])
    assert [one["id"] for one in person.json("silence", "--list")] == [acked["id"]]
    assert person("silence", "--end", acked["id"]).stdout.startswith("1 ack ended; ")
    assert person("silence", "severity=info", "--for", "1h").returncode == 0
    assert len(service.json("silence", "--list")) == 1


def _noise(path: Path, seed: int) -> list[socket.socket]:
    """Call as nobody should, until no more are let in.

    Bytes by chance, a request without an end, answers that nobody reads, one that is long in the making, silence.
    """
    chance, calls = Random(seed), list[socket.socket]()
    while True:
        calls.append(calling := socket.socket(socket.AF_UNIX))
        calling.settimeout(10)
        calling.connect(str(path))
        if b"others are attached" in calling.recv(4_096):
            return calls
        calling.setblocking(False)
        calling.send(
            (
                chance.randbytes(chance.randint(1, 4_096)) + b"\n",
                b"{" * 65_536,
                b'{"ask": "select a.title, b.title from items a, items b, items c, items d"}\n' * 400,
                b'{"ask": "with recursive n(a) as (select 1 union all select a from n) select 1 from n where a > 1"}\n',
                b"",
            )[len(calls) % 5]
        )


def _taken_up(pid: int) -> int:
    """Return how many threads and sockets a process has. SQLite keeps its descriptors for those who come next."""
    sockets = 0
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            sockets += os.readlink(file).startswith("socket:")
    return len(os.listdir(f"/proc/{pid}/task")) + sockets


@pytest.mark.torture
def test_hostile_guests_cost_the_daemon_nothing(service: Desk, person: Shell, site: Site) -> None:
    path = service.path / "run" / "newsbell" / "newsbell.sock"
    pid = daemon_at(path)
    assert pid is not None
    before = _taken_up(pid)
    calls = _noise(path, seed=5)
    refused = person("items")
    assert (refused.returncode, "32 others are attached already" in refused.stderr) == (5, True), (
        refused.stderr
    )
    site.pages["/rss"] = (200, {}, rss("d: more fire", "c: new fire", "a: old fire", "b: budget"))
    hooks = site.paths().count("/hook")
    assert site.wait(lambda site: site.paths().count("/hook") == hooks + 1)
    for calling in calls:
        calling.close()
    wait_for(lambda: _taken_up(pid) <= before)
    assert [one["item"]["title"] for one in person.json("alerts")] == ["d: more fire", "c: new fire"]
    assert daemon_at(path) == pid


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose system has a service: its /etc, /var/lib and /run, and a home without anything."""
    for name, folder in (("_ETC", "etc"), ("_STATE", "lib"), ("_RUN", "run")):
        (tmp_path / folder / "newsbell").mkdir(parents=True)
        monkeypatch.setattr(f"monitor.config.places.{name}", tmp_path / folder)
    for name, value in (("HOME", tmp_path / "home"), ("XDG_RUNTIME_DIR", tmp_path / "run" / "user")):
        monkeypatch.setenv(name, str(value))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "NEWSBELL_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_who_has_nothing_of_their_own_looks_at_the_systems_service(machine: Path) -> None:
    lib, sock = machine / "lib" / "newsbell", machine / "run" / "newsbell" / "newsbell.sock"
    assert reached(None, None).socket is None
    sock.touch()
    assert reached(None, None) == Place(directory=lib, database=lib / "newsbell.db", socket=sock)
    (machine / "home/.local/state/newsbell").mkdir(parents=True)
    (own := machine / "home/.local/state/newsbell/newsbell.db").touch()
    assert reached(None, None) == Place(directory=own.parent, database=own)


def test_its_configuration_lights_what_is_looked_at_and_is_run_by_nobody_else(machine: Path) -> None:
    config = machine / "etc" / "newsbell" / "config.toml"
    config.write_text(
        '[source.a]\nurl = "http://e.org/"\nauth = { bearer = { credential = "token" } }\n[rule]\nfire = "fire"\n'
        '[notify.desk]\nurl = "http://e.org/hook"\nsecret = { credential = "key" }\nheaders = { x-key = { env = "KEY" } }\n'
    )
    looking = maybe_load(None)  # without what the service alone can read
    assert looking is not None
    assert [rule.name for rule in looking.rules] == ["fire"]
    assert [source.name for source in looking.sources] == ["a"]
    assert reached(looking, None).directory == machine / "lib" / "newsbell"
    assert reached(glance(None), None).directory == machine / "lib" / "newsbell"
    with pytest.raises(ConfigErrors, match="there is no configuration"):
        load(None)
    with pytest.raises(ConfigErrors, match="there is no environment variable 'KEY'"):
        load(config)
    with pytest.raises(ConfigErrors, match=r"there is no \$CREDENTIALS_DIRECTORY"):
        load(config, whole=True)
    assert maybe_load(None, machine / "elsewhere") is None
    (machine / "home/.local/state/newsbell").mkdir(parents=True)
    (machine / "home/.local/state/newsbell/newsbell.db").touch()
    assert maybe_load(None) is None  # who has a daemon of their own looks at that


def test_who_finds_neither_file_nor_socket_is_told_what_starts_one(person: Shell) -> None:
    nothing = person("items")
    assert (nothing.returncode, "`newsbell run` makes it" in nothing.stderr) == (5, True)


def like_others() -> None:
    """Have no right to what belongs to others, root or not (capabilities(7))."""
    if os.geteuid() == 0:
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, right, 0, 0, 0)


def test_who_may_read_neither_is_told_so_in_a_sentence(person: Shell, tmp_path: Path) -> None:
    state = tmp_path / "closed" / "newsbell"
    state.mkdir(parents=True)
    (state / "newsbell.db").touch()
    if os.geteuid() == 0:
        os.chown(state.parent, NOBODY, NOBODY)
    state.parent.chmod(0o700 if os.geteuid() == 0 else 0)
    for words in (("items",), ("watch",), ("replay", "--failed")):
        refused = person(*words, "--state", str(state), preexec_fn=like_others)
        assert (refused.returncode, "is not yours to read" in refused.stderr) == (5, True), refused.stderr
    state.parent.chmod(0o700)
