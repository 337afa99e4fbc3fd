"""The table of a real live blog: 428 updates shown as bare clock times are dated without one mistake."""

from datetime import timedelta

import pytest

from tests.torture.dating import BLOG, Scenario, doubtful, expected_zone, run, scenarios, updates

pytestmark = pytest.mark.skipif(not BLOG.is_file(), reason=f"no live blog at {BLOG}")
ROWS = scenarios(updates()) if BLOG.is_file() else []
DOUBTFUL = doubtful(updates(), 1, 1) if BLOG.is_file() else []
POLLS = (timedelta(minutes=10), timedelta(minutes=5))
SHORT = [  # the others take longer: tests/torture/dating
    it
    for it in ROWS
    if (it.window <= 100 or (it.cold == 0 and it.pin is None) or it.cold == 400)
    and (it.told or (it.poll, it.window) in ((POLLS[0], 30), (POLLS[1], 2)))
]


@pytest.mark.parametrize("scenario", SHORT, ids=lambda it: it.name)
def test_no_update_is_dated_wrongly(scenario: Scenario) -> None:
    stream = updates()
    out = run(scenario, stream)
    counted = out.items - out.pins - out.early
    assert counted > 200
    assert (out.wrong, out.early_outside) == (0, 0)
    assert out.wide <= 0.01 * counted  # wider than a minute
    night = scenario.asleep(stream[scenario.window])  # the first look is at a list that has stood still since
    assert out.unsure <= (scenario.window if night else 3)
    assert out.sure_and_outside == 0
    assert out.pins_sure == 0  # older than a day: a guess, and said to be one
    assert out.zone == expected_zone(scenario, stream[-1])


@pytest.mark.parametrize("scenario", DOUBTFUL, ids=lambda it: it.name)
def test_what_cannot_be_told_is_wide_or_a_guess(scenario: Scenario) -> None:
    out = run(scenario, updates())
    assert out.sure_and_outside == 0
    assert 0 < out.wide_or_unsure <= (out.items if scenario.once else 0.05 * out.items + 3)


def test_the_naive_methods_are_wrong_on_the_same_rows() -> None:
    """What the table claims of them holds, or the simulation would prove nothing of ours."""
    stream = updates()
    plain = run(Scenario(name="", window=30, poll=timedelta(minutes=30)), stream, naive=True).naive
    assert plain["A"] > 10
    assert plain["B"] > 10
    assert run(Scenario(name="", window=400), stream, naive=True).naive["C"] > 40
    pinned = Scenario(name="", pin=timedelta(hours=31), poll=timedelta(minutes=30))
    assert run(pinned, stream, naive=True).naive["D"] > 80
