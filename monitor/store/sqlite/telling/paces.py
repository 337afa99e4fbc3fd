"""Rules that ring for bursts: how often they match, and when they rang last."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from monitor.core.alerts import bursts
from monitor.model import Alert, Pace, Rang, Rule, Severity
from monitor.store.sqlite.rows import instant, micros


def sync(connection: sqlite3.Connection, rules: Sequence[Rule]) -> None:
    """Make rows of the rules that ring for bursts; of one that means something else by now nothing is known."""
    kept = [(rule.name, rule.version) for rule in rules if rule.burst]
    connection.execute(
        "delete from paces where (rule, version) not in (select value ->> 0, value ->> 1 from json_each(?))",
        (json.dumps(kept),),
    )
    connection.executemany(
        "insert or ignore into paces (rule, version, pace) values (?, ?, ?)",
        [(rule, version, _text(bursts.NOTHING)) for rule, version in kept],
    )


def read(connection: sqlite3.Connection) -> dict[str, Pace]:
    """Return the paces of all rules that have one."""
    return {row["rule"]: _pace_of(row) for row in connection.execute("select * from paces")}


def looked(connection: sqlite3.Connection, matched: Mapping[str, int], at: datetime) -> None:
    """Note that a source was read, and how many items of now matched which rule."""
    for rule, pace in read(connection).items():
        after = bursts.looked(pace, at, matches=matched.get(rule, 0))
        if after != pace:
            connection.execute("update paces set pace = ? where rule = ?", (_text(after), rule))


def rang(connection: sqlite3.Connection, alert: Alert) -> None:
    """Note that a rule rang, if it is one of these."""
    connection.execute(
        "update paces set alert = ?, rang_at = ?, severity = ? where rule = ?",
        (alert.id, micros(alert.at), str(alert.severity), alert.rule),
    )


def _text(pace: Pace) -> str:
    fields = asdict(pace)
    del fields["rang"]
    return json.dumps(fields)


def _pace_of(row: sqlite3.Row) -> Pace:
    fields = json.loads(row["pace"])
    last = None
    if at := instant(row["rang_at"]):
        last = Rang(alert=row["alert"], at=at, severity=Severity(row["severity"]))
    counts = {name: tuple(fields[name]) for name in ("today", "matches", "watched")}
    return Pace(**{**fields, **counts}, rang=last)
