"""How long alerts took, summed up: over a real store, told at times that the test knows."""

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from monitor.answers import latencies
from monitor.answers.latencies import Latencies, Spread
from monitor.core.telling import retry
from monitor.model import Entry, Hearing, SendResult, Source
from monitor.store.sqlite.database import transaction
from monitor.store.sqlite.telling import deliveries
from tests.desk import EVERYTHING, START, Desk, line

NAMES = ("wire", "page")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def desk() -> Desk:
    """Two sources, a phone and a screen; each source was read once."""
    made = Desk(
        [Source(name=n, url=f"http://{n}.org/rss") for n in NAMES], [EVERYTHING], everyone=("phone", "screen")
    )
    deliveries.sync_notifiers(made.connection, {"phone": "1", "screen": "2"}, START)
    for name in NAMES:
        made.read(name, [line("old", url=f"http://{name}.org/0")], START)
    return made


def item(number: int, *, published: float | None) -> Entry:
    at = "" if published is None else format_datetime(after(published))
    return line(f"news {number} of {'abcdefgh'[number]}", url=f"http://x.org/{number}", at=at)


def tell(desk: Desk, notifier: str, at: datetime, *, error: str = "", took: float = 0.0) -> int:
    """Send all that `notifier` is due at `at`; return how many deliveries that were."""
    told = 0
    while True:
        with transaction(desk.connection):
            far_end, claimed = deliveries.claim(desk.connection, notifier, at, 1)
            for one in claimed:
                result = SendResult(
                    delivery=one, at=at, seconds=took, trouble="receiver" if error else None, error=error
                )
                deliveries.finish(desk.connection, [(result, *retry.after(one, far_end, result))])
        if not claimed or error:
            return told
        told += 1


def of(desk: Desk, notifier: str = "") -> dict[tuple[str, str], Latencies]:
    found = latencies.of(desk.connection, START, notifier=notifier)
    return {(one.by, one.name): one for one in found}


def test_each_step_of_each_source_and_notifier(desk: Desk) -> None:
    for number in range(3):  # published at 10, 70, 130 s; seen at 60, 120, 180 s and told some seconds later
        seen = after(60 * (number + 1))
        body = [item(n, published=60 * n + 10) for n in range(number, -1, -1)]
        desk.read("wire", [*body, line("old", url="http://wire.org/0")], seen)
        assert tell(desk, "phone", seen + timedelta(seconds=number + 1), took=0.5) == 1
    assert tell(desk, "screen", after(200)) == 3
    found = of(desk)
    assert found.keys() == {("source", "wire"), ("notifier", "phone"), ("notifier", "screen")}
    wire = found["source", "wire"]
    assert wire.told == 6
    assert wire.seen == Spread(count=3, p50=50.0, p95=50.0, worst=50.0)
    assert wire.rung == Spread(count=3, p50=0.0, p95=0.0, worst=0.0)
    assert found["notifier", "phone"].delivered == Spread(count=3, p50=2.5, p95=3.5, worst=3.5)
    assert found["notifier", "phone"].whole == Spread(count=3, p50=52.5, p95=53.5, worst=53.5)
    assert found["notifier", "screen"].delivered == Spread(count=3, p50=80.0, p95=140.0, worst=140.0)
    assert of(desk, notifier="phone").keys() == {("source", "wire"), ("notifier", "phone")}
    assert latencies.of(desk.connection, after(100)) != latencies.of(desk.connection, START)


def test_an_item_whose_date_does_not_say_when_has_no_first_step(desk: Desk) -> None:
    desk.read("page", [item(1, published=None), line("old", url="http://page.org/0")], after(60))
    assert tell(desk, "phone", after(62)) == 1
    page = of(desk)["source", "page"]
    assert (page.seen, page.whole) == (None, None)
    assert page.delivered == Spread(count=1, p50=2.0, p95=2.0, worst=2.0)


def test_nor_has_one_whose_date_is_a_guess(desk: Desk) -> None:
    desk.read("wire", [item(1, published=30), line("old", url="http://wire.org/0")], after(60))
    assert tell(desk, "phone", after(62)) == 1
    assert of(desk)["source", "wire"].seen is not None
    desk.connection.execute("update items set published_sure = 0")
    assert of(desk)["source", "wire"].seen is None


def test_an_attempt_that_failed_counts_until_one_arrived_and_telling_again_does_not(desk: Desk) -> None:
    desk.read("wire", [item(1, published=30), line("old", url="http://wire.org/0")], after(60))
    tell(desk, "phone", after(61), error="answered 503")
    assert of(desk) == {}
    assert tell(desk, "phone", after(90)) == 1
    first = of(desk)
    assert first["notifier", "phone"].delivered == Spread(count=1, p50=30.0, p95=30.0, worst=30.0)
    [told] = [
        row["id"] for row in desk.connection.execute("select id from deliveries where notifier = 'phone'")
    ]
    deliveries.replay(desk.connection, [told], after(3_600))
    assert tell(desk, "phone", after(3_700)) == 1
    assert of(desk) == first


def test_what_a_digest_tells_is_not_in_it_and_what_waited_for_others_counts_from_then(desk: Desk) -> None:
    hearing = Hearing(group_by="rule", group_wait=120.0, group_interval=120.0)
    deliveries.sync_notifiers(desk.connection, {"phone": "1", "screen": "2"}, START, {"phone": hearing})
    old = line("old", url="http://wire.org/0")
    desk.read("wire", [item(1, published=30), old], after(60))
    assert tell(desk, "phone", after(185)) == 1  # alone, after the wait
    assert of(desk)["notifier", "phone"].delivered == Spread(count=1, p50=0.0, p95=0.0, worst=0.0)
    for number in (2, 3):
        body = [item(n, published=30) for n in range(number, 0, -1)]
        desk.read("wire", [*body, old], after(190 + number))
    assert tell(desk, "phone", after(600)) == 1  # both, as a digest
    assert of(desk)["notifier", "phone"].told == 1
