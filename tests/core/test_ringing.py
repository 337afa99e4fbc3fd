"""When a rule rings, and rings again: bodies as they come, decided and committed to a real file."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answers import life
from monitor.cli import life as telling
from monitor.core import render
from monitor.model import Alert, Delivery, OnEdit, Rule, Source
from monitor.store.sqlite import reading
from tests.desk import START, Desk, line

WIRE = Source(name="wire", url="https://wire.example/rss", publisher="wire.example")
OTHER = Source(name="other", url="https://other.example/rss", publisher="other.example")
FIRE = Rule(name="fire", query="fire*", version="v1")


class Room:
    """A newsroom over one file: `says` puts a text of a source, by its guid, and reads its body."""

    def __init__(self, path: Path, *rules: Rule, sources: tuple[Source, ...] = (WIRE, OTHER)) -> None:
        self.path, self.rules, self.sources = path, rules, sources
        self.at = START
        self.bodies: dict[str, dict[str, str]] = {source.name: {} for source in sources}
        self.desk = Desk(sources, rules, path=str(path))
        for source in sources:
            self.desk.read(source.name, [], self.at)

    def says(self, guid: str, title: str, *, by: str = "wire", after: float = 60.0) -> list[str]:
        """Return the types of the alerts that this made, `after` seconds."""
        self.at += timedelta(seconds=after)
        self.bodies[by] = {**self.bodies[by], guid: title}
        rows = [line(text, guid=f"{by}/{one}") for one, text in self.bodies[by].items()]
        before = {alert.id for alert in self.alerts()}
        self.desk.read(by, rows[::-1], self.at)
        return [str(alert.type) for alert in self.alerts() if alert.id not in before]

    def restart(self) -> None:
        """Forget all that is not in the file."""
        self.desk.connection.close()
        self.desk = Desk(self.sources, self.rules, path=str(self.path))

    def alerts(self) -> list[Alert]:
        """Return all alerts, oldest first."""
        return reading.alerts(self.desk.connection, limit=1_000)[::-1]

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        return reading.deliveries(self.desk.connection, limit=1_000)[::-1]

    def why(self, what: str) -> str:
        [found] = life.of(self.desk.connection, what, self.rules).found
        return "\n".join(telling.lines(found))


Open = Callable[..., Room]


@pytest.fixture
def room(tmp_path: Path) -> Open:
    return lambda *rules, **more: Room(tmp_path / "newsbell.db", *rules, **more)


# -- edits ------------------------------------------------------------------------------------


def test_an_edit_that_tells_something_else_rings_again_with_what_changed(room: Open) -> None:
    it = room(FIRE)
    assert it.says("a", "Fire kills 3 in Odesa") == ["alert.created"]
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.updated"]
    alert = it.alerts()[-1]
    assert alert.edit is not None
    assert (alert.edit.title, alert.edit.kind) == ("Fire kills 3 in Odesa", "number")
    assert alert.dedupe == f"updated/fire/{alert.item.id}/2" if alert.item else False
    assert [one.state for one in it.deliveries()] == ["due", "due"]
    assert "edited: Fire kills [-3-] {+7+} in Odesa" in render.headline(alert)
    body = json.loads(render.body(it.deliveries()[-1]))
    assert body["type"] == "alert.updated"
    assert body["data"]["edit"] == {
        "kind": "number",
        "title": [
            {"what": "same", "text": "Fire kills"},
            {"what": "gone", "text": " 3"},
            {"what": "new", "text": " 7"},
            {"what": "same", "text": " in Odesa"},
        ],
        "summary": [],
    }
    assert "rang       fire at 2026-03-01" in it.why("Odesa")
    assert "edited: Fire kills [-3-] {+7+} in Odesa" in it.why("Odesa")


def test_a_typo_rings_nothing_and_what_adds_up_from_small_edits_does(room: Open) -> None:
    it = room(FIRE)
    it.says("a", "Fire kils 3 in Odesa")
    assert it.says("a", "Fire kills 3 in Odesa") == []
    assert it.says("a", "Fire kills 4 in Odesa") == ["alert.updated"]
    assert it.says("a", "Fire kills 3 in Odesa") == ["alert.updated"]
    edit = it.alerts()[-2].edit
    assert edit is not None
    assert edit.title == "Fire kils 3 in Odesa"  # the text that was told, not the one before


@pytest.mark.parametrize(
    ("on_edit", "typo", "number"),
    [("never", [], []), ("material", [], ["alert.updated"]), ("any", ["alert.updated"], ["alert.updated"])],
)
def test_a_rule_says_which_edits_ring(
    room: Open, on_edit: OnEdit, typo: list[str], number: list[str]
) -> None:
    it = room(replace(FIRE, on_edit=on_edit))
    it.says("a", "Fire kils 3 in Odesa")
    assert it.says("a", "Fire kills 3 in Odesa") == typo
    assert it.says("a", "Fire kills 7 in Odesa") == number


def test_an_edit_after_a_restart_is_held_against_what_was_told(room: Open) -> None:
    it = room(FIRE)
    it.says("a", "Fire kills 3 in Odesa")
    it.restart()
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.updated"]
    it.restart()
    assert it.says("a", "Fire kills 7 in Odesa") == []


def test_what_never_rang_is_not_told_as_edited(room: Open) -> None:
    it = room(FIRE, replace(FIRE, name="shadow", ring=False))
    it.desk.read("other", [line("Quake kills 3", guid="q")], it.at)
    it.says("a", "Quake kills 3 in Odesa")
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.created"]
    assert it.says("a", "Blast kills 9 in Odesa") == []  # it is no fire any more
    assert {alert.rule for alert in it.alerts()} == {"fire"}
