"""When a notifier hears: the keys of [notify.NAME] that all types have."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from monitor.config.reading import checks, zones
from monitor.config.reading.checks import Wrong, found
from monitor.config.reading.table import Table
from monitor.config.text.secrets import quoted
from monitor.model import Hearing, Severity

T = TypeVar("T")

QUIET = '"23:00-06:30"'
TIME = '"08:00"'
HOURLY = "hourly"
BUDGET = '{ alerts = 10, within = "1h" }'
GROUPS = ("story", "rule", "source")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def read(table: Table, zone: ZoneInfo) -> Hearing:
    """Return how a notifier wants to hear; `zone` is that of its times where it names none."""
    for key, needs in (("quiet_except", "quiet"), ("digest_except", "digest")):
        if key in table.values and needs not in table.values:
            table.wrong(f"goes with {needs}, which is missing", key)
    for key in ("group_wait", "group_interval"):
        if key in table.values and "group_by" not in table.values:
            table.wrong("goes with group_by, which is missing", key)
    hourly, daily = table.read("digest", _digest, (False, ()))
    budget, within = table.read("budget", _budget, (0, Hearing().within))
    return Hearing(
        timezone=(table.read("timezone", zones.zone, None) or zone).key,
        quiet=table.read("quiet", _quiet, None),
        quiet_except=table.read("quiet_except", _severity, None),
        hourly=hourly,
        daily=daily,
        digest_except=table.read("digest_except", _severity, None),
        budget=budget,
        within=within,
        group_by=cast(
            'Literal["", "story", "rule", "source"]', table.read("group_by", checks.choice(GROUPS), "")
        ),
        group_wait=table.read("group_wait", checks.interval, Hearing().group_wait),
        group_interval=table.read("group_interval", checks.interval, Hearing().group_interval),
    )


def _severity(value: object) -> Severity:
    return Severity(checks.choice([*Severity])(value))


def _quiet(value: object) -> tuple[time, time]:
    text = checks.line(value, QUIET)
    start, dash, end = (part.strip() for part in text.replace("–", "-").partition("-"))
    if not dash:
        raise Wrong(f"must be two times with a dash between, as in {QUIET}, not {quoted(text)}")
    both = _time(start), _time(end)
    if both[0] == both[1]:
        raise Wrong("begins when it ends; write two times")
    return both


def _time(text: str) -> time:
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise Wrong(f"{quoted(text)} is no time of the day, as in {TIME}")
    return time(int(clock[1]), int(clock[2]))


def _digest(value: object) -> tuple[bool, tuple[time, ...]]:
    if value == HOURLY:
        return True, ()
    if isinstance(value, list):
        texts = checks.texts(value, f"[{TIME}]")
        return False, tuple(sorted({_time(text) for text in texts}))
    text = checks.line(value, TIME)
    if _CLOCK.fullmatch(text) is None:
        raise Wrong(f'must be "{HOURLY}", a time or a list of times, as in {TIME}, not {quoted(text)}')
    return False, (_time(text),)


def _budget(value: object) -> tuple[int, float]:
    if not isinstance(value, Mapping):
        raise Wrong(f"must be a table, as in {BUDGET}, not {found(value)}")
    for key in value:
        if key not in ("alerts", "within"):
            raise Wrong(f"unknown key {quoted(key)}{checks.known(key, ['alerts', 'within'])}", path=(key,))
    if "alerts" not in value:
        raise Wrong(f"needs alerts, as in {BUDGET}")
    alerts = _part(value, "alerts", checks.integer)
    if alerts < 1:
        raise Wrong("alerts: must be 1 or more", path=("alerts",))
    within = _part(value, "within", checks.interval) if "within" in value else Hearing().within
    return alerts, within


def _part(value: Mapping[str, object], key: str, check: Callable[[object], T]) -> T:
    try:
        return check(value[key])
    except Wrong as wrong:
        raise Wrong(f"{key}: {wrong}", path=(key, *wrong.path), index=wrong.index) from None
