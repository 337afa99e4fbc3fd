r"""Regular expressions that know letters of every script and never take more than linear time.

google-re2 promises the time; its \w, \d, \s, \b are ASCII only. The classes are rewritten as
Unicode properties. \b cannot be written with them, so the text is searched with a marker at each
word edge (`Text.marked`): \b becomes that marker, and every other atom may skip one before it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from monitor.rules.errors import QueryError
from monitor.rules.patterns.phrase import Hit, Needles
from monitor.rules.words.folding import fold
from monitor.rules.words.text import BOUNDARY, MARKED_LENGTH, Text
from monitor.values import dataclass

MAX_LENGTH = 1_000  # characters of a pattern
MAX_HITS = 100  # places of a text, as many as an alert marks; each costs some 8 µs
_PASSES = 16  # over the whole of the longest text: what looking for all places of one may cost
_MEMORY = (
    16 << 20
)  # bytes for a compiled pattern and its automaton; with less, evil ones fall back to a slow one
_LARGEST = 70_000  # instructions of a program: \w{1,50} is as large

_MARK = f"\\x{{{ord(BOUNDARY):x}}}"
_PROPERTIES = {"w": r"\p{L}\p{M}\p{N}_", "d": r"\p{Nd}", "s": r"\t-\r\x{85}\p{Z}"}
_POSIX = {
    "alpha": r"\p{L}", "digit": r"\p{Nd}", "alnum": r"\p{L}\p{N}", "upper": r"\p{Lu}",
    "lower": r"\p{Ll}", "punct": r"\p{P}\p{S}", "space": _PROPERTIES["s"], "word": _PROPERTIES["w"],
}  # fmt: skip
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_ANCHORS = {"A": r"\A", "z": f"{_MARK}?\\z", "Z": f"{_MARK}?\\z", "b": _MARK}

_GROUP = re.compile(r"\((?:\?(?:P?<(?![=!])\w+>|:|(?P<flags>[a-zA-Z-]*)(?P<close>[:)])))?")
_REPEAT = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\??")
_ENDLESS = re.compile(r"[*+]|\{\d+,\}")
_POSSESSIVE = re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+")
_PROPERTY = re.compile(r"\\([pP])(\{\^?\w+\}|\w)")
_HEX = re.compile(r"\\x([0-9A-Fa-f]{2})|\\x\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})")
_CLASS_NAME = re.compile(r"\[:(\^?)(\w+):\]")


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled pattern; letter case does not count."""

    source: str
    program: Any = field(compare=False, repr=False)
    needles: Needles = None  # letters in a row that every match has
    reach: int = MARKED_LENGTH  # characters that are looked at for one place, at most
    exact = False
    single = True

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield the first places in a text, as many as its length leaves time for; an empty match is a place of no length."""
        most = _affordable(min(self.reach, len(text.marked)))
        for number, found in enumerate(self.program.finditer(text.marked), start=1):
            yield text.unmarked(found.start()), text.unmarked(found.end())
            if number == most:
                return

    @property
    def surely_found(self) -> int:
        """How many places are found however long the text is."""
        return _affordable(self.reach)

    @property
    def matches_nothing_too(self) -> bool:
        """Tell whether the empty text matches, and so every text does."""
        return self.program.search("") is not None


def _affordable(characters: int) -> int:
    """Return how many places may be looked for where each costs a look at so many characters.

    >>> _affordable(9), _affordable(4_000), _affordable(MARKED_LENGTH)
    (100, 80, 16)
    """
    return min(MAX_HITS, max(_PASSES, _PASSES * MARKED_LENGTH // max(characters, 1)))


def read(source: str, column: int) -> Regex:
    r"""Compile what stands between the slashes; `column` is where it begins in the query.

    Raises QueryError for what is not a regular expression or cannot be searched in linear time.

    >>> [place for place in read(r"\bкиїв\b", 2).find(Text("Нині Київ, не Київщина"))]
    [(5, 9)]
    """
    if not source:
        raise QueryError("there is nothing between the slashes", column=column, hint="write /kyi?v/")
    if len(source) > MAX_LENGTH:
        raise QueryError(f"a regular expression may have {MAX_LENGTH:,} characters", column=column)
    import re2  # lazy: 4 MB that only a regular expression needs

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    rewriting = _Rewriting(source, column)
    try:
        program = re2.compile(rewriting.done(), options)
    except re2.error as error:
        raise QueryError(_complaint(error), column=column) from error
    if program.programsize > _LARGEST:
        raise QueryError(_TOO_LARGE, column=column)
    # a place is no longer than its program, but where that goes round in circles
    reach = MARKED_LENGTH if rewriting.is_endless else min(program.programsize, MARKED_LENGTH)
    return Regex(source, program, _literal_run(source), reach)


_TOO_LARGE = "the regular expression is too large: its repetitions multiply"


def _complaint(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    what = said.partition(":")[0]  # after it stands our rewriting, not what the user wrote
    if "too large" in what or "repetition size" in what:
        return _TOO_LARGE
    return f"the regular expression is not valid: {what}"


_PIECE = re.compile(
    r"(?P<letters>[^\W_]+)|\\[pPx](?:\{[^}]*\}|\w{1,2})|\\u\w{4}|\\.|\[(?:\^?\]?)(?:[^\]\\]|\\.|\[:\w+:\])*\]|(?P<open>\()|(?P<close>\))"
    r"|(?P<or>\|)|(?P<maybe>[*?]|\{\d+(?:,\d*)?\})|.",
    re.DOTALL,
)
_RUN = 3  # letters below which a run would be in too many texts


def _literal_run(source: str) -> Needles:
    r"""Return the longest run of letters outside all groups that every match has, None if there is none.

    >>> _literal_run(r"\b(the )?launch(es|ed)?"), _literal_run("launch|strike"), _literal_run("launche?d")
    (('launch',), None, ('launch',))
    """
    runs, depth = [""], 0
    for found in _PIECE.finditer(unicodedata.normalize("NFC", source)):
        depth += bool(found["open"]) - bool(found["close"])
        if found["or"] and not depth:
            return None
        if found["letters"] and not depth:
            runs[-1] += found["letters"]
            continue
        if found["maybe"] and not depth:
            runs[-1] = runs[-1][:-1]  # what may be missing; of a group or class nothing was counted
        runs.append("")
    longest = max((fold(run) for run in runs), key=len)
    return (longest,) if len(longest) >= _RUN and Text(longest).words == [longest] else None


class _Rewriting:
    """One pass over a pattern, from RE2's dialect with Perl's meanings to what RE2 can search."""

    def __init__(self, source: str, column: int) -> None:
        self._source = unicodedata.normalize("NFC", source)  # as folded text is
        self._column = column
        self.is_endless = False  # whether something may be repeated any number of times
        self._at = 0
        self._open: list[int] = []
        self._out: list[str] = []

    def done(self) -> str:
        while self._at < len(self._source):
            piece = self._next()
            if piece != _MARK or self._out[-1:] != [_MARK]:  # \b\b is one edge
                self._out.append(piece)
        if self._open:
            raise self._error("'(' is never closed", at=self._open[-1], hint="add ')' or write \\(")
        return "".join(self._out)

    def _error(self, message: str, *, at: int, hint: str = "") -> QueryError:
        return QueryError(message, column=self._column + at, hint=hint)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._source, self._at)
        if found:
            self._at = found.end()
        return found

    def _next(self) -> str:
        start, char = self._at, self._source[self._at]
        if char == "(":
            return self._group()
        if _POSSESSIVE.match(self._source, start):
            raise self._error("possessive repetitions (*+) are not in this language", at=start)
        if repeat := self._take(_REPEAT):
            self.is_endless = self.is_endless or bool(_ENDLESS.match(repeat[0]))
            return repeat[0]
        if char == "\\":
            return self._escape()
        self._at += 1
        if char == ")":
            return self._close(start)
        if char == "[":
            return _atom(self._class(start))
        if char == ".":
            return _atom(f"[^{_MARK}]")
        if char in "|^":
            return char
        return f"{_MARK}?$" if char == "$" else _literal(char)

    def _close(self, start: int) -> str:
        if not self._open:
            raise self._error("')' closes nothing", at=start, hint="write \\) for the character")
        self._open.pop()
        return ")"

    def _group(self) -> str:
        start = self._at
        rest = self._source[start:]
        if rest.startswith(("(?=", "(?!", "(?<=", "(?<!")):
            raise self._error(
                "look-around cannot be searched in linear time",
                at=start,
                hint="combine terms with AND and NOT",
            )
        if rest.startswith("(?P="):
            raise self._error("a back-reference cannot be searched in linear time", at=start)
        found = self._take(_GROUP)
        if found is None or (rest.startswith("(?") and found[0] == "("):
            raise self._error(
                f"'{rest[:3]}' is not in this language", at=start, hint="groups are ( ) or (?: )"
            )
        flags, close = found["flags"] or "", found["close"]
        if unknown := flags.replace("i", "").replace("s", "").replace("m", ""):
            what = "case-sensitive search" if unknown[0] == "-" else f"the flag '{unknown[0]}'"
            raise self._error(f"{what} is not in this version", at=start)
        if close == ")":
            return "(?m)" if "m" in flags else ""  # i and s hold anyway
        self._open.append(start)
        return "(?m:" if "m" in flags else "(?:"

    def _escape(self) -> str:
        start = self._at
        if found := self._take(_PROPERTY):
            return _atom(_property(found))
        if (code := self._hex(start)) is not None:
            return _literal(code)
        char = self._escaped(start)
        if char.lower() in _PROPERTIES:
            inner = _PROPERTIES[char.lower()]
            return _atom(f"[^{inner}{_MARK}]" if char.isupper() else f"[{inner}]")
        if char in _ANCHORS:
            return _ANCHORS[char]
        if char in "123456789k":
            raise self._error("a back-reference cannot be searched in linear time", at=start)
        return _literal(self._plain(char, start))

    def _escaped(self, start: int) -> str:
        if start + 1 >= len(self._source):
            raise self._error("a backslash ends the regular expression", at=start, hint="write \\\\")
        self._at = start + 2
        return self._source[start + 1]

    def _plain(self, char: str, start: int) -> str:
        if char.isascii() and char.isalnum() and char not in _CONTROLS:
            raise self._error(f"'\\{char}' means nothing here", at=start)
        return _CONTROLS.get(char, char)

    def _hex(self, start: int) -> str | None:
        if not (found := self._take(_HEX)):
            return None
        code = int(next(digits for digits in found.groups() if digits), 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise self._error(f"'{found[0]}' is not a character", at=start)
        return chr(code)

    def _class(self, start: int) -> str:
        """Read `[...]`, whose bracket is behind us; return a class, or alternatives of classes."""
        negated = self._source.startswith("^", self._at)
        self._at += negated
        first, inner, outer = self._at, "", []
        while not self._source.startswith("]", self._at) or self._at == first:
            if self._at >= len(self._source):
                raise self._error("'[' is never closed", at=start, hint="add ']' or write \\[")
            item, is_complement = self._class_item()
            if is_complement:
                outer.append(item)
            else:
                inner += item
        self._at += 1
        if negated and outer:
            raise self._error("\\W, \\D, \\S, \\P inside [^ ] are not in this version", at=start)
        if negated:
            return f"[^{inner}{_MARK}]"
        alternatives = [*([f"[{inner}]"] if inner else []), *outer]
        return alternatives[0] if len(alternatives) == 1 else f"(?:{'|'.join(alternatives)})"

    def _class_item(self) -> tuple[str, bool]:
        """Return the next item of a class; True if it is a whole negated class of its own."""
        start = self._at
        if found := self._take(_CLASS_NAME):
            if found[1] or found[2] not in _POSIX:
                raise self._error(f"'{found[0]}' is not in this version", at=start)
            return _POSIX[found[2]], False
        if found := self._take(_PROPERTY):
            item = _property(found)
            return (item, True) if item.startswith("[^") else (item[1:-1], False)
        if self._source[start] == "\\" and self._source[start + 1 : start + 2].lower() in _PROPERTIES:
            char = self._escaped(start)
            inner = _PROPERTIES[char.lower()]
            return (f"[^{inner}{_MARK}]", True) if char.isupper() else (inner, False)
        low = self._class_char()
        if not re.match(r"-[^\]]", self._source[self._at :]):
            folded = fold(low)
            return _code(folded if len(folded) == 1 else low), False
        self._at += 1
        high = self._class_char()
        if high < low:
            raise self._error(f"'{low}-{high}' is a range from high to low", at=start)
        return _range(low, high), False

    def _class_char(self) -> str:
        start, char = self._at, self._source[self._at]
        if char != "\\":
            self._at += 1
            return char
        code = self._hex(start)
        return self._plain(self._escaped(start), start) if code is None else code


def _atom(pattern: str) -> str:
    return f"(?:{_MARK}?{pattern})"


def _literal(char: str) -> str:
    atoms = [_atom(_code(folded)) for folded in fold(char)]
    return atoms[0] if len(atoms) == 1 else f"(?:{''.join(atoms)})"  # ß is two, a soft hyphen none


def _code(char: str) -> str:
    return char if char.isascii() and char.isalnum() else f"\\x{{{ord(char):x}}}"


def _range(low: str, high: str) -> str:
    """Return a range without the marker."""
    if not low <= BOUNDARY <= high:
        return f"{_code(low)}-{_code(high)}"
    below = f"{_code(low)}-{_code(chr(ord(BOUNDARY) - 1))}" if low < BOUNDARY else ""
    above = f"{_code(chr(ord(BOUNDARY) + 1))}-{_code(high)}" if high > BOUNDARY else ""
    return below + above


def _property(found: re.Match[str]) -> str:
    name = found[2].strip("{}")
    negated = (found[1] == "P") != name.startswith("^")
    name = name.removeprefix("^")
    if name == "Any":
        return f"[^{_MARK}]"
    return f"[^\\p{{{name}}}{_MARK}]" if negated else f"[\\p{{{name}}}]"
