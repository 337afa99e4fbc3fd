"""A table of config.toml and its keys, as the reference tells them."""

from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a table."""

    name: str
    like: str  # an example of its value, as TOML
    about: str
    default: str = ""  # "": it must be given, or has no need of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of config.toml."""

    header: str  # as it is written, "" for the top of the file
    about: str
    keys: tuple[Key, ...]
    later: tuple[str, ...] = ()  # keys that are refused: "not in this version"

    def names(self) -> list[str]:
        """Return the names of the keys that work."""
        return [key.name for key in self.keys]

    def like(self, name: str) -> str:
        """Return a key with its example, as a line to write."""
        return next(f"{key.name} = {key.like}" for key in self.keys if key.name == name)
