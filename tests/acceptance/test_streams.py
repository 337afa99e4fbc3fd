"""A real daemon on a stream that breaks, killed with -9 in the midst of it: every event rings, each once by its id."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.test_api import configure, daemon
from tests.conftest import Site
from tests.streams import Stream

EVENTS = 60
KILLS = 2


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def heard(site: Site) -> dict[str, set[str]]:
    """Return the ids of the deliveries by what they told."""
    found: dict[str, set[str]] = {}
    for asked in list(site.requests):
        if asked.path == "/hook":
            title = json.loads(asked.body)["data"]["item"]["title"]
            found.setdefault(title, set()).add(asked.headers["webhook-id"])
    return found


@pytest.mark.torture
def test_a_kill_in_the_midst_of_a_stream_loses_nothing(site: Site, tmp_path: Path) -> None:
    stream = Stream(site=site, retry=1_000)
    config = configure(tmp_path, site, "")
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace(f'url = "{site.url}/rss"\nevery = "1s"', f'url = "{stream.url}"\ntype = "sse"'),
        encoding="utf-8",
    )
    titles = [f"fire {number}" for number in range(EVENTS)]
    for round_ in range(KILLS + 1):
        with daemon(config):
            until(lambda round_=round_: len(stream.asked) > round_)  # type: ignore[misc]  # bound at once
            for title in titles[round_ * EVENTS // (KILLS + 1) : (round_ + 1) * EVENTS // (KILLS + 1)]:
                stream.say(title)
            if round_ == 1:
                stream.drop()
            if round_ == KILLS:
                until(lambda: len(heard(site)) == EVENTS)
            else:
                until(lambda round_=round_: len(heard(site)) > round_ * EVENTS // (KILLS + 1))  # type: ignore[misc]  # killed in the midst
        stream.drop()
    told = heard(site)
    assert sorted(told) == sorted(titles)
    assert {len(ids) for ids in told.values()} == {1}
    assert stream.asked[0] is None
    assert all(stream.asked[1:]), "each that came back said behind what"


def test_fetch_shows_what_comes_and_add_writes_the_type(site: Site, tmp_path: Path) -> None:
    stream = Stream(site=site)
    stream.said.append(b'id: 0\ndata: {"title": "first fire"}\n\n')
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")

    def newsbell(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "monitor", *words, "--config", str(config)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    site.pages["/now"] = (200, {"Content-Type": "text/event-stream"}, stream.said[0])
    newsbell("add", f"{site.url}/now", "--name", "wire")
    assert 'type = "sse"' in config.read_text(encoding="utf-8")
    assert json.loads(newsbell("fetch", "wire", "--json").splitlines()[0])["title"] == "first fire"
