"""The API beside a real daemon: up before it is ready, gone with it, and nothing where it is not configured."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import Site

RSS = "<rss version='2.0'><channel><title>t</title>{}</channel></rss>"
ITEM = "<item><guid isPermaLink='false'>{0}</guid><title>{0} fire</title></item>"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found: int = free.getsockname()[1]
        return found


def configure(path: Path, site: Site, api: str) -> Path:
    site.pages["/rss"] = (200, {}, RSS.format(ITEM.format("one")).encode())
    site.pages["/hook"] = (204, {}, b"")
    config = path / "config.toml"
    config.write_text(
        f'[source.wire]\nurl = "{site.url}/rss"\nevery = "1s"\n[rule]\nfire = "fire"\n'
        f'[notify.desk]\nurl = "{site.url}/hook"\n{api}'
    )
    return config


def command(config: Path, *words: str) -> list[str]:
    return [sys.executable, *words, "run", "--config", str(config), "--state", str(config.parent / "state")]


@contextmanager
def daemon(config: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a daemon until the block ends; the block begins when it says that it is ready."""
    run = subprocess.Popen(
        command(config, *(words or ("-m", "monitor"))),
        env={"HOME": str(config.parent), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert run.stderr is not None
        assert any("ready: " in said for said in run.stderr)
        yield run
    finally:
        run.kill()
        run.communicate()


def ask(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def await_title(stream: http.client.HTTPResponse, title: str) -> None:
    """Return when an item or an alert with this title has come."""
    while said := stream.readline().decode():
        if said.startswith("data: ") and json.loads(said.removeprefix("data: ")).get("title") == title:
            return
    raise AssertionError(f"the stream ended before {title!r}")


def test_it_answers_as_soon_as_the_daemon_is_ready_and_until_it_ends(
    site: Site, tmp_path: Path, port: int
) -> None:
    with daemon(configure(tmp_path, site, f'[api]\nlisten = "127.0.0.1:{port}"\n')) as run:
        assert ask(port, "/readyz")[0] == 200
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request("GET", "/api/v1/stream?after=0")
        stream = client.getresponse()
        await_title(stream, "one fire")  # the first body: noted, and not rung
        site.pages["/rss"] = (200, {}, RSS.format(ITEM.format("two") + ITEM.format("one")).encode())
        await_title(stream, "two fire")
        assert site.wait(lambda site: "/hook" in site.paths())
        _, metrics = ask(port, "/metrics")
        assert b'newsbell_items_total{change="new"} 2.0' in metrics
        assert b"newsbell_alerts_total 1.0" in metrics
        run.send_signal(signal.SIGTERM)  # with a listener that would stay for ever
        assert run.wait(20) == 0
        stream.read()
        stream.close()
        client.close()


def test_a_place_that_is_taken_ends_the_start_with_a_sentence(site: Site, tmp_path: Path, port: int) -> None:
    config = configure(tmp_path, site, f'[api]\nlisten = "127.0.0.1:{port}"\n')
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = subprocess.run(
            command(config, "-m", "monitor"), capture_output=True, text=True, check=False, timeout=50
        )
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        f"[api] listen: 127.0.0.1:{port}: it is in use by another program; stop that one or write another place"
    )
    assert "Traceback" not in done.stderr


def test_a_socket_is_taken_over_from_a_killed_daemon(site: Site, tmp_path: Path) -> None:
    place = tmp_path / "api.sock"
    config = configure(tmp_path, site, f'[api]\nlisten = "unix:{place}"\n')
    with daemon(config) as run:
        run.kill()
        run.wait()
    assert place.exists()
    with daemon(config) as run:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(30)
            client.connect(str(place))
            client.sendall(b"GET /healthz HTTP/1.0\r\nHost: whatever.example\r\n\r\n")
            assert client.recv(4_096).startswith(b"HTTP/1.1 200 ")
        run.send_signal(signal.SIGTERM)
        assert run.wait(20) == 0
    assert not place.exists()


LOADED = "import sys, atexit; atexit.register(lambda: print('loaded:', *sys.modules, file=sys.stderr)); from monitor.cli import main; main()"


def listening(process: int) -> Sequence[str]:
    """Return the local ends of all sockets on which a process listens, as /proc/net/tcp has them."""
    held = set()
    for name in os.listdir(f"/proc/{process}/fd"):
        with suppress(FileNotFoundError):  # closed meanwhile
            held.add(os.readlink(f"/proc/{process}/fd/{name}"))
    lines = [
        line.split()
        for file in ("tcp", "tcp6")
        for line in Path("/proc/net", file).read_text().splitlines()[1:]
    ]
    return [line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in held]


def test_nothing_listens_and_nothing_is_loaded_without_it(site: Site, tmp_path: Path, port: int) -> None:
    with daemon(configure(tmp_path, site, ""), "-c", LOADED) as run:
        assert listening(run.pid) == []
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate(timeout=20)
    loaded = said.rpartition("loaded:")[2].split()
    assert "monitor.daemon.service" in loaded
    assert not {"starlette", "uvicorn", "prometheus_client"} & set(loaded)
    with daemon(configure(tmp_path, site, f'[api]\nlisten = "127.0.0.1:{port}"\n'), "-c", LOADED) as run:
        assert listening(run.pid) == [f"0100007F:{port:04X}"]  # only where it was told to
