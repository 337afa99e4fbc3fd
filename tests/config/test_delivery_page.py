"""What docs/delivery.md shows of config.toml is what the configuration takes."""

import re
from pathlib import Path

from monitor.config import Config, load
from monitor.core.matchers import parse
from monitor.model import Route

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
NAMED = ("phone", "sports-desk", "ops")


def shown(tmp_path: Path) -> Config:
    """Load all TOML of the page as one file, with the notifiers that it names."""
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    notifiers = [
        f'[notify.{name}]\nurl = "https://desk.example.org/hook"\n'
        for name in NAMED
        if not any(f"[notify.{name}]" in block for block in blocks)
    ]
    path = tmp_path / "config.toml"
    path.write_text("\n".join([*blocks, *notifiers]), encoding="utf-8")
    return load(path, environ={"TZ": "UTC"})


def test_the_routes_of_the_page_are_taken_in_its_order(tmp_path: Path) -> None:
    assert shown(tmp_path).routes == (
        Route(name="loud", matchers=(parse("severity=critical"),), notify=("phone",), goes_on=True),
        Route(name="sport", matchers=(parse("tag=sport"), parse("source!~bbc.*")), notify=("sports-desk",)),
        Route(name="rest", notify=("ops", "terminal")),
    )


def test_a_route_that_is_never_asked_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = '[feeds]\na = ["https://a.example/"]\n[route.all]\nnotify = ["terminal"]\n[route.late]\nnotify = ["terminal"]\n'
    path.write_text(text, encoding="utf-8")
    [warning] = load(path, environ={"TZ": "UTC"}).warnings
    assert "config.toml:5:8: route 'late': is never asked: route 'all' before it takes every alert" in warning
