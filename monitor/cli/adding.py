"""Add a source: what is at its address is fetched and shown before it is written."""

import re
import sys
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.extending import Desk, DryRunOption, TagOption
from monitor.cli.places import ConfigOption, UnneededState
from monitor.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from monitor.daemon.reading.discover import Found, Search
    from monitor.model import Entry, Proposal, Source

USUAL = "auto"  # the type of an address alone
STILL_LIVES = timedelta(days=7)  # since the newest item; the pace of an older one tells nothing
ROWS = 10  # of a page that are shown
HEADLINES = 3  # of a feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that may be written: a feed, or a way to read the page."""

    url: str
    kind: str
    said: Sequence[str]  # lines for people
    options: "Mapping[str, object]" = field(default_factory=dict)  # the kind's own keys


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(add)


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="A feed, or a site: its feed is looked for.")],
    name: Annotated[str, typer.Option("--name", metavar="N", help="Name it, in a table of its own.")] = "",
    tag: TagOption = None,
    dry_run: DryRunOption = False,
    force: Annotated[bool, typer.Option("--force", help="Add this address, feed or not.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the best without asking.")] = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Fetch an address, find its feed, and add it to config.toml.

    Of a page without a feed it proposes selectors and shows the rows that they read.
    """
    from monitor.cli import typed
    from monitor.daemon.system import logs

    logs.silence()
    url, tags = typed.address(url), [typed.tag(word) for word in tag or ()]
    desk = Desk.open(config)
    _refuse_name(name, desk)
    if watched := _watched(url, desk):
        _tag_more(url, watched, tags, desk, dry_run=dry_run)
        return
    choice = _chosen(url, desk, yes=yes, force=force)
    if watched := _watched(choice.url, desk):
        _tag_more(choice.url, watched, tags, desk, dry_run=dry_run)
        return
    for line in choice.said:
        print(line, file=sys.stderr)
    feeds, sources = _additions(choice, name, tags, desk)
    desk.write(feeds, sources, dry_run=dry_run)
    if not dry_run:
        print(f"{desk.path}: added {choice.url} as {_place(feeds, sources)}; next `newsbell check`")


def _refuse_name(name: str, desk: Desk) -> None:
    from monitor.cli import typed
    from monitor.cli.failing import Usage

    if not name:
        return
    typed.name(name)
    for source in desk.config.sources if desk.config else ():
        if source.name == name:
            raise Usage(f"--name {name}: {source.url} is called so already")


def _watched(url: str, desk: Desk) -> "Source | None":
    """Return the source that has this address, None if none has."""
    from monitor.config.tables.sources import comparable, feed_behind

    wanted = feed_behind(url)
    sources = desk.config.sources if desk.config else ()
    return next((source for source in sources if comparable(source.url) == wanted), None)


def _tag_more(url: str, source: "Source", tags: Sequence[str], desk: Desk, *, dry_run: bool) -> None:
    """Give a source that is watched already the tags that it lacks; exits with 1 where its table must."""
    from monitor.config.editing import heading

    lacking = [tag for tag in tags if tag not in source.tags]
    known = f"{url} is watched already, as {source.name}"
    if not lacking:
        print(f"{known}; nothing to add", file=sys.stderr)
        return
    if desk.has_table(source.name):
        written = ", ".join(f'"{tag}"' for tag in (*source.tags, *lacking))
        print(f"{known}; write tags = [{written}] into its {heading(source.name)}", file=sys.stderr)
        raise typer.Exit(1)
    desk.write({tag: [url] for tag in lacking}, {}, dry_run=dry_run)
    if not dry_run:
        print(f"{desk.path}: {known}; now under {', '.join(lacking)} too")


# -- what there is ----------------------------------------------------------------------------


def _chosen(url: str, desk: Desk, *, yes: bool, force: bool) -> Choice:
    """Return what to write; exits with 1 where there is nothing."""
    import asyncio

    from monitor.config.tables.presets import polled
    from monitor.daemon.reading.discover import explore

    contact = desk.config.manners.contact if desk.config else ""
    address, kind = polled(url)  # a channel's or a profile's page stands for its feed
    kinds = [kind] if kind != USUAL else _kinds()
    search, proposals = asyncio.run(explore(address, kinds, contact=contact, only=force))
    choices = [_feed(found, desk) for found in search.found]
    choices += [_page(url, proposal, desk) for proposal in proposals]
    choices = [replace(it, url=url, kind=USUAL) if it.url == address != url else it for it in choices]
    if choices:
        if search.instead:
            print(f"{url}: {search.trouble}; of its site instead:", file=sys.stderr)
        return _one_of(choices, url, desk, yes=yes)
    if force:
        return Choice(url=url, kind=USUAL, said=[f"{url}: {search.trouble}; added all the same"])
    print(f"{url}: {search.trouble}{_looked(search)}; --force adds it all the same", file=sys.stderr)
    raise typer.Exit(1)


def _looked(search: "Search") -> str:
    from monitor.core.plurals import count

    if search.asked <= 1:
        return ""
    left = f", {search.left} more were left" if search.left else ""
    return f"; no feed at the {count(search.asked - 1, 'address', 'addresses')} where one might be{left}"


def _kinds() -> list[str]:
    """Return the types to try on a body: what it says itself, then those that nothing in it announces."""
    from monitor.config.reading.checks import Wrong
    from monitor.config.reading.kinds import SOURCES, fields

    usable = [USUAL]
    for name in SOURCES.names():
        try:
            kind = SOURCES.load(name)
        except Wrong:  # somebody else's module that cannot be loaded
            continue
        if name not in {USUAL, "feed"} and not hasattr(kind, "recognises"):
            usable += [] if any(one.required for one in fields(kind)) else [name]
    return usable


def _one_of(choices: list[Choice], url: str, desk: Desk, *, yes: bool) -> Choice:
    """Return the first of several, or on a terminal the one that the user picks."""
    if len(choices) == 1:
        return choices[0]
    watched = [_watched(choice.url, desk) for choice in choices]
    asks = sys.stdin.isatty() and sys.stderr.isatty() and not yes
    if not asks:
        others = dict.fromkeys(choice.url for choice in choices[1:] if choice.url != choices[0].url)
        told = f"; the others: {', '.join(others)}" if others else " ways to read it"
        itself = "; --force takes the one that you said" if url in others else ""
        hint = f" (to add one of them, say its address{itself})" if watched[0] and others else ""
        print(f"the best of {len(choices)}{told}{hint}", file=sys.stderr)
        return choices[0]
    for number, (choice, source) in enumerate(zip(choices, watched, strict=True), start=1):
        already = f", watched already as {source.name}" if source else ""
        print(f"{number}  {choice.said[0]}{already}", file=sys.stderr)
        print("\n".join(f"   {line}" for line in choice.said[1:]), file=sys.stderr)
    new = next((number for number, source in enumerate(watched, start=1) if not source), 1)
    while True:
        picked: int = typer.prompt("Which", default=new, type=int, err=True)
        if 1 <= picked <= len(choices):
            return choices[picked - 1]
        print(f"there is no {picked}; say a number from 1 to {len(choices)}", file=sys.stderr)


def _feed(found: "Found", desk: Desk) -> Choice:
    from monitor.core.telling.render import safe

    how = {
        "typed": "a feed",
        "link": "the page's own link to its feed",
        "json-ld": "a feed that the page's JSON-LD names",
        "anchor": "a feed that the page links to",
        "custom": "a feed, where feeds usually are",
        "robots": "a sitemap that robots.txt names",
    }[found.how]
    kind = "" if found.source.kind == USUAL else f" (type {found.source.kind})"
    said = [f"{safe(found.source.url)}: {how}{kind}"]
    if found.title:
        said.append(f"  title     {found.title}")
    said.append(f"  items     {_items(len(found.entries), found.dates)}")
    said += _rhythm(found.source, found.entries, found.dates, desk)
    said += [
        f"  {'' if n else 'headlines':9} {_headline(entry)}"
        for n, entry in enumerate(found.entries[:HEADLINES])
    ]
    return Choice(url=found.source.url, kind=found.source.kind, said=said)


def _items(count: int, dates: "list[datetime]") -> str:
    from monitor.cli import printing

    if not dates:
        return f"{count}, none dated"
    span = f", the oldest of {printing.at(dates[0])}: the window spans {_span(dates[-1] - dates[0])}"
    return f"{count}, the newest of {printing.at(dates[-1])}{span if len(dates) > 1 else ''}"


def _rhythm(
    source: "Source", entries: "Sequence[Entry]", dates: "Sequence[datetime]", desk: Desk
) -> list[str]:
    """Return how often the daemon would poll, and why items may be missed all the same."""
    from monitor.config import Polling
    from monitor.core.cadence import Bounds, begun, next_poll
    from monitor.daemon.clock import SystemClock

    polling = desk.config.polling if desk.config else Polling()
    bounds, now = Bounds(min=polling.min, max=polling.max), SystemClock().now()
    lives = bool(dates) and now - dates[-1] < STILL_LIVES
    rhythm = begun(len(entries), dates if lives else (), now)
    poll = next_poll(
        replace(source, every=polling.every), now=now, started_at=now, bounds=bounds, rhythm=rhythm
    )
    missed = [f"  may miss  {poll.may_miss}"] if poll.may_miss else []
    return [f"  polled    {re.sub('^in ', 'every ', poll.why)}", *missed]


def _span(span: timedelta) -> str:
    """Return a length of time in its two largest units.

    >>> _span(timedelta(days=2, hours=3, minutes=4)), _span(timedelta(minutes=50)), _span(timedelta(0))
    ('2d3h', '50m', 'no time at all')
    """
    from monitor.config.reading import checks

    seconds = span.total_seconds()
    unit = 3_600 if seconds >= 86_400 else 60
    return checks.span(seconds // unit * unit) if seconds >= unit else "no time at all"


def _headline(entry: "Entry") -> str:
    return (entry.title or entry.summary)[:100]


def _page(url: str, proposal: "Proposal", desk: Desk) -> Choice:
    from monitor.model import Source

    said = [f"{url}: a page, read by selectors: {proposal.why}"]
    said += [f"  {key:9} {value}" for key, value in proposal.select.items()]
    said += _rhythm(Source(name="page", url=url, kind="page"), proposal.entries, (), desk)
    for number, entry in enumerate(proposal.entries[:ROWS]):
        dates = " ".join(date.text for date in entry.dates[:1])
        said.append(f"  {'' if number else 'rows':9} {dates:>9}  {_headline(entry)}")
    return Choice(url=url, kind="page", said=said, options={"select": dict(proposal.select)})


# -- what is written --------------------------------------------------------------------------


def _additions(
    choice: Choice, name: str, tags: Sequence[str], desk: Desk
) -> "tuple[dict[str, list[str]], dict[str, dict[str, object]]]":
    """Return what to add: an address under its tags, or a table where it needs one."""
    from monitor.config.tables.sources import names

    if tags and not name and choice.kind == USUAL:
        return {tag: [choice.url] for tag in tags}, {}
    taken = [source.name for source in desk.config.sources] if desk.config else []
    table: dict[str, object] = {"url": choice.url}
    if choice.kind not in {USUAL, "page"}:
        table["type"] = choice.kind
    if tags:
        table["tags"] = list(tags)
    return {}, {name or names([choice.url], taken)[0]: {**table, **choice.options}}


def _place(feeds: "Mapping[str, object]", sources: "Mapping[str, object]") -> str:
    if sources:
        return f"source {next(iter(sources))}"
    return f"{', '.join(feeds)} under [feeds]"
