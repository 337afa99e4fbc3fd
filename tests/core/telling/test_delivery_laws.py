"""No alert vanishes: whatever is silenced, acked, quiet, gathered, budgeted, reloaded, refused, killed, on a real database.

After every step each alert stands, for each who was to hear of it, in one of these: sent by itself; sent with a digest that
was sent and lists it; waiting to be sent; or held, with a reason, and with what ends that. In the end nothing waits.
"""

import sqlite3
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.items import identity
from monitor.core.telling import hearing, hush, retry
from monitor.core.telling.matchers import parse
from monitor.model import (
    Alert,
    AlertType,
    Delivery,
    Edit,
    Hearing,
    Inhibition,
    Item,
    Published,
    SendResult,
    Severity,
)
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import MEMORY, connect, migrate, transaction
from monitor.store.sqlite.polling import claims
from monitor.store.sqlite.telling import deliveries, silences
from monitor.store.sqlite.telling import inhibitions as inhibitions_
from monitor.store.sqlite.telling.alerts import ring

START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # the evening before Kyiv puts its clocks back
WHO = ("desk", "phone")
FOREVER = ("silenced", "acked")  # reasons that nothing ends but a replay
STORIES = ("", "dam", "port")  # "": of no item

EMPTY = connect(MEMORY)
migrate(EMPTY)

severities = st.sampled_from([*Severity])
perhaps = st.none() | severities
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
hearings = st.builds(
    Hearing,
    timezone=st.sampled_from(["UTC", "Europe/Kyiv"]),
    quiet=st.none() | st.tuples(clocks, clocks).filter(lambda both: both[0] != both[1]),
    quiet_except=perhaps,
    hourly=st.booleans(),
    daily=st.lists(clocks, max_size=2).map(tuple),
    digest_except=perhaps,
    budget=st.integers(0, 3),
    within=st.sampled_from([600.0, 7_200.0]),
    group_by=st.sampled_from(["", "story", "rule", "source"]),
    group_wait=st.sampled_from([1.0, 90.0]),
    group_interval=st.sampled_from([1.0, 3_600.0]),
)
asked = st.sampled_from(["severity=critical", "severity!=info", "rule=a", "story=dam"]).map(parse)
inhibitions = st.builds(
    Inhibition,
    name=st.text(max_size=3),
    source=st.tuples(asked),
    target=st.tuples(asked),
    equal=st.lists(st.sampled_from(["story", "severity"]), max_size=1).map(tuple),
    within=st.sampled_from([60.0, 7_200.0]),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ring"), severities, st.sampled_from(STORIES), st.sampled_from(["", "number"])),
        st.tuples(st.just("pass"), st.sampled_from([1, 60, 1_800, 7_200, 40_000])),
        st.tuples(
            st.just("tell"), st.sampled_from(WHO), st.sampled_from(["sent", "receiver", "delivery", "gone"])
        ),
        st.tuples(st.just("killed"), st.sampled_from(WHO), st.integers(1, 400)),
        st.tuples(st.just("silence"), st.sampled_from(["severity=info", "rule=b", "story=dam", "rule=~.*"])),
        st.tuples(st.just("ack")),
        st.tuples(st.just("reload"), st.dictionaries(st.sampled_from(WHO), hearings)),
        st.tuples(st.just("inhibit"), st.lists(inhibitions, max_size=2)),
        st.tuples(st.just("remove"), st.sampled_from(WHO)),
        st.tuples(st.just("restart")),
    ),
    max_size=40,
)


