"""How long each step on a delivery's way took."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.answers.ledger import Latency, latency
from monitor.model import Alert, AlertType, Delivery, Item, Published, Severity

AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
ITEM = Item(
    id="i1",
    source="bbc",
    title="x",
    summary="",
    url="",
    published=Published(
        earliest=AT - timedelta(minutes=9), latest=AT - timedelta(minutes=2), origin="stated"
    ),
    first_seen_at=AT,
)
ALERT = Alert(
    id="a",
    type=AlertType.CREATED,
    dedupe="r/i1",
    at=AT + timedelta(seconds=3),
    severity=Severity.INFO,
    item=ITEM,
)
DELIVERY = Delivery(
    id="d", alert=ALERT, notifier="ops", created_at=AT, sent_at=AT + timedelta(seconds=3.5), state="sent"
)


def test_each_step_is_counted_from_the_one_before() -> None:
    assert latency(DELIVERY) == Latency(seen=120.0, rung=3.0, delivered=0.5)


def test_what_is_not_there_took_no_time() -> None:
    assert latency(replace(DELIVERY, sent_at=None)).delivered is None
    assert latency(replace(DELIVERY, alert=replace(ALERT, item=None))) == Latency(
        seen=None, rung=None, delivered=0.5
    )


def test_a_publisher_whose_clock_is_ahead_is_no_negative_time() -> None:
    ahead = replace(ITEM, published=Published(earliest=AT, latest=AT + timedelta(hours=1), origin="stated"))
    assert latency(replace(DELIVERY, alert=replace(ALERT, item=ahead))).seen == 0.0
