"""Look at the store: items, alerts, sources, why."""

import json
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.places import ConfigOption, JsonOption, StateOption, goes_by, maybe_load, reached, reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from monitor.config import Config
    from monitor.model import Item, Span
    from monitor.store import Service

MOST = 2**31  # of what is listed; SQLite counts no further than 2**63


def _countable(limit: int) -> int:
    return min(limit, MOST)


LimitOption = Annotated[
    int,
    typer.Option(
        "--limit", "-n", metavar="N", min=1, callback=_countable, help="At most so many, newest first."
    ),
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(items)
    app.command()(alerts)
    app.command()(sources)
    app.command()(why)


def items(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Only items that this query matches.")] = "",
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Show stored items, or those that a query matches."""
    from monitor.cli import printing
    from monitor.core.telling.render import item_json

    found = 0
    loaded = maybe_load(config, state)
    with reading(loaded, state) as store:
        for item, spans in _matching(store, query, limit, loaded):
            found += 1
            print(json.dumps(item_json(item), ensure_ascii=False) if as_json else printing.item(item, spans))
    if not found and not as_json:
        print("no stored item matches" if query else "no items are stored yet", file=sys.stderr)


def _matching(
    store: "sqlite3.Connection", query: str, limit: int, loaded: "Config | None"
) -> "Iterator[tuple[Item, tuple[Span, ...]]]":
    from monitor.answers.finding import matching
    from monitor.cli import typed
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite.asked import reading as ask

    if not query:
        for item in ask.items(store, limit=limit):
            yield item, ()
        return
    asked = typed.query(query, loaded.aliases) if loaded else typed.query(query)
    yield from islice(matching(store, asked, SystemClock().now()), limit)


def alerts(
    limit: LimitOption = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Show what rang, newest first."""
    from monitor.cli import printing
    from monitor.core.telling.render import alert_json
    from monitor.store.sqlite.asked import reading as ask

    with reading(maybe_load(config, state), state) as store:
        rows = ask.alerts(store, limit=limit)
    for alert in rows:
        print(json.dumps(alert_json(alert), ensure_ascii=False) if as_json else printing.alert(alert))
    if not rows and not as_json:
        print("nothing has rung yet", file=sys.stderr)


def sources(
    plan: Annotated[
        bool, typer.Option("--plan", help="How the polls are shared out, and what more would buy.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Show each source and how it does."""
    from monitor.answers.sources import source_json
    from monitor.cli import printing
    from monitor.store.sqlite import services
    from monitor.store.sqlite.asked import reading as ask

    loaded = maybe_load(config, state)
    if plan:
        return _plan(as_json, loaded, state)
    with reading(loaded, state) as store:
        rows, service = ask.sources(store), services.read(store)
    for row in rows:
        print(json.dumps(source_json(row), ensure_ascii=False) if as_json else printing.source(row))
    if rows and not as_json:
        _say_if_out_of_date(service, loaded, state)
    return None


def _plan(as_json: bool, loaded: "Config | None", state: "Path | None") -> None:
    from monitor.answers import sources as answers
    from monitor.cli import rhythms
    from monitor.store.sqlite.asked import reading as ask

    configured = {source.name: source for source in loaded.sources} if loaded else {}
    with reading(loaded, state) as store:
        found = answers.of(store, ask.sources(store), configured, alone=False)
        whole = answers.planned(store, found)
    if as_json:
        for it in found:
            print(json.dumps(answers.as_json(it), ensure_ascii=False))
        print(json.dumps(answers.plan_json(whole)))
        return
    for line in rhythms.plan_lines(found, whole):
        print(line)


def why(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help='A source; an item\'s URL or "words of its headline"; an id of an item, an alert or a delivery.',
        ),
    ],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Tell the whole life of an item, a source or an alert."""
    from monitor.answers import life
    from monitor.cli import life as telling
    from monitor.store.sqlite import services

    loaded = maybe_load(config, state)
    configured = {source.name: source for source in loaded.sources} if loaded else {}
    with reading(loaded, state) as store:
        lives = life.of(store, what, loaded.rules if loaded else (), configured)
        service = services.read(store)
    if note := _other_rules(service, loaded, state):
        print(note, file=sys.stderr)
    elif lives.found and not as_json:
        _say_if_out_of_date(service, loaded, state)
    for one in lives.found:
        print(json.dumps(life.as_json(one), ensure_ascii=False) if as_json else "\n".join(telling.lines(one)))
    for line in lives.unseen:
        print(line, file=sys.stderr)
    if not lives.found:
        raise typer.Exit(1)


def _say_if_out_of_date(service: "Service | None", loaded: "Config | None", state: Path | None) -> None:
    """Say on stderr why what the store and the file say is not what happens now: no daemon runs, or not by this text."""
    if not _runs(loaded, state):
        print("no daemon runs: this is how the last one left it; `newsbell run` starts one", file=sys.stderr)
    elif service and loaded and goes_by(service, loaded) and (changed := _changed_since(service, loaded)):
        from monitor.cli import printing

        print(
            f"{changed} was changed after the daemon read it, {printing.at(service.read_at)}; `newsbell reload` brings it into effect",
            file=sys.stderr,
        )


def _changed_since(service: "Service", loaded: "Config") -> Path | None:
    """Return a file of the configuration that was written after the daemon read it, None where there is none."""
    for file in loaded.document.files if loaded.document else ():
        with suppress(OSError):
            if file.stat().st_mtime > service.read_at.timestamp():
                return file
    return None


def _runs(loaded: "Config | None", state: Path | None) -> bool:
    from monitor.daemon.system import lock

    where = reached(loaded, state)
    return bool(where.socket) or lock.holder(where.directory) is not None


def _other_rules(service: "Service | None", loaded: "Config | None", state: Path | None) -> str:
    """Return what to say where the daemon's rules are not those that are shown."""
    if service is None or (loaded and goes_by(service, loaded)):
        return ""
    shown = (
        f"rules are shown as {loaded.path} has them" if loaded else "without a configuration no rule is shown"
    )
    runs = _runs(loaded, state)
    return f"{shown}; the {'daemon goes' if runs else 'last daemon went'} by {service.config}"
