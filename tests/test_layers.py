"""The layers are enforced: a wrong import planted in any room is found by what CI runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and of its contracts."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(TOP / "monitor", copy / "monitor", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", copy)
    return copy


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache"], cwd=house, env={"PYTHONPATH": str(house)}, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("room", "planted", "broken"),
    [
        ("core/cadence.py", "from monitor.store import Store", "the rooms"),
        ("sources/feed.py", "from monitor.notifiers import Notifier", "the rooms"),
        ("model/basics.py", "from monitor.rules import engine", "the rooms"),
        ("core/telling/route.py", "def late():\n    from monitor.daemon import clock", "the rooms"),
        ("core/telling/retry.py", "from monitor.core import cadence", "inside core"),
        ("core/items/identity.py", "from monitor.core.items import recognition", "same item"),
        ("core/dates/datetexts.py", "from monitor.core.dates import stamps", "when was it published"),
        ("core/alerts/thresholds.py", "from monitor.core.alerts import bursts", "does it ring"),
        ("core/telling/render.py", "from monitor.core.telling import remarks", "who hears"),
        ("rules/engine.py", "import time", "what is pure"),
        ("rules/words/text.py", "from monitor.rules.query import tree", "inside the rules"),
        ("sources/feed.py", "import httpx", "what is pure"),
        ("store/__init__.py", "import httpx", "one room an outside library"),
        ("cli/look.py", "import apscheduler", "one room an outside library"),
        ("api/health.py", "from monitor.dashboard import view", "the rooms"),
        ("answers/life.py", "from monitor.api import tally", "the rooms"),
        ("daemon/face.py", "import starlette", "only the API"),
        ("daemon/reading/fetch.py", "import httpx", "of the daemon"),
        (
            "store/sqlite/items/search.py",
            "from monitor.store.sqlite.asked import reading",
            "inside the store",
        ),
        ("daemon/network/fields.py", "from monitor.daemon.reading import fetch", "inside the daemon"),
    ],
)
def test_a_planted_violation_is_found(house: Path, room: str, planted: str, broken: str) -> None:
    file = house / "monitor" / room
    kept = file.read_text()
    file.write_text(f"{kept}\n\n{planted}\n")
    try:
        done = lint(house)
    finally:
        file.write_text(kept)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.endswith("BROKEN") and line.startswith(broken)]


def test_what_is_built_keeps_them(house: Path) -> None:
    assert lint(house).returncode == 0


def test_values_are_dataclasses_that_cost_little() -> None:
    """All but the kinds, which strangers write too, and by the standard's words (monitor/values.py says what it saves)."""
    standard = re.compile(
        r"^from dataclasses import .*\bdataclass\b|\bdataclasses\.dataclass\b", re.MULTILINE
    )
    apart = {"sources", "notifiers", "values.py"}
    files = [
        file
        for file in (TOP / "monitor").rglob("*.py")
        if file.relative_to(TOP / "monitor").parts[0] not in apart
    ]
    assert len(files) > 200
    assert [file for file in files if standard.search(file.read_text())] == []
