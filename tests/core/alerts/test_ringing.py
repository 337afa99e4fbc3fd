"""When a rule rings, and rings again: bodies as they come, decided and committed to a real file."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.answers import life
from monitor.cli import life as telling
from monitor.core.alerts.ringing import Cause, Ringing
from monitor.core.stories import Told
from monitor.core.telling import remarks, render
from monitor.core.telling.route import Routing
from monitor.model import (
    Alert,
    Burst,
    Delivery,
    Escalation,
    Fold,
    Held,
    Item,
    Kin,
    Known,
    Match,
    OnEdit,
    Published,
    Rang,
    Rule,
    Severity,
    Source,
    Threshold,
)
from monitor.store.sqlite import pruning
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.telling import paces
from tests.desk import START, Desk, line

WIRE = Source(name="wire", url="https://wire.example/rss", publisher="wire.example")
OTHER = Source(name="other", url="https://other.example/rss", publisher="other.example")
FIRE = Rule(name="fire", query="fire*", version="v1")


class Room:
    """A newsroom over one file: `says` puts a text of a source, by its guid, and reads its body."""

    def __init__(self, path: Path, *rules: Rule, sources: tuple[Source, ...] = (WIRE, OTHER)) -> None:
        self.path, self.rules, self.sources = path, rules, sources
        self.at = START
        self.bodies: dict[str, dict[str, str]] = {source.name: {} for source in sources}
        self.desk = Desk(sources, rules, path=str(path), stories=True)
        paces.sync(self.desk.connection, rules)
        self.desk.connection.execute("pragma synchronous = off")  # no power is cut here
        for source in sources:
            self.desk.read(source.name, [], self.at)

    def says(self, guid: str, title: str, *, by: str = "wire", after: float = 60.0) -> list[str]:
        """Return the types of the alerts that this made, `after` seconds."""
        self.at += timedelta(seconds=after)
        self.bodies[by] = {**self.bodies[by], guid: title}
        rows = [line(text, guid=f"{by}/{one}") for one, text in self.bodies[by].items()]
        before = {alert.id for alert in self.alerts()}
        self.desk.read(by, rows[::-1], self.at)
        return [str(alert.type) for alert in self.alerts() if alert.id not in before]

    def restart(self) -> None:
        """Forget all that is not in the file."""
        self.desk.connection.close()
        self.desk = Desk(self.sources, self.rules, path=str(self.path), stories=True)
        paces.sync(self.desk.connection, self.rules)

    def alerts(self) -> list[Alert]:
        """Return all alerts, oldest first."""
        return reading.alerts(self.desk.connection, limit=1_000)[::-1]

    def deliveries(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        return reading.deliveries(self.desk.connection, limit=1_000)[::-1]

    def why(self, what: str) -> str:
        [found] = life.of(self.desk.connection, what, self.rules).found
        return "\n".join(telling.lines(found))


Open = Callable[..., Room]


@pytest.fixture
def room(tmp_path: Path, empty: Path) -> Open:
    path = Path(shutil.copy(empty, tmp_path / "newsbell.db"))
    return lambda *rules, **more: Room(path, *rules, **more)


# -- edits ------------------------------------------------------------------------------------


def test_an_edit_that_tells_something_else_rings_again_with_what_changed(room: Open) -> None:
    it = room(FIRE)
    assert it.says("a", "Fire kills 3 in Odesa") == ["alert.created"]
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.updated"]
    alert = it.alerts()[-1]
    assert alert.edit is not None
    assert (alert.edit.title, alert.edit.kind) == ("Fire kills 3 in Odesa", "number")
    assert alert.dedupe == f"updated/fire/{alert.item.id}/2" if alert.item else False
    assert [one.state for one in it.deliveries()] == ["due", "due"]
    assert "edited: Fire kills [-3-] {+7+} in Odesa" in remarks.headline(alert)
    body = json.loads(render.body(it.deliveries()[-1]))
    assert body["type"] == "alert.updated"
    assert body["data"]["edit"] == {
        "kind": "number",
        "title": [
            {"what": "same", "text": "Fire kills"},
            {"what": "gone", "text": " 3"},
            {"what": "new", "text": " 7"},
            {"what": "same", "text": " in Odesa"},
        ],
        "summary": [],
    }
    assert "rang       fire at 2026-03-01" in it.why("Odesa")
    assert "edited: Fire kills [-3-] {+7+} in Odesa" in it.why("Odesa")


def test_two_states_that_take_turns_are_told_once_each_and_anew_the_next_day(room: Open) -> None:
    it = room(FIRE)
    it.says("a", "Fire kills 3 in Odesa")
    rang = [it.says("a", f"Fire kills {dead} in Odesa") for dead in (7, 3, 7, 3, 7, 3)]
    assert rang == [["alert.updated"], ["alert.updated"], [], [], [], []]
    assert it.says("a", "Fire kills 7 in Odesa", after=86_400) == ["alert.updated"]


def test_a_typo_rings_nothing_and_what_adds_up_from_small_edits_does(room: Open) -> None:
    it = room(FIRE)
    it.says("a", "Fire kils 3 in Odesa")
    assert it.says("a", "Fire kills 3 in Odesa") == []
    assert it.says("a", "Fire kills 4 in Odesa") == ["alert.updated"]
    assert it.says("a", "Fire kills 3 in Odesa") == ["alert.updated"]
    edit = it.alerts()[-2].edit
    assert edit is not None
    assert edit.title == "Fire kils 3 in Odesa"  # the text that was told, not the one before


@pytest.mark.parametrize(
    ("on_edit", "typo", "number"),
    [("never", [], []), ("material", [], ["alert.updated"]), ("any", ["alert.updated"], ["alert.updated"])],
)
def test_a_rule_says_which_edits_ring(
    room: Open, on_edit: OnEdit, typo: list[str], number: list[str]
) -> None:
    it = room(replace(FIRE, on_edit=on_edit))
    it.says("a", "Fire kils 3 in Odesa")
    assert it.says("a", "Fire kills 3 in Odesa") == typo
    assert it.says("a", "Fire kills 7 in Odesa") == number


def test_an_edit_after_a_restart_is_held_against_what_was_told(room: Open) -> None:
    it = room(FIRE)
    it.says("a", "Fire kills 3 in Odesa")
    it.restart()
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.updated"]
    it.restart()
    assert it.says("a", "Fire kills 7 in Odesa") == []


def test_what_never_rang_is_not_told_as_edited(room: Open) -> None:
    it = room(FIRE, replace(FIRE, name="shadow", ring=False))
    it.desk.read("other", [line("Quake kills 3", guid="q")], it.at)
    it.says("a", "Quake kills 3 in Odesa")
    assert it.says("a", "Fire kills 7 in Odesa") == ["alert.created"]
    assert it.says("a", "Blast kills 9 in Odesa") == []  # it is no fire any more
    assert {alert.rule for alert in it.alerts()} == {"fire"}


# -- cooldown ---------------------------------------------------------------------------------

QUAKE = Rule(name="quake", query="quake OR earthquake OR tsunami", cooldown=1_800.0)
FIRST = "Magnitude 7.4 earthquake strikes off northern Japan, tsunami warning issued"
SECOND = "Tsunami warning issued after magnitude 7.4 earthquake strikes off northern Japan"
THIRD = "7.4-magnitude earthquake strikes off northern Japan; tsunami warning is issued"
CHILE = "Quake drill surprises commuters in southern Chile"


def states(it: Room) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in it.deliveries()]


def test_the_further_items_of_a_story_join_the_alert_that_rang(room: Open) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.says("a", SECOND, by="other", after=600)
    it.says("b", CHILE)
    rang, joined, other = it.alerts()
    assert (rang.held, other.held) == (None, None)
    assert joined.held is not None
    assert (joined.held.joins, joined.held.until) == (rang.id, rang.at + timedelta(minutes=30))
    assert states(it) == [("due", ""), ("held", "cooldown"), ("due", "")]
    assert it.deliveries()[1].until == joined.held.until
    assert render.alert_json(joined)["held"] == {
        "reason": "cooldown",
        "detail": None,
        "until": "2026-03-01T12:31:00Z",
        "joins": rang.id,
        "silence": None,
    }
    assert f"joins {rang.id[:8]}" in it.why("Tsunami warning issued after")
    told = it.why(rang.id)
    assert "joined by" in told
    assert SECOND in told


def test_after_its_cooldown_a_story_rings_again_and_what_was_held_stays_held(room: Open) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.says("a", SECOND, by="other", after=1_799)
    assert it.alerts()[-1].held
    it.says("b", THIRD, after=1)
    assert it.alerts()[-1].held is None
    assert states(it) == [("due", ""), ("held", "cooldown"), ("due", "")]
    assert SECOND in [one.title for one in it.alerts()[-1].also_in]
    it.says("b", SECOND.replace("after", "as"), by="other", after=60)
    held = it.alerts()[-1].held
    assert held is not None
    assert held.joins == it.alerts()[-2].id


def test_a_cooldown_outlives_a_restart(room: Open) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.restart()
    it.says("a", SECOND, by="other")
    assert it.alerts()[-1].held


def test_items_of_one_body_join_each_other(room: Open) -> None:
    it = room(QUAKE)
    it.bodies["wire"] = {"a": FIRST}
    it.says("b", SECOND)
    assert [one.held is None for one in it.alerts()] == [True, False]


def test_a_correction_of_what_was_told_rings_within_the_cooldown_and_one_of_what_was_held_does_not(
    room: Open,
) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.says("a", SECOND, by="other")
    assert it.says("a", FIRST.replace("7.4", "7.9")) == ["alert.updated"]
    assert it.alerts()[-1].held is None
    assert it.says("a", SECOND.replace("7.4", "8.1"), by="other") == ["alert.updated"]
    assert it.alerts()[-1].held
    assert states(it) == [("due", ""), ("held", "cooldown"), ("due", ""), ("held", "cooldown")]


def test_each_rule_cools_down_by_itself(room: Open) -> None:
    it = room(QUAKE, replace(QUAKE, name="japan", cooldown=0.0))
    it.says("a", FIRST)
    it.says("a", SECOND, by="other")
    assert [(one.rule, one.held is None) for one in it.alerts()[-2:]] == [("quake", False), ("japan", True)]


def test_stories_that_fold_share_their_cooldown(room: Open) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.says("a", CHILE, by="other")
    it.says("a", SECOND, by="other")  # an edit that makes the two stories one
    assert len({one.story for one in reading.items(it.desk.connection, limit=9)}) == 1
    it.says("b", THIRD, after=1_700)
    assert it.alerts()[-1].held  # by the later of the two rings
    [row] = it.desk.connection.execute("select * from rang").fetchall()
    assert row["alert"] == it.alerts()[1].id


def test_what_is_held_waits_for_nobody_and_keeps_no_text(room: Open) -> None:
    it = room(QUAKE)
    it.says("a", FIRST)
    it.says("a", SECOND, by="other")
    it.desk.connection.execute("update deliveries set state = 'sent' where state = 'due'")
    assert reading.totals(it.desk.connection).waiting == 0
    pruning.prune(it.desk.connection, START + timedelta(days=500), timedelta(days=90))
    assert it.deliveries() == []
    assert it.alerts() == []


def test_an_item_that_makes_two_stories_one_is_held_by_the_later_ring_of_either() -> None:
    item = Item(
        id="i3",
        source="wire",
        title=FIRST,
        summary="",
        url="",
        story="new",
        first_seen_at=START,
        published=Published(earliest=START, latest=START, origin="stated"),
    )
    told = Told(changes=(), folds=(Fold(alias="young", root="old"),), story={"i3": "old"}, also={})
    late = Rang(alert="a2", at=START - timedelta(minutes=5))
    rang = {("quake", "young"): late, ("quake", "old"): Rang(alert="a1", at=START - timedelta(hours=1))}
    known = Known(by_key={}, ambiguous=frozenset(), by_print={}, kin=Kin(rang=rang))
    bell = Ringing("wire", told, Routing(everyone=("desk",)), START, known)
    held = bell.ring(item, Cause(match=Match(rule=QUAKE))).alert.held
    assert held == Held(until=late.at + timedelta(minutes=30), joins="a2")


# -- threshold --------------------------------------------------------------------------------

BLASTS = Rule(name="blasts", query="blast*", threshold=Threshold(of="publishers", number=2, within=900.0))
ONE, TWO, THREE = (
    "Blasts heard in Kyiv overnight",
    "Residents report loud blast near Dnipro",
    "Blast at oil depot",
)


def held(it: Room) -> list[str]:
    return [one.held.detail if one.held else "rang" for one in it.alerts() if one.rule]


def test_a_rule_waits_for_as_many_publishers_as_it_asks_for_and_rings_once_for_all(room: Open) -> None:
    it = room(BLASTS)
    it.says("a", ONE)
    assert held(it) == ["1 of 2 publishers within 15 min"]
    assert "held: threshold (1 of 2 publishers within 15 min) until 2026-03-01" in it.why(ONE)
    it.says("b", THREE)  # by the same publisher
    it.says("a", TWO, by="other")
    first, second, rang = it.alerts()
    assert rang.held is None
    assert [one.title for one in rang.members] == [ONE, THREE]
    assert [one.held.joins if one.held else "" for one in (first, second)] == [rang.id, rang.id]
    assert states(it) == [("held", "threshold"), ("held", "threshold"), ("due", "")]
    assert "with 2 more, of wire.example" in remarks.headline(rang)
    body = json.loads(render.body(it.deliveries()[-1]))
    assert [one["title"] for one in body["data"]["members"]] == [ONE, THREE]
    assert f"joins {rang.id[:8]}" in it.why(ONE)
    assert "joined by" in it.why(rang.id)
    json_held = render.alert_json(first)["held"]
    assert isinstance(json_held, dict)
    assert (json_held["reason"], json_held["joins"]) == ("threshold", rang.id)


def test_after_it_rang_a_rule_counts_anew(room: Open) -> None:
    it = room(BLASTS)
    it.says("a", ONE)
    it.says("a", TWO, by="other")
    it.says("b", THREE)
    assert held(it) == ["1 of 2 publishers within 15 min", "rang", "1 of 2 publishers within 15 min"]


def test_a_match_counts_for_as_long_as_the_threshold_says(room: Open) -> None:
    it = room(BLASTS)
    it.says("a", ONE)
    it.says("a", TWO, by="other", after=900)
    assert held(it) == ["1 of 2 publishers within 15 min"] * 2
    it.says("b", THREE, after=899)
    assert held(it)[-1] == "rang"
    assert [one.title for one in it.alerts()[-1].members] == [TWO]


def test_items_are_counted_across_bodies_sources_and_restarts(room: Open) -> None:
    it = room(replace(BLASTS, threshold=Threshold(of="items", number=3, within=900.0)))
    it.says("a", ONE)
    it.restart()
    it.bodies["other"] = {"a": TWO}
    it.says("b", THREE, by="other")
    assert held(it) == ["1 of 3 items within 15 min", "2 of 3 items within 15 min", "rang"]
    assert [one.publisher for one in it.alerts()[-1].members] == ["wire.example", "other.example"]


def test_an_item_that_is_edited_counts_once_and_a_member_that_is_corrected_rings_again(room: Open) -> None:
    it = room(replace(BLASTS, threshold=Threshold(of="items", number=2, within=900.0)))
    it.says("a", "Blast kills 3 in Odesa")
    assert it.says("a", "Blast kills 7 in Odesa") == ["alert.updated"]
    assert held(it) == ["1 of 2 items within 15 min"] * 2
    it.says("b", THREE)
    assert [one.title for one in it.alerts()[-1].members] == ["Blast kills 7 in Odesa"]
    assert it.says("a", "Blast kills 9 in Odesa") == ["alert.updated"]
    assert it.alerts()[-1].held is None


def test_a_story_that_rang_as_one_of_many_cools_down(room: Open) -> None:
    both = replace(QUAKE, threshold=Threshold(of="items", number=2, within=900.0))
    it = room(both)
    it.says("a", FIRST)
    it.says("b", CHILE)
    it.restart()
    it.says("a", SECOND, by="other")
    last = it.alerts()[-1].held
    assert last is not None
    assert (last.reason, last.joins) == ("cooldown", it.alerts()[1].id)


# -- burst ------------------------------------------------------------------------------------

MANY = Rule(name="many", query="blast*", version="v1", burst=Burst(times=5.0, within=3_600.0, at_least=3))
DAYS = timedelta(days=1)
PLACES = ("Kyiv", "Odesa", "Lviv", "Dnipro", "Sumy", "Poltava", "Rivne", "Lutsk", "Izium")


def quiet_days(it: Room, days: int, *, hourly: int = 0) -> None:
    """Let days go by in which the source was read each hour, with so many matches."""
    for _ in range(24 * days):
        it.at += timedelta(hours=1)
        paces.looked(it.desk.connection, {"many": hourly}, it.at)


def blasts(it: Room, number: int) -> list[str]:
    """Return how each of so many blasts, a minute apart, was told."""
    for place in PLACES[:number]:
        it.says(f"{place} {it.at}", f"Blast heard in {place}")
    return held(it)[-number:]


def test_a_rule_rings_once_so_many_times_more_came_than_usually(room: Open) -> None:
    it = room(MANY)
    quiet_days(it, 3)
    told = blasts(it, 5)
    assert told[:3] == [
        "1 of 3 items within 60 min, usually 0.0",
        "2 of 3 items within 60 min, usually 0.0",
        "rang",
    ]
    *held_before, rang, joined, _ = it.alerts()
    assert rang.sentence == "3 matches within 60 min, usually 0.0"
    assert [one.title for one in rang.members] == ["Blast heard in Kyiv", "Blast heard in Odesa"]
    assert [one.held.joins for one in (*held_before, joined) if one.held] == [rang.id] * 3
    assert joined.held is not None
    assert (joined.held.reason, joined.held.until) == ("cooldown", rang.at + timedelta(hours=1))
    assert "3 matches within 60 min, usually 0.0: with 2 more, of wire.example" in remarks.headline(rang)
    assert json.loads(render.body(it.deliveries()[2]))["data"]["sentence"] == rang.sentence
    assert render.alert_json(rang)["sentence"] == rang.sentence


def test_what_is_usual_is_no_burst_and_outlives_a_restart(room: Open) -> None:
    it = room(MANY)
    quiet_days(it, 3, hourly=1)
    it.restart()
    assert blasts(it, 4)[-1] == "4 of 5 items within 60 min, usually 1.0"
    assert blasts(it, 1) == ["rang"]


def test_matches_of_past_days_are_what_is_usual(room: Open) -> None:
    it = room(MANY)
    for _ in range(6):  # a look every 5 hours is none in the hours between
        blasts(it, 2)
        it.at += timedelta(hours=5)
    pace = paces.read(it.desk.connection)["many"]
    assert sum(pace.matches) / sum(pace.watched) == pytest.approx(2, rel=0.01)


def test_a_burst_that_lasts_rings_once_in_the_time_that_it_is_of(room: Open) -> None:
    it = room(MANY)
    quiet_days(it, 3)
    blasts(it, 4)
    it.restart()
    blasts(it, 4)
    assert held(it).count("rang") == 1
    it.at += timedelta(hours=1)
    blasts(it, 3)
    assert held(it).count("rang") == 2


def test_before_anything_is_usual_no_burst_is_told_and_the_match_says_why(room: Open) -> None:
    it = room(MANY)
    quiet_days(it, 1)
    assert blasts(it, 4)[-1].startswith("4 items within 60 min; what is usual is not known yet: 1")
    assert "rang" not in held(it)
    assert "what is usual is not known yet" in it.why("Blast heard in Kyiv")


def test_of_a_rule_that_means_something_else_by_now_nothing_is_usual(room: Open) -> None:
    it = room(MANY)
    quiet_days(it, 3)
    it.rules = (replace(MANY, query="blast* OR fire", version="v2"),)
    it.restart()
    assert "not known yet" in blasts(it, 4)[-1]


def test_a_rule_that_now_means_something_else_counts_anew(room: Open) -> None:
    it = room(BLASTS)
    it.says("a", ONE)
    it.rules = (replace(BLASTS, version="v2"),)
    it.restart()
    it.says("a", TWO, by="other")
    assert held(it)[-1] == "1 of 2 publishers within 15 min"


# -- corroboration ----------------------------------------------------------------------------

THIRD_SOURCE = Source(name="third", url="https://third.example/rss", publisher="third.example")
LADDER = replace(
    QUAKE,
    severity=Severity.INFO,
    escalate=Escalation(publishers=3, severity=Severity.CRITICAL),
)


def test_a_story_that_enough_publishers_tell_rings_louder_and_through_a_cooldown(room: Open) -> None:
    it = room(LADDER, sources=(WIRE, OTHER, THIRD_SOURCE))
    it.says("a", FIRST)
    it.says("b", THIRD.replace("is issued", "issued"), by="wire")
    it.says("a", SECOND, by="other")
    assert [one.held is None for one in it.alerts()] == [True, False, False]
    it.restart()
    it.says("a", THIRD, by="third")
    assert (it.alerts()[-1].severity, it.alerts()[-1].held) == (Severity.CRITICAL, None)
    it.says("b", SECOND.replace("after", "as"), by="other")  # as loud as what rang last
    assert it.alerts()[-1].held


def test_what_repeats_one_headline_corroborates_nothing(room: Open) -> None:
    it = room(LADDER, sources=(WIRE, OTHER, THIRD_SOURCE))
    for name in ("wire", "other", "third"):
        it.says("a", FIRST, by=name)
    assert {one.severity for one in it.alerts()} == {Severity.INFO}


def test_the_publishers_that_a_threshold_waited_for_corroborate_it(room: Open) -> None:
    louder = Escalation(publishers=2, severity=Severity.CRITICAL)
    it = room(replace(BLASTS, escalate=louder))
    it.says("a", ONE)
    it.says("a", TWO, by="other")
    assert [one.severity for one in it.alerts()] == [Severity.WARNING, Severity.CRITICAL]
