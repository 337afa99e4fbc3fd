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
    reading,
    require,
)

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.config import Config
    from monitor.model import Rule, Source
    from monitor.rules.query.tree import Query


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
    from monitor.cli import typed
    from monitor.demo import show

    raise typer.Exit(show(seconds=typed.seconds(lasts, option="--for")))


def fetch(
    what: Annotated[
        str, typer.Argument(metavar="SOURCE|URL", help="A source of the configuration, or any address.")
    ],
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Poll once and store nothing.

    Shows the items, where their dates come from, and how often the daemon would poll.
    """
    import asyncio

    from monitor.cli import printing
    from monitor.cli.rhythms import advised
    from monitor.config.text.secrets import quoted
    from monitor.core.cadence import Bounds
    from monitor.core.plurals import count
    from monitor.core.telling.render import item_json
    from monitor.daemon.system import logs
    from monitor.daemon.trial import look

    logs.silence()
    loaded = maybe_load(config, needed="://" not in what)
    source = _source(what, loaded)
    if loaded and source in loaded.sources:
        require(config, None, f"source {quoted(source.name)}")
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
        print(f"{source.name}: {seen.row.error}{_login(seen.row.error_code, source)}", file=sys.stderr)
        raise typer.Exit(1)
    if not as_json:
        dated = [item.published.latest for item in seen.items if item.published.dated]
        misses = f"; may miss items: {seen.row.may_miss}" if seen.row.may_miss else ""
        said = advised(seen.row.advice)
        says = f"; the feed says: {said}" if said else ""
        window = f", from {printing.at(min(dated))} to {printing.at(max(dated))}" if dated else ", none dated"
        print(
            f"{count(len(seen.items), 'item')}{window}; {seen.row.baseline_matches} {'matches' if seen.row.baseline_matches == 1 else 'match'} a rule; next poll {seen.row.next_why}{misses}{says}",
            file=sys.stderr,
        )


def _source(what: str, config: "Config | None") -> "Source":
    """Return the source of this name or address; raises Usage."""
    from monitor.cli.failing import Usage
    from monitor.config.reading import checks
    from monitor.core.telling.render import safe

    sources = config.sources if config else ()
    for source in sources:
        if what in (source.name, source.url):
            return source
    names = [source.name for source in sources]
    if "/" in what or ("." in what and not checks.meant(what, names)):
        return _addressed(what)
    hint = checks.known(what, names, says="there is")
    raise Usage(f"{safe(what) or repr(what)} is neither an address nor a source{hint}")


def _login(code: str, source: "Source") -> str:
    """Return what to write where a publisher wants to know who asks, "" where that is not it or was written."""
    if code != "http-401" or source.access.headers:
        return ""
    return ": it wants a login; write auth, headers or cookies into its [source.NAME]"


def _addressed(url: str) -> "Source":
    """Return the source that an address alone makes; raises Usage."""
    from monitor.cli import typed
    from monitor.config.tables.sources import of_url

    return of_url(typed.address(url))


def try_(
    query: Annotated[
        str, typer.Argument(metavar="QUERY", help='What to look for: a AND (b OR "c d") -e.')
    ] = "",
    text: Annotated[
        str | None, typer.Option("--text", metavar="T", help="A headline or text to try it on.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="7d", help="Try it on the items stored since then.")
    ] = "",
    rule: Annotated[
        str, typer.Option("--rule", metavar="NAME", help="A rule of the configuration instead.")
    ] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Tell whether a query matches a text, and why.

    With --since, which stored items it matches: how often it would have rung.
    """
    from monitor.cli import typed
    from monitor.cli.failing import Usage
    from monitor.model import Rule
    from monitor.rules.matching.document import Document
    from monitor.rules.matching.explain import explain
    from monitor.rules.matching.unrung import unrung
    from monitor.rules.query.aliases import NONE
    from monitor.rules.query.language import warnings

    if (text is None) is not bool(since):
        raise Usage("give --text or --since: newsbell try 'nuclear OR \"dirty bomb\"' --text 'a headline'")
    if bool(query) == bool(rule):
        raise Usage("give a QUERY or --rule NAME")
    loaded = (
        load(config, state, looking=True) if rule else maybe_load(config)
    )  # a query needs none, but a broken one is told
    yours = loaded.aliases if loaded else NONE
    asked = _rule_of(rule, loaded) if rule and loaded else Rule(name="", query=query)
    parsed = typed.query(asked.query, yours)
    for warning in (*warnings(parsed), *unrung(parsed)):
        print(warning, file=sys.stderr)
    if text is None:
        _try_since(parsed, asked, since, as_json, config, state)
        return
    verdict = explain(parsed, Document(title=text), bare=True)
    if as_json:
        spans = [{"field": s.field, "start": s.start, "end": s.end} for s in verdict.spans]
        print(
            json.dumps({"matches": verdict.matches, "spans": spans, "why": verdict.why}, ensure_ascii=False)
        )
    else:
        print("\n".join(verdict.lines()))


def _try_since(
    query: "Query", rule: "Rule", since: str, as_json: bool, config: "Path | None", state: "Path | None"
) -> None:
    from datetime import timedelta

    from monitor.answers.past import Past, judged
    from monitor.cli import printing, typed
    from monitor.core.telling.render import item_json
    from monitor.daemon.clock import SystemClock
    from monitor.store.sqlite.asked import reading as ask

    seconds = typed.seconds(since, option="--since")
    now = SystemClock().now()
    begins = now - timedelta(seconds=seconds)
    with reading(maybe_load(config), state) as store:
        found = list(judged(store, query, since=begins))
        of = ask.count_since(store, begins)
    for item, spans in found:
        print(json.dumps(item_json(item), ensure_ascii=False) if as_json else printing.item(item, spans))
    matched = tuple(item for item, _ in found)
    past = Past(rule=rule, since=begins, until=now, of=of, matched=matched)
    print(past.sentence(), file=sys.stderr if as_json else sys.stdout)


def _sources(urls: "list[str]", config: "Config | None") -> "list[Source]":
    """Return a source for each address, once, under a name that no other of them has; raises Usage."""
    from dataclasses import replace

    from monitor.cli.failing import Usage
    from monitor.config.tables.sources import comparable, names

    for source in config.sources if config else ():
        if source.name in urls:
            raise Usage(
                f"{source.name} is a source; give its address: newsbell watch {shlex.quote(source.url)}"
            )
    once = {comparable(source.url): source for source in map(_addressed, urls)}
    named = names([source.url for source in once.values()], [])
    return [replace(source, name=name) for source, name in zip(once.values(), named, strict=True)]


def _starting(config: "Path | None", state: "Path | None") -> str:
    """Return the command that starts the daemon these options speak of."""
    options = (("--config", config), ("--state", state))
    return " ".join(["newsbell run", *(f"{name} {shlex.quote(str(path))}" for name, path in options if path)])


def _rule_of(name: str, config: "Config") -> "Rule":
    from monitor.cli import typed

    rules = {rule.name: rule for rule in config.rules}
    return rules[typed.one_of(rules, name, what="rule", option="--rule")]


def watch(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL", help="None: attach to the daemon.")
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
    from pathlib import Path

    from monitor.cli.failing import Usage

    if not urls:
        from monitor.cli.watching import attached

        if match or to:
            raise Usage("--match and --to go with addresses; the daemon's rules are in its config.toml")
        raise typer.Exit(asyncio.run(attached(config, state, start=_starting(config, state))))
    loaded = maybe_load(config)
    from monitor.cli.alone import alone, plan
    from monitor.cli.saving import Saving

    sources = _sources(urls, loaded)
    todo = plan(sources, match or [], to, every)
    saving = Saving(path=Path("config.toml"), sources=sources, rules=todo.rules, every=every, to=to)
    raise typer.Exit(asyncio.run(alone(todo, loaded, saving)))
