"""A query cut into tokens: where each begins and ends, and what it is."""

import re
from collections.abc import Callable, Iterator

from monitor.rules.patterns import inflection, phrase, regex, times
from monitor.rules.query import dialects, values, wildcards
from monitor.rules.query.cursor import (
    CLOSING,
    COMMAS,
    MAX_WORDS,
    NO_BACKSLASH,
    QUOTES,
    SLASH,
    WITHIN,
    Cursor,
    Kind,
    Token,
)
from monitor.rules.query.dialects import Nearness, shown
from monitor.rules.query.tree import Pattern
from monitor.rules.words.folding import DASHES

_ALONE = "-−–"  # of the dashes, those that between two spaces are taken for a NOT that lacks its word
_OPERATORS: dict[str, Kind] = {"and": "AND", "or": "OR", "not": "NOT", "&&": "AND"}

# what nearly all of a query is made of: parentheses, words, phrases in straight quotes
_SIMPLE = re.compile(
    r'\s*(?:(?P<open>\()|(?P<word>[^\W_]{4,}\*?)(?=[\s)]|$)|"(?P<quoted>[\w ]+)"(?=[\s)]|$)|(?P<close>\))(?=[\s)]|$))'
)
_PLAIN = re.compile(r"(\w+\*?)(?=[\s)]|$)")  # most words are so
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):")
_AT_LEAST = re.compile(r"at\s+least\s+(-?\d+)\s+(?:of\s*)?(?=\()", re.IGNORECASE)
_OFTEN = re.compile(r"atleast(-?\d+)(?=[\s(])|repeat(-?\d+):", re.IGNORECASE)
_PLUS = re.compile(r"\s*[^\s)|]")
_INNER_SLASH = re.compile(r"(?<=.)/[nf]-?\d+/", re.IGNORECASE)
_AROUND = re.compile(r"around\(-?\d+\)", re.IGNORECASE)
_TONGUE = re.compile(r"([a-z]{2,3}):\w")  # as in ~de:Wort
_REGEX = re.compile(r"/((?:[^/\\\[]|\\.|\[(?:[^\]\\]|\\.)*\])*)/(\w*)", re.DOTALL)
_SINGLE = re.compile(r"['‘’](\S[^'‘’]*(?:['’]\w[^'‘’]*)*)['’](?!\w)")
_FIELD_QUOTED = re.compile(r"'\s*(\"[^\"']+\")\s*'")
_IN_QUOTES = re.compile(rf"({'|'.join((*dialects.FIELDS, *dialects.OTHERS))}):(?=\S)", re.IGNORECASE)
_CASES: dict[str, Callable[[str], str]] = {"caps": str, "allcaps": str.upper, "nocaps": str.lower}
_CALL = re.compile(r"\(([^()]*)\)")
_TITLES = frozenset(("hlead", "headline"))
_MOST_OFTEN = 999
_DAY = re.compile(r"@(today|yesterday|\d{4}-\d{1,2}(?:-\d{1,2})?)", re.IGNORECASE)
_VALUE = re.compile(rf"[\[{{][^\]}}]*[\]}}]|[{QUOTES}][^{QUOTES}]*[{QUOTES}]")


