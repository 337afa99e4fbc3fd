"""`newsbell watch` on a real pseudo-terminal: drawn, driven, given back; nothing foreign ever reaches it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.store.sqlite import SqliteStore
from tests.conftest import Site
from tests.dashboard.newsroom import Newsroom
from tests.dashboard.newsstand import furnish
from tests.person import ENTER, LEAVE, SHOW_CURSOR, seated
from tests.torture.terminal import scrolled
from tests.virtual import ManualClock

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7])(?:;\d+)*m")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TZ": "UTC"}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory as a daemon leaves it."""
    directory = tmp_path / "state"
    directory.mkdir()

    async def fill(store: SqliteStore) -> None:
        await furnish(Newsroom(store, clock))

    clock = ManualClock()
    store = SqliteStore(directory / "newsbell.db", clock)
    asyncio.run(fill(store))
    store.close()
    return directory


def watch(state: Path) -> list[str]:
    return [sys.executable, "-m", "monitor", "watch", "--state", str(state)]


def test_a_terminal_is_drawn_on_rings_and_is_given_back(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    with seated(watch(state), environ=environ, cwd=tmp_path) as person:
        person.sees("Harbour bridge", "third night", "the daemon is not running", "\a")
        assert person.seen.count("\a") == 1  # six alerts since this viewer last looked, one bell
        person.types("q")
        assert person.ends() == 0
    assert person.seen.index(ENTER) < person.seen.index("third night") < person.seen.rindex(LEAVE)
    assert person.seen.rindex(SHOW_CURSOR) > person.seen.rindex("third night")
    assert COLOUR.search(person.seen)
    with seated(watch(state), environ=environ, cwd=tmp_path) as person:
        person.sees("third night", "q")
        assert "\a" not in person.seen  # all was seen
        person.types("q")
        person.ends()


@pytest.mark.torture
def test_an_idle_screen_is_sent_its_clock_and_nothing_that_has_not_changed(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    asyncio.run(_add(state, 600))
    with seated(watch(state), environ=environ, cwd=tmp_path, columns=120, lines=45) as person:
        person.sees("part 599", "quit")
        person.types("b")
        person.sees("are off")
        person.sees("quit", since=person.mark())  # what was said has gone: nothing is left to change
        mark = person.mark()
        idle = person.waits(_three_seconds, "three seconds on the clock", mark)
        person.types("q")
        person.ends()
    assert "part 599" not in idle


async def _add(state: Path, items: int) -> None:
    clock = ManualClock()
    clock.advance(3_600)
    with closing(SqliteStore(state / "newsbell.db", clock)) as store:
        room = Newsroom(store, clock)
        await room.open("tower")
        await room.first("tower")
        await room.publish("tower", *(f"The tower grows, part {number}" for number in range(items)))


def _three_seconds(text: str) -> str | None:
    return text if len(set(re.findall(r"\d\d:\d\d:\d\d", text))) >= 3 else None


def test_a_filter_that_is_typed_at_once_loses_no_letter(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    with seated(watch(state), environ=environ, cwd=tmp_path, columns=120, lines=45) as person:
        person.sees("third night", "quit")
        person.types("/bridge OR missile\r")
        person.sees("wire / bridge OR missile", "5 of 70")
        person.types("q")
        assert person.ends() == 0


def test_no_color_leaves_the_screen_and_takes_the_colours(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    with seated(watch(state), environ={**environ, "NO_COLOR": "1"}, cwd=tmp_path) as person:
        person.sees("third night")
        person.types("q")
        person.ends()
    assert ENTER in person.seen
    assert not COLOUR.search(person.seen)
    assert re.search(r"\x1b\[(?:\d+;)*1(?:;\d+)*m", person.seen)  # weight stays


@pytest.mark.parametrize(("how", "status"), [("\x03", 130), (signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_ctrl_c_and_signals_end_it_and_give_the_terminal_back(
    state: Path, environ: dict[str, str], tmp_path: Path, how: str | signal.Signals, status: int
) -> None:
    with seated(watch(state), environ=environ, cwd=tmp_path) as person:
        person.sees("third night")
        if isinstance(how, str):
            person.types(how)
        else:
            person.process.send_signal(how)
        assert person.ends() == status
    assert person.seen.rindex(LEAVE) > person.seen.rindex("third night")


def test_the_state_directory_is_only_read_and_what_was_seen_is_kept_beside_the_viewer(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    before = (state / "newsbell.db").read_bytes()
    with seated(
        watch(state), environ={**environ, "XDG_STATE_HOME": str(tmp_path / "mine")}, cwd=tmp_path
    ) as person:
        person.sees("third night")
        person.types("b")
        person.sees("are off")
        person.types("q")
        person.ends()
    assert (state / "newsbell.db").read_bytes() == before
    kept = sorted(file.name for file in (tmp_path / "mine" / "newsbell" / "watch").iterdir())
    assert len(kept) == 2
    assert json.loads((tmp_path / "mine" / "newsbell" / "watch" / kept[1]).read_text())["bell"] is False


def test_a_monitor_of_its_own_shows_the_first_item_rings_tells_and_saves(
    site: Site, environ: dict[str, str], tmp_path: Path
) -> None:
    """`newsbell watch URL --match QUERY --to ADDRESS` from a clean home."""
    site.pages["/rss"] = (200, {}, _rss("a: old fire", "b: budget"))
    site.pages["/hook"] = (204, {}, b"")
    words = [sys.executable, "-m", "monitor", "watch", f"{site.url}/rss", "--match", "fire", "--every", "1s"]
    with seated([*words, "--to", f"{site.url}/hook"], environ=environ, cwd=tmp_path) as person:
        person.sees("budget", "● watching")
        assert "\a" not in person.seen
        site.pages["/rss"] = (200, {}, _rss("c: new fire", "a: old fire", "b: budget"))
        person.sees("\a")
        person.sees("1 new")
        assert site.wait(lambda site: "/hook" in site.paths())
        assert list(tmp_path.iterdir()) == []  # nothing was written
        person.types("S")
        person.sees("saved as config.toml")
        person.types("S")
        person.sees("is there already")
        person.types("\x03")
        assert person.ends() == 130
    checked = subprocess.run(
        [sys.executable, "-m", "monitor", "check"], env=environ, cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    saved = (tmp_path / "config.toml").read_text()
    assert all(word in saved for word in ("fire", "/rss", "/hook", 'every = "1s"'))
    assert (tmp_path / "config.toml").stat().st_mode & 0o077 == 0


def _rss(*titles: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title></item>" for title in titles
    )
    return f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


def test_nothing_of_a_fuzzed_title_reaches_the_terminal(tmp_path: Path) -> None:
    figures = scrolled(tmp_path, titles=400, seed=7)
    assert figures["titles"] == figures["shown"] == 400
    assert figures["foreign"] == []


@pytest.mark.parametrize("words", [["--help"], ["watch", "--help"], ["items"], ["alerts"], ["sources"]])
def test_no_other_command_loads_what_draws_the_screen(
    words: list[str], state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    given = [] if "--help" in words else ["--state", str(state)]
    told = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "monitor", *words, *given],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr[-500:]
    assert "monitor.cli" in told.stderr
    assert "textual" not in told.stderr


def test_lines_into_a_pipe_load_no_screen_either(
    state: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", *watch(state)[1:]],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "alert" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert "textual" not in err
    assert "httpx" not in err  # and attached, nothing that polls
