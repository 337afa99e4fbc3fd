"""What the daemon goes by: one row, written by it and read by those who ask from outside."""

import json
import sqlite3
from dataclasses import fields

from monitor.store import Service
from monitor.store.sqlite.rows import instant, micros

NAMES = tuple(field.name for field in fields(Service))


def write(connection: sqlite3.Connection, service: Service) -> None:
    """Keep `service` in the place of the one before."""
    values = {
        name: getattr(service, name) for name in NAMES if name not in ("started_at", "read_at", "rules")
    }
    connection.execute(
        f"insert or replace into service (one, {', '.join(NAMES)}) values (1, {', '.join(f':{n}' for n in NAMES)})",
        {
            **values,
            "started_at": micros(service.started_at),
            "read_at": micros(service.read_at),
            "rules": json.dumps(service.rules, ensure_ascii=False),
        },
    )


def read(connection: sqlite3.Connection) -> Service | None:
    """Return what the daemon that runs, or ran last, goes by."""
    row = connection.execute("select * from service").fetchone()
    if row is None:
        return None
    values = {name: row[name] for name in NAMES}
    return Service(
        **{
            **values,
            "started_at": instant(row["started_at"]),
            "read_at": instant(row["read_at"]),
            "rules": tuple(json.loads(row["rules"])),
        }
    )
