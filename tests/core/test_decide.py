"""The heart, as values: baseline, new items, edits, other sources; no IO anywhere."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from monitor.core.decide import NOTHING_ELSE, Rulebook, decide, failed, unchanged
from monitor.core.items import identity
from monitor.core.telling.route import Routing
from monitor.model import (
    AlertType,
    Claim,
    Entry,
    Item,
    Known,
    Parsed,
    PollOutcome,
    RawDate,
    Response,
    Rest,
    Rhythm,
    Rule,
    Source,
    Trouble,
    Validators,
)
from monitor.rules.engine import Engine

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SOURCE = Source(name="bbc", url="http://127.0.0.1/rss", tags=("world",), every=600.0)
RULES = [
    Rule(name="fire", query="fire", notify=("desk",)),
    Rule(name="dead", query="dead"),
    Rule(name="ukraine", query="tag:ukraine AND port"),
]
BOOK = Rulebook(engine=Engine(RULES), routing=Routing(everyone=("desk", "terminal")))
NOTHING = Known(by_key={}, ambiguous=frozenset(), by_print={})


def claim(source: Source = SOURCE, *, first: bool = False) -> Claim:
    return Claim(source=source, generation=1, claimed_at=NOW, baselined_at=None if first else NOW)


def entry(title: str, n: int = 1, *, at: str = "") -> Entry:
    dates = (RawDate(text=at),) if at else ()
    return Entry(
        keys=(f"guid:{n}", f"url:http://e.org/{n}"), title=title, url=f"http://e.org/{n}", dates=dates
    )


def body(*entries: Entry, on: Claim | None = None, known: Known = NOTHING) -> PollOutcome:
    response = Response(url="http://127.0.0.1/rss", status=200, body=b"x", received_at=NOW)
    return decide(on or claim(), response, Parsed(entries=entries), known, BOOK, now=NOW)


def rings(outcome: PollOutcome) -> list[tuple[str, str]]:
    return [(ring.alert.rule, ring.alert.item.title if ring.alert.item else "") for ring in outcome.rings]


def knowing(outcome: PollOutcome) -> Known:
    """Return what the store knows after `outcome`."""
    by_key = {key: change.item for change in outcome.changes for key in change.keys}
    prints: Mapping[str, Item] = {mark: change.item for change in outcome.changes for mark in change.prints}
    alerts = {(it.alert.rule, it.alert.item.id): it.alert for it in outcome.rings if it.alert.item}
    return Known(by_key=by_key, ambiguous=frozenset(outcome.ambiguous), by_print=prints, alerts=alerts)


def test_a_new_item_rings_each_rule_that_matches_it() -> None:
    outcome = body(entry("Fire: three dead"), entry("Budget passed", 2))
    assert rings(outcome) == [("fire", "Fire: three dead"), ("dead", "Fire: three dead")]
    assert [ring.notifiers for ring in outcome.rings] == [("desk",), ("desk", "terminal")]
    assert sum(change.new for change in outcome.changes) == 2


def test_the_first_body_is_the_baseline() -> None:
    entries = [entry(f"Fire {n}", n) for n in range(7)] + [entry(f"Budget {n}", 50 + n) for n in range(43)]
    outcome = body(*entries, on=claim(first=True))
    assert outcome.rings == ()
    assert outcome.baseline is not None
    assert (outcome.baseline.items, outcome.baseline.would_have_rung) == (50, 7)


def test_an_empty_first_body_is_a_baseline_too() -> None:
    outcome = body(on=claim(first=True))
    assert outcome.baseline is not None
    assert outcome.baseline.items == 0


@pytest.mark.parametrize(("backlog", "due"), [("skip", 0), (2, 2), (5, 5), ("all", 9)])
def test_backlog_lets_the_newest_of_the_first_body_ring(
    backlog: Literal["skip", "all"] | int, due: int
) -> None:
    source = replace(SOURCE, backlog=backlog)
    days = [f"Sun, {n + 1:02} Feb 2026 10:00:00 GMT" for n in range(9)]
    entries = [entry(f"Fire {n}", n, at=at) for n, at in enumerate(days)]
    outcome = body(*entries, on=claim(source, first=True))
    assert {title for _, title in rings(outcome)} == {f"Fire {n}" for n in range(9 - due, 9)}


def test_an_item_seen_again_changes_nothing_and_stays_remembered() -> None:
    first = body(entry("Fire"))
    again = body(entry("Fire"), known=knowing(first))
    assert again.rings == ()
    [change] = again.changes
    assert not change.new
    assert not change.edited
    assert change.keys == first.changes[0].keys


def test_an_edit_that_makes_a_rule_match_rings_once() -> None:
    first = body(entry("Blast at the port"))
    edited = body(entry("Fire at the port"), known=knowing(first))
    assert rings(edited) == [("fire", "Fire at the port")]
    [change] = edited.changes
    assert (change.edited, change.item.revision) == (True, 2)
    assert change.item.id == first.changes[0].item.id


def test_an_edit_of_what_matched_before_is_silent() -> None:
    first = body(entry("Fire at the port"))
    assert rings(body(entry("Big fire at the port"), known=knowing(first))) == []


def test_an_edit_back_and_forth_rings_once() -> None:
    first = body(entry("Fire at the port"))
    without = body(entry("Blast at the port"), known=knowing(first))
    known = replace(knowing(without), alerts=knowing(first).alerts)
    back = body(entry("Fire at the port"), known=known)
    assert rings(back) == []


def test_a_date_bump_alone_is_nothing() -> None:
    first = body(entry("Fire", at="Sun, 01 Mar 2026 10:00:00 GMT"))
    again = body(entry("Fire", at="Sun, 01 Mar 2026 11:00:00 GMT"), known=knowing(first))
    assert not again.changes[0].edited
    assert again.changes[0].item.published == first.changes[0].item.published


def test_an_edit_of_a_baseline_item_that_matched_then_does_not_ring() -> None:
    first = body(entry("Fire at the port"), on=claim(first=True))
    assert rings(body(entry("Great fire at the port"), known=knowing(first))) == []


def test_one_item_in_two_sources_is_one_alert() -> None:
    first = body(entry("Fire"))
    known = Known(by_key={}, ambiguous=frozenset(), by_print={"url:e.org/1": first.changes[0].item})
    other = body(entry("Fire"), on=claim(Source(name="bbc-europe", url="http://127.0.0.1/e")), known=known)
    assert rings(other) == []
    assert other.changes[0].item.id == first.changes[0].item.id


def test_an_item_that_matches_only_by_the_tag_of_its_second_source_rings_there() -> None:
    first = body(entry("Blast at the port"))
    known = Known(by_key={}, ambiguous=frozenset(), by_print={"url:e.org/1": first.changes[0].item})
    tagged = claim(Source(name="kyiv", url="http://127.0.0.1/k", tags=("ukraine",)))
    assert rings(body(entry("Blast at the port"), on=tagged, known=known)) == [
        ("ukraine", "Blast at the port")
    ]


def test_what_is_old_rings_first() -> None:
    outcome = body(entry("Fire 2", 2), entry("Fire 1", 1))  # newest on top, as feeds have it
    assert [title for _, title in rings(outcome)] == ["Fire 1", "Fire 2"]


def test_alerts_have_the_same_id_however_often_they_are_decided() -> None:
    one, two = body(entry("Fire")), body(entry("Fire"))
    assert one.rings[0].alert.id == two.rings[0].alert.id
    assert one.rings[0].alert.id == identity.alert_id(one.rings[0].alert.dedupe)


def test_a_failure_backs_off_and_keeps_everything() -> None:
    trouble = Trouble(sentence="answered 503", kind="status")
    third = replace(claim(), failures=2)
    outcome = failed(third, trouble, BOOK, now=NOW, jitter=0.0)
    assert outcome.next_poll_at == NOW + timedelta(seconds=2400)
    assert (outcome.status, outcome.changes, outcome.baseline) == ("failing", (), None)


def test_retry_after_wins_over_the_interval() -> None:
    trouble = Trouble(sentence="answered 429", kind="status", retry_after=7200.0)
    outcome = failed(claim(), trouble, BOOK, now=NOW, jitter=0.0)
    assert outcome.next_poll_at == NOW + timedelta(hours=2)


def test_a_304_changes_only_the_next_poll() -> None:
    response = Response(url="", status=304, validators=Validators(etag='"1"'), received_at=NOW)
    outcome = unchanged(claim(), response, BOOK, now=NOW, jitter=0.0)
    assert outcome.unchanged
    assert (outcome.changes, outcome.rings) == ((), ())
    assert outcome.next_poll_at == NOW + timedelta(seconds=600)


def test_a_body_that_broke_off_does_not_say_when_the_rest_was_not_there_yet() -> None:
    """What stood below the break is new to us in the next body, and was published before this one came."""
    before = NOW - timedelta(minutes=10)
    seen = replace(claim(), rhythm=Rhythm(window=2, looked_at=before))
    response = Response(url="http://127.0.0.1/rss", status=200, body=b"x", received_at=NOW)

    def decided(at: Claim, *entries: Entry, now: datetime, whole: bool = True) -> PollOutcome:
        parsed = Parsed(entries=entries, whole=whole)
        return decide(at, replace(response, received_at=now), parsed, NOTHING, BOOK, now=now)

    half = decided(seen, entry("Fire"), now=NOW, whole=False)
    assert half.rhythm.looked_at == before
    later = NOW + timedelta(minutes=10)
    whole = decided(replace(seen, rhythm=half.rhythm), entry("Flood", 2), now=later)
    [change] = whole.changes
    assert (change.item.published.earliest, change.item.published.latest) == (before, later)
    assert whole.rhythm.looked_at == later


# -- gaps -------------------------------------------------------------------------------------


def shown(
    *last: PollOutcome, now: datetime = NOW, window: int = 2, gap_on: str = ""
) -> tuple[Claim, frozenset[str]]:
    """Return the claim after bodies that held the items of `last`, and the ids of those items."""
    rhythm = Rhythm(
        window=window, looked_at=now - timedelta(minutes=10), arrived=60, watched=18_000, gap_on=gap_on
    )
    ids = frozenset(change.item.id for outcome in last for change in outcome.changes)
    return replace(claim(), rhythm=rhythm), ids


def after(first: PollOutcome, *entries: Entry, rest: Rest = NOTHING_ELSE, **more: Any) -> PollOutcome:
    at, last = shown(first, **more)
    known = replace(knowing(first), last=last)
    response = Response(url="http://127.0.0.1/rss", status=200, body=b"x", received_at=NOW)
    return decide(at, response, Parsed(entries=entries), known, BOOK, now=NOW, rest=rest)


def gaps(outcome: PollOutcome) -> list[str]:
    return [ring.alert.sentence for ring in outcome.rings if ring.alert.type is AlertType.SOURCE_GAP]


def test_a_body_that_shares_no_item_with_the_last_one_is_a_gap() -> None:
    outcome = after(body(entry("Budget"), entry("Vote", 2)), entry("Fire", 3), entry("Flood", 4))
    assert outcome.gap is not None
    [ring] = [ring for ring in outcome.rings if ring.alert.type is AlertType.SOURCE_GAP]
    assert ring.notifiers == ()
    assert (ring.alert.dedupe, ring.alert.item, ring.alert.rule) == ("gap/bbc/2026-03-01", None, "")
    assert ring.alert.sentence == (
        "bbc: nothing is left of what stood there 2026-03-01 11:50 UTC: recovered none of about 1 item in between"
    )
    assert rings(outcome)[0] == ("fire", "Fire")
    assert outcome.rhythm.gap_on == "2026-03-01"


def test_a_gap_is_told_once_a_day() -> None:
    outcome = after(body(entry("Budget")), entry("Fire", 3), gap_on="2026-03-01")
    assert outcome.gap is not None
    assert gaps(outcome) == []
    assert gaps(after(body(entry("Budget")), entry("Fire", 3), gap_on="2026-02-28"))


def test_one_common_item_is_no_gap_even_if_it_was_edited() -> None:
    first = body(entry("Budget"), entry("Vote", 2))
    assert after(first, entry("Fire", 3), entry("Vote is over", 2)).gap is None


def test_neither_an_empty_body_nor_one_after_it_is_a_gap() -> None:
    assert after(body(entry("Budget"))).gap is None
    assert after(body(), entry("Fire"), window=0).gap is None


def test_a_first_body_and_one_of_a_store_that_measured_nothing_yet_are_no_gap() -> None:
    assert body(entry("Fire"), on=claim(first=True)).gap is None
    assert body(entry("Fire")).gap is None


def test_a_part_that_did_not_change_is_common_to_both_bodies() -> None:
    assert after(body(entry("Budget")), entry("Fire", 3), rest=Rest(unchanged=True)).gap is None


def test_what_was_recovered_rings_and_is_counted() -> None:
    rest = Rest(older=(entry("Fire", 4), entry("Calm", 5)), asked=True)
    outcome = after(body(entry("Budget")), entry("Vote", 3), rest=rest)
    assert outcome.gap is not None
    assert outcome.gap.recovered == 2
    assert "recovered 2 of about 2 items" in outcome.gap.sentence
    assert rings(outcome)[0] == ("fire", "Fire")
    assert [change.item.title for change in outcome.changes] == ["Calm", "Fire", "Vote"]  # oldest first
