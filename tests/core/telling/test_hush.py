"""What is kept quiet: silences that end, acks that a change of the story ends. Bodies as they come, a real file."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.telling import hush, remarks, render
from monitor.core.telling.matchers import parse
from monitor.model import Alert, AlertType, Held, Rule, Severity, Silence
from monitor.store.sqlite import pruning
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.telling import deliveries, silences
from tests.core.alerts.test_ringing import FIRE, Room
from tests.core.alerts.test_ringing import room as room
from tests.desk import START

Open = Callable[..., Room]
LOUD = Rule(name="loud", query="fire*", severity=Severity.CRITICAL)
HOUR = timedelta(hours=1)


def quiet(room: Room, *matching: str, lasting: timedelta = HOUR, nonce: str = "1") -> Silence:
    made = hush.silence([parse(one) for one in matching], room.at, room.at + lasting, nonce=nonce)
    silences.add(room.desk.connection, made, room.at)
    return made


def acked(room: Room, alert: Alert, lasting: timedelta | None = None) -> Silence:
    made = hush.ack(alert, room.at, room.at + lasting if lasting else None, nonce="ack")
    silences.add(room.desk.connection, made, room.at)
    return made


def told(room: Room) -> list[tuple[str, str, str]]:
    """Return (rule, state, reason) of all deliveries, oldest first."""
    return [(one.alert.rule, one.state, one.reason) for one in room.deliveries()]


def test_what_a_silence_holds_is_listed_with_the_reason_and_until_when(room: Open) -> None:
    newsroom = room(FIRE, LOUD)
    silence = quiet(newsroom, "severity=warning", "rule=~fi.*")
    newsroom.says("1", "Fire in the port")
    assert told(newsroom) == [("fire", "held", "silenced"), ("loud", "due", "")]
    [held, rang] = newsroom.alerts()
    assert held.held is not None
    assert (held.held.reason, held.held.until, held.held.silence) == ("silenced", START + HOUR, silence.id)
    assert rang.held is None
    assert f"held: silenced until 2026-03-01 13:00, by silence {silence.id[:8]}" in remarks.why_held(held)
    assert "desk: held (silenced until 2026-03-01" in newsroom.why("Fire in the port")
    assert render.alert_json(held)["held"] == {
        "reason": "silenced",
        "detail": None,
        "until": "2026-03-01T13:00:00Z",
        "joins": None,
        "silence": silence.id,
    }


def test_after_a_silence_it_rings_and_what_was_held_stays_held(room: Open) -> None:
    newsroom = room(FIRE)
    quiet(newsroom, "rule=fire")
    newsroom.says("1", "Fire in the port")
    newsroom.says("2", "Grass fire near the airport", after=3_600)
    assert told(newsroom) == [("fire", "held", "silenced"), ("fire", "due", "")]
    assert reading.totals(newsroom.desk.connection).waiting == 1  # what is held so is not waited for


def test_a_silence_that_is_ended_holds_nothing_more(room: Open) -> None:
    newsroom = room(FIRE)
    silence = quiet(newsroom, "rule=fire")
    assert silences.end(newsroom.desk.connection, [silence.id], newsroom.at) == 1
    assert silences.end(newsroom.desk.connection, [silence.id], newsroom.at) == 0
    newsroom.says("1", "Fire in the port")
    assert told(newsroom) == [("fire", "due", "")]


def test_what_a_silence_held_says_when_it_was_ended(room: Open) -> None:
    newsroom = room(FIRE, LOUD)
    newsroom.says("1", "Fire in the port")  # waits when the silence begins
    silence = quiet(newsroom, "rule=fire")
    other = quiet(newsroom, "rule=loud", nonce="other")  # ends at the same time
    newsroom.says("2", "Grass fire near the airport")
    ended = newsroom.at + timedelta(minutes=1)
    silences.end(newsroom.desk.connection, [silence.id], ended)
    held = {one.rule: one.held for one in newsroom.alerts() if one.held}
    assert (held["fire"], held["loud"]) == (
        Held(reason="silenced", until=ended, silence=silence.id),
        Held(reason="silenced", until=other.ends_at, silence=other.id),
    )
    assert [(one.alert.rule, one.until) for one in newsroom.deliveries() if one.alert.held] == [
        ("fire", ended),
        ("loud", other.ends_at),
    ]
    assert {one.until for one in newsroom.deliveries() if one.alert.rule == "fire"} == {ended}


def test_of_two_silences_the_one_that_ends_last_is_told(room: Open) -> None:
    newsroom = room(FIRE)
    quiet(newsroom, "rule=fire", lasting=2 * HOUR, nonce="long")
    quiet(newsroom, "severity=warning", nonce="short")
    newsroom.says("1", "Fire in the port")
    [alert] = newsroom.alerts()
    assert alert.held is not None
    assert alert.held.until == START + 2 * HOUR


def test_what_waits_when_a_silence_begins_is_held(room: Open) -> None:
    newsroom = room(FIRE, LOUD)
    newsroom.says("1", "Fire in the port")
    quiet(newsroom, "severity=critical")
    assert told(newsroom) == [("fire", "due", ""), ("loud", "held", "silenced")]
    _, claimed = deliveries.claim(newsroom.desk.connection, "desk", newsroom.at, 9)
    assert [one.alert.rule for one in claimed] == ["fire"]


def test_a_silence_outlives_a_restart_and_is_forgotten_at_last(room: Open) -> None:
    newsroom = room(FIRE)
    quiet(newsroom, "rule=fire")
    newsroom.restart()
    newsroom.says("1", "Fire in the port")
    assert told(newsroom) == [("fire", "held", "silenced")]
    pruning.prune(newsroom.desk.connection, newsroom.at + timedelta(days=500), timedelta(days=90))
    assert silences.listed(newsroom.desk.connection, newsroom.at, ended=True) == []


def test_an_acked_story_is_quiet_until_it_tells_something_else(room: Open) -> None:
    newsroom = room(FIRE, LOUD)
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    acked(newsroom, newsroom.alerts()[0])
    newsroom.says("1", "Fire kills 3 in the port of Odesa", by="other")
    assert [one.alert.rule for one in newsroom.deliveries() if one.reason == "acked"] == ["fire", "loud"] * 2
    [_, held] = [one.item for one in newsroom.alerts() if one.rule == "fire"]
    assert held is not None
    assert "held: acked until its story tells something else, joins" in newsroom.why(held.id)
    newsroom.says("9", "Fire in a school of Lviv")  # another story
    assert [one.state for one in newsroom.deliveries()][-2:] == ["due", "due"]
    kinds = newsroom.says("1", "Fire kills 7 in the port of Odesa")
    assert kinds == [AlertType.UPDATED, AlertType.UPDATED]
    assert [one.state for one in newsroom.deliveries()][-2:] == ["due", "due"]


def test_a_change_ends_the_ack(room: Open) -> None:
    newsroom = room(FIRE)
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    acked(newsroom, newsroom.alerts()[0])
    newsroom.says("1", "Fire kills 7 in the port of Odesa")
    assert silences.listed(newsroom.desk.connection, newsroom.at) == []
    newsroom.says("1", "Fire kills 7 in the port of Odesa", by="other")
    assert newsroom.deliveries()[-1].state == "due"


def test_a_snooze_ends_by_itself(room: Open) -> None:
    newsroom = room(FIRE)
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    acked(newsroom, newsroom.alerts()[0], HOUR)
    newsroom.says("1", "Fire kills 3 in the port of Odesa", by="other")
    newsroom.says("2", "Fire kills 3 in the port of Odesa, says mayor", by="other", after=3_700)
    assert [one.state for one in newsroom.deliveries()][-2:] == ["held", "due"]


def test_an_ack_goes_with_its_story_when_that_is_folded_into_another(room: Open) -> None:
    newsroom = room(FIRE)
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    [alert] = newsroom.alerts()
    assert alert.item is not None
    acked(newsroom, alert)
    connection = newsroom.desk.connection
    connection.execute("insert into story_aliases values (?, 'root', 0)", (alert.item.story,))
    connection.execute("update items set story = 'root'")
    newsroom.says("1", "Fire kills 3 in the port of Odesa", by="other")
    assert newsroom.deliveries()[-1].reason == "acked"


def test_acks_of_other_stories_cost_an_alert_no_question_each(room: Open) -> None:
    newsroom = room(FIRE)
    connection, asked = newsroom.desk.connection, list[int]()
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    alert = acked(newsroom, newsroom.alerts()[0]).alert
    for number in range(200):
        story = f'[["story", "=", "s{number}"]]'
        connection.execute(
            "insert into silences (id, matchers, starts_at, alert) values (?, ?, 0, 'a')", (story, story)
        )
        if number in (0, 199):
            questions: list[str] = []
            connection.set_trace_callback(questions.append)
            [first] = [one for one in newsroom.alerts() if one.id == alert]
            held = silences.hushed(connection, first, newsroom.at).held
            connection.set_trace_callback(None)
            assert held is not None
            asked.append(len(questions))
    assert asked[0] == asked[1]


def test_an_ack_is_forgotten_once_nothing_is_left_of_its_story(room: Open) -> None:
    newsroom = room(FIRE)
    connection, keep = newsroom.desk.connection, timedelta(days=90)
    newsroom.says("1", "Fire kills 3 in the port of Odesa")
    kept = acked(newsroom, newsroom.alerts()[0])
    connection.execute("update deliveries set state = 'sent'")
    later = newsroom.at + timedelta(days=100)
    pruning.prune(connection, later, keep)  # the item still stands in its feed
    assert [one.id for one in silences.listed(connection, later)] == [kept.id]
    connection.execute("delete from item_keys")
    pruning.prune(connection, later, keep)  # it is gone
    assert silences.listed(connection, later) == []


def test_what_no_item_brought_has_no_story_to_ack(room: Open) -> None:
    newsroom = room(FIRE)
    newsroom.says("1", "Fire in the port")
    with pytest.raises(ValueError, match="has no story"):
        hush.ack(replace(newsroom.alerts()[0], item=None), START, None, nonce="x")


def test_a_silence_of_others_takes_no_digest(room: Open) -> None:
    """A digest has no rule: `rule!=escalation` once held what it listed of escalation, for ever."""
    newsroom = room(FIRE)
    newsroom.says("1", "Fire in the port")
    [rang] = newsroom.alerts()
    digest = replace(rang, type=AlertType.DIGEST, rule="", item=None)
    others, digests = quiet(newsroom, "rule!=escalation"), quiet(newsroom, "type=digest", nonce="2")
    assert hush.held(digest, [others], newsroom.at) is None
    held = hush.held(digest, [others, digests], newsroom.at)
    assert held is not None
    assert held.silence == digests.id


def test_an_ack_takes_the_place_of_the_one_before(room: Open) -> None:
    newsroom = room(FIRE)
    newsroom.says("1", "Fire in the port")
    [rang] = newsroom.alerts()
    acked(newsroom, rang)
    snooze = hush.ack(rang, newsroom.at, newsroom.at + HOUR, nonce="snooze")
    silences.add(newsroom.desk.connection, snooze, newsroom.at)
    assert [one.id for one in silences.listed(newsroom.desk.connection, newsroom.at)] == [snooze.id]
