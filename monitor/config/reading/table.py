"""Reading one table of the file: values are taken out checked, and what is wrong is noted with its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeVar

from monitor.config.errors import ConfigError
from monitor.config.keys import others
from monitor.config.keys.known import TABLES, TOP
from monitor.config.keys.section import Section
from monitor.config.reading.checks import Wrong, elements, found, known, meant, name
from monitor.config.text.files import Documents
from monitor.config.text.positions import Keys
from monitor.config.text.secrets import quoted
from monitor.values import dataclass

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be said about a key, a value or a character of one."""

    keys: Keys
    message: str
    key: bool = False  # the key is meant
    index: int | None = None  # the character is meant
    withheld: str = ""  # the way to a secret that cannot be had there


@dataclass(slots=True)
class Notes:
    """What is to be said about a document, placed when all of it is read."""

    document: Documents
    errors: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)

    def placed(self, notes: Sequence[Note]) -> list[ConfigError]:
        """Return notes with line and column, in the order of the file."""
        errors = [self.document.error(n.keys, n.message, key=n.key, index=n.index) for n in notes]
        return self.document.in_order(errors)


class Table:
    """One table: where it is, what it holds, how errors name it."""

    def __init__(self, notes: Notes, keys: Keys, values: Mapping[str, object], label: str = "") -> None:
        self.notes = notes
        self.keys = keys
        self.values = values
        self._label = f"{label}: " if label else ""

    def wrong(self, wrong: Wrong | str, *keys: str | int, key: bool = False) -> None:
        """Note what is wrong with the part at `keys`, or with this table."""
        if isinstance(wrong, str):
            wrong = Wrong(wrong, key=key)
        self.notes.errors.append(self._note(wrong, keys))

    def warn(self, warning: Wrong | str, *keys: str | int) -> None:
        """Note what is allowed and yet hardly meant."""
        warning = Wrong(warning) if isinstance(warning, str) else warning
        self.notes.warnings.append(self._note(warning, keys))

    def _note(self, wrong: Wrong, keys: tuple[str | int, ...]) -> Note:
        named = f"{shown_key(str(keys[0]))}: " if keys and not wrong.key else ""
        message = f"{self._label}{named}{wrong}"
        return Note((*self.keys, *keys, *wrong.path), message, wrong.key, wrong.index, wrong.withheld)

    def read(self, key: str, check: Callable[[object], T], default: D) -> T | D:
        """Return the checked value of a key; `default` if it is missing, or wrong, which is noted."""
        if key not in self.values:
            return default
        try:
            return check(self.values[key])
        except Wrong as wrong:
            self.wrong(wrong, key)
            return default

    def each(self, key: str, check: Callable[[object], T], like: str) -> tuple[T, ...]:
        """Return the checked elements of a list; each wrong one is noted and left out."""
        checked = []
        for number, value in enumerate(self.read(key, lambda value: elements(value, like), [])):
            try:
                checked.append(check(value))
            except Wrong as wrong:
                self.wrong(Wrong(str(wrong), path=(number, *wrong.path), index=wrong.index), key)
        return tuple(checked)

    def inner(self, key: str) -> "Table":
        """Return the table under a key, an empty one if it is missing or no table, which is noted."""
        values = self.values.get(key, {})
        if not isinstance(values, dict):
            header = TABLES[key].header
            self.wrong(f"must be a table {header}, not {found(values)}", key)
            values = {}
        return Table(self.notes, (*self.keys, key), values, f"{self._label}{key}")

    def under(self, key: str, values: Mapping[str, object]) -> "Table":
        """Return the table `values` under a key of this one; what is wrong in it is named after both."""
        return Table(self.notes, (*self.keys, key), values, f"{self._label}{key}")

    def named(self) -> Iterator[tuple[str, object]]:
        """Yield the name and the value of each part; a name that is none is noted."""
        for word, value in self.values.items():
            try:
                yield name(word), value
            except Wrong as wrong:
                self.wrong(wrong, word)

    def require(self, key: str, like: str) -> bool:
        """Tell whether a key is there; note it, with what to write, if it is not."""
        if key in self.values:
            return True
        self.wrong(f"{key} is missing; write {like}")
        return False

    def refuse_others(
        self,
        section: Section,
        more: Sequence[str] = (),
        *,
        elsewhere: Callable[[str], str] = lambda key: "",
    ) -> None:
        """Note every key that this version does not know; `more` are those that a kind adds.

        `elsewhere` may know a place where a key would be right, and says so.
        """
        names = [*section.names(), *more]
        for key in self.values:
            if key in names:
                continue
            if key in section.later:
                self.wrong(f"{shown_key(key)} is not in this version", key, key=True)
            else:
                hint = (
                    _called(key, names, elsewhere)
                    or elsewhere(key)
                    or _belongs(key, section)
                    or known(key, names)
                )
                self.wrong(f"unknown key {quoted(key)}{hint}", key, key=True)


def shown_key(key: str) -> str:
    """Return a key as messages name it.

    >>> shown_key("every"), shown_key("a b")
    ('every', "'a b'")
    """
    return key if key.isascii() and key.replace("-", "_").isidentifier() else quoted(key)


def _called(key: str, names: Sequence[str], elsewhere: Callable[[str], str]) -> str:
    """Return what a key is called here that other programs have under this name, "" if nothing here is it."""
    ours = others.KEYS.get(key, "")
    if ours in names:
        return f" (it is {quoted(ours)} here)"
    place = elsewhere(ours).strip(" ()") if ours else ""
    return f" (it is {quoted(ours)} here; {place})" if place else ""


def _belongs(key: str, section: Section) -> str:
    """Return where else a key stands, "" if nowhere, in two places, or if it is near to one of this table."""
    if section is not TOP and meant(key, section.names()):
        return ""
    if key in TOP.names():
        return " (it belongs to the top of the file, before the first [table])"
    tables = [other for other in TABLES.values() if key in other.names() and other is not section]
    return f" (it belongs to {tables[0].header})" if len(tables) == 1 else ""
