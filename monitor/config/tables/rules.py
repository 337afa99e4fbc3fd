"""[rule]: what should ring; and the tests that rules bring along."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Literal, cast, get_args

from monitor.config.keys.known import RULE
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong, found, known, meant
from monitor.config.reading.table import Table
from monitor.config.tables.notifiers import named
from monitor.config.text.secrets import quoted
from monitor.model import Burst, Escalation, OnEdit, Rule, Severity, Threshold
from monitor.rules.errors import QueryError
from monitor.rules.matching.document import Document as Reading
from monitor.rules.matching.explain import explain
from monitor.rules.matching.unrung import unrung
from monitor.rules.query import language
from monitor.rules.query.aliases import NONE, Aliases
from monitor.rules.query.tree import Query

MOST = 100  # matches that a threshold may ask for
AT_LEAST = 5  # matches that are a burst however rare they are usually
TIMES = (1.5, 1_000.0)  # what is usual
DAY = 86_400.0  # seconds
VOICES = 10  # publishers that an escalation may ask for: of a story no more items are at hand
_COLUMN = re.compile(r"column (\d+): ")


def read(top: Table, notifiers: Collection[str], yours: Aliases = NONE) -> tuple[Rule, ...]:
    """Return all rules in the order of the file; `notifiers` are the names that exist, `yours` the aliases of the file."""
    table = top.inner("rule")
    rules = []
    for name, value in table.named():
        label = f"rule {quoted(name)}"
        if isinstance(value, dict):
            rule = _whole(Table(table.notes, (*table.keys, name), value, label), name, notifiers, yours)
        elif isinstance(value, str):  # name = query
            rule = _checked(
                Table(table.notes, table.keys, {}, label), "", (name,), Rule(name=name, query=value), yours
            )
        else:
            table.wrong(f"must be a query in quotes or a table [rule.NAME], not {found(value)}", name)
            continue
        if rule is not None:
            rules.append(rule)
    return tuple(rules)


def _whole(table: Table, name: str, notifiers: Collection[str], yours: Aliases) -> Rule | None:
    table.refuse_others(RULE, elsewhere=lambda key: _line(table, key))
    severity = Severity(table.read("severity", checks.choice([*Severity]), Severity.WARNING))
    notify = table.each("notify", lambda value: named(value, notifiers), '["ops"]')
    rule = Rule(
        name=name,
        query=table.read("query", lambda value: checks.text(value, "'missile AND launch*'"), ""),
        severity=severity,
        notify=tuple(dict.fromkeys(notify)) if "notify" in table.values else None,
        rings=table.each("rings", checks.text, '["Missile launch reported"]'),
        silent=table.each("silent", checks.text, '["Book launch"]'),
        ring=table.read("ring", checks.truth, True),
        on_edit=cast("OnEdit", table.read("on_edit", checks.choice(get_args(OnEdit)), "material")),
        cooldown=table.read("cooldown", checks.interval, 0.0),
        threshold=_threshold(table),
        burst=_burst(table),
        retracted=table.read("retracted", checks.truth, False),
        escalate=_escalation(table, severity),
        absent=_absent(table),
    )
    if not table.require("query", RULE.like("query")) or not rule.query:
        return None
    return _checked(table, "query: ", ("query",), rule, yours)


def _line(table: Table, key: str) -> str:
    """Return where a rule of one line stands, "" if a key is none."""
    if not isinstance(table.values.get(key), str) or meant(key, RULE.names()):
        return ""
    return " (a rule of one line stands under [rule], before the first [rule.NAME])"


def _absent(table: Table) -> float:
    """Return the seconds; keys about what rings for a match say nothing of a rule that rings for none."""
    for key in ("cooldown", "threshold", "burst", "retracted", "escalate", "on_edit"):
        if "absent" in table.values and key in table.values:
            table.wrong(
                f"{key} is of rules that ring for a match; with absent this one rings for none", key, key=True
            )
    return table.read("absent", checks.interval, 0.0)


def _threshold(table: Table) -> Threshold | None:
    inner = _inner(table, "threshold", ("publishers", "items", "within"))
    if inner is None:
        return None
    values = inner.values
    given = [key for key in ("items", "publishers") if key in values]
    if len(given) != 1:
        inner.wrong(f"give either publishers or items; write {RULE.like('threshold')}")
        return None
    of: Literal["items", "publishers"] = "items" if "items" in values else "publishers"
    number = inner.read(of, _from_two_to(MOST), 0)
    within = inner.read("within", checks.interval, 0.0)
    if not inner.require("within", RULE.like("threshold")) or not number or not within:
        return None
    return Threshold(of=of, number=number, within=within)


def _burst(table: Table) -> Burst | None:
    inner = _inner(table, "burst", ("times", "within", "at_least"))
    if inner is None:
        return None
    if "threshold" in table.values:
        table.wrong("give either threshold or burst: a rule waits for one of them", "burst", key=True)
    times = inner.read("times", _times, 0.0)
    within = inner.read("within", _up_to_a_day, 0.0)
    at_least = inner.read("at_least", _from_two_to(MOST), AT_LEAST)
    whole = [inner.require(key, RULE.like("burst")) for key in ("times", "within")]
    if not all(whole) or not times or not within:
        return None
    return Burst(times=times, within=within, at_least=at_least)


def _times(value: object) -> float:
    times = checks.number(value)
    if not TIMES[0] <= times <= TIMES[1]:
        raise Wrong(f"must be from {TIMES[0]:g} to {TIMES[1]:g}, not {times:g}")
    return times


def _up_to_a_day(value: object) -> float:
    seconds = checks.interval(value)
    if seconds > DAY:
        raise Wrong(f'must be a day at most, "1d", not {quoted(str(value))}')
    return seconds


def _escalation(table: Table, severity: Severity) -> Escalation | None:
    inner = _inner(table, "escalate", ("publishers", "severity"))
    if inner is None:
        return None
    publishers = inner.read("publishers", _from_two_to(VOICES), 0)
    louder = [it.value for it in Severity if it.loudness > severity.loudness]
    if not louder:
        table.wrong(f"nothing is louder than severity = {severity.value!r}", "escalate")
        return None
    to = inner.read("severity", checks.choice(louder), "")
    whole = [inner.require(key, RULE.like("escalate")) for key in ("publishers", "severity")]
    if not all(whole) or not publishers or not to:
        return None
    return Escalation(publishers=publishers, severity=Severity(to))


def _inner(table: Table, key: str, names: Sequence[str]) -> Table | None:
    """Return the table under `key`, None if there is none; a key that is not among `names` is noted."""

    def check(value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        raise Wrong(f"must be a table, as in {RULE.like(key)}, not {found(value)}")

    values = table.read(key, check, None)
    if values is None:
        return None
    inner = table.under(key, values)
    for name in values:
        if name not in names:
            inner.wrong(f"unknown key {quoted(name)}{known(name, names)}", name, key=True)
    return inner


def _from_two_to(most: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        number = checks.integer(value)
        if not 2 <= number <= most:
            raise Wrong(f"must be from 2 to {most}, not {number}")
        return number

    return check


def _checked(table: Table, named: str, path: tuple[str, ...], rule: Rule, yours: Aliases) -> Rule | None:
    """Return the rule with its version, None if its query, which stands at `path`, cannot be read."""
    try:
        parsed = language.parse(rule.query, yours)
    except QueryError as error:
        hint = f" ({error.hint})" if error.hint else ""
        message = f"{named}{error.message}{hint}"
        table.wrong(Wrong(message, path=path, index=max(error.column - 1, 0)))
        return None
    for warning in (*language.warnings(parsed), *unrung(parsed)):
        column = _COLUMN.match(warning)
        index = int(column[1]) - 1 if column else 0
        told = warning[column.end() :] if column else warning
        table.warn(Wrong(f"{named}{told}", path=path, index=index))
    called = {name: yours[name] for name in sorted(parsed.called & yours.keys())}
    return replace(rule, aliases=called, version=version(rule.query, rule.severity, called))


def version(query: str, severity: Severity, aliases: Aliases = NONE) -> str:
    """Return a short hash of what a rule means; who is told and its tests are no part of that.

    >>> version("nuclear", Severity.WARNING) == version("nuclear", Severity.CRITICAL)
    False
    """
    listed = "".join(f"\n{name}: {spellings}" for name, spellings in aliases.items())
    return sha256(f"{severity}\n{query}{listed}".encode()).hexdigest()[:12]


def failing(rule: Rule, parsed: Query) -> list[tuple[str, int, str]]:
    """Return the tests of a rule that fail: "rings" or "silent", the number of the text, and why."""
    fails = []
    for key, texts, wanted in (("rings", rule.rings, True), ("silent", rule.silent, False)):
        for number, text in enumerate(texts):
            verdict = explain(parsed, Reading(title=text), bare=True)
            if verdict.matches is not wanted:
                told = "should ring and does not" if wanted else "should be silent and rings"
                fails.append((key, number, f"this text {told}: {verdict.why}"))
    return fails
