"""What reads a query from left to right: where it is, what stands there, what is wrong with it."""

import re
from typing import Literal, NamedTuple

from monitor.rules.errors import QueryError
from monitor.rules.patterns import phrase
from monitor.rules.patterns.times import Period
from monitor.rules.query import dialects, unseen
from monitor.rules.query.dialects import Nearness, shown
from monitor.rules.query.tree import Pattern

MAX_LENGTH = 100_000  # characters of a query
MAX_WORDS = 100  # of a phrase

Kind = Literal[
    "(", ")", ",", "AND", "OR", "NOT", "-", "field", "term", "near", "within", "first", "atleast", "often",
    "dated", "mark", "alias", "end",
]  # fmt: skip


class Token(NamedTuple):
    """A piece of a query; `start` and `end` are offsets into it."""

    kind: Kind
    start: int
    end: int
    name: str = ""  # of a field, or an alias
    pattern: Pattern | None = None  # of a term
    number: int = 0  # of within, first, atleast, often; of a mark: 1 if every item has it
    nearness: Nearness = Nearness()
    period: Period | None = None


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}  # （ is (
QUOTES = '"“”„‟〝〞〟'
CLOSING = {**dict.fromkeys(QUOTES, QUOTES), "«": "»", "»": "«"}
STOPS = "()|" + "".join(CLOSING)

COMMAS = ",،、"
NO_BACKSLASH = "leave it out; a regular expression stands between slashes"
_GERSHAYIM = re.compile('(?<=[\u05d0-\u05ea\u0591-\u05c7])["“”](?=[\u05d0-\u05ea])')  # צה"ל
WORD = re.compile(rf"[^\s{re.escape(STOPS)}]+")
_LISTED = re.compile(
    rf"(?:[^\s{re.escape(STOPS + COMMAS)}]|(?<=\d),(?=\d))+"
)  # a word in a list: 1,000 is one
WITHIN = re.compile(r"~(\d{1,4})(?!\w)")
SLASH = re.compile(r"/(?:(\d{1,4})|([sp]))(?=[\s(])|/([nf])(-?\d+)/", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")  # controls, surrogates


class Cursor:
    """A place in a query; raises QueryError for what is no text.

    `query` is what is read: as written, but for what nobody sees, full-width letters, quotes within Hebrew words
    and a field that stood in quotes.
    """

    def __init__(self, query: str) -> None:
        _check(query)
        wide = query if query.isascii() else query.translate(_WIDE)
        seen, self._stood = unseen.without(wide)
        self.query = seen if seen.isascii() else _GERSHAYIM.sub("\u05f4", seen)
        self._typed = len(query)
        self._at = 0
        self._lists: list[
            int
        ] = []  # of each list of `at least` that is open, how many parentheses are open in it

    def typed(self, column: int) -> int:
        """Return the column of the query as it was typed for one of what is read."""
        if not self._stood:
            return column
        return (self._stood[column - 1] if column <= len(self._stood) else self._typed) + 1

    @property
    def _in_list(self) -> bool:
        """Whether a comma parts terms here."""
        return bool(self._lists) and self._lists[-1] == 1

    def _written(self, at: int) -> re.Match[str] | None:
        """Return the word that stands at an offset."""
        return (_LISTED if self._in_list else WORD).match(self.query, at)

    def _parenthesis(self, char: str) -> None:
        """Count one, where a list is open."""
        if self._lists:
            self._lists[-1] += 1 if char == "(" else -1
            if not self._lists[-1]:
                self._lists.pop()

    def _skip(self) -> bool:
        found = _SPACE.match(self.query, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self.query)

    def _error(self, message: str, *, at: int, hint: str = "") -> QueryError:
        return QueryError(message, column=at + 1, hint=hint)

    def _token(
        self, kind: Kind, end: int, *, pattern: Pattern | None = None, number: int = 0, name: str = ""
    ) -> Token:
        start, self._at = self._at, end
        return Token(kind, start, end, name, pattern, number)

    def _quoted(self, at: int) -> tuple[str, int]:
        """Return what stands between the quote at `at` and the next, and where that ends."""
        closing = CLOSING[self.query[at]]
        end = next((i for i in range(at + 1, len(self.query)) if self.query[i] in closing), -1)
        if end < 0:
            raise self._error("this quote is never closed", at=at, hint=f"add {closing[0]} after the phrase")
        text = self.query[at + 1 : end]
        if "\\" in text:
            raise self._error(
                "a backslash means nothing here", at=at + 1 + text.index("\\"), hint=NO_BACKSLASH
            )
        return text, end + 1

    def _end_of(self, what: str, end: int) -> None:
        """Raise QueryError if something touches the end of a phrase, expression or group."""
        char = self.query[end : end + 1]
        if not char or char.isspace() or char in ")|(,;" or WITHIN.match(self.query, end):
            return
        if what != "group" or char in "~^*":
            if char == "/" and SLASH.match(self.query, end):
                return
            dialects.refuse_after(what, char, end + 1)

    def _read(self, text: str, at: int, *, quoted: bool) -> Pattern:
        if not quoted and text.endswith("!"):
            text = f"{text.rstrip('!')}*"  # launder! of others
        pattern = phrase.read(text, wild=not quoted)
        if pattern is None or (not quoted and isinstance(pattern, phrase.Symbols) and text.isascii()):
            if quoted:
                raise self._error("there is no word between these quotes", at=at)
            if text.strip("*?") == "":
                raise self._error(
                    f"'{shown(text)}' alone would match everything", at=at, hint="write a beginning: strike*"
                )
            hint = "leave it out, or put it and its neighbours in quotes"
            raise self._error(f"'{shown(text)}' stands alone and is not a word", at=at, hint=hint)
        if isinstance(pattern, phrase.Phrase) and len(pattern.words) > MAX_WORDS:
            raise self._error(f"a phrase may have {MAX_WORDS} words", at=at, hint="take the telling ones")
        return pattern


def _check(query: str) -> None:
    if len(query) > MAX_LENGTH:
        raise QueryError(
            f"a query may have {MAX_LENGTH:,} characters; this one has {len(query):,}",
            column=MAX_LENGTH + 1,
            hint="make several rules of it",
        )
    if found := _NO_TEXT.search(query):
        raise QueryError(f"U+{ord(found[0]):04X} is not a character of a text", column=found.start() + 1)
