"""A figure that is wrong is marked: each way to lose or double an alert, told by hand."""

import doctest
from dataclasses import replace

from monitor.demo import tally
from monitor.demo.record import Fact, Published, Rang, Received, Record, Turn
from monitor.demo.script import COUNTED, CRESTS, EVACUATED, OLD, RATE, RESIGNS, RETOLD, SIDEBAR, SPEECH, Story
from monitor.demo.tally import Figure, Visits, figures, verdict

GOOD: tuple[Fact, ...] = (
    Turn(at=0.0, what="started", pid=7),
    Published(at=1.0, story=SPEECH, edited=False),
    Published(at=2.0, story=CRESTS, edited=False),
    Rang(at=2.5, rule="flood", slug=CRESTS.slug, line="CRITICAL flood"),
    Received(at=2.6, status=503, id="a", rule="flood", slug=CRESTS.slug),
    Turn(at=2.7, what="killed", pid=7),
    Received(at=3.6, status=204, id="a", rule="flood", slug=CRESTS.slug),
    Published(at=4.0, story=RESIGNS, edited=True),
    Rang(at=4.5, rule="bank", slug=RESIGNS.slug, line="WARNING bank"),
    Received(at=4.6, status=204, id="b", rule="bank", slug=RESIGNS.slug),
)


ROWS = sum(SIDEBAR in story.feeds for story in OLD)


def table(
    *facts: Fact, seen: int = len(OLD) + 2, rows: int = ROWS, status: int | None = 0
) -> dict[str, Figure]:
    record = Record()
    for fact in facts:
        record.add(fact)
    counted = {"wire": seen - rows, SIDEBAR: rows}
    found = figures(record, seen=counted, visits=Visits(asked=9, unchanged=4), status=status)
    return {figure.name: figure for figure in found}


def wrong(*facts: Fact, seen: int = len(OLD) + 2, rows: int = ROWS, status: int | None = 0) -> set[str]:
    found = table(*facts, seen=seen, rows=rows, status=status)
    return {name for name, figure in found.items() if figure.wrong}


def test_all_is_well() -> None:
    good = table(*GOOD)
    assert {name: figure.value for name, figure in good.items()} == {
        "items published": "12",
        "seen": "12",
        "of them in the sidebar": "3",
        "alerts due": "2",
        "rung on the terminal": "2",
        "received by the webhook": "2",
        "marked also in": "0",
        "lost": "0",
        "duplicates": "0",
        "refused first attempts": "1",
        "repeated, same id": "0",
        "delay p50": "0.6 s",  # from the publication of the words that match, not of the item
        "delay p99": "1.6 s",
    }
    assert wrong(*GOOD) == set()
    assert "Nothing was lost" in verdict(list(good.values()))


def without(*gone: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in GOOD if fact not in gone)


def test_an_alert_that_never_came_is_lost() -> None:
    assert wrong(*without(GOOD[-1])) == {"received by the webhook", "lost"}
    assert wrong(*without(GOOD[-2])) == {"rung on the terminal", "lost"}
    lost = table(*without(GOOD[6]))
    assert lost["lost"].value == "1"
    assert CRESTS.slug in lost["lost"].wrong
    assert "lost" in verdict(list(lost.values()))


def test_a_refused_attempt_is_no_receipt() -> None:
    refused_only = without(GOOD[6], GOOD[-1])
    assert {"received by the webhook", "lost"} <= wrong(*refused_only)


def test_an_alert_under_two_ids_or_printed_twice_is_a_duplicate() -> None:
    assert isinstance(GOOD[-1], Received)
    assert wrong(*GOOD, replace(GOOD[-1], id="c")) == {"duplicates"}
    assert wrong(*GOOD, GOOD[-2]) == {"duplicates"}
    assert table(*GOOD, GOOD[-2], replace(GOOD[-1], id="c"))["duplicates"].value == "2"


def test_the_same_id_again_is_a_repetition_and_counted_apart() -> None:
    again = table(*GOOD, GOOD[-1])
    assert (again["repeated, same id"].value, again["duplicates"].value) == ("1", "0")
    assert not any(figure.wrong for figure in again.values())


def test_an_alert_that_nobody_asked_for_is_wrong() -> None:
    extra = Rang(at=5.0, rule="sky", slug=SPEECH.slug, line="INFO sky")
    assert wrong(*GOOD, extra) == {"rung on the terminal"}
    unread = Rang(at=5.0, rule="", slug="Traceback (most recent call last):", line="Traceback")
    assert wrong(*GOOD, unread) == {"rung on the terminal"}


def test_a_forged_request_an_unseen_item_and_a_bad_end_are_wrong() -> None:
    assert wrong(*GOOD, Received(at=5.0, status=401)) == {"received by the webhook"}
    assert wrong(*GOOD, seen=11) == {"seen"}
    assert wrong(*without(GOOD[4])) == {"refused first attempts"}
    assert wrong(*GOOD, status=1) == {"asked to stop"}
    assert wrong(*GOOD, status=None) == {"asked to stop"}


def told(story: Story, at: float, *, also: bool = False, by: str = "both") -> tuple[Fact, ...]:
    ring = Rang(at=at, rule=story.rings, slug=story.slug, line="", also=also)
    got = Received(
        at=at, status=204, id=story.slug, rule=story.rings, slug=story.slug, also=also and by == "both"
    )
    return (ring, got)


def test_the_sidebar_is_counted_for_itself() -> None:
    rows = (
        *GOOD,
        Published(at=5.0, story=EVACUATED, edited=False),
        *told(EVACUATED, 5.5),
        Published(at=6.0, story=COUNTED, edited=True),
    )
    assert wrong(*rows, seen=len(OLD) + 3, rows=ROWS + 1) == set()
    counted = table(*rows, seen=len(OLD) + 3, rows=ROWS + 1)["of them in the sidebar"]
    assert (counted.value, "1 of 1 rang" in counted.note) == ("4", True)
    assert wrong(*rows, seen=len(OLD) + 3, rows=ROWS + 2) == {
        "of them in the sidebar"
    }  # an edit taken for new
    unrung = tuple(fact for fact in rows if not (isinstance(fact, Rang) and fact.slug == "ostra"))
    assert wrong(*unrung, seen=len(OLD) + 3, rows=ROWS + 1) == {
        "of them in the sidebar",
        "rung on the terminal",
        "lost",
    }
    assert wrong(*rows, *told(COUNTED, 6.5), seen=len(OLD) + 3, rows=ROWS + 1) == {"duplicates"}


def test_a_rewritten_story_is_marked_by_both_and_nothing_else_is() -> None:
    published = (Published(at=5.0, story=RATE, edited=False), Published(at=6.0, story=RETOLD, edited=False))
    first = (*GOOD, *published, *told(RATE, 5.5))
    seen = len(OLD) + 4
    assert wrong(*first, *told(RETOLD, 6.5, also=True), seen=seen) == set()
    assert table(*first, *told(RETOLD, 6.5, also=True), seen=seen)["marked also in"].value == "1"
    assert wrong(*first, *told(RETOLD, 6.5), seen=seen) == {"marked also in"}
    assert wrong(*first, *told(RETOLD, 6.5, also=True, by="terminal"), seen=seen) == {"marked also in"}
    third = Rang(at=7.0, rule="flood", slug=CRESTS.slug, line="", also=True)
    assert {"marked also in"} <= wrong(*first, *told(RETOLD, 6.5, also=True), third, seen=seen)


def test_its_examples_run() -> None:
    outcome = doctest.testmod(tally)
    assert outcome.attempted > 0
    assert outcome.failed == 0
