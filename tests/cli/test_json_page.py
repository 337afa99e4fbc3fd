"""docs/json.md shows what `--json` prints: the same keys, no more and no less."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from monitor.answers import latencies, life
from monitor.answers.latencies import Latencies, Spread
from monitor.answers.sources import source_json
from monitor.cli import app
from monitor.core.loss import told
from monitor.core.telling.notices import notice
from monitor.core.telling.render import alert_json, delivery_json, item_json
from monitor.model import AlertType, Delivery, Rhythm, Source
from monitor.store.sqlite.asked import reading
from tests.desk import EVERYTHING, START, Desk, line

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
EXAMPLES = {
    title: json.loads(example)
    for title, example in re.findall(r"^## (.*?)$.*?```json\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
}


@pytest.fixture
def desk() -> Desk:
    desk = Desk([Source(name="wire", url="http://e.org/rss", backlog="all")], [EVERYTHING])
    desk.read("wire", [line("Grain corridor open again", "Ships left.", url="http://e.org/a")], START)
    return desk


def shape(value: Any) -> Any:
    """Return the keys of an object, and of those in it."""
    return {key: shape(part) for key, part in value.items()} if isinstance(value, dict) else None


def test_items_sources_deliveries_and_alerts(desk: Desk) -> None:
    [item] = reading.items(desk.connection, limit=9)
    [row] = reading.sources(desk.connection)
    [alert] = reading.alerts(desk.connection, limit=9)
    delivery = Delivery(id="d", alert=alert, notifier="ops", created_at=START)
    assert shape(EXAMPLES["`items`, `fetch`"]) == shape(item_json(item))
    assert shape(EXAMPLES["`sources`"]) == shape(source_json(row))
    assert shape(EXAMPLES["`deliveries`"]) == shape(delivery_json(delivery))
    assert shape(EXAMPLES["`alerts`"]) == shape({**alert_json(alert), "item": None})
    assert alert_json(alert)["sentence"] is None


def test_latencies_of_what_was_told(desk: Desk) -> None:
    some = Spread(count=1, p50=1.0, p95=1.0, worst=1.0)
    made = Latencies(by="source", name="wire", told=1, seen=some, rung=some, delivered=some, whole=some)
    assert shape(EXAMPLES["`deliveries --latency`"]) == shape(latencies.as_json(made))


def test_the_gap_of_the_page_is_what_a_gap_says() -> None:
    gap = told(Rhythm(), window=2, recovered=0, now=START)
    said = EXAMPLES["`alerts`"]
    assert re.sub(r"about \d+ items?", "about 1 item", said["sentence"]) == f"pravda: {gap.sentence}"
    made = notice(AlertType.SOURCE_GAP, "", said["sentence"], at=START, source="pravda")
    assert {**alert_json(made), "id": said["id"], "at": said["at"]} == said


def test_why(desk: Desk) -> None:
    [of_item] = life.of(desk.connection, "Grain", [EVERYTHING]).found
    made = life.as_json(of_item)
    assert made.keys() == EXAMPLES["`why`"].keys()
    assert made["rules"][0].keys() == {"rule", "matches", "why"}
    [of_source] = life.of(desk.connection, "wire", []).found
    assert life.as_json(of_source).keys() == {"source", "rhythm", "newest"}


def test_try(capsys: pytest.CaptureFixture[str]) -> None:
    app(["try", "ICBM", "--text", "Minuteman ICBM", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out) == EXAMPLES["`try`"]


def test_try_since_is_what_items_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = Desk([Source(name="wire", url="http://e.org/rss")], path=str(tmp_path / "newsbell.db"))
    room.read("wire", [line("Grain corridor open again", url="http://e.org/a")], START)
    room.connection.close()
    words = ["try", "grain", "--since", "4000w", "--json", "--state", str(tmp_path)]
    app(words, standalone_mode=False)
    out, err = capsys.readouterr()
    assert shape(json.loads(out)) == shape(EXAMPLES["`items`, `fetch`"])
    assert err.startswith("1 of 1 items in ")
    assert "With `--since` it is each stored item that matches, as `items` has it" in PAGE
