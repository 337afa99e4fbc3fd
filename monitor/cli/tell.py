"""What was told: deliveries, replay."""

import json
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.look import LimitOption
from monitor.cli.places import ConfigOption, JsonOption, StateOption, maybe_load, reached, reading, writing

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from monitor.config import Config


WEEK = "7d"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(deliveries)
    app.command()(replay)


def deliveries(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID",
            help="Only these, or those of these alerts, with every attempt; ids shorten like git's.",
        ),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what did not arrive (yet).")] = False,
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Only to this notifier.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="6h", help="Only of alerts this young.")] = "",
    latency: Annotated[
        bool,
        typer.Option(
            "--latency",
            help="How long alerts took, by source and by notifier: the median, the 95th percentile and the worst;"
            " of the last 7 days, where --since says no other.",
        ),
    ] = False,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Show what was told, and what became of it."""
    from monitor.cli import printing
    from monitor.cli.failing import Usage
    from monitor.core.telling.render import delivery_json
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite.asked import reading as ask

    if latency and (ids or failed):
        raise Usage("--latency is of all that was told: it goes with --since, --to and --json")
    loaded, now = maybe_load(config, state), SystemClock().now()
    with reading(loaded, state) as store:
        _refuse_unknown(to, store, loaded)
        if latency:
            return _latencies(store, since or WEEK, now, to=to, as_json=as_json)
        if ids:
            return _ledgers(store, ids, to=to, as_json=as_json)
        rows = ask.deliveries(store, limit=limit, failed=failed, notifier=to, since=_since(since, now))
        held = 0 if to or since or failed else ask.totals(store).held  # it is of all
    for delivery in rows:
        print(
            json.dumps(delivery_json(delivery), ensure_ascii=False)
            if as_json
            else printing.delivery(delivery)
        )
    if held and not as_json:
        print(f"held back, to be told later: {held:,}", file=sys.stderr)
    if not rows and not as_json:
        print(_nothing(failed=failed, to=to, since=since), file=sys.stderr)
    return None


def _nothing(*, failed: bool, to: str, since: str) -> str:
    """Return what to say where nothing is listed: of no more than was asked for.

    >>> _nothing(failed=False, to="", since=""), _nothing(failed=True, to="desk", since="6h")
    ('nothing was told yet', 'nothing of what is for desk failed in the last 6h')
    """
    what = f"nothing of what is for {to}" if to else "nothing"
    when = f" in the last {since}" if since else "" if failed else " yet"
    return f"{what} {'failed' if failed else 'was told'}{when}"


def _latencies(store: "sqlite3.Connection", since: str, now: "datetime", *, to: str, as_json: bool) -> None:
    from monitor.answers import latencies
    from monitor.cli import printing

    found = latencies.of(store, _ago(since, now), notifier=to)
    if as_json:
        for one in found:
            print(json.dumps(latencies.as_json(one), ensure_ascii=False))
    elif found:
        print("\n".join(printing.latencies(found)))
    else:
        heard = f" to {to}" if to else ""
        print(f"no alert of a new item was told{heard} in the last {since}", file=sys.stderr)


def _ledgers(store: "sqlite3.Connection", ids: list[str], *, to: str, as_json: bool) -> None:
    from monitor.answers import finding, ledger
    from monitor.cli import printing
    from monitor.cli.failing import Usage

    try:
        chosen = finding.meant(store, ids, to=to, since=None)
    except finding.NotMeant as error:
        raise Usage(str(error)) from error
    for one in ledger.ledgers(store, chosen):
        if as_json:
            print(json.dumps(ledger.ledger_json(one), ensure_ascii=False))
        else:
            print("\n".join([printing.delivery(one.delivery), *printing.ledger(one)]))


def replay(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", help="Deliveries, or alerts to all they were told; ids shorten like git's."
        ),
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

    from monitor.answers import finding
    from monitor.cli import printing
    from monitor.cli.failing import Usage
    from monitor.core.plurals import count
    from monitor.core.telling import outage
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite.asked import reading as ask

    if bool(ids) == failed:
        raise Usage("name deliveries (`newsbell deliveries` lists them), or say --failed")
    loaded = maybe_load(config, state)
    young = _since(since, SystemClock().now())
    with reading(loaded, state) as opened:
        _refuse_unknown(to, opened, loaded)
        try:
            chosen = finding.meant(opened, ids or [], to=to, since=young)
        except finding.NotMeant as error:
            raise Usage(str(error)) from error
        names = sorted({delivery.notifier for delivery in chosen})
        waits = [outage.away(ask.receiver(opened, name), printing.at) for name in names]
    nonce = secrets.token_hex(8) if as_new else ""
    with writing(reached(loaded, state)) as store:
        done = asyncio.run(store.replay([delivery.id for delivery in chosen], as_new=nonce))
    print(f"{count(done, 'delivery', 'deliveries')} {'is' if done == 1 else 'are'} due again")
    for why in filter(None, waits):
        print(f"but {why}", file=sys.stderr)


def _since(text: str, now: "datetime") -> "datetime | None":
    return _ago(text, now) if text else None


def _ago(text: str, now: "datetime") -> "datetime":
    from monitor.cli import typed

    return now - timedelta(seconds=typed.seconds(text, option="--since"))


def _refuse_unknown(name: str, opened: "sqlite3.Connection", config: "Config | None") -> None:
    """Raise Usage for a notifier that neither the configuration nor the store knows."""
    from monitor.cli import typed
    from monitor.store.sqlite.asked import reading as ask

    if name:
        names = {*ask.notifiers(opened), *(config.notifiers if config else ())}
        typed.one_of(names, name, what="notifier", option="--to")
