"""Where each key and value of a TOML document stands: what no TOML library tells.

The text is one that tomli has read, so nothing is validated here. Given another, the scan ends where it
gets lost and returns what it found. TOML 1.1: inline tables may span lines.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import field

from monitor.values import dataclass

Keys = tuple[str | int, ...]  # a key's way from the top: ("rule", "escalation", "notify", 0)

DEEPEST = 16  # levels of brackets in one value that are looked into; deeper ones are stepped over

# Alternatives that differ in their first character keep these linear; possessive repetitions would too, but
# miss matches before Python 3.11.5 (python/cpython#106052).
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[^\s.=\[\]{}\"'#,]+")
_STRING = (
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_VALUE = re.compile(
    rf"{_STRING}|[^\s,\]}}#\"']+(?: [0-9][^\s,\]}}#]*)?", re.DOTALL
)  # a date may hold a space
_QUOTED = re.compile(_STRING, re.DOTALL)
_NESTED = re.compile(rf"{_STRING}|#[^\n]*|[\[{{]|[\]}}]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_FOLD = re.compile(r"\\[ \t]*\n[ \t\n]*")  # a backslash that ends a line
_SIMPLE = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets into the text. The value of a table that a header opens is the header's key."""

    key: int  # where the key starts; of an element in an array: where its value does
    start: int  # of the value
    end: int


@dataclass(slots=True)
class Scan:
    """The places of a document by their keys."""

    places: dict[Keys, Place] = field(default_factory=dict)
    last: Keys = ()  # the statement read last: a key that is set or a table that is opened
    last_at: int = 0  # where it names its key; `places` keeps the first of two


def scan(text: str) -> Scan:
    """Return where every key of a document stands. Lines end with "\\n" alone.

    >>> scan("[a]\\nb = [1, 2]").places["a", "b", 1]
    Place(key=12, start=12, end=13)
    """
    scanner = _Scanner(text)
    with suppress(_Lost):
        scanner.document()
    return scanner.found


def inside(text: str, place: Place, index: int) -> int:
    """Return where the character `index` of the string at `place` stands, escapes and folds counted.

    An index at or after its end gives the closing quote; a value that is no string, its start.

    >>> inside(r'a = "x\\u0041y"', Place(0, 4, 14), 2)
    12
    """
    token = text[place.start : place.end]
    if token[:1] not in {'"', "'"}:
        return place.start
    for number, (at, _) in enumerate(characters(token)):
        if number == index:
            return place.start + at
    return max(place.end - 1, place.start)


def too_deep(text: str) -> int:
    """Return where brackets open within a hundred others, 0 if they do not."""
    depth = 0
    for token in _NESTED.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > 100:
            return token.start()
    return 0


def characters(token: str) -> Iterator[tuple[int, str]]:
    """Yield the characters that a quoted string stands for, each with its offset in the token."""
    quote = token[0]
    marks = 3 if len(token) >= 6 and token.startswith(quote * 3) else 1
    at, end = marks, len(token) - marks
    if marks == 3 and token.startswith("\n", at):
        at += 1
    while at < end:
        if quote == "'" or token[at] != "\\":
            yield at, token[at]
            at += 1
        elif fold := _FOLD.match(token, at, end):
            at = fold.end()
        elif escape := _ESCAPE.match(token, at, end):
            yield at, _unescaped(escape)
            at = escape.end()
        else:
            return


def _unescaped(escape: re.Match[str]) -> str:
    short, long, byte, simple = escape.groups()
    if simple:
        return _SIMPLE.get(simple, simple)
    number = int(short or long or byte, 16)
    return chr(number) if number < 0x110000 else "\ufffd"


class _Lost(Exception):
    """The text is not TOML here."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.found = Scan()
        self._text = text
        self._at = 0
        self._table: Keys = ()
        self._lengths: dict[Keys, int] = {}  # of arrays of tables

    def document(self) -> None:
        while self._skip(_BLANK) < len(self._text):
            if self._next() == "[":
                self._header()
            else:
                self._pair(self._table, 0)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, pattern: re.Pattern[str]) -> int:
        """Step over what the pattern matches; raise _Lost if it does not."""
        match = pattern.match(self._text, self._at)
        if match is None:
            raise _Lost
        self._at = match.end()
        return self._at

    def _expect(self, mark: str) -> None:
        if not self._text.startswith(mark, self._at):
            raise _Lost
        self._at += len(mark)

    def _header(self) -> None:
        marks = 2 if self._text.startswith("[[", self._at) else 1
        self._at += marks
        *parents, (name, start, end) = self._keys()
        keys: Keys = ()
        for parent, at, stop in parents:
            keys = (*keys, parent)
            self.found.places.setdefault(keys, Place(at, at, stop))
            if length := self._lengths.get(keys):
                keys = (*keys, length - 1)
        keys = (*keys, name)
        self.found.last, self.found.last_at = keys, start
        self._expect("]" * marks)
        if marks == 2:
            self.found.places.setdefault(keys, Place(start, start, end))
            self._lengths[keys] = self._lengths.get(keys, 0) + 1
            keys = (*keys, self._lengths[keys] - 1)
        self.found.places[keys] = Place(start, start, end)
        self._table = keys

    def _keys(self) -> list[tuple[str, int, int]]:
        """Read a key, dotted or not: each part with where it starts and ends."""
        parts = []
        while True:
            start = self._skip(_SPACE)
            if self._next() in {'"', "'"}:
                self._skip(_QUOTED)
                name = "".join(char for _, char in characters(self._text[start : self._at]))
            else:
                self._skip(_BARE)
                name = self._text[start : self._at]
            parts.append((name, start, self._at))
            self._skip(_SPACE)
            if self._next() != ".":
                return parts
            self._at += 1

    def _pair(self, table: Keys, depth: int) -> None:
        *parents, (name, start, _) = self._keys()
        keys = table
        for parent, at, stop in parents:
            keys = (*keys, parent)
            self.found.places.setdefault(keys, Place(at, at, stop))
        keys = (*keys, name)
        if not depth:
            self.found.last, self.found.last_at = keys, start
        self._expect("=")
        value = self._skip(_SPACE)
        self._value(keys, depth)
        self.found.places.setdefault(keys, Place(start, value, self._at))

    def _value(self, keys: Keys, depth: int) -> None:
        opening = self._next()
        if opening not in {"[", "{"}:
            self._skip(_VALUE)
        elif depth == DEEPEST:
            self._step_over()
        elif opening == "[":
            self._array(keys, depth + 1)
        else:
            self._inline_table(keys, depth + 1)

    def _array(self, keys: Keys, depth: int) -> None:
        self._at += 1
        number = 0
        self._skip(_BLANK)
        while self._next() != "]":
            start = self._at
            self._value((*keys, number), depth)
            self.found.places[*keys, number] = Place(start, start, self._at)
            number += 1
            self._comma("]")
        self._at += 1

    def _inline_table(self, keys: Keys, depth: int) -> None:
        self._at += 1
        self._skip(_BLANK)
        while self._next() != "}":
            self._pair(keys, depth)
            self._comma("}")
        self._at += 1

    def _comma(self, closing: str) -> None:
        self._skip(_BLANK)
        if self._next() != closing:
            self._expect(",")
            self._skip(_BLANK)

    def _step_over(self) -> None:
        """Step over a value in brackets without looking at what it holds."""
        depth = 0
        for token in _NESTED.finditer(self._text, self._at):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
            if not depth and token[0] in {"]", "}"}:
                self._at = token.end()
                return
        raise _Lost
