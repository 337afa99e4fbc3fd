"""How other query languages say things: what is read as ours, and what is refused by its name.

Nothing of another language is ever read as words.
"""

import re
from difflib import get_close_matches
from typing import NamedTuple

from monitor.rules.errors import QueryError

FIELDS = ("title", "summary", "source", "tag", "author", "url", "site", "publisher", "lang", "severity")

# other names for our fields
OTHERS = {
    **dict.fromkeys(("intitle", "allintitle", "headline", "hl"), "title"),
    **dict.fromkeys(("inurl", "allinurl", "link", "links"), "url"),
    **dict.fromkeys(("domain", "host"), "site"),
    **dict.fromkeys(("description", "desc"), "summary"),
    **dict.fromkeys(("feed", "feed_title"), "source"),
    **dict.fromkeys(("label", "category", "tags", "labels", "theme"), "tag"),
    **dict.fromkeys(("by", "creator", "inauthor"), "author"),
    **dict.fromkeys(("language", "sourcelang"), "lang"),
}

# names for when an item was published, and on which side of the date
TIMES = {
    **dict.fromkeys(("published", "date", "pubdate", "when"), ""),
    **dict.fromkeys(("newer", "since", "after"), ">="),
    **dict.fromkeys(("older", "before"), "<"),
    "until": "<=",
}

# marks that readers keep and we do not: whether an item counts as having one
MARKS = {
    "unread": True,
    **dict.fromkeys(("read", "seen", "star", "starred", "flagged", "marked", "favorite", "saved"), False),
}
_YES, _NO = frozenset(("true", "yes", "1", "on")), frozenset(("false", "no", "0", "off"))


class Nearness(NamedTuple):
    """How near two places are to be; `distance` None: anywhere in one text."""

    distance: int | None = None
    sentence: bool = False
    ordered: bool = False


_NEAR = re.compile(
    r"(?P<o>o)?near(?:(?:[/:~](?=-?\d))?(?P<n>(?<!r)-?\d+|\d+)(?P<f>f)?|/(?P<s>s))|(?P<adj>adj)/?(?P<a>(?<!j)-?\d+|\d+)"
    r"|(?:w|n|within)/(?P<w>-?\d+|[sp])|(?P<pre>pre|p)/(?P<p>-?\d+)|around\((?P<g>-?\d+)\)",
    re.IGNORECASE,
)


FARTHEST = 9_999  # words


def number(said: str, operator: str, most: int, column: int) -> int:
    """Return the number of an operator; raise QueryError for one that can never be met, or is beyond all texts.

    >>> number("5", "NEAR", 9, 1)
    5
    """
    value = int(said) if len(said) < 9 else 0
    if not 1 <= value <= most:
        raise QueryError(f"{operator} takes a number from 1 to {most:,}, not {shown(said)}", column=column)
    return value


def nearness(word: str, column: int = 1) -> Nearness | None:
    """Return what a word says of nearness, None if it is another word; raise QueryError for an odd number.

    >>> nearness("NEAR/5"), nearness("w/s"), nearness("near")
    (Nearness(distance=5, sentence=False, ordered=False), Nearness(distance=None, sentence=True, ordered=False), None)
    """
    if word == "SAME":
        return Nearness()
    found = _NEAR.fullmatch(word)
    if found is None:
        return None
    said = next(found[name] for name in ("n", "s", "a", "w", "p", "g") if found[name]).lower()
    if said in ("s", "p"):
        return Nearness(sentence=said == "s")
    ordered = any(found[name] for name in ("o", "f", "adj", "pre"))
    return Nearness(distance=number(said, "NEAR", FARTHEST, column), ordered=ordered)


