"""docs/sources.md: every type is on it, and every example gives what it says."""

import re
from pathlib import Path
from typing import cast

import pytest

from monitor import kinds
from monitor.config.loading import load
from monitor.core.text import cleaned
from monitor.model import Entry
from monitor.sources import Kind
from tests.sources.kinds import GROUP, KINDS, response

PAGE = Path(__file__).parents[2].joinpath("docs", "sources.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"### `(?P<kind>\w+)`\n(?:(?!\n### ).)*?```toml\n(?P<toml>.*?)```\n\n```(?:xml|json|html|text)\n(?P<body>.*?)```\n\n"
    r"```items\n(?P<items>.*?)```",
    re.S,
)
EXAMPLES = [found.groupdict() for found in EXAMPLE.finditer(PAGE)]


def line(entry: Entry) -> str:
    entry = cleaned(entry)
    date = entry.dates[0].parsed if entry.dates else ""
    return f"{entry.keys[0]} | {entry.title} | {entry.url} | {date}".strip()


def test_every_type_is_on_the_page() -> None:
    named = set(re.findall(r"^### `(\w+)`$", PAGE, re.M)) | {"auto"}
    assert set(KINDS) <= named, "say in docs/sources.md what the type reads, with an example"
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["kind"] for example in EXAMPLES])
def test_an_example_gives_what_the_page_says(example: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(example["toml"], encoding="utf-8")
    (source,) = load(path, environ={}).sources
    assert source.kind in (example["kind"], "auto")
    kind = cast(Kind, kinds.make(kinds.load(*GROUP, source.kind), source.options))
    parsed = kind.parse(response(example["body"].encode(), url=source.url))
    assert [line(entry) for entry in parsed.entries] == [row.strip() for row in example["items"].splitlines()]
    if source.kind == "auto":
        own = kinds.load(*GROUP, example["kind"])()
        assert own.parse(response(example["body"].encode(), url=source.url)) == parsed


def test_the_first_example_is_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.S)[0], encoding="utf-8")
    loaded = {source.name: source.kind for source in load(path, environ={}).sources}
    assert loaded == {"kyivindependent.com": "auto", "t.me": "telegram", "example.org": "auto"}
