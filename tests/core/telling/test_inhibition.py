"""What inhibits what, in Alertmanager's words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.core.telling import inhibition
from monitor.core.telling.matchers import parse
from monitor.core.telling.notices import notice
from monitor.model import Alert, AlertType, Inhibition, Severity

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOUD, QUIET = (parse("severity=critical"),), (parse("severity!=critical"),)
BY = Inhibition(name="minor", source=LOUD, target=QUIET, equal=("source",), within=600.0)


def alert(severity: Severity, *, source: str = "wire", ago: float = 0.0) -> Alert:
    at = NOW - timedelta(seconds=ago)
    return notice(
        AlertType.SOURCE_GAP, f"{severity}{source}{ago}", "a gap", at=at, severity=severity, source=source
    )


def held(target: Alert, *rung: Alert, by: Inhibition = BY) -> str:
    found = inhibition.hold(target, [by], rung, NOW)
    return f"{found.batch} until {found.until:%H:%M}" if found else ""


def test_a_loud_one_inhibits_a_minor_one_of_equal_labels_for_a_while() -> None:
    loud = alert(Severity.CRITICAL, ago=120)
    assert held(alert(Severity.INFO), loud) == f"inhibited/{loud.id} until 12:08"
    assert held(alert(Severity.INFO, source="other"), loud) == ""
    assert held(alert(Severity.INFO), alert(Severity.CRITICAL, ago=600)) == ""
    assert held(alert(Severity.CRITICAL), loud) == ""
    assert held(alert(Severity.INFO), alert(Severity.WARNING)) == ""


def test_the_last_one_counts_and_a_label_that_neither_has_is_equal() -> None:
    first, last = alert(Severity.CRITICAL, ago=300), alert(Severity.CRITICAL, ago=60)
    assert held(alert(Severity.INFO), last, first).endswith("until 12:09")
    by_story = replace(BY, equal=("story",))
    assert held(alert(Severity.INFO), first, by=by_story) != ""


def test_what_is_both_is_inhibited_by_nothing_that_is_both() -> None:
    both = replace(BY, source=QUIET)
    assert held(alert(Severity.INFO), alert(Severity.WARNING, ago=1), by=both) == ""
    assert held(alert(Severity.INFO), alert(Severity.CRITICAL, ago=1), by=both) == ""


def test_no_more_of_what_rang_is_read_than_must_be() -> None:
    def rung() -> Iterator[Alert]:
        yield alert(Severity.WARNING, ago=1)
        yield alert(Severity.CRITICAL, ago=2)
        raise AssertionError("read on")

    assert inhibition.hold(alert(Severity.INFO), [BY], rung(), NOW) is not None
    assert inhibition.hold(alert(Severity.CRITICAL), [BY], rung(), NOW) is None
