"""The text of config.toml: read, checked for syntax, and able to say where each key stands without a secret."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import tomli

from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.text import secrets
from monitor.config.text.positions import Keys, Place, Scan, inside, scan, too_deep

LARGEST = 8 * 1024 * 1024  # bytes of a configuration

_HINTS = {
    "Invalid value": 'this is no value (text stands in quotes: key = "text"; yes and no are true and false)',
    "Invalid statement": "a line is a [table], or a key = value; a key with other characters stands in quotes",
    "Unterminated string": "the text before this is never closed (add the quote that opened it)",
    "Illegal character '\\n'": "the text before this is not closed in its line (add the quote that opened it)",
    "Expected '=' after a key in a key/value pair": "'=' is missing after the key",
    "Expected ']' at the end of a table declaration": "']' is missing after the table's name",
    "Expected newline or end of document after a statement": "something follows the value"
    " (one key a line; a text that holds \" stands in '…', one that holds ' in \"…\")",
    "Unescaped '\\' in a string": "'\\' must be doubled in \"…\" (or write the text in '…', where it is itself)",
}
_UNCLOSED = {
    "Unclosed array": "is not closed here (a comma is missing between two values, or ']' after the last)",
    "Unclosed inline table": "is not closed here (a comma is missing between two keys, or '}' after the last)",
}


class Lines:
    """A text in lines, and how errors show one of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def number(self, at: int) -> int:
        """Return the number, from 0, of the line of an offset."""
        return bisect_right(self._starts, at) - 1

    def span(self, number: int) -> tuple[int, int]:
        """Return where a line starts and ends."""
        last = number + 1 == len(self._starts)
        return self._starts[number], len(self._text) if last else self._starts[number + 1] - 1

    def error(self, file: str, at: int, message: str, hidden: Iterable[tuple[int, int]]) -> ConfigError:
        """Return an error at an offset; the spans of the text that are `hidden` are masked in its line."""
        number = self.number(at)
        start, end = self.span(number)
        line = self._text[start:end]
        spans = [(max(one - start, 0), other - start) for one, other in hidden]
        source, caret = secrets.masked(line, at - start, spans)
        return ConfigError(
            file=file,
            line=number + 1,
            column=at - start + 1,
            message=secrets.redacted(message),
            source=source,
            caret=caret,
        )

    def broken(self, file: str, at: int, message: str) -> ConfigErrors:
        """Return an error in a text that is no TOML: its lines alone tell what may be a secret."""
        start, end = self.span(self.number(at))
        hidden = secrets.broken(self._text[:start], self._text[start:end])
        return ConfigErrors([self.error(file, at, message, [(start + hidden, end)])])


