"""Names of a package that are loaded when somebody asks for them (PEP 562): what a command does not need costs it nothing."""

import sys
from collections.abc import Callable
from importlib import import_module


def within(package: str, *rooms: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a package: a name is that of the first of its rooms that has it."""

    def find(name: str) -> object:
        if not name.startswith("__"):
            for room in rooms:
                found = vars(import_module(f"{package}.{room}"))
                if name in found:
                    setattr(sys.modules[package], name, found[name])
                    return found[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find


def named(package: str, **rooms: str) -> Callable[[str], object]:
    """Return the `__getattr__` of a package that has submodules beside these names, each with its room."""

    def find(name: str) -> object:
        if name in rooms:
            return within(package, rooms[name])(name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
