"""docs/monitoring and the examples of docs/api.md: every metric named there exists, every command does what it says."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.store.sqlite.asked import reading
from tests.api.conftest import TOKEN, House
from tests.desk import START, line

DOCS = Path(__file__).parents[2] / "docs"
RULES = DOCS / "monitoring" / "alerts.yml"
BOARD = json.loads((DOCS / "monitoring" / "grafana.json").read_text())
EXAMPLES = [
    command
    for block in re.findall(r"```sh\n(.*?)```", (DOCS / "api.md").read_text(), re.DOTALL)
    for command in block.splitlines()
]


def queries(part: Any) -> Iterator[str]:
    """Yield each query of a dashboard, wherever it stands."""
    if isinstance(part, dict):
        yield from (
            value for key, value in part.items() if key in {"expr", "query"} and isinstance(value, str)
        )
        for value in part.values():
            yield from queries(value)
    elif isinstance(part, list):
        for value in part:
            yield from queries(value)


def documented() -> set[str]:
    """Return the samples of docs/metrics.md, which tests/api/test_metrics.py holds against what is exported."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) ", (DOCS / "metrics.md").read_text(), re.MULTILINE)
    more = {
        f"{name}_{part}" for name, kind in rows if kind == "histogram" for part in ("bucket", "sum", "count")
    }
    return {name for name, _ in rows} | more


@pytest.mark.parametrize(
    "text", [RULES.read_text(), "\n".join(queries(BOARD))], ids=["alerts.yml", "grafana.json"]
)
def test_every_metric_that_is_named_exists(text: str) -> None:
    named = set(re.findall(r"\b(?:newsbell|process)_\w+", text))
    assert len(named) > 8
    assert named - documented() == set()


def test_every_panel_asks_something_and_has_its_place() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in BOARD["panels"]]
    assert len(set(places)) == len(places)
    assert all(target["expr"] for panel in BOARD["panels"] for target in panel["targets"])
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here (Debian: apt install prometheus)")
def test_promtool_takes_the_rules_and_every_query(tmp_path: Path) -> None:
    panels = [
        target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*")
        for panel in BOARD["panels"]
        for target in panel["targets"]
    ]
    board = {
        "groups": [
            {"name": "board", "rules": [{"record": f"q:{n}", "expr": one} for n, one in enumerate(panels)]}
        ]
    }
    (tmp_path / "board.yml").write_text(json.dumps(board))  # JSON is YAML
    for path in (RULES, tmp_path / "board.yml"):
        done = subprocess.run(
            ["promtool", "check", "rules", path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here (Debian: apt install prometheus)")
def test_a_source_that_fails_is_said_with_how_often(tmp_path: Path) -> None:
    story = {
        "rule_files": [str(RULES)],
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": 'newsbell_source_up{source="wire"}', "values": "0x60"},
                    {"series": 'newsbell_source_failures{source="wire"}', "values": "5x60"},
                ],
                "alert_rule_test": [
                    {
                        "eval_time": "45m",
                        "alertname": "NewsbellSourceFailing",
                        "exp_alerts": [
                            {
                                "exp_labels": {"severity": "warning", "source": "wire"},
                                "exp_annotations": {
                                    "summary": "wire has failed 5 polls in a row",
                                    "description": "`newsbell sources` says what is wrong with it.",
                                },
                            }
                        ],
                    }
                ],
            }
        ],
    }
    (tmp_path / "story.yml").write_text(json.dumps(story))  # JSON is YAML
    done = subprocess.run(
        ["promtool", "test", "rules", tmp_path / "story.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture
def full(house: House) -> House:
    house.desk.read("wire", [line("A quake in the north", url="http://e.org/1")], START)
    house.desk.connection.execute("update deliveries set state = 'dead', last_error = 'answered 503'")
    house.desk.connection.execute(  # before it was asked for again, it had arrived
        "insert into attempts (delivery, at, ms, outcome, error) select id, created_at, 40, 'sent', '' from deliveries"
    )
    return house


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")
@pytest.mark.parametrize("command", EXAMPLES, ids=[str(n) for n in range(len(EXAMPLES))])
def test_each_example_works(full: House, command: str) -> None:
    endless = "/stream" in command
    done = subprocess.run(
        command.replace("127.0.0.1:9464", f"127.0.0.1:{full.port}").replace(
            "curl ", "curl -f " + "--max-time 2 " * endless
        ),
        shell=True,
        env={"PATH": os.environ["PATH"], "NEWSBELL_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (28 if endless else 0), done.stderr
    if endless:
        assert done.stdout.startswith("retry: 2000\n\n")
        assert ("event: alert" in done.stdout) == ("Last-Event-ID" in command)
        return
    answer = json.loads(done.stdout)
    assert answer
    assert all(value for key, value in answer.items() if key not in {"next", "unseen", "silences", "held"}), (
        "the example shows nothing"
    )
    if "replay" in command:
        assert [one.state for one in reading.deliveries(full.desk.connection, limit=9)] == ["due"]
