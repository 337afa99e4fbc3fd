"""A query cut into tokens: where each begins and ends, and what it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from monitor.rules import dialects, phrase, regex
from monitor.rules.dialects import shown
from monitor.rules.errors import QueryError

MAX_LENGTH = 100_000  # characters of a query
MAX_WORDS = 100  # of a phrase

Kind = Literal["(", ")", "AND", "OR", "NOT", "-", "field", "term", "end"]
Pattern = phrase.Phrase | phrase.Symbols | regex.Regex


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a query; `start` and `end` are offsets into it."""

    kind: Kind
    start: int
    end: int
    field: str = ""  # of kind field
    pattern: Pattern | None = None  # of kind term


_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}  # （ is (
_QUOTES = '"“”„‟〝〞〟'
_CLOSING = {**dict.fromkeys(_QUOTES, _QUOTES), "«": "»", "»": "«"}
_STOPS = "()|" + "".join(_CLOSING)
_MINUS = "-−–"
_OPERATORS: dict[str, Kind] = {"and": "AND", "or": "OR", "not": "NOT", "&&": "AND"}

_WORD = re.compile(rf"[^\s{re.escape(_STOPS)}]+")
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):")
_SPACE = re.compile(r"\s+")
_AT_LEAST = re.compile(r"at\s+least\s+\d+\s+(of\b|\()", re.IGNORECASE)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")  # controls, surrogates
_PLUS = re.compile(r"\s*[^\s)|]")
_SLASH = re.compile(r"/(\d{1,3}|[sp])(?=[\s(])|/[nf]\d{1,3}/", re.IGNORECASE)
_REGEX = re.compile(r"/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*)/(\w*)", re.DOTALL)
_SINGLE = re.compile(r"['‘’](\S[^'‘’]*(?:['’]\w[^'‘’]*)*)['’](?!\w)")
_QUOTED_FIELD = re.compile(rf"({'|'.join(dialects.FIELDS)}):(?=\S)", re.IGNORECASE)


def tokens(query: str) -> Iterator[Token]:
    """Yield the tokens of a query, and at last one of kind end; raise QueryError."""
    _check(query)
    return _Scan(query).tokens()


def _check(query: str) -> None:
    if len(query) > MAX_LENGTH:
        raise QueryError(
            f"a query may have {MAX_LENGTH:,} characters; this one has {len(query):,}",
            column=MAX_LENGTH + 1,
            hint="make several rules of it",
        )
    if found := _NO_TEXT.search(query):
        raise QueryError(f"U+{ord(found[0]):04X} is not a character of a text", column=found.start() + 1)