class Document:
    """One configuration file as text and as values."""

    def __init__(self, file: str, text: str) -> None:
        """Read TOML; raises ConfigErrors with its first syntax error."""
        self.file = file
        self.text = text.replace("\r\n", "\n")
        self.shown: set[Keys] = set()  # values that may be shown though they are in [notify]
        self._lines = Lines(self.text)
        try:
            self.values: dict[str, object] = tomli.loads(self.text)
        except tomli.TOMLDecodeError as error:
            raise self._lines.broken(file, *self._syntax(error)) from None
        except RecursionError:
            at = too_deep(self.text)
            raise self._lines.broken(file, at, "brackets or dots are nested too deeply") from None
        except ValueError:  # Python's limit on what it makes a number of
            digits = re.search(r"[0-9](?:_?[0-9]){4299}", self.text)
            at = digits.start() if digits else 0
            raise self._lines.broken(file, at, "a number has too many digits") from None

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read a file; raises ConfigErrors, in one sentence, if it cannot be read."""
        file = str(path)
        try:
            with path.open("rb") as stream:
                body = stream.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            raise ConfigErrors([ConfigError(file=file, message=_unreadable(error))]) from None
        if len(body) > LARGEST:
            raise ConfigErrors([ConfigError(file=file, message=f"is larger than {LARGEST >> 20} MiB")])
        return cls(file, _decoded(file, body.removeprefix(b"\xef\xbb\xbf")))

    def error(self, keys: Keys, message: str, *, key: bool = False, index: int | None = None) -> ConfigError:
        """Return an error at a key's value, at the key itself, or at character `index` of its text."""
        place = self._place(keys)
        at = place.key if key else place.start
        if index is not None:
            at = inside(self.text, place, index)
        return self._lines.error(self.file, at, message, self._secrets.get(self._lines.number(at), ()))

    def line(self, keys: Keys) -> int:
        """Return the line, from 1, in which a key stands."""
        return self._lines.number(self._place(keys).key) + 1

    # -- places -------------------------------------------------------------------------------

    @cached_property
    def _scan(self) -> Scan:  # only when something is to be said about the file
        return scan(self.text)

    def _place(self, keys: Keys) -> Place:
        while keys and keys not in self._scan.places:
            keys = keys[:-1]
        return self._scan.places.get(keys, Place(0, 0, 0))

    # -- secrets ------------------------------------------------------------------------------

    @cached_property
    def _secrets(self) -> Mapping[int, list[tuple[int, int]]]:
        """Return, by line, the spans that are never shown: values, and the comments beside them."""
        spans: dict[int, list[tuple[int, int]]] = {}
        for keys in self._hidden((), self.values):
            if place := self._scan.places.get(keys):
                for number in range(self._lines.number(place.start), self._lines.number(place.end) + 1):
                    spans.setdefault(number, []).append((place.start, place.end))
        ends: dict[int, int] = {}
        for keys, place in self._scan.places.items():
            number = self._lines.number(place.end)
            ends[number] = max(ends.get(number, 0), place.end)
            if keys[0] == "notify":
                spans.setdefault(number, [])
        for number, hidden in spans.items():
            start, stop = self._lines.span(number)
            comment = self.text.find("#", ends.get(number, start), stop)
            if comment >= 0:  # it may hold what was the secret before
                hidden.append((comment + 1, stop))
        return spans

    def _hidden(self, keys: Keys, value: object) -> Iterator[Keys]:
        if isinstance(value, (dict, list)):
            for name, part in value.items() if isinstance(value, dict) else enumerate(value):
                yield from self._hidden((*keys, name), part)
        elif keys not in self.shown and secrets.is_private(keys, value):
            yield keys

    # -- syntax -------------------------------------------------------------------------------

    def _syntax(self, error: tomli.TOMLDecodeError) -> tuple[int, str]:
        """Return where a document is no TOML, and why."""
        at = min(error.pos, len(self.text))
        if error.msg.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
            read = scan(self.text[:at])
            if first := read.places.get(read.last):
                name, line = ".".join(map(str, read.last)), self._lines.number(first.key) + 1
                return read.last_at, f"{secrets.quoted(name)} is set already, in line {line}"
        if unclosed := _UNCLOSED.get(error.msg):
            read = scan(self.text[:at])
            name, line = ".".join(map(str, read.last)), self._lines.number(read.last_at) + 1
            return at, f"{secrets.quoted(name)}, which begins in line {line}, {unclosed}"
        return at, _HINTS.get(error.msg) or error.msg[:1].lower() + error.msg[1:]


def _unreadable(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file (`newsbell init` writes one)"
    if isinstance(error, IsADirectoryError):
        return "is a directory, not a file"
    if isinstance(error, PermissionError):
        return "may not be read by this user"
    return f"cannot be read: {error.strerror}" if isinstance(error, OSError) else "is no name of a file"


def _decoded(file: str, body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            message = "is UTF-16; save it as UTF-8"
            raise ConfigErrors([ConfigError(file=file, message=message)]) from None
        message = f"the byte 0x{body[error.start]:02x} is not UTF-8; save the file as UTF-8"
        at = len(body[: error.start].decode().replace("\r\n", "\n"))
        lines = Lines(body.decode(errors="replace").replace("\r\n", "\n"))
        raise lines.broken(file, at, message) from None
