"""A receiver that fails is told to the others: once, and soon enough to be of use. The laws of retry make the story."""

import doctest
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.core.telling import outage, retry
from monitor.model import AlertType, Delivery, Receiver, SendResult
from tests.core.telling.test_render import ALERT
from tests.desk import START

DELIVERY = Delivery(id="d", alert=ALERT, notifier="ops", created_at=START)
WELL = Receiver(notifier="ops")
WELL_AGAIN = SendResult(delivery=DELIVERY, at=START, seconds=0.1)


def told(tries: Iterable[tuple[float, SendResult]]) -> list[tuple[float, AlertType, str]]:
    """Return what the others hear of attempts at these seconds, and when."""
    delivery, receiver, heard = DELIVERY, WELL, []
    for seconds, result in tries:
        at = replace(result, delivery=delivery, at=START + timedelta(seconds=seconds))
        after, far_end = retry.after(delivery, receiver, at)
        if alert := outage.of(receiver, far_end, after, at):
            heard.append((seconds, alert.type, alert.sentence))
        delivery, receiver = after, far_end
    return heard


def failing(trouble: str, error: str, **more: object) -> SendResult:
    return SendResult(delivery=DELIVERY, at=START, seconds=0.1, trouble=trouble, error=error, **more)  # type: ignore[arg-type]


def test_an_outage_is_told_once_when_it_is_long() -> None:
    down, at, tries = failing("receiver", "answered 503"), 0.0, list[tuple[float, SendResult]]()
    for number in range(1, 25):
        tries.append((at, down))
        at += retry.probe_delay(number)
    tries.append((7_200.0, WELL_AGAIN))
    [(seconds, kind, sentence), back] = told(tries)
    assert back == (
        7_200.0,
        AlertType.RECEIVER_RECOVERED,
        "ops answers again, after 2 h: what waited for it is on its way",
    )
    assert (300 <= seconds <= 600, kind) == (True, AlertType.RECEIVER_FAILING)
    assert sentence == "ops cannot be told since 12:00 UTC: answered 503; what it is due waits for it"


def test_who_asks_for_a_day_of_rest_is_told_of_at_once() -> None:
    busy = failing("receiver", "answered 429", retry_after=86_400.0)
    assert [seconds for seconds, _, _ in told([(0.0, busy), (86_400.0, busy)])] == [0.0]


@pytest.mark.parametrize("status", [400, 401])
def test_a_refusal_is_told_when_it_comes_again(status: int) -> None:
    refused = failing("delivery", f"answered {status}")
    times = [0.0, 5.0, 305.0, 2_105.0]
    [(seconds, kind, sentence)] = told((at, refused) for at in times)
    assert (seconds, kind) == (305.0, AlertType.RECEIVER_FAILING)
    assert f"ops refuses what it is told: answered {status}" in sentence


def test_what_is_well_and_a_single_failure_are_nobodys_business() -> None:
    down = failing("receiver", "answered 503")
    assert told([(0.0, WELL_AGAIN), (1.0, down), (2.0, WELL_AGAIN), (3.0, down), (4.0, WELL_AGAIN)]) == []


def test_who_waits_is_told_since_when_and_until_when() -> None:
    outcome = doctest.testmod(outage)
    assert (outcome.attempted, outcome.failed) == (3, 0)
    gone = Receiver(notifier="ops", disabled_at=START)
    assert outage.away(WELL, str) == ""
    assert outage.away(gone, "{:%H:%M}".format).startswith(
        "ops answered 410 at 12:00 and is told nothing until"
    )


def test_who_makes_its_receiver_fail_alone_is_told_as_refused() -> None:
    result = replace(WELL_AGAIN, trouble="receiver", error="answered 500")
    choked_on = replace(DELIVERY, failures=2, attempts=5, probes=3)
    after, far_end = retry.after(choked_on, WELL, result)
    notice = outage.of(WELL, far_end, after, result)
    assert notice is not None
    assert notice.sentence.startswith("ops refuses what it is told: answered 500")
