"""What other query languages have and this version has not: refused by name, never read as words."""

import re
from difflib import get_close_matches

from monitor.rules.errors import QueryError

FIELDS = {name: name for name in ("title", "summary", "source", "tag", "author", "url")}

_NEAR = ("NEAR (words within n of each other)", 'write AND, or a "phrase"')
_COUNT = ("counting ('at least n')", "write the term once, or join terms with AND")
_CASE = ("case-sensitive search", "write the word alone; letter case does not count")
_DATES = ("searching by date", "leave it out: rules only see what is new")

_WORDS: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"O?NEAR|ADJ|SAME|(?i:(o?near|adj|within)[/:]?\d+[fb]?|(w|n|p|pre)/\d+|w/[sp])", _NEAR),
        (r".*/[Nn]\d+/.*", _NEAR),
        (r".*/[Ff]\d+/.*", ("/Fn/ (among the first n words)", "write title:word, or the word alone")),
        (r"XOR", ("XOR", "write (a OR b) AND NOT (a AND b)")),
        (r"ANDNOT", ("ANDNOT", "write AND NOT")),
        (r"(?i:atleast\d*)", _COUNT),
        (r"@(?i:today|yesterday|(this|last)\w+|\d{4}\S*)", _DATES),
        (r"=.+", ("=Word (case-sensitive search)", _CASE[1])),
        (r"~.+", ("~word (inflected forms)", "write the beginning with a star: strike*")),
        (r".+~\d*", ("~ (inexact search)", "write the beginning with a star: strike*")),
        (r".+\^[\d.]+", ("^ (weights)", "leave it out: a rule rings or not")),
        (r"[\[{].*", ("a range", "leave it out")),
        (r"[<>]=?.+", ("a comparison", "leave it out, or put it in quotes to search for it")),
        (r"\d+\.\.\d+", ("a range", "put it in quotes to search for it")),
    )
)
_ANY = re.compile("|".join(pattern.pattern for pattern, _ in _WORDS) + r"|.*[*?!]\S*")
_STAR = (
    "a star before or inside a word",
    "a star may end a word: strike*; within a quoted word it is punctuation",
)
_QUESTION = ("the wildcard ?", "write both forms with OR; put a question mark in quotes to leave it in")

_FUNCTIONS = {
    "atleast": _COUNT, "caps": _CASE, "allcaps": _CASE, "nocaps": _CASE,
    "near": _NEAR, "onear": _NEAR,
    "hlead": ("the headline's field", "write title:( )"),
    "headline": ("the headline's field", "write title:( )"),
}  # fmt: skip

_LATER = {"site", "publisher", "lang", "severity", "published"}  # ours, in a later version
_OTHERS = {
    **dict.fromkeys(("intitle", "allintitle", "headline", "hl"), "title:"),
    **dict.fromkeys(("inurl", "allinurl", "link", "links"), "url:"),
    **dict.fromkeys(("site", "domain", "host"), "url:, which looks anywhere in the address"),
    **dict.fromkeys(("description", "desc"), "summary:"),
    **dict.fromkeys(("feed", "publisher", "feed_title"), "source:"),
    **dict.fromkeys(("label", "category", "tags", "labels"), "tag:"),
    **dict.fromkeys(("by", "creator", "inauthor"), "author:"),
    **dict.fromkeys(("intext", "allintext", "text", "content", "body"), "a word without a field"),
}
_TIMES = {"when", "newer", "older", "before", "after", "date", "pubdate", "since", "until", "published"}


def refuse_word(word: str, column: int) -> None:
    """Raise QueryError if a word is an operator of another language."""
    if not _ANY.fullmatch(word):
        return
    for pattern, told in _WORDS:
        if pattern.fullmatch(word):
            raise _absent(told, column)
    bare = word.rstrip(",;.:")
    if "*" in bare[:-1]:
        raise _absent(_STAR, column + word.index("*"))
    if "?" in word:
        raise _absent(_QUESTION, column + word.index("?"))
    if word.endswith("!"):
        stem = word.rstrip("!")
        raise _absent(("the truncation !", f'write {stem}*, or "{word}" for a name'), column + len(stem))


def refuse_call(word: str, column: int) -> None:
    """Raise QueryError for a word that touches an opening parenthesis."""
    if known := _FUNCTIONS.get(word.casefold().rstrip("0123456789")):
        feature, hint = known
        raise _absent((f"{word}( ), {feature},", hint), column)
    raise QueryError(
        f"'{shown(word)}(' is not in this version",
        column=column,
        hint="put a space before '(' if both the word and the group are meant",
    )


def field_of(name: str, rest: str, column: int) -> str:
    """Return the field a name stands for; raise QueryError, saying what would be right."""
    plain = name.casefold()
    if plain in FIELDS:
        return plain
    known = ", ".join(f"{field}:" for field in FIELDS)
    quoting = f'to search for the text, put it in quotes: "{shown(f"{name}:{rest}")}"'
    if re.fullmatch(r"repeat\d+", plain):
        raise _absent(_COUNT, column)
    if plain in ("near", "onear"):
        raise _absent(_NEAR, column)
    if rest.startswith("//"):
        raise QueryError(f"'{shown(name)}:' is not a field", column=column, hint=f"write url:, or {quoting}")
    if plain in _TIMES:
        raise _absent((f"{name}: (searching by date)", _DATES[1]), column)
    if plain in _OTHERS:
        hint = f"write {_OTHERS[plain]}"
        raise QueryError(f"the field '{name}:' is not in this version", column=column, hint=hint)
    if plain in _LATER:
        raise QueryError(f"the field '{name}:' is not in this version", column=column, hint=f"known: {known}")
    near = get_close_matches(plain, FIELDS, n=1)
    meant = f"did you mean {near[0]}:? " if near else ""
    raise QueryError(
        f"unknown field '{shown(name)}:'", column=column, hint=f"{meant}known: {known}; {quoting}"
    )


def refuse_after(what: str, rest: str, column: int) -> None:
    """Raise QueryError for what touches the end of a phrase, an expression or a group."""
    if rest.startswith("~"):
        raise _absent(("~n (words within n of each other)", 'write AND, or a "phrase"'), column)
    if rest.startswith("^"):
        raise _absent(("^ (weights)", "leave it out: a rule rings or not"), column)
    if rest.startswith("*"):
        hint = 'the star belongs inside the quotes: "dirty bomb*"' if what == "phrase" else "leave it out"
        raise QueryError(f"a star cannot follow a {what}", column=column, hint=hint)
    if rest in (",", ";"):
        raise QueryError(f"'{rest}' is not an operator", column=column, hint="write AND or OR between terms")
    raise QueryError(f"a space is missing after the {what}", column=column)


def refuse_slash(written: str, column: int) -> None:
    """Raise QueryError for `/5`, `/s`, `/p`: distances, where a regular expression could begin."""
    raise QueryError(
        f"'{written}' (words near each other) is not in this version",
        column=column,
        hint='write AND, or a "phrase"; in a regular expression write [ ] for the first space',
    )


def refuse_at_least(column: int) -> None:
    """Raise QueryError for `at least n of (...)`."""
    raise _absent(_COUNT, column)


def shown(text: str, most: int = 40) -> str:
    """Return a text short enough for a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _absent(told: tuple[str, str], column: int) -> QueryError:
    feature, hint = told
    return QueryError(f"{feature} is not in this version", column=column, hint=hint)
