"""Keeping quiet from the command line, in the store that a daemon reads."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.core.telling import hush
from monitor.daemon.clock import SystemClock
from monitor.model import Matcher
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import connect, transaction
from monitor.store.sqlite.telling.alerts import ring
from tests.cli.test_commands import Desk
from tests.conftest import Site
from tests.core.alerts.test_ringing import FIRE, Room
from tests.core.telling.test_hush import LOUD


@pytest.fixture
def desk(tmp_path: Path, site: Site) -> Desk:
    """A store in which a fire rang for two rules, and nobody was told yet."""
    made = Desk(tmp_path, site)
    made.state.mkdir()
    room = Room(made.state / "newsbell.db", FIRE, LOUD)
    room.says("1", "Fire kills 3 in the port of Odesa")
    room.desk.connection.close()
    return made


def ring_again(desk: Desk) -> None:
    """Let the first alert come once more, as another item of its story."""
    connection = connect(str(desk.state / "newsbell.db"))
    [alert] = reading.alerts(connection, limit=1)  # the newest
    with transaction(connection):
        again = replace(alert, id="f" * 32, dedupe="again")
        ring(connection, again, ["desk"], SystemClock().now())
    connection.close()


def test_a_silence_holds_what_waits_and_what_comes(desk: Desk) -> None:
    done = desk("silence", "severity=critical", "--for", "3h", "--comment", "drill")
    assert done.returncode == 0, done.stderr
    assert "severity=critical" in done.stdout
    assert "1 delivery that waited is held\n" in done.stdout
    ring_again(desk)
    rows = desk.json("deliveries")
    assert [(row["state"], row["reason"]) for row in rows] == [
        ("held", "silenced"),
        ("held", "silenced"),
        ("due", ""),
    ]
    [silence] = desk.json("silence", "--list")
    assert (silence["matchers"], silence["comment"]) == (["severity=critical"], "drill")
    assert desk.json("alerts")[0]["held"]["silence"] == silence["id"]
    lasting = datetime.fromisoformat(silence["ends_at"]) - datetime.fromisoformat(silence["starts_at"])
    assert lasting == timedelta(hours=3)
    assert desk("silence", "--end", silence["id"][:6]).stdout == (
        "1 silence ended; what it held stays held: `newsbell replay ID` tells it\n"
    )
    assert desk("silence", "--list").stderr == "nothing is kept quiet\n"


def test_an_ack_holds_the_story(desk: Desk) -> None:
    alert = desk.json("alerts")[0]
    done = desk("ack", alert["id"][:8])
    assert done.returncode == 0, done.stderr
    assert f"ack of {alert['id'][:8]}" in done.stdout
    assert "until it tells something else" in done.stdout
    ring_again(desk)
    assert {row["reason"] for row in desk.json("deliveries")} == {"acked"}
    [ack] = desk.json("silence", "--list")
    assert (ack["alert"], ack["ends_at"]) == (alert["id"], None)
    assert desk("silence", "--end", ack["id"]).stdout.startswith("1 ack ended; what it held stays held")


def test_a_name_that_is_nowhere_is_refused_and_what_rang_once_is_not(desk: Desk) -> None:
    for word, sentence in (
        ("rule=fyre", "rule=fyre: no rule is called so (did you mean 'fire'?)"),
        ("rule!=fyre", "rule!=fyre: no rule is called so (did you mean 'fire'?)"),
        ("source=wyre", "source=wyre: no source is called so (did you mean 'wire'?)"),
        ("tag=wrld", "tag=wrld: no source has this tag (did you mean 'world'?)"),
    ):
        done = desk("silence", "severity=info", word)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"{sentence}\n")
    for word in ("rule=fire", "source=wire", "tag=world", "tag=Breaking", "rule=~fyre", "publisher=e.org"):
        assert desk("silence", word).returncode == 0
    desk.config.write_text(f'[source.port]\nurl = "{desk.site.url}/port"\n[rule]\nflood = "flood"\n')
    assert desk("silence", f"rule={LOUD.name}").returncode == 0  # configured no more, and yet it rang
    assert desk("silence", "rule=fire").returncode == 0
    assert desk("silence", "rule=floud").returncode == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["silence"], "say what is to be silent"),
        (["silence", "severity=loud"], "severity is one of info, warning, critical, not 'loud'"),
        (["silence", "fire"], "'fire' is no matcher"),
        (["silence", "tag=a", "--for", "soon"], "--for: 'soon' is no duration"),
        (["silence", "tag=a", "--for", "0s"], "--for: '0s' is too short"),
        (["silence", "--end", "abcdef"], "abcdef is no silence that goes on"),
        (["ack", "abcdef"], "abcdef is no alert"),
    ],
)
def test_a_mistake_is_a_sentence_and_changes_nothing(words: list[str], sentence: str, desk: Desk) -> None:
    done = desk(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(sentence)
    assert {row["state"] for row in desk.json("deliveries")} == {"due"}


def test_a_silence_steers_no_terminal_whoever_began_it(desk: Desk) -> None:
    done = desk("silence", "story=\x1b]0;pwned\x07", "--comment", "evil \x1b[31m\nline 2")
    assert done.returncode == 0, done.stderr
    [kept] = desk.json("silence", "--list")
    assert kept["comment"] == "evil [31m line 2"
    begins, ends = SystemClock().now(), SystemClock().now() + timedelta(hours=1)
    raw = Matcher(label="source", op="=", value="\x1b[2J")
    store = SqliteStore(desk.state / "newsbell.db", SystemClock())
    asyncio.run(store.silence(hush.silence([raw], begins, ends, "by\x9b31m\u202ethe API", nonce="1")))
    store.close()

    listed = desk("silence", "--list").stdout
    assert listed.count("\n") == 2
    for said in (done.stdout, listed):
        assert not set(said) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert "by\ufffd31m\ufffdthe API" in listed
