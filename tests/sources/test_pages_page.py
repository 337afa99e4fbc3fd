"""docs/pages.md is run: its example reads what its table says."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from monitor import kinds
from monitor.config import load
from monitor.model import Response
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
    response = Response(
        url=source.url, status=200, body=block("html").encode(), received_at=datetime(2026, 3, 1, tzinfo=UTC)
    )
    rows = [
        [
            entry.keys[0],
            ", ".join(date.text for date in entry.dates),
            entry.dates[0].day,
            entry.title,
            entry.url,
        ]
        for entry in page.parse(response).entries
    ]
    table = TEXT[TEXT.index("| key | times |") : TEXT.index("## What a selector is")].strip().splitlines()[2:]
    assert rows == [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_its_selectors_are_those_that_configuration_takes() -> None:
    options = tomllib.loads(block("toml"))["source"]["sidebar"]["select"]
    assert set(options) <= set(re.findall(r"`(\w+)`", TEXT))
