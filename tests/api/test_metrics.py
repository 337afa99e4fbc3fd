"""What is exported: read by the reference parsers, checked by promtool, and as docs/metrics.md says."""

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics

from monitor.model import Applied, Delivery, SendResult
from monitor.store.sqlite.asked import reading
from tests.api.conftest import Answer, House
from tests.desk import START, line

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
OPENMETRICS = {"Accept": "application/openmetrics-text; version=1.0.0; charset=utf-8"}


@pytest.fixture
def busy(house: House) -> House:
    """A house in which everything that is counted has happened."""
    outcome = house.desk.read(
        "wire", [line("A quake", url="http://e.org/1", at="Sun, 01 Mar 2026 11:58:00 GMT")], START
    )
    house.tally.polled(outcome, house.desk.applied)
    later = START + timedelta(minutes=1)
    body = [
        line("More quake", url="http://e.org/2", at="Sun, 01 Mar 2026 12:00:30 GMT"),
        line("A quake", url="http://e.org/1"),
    ]
    house.tally.polled(house.desk.read("wire", body, later), Applied(new=1, edited=2, rung=3))
    [alert, *_] = reading.alerts(house.desk.connection, limit=9)
    told = Delivery(id="d", alert=alert, notifier="desk", created_at=START)
    house.tally.attempted(SendResult(delivery=told, at=later + timedelta(seconds=3), seconds=0.1))
    house.tally.attempted(SendResult(delivery=told, at=later, seconds=0.1, trouble="receiver", error="503"))
    return house


def parsed(answer: Answer) -> list[Metric]:
    """Read with the reference parser of the format that was answered."""
    read = (
        openmetrics if answer.headers["content-type"].startswith("application/openmetrics-text") else parser
    )
    return list(read.text_string_to_metric_families(answer.body.decode()))


def scraped(house: House) -> dict[str, Metric]:
    answer = house.ask("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {family.name: family for family in parsed(answer)}


def value(house: House, sample: str, **labels: str) -> float:
    [found] = [
        one.value
        for family in scraped(house).values()
        for one in family.samples
        if one.name == sample and labels.items() <= one.labels.items()
    ]
    return found


def test_openmetrics_is_given_to_who_asks_for_it(busy: House) -> None:
    answer = busy.ask("/metrics", headers=OPENMETRICS)
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.body.endswith(b"# EOF\n")
    families = {one.name for one in parsed(answer)}
    assert {"newsbell_polls", "newsbell_item_delay_seconds", "newsbell_build"} <= families


@pytest.mark.parametrize("version", ["abc", "1.x.0"])
def test_who_asks_for_a_format_that_is_none_is_given_the_usual_one(house: House, version: str) -> None:
    answer = house.ask("/metrics", headers={"Accept": f"application/openmetrics-text; version={version}"})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


def test_what_was_done_is_counted(busy: House) -> None:
    assert value(busy, "newsbell_polls_total", outcome="ok") == 2
    assert value(busy, "newsbell_items_total", change="edited") == 2
    assert value(busy, "newsbell_alerts_total") == busy.desk.alerts() - 1 + 3
    assert value(busy, "newsbell_attempts_total", notifier="desk", outcome="receiver") == 1
    assert value(busy, "newsbell_delivery_delay_seconds_bucket", notifier="desk", le="5.0") == 1
    assert value(busy, "newsbell_delivery_delay_seconds_bucket", notifier="desk", le="2.0") == 0
    assert value(busy, "newsbell_item_delay_seconds_sum") == 30.0  # that of the first body does not count


def test_what_is_stored_is_told(busy: House) -> None:
    assert value(busy, "newsbell_stored_items") == 2
    assert value(busy, "newsbell_sources", state="ok") == 1
    assert value(busy, "newsbell_sources", state="new") == 1
    assert value(busy, "newsbell_source_up", source="wire") == 1
    assert value(busy, "newsbell_deliveries", notifier="desk", state="due") == 2
    assert value(busy, "newsbell_store_bytes", file="database") >= 4_096
    due = min(row.next_poll_at for row in reading.sources(busy.desk.connection) if row.next_poll_at)
    busy.clock.advance_to(due + timedelta(seconds=999))
    assert value(busy, "newsbell_poll_overdue_seconds") == 999


def test_it_is_not_ready_while_a_loop_stands_still(busy: House) -> None:
    assert value(busy, "newsbell_ready") == 1
    busy.still["deliver"] = 75.0
    assert value(busy, "newsbell_ready") == 0
    busy.still.clear()
    busy.tally.stopping = True
    assert value(busy, "newsbell_ready") == 0


def test_what_is_held_does_not_wait(busy: House) -> None:
    """A silence or a quiet night keeps it back on purpose: nobody is to be woken because it is not told."""
    oldest = "newsbell_delivery_oldest_waiting_timestamp_seconds"
    assert value(busy, oldest, notifier="desk") == START.timestamp()
    busy.desk.connection.execute("update deliveries set state = 'held', reason = 'silenced'")
    assert not scraped(busy)[oldest].samples


def test_notifiers_that_are_gone_share_one_name(busy: House) -> None:
    """Their number grows with the years; the configuration's does not."""
    busy.desk.connection.execute("update deliveries set notifier = 'desk-' || seq")
    family = scraped(busy)["newsbell_deliveries"]
    assert {one.labels["notifier"] for one in family.samples} == {"desk", "terminal", "(removed)"}
    assert value(busy, "newsbell_deliveries", notifier="(removed)", state="due") == 2


def test_no_label_grows_with_items_or_with_what_is_asked(busy: House) -> None:
    busy.ask("/first")
    before = samples(busy)
    for number in range(50):
        busy.ask(f"/nothing/{number}?{number}")
    at = START + timedelta(minutes=5)
    busy.desk.read("wire", [line(f"quake {n}", url=f"http://e.org/{n}/x") for n in range(200)], at)
    assert samples(busy) == before


def samples(house: House) -> int:
    scraped(house)  # so that this route has been counted
    return sum(len(family.samples) for family in scraped(house).values())


def test_the_page_names_what_is_exported(busy: House) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\| (.*?) \|$", PAGE, re.MULTILINE)
    documented = {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in rows}
    assert documented == exported(busy)
    assert all(about for *_, about in rows)


def exported(house: House) -> dict[str, tuple[str, frozenset[str]]]:
    house.ask("/metrics")  # so that a request was counted
    found = {}
    for family in parsed(house.ask("/metrics", headers=OPENMETRICS)):
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = {label for one in family.samples for label in one.labels if label != "le"}
        found[family.name + suffix] = family.type, frozenset(labels)
    return found


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool here (Debian: apt install prometheus)")
def test_promtool_finds_nothing_to_mend(busy: House) -> None:
    text = busy.ask("/metrics").body
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
