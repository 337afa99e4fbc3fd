"""kill -9 of the real daemon, 50 times: nothing is lost. `make torture KILLS=1000` goes on longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 50


@pytest.mark.timeout(420)  # about 80 s on two idle cores
@pytest.mark.torture  # `make check` runs it beside the other short forms
@pytest.mark.skipif(sys.platform != "linux", reason="counts the children left behind by Linux's /proc")
def test_a_daemon_that_is_killed_50_times_loses_no_alert() -> None:
    """In a process of its own, which becomes the parent of whatever a killed daemon leaves behind."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.kills", "--kills", str(KILLS), "--seed", "7"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["kills"] == KILLS
    assert figures["before_ready"] >= KILLS / 10
    assert figures["near_commit_or_send"] >= KILLS / 4
    assert figures["received_distinct"] == figures["due"] > KILLS
    assert figures["lost"] == figures["duplicate_ids_differ"] == figures["children_left"] == 0
    assert figures["integrity"] == "ok"
