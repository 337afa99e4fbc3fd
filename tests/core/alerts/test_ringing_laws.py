"""Whatever comes, in whatever order, and however often all but the file is forgotten: no match vanishes.

Each of a rule's matches is an alert that is told, or one that is held and says why. When a threshold is reached and when
an absence begins and ends is held against the plainest way to count it.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.alerts.absence import on_time, watches
from monitor.core.telling.route import Routing
from monitor.model import Alert, Opening, Rule, Source, Threshold
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import transaction
from monitor.store.sqlite.telling import absences
from monitor.store.sqlite.telling.alerts import open_
from tests.desk import START, Desk, line

SOURCES = tuple(
    Source(name=name, url=f"https://{name}.example/rss", publisher=f"{name}.example")
    for name in ("wire", "other")
)
WITHIN, AFTER = 900.0, 1_200.0  # seconds
ANY = Rule(name="any", query="quake OR blast*", version="v1", on_edit="never")
COOL = replace(ANY, name="cool", cooldown=1_800.0)
ITEMS = replace(ANY, name="items", threshold=Threshold(of="items", number=3, within=WITHIN))
VOICES = replace(ANY, name="voices", threshold=Threshold(of="publishers", number=2, within=WITHIN))
BOTH = replace(ITEMS, name="both", cooldown=1_800.0)
GONE = replace(ANY, name="gone", absent=AFTER)
RULES = (ANY, COOL, ITEMS, VOICES, BOTH, GONE)
TITLES = (
    "Magnitude 7.4 quake strikes off northern Japan, tsunami warning issued",
    "Tsunami warning issued after magnitude 7.4 quake strikes off northern Japan",
    "Blasts heard in Kyiv overnight",
    "Residents report loud blast near Dnipro",
    "Blast",
    "Budget passes after a long night of talks",
)

steps = st.lists(
    st.tuples(
        st.sampled_from(("wire", "other")),
        st.lists(st.sampled_from(TITLES), max_size=2),  # new in its body
        st.sampled_from((0, 60, 300, 899, 900, 1_200, 1_801)),  # seconds later
        st.booleans(),  # all but the file is forgotten before
    ),
    min_size=1,
    max_size=14,
)


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "newsbell.db"
        Desk([], path=str(path)).connection.close()
        return path.read_bytes()


@dataclass
class Counting:
    """The plainest way to count: what a threshold of items and an absence do, one match after the other."""

    waiting: list[datetime] = field(default_factory=list)
    rang: list[bool] = field(default_factory=list)
    since: datetime = START
    absent: bool = False
    told: list[str] = field(default_factory=list)

    def matched(self, at: datetime) -> None:
        self.waiting = [one for one in self.waiting if at < one + timedelta(seconds=WITHIN)] + [at]
        self.rang.append(len(self.waiting) >= 3)
        if self.rang[-1]:
            self.waiting = []

    def came(self, at: datetime) -> None:
        if self.absent:
            self.told.append("rule.recovered")
        self.since, self.absent = at, False

    def looked(self, at: datetime, read: dict[str, datetime]) -> None:
        due = self.since + timedelta(seconds=AFTER)
        if not self.absent and min(read.values()) >= due and at >= due:
            self.absent = True
            self.told.append("rule.absent")


@pytest.mark.torture
@settings(max_examples=25, deadline=None)
@given(steps)
def test_every_match_rings_or_is_held_and_says_why(
    steps: Sequence[tuple[str, list[str], int, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "newsbell.db"
        path.write_bytes(_empty())
        _story(path, steps)


def _story(path: Path, steps: Sequence[tuple[str, list[str], int, bool]]) -> None:
    def begun() -> Desk:
        desk = Desk(SOURCES, RULES, path=str(path), stories=True)
        desk.connection.execute("pragma synchronous = off")
        absences.sync(desk.connection, RULES, START)
        return desk

    desk, at, counting, number = begun(), START, Counting(), 0
    bodies: dict[str, list[tuple[str, str]]] = {source.name: [] for source in SOURCES}
    read = {source.name: START for source in SOURCES}
    for source in SOURCES:
        desk.read(source.name, [], at)
    for name, titles, seconds, forgotten in steps:
        if forgotten:
            desk.connection.close()
            desk = begun()
        at += timedelta(seconds=seconds)
        for title in titles:
            number += 1
            bodies[name].insert(0, (f"{name}/{number}", f"{title} ({number})" if title == "Blast" else title))
        before = {item.id for item in desk.items()}
        desk.read(name, [line(title, guid=guid) for guid, title in bodies[name]], at)
        read[name] = at
        fresh = [item for item in desk.items() if item.id not in before]
        matches = [item for item in fresh if "quake" in item.title or "last" in item.title]
        for _ in matches:
            counting.matched(at)
        if matches:
            counting.came(at)
        _look(desk, at)
        counting.looked(at, read)
    _check(desk, counting)
    desk.connection.close()


def _look(desk: Desk, at: datetime) -> None:
    due, looks = absences.due(desk.connection, at)
    found = on_time(due, looks, watches(RULES, SOURCES), Routing(everyone=("desk",)), at)
    with transaction(desk.connection):
        open_(desk.connection, [one for one in found if isinstance(one, Opening)], at)


def _check(desk: Desk, counting: Counting) -> None:
    alerts = reading.alerts(desk.connection, limit=1_000)[::-1]
    deliveries = {one.alert.id: one for one in reading.deliveries(desk.connection, limit=1_000)}
    by_id = {alert.id: alert for alert in alerts}
    matched = [item.id for item in desk.items() if "quake" in item.title or "last" in item.title]
    for rule in RULES[:-1]:
        of = [alert for alert in alerts if alert.rule == rule.name]
        assert sorted(alert.item.id for alert in of if alert.item) == sorted(matched), rule.name
        for alert in of:
            told = deliveries[alert.id]
            assert told.state == ("held" if alert.held else "due")
            assert told.reason == (alert.held.reason if alert.held else "")
            if alert.held:
                _says_why(alert, by_id)
    assert [alert.held is None for alert in alerts if alert.rule == "any"] == [True] * len(matched)
    assert [alert.held is None for alert in alerts if alert.rule == "items"] == counting.rang
    assert [alert.type.value for alert in alerts if alert.rule == "gone"] == counting.told


def _says_why(alert: Alert, by_id: dict[str, Alert]) -> None:
    assert alert.held is not None
    rang = by_id.get(alert.held.joins)
    if rang is not None:
        assert rang.held is None
        assert rang.rule == alert.rule
    assert alert.held.until is not None
    if alert.held.reason == "cooldown":
        assert rang is not None
        assert rang.at <= alert.at < alert.held.until
    else:
        assert "within 15 min" in alert.held.detail
        if rang is not None:
            assert alert.at <= rang.at < alert.held.until
            assert alert.item
            assert alert.item.title in [one.title for one in rang.members]
