"""The board is drawn from a record alone: whatever the moment and the size, it fits and says what is."""

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from monitor.demo import board
from monitor.demo.paper import closing
from monitor.demo.record import Baseline, Fact, Logged, Published, Rang, Received, Record, Turn
from monitor.demo.script import COUNTED, CRESTS, EVACUATED, RATE, RESIGNS, RETOLD, SPEECH
from monitor.demo.tally import Figure

LEVEE: tuple[Fact, ...] = (
    Turn(at=0.1, what="started", pid=41),
    Turn(at=1.0, what="ready", pid=41),
    Baseline(at=1.2, source="wire", items=4, would_have_rung=2),
    Logged(at=1.2, event="source.baseline", sentence="wire: 4 items noted, 2 would have rung"),
    Published(at=2.0, story=SPEECH, edited=False),
    Published(at=3.0, story=CRESTS, edited=False),
    Rang(at=3.5, rule="flood", slug=CRESTS.slug, line="CRITICAL flood"),
    Received(at=3.6, status=503, id="abcdef0123", rule="flood", slug=CRESTS.slug, lit=((11, 16),)),
    Turn(at=4.0, what="killed", pid=41),
    Published(at=4.5, story=RESIGNS, edited=True),
    Turn(at=4.1, what="started", pid=42),
    Turn(at=5.0, what="ready", pid=42),
    Received(at=5.4, status=204, id="abcdef0123", rule="flood", slug=CRESTS.slug, lit=((11, 16),)),
    Turn(at=9.0, what="stopped", pid=42),
)


def record(facts: int) -> Record:
    made = Record()
    for fact in LEVEE[:facts]:
        made.add(fact)
    return made


def drawn(what: RenderableType, width: int, *, colour: bool = False) -> list[str]:
    out = StringIO()
    Console(file=out, width=width, force_terminal=colour, highlight=False).print(what)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(("width", "height"), [(72, 16), (80, 24), (120, 40), (200, 60), (20, 3)])
def test_at_every_moment_the_frame_fits_its_terminal(width: int, height: int) -> None:
    for facts in range(len(LEVEE) + 1):
        now = LEVEE[facts - 1].at if facts else 0.0
        lines = drawn(board.frame(record(facts), now, seconds=20, width=width, height=height), width)
        assert len(lines) <= height
        assert max(map(len, lines)) <= width


def frame(facts: int, now: float, width: int = 80) -> str:
    return "\n".join(drawn(board.frame(record(facts), now, seconds=20, width=width, height=30), width))


def test_a_row_fills_as_its_alert_goes_its_way() -> None:
    assert "● newsbell runs, pid 41" in frame(6, 3.2)
    assert "4 older headlines, 2 match: noted" in frame(6, 3.2)
    assert "▲ flood   …" in frame(7, 3.5)
    assert "▲ flood   503, again" in frame(8, 3.7)

    down = frame(10, 4.6)
    assert "✗ newsbell was killed" in down
    assert "died owing 1 alert." in down
    assert "▲ flood   owed" in down
    assert "unheard" in down

    back = frame(13, 5.6)
    assert "unheard" not in back
    assert "back" in back
    assert "✓ 2.4 s ↻" in back
    assert "id abcdef01, after a 503" in frame(13, 5.6, width=120)


def test_what_another_paper_told_first_and_what_was_told_before_say_so() -> None:
    made = Record()
    for fact in (
        Turn(at=1.0, what="ready", pid=41),
        Published(at=2.0, story=RATE, edited=False),
        Published(at=3.0, story=RETOLD, edited=False),
        Published(at=4.0, story=EVACUATED, edited=False),
        Rang(at=4.5, rule="flood", slug="ostra", line=""),
        Received(at=4.6, status=204, id="abcdef0123", rule="flood", slug="ostra"),
        Published(at=5.0, story=COUNTED, edited=True),
    ):
        made.add(fact)
    lines = drawn(board.frame(made, 5.1, seconds=20, width=80, height=30), 80)
    assert not any("also: " in line for line in lines)
    [edit] = [line for line in lines if "edit: " in line]
    assert "sidebar" in edit
    assert edit.rstrip().endswith("told"), "an edit of what has rung is no second alert"
    made.add(Rang(at=5.2, rule="bank", slug="rate-now", line="", also=True))
    made.add(Received(at=5.3, status=204, id="0123", rule="bank", slug="rate-now", also=True))
    lines = drawn(board.frame(made, 5.4, seconds=20, width=80, height=30), 80)
    [also] = [line for line in lines if "also: " in line]
    assert f"also: {RETOLD.title}" in also


def test_the_words_that_matched_are_lit_by_what_the_webhook_said() -> None:
    lines = drawn(board.story(record(13), width=80), 80, colour=True)
    [row] = [line for line in lines if "4,000" in line]
    assert "\x1b[1;4;31mflood\x1b[0m" in row


def test_what_stays_marks_a_wrong_figure_and_says_what_to_type_next() -> None:
    table = [
        Figure(name="seen", value="9", note="in its database"),
        Figure(name="lost", value="1", wrong="0; missing: crest"),
    ]
    text = "\n".join(drawn(closing(record(14), table, width=80, call="newsbell"), 80))
    assert "✓  seen" in text
    assert "✗  lost" in text
    assert "should be 0; missing: crest" in text
    assert "Wrong: lost." in text
    for command in ("newsbell init", "newsbell run", "newsbell watch URL --match"):
        assert command in text
