"""Every key, pressed as a person presses it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.answers.wire import Lighting
from monitor.core.telling.matchers import text_of
from monitor.dashboard import keys
from monitor.dashboard.feed import Daemon
from monitor.dashboard.layout import Layout, Remembered
from monitor.model import Severity
from monitor.store import StoreError
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.asked import reading, screen
from monitor.store.sqlite.telling import silences
from tests.dashboard.newsroom import Newsroom
from tests.dashboard.newsstand import Desk, Seat, furnish, seated
from tests.virtual import ManualClock

Story = Callable[[Seat], Awaitable[None]]
PRESSED: set[str] = set()  # keys that a test presses, by what they are bound to


def play(story: Story, *, furnished: bool = True, **how: object) -> Newsroom:
    """Seat a person who has seen all of a furnished newsroom, and let the story happen."""

    async def playing() -> Newsroom:
        clock = ManualClock()
        store = SqliteStore(MEMORY, clock)
        room = Newsroom(store, clock)
        with closing(store):
            if furnished:
                await furnish(room)
            end = await store.read(reading.stream_end)
            async with seated(room, **{"cursor": end, **how}) as seat:  # type: ignore[arg-type]
                await seat.until(lambda: not furnished or seat.app.wire.total == 70)
                await story(seat)
        return room

    return asyncio.run(playing())


def chosen(seat: Seat) -> str:
    row = seat.app.wire_list.chosen
    return row.item.title if row else ""


def test_j_k_and_arrows_move_the_cursor_and_what_is_new_then_comes_without_a_move() -> None:
    async def story(seat: Seat) -> None:
        assert chosen(seat) == "Wheat talks go into a third night"
        await seat.press("j", "down", "j")
        assert chosen(seat).startswith("Ballistic missile")
        await seat.press("k", "up")
        assert chosen(seat).startswith("Boats called back")
        before = [line for line in seat.text.splitlines() if line.startswith(("12:0", "11:", "10:"))][:8]
        await seat.room.publish("capital-post", *(f"Snow falls, day {n}" for n in range(7)))
        await seat.shows("7 new above, f follows")
        await seat.until(lambda: chosen(seat).startswith("Boats called back"))
        after = [line for line in seat.text.splitlines() if line.startswith(("12:0", "11:", "10:"))][:8]
        assert [line.rstrip("▁▂▃▄▅▆▇█ ") for line in after] == [line.rstrip("▁▂▃▄▅▆▇█ ") for line in before]

    play(story)


def test_f_and_g_follow_what_is_new() -> None:
    async def story(seat: Seat) -> None:
        for key in ("f", "g", "home"):
            await seat.press("j", "j")
            assert not seat.app.wire_list.follows
            await seat.press(key)
            assert seat.app.wire_list.follows
            await seat.room.publish("capital-post", f"Snow falls after {key}")
            await seat.until(lambda key=key: chosen(seat) == f"Snow falls after {key}")

    play(story)


def test_pages_and_ends() -> None:
    async def story(seat: Seat) -> None:
        for key in ("G", "end"):
            await seat.press(key)
            assert seat.app.wire_list.cursor == 69
            await seat.shows("part 7")
            await seat.press("g")
        cursors = []
        for key in ("space", "pagedown", "ctrl+d", "pageup", "ctrl+u"):
            await seat.press(key)
            cursors.append(seat.app.wire_list.cursor)
        assert 0 < cursors[0] < cursors[1] < cursors[2]
        assert cursors[2] > cursors[3] > cursors[4]

    play(story)


def test_enter_shows_an_item_in_full_and_esc_leads_back() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("j", "j", "j", "enter")
        await seat.shows("Ballistic missile", "fishing boats", "why it matched")
        await seat.press("j", "j")
        await seat.shows("also in 2")
        await seat.press("escape")
        await seat.shows("─ wire ─")
        assert seat.app.wire_list.has_focus

    play(story)


def test_beside_the_wire_the_item_goes_with_the_cursor() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("enter")
        await seat.shows("Wheat talks go into a third night", " item ")
        assert seat.app.wire_list.has_focus
        await seat.press("j", "j", "j")
        await seat.shows("fishing boats")
        await seat.press("l")
        assert seat.app.panel.entries.has_focus
        await seat.press("h")
        assert seat.app.wire_list.has_focus
        await seat.press("right", "left")
        assert seat.app.wire_list.has_focus
        await seat.press("right", "escape")
        assert seat.app.wire_list.has_focus
        await seat.press("escape")
        assert seat.app.panel.shows == ""

    play(story, size=(140, 40))


def test_slash_filters_live_says_what_is_wrong_and_enter_keeps_it() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("slash")
        await seat.shows("-not")
        await seat.press(*"missile")
        await seat.shows("3 of 70")
        await seat.press(*" AND (")
        await seat.shows("a term is missing")
        await seat.press("enter")  # keeps no other query than the one that was typed
        await seat.shows("missile AND (", "a term is missing")
        await seat.press(*"boats)", "enter")
        await seat.shows("AND (boats)", "3 of 70")
        assert seat.app.wire_list.has_focus
        await seat.room.publish("capital-post", "Another missile, more boats", "Nothing else")
        await seat.shows("Another missile, more boats", "4 of 72")
        await seat.press("escape")
        await seat.shows("Nothing else")
        await seat.press("slash", *"missile", "escape")
        await seat.shows("Nothing else", "Wheat talks")
        await seat.press("slash", *"zebra", "enter")
        await seat.shows("nothing matches")

    play(story)


def test_p_pauses_the_screen_and_counts_what_comes() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("p")
        await seat.room.publish("capital-post", "Mayors return for talks", "Snow falls")
        await seat.shows("paused, 2 waiting", "go on")
        assert "Snow falls" not in seat.text
        assert "Mayors return" not in seat.text
        assert seat.bells  # a pause silences nothing
        await seat.press("p")
        await seat.shows("Snow falls", "Mayors return")
        assert "paused" not in seat.text
        await seat.press("p")
        await seat.room.publish("capital-post", "Thaw comes")
        await seat.shows("paused, 1 waiting")
        await seat.press("f")
        await seat.shows("Thaw comes")

    play(story)


def test_o_opens_the_address_and_copies_it_where_there_is_no_browser() -> None:
    desk = Desk()

    async def story(seat: Seat) -> None:
        await seat.press("o")
        await seat.shows("opened http://127.0.0.1/grain-daily/")
        [opened] = desk.opened
        desk.has_browser = False
        await seat.press("o")
        await seat.shows("no browser here; copied")
        assert seat.app.clipboard == opened

    play(story, desk=desk)


def test_y_copies_the_address_of_what_has_the_cursor() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("j", "y")
        await seat.shows("copied http://127.0.0.1/harbour-times/")
        assert seat.app.clipboard.startswith("http://127.0.0.1/harbour-times/")
        await seat.press("enter", "y")
        await seat.shows("Boats called back")
        await seat.press("y")
        assert seat.app.clipboard.startswith("http://127.0.0.1/harbour-times/")
        await seat.press("tab", "tab", "tab", "tab", "y")  # over the story and no panel to the sources
        await seat.until(lambda: seat.app.clipboard == "http://127.0.0.1/ticker")

    play(story)


def test_r_tells_a_delivery_again() -> None:
    async def story(seat: Seat) -> None:
        [delivery] = (await seat.room.store.claim_deliveries("desk", limit=1))[1]
        await seat.room.store.database.write(
            lambda connection: connection.execute(
                "update deliveries set state = 'dead', claimed_at = null, last_error = 'answered 410' where id = ?",
                (delivery.id,),
            )
        )
        await seat.press("r")
        await seat.shows("tab shows the deliveries")
        await seat.press("tab", "tab", "tab")
        await seat.shows("given up", "answered 410")
        for _ in range(8):
            entry = seat.app.panel.entries.chosen
            if entry and entry.key == delivery.id:
                break
            await seat.press("j")
        await seat.press("r")
        await seat.shows("it is due again")
        seat.room.clock.advance(2)
        await seat.hides("given up")

    play(story)


def test_a_acks_what_rang_shows_that_and_ends_it_again() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("a")  # on the newest headline, which rang
        await seat.shows("acked: quiet until its story tells something else")
        [ack] = await seat.room.store.read(silences.listed, seat.room.clock.now())
        assert ack.alert == seat.app.view.alerts[0].id
        seat.room.clock.advance(2)
        await seat.shows("‖ 1 quiet")
        await seat.press("tab")
        await seat.until(lambda: "acked" in seat.text and "talks" in seat.text)
        await seat.press("a")
        await seat.shows("its story rings again")
        assert await seat.room.store.read(silences.listed, seat.room.clock.now()) == []
        seat.room.clock.advance(2)
        await seat.hides("quiet")
        await seat.press("escape", "slash", *"library", "enter")
        await seat.shows("8 of 70")
        await seat.until(lambda: chosen(seat).startswith("City library"))
        await seat.press("a")
        await seat.shows("nothing has rung for it")

    play(story, size=(120, 40))


def test_an_acked_story_stays_quiet_until_it_tells_something_else() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("tab")
        await seat.until(lambda: seat.app.panel.entries.chosen)
        await seat.press("a")
        await seat.shows("acked")
        told = len(seat.bells)
        title = "Wheat talks go into a third night"
        await seat.room.publish("capital-post", "Wheat talks, third night", story=title)
        await seat.shows("held: acked")
        assert len(seat.bells) == told

    play(story, size=(120, 40))


def test_s_silences_for_a_time_that_is_chosen_and_ends_it() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("s")
        await seat.shows("keep quiet", "silence  rule=diplomacy source=grain-daily", "for 2 h")
        await seat.press("right", "right", "left", "j", "j", "j")
        await seat.shows("for 4 h")
        await seat.press("enter")
        await seat.shows("silent for 4 h")
        now = seat.room.clock.now()
        [silence] = await seat.room.store.read(silences.listed, now)
        assert [text_of(one) for one in silence.matchers] == ["rule=grain"]
        assert silence.ends_at == now + timedelta(hours=4)
        told = len(seat.bells)
        seat.room.clock.advance(2)
        await seat.shows("‖ 1 quiet")
        await seat.room.publish("grain-daily", "Wheat is dear again")
        await seat.shows("held: silenced")
        assert len(seat.bells) == told
        await seat.press("s", "G")
        await seat.shows("end      rule=grain  until ")
        await seat.press("enter")
        await seat.shows("it rings again")
        assert await seat.room.store.read(silences.listed, seat.room.clock.now()) == []
        for closing_key in ("escape", "s", "q"):
            await seat.press("s")
            await seat.shows("keep quiet")
            await seat.press(closing_key)
            await seat.hides("keep quiet")
        assert seat.app.is_running
        assert await seat.room.store.read(silences.listed, seat.room.clock.now()) == []

    play(story, size=(120, 40))


def test_keys_mean_nothing_of_another_panel_while_one_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(seat: Seat) -> None:
        seat.app.show_panel("alerts")
        await seat.until(lambda: seat.app.panel.chosen)
        asked, gone = seat.app.feed.reader.read, [True]

        async def read(question: Any, *args: Any, **options: Any) -> Any:
            if question is screen.volumes and gone:
                raise StoreError("newsbell.db has vanished")
            return await asked(question, *args, **options)

        monkeypatch.setattr(seat.app.feed.reader, "read", read)
        seat.app.show_panel("sources")
        await seat.app.redraw()
        await seat.press("s")
        assert "silence  source=" not in seat.text
        gone.clear()
        await seat.until(lambda: seat.app.panel.chosen)
        await seat.press("s")
        await seat.shows("silence  source=ticker")

    play(story, size=(140, 40))


def test_s_on_a_headline_that_did_not_ring_silences_its_source() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("slash", *"library", "enter")
        await seat.shows("8 of 70")
        await seat.until(lambda: chosen(seat).startswith("City library"))
        await seat.press("s")
        await seat.shows("silence  source=capital-post")
        assert "rule=" not in seat.line("silence  ")
        await seat.press("minus", "plus", "enter")
        await seat.shows("silent for 2 h")
        [silence] = await seat.room.store.read(silences.listed, seat.room.clock.now())
        assert [text_of(one) for one in silence.matchers] == ["source=capital-post"]

    play(story, size=(80, 24))


def test_tab_goes_through_the_panels_and_shift_tab_back() -> None:
    async def story(seat: Seat) -> None:
        for name in ("alerts", "sources", "deliveries", "item", "story", ""):
            await seat.press("tab")
            assert seat.app.panel.shows == name
        for name in ("story", "item"):
            await seat.press("shift+tab")
            assert seat.app.panel.shows == name
        await seat.shows("enter on a headline shows it here")

    play(story)


def test_capital_r_shows_the_rules_with_their_counts_and_enter_what_one_would_have_rung() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("R")
        await seat.shows("diplomacy", "4 in 24 h", "talks OR summit")
        await seat.press("enter")
        await seat.shows("in 7 days:", "alerts a day")
        await seat.press("R")
        assert seat.app.panel.shows == ""

    play(story)


def test_enter_in_the_alerts_and_in_a_story_shows_the_item() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("tab", "j", "j", "enter")
        await seat.shows("fishing boats")
        await seat.press("tab")
        await seat.shows("▸ 12:03 capital-post")
        await seat.press("j", "enter")
        await seat.shows("Missile falls into the sea, boats called back", "published")

    play(story)


def test_question_mark_shows_the_help_of_what_works_here() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("question_mark")
        await seat.shows("keys", "filter the wire by a query")
        assert "save these addresses" not in seat.text  # attached: there is nothing to save
        await seat.press("escape")
        await seat.hides("filter the wire by a query")
        await seat.press("question_mark", "q")  # ends the help, not the dashboard
        await seat.hides("filter the wire by a query")
        assert seat.app.is_running

    play(story, size=(100, 60))


def test_ctrl_p_finds_commands_by_name() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("ctrl+p", *"show deliveries")
        await seat.pilot.pause(0.5)
        await seat.press("enter")
        await seat.until(lambda: seat.app.panel.shows == "deliveries")

    play(story)


def test_b_takes_bell_and_notifications_away_and_brings_them_back() -> None:
    async def story(seat: Seat) -> None:
        await seat.press("b")
        await seat.shows("bell and notifications are off")
        await seat.room.publish("capital-post", "ICBM one")
        await seat.shows("ICBM one")
        assert (seat.bells, seat.desk.notified) == ([], [])
        await seat.press("b")
        await seat.room.publish("capital-post", "ICBM two")
        await seat.until(lambda: seat.desk.notified)
        assert len(seat.bells) == 1
        assert seat.desk.notified == [("CRITICAL escalation", "ICBM two (capital-post)", Severity.CRITICAL)]
        await seat.room.publish("grain-daily", "Wheat is cheap")  # information does not ring
        await seat.shows("Wheat is cheap")
        assert len(seat.bells) == 1

    play(story)


def test_capital_s_saves_where_there_is_something_to_save() -> None:
    async def alone(seat: Seat) -> None:
        await seat.shows("S save")
        await seat.press("S")
        await seat.shows("saved as config.toml")

    play(alone, daemon=None, save=lambda: "saved as config.toml: `newsbell run` starts it", size=(120, 30))

    async def attached(seat: Seat) -> None:
        await seat.press("S")
        assert "save" not in seat.text

    play(attached, size=(120, 30))


def test_q_ends_it_and_ctrl_c_as_it_ends_any_program() -> None:
    interrupted: list[int] = []

    async def quits(seat: Seat) -> None:
        await seat.press("q")
        await seat.until(lambda: not seat.app.is_running)

    play(quits, interrupt=lambda: interrupted.append(1))
    assert not interrupted

    async def interrupts(seat: Seat) -> None:
        await seat.press("ctrl+c")
        await seat.until(lambda: not seat.app.is_running)

    play(interrupts, interrupt=lambda: interrupted.append(1))
    assert interrupted


def test_the_mouse_chooses_opens_scrolls_and_turns_to_a_panel() -> None:
    async def story(seat: Seat) -> None:
        row = next(
            n for n, line in enumerate(seat.text.splitlines()) if "Ballistic" in line and "off" in line
        )
        wire = seat.app.wire_list
        top = wire.region.y
        await seat.pilot.click("#wire", offset=(30, 3))
        assert wire.cursor == 3
        assert row >= 3
        assert top > 0
        assert not wire.follows
        await seat.pilot.click("#wire", offset=(30, 3), times=2)
        await seat.shows("fishing boats")
        tabs = seat.line("deliveries")
        await seat.pilot.click("#tabs", offset=(tabs.index("deliveries") - seat.app.panel.region.x + 1, 0))
        await seat.until(lambda: seat.app.panel.shows == "deliveries")

    play(story, size=(140, 40))


def test_another_size_is_shared_out_at_once() -> None:
    async def shown(seat: Seat, *, beside: bool) -> None:
        await seat.until(lambda: seat.app.left.display == beside)
        await seat.until(lambda: ("─ wire ─" in seat.text) == beside)

    async def story(seat: Seat) -> None:
        await seat.press("tab")
        await shown(seat, beside=False)  # the alerts stand over the wire
        for size, beside in (((160, 36), True), ((80, 24), False), ((120, 30), True), ((60, 15), False)):
            await seat.pilot.resize_terminal(*size)
            await shown(seat, beside=beside)

    play(story)


def test_every_alert_since_one_last_looked_is_shown_first() -> None:
    async def story(seat: Seat) -> None:
        await seat.shows("Harbour bridge closed", "Five mayors", "Ballistic missile")
        assert seat.app.panel.shows == "alerts"
        assert len(seat.bells) == 1  # one, however many

    play(story, cursor=1)


def test_layout_filter_and_bell_are_remembered(tmp_path: Path) -> None:
    kept = tmp_path / "watch" / "layout.json"

    async def first(seat: Seat) -> None:
        await seat.press("slash", *"missile", "enter", "tab", "tab", "b")

    play(first, remembered=Remembered(kept))
    assert Remembered(kept).layout == Layout(panel="sources", filter="missile", bell=False)

    async def second(seat: Seat) -> None:
        await seat.shows("sources", "answered 503")
        await seat.press("escape")
        await seat.shows("wire / missile", "3 of 70")

        await seat.press("escape")  # a kept filter goes as one that was typed does
        await seat.shows("─ wire ─", "Wheat talks")
        await seat.press("slash", *"bridge", "enter")
        await seat.shows("wire / bridge", "2 of 70")
        assert seat.app.wire_list.has_focus

    play(second, remembered=Remembered(kept), furnished=True)


def test_a_filter_may_call_the_aliases_of_the_configuration_the_kept_one_too() -> None:
    """They are known with the rules, when there is a screen already."""
    aliases = {"arms": ("missile", "missiles")}
    remembered = Remembered()
    remembered.keep(Layout(filter="alias:arms"))

    async def story(seat: Seat) -> None:
        await seat.shows("wire / alias:arms", "3 of 70")
        await seat.press("slash", "escape", "slash", *"alias:navy")
        await seat.shows("alias:navy", "arms")
        await seat.press(*["backspace"] * 4, *"arms", "enter")
        await seat.shows("wire / alias:arms", "3 of 70")

    async def light() -> Lighting:
        return Lighting((), aliases)

    play(story, remembered=remembered, light=light)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"panel": 3, "filter": "", "bell": true}', "\x00"])
def test_a_layout_that_cannot_be_read_is_done_without(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "layout.json"
    kept.write_text(text)
    assert Remembered(kept).layout == Layout()


def test_a_daemon_that_stops_is_said_and_when_it_is_back_too() -> None:
    pids = [7, None, 8]
    daemon = Daemon(pid=lambda: pids[0], start="newsbell run --state D")

    async def story(seat: Seat) -> None:
        await seat.shows("● running", "polls/h")
        pids.pop(0)
        seat.room.clock.advance(2)
        await seat.shows("○ not running", "the daemon is not running: `newsbell run --state D` starts it")
        assert "polls/h" not in seat.text  # nobody polls
        pids.pop(0)
        seat.room.clock.advance(2)
        await seat.shows("● running", "the daemon was started: process 8")

    play(story, daemon=daemon, size=(140, 40))


def test_a_match_is_seen_by_glyph_weight_and_colour_and_without_colour_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story(seat: Seat) -> None:
        await seat.press("j")
        assert "▲" in seat.line("Ballistic missile")
        assert any("bold" in style and "color" in style for style in seat.styles("Ballistic missile"))

    play(story)
    monkeypatch.setenv("NO_COLOR", "1")

    async def colourless(seat: Seat) -> None:
        await seat.press("j")
        assert "▲" in seat.line("Ballistic missile")
        assert any("bold" in style for style in seat.styles("Ballistic missile"))
        styles = [part.style for strip in seat.strips for part in strip if part.style]
        assert all(style.color is None or style.color.is_default for style in styles)

    play(colourless)


def test_every_key_is_pressed_by_a_test() -> None:
    """Read the tests themselves: a key that is bound and that none presses is found here."""
    text = Path(__file__).read_text("utf-8")
    for key in (*keys.MOVING, *keys.KEYS):
        for one in key.keys.split(","):
            assert f'"{one}"' in text, one


def test_the_page_of_the_dashboard_names_every_key_and_mark_and_no_other() -> None:
    page = (Path(__file__).parents[2] / "docs" / "dashboard.md").read_text("utf-8")
    rows = [tuple(cell.strip() for cell in line.split("|")[1:3]) for line in page.splitlines() if "|" in line]
    bound = [(f"`{key.shown}`", key.does) for group in keys.GROUPS for key in keys.of(group)]
    assert [row for row in rows if row[0].startswith("`") and row[1]] == [
        *bound,
        *((f"`{mark}`", means) for mark, means in keys.MARKS),
    ]
