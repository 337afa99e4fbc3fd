"""docs/configuration.md is what the code says now, and names every key of it."""

from pathlib import Path

import pytest
import tomli

from monitor.config.keys.known import TABLES, TOP
from monitor.config.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "python -m monitor.config.reference > docs/configuration.md"
    )


@pytest.mark.parametrize("section", [TOP, *TABLES.values()], ids=lambda section: section.header or "top")
def test_each_example_is_toml(section: object) -> None:
    for key in section.keys:  # type: ignore[attr-defined]  # of a Section
        assert tomli.loads(f"{key.name} = {key.like}").keys() == {key.name}


def test_a_word_is_said_of_each_key() -> None:
    """A kind's keys are told by the comment behind each field, which a formatter may move out of sight."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.rstrip("|").rsplit("|", 1)[1].strip() == ""] == []
