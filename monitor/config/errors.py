"""What is wrong with a configuration: where, what, what would be right, the line and a caret."""

from collections.abc import Iterable, Iterator
from unicodedata import category, east_asian_width

from monitor.core.telling.render import safe
from monitor.values import dataclass

SHOWN = 120  # characters of a line that are shown at most
BEFORE = 70  # of them, left of the caret
INDENT = "    "


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigError:
    """One thing that is wrong. `str` gives "file:line:column: message", the line and a caret."""

    file: str
    line: int = 0  # from 1; 0: the file as a whole
    column: int = 0  # characters from 1; a tab is one
    message: str
    source: str = ""  # the line as it may be shown: secrets are masked
    caret: int = 0  # index into `source`

    def __str__(self) -> str:
        file = safe(self.file)
        if not self.line:
            return f"{file}: {self.message}"
        head = f"{file}:{self.line}:{self.column}: {self.message}"
        return "\n".join((head, *pointed(self.source, self.caret)))


class ConfigErrors(Exception):
    """All that is wrong with a configuration, in the order of the files and their lines."""

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        given = list(errors)
        files = list(dict.fromkeys(error.file for error in given))
        places = ((files.index(error.file), error.line, error.column, error) for error in given)
        self.errors = tuple(place[-1] for place in sorted(places, key=lambda place: place[:-1]))
        super().__init__(self.errors)

    def __iter__(self) -> Iterator[ConfigError]:
        return iter(self.errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def pointed(line: str, caret: int) -> tuple[str, str]:
    r"""Return a line and the line below it that points at the character `caret`.

    Tabs stay tabs in both, wide characters are two columns; of a long line the part around the caret is shown.

    >>> pointed("\ta = '東京' x", 10)
    ("    \ta = '東京' x", '    \t           ^')
    """
    start = max(caret - BEFORE, 0) if len(line) > SHOWN else 0
    part = "\t".join(safe(cell) for cell in line[start : start + SHOWN].split("\t"))
    head = "…" if start else ""
    tail = "…" if len(line) > start + SHOWN else ""
    below = "".join(map(_blank, head + part[: caret - start]))
    return f"{INDENT}{head}{part}{tail}".rstrip(), f"{INDENT}{below}^"


def _blank(char: str) -> str:
    if char == "\t":
        return char
    if category(char) in {"Mn", "Me", "Cf"}:
        return ""
    return "  " if east_asian_width(char) in {"W", "F"} else " "
