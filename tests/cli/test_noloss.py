"""What the commands say of a source whose items may go by unseen, and why it is polled when it is."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook, unchanged
from monitor.model import Response, Rhythm, Source
from monitor.rules.engine import Engine
from monitor.store.sqlite import SqliteStore
from tests.conftest import Site
from tests.virtual import START, ManualClock

TOML = """\
[source.wire]
url = "{url}"
every = "15m"

[rule]
fire = 'fire'
"""
BUSY = (40.0, *[0.0] * 23)  # items an hour


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in a place of its own."""

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}
        places = ["--config", str(tmp_path / "config.toml")]
        places += ["--state", str(tmp_path)] if words[0] != "fetch" else []
        return subprocess.run(
            [sys.executable, "-m", "monitor", *words, *places],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return command


def polled(path: Path, rhythm: Rhythm, *, url: str = "https://e.org/rss") -> None:
    """Write a configuration, and the state that a daemon left which measured `rhythm`."""
    (path / "config.toml").write_text(TOML.format(url=url))
    clock = ManualClock()

    async def once() -> None:
        store = SqliteStore(path / "newsbell.db", clock)
        source = Source(name="wire", url=url, every=900.0, pinned=True)
        await store.sync(sources=[source])
        [claim] = await store.claim_due(limit=1)
        response = Response(url=url, status=304, received_at=clock.now())
        book = Rulebook(engine=Engine([]), bounds=Bounds())
        outcome = unchanged(replace(claim, rhythm=rhythm), response, book, now=clock.now(), jitter=0.0)
        await store.apply([outcome])
        store.close()

    asyncio.run(once())


def test_check_points_at_an_interval_that_loses_items(tmp_path: Path, run: Run) -> None:
    polled(tmp_path, Rhythm(window=10, hours=BUSY, looked_at=START))
    said = run("check")
    assert said.returncode == 0
    assert ":3:9: source 'wire' may miss items: pinned to 15 min, and its 10 items last 15 min" in said.stderr
    assert (
        "  wire: its 10 items last 15 min at the busiest hour, polled every 15 min"
        in said.stdout.splitlines()
    )
    assert "that asks for a poll every 5 min" in said.stderr
    assert said.stderr.splitlines()[1].strip() == 'every = "15m"'


def test_check_is_silent_where_nothing_is_lost_or_known(tmp_path: Path, run: Run) -> None:
    polled(tmp_path, Rhythm(window=500, hours=BUSY, looked_at=START))
    assert run("check").stderr == ""
    (tmp_path / "newsbell.db").unlink()
    assert run("check").stderr == ""


def test_sources_and_why_say_what_may_be_missed(tmp_path: Path, run: Run) -> None:
    polled(tmp_path, Rhythm(window=10, hours=BUSY, looked_at=START, gap_on="2026-02-27"))
    assert "may miss items: pinned to 15 min, and its 10 items last 15 min" in run("sources").stdout
    row = json.loads(run("sources", "--json").stdout)
    assert row["next_why"] == "in 15 min: pinned to that"
    assert row["may_miss"].startswith("pinned to 15 min")
    lines = [line.strip() for line in run("why", "wire").stdout.splitlines()]
    assert "next      in 15 min: pinned to that" in lines
    assert "window    10 items; lasts 15 min in its busiest hour, 40 items from 00:00 UTC" in lines
    assert "gap       the last one on 2026-02-27 (UTC)" in lines


def test_fetch_says_when_the_next_poll_is_and_why(tmp_path: Path, run: Run, site: Site) -> None:
    items = "".join(
        f"<item><guid>{n}</guid><title>{n}</title>"
        f"<pubDate>Sun, 01 Mar 2026 11:{40 + n}:00 GMT</pubDate></item>"
        for n in range(10)
    )
    site.pages["/rss"] = site.pages["/other"] = (
        200,
        {},
        f"<rss version='2.0'><channel>{items}</channel></rss>".encode(),
    )
    (tmp_path / "config.toml").write_text(TOML.format(url=f"{site.url}/rss").replace('"15m"', '"6h"'))
    said = run("fetch", "wire")
    assert "next poll in 6 h: pinned to that" in said.stderr
    plain = run("fetch", f"{site.url}/other")
    assert "10 items" in plain.stderr
    assert "next poll in 10 min: worth a poll by then, at hardly an item a month" in plain.stderr
