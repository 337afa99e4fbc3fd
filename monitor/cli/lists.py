"""Lists of feeds: import, export; and how a command extends config.toml."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from monitor.cli.places import ConfigOption, UnneededState, load

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.config.editing import Feeds, Sources
    from monitor.config.lists import FeedList

TagOption = Annotated[
    list[str] | None, typer.Option("--tag", metavar="T", help="Give it this tag; may repeat.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the TOML that would be written.")]
NAMED = 20  # addresses that are told one by one


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("import")(import_)
    app.command(hidden=True)(export)


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="OPML, newsboat's urls, or addresses; - is stdin.")
    ],
    tag: TagOption = None,
    dry_run: DryRunOption = False,
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Add the feeds of a list to config.toml.

    Folders and categories become tags. Feeds that are watched already are skipped.
    """
    from monitor.config.importing import plan

    tags = [_tag(word) for word in tag or ()]
    desk = Desk.open(config)
    found = _read(file)
    watched = desk.config.sources if desk.config else ()
    planned = plan(found, watched, tags=tags, untagged=_untagged(file))
    _tell(file, found)
    desk.write(planned.feeds, {}, dry_run=dry_run)
    counts = (
        f"{_many(planned.new, 'feed')} {'would be ' if dry_run else ''}added under {_many(len(planned.feeds), 'tag')}",
        f"{len(planned.known)} watched already",
        f"{len(found.twice)} said twice",
        f"{_many(len(found.refused), 'line')} not read",
    )
    print(f"{file} -> {desk.path}: {', '.join(counts)}", file=sys.stderr if dry_run else sys.stdout)
    if not found.feeds:
        raise typer.Exit(1)


def _read(file: Path) -> "FeedList":
    from monitor.config import lists

    try:
        return lists.read(sys.stdin.buffer.read()) if str(file) == "-" else lists.read_file(file)
    except ValueError as error:
        print(f"{file}: {error}", file=sys.stderr)
        raise typer.Exit(1) from error


def _tell(file: Path, found: "FeedList") -> None:
    """Name what was not read, and what stands twice."""
    from monitor.core.render import safe

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


def export(
    form: Annotated[
        Literal["opml", "urls"], typer.Option("--format", help="OPML, or newsboat's urls.")
    ] = "opml",
    config: ConfigOption = None,
    state: UnneededState = None,
) -> None:
    """Print the feeds of the configuration as a list that other readers import."""
    from monitor.config import lists
    from monitor.config.importing import exported

    feeds, others = exported(load(config).sources)
    print(lists.write(feeds, form), end="")
    if others:
        names = ", ".join(source.name for source in others)
        print(f"left out, for lists name feeds only: {names}", file=sys.stderr)


# -- extending config.toml --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The configuration that a command extends; a file that is not there yet is an empty one."""

    path: Path
    text: str
    config: "Config | None"

    @classmethod
    def open(cls, option: Path | None) -> "Desk":
        """Read the configuration that `--config` or the search order leads to; raises ConfigErrors if it is wrong."""
        from monitor.config import ConfigErrors, editing, find

        try:
            path = find(option, os.environ)
        except ConfigErrors:
            path = Path("config.toml")
        if not path.exists():
            return cls(path=path, text="", config=None)
        loaded = load(path)
        return cls(path=path, text=editing.read(path), config=loaded)

    def write(self, feeds: "Feeds", sources: "Sources", *, dry_run: bool) -> None:
        """Extend the file, or print what would be written; exits with 1 where that cannot be done."""
        from monitor.config import editing

        if not feeds and not sources:
            return
        if dry_run:
            print(editing.fragment(feeds, sources), end="")
        try:
            new = editing.extended(self.text, feeds, sources)
            if not dry_run:
                editing.save(self.path, self.text, new, os.environ)
        except editing.Conflict as error:
            print(f"{self.path}: {error}", file=sys.stderr)
            raise typer.Exit(1) from error


def _tag(word: str) -> str:
    from monitor.cli.failing import Usage
    from monitor.config import checks

    try:
        return checks.tag(word)
    except checks.Wrong as wrong:
        raise Usage(f"--tag {word}: {wrong}") from wrong


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