class _Scan:
    def __init__(self, query: str) -> None:
        self._query = query.translate(_WIDE)
        self._at = 0
        self._fielded = False  # the last token was a field: what touches it is its text

    def tokens(self) -> Iterator[Token]:
        while self._skip():
            start = self._at
            token = self._next(self._query[start])
            if token is not None:
                self._fielded = token.kind == "field"
                yield token
        yield Token(kind="end", start=len(self._query), end=len(self._query))

    def _skip(self) -> bool:
        found = _SPACE.match(self._query, self._at)
        self._at = found.end() if found else self._at
        return self._at < len(self._query)

    def _error(self, message: str, *, at: int, hint: str = "") -> QueryError:
        return QueryError(message, column=at + 1, hint=hint)

    def _token(self, kind: Kind, end: int, *, field: str = "", pattern: Pattern | None = None) -> Token:
        start, self._at = self._at, end
        return Token(kind=kind, start=start, end=end, field=field, pattern=pattern)

    def _next(self, char: str) -> Token | None:
        at = self._at
        if char == "(":
            return self._token("(", at + 1)
        if char == ")":
            self._end_of("group", at + 1)
            return self._token(")", at + 1)
        if char == "|":
            return self._token("OR", at + 1 + self._query.startswith("||", at))
        if char in _CLOSING:
            return self._phrase(at)
        if char == "/":
            return self._regex(at)
        if char in _MINUS:
            return self._minus(at)
        if char == "+":
            self._plus(at)
            return None
        return self._word(at)

    def _minus(self, at: int) -> Token:
        after = self._query[at + 1 : at + 2]
        if not after or after.isspace() or after in ")|":
            raise self._error("'-' stands alone", at=at, hint="write -word without a space, or NOT word")
        if after in _MINUS:
            raise self._error("two minus signs in a row", at=at, hint="write one")
        return self._token("-", at + 1)

    def _plus(self, at: int) -> None:
        """Pass over a plus: every term is needed anyway."""
        if not _PLUS.match(self._query, at + 1):
            raise self._error("'+' has nothing after it", at=at, hint="leave it out")
        self._at = at + 1

    def _phrase(self, at: int) -> Token:
        closing = _CLOSING[self._query[at]]
        end = next((i for i in range(at + 1, len(self._query)) if self._query[i] in closing), -1)
        if end < 0:
            raise self._error("this quote is never closed", at=at, hint=f"add {closing[0]} after the phrase")
        text = self._query[at + 1 : end]
        if "\\" in text:
            raise self._error(
                "a backslash means nothing here", at=at + 1 + text.index("\\"), hint="leave it out"
            )
        if field := _QUOTED_FIELD.match(text):
            rest = text[field.end() :]
            raise self._error(
                "a field stands before the quotes", at=at, hint=f'write {field[0]}"{shown(rest)}"'
            )
        pattern = self._read(text, at, quoted=True)
        self._end_of("phrase", end + 1)
        return self._token("term", end + 1, pattern=pattern)

    def _end_of(self, what: str, end: int) -> None:
        """Raise QueryError if something touches the end of a phrase, expression or group."""
        char = self._query[end : end + 1]
        wrong = char in "~^*" if what == "group" else not char.isspace() and char not in ")|("
        if char and wrong:
            dialects.refuse_after(what, char, end + 1)

    def _regex(self, at: int) -> Token:
        if found := _SLASH.match(self._query, at):
            dialects.refuse_slash(found[0], at + 1)
        found = _REGEX.match(self._query, at)
        if found is None:
            hint = "add '/' after it; put a text with a slash in quotes"
            raise self._error("this '/' begins a regular expression that is never closed", at=at, hint=hint)
        if flags := found[2].replace("i", "", 1):
            raise self._error(
                f"the flag '{shown(flags)}' of a regular expression is not in this version",
                at=found.start(2),
                hint="letter case does not count anyway; put a text with slashes in quotes",
            )
        pattern = regex.read(found[1].replace("\\/", "/"), at + 2)
        self._end_of("regular expression", found.end())
        return self._token("term", found.end(), pattern=pattern)

    def _word(self, at: int) -> Token:
        found = _FIELD.match(self._query, at)
        if found and (field := self._field(found)):
            return self._token("field", found.end(), field=field)
        match = _WORD.match(self._query, at)
        assert match is not None  # every other beginning was taken care of
        word, end = match[0], match.end()
        kind = _OPERATORS.get(word.casefold())
        if kind and not self._fielded:
            return self._token(kind, end)
        self._refuse(word, at, end)
        return self._token("term", end, pattern=self._read(word, at, quoted=False))

    def _field(self, found: re.Match[str]) -> str | None:
        """Return the field a name before a colon stands for, None if it is a word ("Ukraine: ...")."""
        if self._fielded and found[1].casefold() not in dialects.FIELDS:
            return None  # url:https://...
        rest = _WORD.match(self._query, found.end())
        follows = self._query[found.end() : found.end() + 1]
        if rest is None and (not follows or follows.isspace() or follows in ")|"):
            if found[1].casefold() not in dialects.FIELDS:
                return None
            hint = f"write {found[0]}word without a space after the colon"
            raise self._error(f"'{found[0]}' has nothing after it", at=found.start(), hint=hint)
        return dialects.field_of(found[1], rest[0] if rest else "", found.start() + 1)

    def _refuse(self, word: str, at: int, end: int) -> None:
        if "\\" in word:
            raise self._error(
                "a backslash means nothing here", at=at + word.index("\\"), hint="put the text in quotes"
            )
        if word.startswith("!"):
            raise self._error("'!' is not an operator here", at=at, hint="write -word or NOT word")
        if single := _SINGLE.match(self._query, at, at + 200):
            raise self._error("a phrase stands in double quotes", at=at, hint=f'write "{shown(single[1])}"')
        if _AT_LEAST.match(self._query, at):
            dialects.refuse_at_least(at + 1)
        after = self._query[end : end + 1]
        if after == "(":
            dialects.refuse_call(word, at + 1)
        if after in _CLOSING:
            raise self._error("a quote touches a word", at=end, hint="a phrase begins after a space")
        dialects.refuse_word(word, at + 1)

    def _read(self, text: str, at: int, *, quoted: bool) -> Pattern:
        pattern = phrase.read(text)
        if pattern is None or (not quoted and isinstance(pattern, phrase.Symbols) and text.isascii()):
            if quoted:
                raise self._error("there is no word between these quotes", at=at)
            if text.strip("*") == "":
                raise self._error(
                    "'*' alone would match everything", at=at, hint="write a beginning: strike*"
                )
            hint = "leave it out, or put it and its neighbours in quotes"
            raise self._error(f"'{shown(text)}' stands alone and is not a word", at=at, hint=hint)
        if isinstance(pattern, phrase.Phrase) and len(pattern.words) > MAX_WORDS:
            raise self._error(f"a phrase may have {MAX_WORDS} words", at=at, hint="take the telling ones")
        return pattern
