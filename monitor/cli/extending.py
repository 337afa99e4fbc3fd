"""How a command extends config.toml: what it is given, the file as it stands, and what is written."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.places import load
from monitor.values import dataclass

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.config.editing import Feeds, Sources

TagOption = Annotated[
    list[str] | None, typer.Option("--tag", metavar="T", help="Give it this tag; may repeat.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the TOML that would be written.")]


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
        loaded = load(path, looking=True)
        return cls(path=path, text=editing.read(path), config=loaded)

    def has_table(self, source: str) -> bool:
        """Tell whether a source stands in a table of its own, [source.NAME], and not under [feeds]."""
        document = self.config.document if self.config else None
        tables = document.values.get("source") if document else None
        return isinstance(tables, dict) and source in tables

    def write(self, feeds: "Feeds", sources: "Sources", *, dry_run: bool) -> None:
        """Extend the file, or print what would be written; exits with 1 where that cannot be done."""
        from monitor.config import editing
        from monitor.config.reading.kinds import WAYS

        if not feeds and not sources:
            return
        if dry_run:
            print(editing.fragment(feeds, sources), end="")
        try:
            new = editing.extended(self.text, feeds, sources)
            if not dry_run:
                editing.save(self.path, self.text, new, os.environ, without=WAYS)
        except editing.Conflict as error:
            print(f"{self.path}: {error}", file=sys.stderr)
            raise typer.Exit(1) from error