class World:
    """A store, two notifiers, and what really went out."""

    def __init__(self) -> None:
        self.connection = connect(MEMORY)
        EMPTY.backup(self.connection)
        self.now = START
        self.hearing: dict[str, Hearing] = {}
        self.employed: tuple[str, ...] = WHO
        self.rung = 0
        self.went_out: set[str] = set()
        self.changed_at = START
        self.sync()

    def sync(self) -> None:
        with transaction(self.connection):
            addresses = dict.fromkeys(self.employed, "1")
            deliveries.sync_notifiers(self.connection, addresses, self.now, self.hearing)
        self.changed_at = self.now

    def step(self, what: str, *said: object) -> None:
        getattr(self, f"do_{what}")(*said)
        if what != "pass":
            self.check()

    def do_ring(self, severity: Severity, story: str, kind: str) -> None:
        self.rung += 1
        item = None
        if story:
            when = Published(earliest=self.now, latest=self.now, origin="first-seen")
            item = Item(
                id=f"i{self.rung}",
                source="wire",
                title=f"{story} {self.rung}",
                summary="",
                url="",
                published=when,
                first_seen_at=self.now,
                absent_at=self.now - timedelta(hours=3),
                story=story,
            )
        alert = Alert(
            id=identity.alert_id(str(self.rung)),
            type=AlertType.UPDATED if kind and item else AlertType.CREATED if item else AlertType.SOURCE_GAP,
            dedupe=str(self.rung),
            at=self.now,
            severity=severity,
            rule="ab"[self.rung % 2] if item else "",
            item=item,
            source="wire",
            sentence="" if item else "a gap",
            edit=Edit(title="before", summary="", kind=kind) if kind and item else None,
        )
        with transaction(self.connection):
            ring(self.connection, alert, WHO, self.now)

    def do_pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def do_tell(self, who: str, ends: str) -> None:
        if who not in self.employed:
            return
        with transaction(self.connection):
            far_end, claimed = deliveries.claim(self.connection, who, self.now, 3)
        for one in claimed:
            self.may_go(one)
            trouble = None if ends == "sent" else ends
            result = SendResult(delivery=one, at=self.now, seconds=0.1, trouble=trouble, error=trouble or "")  # type: ignore[arg-type]
            after, far_end = retry.after(one, far_end, result)
            if trouble is None:
                self.went_out.add(one.id)
            with transaction(self.connection):
                deliveries.finish(self.connection, [(result, after, far_end)])

    def may_go(self, one: Delivery) -> None:
        """Hold the daemon to the quiet hours that were known when the delivery was made."""
        wanted = self.hearing.get(one.notifier, Hearing())
        if one.created_at > self.changed_at and hearing.quiet_hours(wanted, self.now):
            assert hearing.at_least(one.alert.severity, wanted.quiet_except), one

    def do_killed(self, who: str, instructions: int) -> None:
        """Claim, and die within so many thousands of the database's own instructions, or before the attempt ends."""
        calls = iter(range(instructions))
        self.connection.set_progress_handler(lambda: next(calls, None) is None, 50)
        try:
            with transaction(self.connection):
                deliveries.claim(self.connection, who, self.now, 3)
        except sqlite3.OperationalError:  # interrupted
            assert not self.connection.in_transaction
        finally:
            self.connection.set_progress_handler(None, 0)
        self.do_restart()

    def do_restart(self) -> None:
        with transaction(self.connection):
            claims.recover(self.connection, self.now)
        self.sync()

    def do_silence(self, matching: str) -> None:
        made = hush.silence(
            [parse(matching)],
            self.now,
            self.now + timedelta(hours=1),
            nonce=f"{self.now}{self.rung}{matching}",
        )
        with transaction(self.connection):
            self.connection.execute("delete from silences where id = ?", (made.id,))
            silences.add(self.connection, made, self.now)

    def do_ack(self) -> None:
        found = [one for one in reading.alerts(self.connection, limit=99) if one.item]
        if found:
            made = hush.ack(found[0], self.now, None, nonce=f"{self.now}{self.rung}")
            with transaction(self.connection):
                self.connection.execute("delete from silences where id = ?", (made.id,))
                silences.add(self.connection, made, self.now)

    def do_reload(self, wanted: dict[str, Hearing]) -> None:
        self.hearing, self.employed = wanted, WHO
        self.sync()

    def do_inhibit(self, wanted: list[Inhibition]) -> None:
        with transaction(self.connection):
            inhibitions_.sync(self.connection, {one.name: one for one in wanted}.values())

    def do_remove(self, who: str) -> None:
        self.employed = tuple(name for name in self.employed if name != who)
        self.sync()

    def all(self) -> list[Delivery]:
        return reading.deliveries(self.connection, limit=100_000)

    def check(self) -> None:
        """Look for each alert and each of its notifiers."""
        rows = {one.id: one for one in self.all()}
        meant = {(alert.id, who) for alert in reading.alerts(self.connection, limit=9_999) for who in WHO}
        digests = {one.alert.id for one in rows.values() if one.alert.digest}
        assert {(one.alert.id, one.notifier) for one in rows.values() if not one.alert.digest} == {
            pair for pair in meant if pair[0] not in digests
        }
        columns = "id, batch, digest from deliveries"
        batch = {row["id"]: row["batch"] for row in self.connection.execute(f"select {columns}")}
        for one in rows.values():
            self.check_one(one, rows, batch[one.id])
        self.check_what_is_asked(rows)

    def check_one(self, one: Delivery, rows: dict[str, Delivery], batch: str) -> None:
        digest = rows.get(one.digest)
        if digest:
            assert digest.alert.digest is not None
            assert one.alert.id in [brief.id for brief in digest.alert.digest.alerts]
            assert digest.notifier == one.notifier
        if one.state == "sent":
            assert (one.digest or one.id) in self.went_out
            assert digest is None or digest.state == "sent"
        elif one.state == "held" and digest:
            assert digest.state in ("due", "retrying", "held")
        elif one.state == "held":
            assert one.reason
            ends = batch and one.until is not None
            assert not batch or one.reason not in (*FOREVER, "receiver-disabled", "notifier-removed"), one
            assert ends or one.reason in (*FOREVER, "receiver-disabled", "notifier-removed"), one
        elif one.state == "dead":
            assert one.last_error

    def check_what_is_asked(self, rows: dict[str, Delivery]) -> None:
        """A notifier's loop sleeps until `next_at`: nothing may come due before it."""
        for who in self.employed:
            if deliveries.receiver(self.connection, who).disabled_at is None:
                waiting = [
                    one
                    for one in rows.values()
                    if one.notifier == who
                    and (
                        one.state in ("due", "retrying")
                        or (one.state == "held" and one.until and not one.digest)
                    )
                    and one.reason not in (*FOREVER, "receiver-disabled", "notifier-removed")
                ]
                if waiting:
                    assert deliveries.next_at(self.connection, who) is not None

    def end(self) -> None:
        """Let two days pass in which everybody answers."""
        self.employed = WHO
        self.sync()
        with transaction(self.connection):
            for who in WHO:
                deliveries.enable(self.connection, who, self.now)
        for _ in range(2 * 24 * 4):
            for who in WHO:
                self.do_tell(who, "sent")
            self.now += timedelta(minutes=15)
        for who in WHO:
            while any(one.notifier == who and one.state in ("due", "retrying") for one in self.all()):
                before = len(self.went_out)
                self.do_tell(who, "sent")
                if before == len(self.went_out):
                    self.now += timedelta(minutes=30)
        self.check()
        left = [(one.state, one.reason) for one in self.all() if one.state not in ("sent", "dead")]
        assert {reason for _, reason in left} <= set(FOREVER), left


@pytest.mark.torture
@settings(max_examples=40, deadline=None, print_blob=False)
@given(st.dictionaries(st.sampled_from(WHO), hearings), steps)
def test_each_alert_is_told_in_a_digest_or_held_and_listed(
    wanted: dict[str, Hearing], story: list[tuple[object, ...]]
) -> None:
    world = World()
    try:
        world.do_reload(wanted)
        for what, *said in story:
            world.step(str(what), *said)
        world.end()
    finally:
        world.connection.close()
