"""The two laws of trying again: a delivery's own trouble, and its receiver's."""

import doctest
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.telling import retry
from monitor.model import Alert, AlertType, Delivery, Receiver, SendResult, Severity

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def delivery(
    id_: str = "d1", *, severity: Severity = Severity.WARNING, created_at: datetime = NOW, failures: int = 0
) -> Delivery:
    alert = Alert(id=f"a-{id_}", type=AlertType.CREATED, dedupe=id_, at=created_at, severity=severity)
    return Delivery(id=id_, alert=alert, notifier="ops", created_at=created_at, failures=failures)


def ended(
    trouble: str | None, at: datetime = NOW, *, retry_after: float | None = None, final: bool = False
) -> SendResult:
    return SendResult(
        delivery=delivery(),
        at=at,
        seconds=0.1,
        trouble=trouble,  # type: ignore[arg-type]
        error="" if trouble is None else "answered something",
        retry_after=retry_after,
        final=final,
    )


WELL = Receiver(notifier="ops")
DOWN = Receiver(
    notifier="ops",
    failures=3,
    failed_at=NOW - seconds(9),
    last_probe_at=NOW - seconds(1),
    next_probe_at=NOW + seconds(3),
)


def test_the_examples_of_the_module_hold() -> None:
    outcome = doctest.testmod(retry)
    assert outcome.attempted >= 4
    assert outcome.failed == 0


def test_a_delivery_that_is_always_refused_has_ten_attempts_and_then_is_dead() -> None:
    now, tried, far_end, waits = NOW, delivery(), WELL, []
    while tried.state != "dead":
        tried, far_end = retry.after(tried, far_end, ended("delivery", now), jitter=0.0)
        if tried.until:
            waits.append((tried.until - now).total_seconds())
            now = tried.until
    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
    assert (tried.attempts, tried.failures) == (10, 10)
    assert (now - NOW).total_seconds() < retry.MAX_AGE  # age does not cut the schedule short
    assert far_end == WELL  # the receiver answered each time


