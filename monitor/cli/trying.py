"""Try it, nothing written: demo, watch, fetch, try."""

import json
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.places import (
    ConfigOption,
    JsonOption,
    StateOption,
    UnneededConfig,
    UnneededState,
    load,
    maybe_load,
    place,
)

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config import Config
    from monitor.model import Source


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(demo)
    app.command()(watch)
    app.command()(fetch)
    app.command("try")(try_)


def demo(
    lasts: Annotated[
        str, typer.Option("--for", metavar="20s", help="How long the newsroom publishes.")
    ] = "20s",
    config: UnneededConfig = None,
    state: UnneededState = None,
) -> None:
    """Show the main job in a newsroom in a box.

    No network, no files left.
    """
    from monitor.cli.failing import Usage
    from monitor.config import duration
    from monitor.demo import show

    try:
        seconds = duration(lasts)
    except ValueError as error:
        raise Usage(f"--for {lasts}: {error}") from error
    raise typer.Exit(show(seconds=seconds))


def fetch(
    what: Annotated[str, typer.Argument(metavar="SOURCE|URL")],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Poll once and store nothing.

    Shows the items, where their dates come from, and how often the daemon would poll.
    """
    import asyncio

    from monitor.cli import printing
    from monitor.core.cadence import Bounds
    from monitor.core.render import item_json
    from monitor.daemon import logs
    from monitor.daemon.trial import look

    logs.silence()
    loaded = maybe_load(config)
    source = _source(what, loaded)
    bounds = Bounds(min=loaded.polling.min, max=loaded.polling.max) if loaded else Bounds()
    seen = asyncio.run(
        look(
            source,
            loaded.rules if loaded else (),
            contact=loaded.manners.contact if loaded else "",
            bounds=bounds,
        )
    )
    for item in seen.items:
        if as_json:
            print(json.dumps(item_json(item), ensure_ascii=False))
        else:
            print(f"{printing.item(item)}  {printing.paint(printing.basis(item.published), printing.DIM)}")
    if seen.row.error:
        print(f"{source.name}: {seen.row.error}", file=sys.stderr)
        raise typer.Exit(1)
    if not as_json:
        dated = [item.published.latest for item in seen.items if item.published.origin != "first-seen"]
        misses = f"; may miss items: {seen.row.may_miss}" if seen.row.may_miss else ""
        window = f", from {printing.at(min(dated))} to {printing.at(max(dated))}" if dated else ", none dated"
        print(
            f"{len(seen.items)} items{window}; {seen.row.baseline_matches} match a rule; next poll {seen.row.next_why}{misses}",
            file=sys.stderr,
        )


def _source(what: str, config: "Config | None") -> "Source":
    from monitor.cli.failing import Usage
    from monitor.config import source_of_url

    for source in config.sources if config else ():
        if what in (source.name, source.url):
            return source
    if "://" not in what:
        names = ", ".join(source.name for source in config.sources) if config else ""
        raise Usage(f"{what} is neither an address nor a source" + (f" (there is: {names})" if names else ""))
    try:
        return source_of_url(what)
    except ValueError as error:
        raise Usage(f"{what}: {error}") from error


def try_(
    query: Annotated[str, typer.Argument(metavar="[QUERY]")] = "",
    text: Annotated[
        str | None, typer.Option("--text", metavar="T", help="A headline or text to try it on.")
    ] = None,
    rule: Annotated[
        str, typer.Option("--rule", metavar="NAME", help="A rule of the configuration instead.")
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Tell whether a query matches a text, and why."""
    from monitor.cli.failing import Usage
    from monitor.cli.queries import typed
    from monitor.rules.engine import Document
    from monitor.rules.explain import explain
    from monitor.rules.language import warnings

    if text is None:
        raise Usage("--text is missing: newsbell try 'nuclear OR \"dirty bomb\"' --text 'a headline'")
    if bool(query) == bool(rule):
        raise Usage("give a QUERY or --rule NAME")
    parsed = typed(query or _query_of(rule, config))
    for warning in warnings(parsed):
        print(warning, file=sys.stderr)
    verdict = explain(parsed, Document(title=text), bare=True)
    if as_json:
        spans = [{"field": s.field, "start": s.start, "end": s.end} for s in verdict.spans]
        print(
            json.dumps({"matches": verdict.matches, "spans": spans, "why": verdict.why}, ensure_ascii=False)
        )
    else:
        print("\n".join(verdict.lines()))


def _sources(urls: "list[str]") -> "list[Source]":
    """Return a source for each address, once, under a name that no other of them has."""
    from dataclasses import replace

    from monitor.config.sources import comparable, names

    once = {comparable(source.url): source for source in (_source(url, None) for url in urls)}
    named = names([source.url for source in once.values()], [])
    return [replace(source, name=name) for source, name in zip(once.values(), named, strict=True)]


def _starting(config: "Path | None", state: "Path | None") -> str:
    """Return the command that starts the daemon these options speak of."""
    options = (("--config", config), ("--state", state))
    return " ".join(["newsbell run", *(f"{name} {shlex.quote(str(path))}" for name, path in options if path)])


def _query_of(name: str, config: "Path | None") -> str:
    from monitor.cli.failing import Usage

    rules = {rule.name: rule.query for rule in load(config).rules}
    if name not in rules:
        raise Usage(f"no rule is called {name!r} (there is: {', '.join(rules)})")
    return rules[name]


def watch(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="[URL]...", help="None: attach to the daemon.")
    ] = None,
    match: Annotated[
        list[str] | None, typer.Option("--match", metavar="QUERY", help="Ring for this; may repeat.")
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Also tell this webhook.")] = "",
    every: Annotated[str, typer.Option("--every", metavar="60s", help="Poll so often.")] = "60s",
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Watch live: the daemon, or addresses by themselves.

    With addresses it is a monitor of its own and writes nothing.
    """
    import asyncio

    from monitor.cli import watching
    from monitor.cli.failing import Usage

    loaded = maybe_load(config)
    if not urls:
        if match or to:
            raise Usage("--match and --to go with addresses; the daemon's rules are in its config.toml")
        raise typer.Exit(
            asyncio.run(watching.attached(place(loaded, state), loaded, start=_starting(config, state)))
        )
    plan = watching.plan(_sources(urls), match or [], to, every)
    raise typer.Exit(asyncio.run(watching.alone(plan, loaded)))
