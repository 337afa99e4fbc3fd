"""What was told: deliveries, replay."""

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.places import ConfigOption, JsonOption, StateOption, maybe_load, place, reading

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from monitor.model import Delivery

MANY = 100_000


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(deliveries)
    app.command()(replay)


def deliveries(
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not arrive (yet).")] = False,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Only to this notifier.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many, newest first.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Show what was told, and what became of it."""
    from monitor.cli import printing
    from monitor.core.render import delivery_json
    from monitor.store.sqlite import reading as ask

    with reading(config, state) as store:
        rows = ask.deliveries(store, limit=limit, failed=failed, notifier=to)
    for delivery in rows:
        print(
            json.dumps(delivery_json(delivery), ensure_ascii=False)
            if as_json
            else printing.delivery(delivery)
        )
    if not rows and not as_json:
        print("nothing failed" if failed else "nothing was told yet", file=sys.stderr)


def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Deliveries; ids shorten like git's.")
    ] = None,
    failed: Annotated[
        bool, typer.Option("--failed", help="All that are dead or held back by trouble.")
    ] = False,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Only to this notifier.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="6h", help="Only alerts this young.")] = "",
    as_new: Annotated[bool, typer.Option("--as-new", help="Under a new webhook-id.")] = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Tell again what was told, or never arrived.

    A running daemon sends it within a second.
    """
    import asyncio
    import secrets

    from monitor.cli.failing import Usage
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite import SqliteStore

    if bool(ids) == failed:
        raise Usage("name deliveries (`newsbell deliveries` lists them), or say --failed")
    clock = SystemClock()
    with reading(config, state) as opened:
        chosen = _chosen(opened, ids or [], to=to, since=_since(since, clock.now()))
    database = place(maybe_load(config), state).database
    store = SqliteStore(database, clock)
    try:
        nonce = secrets.token_hex(8) if as_new else ""
        count = asyncio.run(store.replay([delivery.id for delivery in chosen], as_new=nonce))
    finally:
        store.close()
    print(f"{count} deliver{'y is' if count == 1 else 'ies are'} due again")


def _since(text: str, now: "datetime") -> "datetime | None":
    from monitor.cli.failing import Usage
    from monitor.config import duration

    if not text:
        return None
    try:
        return now - timedelta(seconds=duration(text))
    except ValueError as error:
        raise Usage(f"--since {text}: {error}") from error


def _chosen(
    opened: "sqlite3.Connection", ids: list[str], *, to: str, since: "datetime | None"
) -> "list[Delivery]":
    from monitor.cli.failing import Usage
    from monitor.store.sqlite import reading as ask

    if not ids:
        return ask.deliveries(opened, limit=MANY, failed=True, notifier=to, since=since)
    chosen = []
    for prefix in ids:
        found = ask.deliveries(opened, limit=2, prefix=prefix.lower(), notifier=to, since=since)
        if len(found) != 1:
            what = "is no delivery" if not found else "is the beginning of several deliveries"
            raise Usage(f"{prefix} {what}: `newsbell deliveries` lists them")
        chosen += found
    return chosen
