"""Lists of feeds: import."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.extending import Desk, DryRunOption, TagOption
from monitor.cli.places import ConfigOption, UnneededState, maybe_load
from monitor.core.telling.render import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.config.lists import FeedList
    from monitor.rules.query.newsboat import Filter

NAMED = 20  # addresses that are told one by one
_ADDRESS = re.compile(r"(https?):/+", re.IGNORECASE)  # of which a path keeps one slash
END = 150  # characters of a long sentence that are told, from its start and from its end


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("import")(import_)


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="OPML, newsboat's urls, or addresses; - is stdin.")
    ],
    tag: TagOption = None,
    dry_run: DryRunOption = False,
    newsboat: Annotated[
        bool, typer.Option("--newsboat", help="Print the filters of newsboat's config or urls as rules.")
    ] = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Add the feeds of a list to config.toml.

    Folders and categories become tags. Feeds that are watched already are skipped.
    """
    from monitor.cli import typed
    from monitor.config.lists.importing import plan
    from monitor.core.plurals import count

    if newsboat:
        _print_filters(file, config)
        return

    tags = [typed.tag(word) for word in tag or ()]
    desk = Desk.open(config)
    found = _read(file)
    watched = desk.config.sources if desk.config else ()
    planned = plan(found, watched, tags=tags, untagged=_untagged(file))
    _tell(file, found)
    desk.write(planned.feeds, {}, dry_run=dry_run)
    counts = (
        f"{count(planned.new, 'feed')} {'would be ' if dry_run else ''}added under {count(len(planned.feeds), 'tag')}",
        f"{len(planned.known)} watched already",
        f"{len(found.twice)} said twice",
        f"{count(len(found.refused), 'line')} not read",
    )
    print(f"{file} -> {desk.path}: {', '.join(counts)}", file=sys.stderr if dry_run else sys.stdout)
    if not found.feeds:
        raise typer.Exit(1)


def _print_filters(file: Path, config: Path | None) -> None:
    """Print newsboat's filters as a table of rules, and say which mean what rules have no word for."""
    from monitor.config import lists
    from monitor.config.editing import rule
    from monitor.config.lists.listing import shown
    from monitor.core.plurals import count
    from monitor.core.text import clean
    from monitor.rules.errors import QueryError
    from monitor.rules.query.newsboat import filters

    found = list(filters(lists.text_of(_body(file))))
    watched = _watched(config) if any(one.feed for one in found) else {}
    refused = 0
    print("[rule]")
    for one in found:
        try:
            query = _query(one, watched)
        except (QueryError, ValueError) as error:
            refused += 1
            print(f"{file}:{one.line}: {shown(one.expression)}: {_short(str(error))}", file=sys.stderr)
        else:
            named = f"{'-'.join(clean(one.name).split())}-{one.line}"
            print(f"# {rule(named, query)}" if one.ignores else rule(named, query))
    ignored = any(one.ignores for one in found)
    hint = "; what ignore-article excludes would ring: write it as NOT in other rules" if ignored else ""
    left = f", {refused} not read" if refused else ""
    print(f"{file}: {count(len(found), 'filter')}{left}{hint}", file=sys.stderr)
    if len(found) == refused:
        raise typer.Exit(1)


def _query(one: "Filter", watched: "Mapping[str, str]") -> str:
    """Return a filter as a query, `watched` being the names of sources by address; raises QueryError and ValueError."""
    from monitor.config.text.secrets import redacted
    from monitor.rules.query.newsboat import of_source, translated

    query = translated(one.expression)
    if not one.feed:
        return query
    if name := watched.get(_comparable(one.feed)):
        return of_source(query, name)
    raise ValueError(f"it is for {redacted(one.feed)} alone, which is the address of no source: add it first")


def _comparable(feed: str) -> str:
    from monitor.config.tables.sources import feed_behind

    try:
        return feed_behind(feed)
    except ValueError:  # no address
        return ""


def _watched(config: Path | None) -> "Mapping[str, str]":
    from monitor.config.tables.sources import comparable

    loaded = maybe_load(config)
    return {comparable(source.url): source.name for source in loaded.sources} if loaded else {}


def _short(sentence: str) -> str:
    """Return a sentence that may quote a whole filter, for one line of a terminal: its ends, where it is long.

    >>> len(_short("(" * 20_000))
    303
    """
    said = safe(sentence)
    return said if len(said) <= 2 * END else f"{said[:END]} … {said[-END:]}"


def _read(file: Path) -> "FeedList":
    from monitor.config import lists

    body = _body(file)
    try:
        return lists.read(body)
    except ValueError as error:
        print(f"{file}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _body(file: Path) -> bytes:
    """Return the bytes of a file or of standard input; exits with 1 where there are none, raises Usage for an address."""
    from monitor.cli.failing import Usage
    from monitor.config import lists
    from monitor.config.text.secrets import redacted

    if address := _ADDRESS.match(str(file)):
        url = safe(redacted(f"{address[1]}://{str(file)[address.end() :]}"))
        raise Usage(f"{url} is an address: save the list in a file first; of a feed, `newsbell add {url}`")
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else lists.body_of(file)
    except ValueError as error:
        print(f"{file}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _tell(file: Path, found: "FeedList") -> None:
    """Name what was not read, and what stands twice."""
    if found.broken:
        print(f"{file}: not well-formed ({found.broken}); read by its tags", file=sys.stderr)
    for one in found.refused:
        print(f"{file}:{one.line}: {safe(one.sentence)}", file=sys.stderr)
    for twice in found.twice[:NAMED]:
        print(f"{file}:{twice.line}: {safe(twice.url)} stands above already", file=sys.stderr)
    if len(found.twice) > NAMED:
        print(f"{file}: … and {len(found.twice) - NAMED} more that stand twice", file=sys.stderr)


def _untagged(file: Path) -> str:
    from monitor.config.lists.listing import tags_of

    return next(iter(tags_of([file.stem if str(file) != "-" else ""])), "imported")
