"""Pairs of news texts that people called the same or not: of the corpus, never committed."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Item, Published

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
DUPES = CORPUS / "dupes"
SETS = {
    "sts-headlines": "sts-headlines.en.jsonl",
    "msrp": "msrp-news-sentences.en.jsonl",
    "telegram": "telegram-contest-titles.ru-en.jsonl",
    "headlinecause": "headlinecause-samples.jsonl",
}
CLUSTERS = "uci-2014-clusters.en.jsonl"
AT = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pair:
    number: int  # its line in the file, from 1
    one: Item
    other: Item
    same: bool


def rows(name: str) -> Iterator[dict[str, Any]]:
    with (DUPES / name).open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def item(title: str, summary: str = "", *, key: str = "", publisher: str = "", at: datetime = AT) -> Item:
    return Item(
        id=key,
        source=publisher,
        title=title,
        summary=summary,
        url="",
        publisher=publisher,
        published=Published(earliest=at, latest=at, origin="stated"),
        first_seen_at=at,
        story=key,
    )


def pairs(name: str) -> list[Pair]:
    """Return the pairs of one of `SETS`."""
    return [
        Pair(
            number,
            item(row["a"], row.get("a_lead", ""), key="a"),
            item(row["b"], row.get("b_lead", ""), key="b"),
            bool(row["label"]),
        )
        for number, row in enumerate(rows(SETS[name]), 1)
    ]


def clusters() -> list[tuple[Item, str]]:
    """Return headlines of 2014, oldest first, with the cluster an aggregator put each in (weak labels)."""
    found = [
        (
            item(
                row["title"],
                key=row["id"],
                publisher=row["source"],
                at=datetime.fromisoformat(row["seen"]),
            ),
            row["cluster"],
        )
        for row in rows(CLUSTERS)
    ]
    return sorted(found, key=lambda one: one[0].first_seen_at)
