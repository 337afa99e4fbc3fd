"""The past, counted: what `ringing` would have rung for, item by item."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.alerts import bursts
from monitor.core.alerts.backtest import holding_back, rung
from monitor.core.alerts.ringing import Cause, Ringing
from monitor.core.stories import Members, Told
from monitor.core.telling.route import Routing
from monitor.model import (
    Burst,
    Escalation,
    Item,
    Known,
    Match,
    Published,
    Rule,
    Severity,
    Threshold,
)

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
EACH = Rule(name="quake", query="quake")
LOUDER = Escalation(publishers=2, severity=Severity.CRITICAL)
RULES = (
    EACH,
    replace(EACH, cooldown=3_600.0),
    replace(EACH, cooldown=7_200.0, escalate=LOUDER),
    replace(EACH, threshold=Threshold(of="items", number=3, within=3_600.0)),
    replace(EACH, threshold=Threshold(of="publishers", number=2, within=7_200.0), cooldown=5_400.0),
    replace(EACH, burst=Burst(times=3.0, within=3_600.0, at_least=3), escalate=LOUDER),
)


def item(number: int, minutes: int, story: int, publisher: int) -> Item:
    at = START + timedelta(minutes=minutes)
    return Item(
        id=f"i{number}",
        source="wire",
        title=f"quake {number}",
        summary="",
        url=f"https://p{publisher}.example/{number}",
        publisher=f"p{publisher}.example",
        published=Published(earliest=at, latest=at, origin="stated"),
        first_seen_at=at,
        story=f"s{story}",
    )


def by_ringing(rule: Rule, items: Sequence[Item]) -> list[str]:
    """Ring for each item as the daemon does, and return those for which it rang."""
    told = Told(changes=(), folds=(), story={}, also={})
    bell = Ringing(
        "wire", told, Routing(everyone=("desk",)), START, Known(by_key={}, ambiguous=frozenset(), by_print={})
    )
    stories: dict[str, Members] = {}
    pace, at, rang = bursts.NOTHING, START, []
    for one in items:
        while at + HOUR <= one.first_seen_at:
            at += HOUR
            pace = bursts.looked(pace, at)
        pace = bursts.looked(pace, one.first_seen_at, matches=1)
        stories.setdefault(one.story, Members()).add(one)
        bell.told = replace(told, also=stories)
        bell.known = replace(bell.known, paces={rule.name: pace})
        bell.now = one.first_seen_at
        if bell.ring(one, Cause(match=Match(rule=rule))).alert.held is None:
            rang.append(one.id)
    return rang


gaps = st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=60)


@given(gaps, st.sampled_from(RULES))
def test_it_counts_as_ringing_does(steps: list[tuple[int, int, int]], rule: Rule) -> None:
    items, minutes = [], 0
    for number, (gap, story, publisher) in enumerate(steps):
        minutes += gap
        items.append(item(number, minutes, story, publisher))
    assert [one.id for one in rung(rule, reversed(items), since=START)] == by_ringing(rule, items)


def test_a_burst_of_the_fourth_day_rings_once() -> None:
    daily = [item(day, day * 1_440 + 600, day, 0) for day in range(4)]
    burst = [item(10 + number, 3 * 1_440 + 700 + number, 10 + number, 0) for number in range(8)]
    rule = RULES[-1]
    assert [one.id for one in rung(rule, daily + burst, since=START)] == ["i12"]
    assert by_ringing(rule, daily + burst) == ["i12"]


def test_an_absence_rings_for_no_match() -> None:
    rule = replace(EACH, absent=3_600.0)
    assert rung(rule, [item(1, 1, 1, 1)], since=START) == []


def test_what_holds_back_is_named() -> None:
    assert [holding_back(rule) for rule in RULES] == [
        "",
        "its cooldown",
        "its cooldown",
        "its threshold",
        "its cooldown and its threshold",
        "its burst",
    ]
