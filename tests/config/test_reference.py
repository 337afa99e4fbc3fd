"""docs/configuration.md is what the code says now, and names every key of it."""

from pathlib import Path

import pytest
import tomli

from monitor.config.keys import TABLES, TOP
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
