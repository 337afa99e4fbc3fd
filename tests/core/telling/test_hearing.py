"""When a notifier hears: the clock's own hours, also in the nights in which clocks change."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.core.telling import digests, hearing
from monitor.core.telling.hearing import Heard, Hold, hold, quiet_hours, still
from monitor.core.telling.notices import notice
from monitor.model import Alert, AlertType, Hearing, Severity

KYIV = ZoneInfo("Europe/Kyiv")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NIGHT = Hearing(timezone="Europe/Kyiv", quiet=(time(23), time(6, 30)), quiet_except=Severity.CRITICAL)


def alert(severity: Severity = Severity.WARNING, *, at: datetime = NOON, name: str = "a") -> Alert:
    return notice(AlertType.SOURCE_GAP, name, f"{name}: a gap", at=at, severity=severity, source=name)


def quiet_minutes(hours: tuple[time, time], day: datetime) -> list[str]:
    """Return the clock times of the minutes of two days at which it is quiet, as the clock shows them."""
    wanted = Hearing(timezone="Europe/Kyiv", quiet=hours)
    minutes = (day + timedelta(minutes=number) for number in range(0, 2 * 24 * 60, 10))
    return [f"{at.astimezone(KYIV):%d %H:%M}" for at in minutes if quiet_hours(wanted, at)]


@pytest.mark.parametrize(
    "day",
    [datetime(2026, 3, 28, 10, tzinfo=UTC), datetime(2026, 10, 24, 10, tzinfo=UTC), NOON],
    ids=["an hour is skipped", "an hour comes twice", "any night"],
)
def test_it_is_quiet_whenever_the_clock_says_so(day: datetime) -> None:
    quiet = set(quiet_minutes((time(23), time(6, 30)), day))
    minutes = (day + timedelta(minutes=number) for number in range(0, 2 * 24 * 60, 10))
    for at in minutes:
        local = at.astimezone(KYIV)
        said = local.time() >= time(23) or local.time() < time(6, 30)
        assert (f"{local:%d %H:%M}" in quiet) is said


def test_an_end_that_clocks_skip_is_the_change_itself() -> None:
    """On 29 March 03:00 is followed by 04:00."""
    quiet = quiet_minutes((time(2, 0), time(3, 30)), datetime(2026, 3, 28, 22, tzinfo=UTC))
    assert [one for one in quiet if one.startswith("29")] == [f"29 02:{minute}0" for minute in range(6)]


def test_an_hour_that_comes_twice_is_quiet_to_its_second_end() -> None:
    """On 25 October 03:59 is followed by 03:00."""
    quiet = quiet_minutes((time(3, 0), time(3, 30)), datetime(2026, 10, 24, 22, tzinfo=UTC))
    assert [one for one in quiet if one.startswith("25")] == [
        *(f"25 03:{minute}0" for minute in range(6)),
        *(f"25 03:{minute}0" for minute in range(3)),
    ]


def test_a_digest_at_a_time_of_the_day_comes_once_a_day_also_when_clocks_change() -> None:
    wanted = Hearing(timezone="Europe/Kyiv", daily=(time(3, 30),))
    for day in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)):
        told = []
        at = hearing.next_digest(wanted, day)
        while at and at < day + timedelta(days=3):
            told.append(at.astimezone(KYIV).day)
            at = hearing.next_digest(wanted, at)
        assert told == [day.day, day.day + 1, day.day + 2]


def test_what_is_loud_enough_passes() -> None:
    night = datetime(2026, 3, 1, 22, tzinfo=UTC)
    until = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    assert hold(alert(), NIGHT, Heard(), night) == Hold(reason="quiet", until=until, batch="quiet")
    assert hold(alert(Severity.CRITICAL), NIGHT, Heard(), night) is None
    assert hold(alert(), NIGHT, Heard(), NOON) is None


def test_a_digest_whose_hour_is_a_quiet_one_waits_for_their_end() -> None:
    wanted = replace(NIGHT, hourly=True)
    night = datetime(2026, 3, 1, 22, tzinfo=UTC)
    found = still(alert(), "digest", wanted, Heard(), night)
    assert found is not None
    assert (found.reason, found.batch) == ("quiet", "quiet")


def test_a_group_that_comes_due_is_under_the_budget_too() -> None:
    wanted = Hearing(group_by="source", budget=1, within=600.0)
    found = still(alert(), "group/source/a", wanted, Heard(told=(NOON,)), NOON + timedelta(seconds=60))
    assert found == Hold(reason="budget", until=NOON + timedelta(seconds=600), batch="budget")
    assert still(alert(Severity.CRITICAL), "group/source/a", wanted, Heard(told=(NOON,)), NOON) is None


def test_what_comes_while_something_is_held_back_joins_it_and_does_not_overtake() -> None:
    wanted = Hearing(budget=1, within=600.0)
    later = NOON + timedelta(seconds=500)
    heard = Heard(gathering={"budget": later})
    assert hold(alert(), wanted, heard, NOON) == Hold(reason="budget", until=later, batch="budget")


def test_a_digest_names_the_loudest_and_lists_all_in_the_order_of_events() -> None:
    members = [alert(at=NOON + timedelta(minutes=n), name=f"s{n}") for n in range(7)]
    members[6] = replace(members[6], severity=Severity.CRITICAL)
    made = digests.digest(members[::-1], "quiet", "phone", now=NOON + timedelta(hours=1), zone=KYIV)
    assert made.severity is Severity.CRITICAL
    assert made.digest is not None
    assert [one.title for one in made.digest.alerts] == [f"s{n}: a gap" for n in range(7)]
    assert made.sentence.startswith(
        "7 alerts in quiet hours, since 2026-03-01 14:00: ● source.gap: s0: a gap · "
    )
    assert "▲ source.gap: s6: a gap · and 2 more" in made.sentence