def test_a_receiver_that_is_down_costs_its_deliveries_no_failures_of_their_own() -> None:
    tried, far_end = delivery(failures=2), WELL
    waits = []
    for n in range(12):
        at = NOW + seconds(n)
        tried, far_end = retry.after(tried, far_end, ended("receiver", at), jitter=0.9)
        assert far_end.next_probe_at is not None
        waits.append((far_end.next_probe_at - at).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert (tried.state, tried.attempts, tried.failures, tried.until) == ("retrying", 12, 2, None)
    assert (far_end.failures, far_end.failed_at) == (12, NOW)


def test_what_fails_again_and_again_where_another_got_through_is_refused_and_the_receiver_stays_well() -> (
    None
):
    choked_on = replace(delivery(), attempts=3, probes=3)
    aside, far_end = retry.after(choked_on, WELL, ended("receiver"), jitter=0.0)
    assert (aside.state, aside.failures, aside.until) == ("retrying", 1, NOW + seconds(5))
    assert far_end == WELL
    for tried, before, ends in (
        (choked_on, DOWN, ended("receiver")),
        (replace(choked_on, probes=2), WELL, ended("receiver")),
        (choked_on, WELL, ended("receiver", retry_after=30.0)),  # it says itself that it is the receiver
    ):
        waiting, far_end = retry.after(tried, before, ends, jitter=0.0)
        assert (waiting.failures, far_end.failures) == (0, before.failures + 1)


def test_retry_after_wins_over_the_doubling_and_is_capped_at_a_day() -> None:
    for asked, waited in (
        (30.0, 30.0),
        (7_200.0, 7_200.0),
        (1e12, 86_400.0),
        (math.inf, 86_400.0),
        (0.0, 1.0),
    ):
        _, far_end = retry.after(delivery(), DOWN, ended("receiver", retry_after=asked), jitter=0.0)
        assert far_end.next_probe_at == NOW + seconds(waited)
        assert far_end.not_before == NOW + seconds(min(asked, 86_400.0))
    for nonsense in (-1.0, math.nan, None):
        _, far_end = retry.after(delivery(), DOWN, ended("receiver", retry_after=nonsense), jitter=0.0)
        assert (far_end.next_probe_at, far_end.not_before) == (NOW + seconds(8), None)


def test_success_ends_an_outage_and_refusal_too_for_both_are_answers() -> None:
    for trouble in (None, "delivery"):
        _, far_end = retry.after(delivery(), DOWN, ended(trouble), jitter=0.0)
        assert far_end == Receiver(notifier="ops", last_probe_at=NOW, recovered_at=NOW)
    sent, _ = retry.after(replace(delivery(), last_error="answered 503"), DOWN, ended(None), jitter=0.0)
    assert (sent.state, sent.sent_at, sent.attempts, sent.until) == ("sent", NOW, 1, None)


def test_success_without_an_outage_remembers_when_the_last_one_ended() -> None:
    well = Receiver(notifier="ops", recovered_at=NOW - seconds(600))
    assert retry.after(delivery(), well, ended(None), jitter=0.0)[1] == well


def test_gone_disables_the_receiver_and_holds_the_delivery_until_a_success() -> None:
    held, far_end = retry.after(delivery(), WELL, ended("gone"), jitter=0.0)
    assert (held.state, held.reason, far_end.disabled_at) == ("held", "receiver-disabled", NOW)

    later = NOW + seconds(60)
    assert retry.after(held, far_end, ended("delivery", later), jitter=0.0)[1].disabled_at == NOW
    assert retry.after(held, far_end, ended("receiver", later), jitter=0.0)[1].disabled_at == NOW
    told, enabled = retry.after(held, far_end, ended(None, later), jitter=0.0)
    assert (told.state, enabled.disabled_at, enabled.recovered_at) == ("sent", None, later)


@pytest.mark.parametrize("trouble", ["receiver", "delivery", "gone"])
def test_what_is_final_or_too_old_is_dead_whosever_the_trouble(trouble: str) -> None:
    assert retry.after(delivery(), WELL, ended(trouble, final=True), jitter=0.0)[0].state == "dead"
    old = delivery(created_at=NOW - seconds(retry.MAX_AGE))
    assert retry.after(old, WELL, ended(trouble), jitter=0.0)[0].state == "dead"
    younger = delivery(created_at=NOW - seconds(retry.MAX_AGE - 1))
    assert retry.after(younger, WELL, ended(trouble), jitter=0.0)[0].state != "dead"


def test_an_old_delivery_that_arrives_is_sent_all_the_same() -> None:
    old = delivery(created_at=NOW - seconds(retry.MAX_AGE * 2))
    assert retry.after(old, DOWN, ended(None), jitter=0.0)[0].state == "sent"


def test_a_new_alert_makes_a_probe_due_at_once_but_two_seconds_after_the_last_one() -> None:
    backed_off = replace(DOWN, last_probe_at=NOW - seconds(100), next_probe_at=NOW + seconds(200))
    assert retry.probe_due_for_new_alert(backed_off, NOW).next_probe_at == NOW
    assert retry.probe_due_for_new_alert(DOWN, NOW).next_probe_at == NOW + seconds(1)
    asked_for_peace = replace(backed_off, not_before=NOW + seconds(50))
    assert retry.probe_due_for_new_alert(asked_for_peace, NOW).next_probe_at == NOW + seconds(50)


def test_a_probe_that_is_due_sooner_stays_and_the_well_and_the_disabled_are_not_probed() -> None:
    overdue = replace(DOWN, next_probe_at=NOW - seconds(5))
    for unchanged in (overdue, WELL, replace(DOWN, disabled_at=NOW)):
        assert retry.probe_due_for_new_alert(unchanged, NOW) is unchanged


def test_after_the_clock_was_set_back_a_new_alert_still_gets_its_probe() -> None:
    tomorrow = NOW + seconds(86_400)
    future = replace(DOWN, last_probe_at=tomorrow, next_probe_at=tomorrow + seconds(300))
    assert retry.probe_due_for_new_alert(future, NOW).next_probe_at == NOW + seconds(2)


def test_after_an_outage_what_is_new_goes_first_critical_before_the_rest_then_the_backlog_in_order() -> None:
    back = replace(WELL, recovered_at=NOW)
    waiting = [
        delivery("old-critical", severity=Severity.CRITICAL, created_at=NOW - seconds(5)),
        delivery("older", created_at=NOW - seconds(50)),
        delivery("new", created_at=NOW),
        delivery("newer", created_at=NOW + seconds(1), severity=Severity.INFO),
        delivery("newest-critical", created_at=NOW + seconds(2), severity=Severity.CRITICAL),
    ]
    ordered = retry.order(waiting, back)
    assert [d.id for d in ordered] == ["newest-critical", "new", "newer", "older", "old-critical"]
    assert [d.id for d in ordered if retry.is_late(d, back)] == ["older", "old-critical"]
    assert [d.id for d in retry.order(waiting, DOWN)] == [
        "older",
        "old-critical",
        "new",
        "newer",
        "newest-critical",
    ]


def test_nothing_is_late_without_an_outage_and_what_once_was_late_stays_so() -> None:
    assert not retry.is_late(delivery(created_at=NOW - seconds(9_999)), WELL)
    assert retry.marked(delivery(), DOWN).late
    assert retry.marked(replace(delivery(), late=True), WELL).late
    assert not retry.marked(delivery(), replace(WELL, recovered_at=NOW - seconds(1))).late


# -- for any course of things -----------------------------------------------------------------

instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
asked = st.none() | st.floats(allow_nan=True, allow_infinity=True)
jitters = st.floats(0, 1, exclude_max=True)
troubles = st.sampled_from([None, "receiver", "delivery", "gone"])
maybe = st.none() | instants
receivers = st.builds(
    Receiver,
    notifier=st.just("ops"),
    failures=st.integers(0, 2_000),
    failed_at=maybe,
    last_probe_at=maybe,
    next_probe_at=maybe,
    not_before=maybe,
    recovered_at=maybe,
    disabled_at=maybe,
)


@given(st.integers(1, 9), jitters)
def test_a_delay_is_bounded_and_jitter_takes_off_at_most_a_tenth(failures: int, jitter: float) -> None:
    whole, less = retry.retry_delay(failures), retry.retry_delay(failures, jitter=jitter)
    assert whole is not None
    assert less is not None
    assert whole * 0.9 <= less <= whole <= 86_400


@given(st.integers(-5, 0))
def test_no_failure_no_delay(failures: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        retry.retry_delay(failures)


@given(st.integers(1, 10**6), asked)
def test_a_probe_is_never_sooner_than_a_second_nor_later_than_asked_or_five_minutes(
    failures: int, after: float | None
) -> None:
    wait = retry.probe_delay(failures, after)
    assert 1.0 <= wait <= 86_400.0
    assert retry.probe_delay(failures) <= retry.probe_delay(failures + 1) <= 300.0
    if after is None or not after >= 0:
        assert wait == retry.probe_delay(failures)


@given(
    st.lists(st.tuples(troubles, asked, jitters, st.floats(0, 90_000), st.booleans()), max_size=30), receivers
)
def test_nothing_vanishes_whatever_the_results(
    course: list[tuple[str | None, float | None, float, float, bool]], far_end: Receiver
) -> None:
    tried, now = delivery(), NOW
    for count, (trouble, after, jitter, passed, final) in enumerate(course, 1):
        now += seconds(passed)
        tried, far_end = retry.after(
            tried,
            far_end,
            ended(trouble, now, retry_after=after, final=final and trouble is not None),
            jitter=jitter,
        )
        assert tried.id == "d1"
        assert tried.attempts == count
        assert tried.state in {"sent", "dead", "retrying", "held"}
        assert (tried.state == "sent") == (trouble is None) == (tried.sent_at == now)
        assert (tried.state == "held") == bool(tried.reason)
        assert tried.until is None or now < tried.until <= now + seconds(86_400)
        if tried.state == "retrying" and tried.until is None:  # then it is the receiver that brings it back
            assert far_end.failures
            assert far_end.next_probe_at is not None
            assert now < far_end.next_probe_at <= now + seconds(86_400)
        if tried.state != "retrying":
            break


@given(receivers, instants)
def test_a_new_alert_only_ever_brings_a_probe_forward_and_never_before_now_or_what_was_asked(
    far_end: Receiver, now: datetime
) -> None:
    after = retry.probe_due_for_new_alert(far_end, now)
    if after is far_end:
        return
    assert after == replace(far_end, next_probe_at=after.next_probe_at)
    assert after.next_probe_at is not None
    assert now <= after.next_probe_at <= now + seconds(86_400)
    assert far_end.next_probe_at is None or after.next_probe_at <= far_end.next_probe_at
    if far_end.last_probe_at is not None and far_end.last_probe_at <= now:
        assert after.next_probe_at >= far_end.last_probe_at + seconds(2)
    if far_end.not_before is not None and far_end.not_before <= now + seconds(86_400):
        assert after.next_probe_at >= far_end.not_before


@given(st.lists(st.tuples(instants, st.sampled_from(Severity)), max_size=12), receivers)
def test_order_loses_and_doubles_nothing_and_puts_no_late_one_before_a_new_one(
    made: list[tuple[datetime, Severity]], far_end: Receiver
) -> None:
    waiting = [delivery(str(n), created_at=at, severity=severity) for n, (at, severity) in enumerate(made)]
    ordered = retry.order(waiting, far_end)
    assert sorted(d.id for d in ordered) == sorted(d.id for d in waiting)
    late = [retry.is_late(d, far_end) for d in ordered]
    assert late == sorted(late)
    backlog = [d.created_at for d in ordered if retry.is_late(d, far_end)]
    assert backlog == sorted(backlog)
