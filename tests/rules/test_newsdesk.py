"""Twenty rules as a news desk would write them, on 2,000 headlines labelled by hand (ids and labels only are kept)."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
LABELS = json.loads((Path(__file__).parent / "labels" / "newsdesk.json").read_text("utf-8"))
PRECISION, RECALL = 0.95, 0.95
# what they miss, and what would have caught it
MISSED = {
    ("wildfire", "world-2020-apr-may"): 'fires AND zoo, or "fires were"',
    ("tara reade", "world-2020-apr-may"): "Biden NEAR/8 allegation*",
}

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}")

Id = tuple[str, int]


def headlines() -> Iterator[tuple[Id, str]]:
    for stream, numbers in LABELS["headlines"].items():
        wanted = set(numbers)
        with gzip.open(CORPUS / "streams" / f"{stream}.items.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["n"] in wanted:
                    yield (stream, row["n"]), row["title"]


def test_twenty_rules_of_a_news_desk() -> None:
    engine = Engine([Rule(name=one["rule"], query=one["query"]) for one in LABELS["rules"]])
    wanted = {(one["rule"], *found) for one in LABELS["rules"] for found in one["rings"]}
    rang = {
        (match.rule.name, *at) for at, title in headlines() for match in engine.match(Document(title=title))
    }
    assert len(LABELS["rules"]) == 20
    assert len(rang & wanted) / len(rang) >= PRECISION
    assert len(rang & wanted) / len(wanted) >= RECALL
    assert {missed[:2] for missed in wanted - rang} <= set(MISSED)


def test_two_thousand_headlines_were_looked_at() -> None:
    assert sum(map(len, LABELS["headlines"].values())) == 2_000
    assert sum(1 for _ in headlines()) == 2_000
