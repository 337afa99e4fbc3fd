"""Lines: every one as wide as it is asked to be, whatever strangers write; matches seen without colour too."""

import random
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from rich.cells import cell_len
from rich.text import Text

from monitor.answers.wire import WireRow
from monitor.dashboard import ink, panels, rows, status
from monitor.dashboard.rows import Look
from monitor.dashboard.view import Notice, View
from monitor.model import Alert, AlertType, Also, Item, Published, Severity, Span
from monitor.store import Totals
from tests.virtual import START

LOOK = Look(now=START + timedelta(minutes=6), timezone=UTC)
WIDTHS = (20, 33, 60, 80, 81, 120, 140, 200, 300)
HEADLINES = [
    "Russian ICBM strike would be 'clear escalation,' EU says",
    "導彈襲擊後，烏克蘭總統表示將繼續談判，歐盟領導人齊聚布魯塞爾討論新一輪制裁方案和能源問題以及其他事項，並將於週四發表聯合聲明",
    "عاجل: صواريخ باليستية تستهدف العاصمة ومحادثات السلام تستأنف في جنيف بمشاركة وفود من عدة دول أوروبية",
    "🇺🇦 Kharkiv metro reopens 🚇 after blackout 👨‍👩‍👧 families return ❤️ 🤦🏽‍♀️ talks",
    "Київ: сирени лунають по всій країні",
    "Markets [bold red]fall[/] [/] \\[x] :bell: talks",
    "Z\u0335\u0321a\u0334\u0322l\u0335g\u0334o talks",
    "क्‍षि और हिन्दी में समाचार talks",
    "x" * 70_000,
    "",
    "\x1b]0;owned\x07 \x1b[2J talks\r\n\tnext \u202etalks \udcff \x9b",
    "\ufe0f\u200d",
]
OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def item(title: str, *, summary: str = "", revision: int = 1, source: str = "bbc") -> Item:
    return Item(
        id="1",
        source=source,
        title=title,
        summary=summary,
        url="",
        published=Published(earliest=START, latest=START, origin="stated"),
        first_seen_at=START,
        revision=revision,
        seq=1,
    )


def row(title: str, **more: object) -> WireRow:
    values: dict[str, object] = {"item": item(title), "at": START, **more}
    return WireRow(**values)  # type: ignore[arg-type]