class Tokens(Cursor):
    """The tokens of a query, at last one of kind end; raises QueryError."""

    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.inflected: list[inflection.Inflected] = []
        self._fielded = ""  # the field that the last token was: what touches it is its text

    def __iter__(self) -> Iterator[Token]:
        while True:
            if (simple := _SIMPLE.match(self.query, self._at)) and (token := self._simple(simple)):
                self._fielded = ""
                yield token
                continue
            if not self._skip():
                break
            token = self._next(self.query[self._at])
            if token is not None:
                self._fielded = token.name if token.kind == "field" else ""
                yield token
        yield Token("end", len(self.query), len(self.query))

    def _simple(self, found: re.Match[str]) -> Token | None:
        """Return the token of a piece that can be nothing else, None if it wants a second look."""
        kind = found.lastgroup
        start, end = found.span(kind or 0)
        if kind == "word" or kind == "quoted":
            text = found[kind]
            if kind == "quoted":
                start, end = start - 1, end + 1
            elif not text.endswith("*") and (
                not text.isalpha() or text.isupper() or text[:2] in ("at", "At")
            ):
                return None
            pattern = phrase.read(text)
            if not isinstance(pattern, phrase.Phrase) or len(pattern.words) > MAX_WORDS:
                return None
            self._at = end
            return Token("term", start, end, "", pattern)
        self._at = end
        self._parenthesis(found[0][-1])
        return Token("(" if kind == "open" else ")", start, end)

    def _next(self, char: str) -> Token | None:
        at = self._at
        if char == "(":
            self._parenthesis(char)
            return self._token("(", at + 1)
        if char == ")":
            self._end_of("group", at + 1)
            self._parenthesis(char)
            return self._token(")", at + 1)
        if char == "|":
            return self._token("OR", at + 1 + self.query.startswith("||", at))
        if char == "," or (self._in_list and char in COMMAS):
            return self._token(",", at + 1)
        if char in CLOSING:
            return self._phrase(at)
        if char == "/":
            return self._regex(at)
        if char == "~":
            return self._tilde(at)
        if char == "=":
            return self._cased(at)
        if char in DASHES and (minus := self._minus(at)):
            return minus
        if char == "+":
            self._plus(at)
            return None
        return self._word(at)

    def _minus(self, at: int) -> Token | None:
        after = self.query[at + 1 : at + 2]
        if not after or after.isspace() or after in ")|":
            if self.query[at] not in _ALONE:
                return None
            raise self._error("'-' stands alone", at=at, hint="write -word without a space, or NOT word")
        if after in DASHES:
            raise self._error("two minus signs in a row", at=at, hint="write one")
        return self._token("-", at + 1)

    def _plus(self, at: int) -> None:
        """Pass over a plus: every term is needed anyway."""
        if not _PLUS.match(self.query, at + 1):
            raise self._error("'+' has nothing after it", at=at, hint="leave it out")
        self._at = at + 1

    # -- phrases ------------------------------------------------------------------------------

    def _phrase(self, at: int) -> Token | None:
        text, end = self._quoted(at)
        if (field := _IN_QUOTES.match(text)) and not self._fielded:  # "title:a b" of others is title:"a b"
            opened = field[0] + self.query[at]
            self.query = self.query[:at] + opened + self.query[at + len(opened) :]
            return None
        if self._fielded not in values.ONE_OF:
            wildcards.refuse(text, at + 2, "*" if self._fielded == "url" else "*?")
        pattern = self._read(text, at, quoted=True)
        self._end_of("phrase", end)
        return self._token("term", end, pattern=pattern)

    def _cased(self, at: int) -> Token:
        """Read =Word or ="Some Words"."""
        after = self.query[at + 1 : at + 2]
        if after and after in CLOSING:
            text, end = self._quoted(at + 1)
            wildcards.refuse(text, at + 3)
            self._end_of("phrase", end)
        elif word := self._written(at + 1):
            text, end = word[0], word.end()
        else:
            raise self._error("'=' stands alone", at=at, hint="write =Word, without a space")
        return self._token("term", end, pattern=self._in_case(text, at, quoted=after in CLOSING))

    def _in_case(self, text: str, at: int, *, quoted: bool) -> Pattern:
        pattern = self._read(text, at, quoted=quoted)
        return phrase.cased(pattern, text) if isinstance(pattern, phrase.Phrase) else pattern

    def _tilde(self, at: int) -> Token:
        """Read ~word and ~de:Wort; or, where it touches what stands before it, ~5."""
        touches = at > 0 and not self.query[at - 1].isspace() and self.query[at - 1] not in f"(+|:{DASHES}"
        if touches and (found := WITHIN.match(self.query, at)):
            return self._token("within", found.end(), number=int(found[1]))
        word = self._written(at + 1)
        text, language = (word[0] if word else ""), ""
        if found := re.match(rf"({'|'.join(inflection.LANGUAGES)}):", text):
            text, language = text[found.end() :], found[1]
        elif found := _TONGUE.match(text):
            known = ", ".join(inflection.LANGUAGES)
            raise self._error(f"'~' knows no language {found[1]!r}", at=at, hint=f"known: {known}")
        read = phrase.read(text)
        if (
            not isinstance(read, phrase.Phrase)
            or read.lead
            or read.trail
            or len(read.words) != 1
            or read.words[0].prefix
        ):
            raise self._error("'~' stands before one whole word", at=at, hint="write ~strike, or ~de:Angriff")
        assert word is not None
        pattern = inflection.Inflected(text.strip(".,;:!?"), language, self.inflected)
        self.inflected.append(pattern)
        return self._token("term", word.end(), pattern=pattern)

    def _regex(self, at: int) -> Token:
        if found := SLASH.match(self.query, at):
            return self._slash(found)
        found = _REGEX.match(self.query, at)
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

    def _slash(self, found: re.Match[str]) -> Token:
        """Read /5, /s, /p and /N5/, which are NEAR elsewhere, and /F50/, among the first words."""
        distance, unit, letter, number = found.groups()
        if letter and letter.lower() == "f":
            count = dialects.number(number, "/Fn/", dialects.FARTHEST, found.start() + 1)
            return self._token("first", found.end(), number=count)
        if said := distance or number:
            near = Nearness(dialects.number(said, "NEAR", dialects.FARTHEST, found.start() + 1))
        else:
            near = Nearness(sentence=unit.lower() == "s")
        return self._token("near", found.end())._replace(nearness=near)

    # -- words --------------------------------------------------------------------------------

    def _word(self, at: int) -> Token:
        plain = _PLAIN.match(self.query, at)
        if plain is None:
            return self._odd_word(at)
        word, end = plain[1], plain.end()
        if not self._fielded and (operator := self._operator(word, at, end)):
            return operator
        return self._token("term", end, pattern=self._read(word, at, quoted=False))

    def _operator(self, word: str, at: int, end: int) -> Token | None:
        kind = _OPERATORS.get(word.casefold())
        if kind:
            return self._token(kind, end)
        if word == "ANDNOT":
            self._at += 3
            return Token("AND", at, at + 3)
        if word[:2] in ("at", "At", "AT"):
            return self._counted(at)
        if near := dialects.nearness(word, at + 1):
            return self._token("near", end)._replace(nearness=near)
        dialects.refuse_word(word, at + 1)
        return None

    def _counted(self, at: int) -> Token | None:
        """Read `at least 2 of`, before a group, and `atleast5` or `repeat5:`, before a term."""
        if found := _AT_LEAST.match(self.query, at):
            count = dialects.number(found[1], "at least", dialects.FARTHEST, at + 1)
            self._lists.append(0)
            return self._token("atleast", found.end(), number=count)
        if found := _OFTEN.match(self.query, at):
            count = dialects.number(found[1] or found[2], "atleast", _MOST_OFTEN, at + 1)
            return self._token("often", found.end(), number=count)
        return None

    def _odd_word(self, at: int) -> Token:
        if not self._fielded and (counted := self._counted(at) or self._nearness(at)):
            return counted
        named = _FIELD.match(self.query, at)
        if named and (token := self._named(named)):
            return token
        match = self._written(at)
        assert match is not None  # every other beginning was taken care of
        word, end = match[0], match.end()
        if not self._fielded:
            if (slash := _INNER_SLASH.search(word)) and "://" not in word:
                word, end = word[: slash.start()], at + slash.start()
            if special := self._special(word, at, end):
                return special
        self._refuse(word, at, end)
        return self._token("term", end, pattern=self._read(word, at, quoted=False))

    def _nearness(self, at: int) -> Token | None:
        found = _AROUND.match(self.query, at) or self._written(at)
        if found is None or (near := dialects.nearness(found[0], at + 1)) is None:
            return None
        return self._token("near", found.end())._replace(nearness=near)

    def _special(self, word: str, at: int, end: int) -> Token | None:
        """Return the token of a word that is no text."""
        called = self.query[end : end + 1] == "("
        if called and word.casefold() in _CASES:
            return self._call(word, at, end)
        if called and word.casefold() in _TITLES:
            return self._token("field", end, name="title")
        if found := _DAY.fullmatch(word):
            return self._token("dated", end)._replace(period=times.read(found[1]))
        return self._operator(word, at, end)

    def _call(self, word: str, at: int, end: int) -> Token:
        """Read caps(Word), allcaps(WORD), nocaps(word)."""
        found = _CALL.match(self.query, end)
        if found is None or not found[1].strip():
            raise self._error(f"{word}( ) takes one word or phrase", at=at, hint="write =Word")
        text = found[1].strip().strip(QUOTES)
        wildcards.refuse(text, self.query.index(text, end) + 1)
        return self._token(
            "term", found.end(), pattern=self._in_case(_CASES[word.casefold()](text), at, quoted=True)
        )

    def _named(self, found: re.Match[str]) -> Token | None:
        """Return the token of a name before a colon, None if that is a word ("Ukraine: ...")."""
        name, end = found[1].casefold(), found.end()
        if self._fielded and name not in dialects.FIELDS:
            return None  # url:https://...
        follows = self.query[end : end + 1]
        bare = not follows or follows.isspace() or follows in ")|"
        if bare and name not in dialects.NAMES:
            dialects.refuse_field(found[1], found.start() + 1)
            return None
        if bare:
            hint = f"write {found[0]}word without a space after the colon; to search for the text, leave the colon out"
            raise self._error(f"'{found[0]}' has nothing after it", at=found.start(), hint=hint)
        if name in dialects.TIMES or name in dialects.MARKS:
            return self._valued(name, found)
        rest = self._written(end)
        if name == "alias" and rest:
            return self._token("alias", rest.end(), name=rest[0].casefold())
        field = dialects.field_of(found[1], rest[0] if rest else "", found.start() + 1)
        if quoted := _FIELD_QUOTED.match(self.query, end):  # intitle:'"a b"'
            self.query = (
                self.query[:end] + f" {quoted[1]} ".ljust(len(quoted[0])) + self.query[quoted.end() :]
            )
            end += 1
        return self._token("field", end, name=field)

    def _valued(self, name: str, found: re.Match[str]) -> Token | None:
        value = _VALUE.match(self.query, found.end()) or self._written(found.end())
        if value is None or value[0].startswith("//"):
            hint = "write published:2024-11-23, published:>2024-11-01, published:7d or published:2024-11-01..2024-11-23"
            raise self._error(f"'{found[0]}' is followed by no date", at=found.start(), hint=hint)
        text = value[0].strip(QUOTES)
        if name in dialects.MARKS:
            has = dialects.mark_of(name, text, found.start() + 1)
            return self._token("mark", value.end(), number=has)
        period = times.read(text, side=dialects.TIMES[name])
        if period is None:
            raise self._error(
                f"'{shown(text)}' is not a date",
                at=value.start(),
                hint="write 2024-11-23, >2024-11-01, 2024-11-01..2024-11-23, or 7d for the last seven days",
            )
        return self._token("dated", value.end())._replace(period=period)

    def _refuse(self, word: str, at: int, end: int) -> None:
        if "\\" in word:
            raise self._error("a backslash means nothing here", at=at + word.index("\\"), hint=NO_BACKSLASH)
        if word.startswith("!"):
            raise self._error("'!' is not an operator here", at=at, hint="write -word or NOT word")
        if single := _SINGLE.match(self.query, at, at + 200):
            raise self._error("a phrase stands in double quotes", at=at, hint=f'write "{shown(single[1])}"')
        after = self.query[end : end + 1]
        if after == "(" and word not in ("NEAR",):
            dialects.refuse_call(word, at + 1)
        if after in CLOSING and after:
            raise self._error("a quote touches a word", at=end, hint="a phrase begins after a space")
        dialects.refuse_word(word, at + 1)
