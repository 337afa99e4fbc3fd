"""What docs/delivery.md shows of config.toml is what the configuration takes."""

import re
from datetime import time
from pathlib import Path

from monitor.config import Config, load
from monitor.core.telling.matchers import parse
from monitor.model import Hearing, Route, Severity

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
NAMED = ("phone", "sports-desk", "ops", "mail", "desk")


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


def test_how_notifiers_hear_on_the_page(tmp_path: Path) -> None:
    heard = shown(tmp_path).hearing
    assert heard["phone"] == Hearing(
        quiet=(time(23), time(6, 30)), quiet_except=Severity.CRITICAL, budget=10, within=3_600.0
    )
    assert heard["mail"] == Hearing(daily=(time(8), time(18)), digest_except=Severity.CRITICAL)
    assert heard["desk"] == Hearing(group_by="story", group_wait=30.0, group_interval=300.0)


def test_a_route_that_is_never_asked_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = '[feeds]\na = ["https://a.example/"]\n[rule]\na = "a"\n[route.all]\nnotify = ["terminal"]\n[route.late]\nnotify = ["terminal"]\n'
    path.write_text(text, encoding="utf-8")
    [warning] = load(path, environ={"TZ": "UTC"}).warnings
    assert "config.toml:7:8: route 'late': is never asked: route 'all' before it takes every alert" in warning
