"""What a long backlog costs who sends it."""

import sqlite3

import pytest

from monitor.core.telling.notices import notice
from monitor.model import AlertType, Receiver, Severity
from monitor.store.sqlite.database import MEMORY, connect, migrate
from monitor.store.sqlite.rows import micros
from monitor.store.sqlite.telling import deliveries
from monitor.store.sqlite.telling.alerts import ring
from tests.virtual import START


def queued(count: int) -> sqlite3.Connection:
    """Return a store in which so many deliveries wait for the desk, every tenth of them critical."""
    connection = connect(MEMORY)
    migrate(connection)
    deliveries.sync_notifiers(connection, {"desk": "address"}, START)
    for number in range(count):
        severity = Severity.CRITICAL if number % 10 == 9 else Severity.WARNING
        alert = notice(AlertType.TEST, f"test/{number}", "news", at=START, severity=severity)
        ring(connection, alert, ["desk"], START)
    return connection


def steps(connection: sqlite3.Connection) -> int:
    """Return how many instructions of SQLite one claim takes."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(count, 1)
    _, [claimed] = deliveries.claim(connection, "desk", START, 1)
    connection.set_progress_handler(None, 1)
    assert claimed.alert.severity is Severity.CRITICAL or claimed.late
    return taken


@pytest.mark.parametrize("recovered", [False, True], ids=["new", "backlog"])
def test_a_claim_costs_no_more_where_a_hundred_times_as_much_waits(recovered: bool) -> None:
    costs = []
    for count in (20, 2_000):
        connection = queued(count)
        if recovered:
            connection.execute("update receivers set recovered_at = ?", (micros(START) + 1,))
        assert deliveries.receiver(connection, "desk") != Receiver(notifier="desk") or not recovered
        costs.append(steps(connection))
        connection.close()
    assert costs[1] < 1.5 * costs[0]
