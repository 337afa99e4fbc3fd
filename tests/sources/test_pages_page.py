"""docs/pages.md is run: its example reads what its table says."""

import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from monitor import kinds
from monitor.config import load
from monitor.model import Entry, Response
from monitor.sources._proposals import propose
from monitor.sources.page import Page

TEXT = (Path(__file__).parents[2] / "docs" / "pages.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


def test_the_example_reads_what_its_table_says(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(block("toml"), encoding="utf-8")
    [source] = load(path, environ={}).sources
    assert source.kind == "page"
    page = kinds.make(Page, source.options)
    assert isinstance(page, Page)
    assert rows(page.parse(example(source.url)).entries) == told()


def test_what_is_proposed_for_the_example_reads_the_same() -> None:
    best = propose(example("https://desk.example.org/"))[0]
    assert rows(best.entries) == told()
    assert best.select["title"] == "h3"
    assert best.select["summary"] == "p"


def example(url: str) -> Response:
    body = block("html").encode()
    return Response(url=url, status=200, body=body, received_at=datetime(2026, 3, 1, tzinfo=UTC))


def rows(entries: Sequence[Entry]) -> list[list[str]]:
    return [
        [
            entry.keys[0],
            ", ".join(date.text for date in entry.dates),
            entry.dates[0].day,
            entry.title,
            entry.url,
        ]
        for entry in entries
    ]


def told() -> list[list[str]]:
    table = TEXT[TEXT.index("| key | times |") : TEXT.index("## What a selector is")].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_its_selectors_are_those_that_configuration_takes() -> None:
    options = tomllib.loads(block("toml"))["source"]["sidebar"]["select"]
    assert set(options) <= set(re.findall(r"`(\w+)`", TEXT))
