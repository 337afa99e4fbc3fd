"""The short form of benchmarks/freshness: at equal polls, items wait less than with a fixed interval. Virtual time."""

from collections.abc import Sequence
from random import Random

import pytest

from benchmarks.freshness import ours, rivals, synthetic
from benchmarks.freshness.streams import HOUR, Stream
from benchmarks.freshness.world import Tally, Wanted, alone, mean

EVERY = 900.0

pytestmark = pytest.mark.torture  # a minute


def beside_fixed(streams: Sequence[Stream]) -> tuple[Tally, Tally]:
    """Return our run, and one at a fixed interval with as many polls."""
    run = ours.run(streams, EVERY, {})
    return run, alone(streams, lambda: rivals.Fixed(run.seconds / run.polls))


@pytest.mark.parametrize(
    ("kind", "most"), [("poisson", 0.60), ("batch", 0.25), ("mixed", 0.40), ("hawkes", 0.70)]
)
def test_items_wait_less_than_at_a_fixed_interval(kind: str, most: float) -> None:
    run, fixed = beside_fixed(synthetic.streams(kind, sources=20, days=4.0))
    assert abs(run.polls - fixed.polls) < 0.01 * run.polls
    assert mean(run.waits) <= most * mean(fixed.waits)
    assert run.missed == 0


def test_a_steady_trickle_is_seen_nearly_as_soon_as_can_be() -> None:
    streams = synthetic.streams("poisson", sources=20, days=4.0)
    run = ours.run(streams, EVERY, {})
    assert mean(run.waits) <= 1.08 * rivals.bound(streams, run.polls)


def test_the_budget_is_kept_over_all_and_in_any_hour() -> None:
    """The first hour included, in which all sources are met."""
    run = ours.run(synthetic.streams("mixed", sources=40, days=5.0), EVERY, {})
    allowed = HOUR / EVERY * 40
    assert (run.polls - run.no_loss) / (run.seconds / EVERY) == pytest.approx(1.0, abs=0.05)
    assert max(run.hours.values()) <= 1.5 * allowed


def test_the_order_of_sources_changes_next_to_nothing() -> None:
    streams = synthetic.streams("mixed", sources=20, days=2.0)
    one, other = ours.run(streams, EVERY, {}), ours.run(streams[::-1], EVERY, {})
    assert other.polls == pytest.approx(one.polls, rel=0.02)
    assert mean(other.waits) == pytest.approx(mean(one.waits), rel=0.1)


def test_the_same_seed_is_the_same_schedule() -> None:
    runs = [ours.run(synthetic.streams("hawkes", sources=5, days=2.0, seed=7), EVERY, {}) for _ in range(2)]
    assert runs[0].waits == runs[1].waits
    assert runs[0].hours == runs[1].hours


def test_dates_that_are_no_use_cost_little() -> None:
    streams = synthetic.streams("poisson", sources=20, days=4.0)
    with_dates, without = (ours.run(streams, EVERY, {}, dated=dated) for dated in (True, False))
    assert mean(without.waits) <= 1.25 * mean(with_dates.waits)


def test_by_alerts_what_rules_ask_for_is_seen_sooner() -> None:
    """Half of the sources, equally busy, hold all the items that a rule asks for."""
    dice = Random(3)
    streams = [synthetic.poisson(dice, f"s{n}", 4.0) for n in range(20)]
    wanted = {
        stream.name: Wanted([n % 2 == 0] * len(stream.arrivals), len(stream.history) if n % 2 == 0 else 0)
        for n, stream in enumerate(streams)
    }
    alike = ours.run(streams, EVERY, wanted)
    by_alerts = ours.run(streams, EVERY, wanted, by_alerts=True)
    assert mean(by_alerts.matched) < 0.8 * mean(alike.matched)
    assert by_alerts.polls == pytest.approx(alike.polls, rel=0.03)
