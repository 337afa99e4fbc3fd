"""`twin`: a page names its site's feed. The kind of the page is a third party's, installed as one is."""

from pathlib import Path

import pytest

from monitor.config import ConfigErrors, load

PAGE = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Board:
    pass
"""
CONFIG = """
[source.sidebar]
url = "https://{page}/"
type = "board"
twin = "example.org"

[feeds]
ukraine = ["https://feeds.example.org/rss"]
"""


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which a further kind of source is installed."""
    (tmp_path / "board_kind.py").write_text(PAGE)
    info = tmp_path / "board_kind-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: board-kind\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[newsbell.sources]\nboard = board_kind:Board\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "config.toml"


def test_a_page_has_its_sites_feed_for_a_twin(board: Path) -> None:
    board.write_text(CONFIG.format(page="www.example.org").replace('"example.org"', '"feeds.example.org"'))
    sidebar = next(s for s in load(board, environ={"TZ": "UTC"}).sources if s.name == "sidebar")
    assert (sidebar.kind, sidebar.twin) == ("board", "feeds.example.org")


def test_another_sites_feed_is_no_twin(board: Path) -> None:
    board.write_text(CONFIG.format(page="example.net").replace('"example.org"', '"feeds.example.org"'))
    with pytest.raises(ConfigErrors) as caught:
        load(board, environ={"TZ": "UTC"})
    [error] = caught.value
    assert error.message == (
        "source 'sidebar': twin: 'feeds.example.org' is of example.org, this source of example.net;"
        " twins are of one site"
    )
