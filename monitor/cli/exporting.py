"""Export: the feeds of the configuration as a list, or all that is stored of a kind."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from monitor.cli.places import ConfigOption, StateOption, load, maybe_load, reading

if TYPE_CHECKING:
    from monitor.model import JSON

ROWS = ("jsonl", "csv")
FORMATS = {"feeds": ("opml", "urls"), "items": ROWS, "alerts": ROWS, "deliveries": ROWS, "evidence": ROWS}
ITEM = (
    *("id", "source", "title", "url", "summary"),
    *("published.earliest", "published.latest", "published.origin", "published.zone", "published.sure"),
    *("first_seen", "revision", "story"),
)
COLUMNS: dict[str, Sequence[str]] = {
    "items": ITEM,
    "alerts": (
        *("id", "type", "rule", "severity", "at", "source", "sentence"),
        *("held.reason", "held.until", "held.joins", *(f"item.{name}" for name in ITEM)),
    ),
    "deliveries": (
        "id",
        "alert",
        "notifier",
        "state",
        "reason",
        "until",
        "in",
        "joins",
        "attempts",
        "last_error",
    ),
    "evidence": ("item", "revision", "at", "source", "url", "body_sha256", "snippet_base64"),
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet begins to calculate (CWE-1236)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(hidden=True)(export)


def export(
    what: Annotated[
        str,
        typer.Argument(metavar="WHAT", help="feeds (the default), items, alerts, deliveries or evidence."),
    ] = "feeds",
    form: Annotated[
        Literal["opml", "urls", "jsonl", "csv"] | None,
        typer.Option("--format", help="opml or urls (newsboat's) of feeds, jsonl or csv of the others."),
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="7d", help="Only what came within this time.")
    ] = "",
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Print the feeds of the configuration, or all that is stored.

    Feeds as a list that other readers import; items, alerts and deliveries, oldest first, as --json of the
    commands prints them, or as a table with the same names; evidence is what bodies said of items.
    """
    from monitor.cli import typed
    from monitor.cli.failing import Usage
    from monitor.daemon.clock import SystemClock

    typed.one_of(FORMATS, what, what="such list", option="export")
    chosen = form or FORMATS[what][0]
    if chosen not in FORMATS[what]:
        raise Usage(f"--format: {what} are written as {' or '.join(FORMATS[what])}, not as {chosen}")
    if what == "feeds":
        if since:
            raise Usage("--since is for items, alerts, deliveries and evidence")
        _feeds(config, state, chosen)
        return
    young = timedelta(seconds=typed.seconds(since, option="--since")) if since else None
    with reading(maybe_load(config), state) as store:
        from monitor.core.telling import render
        from monitor.store.sqlite.asked import exporting as ask
        from monitor.store.sqlite.items import evidence

        kinds: dict[str, tuple[Callable[..., Iterator[Any]], Callable[..., dict[str, JSON]]]] = {
            "items": (ask.items, render.item_json),
            "alerts": (ask.alerts, render.alert_json),
            "deliveries": (ask.deliveries, render.delivery_json),
            "evidence": (evidence.since, render.evidence_json),
        }
        stored, as_json = kinds[what]
        found = map(as_json, stored(store, SystemClock().now() - young if young else None))
        if chosen == "csv":
            _table(found, COLUMNS[what])
        else:
            for one in found:
                print(json.dumps(one, ensure_ascii=False))


def _table(found: "Iterable[dict[str, JSON]]", columns: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout)  # RFC 4180
    writer.writerow([name.replace(".", "_") for name in columns])
    for one in found:
        writer.writerow([_cell(one, name) for name in columns])


def _cell(value: "JSON", name: str) -> str:
    r"""Return what a nested object has under a dotted name; a text that would be calculated begins with an apostrophe.

    >>> [_cell({"a": {"b": it}}, "a.b") for it in (None, True, -3, "=1+1")]
    ['', 'true', '-3', "'=1+1"]
    """
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return ""
    if not isinstance(value, str):
        return json.dumps(value)
    return f"'{value}" if value.startswith(FORMULA) else value


def _feeds(config: Path | None, state: Path | None, form: str) -> None:
    from monitor.config import lists
    from monitor.config.lists.importing import exported

    feeds, others = exported(load(config, state, looking=True).sources)
    print(lists.write(feeds, "urls" if form == "urls" else "opml"), end="")
    if others:
        names = ", ".join(source.name for source in others)
        print(f"left out, for lists name feeds only: {names}", file=sys.stderr)
