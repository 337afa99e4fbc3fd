"""Kinds are found by their file's name: `monitor/sources/feed.py` is the type `feed`."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from importlib.metadata import entry_points
from typing import get_type_hints


def names(package: str, group: str) -> tuple[str, ...]:
    """Return the types that exist: files of `package`, then entry points of `group`."""
    path = importlib.import_module(package).__path__
    own = sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_"))
    others = sorted(e.name for e in entry_points(group=group) if e.name not in own)
    return (*own, *others)


def load(package: str, group: str, name: str) -> type:
    """Return the one public dataclass of the kind `name`.

    Raises LookupError if there is no such kind.
    """
    path = importlib.import_module(package).__path__
    if name in {m.name for m in pkgutil.iter_modules(path)} and not name.startswith("_"):
        module = importlib.import_module(f"{package}.{name}")
        for value in vars(module).values():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.__name__:
                return value
    for entry in entry_points(group=group):
        if entry.name == name:
            kind: type = entry.load()
            return kind
    raise LookupError(f"no kind is called {name!r}")


def make(kind: type, options: Mapping[str, object]) -> object:
    """Return an instance of a kind; a field that is a dataclass itself is made from the mapping under its key.

    Raises ValueError for what a `__post_init__` refuses, TypeError for keys that there are not.
    """
    hints = get_type_hints(kind)
    values = dict(options)
    for field in fields(kind):
        inner, value = hints[field.name], values.get(field.name)
        if isinstance(inner, type) and is_dataclass(inner) and isinstance(value, Mapping):
            values[field.name] = make(inner, value)
    made: object = kind(**values)
    return made
