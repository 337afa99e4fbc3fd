"""What rang and is taken back: bodies as they come, decided and committed to a real file."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core.telling import hush, remarks, render
from monitor.model import Alert, AlertType, PollOutcome, Rule, Source
from monitor.store.sqlite.asked import reading
from tests.desk import START, Desk, line

WIRE = Source(name="wire", url="https://wire.example/rss", publisher="wire.example")
FIRE = Rule(name="fire", query="fire*", version="v1", retracted=True)
WINDOW = 7
NAMES = (
    "Arden",
    "Brook",
    "Calder",
    "Dover",
    "Elm",
    "Ford",
    "Glen",
    "Holt",
    "Ives",
    "Jura",
    "Kent",
    "Lund",
    "Mere",
    "Nash",
    "Orme",
)


class Feed:
    """A feed of seven items that lets the oldest go, every ten minutes another one on top."""

    def __init__(self, path: Path, *rules: Rule, window: int = WINDOW) -> None:
        self.path, self.rules, self.at, self.number, self.window = path, rules, START, 0, window
        self.wire = WIRE
        self.rows: list[tuple[str, str]] = []
        self.open()
        self.goes_on(window)

    def open(self) -> None:
        self.desk = Desk([self.wire], self.rules, path=str(self.path), stories=True)
        self.desk.connection.execute("pragma synchronous = off")

    def restart(self) -> None:
        self.desk.connection.close()
        self.open()

    def goes_on(self, bodies: int, title: str = "") -> None:
        """Let so many further items come, one a body."""
        for _ in range(bodies):
            self.number += 1
            words = f"{NAMES[self.number % 15]} {NAMES[self.number // 15 % 15]} {self.number} opens"
            self.rows = [(f"{self.number}", title or words), *self.rows][: self.window]
            self.read()

    def read(self, *, whole: bool = True) -> PollOutcome:
        self.at += timedelta(minutes=10)
        rows = [line(title, guid=guid) for guid, title in self.rows]
        return self.desk.read(self.wire.name, rows, self.at, whole=whole)

    def takes_back(self, title: str) -> None:
        self.rows = [row for row in self.rows if row[1] != title]

    def waits(self, hours: float) -> None:
        """Let the same items stand for so long, read twice."""
        self.read()
        self.at += timedelta(hours=hours)
        self.read()

    def alerts(self) -> list[Alert]:
        return [one for one in reading.alerts(self.desk.connection, limit=99)[::-1] if one.rule]

    def told(self) -> list[str]:
        return [str(one.type) for one in self.alerts()]


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    feed = Feed(tmp_path / "newsbell.db", FIRE)
    feed.goes_on(22)
    return feed


FIRST = "Fire kills 3 in Odesa"


def test_what_leaves_the_midst_of_an_orderly_feed_and_stays_away_is_taken_back(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.waits(2.5)
    assert feed.told() == ["alert.created"]
    feed.restart()
    feed.waits(0.3)
    assert feed.told() == ["alert.created", "alert.retracted"]
    feed.waits(5)
    created, retracted = feed.alerts()
    assert retracted.item == created.item
    assert retracted.sentence == "taken back: it left wire 3 h ago, and 6 older ones still stand there"
    assert retracted.sentence in remarks.headline(retracted)
    [first, second] = reading.deliveries(feed.desk.connection, limit=9)[::-1]
    assert (second.notifier, second.state) == (first.notifier, "due")
    assert render.payload(second)["type"] == "alert.retracted"


def test_what_comes_back_was_not_taken_back_and_is_waited_for_anew(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    row, feed.rows = feed.rows[0], feed.rows[1:]
    feed.waits(2.5)
    feed.rows = [row, *feed.rows]
    feed.waits(1)
    feed.rows = feed.rows[1:]
    feed.waits(2.5)
    assert feed.told() == ["alert.created"]


def test_another_name_for_the_source_forgets_nothing_that_is_missing(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.read()
    feed.wire = replace(WIRE, name="newswire")
    feed.restart()
    feed.waits(3)
    assert feed.told() == ["alert.created", "alert.retracted"]


def test_a_body_that_broke_off_takes_nothing_back(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    whole, feed.rows = feed.rows, feed.rows[1:]
    for _ in range(3):
        feed.at += timedelta(hours=2)
        feed.read(whole=False)
    feed.rows = whole
    feed.waits(1)
    assert feed.told() == ["alert.created"]


def test_what_is_pushed_out_at_the_end_was_not_taken_back(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    feed.goes_on(30)
    assert feed.told() == ["alert.created"]


def test_what_would_have_been_pushed_out_meanwhile_is_not_told(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.goes_on(30)
    assert feed.told() == ["alert.created"]


def test_a_rule_that_does_not_ask_tells_nothing(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "newsbell.db", replace(FIRE, retracted=False))
    feed.goes_on(22)
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.waits(4)
    assert feed.told() == ["alert.created"]


def test_a_feed_that_lets_go_what_it_likes_says_nothing_by_it(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "newsbell.db", FIRE)
    for number in range(44):
        feed.goes_on(1)
        if number % 8 == 0:
            del feed.rows[2]
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.waits(4)
    assert feed.told() == ["alert.created"]


def test_a_feed_that_was_not_seen_to_keep_its_order_is_not_believed(tmp_path: Path) -> None:
    feed = Feed(tmp_path / "newsbell.db", FIRE)
    feed.goes_on(5)
    feed.goes_on(1, FIRST)
    feed.takes_back(FIRST)
    feed.waits(4)
    assert feed.told() == ["alert.created"]


def test_two_older_ones_prove_nothing(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    feed.goes_on(4)
    feed.takes_back(FIRST)
    feed.waits(4)
    assert feed.told() == ["alert.created"]


def test_what_hands_its_words_on_to_another_entry_is_replaced(feed: Feed) -> None:
    feed.goes_on(1, "Fire kills 3 in the port of Odesa overnight, mayor says")
    feed.rows = [("other", "Fire kills 3 in port of Odesa overnight, the mayor says"), *feed.rows[1:]]
    feed.waits(4)
    assert "alert.retracted" not in feed.told()


def test_a_retraction_ends_an_ack(feed: Feed) -> None:
    feed.goes_on(1, FIRST)
    [created] = feed.alerts()
    assert not hush.tells_something_else(created)
    assert hush.tells_something_else(replace(created, type=AlertType.RETRACTED))
