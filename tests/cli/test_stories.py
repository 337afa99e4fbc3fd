"""`newsbell why` and `newsbell alerts` on an item whose story stands elsewhere too."""

from pathlib import Path

from monitor.answers import life
from monitor.cli import life as telling
from monitor.cli import printing
from monitor.model import Rule
from monitor.store.sqlite.database import connect
from tests.daemon.test_stories import OTHER, REWRITTEN, WIRE, Desk
from tests.virtual import ManualClock


def test_why_shows_the_story_and_its_members(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "newsbell.db", ManualClock(), "wire", "bbc")
    desk.polled("wire", WIRE)
    desk.polled("bbc", REWRITTEN, OTHER)
    first, second, _ = desk.items()
    reader = connect(str(tmp_path / "newsbell.db"), readonly=True)

    [one] = life.of(reader, second.id, [Rule(name="quake", query="quake")]).found
    told = "\n".join(telling.lines(one))
    assert f"story      {first.id[:8]}, 2 items, also in:\n" in told
    assert WIRE in told
    assert [member["id"] for member in life.as_json(one)["story"]] == [first.id]

    [root] = life.of(reader, first.id, []).found
    assert "story      the first of 2 items, also in:" in "\n".join(telling.lines(root))

    [alone] = life.of(reader, OTHER, []).found
    assert "story" not in "\n".join(telling.lines(alone))

    said = [printing.alert(alert) for alert in desk.alerts()]
    assert [line.rpartition("  ")[2] for line in said if "also in" in line] == ["also in wire.example"]
    reader.close()
    desk.store.close()