def alert(title: str, **more: object) -> Alert:
    values: dict[str, object] = {
        "id": "a",
        "type": AlertType.CREATED,
        "dedupe": "a",
        "at": START,
        "severity": Severity.CRITICAL,
        "rule": "escalation",
        "item": item(title),
        "source": "bbc",
        **more,
    }
    return Alert(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("title", HEADLINES)
def test_no_headline_breaks_a_line(title: str, width: int) -> None:
    spans = (Span(field="title", start=2, end=9),)
    edited = WireRow(
        item=item(title, revision=2), at=START, was=title[3:] + " before", spans=spans, severity=Severity.INFO
    )
    tall = rows.tall_alert(alert(title, spans=spans), LOOK, unseen=True, newest=True, width=width)
    lines = [
        rows.wire(row(title, spans=spans, severity=Severity.CRITICAL, others=3), LOOK, names=8, width=width),
        rows.wire(edited, LOOK, names=8, width=width),
        rows.alert(alert(title, source=title), LOOK, unseen=True, newest=True, rules=8, names=6, width=width),
        *tall,
    ]
    assert {cell_len(line.plain) for line in lines} == {width}
    assert not OBEYED.search("".join(line.plain for line in lines))


def test_words_are_lit_at_their_place_after_an_emoji_was_made_simple() -> None:
    text = ink.headline("🤦🏽‍♀️ talks", (Span(field="title", start=6, end=11),), Severity.WARNING, room=30)
    [span] = text.spans
    assert text.plain[span.start : span.end] == "talks"
    assert "bold" in str(span.style)


def test_a_match_has_a_glyph_a_weight_and_a_colour() -> None:
    drawn = rows.wire(
        row("ICBM launched", severity=Severity.CRITICAL, spans=(Span(field="title", start=0, end=4),)),
        LOOK,
        names=8,
        width=80,
    )
    assert drawn.plain.startswith("12:00 ▲ bbc       ICBM launched")
    at = drawn.plain.index("ICBM")
    lit = [str(span.style) for span in drawn.spans if (span.start, span.end) == (at, at + 4)]
    assert lit == [f"bold {ink.LOUD[Severity.CRITICAL]}"]


def test_an_edit_is_struck_and_shown_and_the_match_in_it_stays_lit() -> None:
    edited = WireRow(
        item=item("Fire kills 7 in Odesa", revision=2),
        at=START,
        was="Fire kills 3 in Odesa",
        severity=Severity.WARNING,
        spans=(Span(field="title", start=16, end=21),),
    )
    said = rows.said(edited, 40)
    assert said.plain == "✎ Fire kills 3 7 in Odesa"
    styled = {said.plain[span.start : span.end].strip(): str(span.style) for span in said.spans}
    assert "strike" in styled["3"]
    assert "underline" in styled["7"]
    assert "bold" in styled["Odesa"]
    assert rows.said(edited, 12).plain == "✎ Fire kills 7 in Odesa"  # no room for what went


def test_who_else_tells_it_stands_at_the_end_in_words_where_there_is_room() -> None:
    line = rows.wire(row("x" * 300, others=4), LOOK, names=8, width=120).plain
    assert line.endswith("… also in 4")
    assert rows.wire(row("x" * 300, others=4), LOOK, names=8, width=80).plain.endswith("… +4")


def test_the_newest_alert_stands_on_a_ground_of_its_colour_with_its_source() -> None:
    view = View(
        alerts=(alert("ICBM launched", also_in=(Also(source="dw", publisher="dw.com", url="", title=""),)),),
        unseen=frozenset("a"),
    )
    [line] = panels.strip(view, LOOK, 80, 4)
    assert line.plain.startswith("▎12:00  ▲ escalation  ICBM launched  also in dw.com")
    assert line.plain.rstrip().endswith("bbc")
    ground = [span for span in line.spans if "reverse" in str(span.style)]
    assert "escalation" in line.plain[ground[0].start : ground[0].end]


def test_what_has_no_room_above_the_wire_is_counted() -> None:
    many = tuple(replace(alert(f"ICBM {n}"), id=str(n)) for n in range(9))
    view = View(alerts=many, unseen=frozenset(str(n) for n in range(9)))
    lines = panels.strip(view, LOOK, 80, 4)
    assert len(lines) == 4
    assert "and 6 more new ones" in lines[-1].plain
    assert len(panels.strip(view, LOOK, 80, 1)) == 1


def test_a_line_of_state_leaves_out_the_least_first() -> None:
    totals = Totals(sources=21, failing=1, items=12_345, alerts=67, waiting=2, dead=1)
    view = View(pid=7, totals=totals, delays=(timedelta(seconds=40), timedelta(minutes=9)))
    wide = status.line(view, 160, START, UTC).plain
    assert "● running  20 ok  1 failing  12,345 items  67 alerts  2 waiting  1 dead" in wide
    assert "seen after 40 s, p95 9 min" in wide
    narrow = status.line(view, 60, START, UTC).plain
    assert len(narrow) == 60
    assert "1 failing" in narrow
    assert "seen after" not in narrow
    assert narrow.rstrip().endswith("12:00:00")


def test_a_daemon_that_is_not_running_is_said_and_how_to_start_it() -> None:
    view = View(start="newsbell run --state D", notices=(Notice(at=START, sentence="it came back"),))
    [first, second] = status.troubles(view, START, width=80, most=2)
    assert first.plain.rstrip() == "! the daemon is not running: `newsbell run --state D` starts it"
    assert "it came back" in second.plain
    [only] = status.troubles(view, START, width=80, most=1)
    assert only.plain.rstrip().endswith("· 1 more")
    assert "○ not running" in status.line(view, 80, START, UTC).plain
    [only] = status.troubles(replace(view, start="newsbell run --state " + "D" * 80), START, width=80, most=1)
    assert only.plain.endswith("… · 1 more")


@pytest.mark.parametrize("label", ["wire", "wire / " + "storm " * 30, "wire / " + "地震" * 40])
def test_a_note_is_seen_however_long_the_label_before_it_is(label: str) -> None:
    line = ink.rule_line(label, 60, note="0 of 38").plain
    assert cell_len(line) == 60
    assert line.endswith("─ 0 of 38 ─")


def test_an_item_without_a_title_says_its_summary() -> None:
    assert rows.said(WireRow(item=item("", summary="A short note"), at=START), 40).plain == "A short note"
    assert rows.said(WireRow(item=item(""), at=START), 40).plain == "(no title)"


def fuzzed(seed: int) -> str:
    """Return a title of anything that a terminal, a bidi algorithm or a markup might take up."""
    dice = random.Random(seed)
    pieces = [
        "\x1b[31m",
        "\x1b]0;x\x07",
        "\u202e",
        "\u2066",
        "[bold]",
        "[/]",
        "\x9b2J",
        "\u200f",
        "\r\n",
        "\t",
    ]
    letters = [chr(dice.randrange(0x20, 0x2FFFF)) for _ in range(dice.randrange(40))]
    return "".join(dice.choice(pieces) if dice.random() < 0.3 else letter for letter in letters)


def test_no_fuzzed_title_leaves_anything_to_obey() -> None:
    for seed in range(1_000):
        title = fuzzed(seed)
        drawn = rows.wire(row(title, severity=Severity.INFO), LOOK, names=8, width=80)
        assert not OBEYED.search(drawn.plain), seed
        assert not any(unicodedata.category(char) == "Cs" for char in drawn.plain), seed
        assert cell_len(drawn.plain) == 80, seed


def test_a_wide_character_is_never_cut_in_two() -> None:
    assert [cell_len(ink.fit(Text("日本語" * 9), width).plain) for width in range(9)] == list(range(9))
