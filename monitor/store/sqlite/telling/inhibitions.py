"""What inhibits what: kept with the alerts, so that it is decided in their transaction."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from monitor.core.telling import inhibition, matchers
from monitor.core.telling.hearing import Hold
from monitor.model import Alert, AlertType, Inhibition, Matcher
from monitor.store.sqlite.rows import alert_of, micros
from monitor.store.sqlite.telling.silences import rooted

ALONE = (AlertType.DIGEST, AlertType.TEST)  # neither inhibit nor are inhibited


def sync(connection: sqlite3.Connection, inhibitions: Iterable[Inhibition]) -> None:
    """Let these hold from now on. What others held comes due when it would have."""
    connection.execute("delete from inhibitions")
    connection.executemany(
        "insert into inhibitions (name, inhibition) values (?, ?)",
        [(one.name, json.dumps(asdict(one), ensure_ascii=False)) for one in inhibitions],
    )


def _listed(connection: sqlite3.Connection) -> list[Inhibition]:
    rows = connection.execute("select inhibition from inhibitions order by rowid").fetchall()
    return [_inhibition(**json.loads(row["inhibition"])) for row in rows]


def _inhibition(
    *, name: str, source: list[dict[str, str]], target: list[dict[str, str]], equal: list[str], within: float
) -> Inhibition:
    return Inhibition(
        name=name,
        source=tuple(Matcher(**one) for one in source),  # type: ignore[arg-type]  # as they were written
        target=tuple(Matcher(**one) for one in target),  # type: ignore[arg-type]
        equal=tuple(equal),
        within=within,
    )


def hold(connection: sqlite3.Connection, alert: Alert, now: datetime) -> Hold | None:
    """Return by which alert that rang before, and until when, one that is about to ring is held; None if by none."""
    if alert.type in ALONE or not (all_ := _listed(connection)):
        return None
    here = rooted(connection, alert)
    aimed = inhibition.aimed_at(here, all_)
    if not aimed:
        return None
    since = now - timedelta(seconds=max(one.within for one in aimed))
    loud = {severity for one in aimed for severity in matchers.severities(one.source)}
    rows = connection.execute(
        "select * from alerts where at >= ? and severity in (select value from json_each(?)) and held = '' and id != ?"
        " and type not in (select value from json_each(?)) order by at desc",
        (micros(since), json.dumps([*loud]), alert.id, json.dumps(ALONE)),
    )
    return inhibition.hold(here, aimed, (rooted(connection, alert_of(row)) for row in rows), now)
