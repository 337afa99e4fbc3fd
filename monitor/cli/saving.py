"""A session of `newsbell watch URL`, written down as a configuration."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import tomlkit

from monitor.config import ConfigErrors, load
from monitor.model import Rule, Source
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """What was typed, and the file that it would be written to. A file that is there is never touched."""

    path: Path
    sources: Sequence[Source]
    rules: Sequence[Rule]
    every: str
    to: str = ""

    def text(self) -> str:
        """Return the session as TOML: the same sources at the same rhythm, rules, receiver."""
        document = tomlkit.document()
        document.add(
            tomlkit.comment("saved by `newsbell watch`; `newsbell check` reads it, `newsbell run` runs it")
        )
        tables: Mapping[str, object] = {
            "rule": {rule.name: rule.query for rule in self.rules},
            "source": {source.name: {"url": source.url, "every": self.every} for source in self.sources},
            "notify": {"address": {"url": self.to}} if self.to else {},
        }
        for name, table in tables.items():
            if table:
                document.add(tomlkit.nl())
                document.add(name, tomlkit.item(table))
        return tomlkit.dumps(document)

    def save(self) -> str:
        """Write it, readable by its owner alone; return what was done or why not, in a sentence."""
        try:
            text = self.text()
            load(self.path, environ=os.environ, text=text)
            handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            return f"{self.path} is there already: nothing was written"
        except OSError as error:
            return f"{self.path} cannot be written: {error.strerror}"
        except ConfigErrors as errors:
            return f"not saved: {next(iter(errors))}".splitlines()[0]
        return f"saved as {self.path}: `newsbell run` starts it"
