"""What holds for any bodies: no order of entries matters, no item is two entries, nothing is invented."""

from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.core.items import identity, recognition
from monitor.core.items.recognition import Resolved
from monitor.model import Claim, Entry, Known, Rhythm, Source
from monitor.store.sqlite.polling import known
from tests.desk import EVERYTHING, START, Desk, line

PAGE = Source(name="page", url="https://e.org/")
TEXTS = (
    "Air alert in Kyiv region",
    "Air alert in Sumy region",
    "UPDATED: Air alert in Kyiv region",
    "Parliament votes on budget",
    "",
)
entries = st.builds(
    line,
    st.sampled_from(TEXTS),
    st.sampled_from(("", "Officials say that all is well.", "Nobody knows what happened to the port.")),
    at=st.sampled_from(("", "5 min ago", "15:44", "16:10", "2026-03-01T15:44:00Z")),
    guid=st.sampled_from(("", "", "g1", "g2", "g3", "https://e.org/1#xtor=1")),
    url=st.sampled_from(("", "", "https://e.org/1", "http://e.org/2?utm_source=x", "https://e.net/1")),
    id=st.sampled_from(("", "", "", "p1", "p2")),
)
bodies = st.lists(entries, max_size=5)
histories = st.lists(st.tuples(bodies, st.integers(1, 40)), max_size=4)  # a body, and hours until the next


def after(history: list[tuple[list[Entry], int]]) -> tuple[Desk, int]:
    """Return a desk that has read `history`, and the hours that took."""
    desk, hours = Desk([PAGE], [EVERYTHING]), 0
    for body, pause in history:
        desk.read("page", body, START + timedelta(hours=hours))
        hours += pause
    return desk, hours


def known_of(desk: Desk, body: list[Entry], hours: int) -> Known:
    keys, prints = identity.lookups("page", identity.candidates(body))
    return known.known(desk.connection, "page", keys, prints, [], START + timedelta(hours=hours))


def resolve(body: list[Entry], known: Known, hours: int) -> tuple[list[Resolved], frozenset[str]]:
    now = START + timedelta(hours=hours)
    claim = Claim(
        source=PAGE, generation=1, claimed_at=now, baselined_at=START, rhythm=Rhythm(looked_at=START)
    )
    return recognition.resolve(claim, identity.candidates(body), known, now=now)


@pytest.mark.torture
@given(histories, bodies)
@settings(max_examples=100)
def test_each_item_is_one_entry_and_nothing_is_invented(
    history: list[tuple[list[Entry], int]], body: list[Entry]
) -> None:
    desk, hours = after(history)
    stored = {item.id: item for item in desk.items()}
    resolved, _ = resolve(body, known_of(desk, body, hours), hours)
    taken = [one.item.id for one in resolved if one.item]
    assert len(taken) == len(set(taken))
    assert set(taken) <= stored.keys()
    assert all(one.entry in body for one in resolved)
    keys = [key for one in resolved for key in one.keys]
    assert all(one.keys for one in resolved)
    assert len(keys) == len(set(keys))
    born = [identity.make_id("item", "page", one.keys[0]) for one in resolved if not one.item]
    assert not stored.keys() & set(born)
    for entry in body:  # what is left out is told by another entry with a key of it, or the same words
        assert any(
            one.entry == entry
            or set(one.entry.keys) & set(entry.keys)
            or (one.entry.title, one.entry.summary) == (entry.title, entry.summary)
            for one in resolved
        )


named = st.lists(entries.filter(lambda entry: bool(entry.keys)), max_size=5)


@pytest.mark.torture
@given(histories, named, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_entries_that_are_named_changes_nothing(
    history: list[tuple[list[Entry], int]], body: list[Entry], random: object
) -> None:
    desk, hours = after(history)
    known = known_of(desk, body, hours)
    resolved, ambiguous = resolve(body, known, hours)
    assume(len(resolved) == len(body))  # of entries that are one, the first speaks
    assume(not (ambiguous or known.ambiguous))  # the place is evidence for what has no name of its own
    shuffled = list(body)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again, _ = resolve(shuffled, known, hours)
    assert sorted(_verdict(one) for one in again) == sorted(_verdict(one) for one in resolved)


def _verdict(one: Resolved) -> tuple[str, str, tuple[str, ...]]:
    return repr(one.entry), one.item.id if one.item else "", one.keys


@pytest.mark.torture
@given(histories, bodies)
@settings(max_examples=70)
def test_a_body_that_comes_again_changes_nothing(
    history: list[tuple[list[Entry], int]], body: list[Entry]
) -> None:
    desk, hours = after(history)
    desk.read("page", body, START + timedelta(hours=hours))
    outcome = desk.read("page", body, START + timedelta(hours=hours, minutes=1))
    assert not any(change.new or change.edited for change in outcome.changes)
    assert not outcome.rings
