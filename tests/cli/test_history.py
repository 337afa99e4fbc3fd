"""What a rule would have done with what is stored: items, try --since, check. Real processes over a real file."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.model import Rule, Source
from tests.desk import Desk, line

NOW = datetime.now(UTC)  # noqa: TID251 - the commands read the clock
CONFIG = """
[source.wire]
url = "https://127.0.0.1/rss"

[aliases]
calm = ["Quiet day", "Calm"]

[rule]
strike = "strike"

[rule.drones]
query = "drone*"
ring = false

[rule.strikes]
query = "strike*"
threshold = { items = 3, within = "1h" }

[rule.calm]
query = "alias:calm"
absent = "1d"
"""
OLD, NEW = (
    ("Strike in March",),
    (
        "Strike on Kyiv",
        "Drone strikes",
        "Air strikes",
        "More strikes",
        "No strikes",
        "Strikes end",
        "Quiet day",
    ),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration and a store with items of a month ago and of an hour ago."""
    path = tmp_path_factory.mktemp("desk")
    (path / "config.toml").write_text(CONFIG)
    (path / "state").mkdir()
    rules = [
        Rule(name="strike", query="strike", version="v1"),
        Rule(name="drones", query="drone*", ring=False),
    ]
    desk = Desk(
        [Source(name="wire", url="https://127.0.0.1/rss")], rules, path=str(path / "state" / "newsbell.db")
    )
    old = [line(title, guid=title) for title in OLD]
    desk.read("wire", old, NOW - timedelta(days=30))
    desk.read("wire", [*old, *(line(title, guid=title) for title in NEW)], NOW - timedelta(hours=1))
    assert desk.told == [("strike", "Strike on Kyiv")]  # and nobody heard of the drone
    desk.connection.close()
    return path


def run(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "monitor",
        *words,
        "--config",
        str(place / "config.toml"),
        "--state",
        str(place / "state"),
    ]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        env={"HOME": str(place), "TZ": "UTC"},
    )


def test_try_since_lists_what_would_have_rung_and_counts(place: Path) -> None:
    done = run(place, "try", "strike*", "--since", "7d")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("trike") == 6
    assert "6 of 7 items in 7 days: 0.9 alerts a day" in done.stdout
    assert "2 of 8 items in 60 days" in run(place, "try", "--rule", "strike", "--since", "60d").stdout


def test_try_since_counts_what_a_rule_holds_back(place: Path) -> None:
    waiting = run(place, "try", "--rule", "strikes", "--since", "7d").stdout.splitlines()[-1]
    assert (
        waiting == "6 of 7 items in 7 days, 6 stories; with its threshold it rings 2 times: 0.3 alerts a day"
    )
    absent = run(place, "try", "--rule", "calm", "--since", "7d").stdout.splitlines()[-1]
    assert (
        absent == "1 of 7 items in 7 days, 1 story; it rings for none of them, but where none comes for 24 h"
    )


@pytest.mark.parametrize(
    ("query", "of_rules", "of_items"),
    [("strikes published:1min", 5, 0), ("strikes -published:1min", 0, 5), ("kyiv severity:warning", 0, 1)],
)
def test_the_past_is_judged_as_it_was_when_it_came(
    place: Path, tmp_path: Path, query: str, of_rules: int, of_items: int
) -> None:
    """By a rule an item's age counts from when it was first seen, and it has not rung; of `items` from now."""
    (tmp_path / "config.toml").write_text(f'{CONFIG}\n[rule.asked]\nquery = "{query}"\n')
    configured = ("--config", str(tmp_path / "config.toml"))
    command = [sys.executable, "-m", "monitor"]
    state = ("--state", str(place / "state"))

    def told(*words: str) -> str:
        done = subprocess.run(
            [*command, *words, *configured, *state], capture_output=True, text=True, timeout=50, check=True
        )
        return done.stdout + done.stderr

    for asked in ((query,), ("--rule", "asked")):
        assert f"{of_rules} of 7 items in 7 days" in told("try", *asked, "--since", "7d")
    assert f"rule asked: {of_rules} in the last 7 days" in told("check")
    assert told("items", query, "--json").count('"id"') == of_items


