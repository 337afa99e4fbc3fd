"""What `why` says of edits and of what a twin lent."""

from datetime import timedelta

from monitor.answers import life
from monitor.cli import life as telling
from monitor.model import Source
from tests.desk import EVERYTHING, START, Desk, line

FEED = Source(name="feed", url="https://e.org/rss")
PAGE = Source(name="page", url="https://e.org/", kind="page", twin="feed")


def desk() -> Desk:
    desk = Desk([FEED, PAGE], [EVERYTHING])
    bodies = [
        ("page", line("Missile kills 3 in Odesa", "Smoke was seen.", at="15:44", id="p7")),
        ("page", line("Missile kills 7 in Odesa", "Smoke was seen.", at="15:44", id="p7")),
        ("page", line("Missile kills 7 in Odesa", "Smoke was seen over the port.", at="15:44", id="p7")),
        (
            "feed",
            line(
                "Missile kills 7 in Odesa",
                guid="g",
                url="https://e.org/7?utm_source=rss",
                at="2026-03-01T11:58Z",
            ),
        ),
    ]
    for number, (name, row) in enumerate(bodies):
        desk.read(name, [row], START + timedelta(minutes=number))
    return desk


def test_why_shows_what_each_edit_changed_and_who_lent_the_link() -> None:
    room = desk()
    [found] = life.of(room.connection, "https://e.org/7", ()).found
    told = "\n".join(telling.lines(found))
    assert "Missile kills [-3-] {+7+} in Odesa" in told
    assert "Smoke was seen {+over the port+}." in told
    assert "twin       link and date are lent by feed" in told
    assert "(twin)" in told


def test_why_gives_each_edit_as_parts() -> None:
    room = desk()
    [found] = life.of(room.connection, "Missile", ()).found
    first, second = life.as_json(found)["revisions"]
    assert first["changed"] == {
        "title": [
            {"what": "same", "text": "Missile kills"},
            {"what": "gone", "text": " 3"},
            {"what": "new", "text": " 7"},
            {"what": "same", "text": " in Odesa"},
        ],
        "summary": [],
    }
    assert [part["what"] for part in second["changed"]["summary"]] == ["same", "new", "same"]