_WORDS: tuple[tuple[re.Pattern[str], tuple[str, str]], ...] = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (
            r"O?NEAR|ADJ",
            ("nearness without a number", "say how many words apart: NEAR/5; NEAR/s is one sentence"),
        ),
        (r"XOR", ("XOR", "write (a OR b) AND NOT (a AND b)")),
        (
            r"@(?i:(?:this|last)[_-]?\d*[_-]?(?:hour|day|week|weekend|month|quarter|year)s?)",
            ("searching by such a date", "write published:7d or published:2024-11-23"),
        ),
        (r".+~\d*", ("~ (inexact search)", "write the beginning with a star: strike*")),
        (r".+\^[\d.]+", ("^ (weights)", "leave it out: a rule rings or not")),
        (r"[\[{].*", ("a range of words", "a range stands after published: only")),
        (r"[<>]=?.+", ("a comparison", "write published:>2024-11-23, or put it in quotes to search for it")),
        (r"\d+\.\.\d+", ("a range of numbers", "put it in quotes to search for it")),
    )
)
_ANY = re.compile("|".join(pattern.pattern for pattern, _ in _WORDS))
_ABSENT = {
    **dict.fromkeys(
        ("city", "country", "region", "sourcecountry", "location_country", "geo", "near"),
        ("where an item comes from", "write the place as a word, or site:… for who says it"),
    ),
    **dict.fromkeys(
        ("location", "islibrary", "last_opened__lt", "last_opened__gt", "inbox", "note", "in", "has", "is"),
        ("what a reader did with an item", "leave it out: nothing is kept of what was read"),
    ),
    **dict.fromkeys(
        ("self", "nsfw", "subreddit", "flair", "score"),
        ("what only Reddit knows of a post", "leave it out, or write tag:… for a category"),
    ),
    **dict.fromkeys(("tone", "sentiment"), ("the mood of a text", "leave it out")),
}


_NO_FIELDS = frozenset(("text", "content", "body", "intext", "allintext"))
NAMES = frozenset((*FIELDS, *OTHERS, *TIMES, *MARKS, "alias"))  # of what a colon follows


def refuse_field(name: str, column: int) -> None:
    """Raise QueryError if a name is a field of another language alone."""
    plain = name.casefold()
    if plain in _ABSENT:
        what, hint = _ABSENT[plain]
        raise absent((f"the field '{name}:' ({what})", hint), column)
    if plain in _NO_FIELDS:
        raise absent((f"the field '{name}:'", "write the word without a field"), column)


def refuse_word(word: str, column: int) -> None:
    """Raise QueryError if a word is an operator of another language."""
    if not _ANY.fullmatch(word):
        return
    for pattern, told in _WORDS:
        if pattern.fullmatch(word):
            raise absent(told, column)


def refuse_call(word: str, column: int) -> None:
    """Raise QueryError for a word that touches an opening parenthesis."""
    if word.casefold() in ("term", "subject", "company"):
        raise absent(
            (f"{word}( ), an index of subjects,", "write tag:… for a category, or the words"), column
        )
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
    if plain in OTHERS:
        return OTHERS[plain]
    known = ", ".join(f"{field}:" for field in (*FIELDS, "published"))
    quoting = f'to search for the text, put it in quotes: "{shown(f"{name}:{rest}")}"'
    if rest.startswith("//"):
        raise QueryError(f"'{shown(name)}:' is not a field", column=column, hint=f"write url:, or {quoting}")
    refuse_field(name, column)
    near = get_close_matches(plain, (*FIELDS, "published"), n=1)
    meant = f"did you mean {near[0]}:? " if near else ""
    raise QueryError(
        f"unknown field '{shown(name)}:'", column=column, hint=f"{meant}known: {known}; {quoting}"
    )


def mark_of(name: str, value: str, column: int) -> bool:
    """Return whether every item counts as having a mark, `unread:yes`; raise QueryError for another value."""
    said = value.casefold()
    if said not in _YES | _NO:
        raise QueryError(f"'{name}:' is yes or no", column=column, hint=f"write {name}:yes")
    return MARKS[name.casefold()] is (said in _YES)


def refuse_after(what: str, rest: str, column: int) -> None:
    """Raise QueryError for what touches the end of a phrase, an expression or a group."""
    if rest.startswith("~"):
        raise QueryError("'~' needs a number after it", column=column, hint='write "a b"~5')
    if rest.startswith("^"):
        raise absent(("^ (weights)", "leave it out: a rule rings or not"), column)
    if rest.startswith("*"):
        hint = 'the star belongs inside the quotes: "dirty bomb*"' if what == "phrase" else "leave it out"
        raise QueryError(f"a star cannot follow a {what}", column=column, hint=hint)
    raise QueryError(f"a space is missing after the {what}", column=column)


def shown(text: str, most: int = 40) -> str:
    """Return a text short enough for a sentence."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def absent(told: tuple[str, str], column: int) -> QueryError:
    """Return the error for something that other languages have: its name, and what to write here."""
    feature, hint = told
    return QueryError(f"{feature} is not in this version", column=column, hint=hint)
