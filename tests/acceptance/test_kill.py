"""kill -9 of the real daemon, 200 times: nothing is lost. `make torture KILLS=1000` goes on longer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KILLS = 200


@pytest.mark.timeout(900)  # about 250 s on two idle cores
@pytest.mark.torture  # `make check` runs it beside the other short forms
@pytest.mark.skipif(sys.platform != "linux", reason="counts the children left behind by Linux's /proc")
def test_a_daemon_that_is_killed_200_times_loses_no_alert() -> None:
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
    assert len(figures["points"]) == 12
    assert figures["due"] >= 10 * KILLS
    assert not any(figures["lost"].values())
    assert figures["not_unique"] == figures["doubles_beyond_in_flight"] == figures["children_left"] == 0
    assert figures["integrity"] == "ok"
