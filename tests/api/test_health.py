"""Alive, ready, and why not."""

from datetime import timedelta
from threading import Event

from tests.api.conftest import House
from tests.desk import START, line


def checks(house: House) -> dict[str, str]:
    answer = house.ask("/readyz")
    found = answer.json
    assert answer.status == (200 if found["good"] else 503)
    return {check["name"]: check["said"] for check in found["checks"] if not check["good"]}


def test_it_lives_while_the_store_answers(house: House) -> None:
    assert house.json("/healthz") == {
        "good": True,
        "checks": [{"name": "store", "good": True, "said": "it answers"}],
    }
    house.path.rename(house.path.with_suffix(".gone"))
    answer = house.ask("/healthz")
    assert answer.status == 503
    assert "has vanished" in answer.json["checks"][0]["said"]


def test_it_is_ready_when_its_loops_run(house: House) -> None:
    house.desk.read("wire", [line("quake")], START)
    house.desk.read("desk", [line("quake")], START)
    assert checks(house) == {}
    house.still["poll"] = 75.0
    assert checks(house) == {"running": "poll has stood still for 75 s"}
    house.still.clear()
    house.tally.ready = False
    assert checks(house) == {"running": "it is starting"}
    house.tally.ready = house.tally.stopping = True
    assert checks(house) == {"running": "it is stopping"}


def test_late_polls_are_told(house: House) -> None:
    """A source that is due and that nobody has taken up for two minutes: the loop does not do its job."""
    house.clock.advance(60)
    assert checks(house) == {}
    house.clock.advance(240)
    assert checks(house) == {"polling": "a poll is 5 min late"}


def test_a_store_that_cannot_write_is_told_for_a_minute(house: House) -> None:
    house.tally.troubled("the disk is full: nothing is lost yet, free some space", house.clock.now())
    assert checks(house) == {"writing": "the disk is full: nothing is lost yet, free some space"}
    house.clock.advance(61)
    assert checks(house) == {}


def test_the_next_poll_is_told(house: House) -> None:
    due = START + timedelta(seconds=30)
    house.desk.connection.execute("update sources set next_poll_at = ?", (int(due.timestamp() * 1e6),))
    assert {"name": "polling", "good": True, "said": "the next poll is in 30 s"} in house.json("/readyz")[
        "checks"
    ]


def test_a_slow_question_does_not_make_it_look_dead(house: House) -> None:
    """Nor keeps it the stream waiting: who watches over the daemon would restart it for a search."""
    answered = Event()
    asked = house.run(house.office.reader.read(lambda _: answered.wait(60)))
    try:
        assert (
            house.ask("/healthz").status == house.ask("/readyz").status == house.ask("/metrics").status == 200
        )
    finally:
        answered.set()
    assert asked.result(30) is True
