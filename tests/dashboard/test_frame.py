"""Frames: every line as wide as the terminal, whatever strangers write; matches seen without colour too."""

import asyncio
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from rich.cells import cell_len
from rich.console import Console

from monitor.dashboard.feed import Feed
from monitor.dashboard.frame import render
from monitor.dashboard.view import Notice, View
from monitor.model import Also, Item, Published, Span
from monitor.store import Totals
from monitor.store.sqlite import MEMORY, SqliteStore
from tests.dashboard.newsroom import Newsroom
from tests.virtual import ManualClock

SIZES = [(60, 15), (80, 24), (120, 45), (140, 24), (200, 50), (300, 80)]
ODD = [(1, 1), (7, 3), (29, 9), (30, 6), (61, 16), (139, 7), (141, 10)]
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


@pytest.fixture(scope="module")
def view() -> View:
    """What a small newsroom looks like a while after its start."""
    clock = ManualClock()
    store = SqliteStore(MEMORY, clock)
    room = Newsroom(store, clock)

    async def story() -> View:
        await room.open("bbc-world", "a-source-with-a-very-long-name", "ntv")
        for name in ("bbc-world", "ntv"):
            await room.first(
                name, *(f"{name} item {number}" for number in range(60)), ages=[n / 2 for n in range(60)]
            )
        await room.first("a-source-with-a-very-long-name")
        for number in range(4):
            await room.publish("a-source-with-a-very-long-name", f"Summit {number}", f"ICBM {number}")
        await room.publish("bbc-world", *HEADLINES[:-2])
        await room.fail("ntv", "answered 503")
        return await Feed(store, engine=room.engine).look(clock.now())

    seen = asyncio.run(story())
    store.close()
    return seen


NOW = ManualClock().now() + timedelta(minutes=6, seconds=3)


def lines(view: View, width: int, height: int, now: datetime = NOW) -> list[str]:
    return render(view, width=width, height=height, now=now, timezone=UTC).plain.split("\n")


def wire_rows(drawn: list[str]) -> list[str]:
    """Return the rows of the wire of a stacked frame, the lines between days included."""
    start = next(number for number, line in enumerate(drawn) if line.startswith("─ wire "))
    return [line for line in drawn[start + 1 : -1] if not line.startswith("! ")]


def drawn_by_rich(view: View, width: int, height: int, **options: object) -> Console:
    console = Console(
        record=True,
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="256",
        markup=False,
        emoji=False,
        highlight=False,
        **options,  # type: ignore[arg-type]
    )
    console.print(render(view, width=width, height=height, now=NOW, timezone=UTC))
    return console


@pytest.mark.parametrize(("width", "height"), SIZES + ODD)
def test_a_frame_has_as_many_lines_and_cells_as_the_terminal(view: View, width: int, height: int) -> None:
    for state in (view, View(), replace(view, alone=False, start="newsbell run", trouble="the file " * 40)):
        drawn = lines(state, width, height)
        assert len(drawn) == height
        assert {cell_len(line) for line in drawn} == {width}


def test_an_alert_says_who_else_tells_the_story(view: View) -> None:
    also = Also(source="cnn", publisher="cnn.example", url="", title="Summit")
    first = replace(view.alerts[0], also_in=(also,), publishers=2)
    drawn = lines(replace(view, alerts=(first, *view.alerts[1:])), 200, 50)
    assert sum("also in cnn.example" in line for line in drawn) == 1
    assert {cell_len(line) for line in drawn} == {200}


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_rich_draws_it_as_it_is(view: View, width: int, height: int) -> None:
    exported = drawn_by_rich(view, width, height).export_text().split("\n")
    assert [line.rstrip() for line in exported[:height]] == [
        line.rstrip() for line in lines(view, width, height)
    ]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("title", HEADLINES)
def test_no_headline_breaks_a_frame(view: View, title: str, width: int, height: int) -> None:
    item = replace(view.wire[0].item, title=title, source=title[:40] or "bbc")
    alert = replace(view.alerts[0], item=item, source=item.source, rule=title[:30])
    row = replace(view.wire[0], item=item)
    drawn = lines(replace(view, wire=(row,) * 9, alerts=(alert,) * 9), width, height)
    assert {cell_len(line) for line in drawn} == {width}
    assert not {c for line in drawn for c in line if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c == "\u202e"}
    "\n".join(drawn).encode()  # a lone surrogate would raise


def test_80x24_leaves_14_rows_of_wire_and_50_columns_of_headline(view: View) -> None:
    noisy = replace(view, trouble="the database was locked", notices=(Notice(at=NOW, sentence="x"),))
    drawn = lines(noisy, 80, 24)
    rows = wire_rows(drawn)
    assert len(rows) >= 14
    long = next(row for row in rows if "xxxx" in row)
    assert long.count("x") + long.count("…") >= 50
    assert sum("▲ escalation" in line or "● diplomacy" in line for line in drawn[:7]) >= 5


