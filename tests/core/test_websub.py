"""What is agreed with a hub: how long it is believed, when it is asked again, how far it is relied on."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.core import websub
from monitor.model import Hub, Secret, Subscription
from tests.virtual import START

ASKED = Subscription(
    id="abc",
    source="wire",
    hub=Hub(url="https://hub.example/", topic="https://a.example/rss"),
    callback="https://news.example/push/abc",
    secret=Secret("s"),
    due_at=START,
)


def seconds(at: datetime | None) -> float:
    assert at
    return (at - START).total_seconds()


@pytest.mark.parametrize(
    ("promised", "believed", "renewed"),
    [
        (86_400.0, 86_400, 64_800),
        (None, 864_000, 648_000),  # it does not say: as it was asked for
        (1e11, 30 * 86_400, 22.5 * 86_400),
        (1.0, 1, 300),  # who would have us ask each second
    ],
)
def test_a_lease(promised: float | None, believed: float, renewed: float) -> None:
    it = websub.verified(ASKED, promised, START)
    assert (seconds(it.lease_until), seconds(it.due_at)) == (believed, renewed)


def test_who_never_asks_back_is_asked_ever_more_seldom_and_no_path_is_shown() -> None:
    it, at, pauses = ASKED, START, []
    for _ in range(12):
        it = websub.asked(it, at)
        pauses.append((it.due_at - at).total_seconds())
        at = it.due_at
    assert pauses[:5] == [600.0, 600.0, 600.0, 600.0, 960.0]
    assert pauses[-1] == 86_400.0
    assert it.error == "the hub never asked back: does https://news.example/push/ lead here?"


def test_a_farewell_may_be_confirmed_until_the_last_is_over() -> None:
    it = replace(ASKED, state="ending", lease_until=START + timedelta(days=9))
    for _ in range(websub.FAREWELLS):
        assert not websub.over(it, START)
        it = websub.asked(it, START)
    assert not websub.over(it, START)
    assert websub.over(it, it.due_at)
    assert websub.denied(it, "", START) is None


def test_how_far_a_hub_is_relied_on() -> None:
    it = websub.verified(ASKED, None, START)
    assert websub.share(websub.counted(it, pushed=2), START) == 0.0
    assert websub.share(websub.counted(it, pushed=3), START) == 0.75
    assert websub.share(websub.counted(it, pushed=9), START) == 0.9
    late = websub.counted(websub.counted(it, pushed=1_000), missed=50)
    assert websub.share(late, START) < 0.51
    assert websub.share(replace(websub.counted(it, pushed=9), silent_at=START), START) == 0.0
    assert websub.share(websub.counted(it, pushed=9), START + timedelta(days=11)) == 0.0