@pytest.mark.parametrize(
    ("query", "never"),
    [
        ("severity:critical", True),
        ("kyiv AND (severity:critical OR severity:info)", True),
        ("at least 2 of (kyiv, severity:critical)", True),
        ("kyiv OR severity:critical", False),
        ("kyiv -severity:critical", False),
        ("severity", False),
    ],
)
def test_a_rule_that_waits_for_what_has_rung_is_told_of(tmp_path: Path, query: str, never: bool) -> None:
    (tmp_path / "config.toml").write_text(f'[rule]\nasked = "{query}"\n')
    for words in (("check",), ("try", "--rule", "asked", "--text", "kyiv")):
        told = run(tmp_path, *words).stderr
        assert ("asks for a severity, and no item has rung before it is judged" in told) is never, told


def test_try_since_speaks_json(place: Path) -> None:
    done = run(place, "try", "kyiv", "--since", "7d", "--json")
    assert [json.loads(row)["title"] for row in done.stdout.splitlines()] == ["Strike on Kyiv"]


def test_a_query_calls_what_the_configuration_lists(place: Path) -> None:
    assert run(place, "try", "alias:calm", "--text", "Calm at last").stdout.startswith("yes: Calm in title")


def test_try_wants_a_text_or_a_time(place: Path) -> None:
    assert run(place, "try", "a").returncode == 2
    assert run(place, "try", "a", "--text", "a", "--since", "7d").returncode == 2
    assert "is no duration" in run(place, "try", "a", "--since", "soon").stderr


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("severity:warning", ["Strike on Kyiv"]),
        ("strike published:7d", ["Strike on Kyiv"]),
        ("strike -published:7d", ["Strike in March"]),
        ("drone NEAR/1 strikes", ["Drone strikes"]),
        ("alias:calm", ["Quiet day"]),
    ],
)
def test_items_takes_the_whole_language(place: Path, query: str, titles: list[str]) -> None:
    done = run(place, "items", query, "--json")
    assert [json.loads(row)["title"] for row in done.stdout.splitlines()] == titles


def test_check_says_how_often_each_rule_would_have_rung_and_what_it_misses(place: Path) -> None:
    done = run(place, "check")
    assert done.returncode == 0, done.stderr
    assert "rule strike: 1 in the last 7 days, 1 story" in done.stdout
    assert "rule strikes: 6 in the last 7 days, 6 stories; with its threshold it rings 2 times" in done.stdout
    assert "rule drones (ring = false): 1 in the last 7 days, 1 story" in done.stdout
    assert (
        "rule strike: 'strike' is that exact word; 5 stored items have 'strikes': write strike*"
        in done.stderr
    )


def test_why_says_that_a_rule_only_counts(place: Path) -> None:
    done = run(place, "why", "Drone strikes")
    assert "drones: yes (ring = false: it tells nobody)" in done.stdout


def test_why_tells_an_edit_that_says_something_else_from_one_that_does_not(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "state").mkdir()
    desk = Desk(
        [Source(name="wire", url="https://127.0.0.1/rss")], path=str(tmp_path / "state" / "newsbell.db")
    )
    titles = ("Blast kills 3 in Odesa", "Blast kills 3 in Odessa", "Blast kills 7 in Odessa")
    for minutes, title in enumerate(titles):
        desk.read("wire", [line(title, guid="1")], NOW - timedelta(minutes=30 - minutes))
    desk.connection.close()
    (told,) = map(json.loads, run(tmp_path, "why", "Blast kills", "--json").stdout.splitlines())
    assert [one["material"] for one in told["revisions"]] == [None, "number"]
    lines = run(tmp_path, "why", "Blast kills").stdout
    assert lines.count("its title tells the same") == lines.count("it tells something else (number)") == 1