def test_60x15_shows_both_panes_and_the_state(view: View) -> None:
    drawn = lines(view, 60, 15)
    assert drawn[0].startswith("─ alerts ")
    assert len(wire_rows(drawn)) >= 8
    assert drawn[-2].startswith("! ntv: answered 503; next try in ")
    assert "● watching" in drawn[-1]
    assert "2 ok 1 failing" in drawn[-1]
    assert "next 0:" in drawn[-1] or "polling" in drawn[-1]
    assert drawn[-1].endswith("12:06:03 ")


@pytest.mark.parametrize(("width", "height"), [(200, 50), (140, 24)])
def test_a_wide_terminal_shows_the_panes_side_by_side(view: View, width: int, height: int) -> None:
    drawn = lines(view, width, height)
    assert drawn[0].startswith("─ wire ")
    assert "─┬─" in drawn[0]
    assert "─ alerts " in drawn[0]
    edges = {cell_len(line[: line.index(" │ ")]) for line in drawn[1:-2]}
    assert len(edges) == 1


def test_days_are_divided(view: View) -> None:
    drawn = wire_rows(lines(view, 120, 140))
    divider = next(number for number, row in enumerate(drawn) if row.startswith("── Saturday 28 February ─"))
    times = [row[:5] for row in drawn if not row.startswith("──")]
    assert times[:divider] == sorted(times[:divider], reverse=True)
    assert drawn[divider + 1].startswith("23:30")


def test_the_clock_is_the_readers(view: View) -> None:
    text = render(view, width=80, height=24, now=NOW, timezone=timezone(timedelta(hours=2)))
    assert text.plain.rstrip().endswith("14:06:03")


def test_a_match_is_seen_without_colour(view: View) -> None:
    """Its mark and the weight of its words stay when NO_COLOR takes the colours."""
    out = drawn_by_rich(view, 80, 24, no_color=True).file.getvalue()  # type: ignore[attr-defined]
    assert "▲" in out
    assert "\x1b[1mICBM\x1b[0m" in out
    assert "38;5" not in out
    coloured = drawn_by_rich(view, 80, 24).file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[1;38;5;160mICBM\x1b[0m" in coloured


def test_words_are_lit_at_their_place_after_an_emoji_was_made_simple(view: View) -> None:
    title = "👨‍👩‍👧 ❤️ talks go on"
    item = replace(view.wire[0].item, title=title)
    start = title.index("talks")
    row = replace(view.wire[0], item=item, spans=(Span(field="title", start=start, end=start + 5),))
    text = render(replace(view, wire=(row,)), width=80, height=24, now=NOW, timezone=UTC)
    lit = {
        text.plain[span.start : span.end] for span in text.spans if str(span.style).startswith("bold color")
    }
    assert "talks" in lit


def test_what_is_new_bears_a_bar_and_what_has_no_room_is_counted(view: View) -> None:
    unseen = frozenset(alert.id for alert in view.alerts[:2])
    drawn = lines(replace(view, unseen=unseen), 80, 24)
    assert [line[0] for line in drawn[1:4]] == ["▎", "▎", " "]
    assert "2 new" in drawn[0]

    many = replace(view, unseen=frozenset(alert.id for alert in view.alerts), alone=False, pid=7)
    drawn = lines(many, 80, 24)
    shown = sum(line.startswith("▎") for line in drawn)
    hidden = len(view.alerts) - shown
    assert hidden > 0
    assert any(line.startswith(f"  and {hidden} more new ones: `newsbell alerts`") for line in drawn)


def test_a_daemon_that_is_not_running_is_said_and_how_to_start_it(view: View) -> None:
    drawn = lines(replace(view, alone=False, start="newsbell run --state D"), 120, 30)
    assert "○ not running" in drawn[-1]
    assert "next" not in drawn[-1]
    assert drawn[-3].startswith("! the daemon is not running: `newsbell run --state D` starts it ")


def test_an_empty_store_says_what_to_do() -> None:
    nothing = Totals(sources=0, failing=0, items=0, alerts=0, waiting=0, dead=0)
    drawn = lines(View(totals=nothing, pid=7), 80, 24)
    assert any("`newsbell add URL`" in line for line in drawn)
    assert any("nothing has rung" in line for line in drawn)


def test_a_line_of_state_leaves_out_the_least_first(view: View) -> None:
    busy = Totals(sources=1200, failing=3, items=1_234_567, alerts=1_234, waiting=12, dead=2)
    state = replace(view, totals=busy, alone=False, pid=7)
    narrow, wide = (lines(state, width, 24)[-1] for width in (80, 120))
    assert "1,234,567 items" in wide
    assert "next poll " in wide or "polling" in wide
    assert "1,234,567 items" not in narrow
    for part in ("running", "1,197 ok 3 failing", "12 waiting", "2 dead"):
        assert part in narrow


def test_an_item_without_a_title_says_its_summary() -> None:
    at = NOW - timedelta(minutes=1)
    item = Item(
        id="1",
        source="blog",
        title="",
        summary="talks about wheat",
        url="",
        published=Published(earliest=at, latest=at, origin="first-seen"),
        first_seen_at=at,
    )
    from monitor.dashboard.view import WireRow

    drawn = lines(View(wire=(WireRow(item=item, at=at),), alone=True), 80, 24)
    assert any("blog  talks about wheat" in line for line in drawn)
