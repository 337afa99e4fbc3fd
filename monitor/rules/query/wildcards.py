"""Stars and question marks between quotes: which of them would be passed over, and what says the same here.

A star that ends a word of a phrase is a beginning, one between single letters (M*A*S*H) and a question mark behind a
word are punctuation.
"""

import re

from monitor.rules.query.cursor import MAX_WORDS
from monitor.rules.query.dialects import absent, shown
from monitor.rules.words.folding import unspaced
from monitor.rules.words.text import Text

_PIECE = re.compile(r"\S*")


def refuse(text: str, column: int, signs: str = "*?") -> None:
    """Raise QueryError for a wildcard in the `text` of a phrase that is none there; `column` is where the text begins.

    >>> refuse("Who? What? nuclear weap*", 2)
    >>> refuse("dirty * bomb", 2)
    Traceback (most recent call last):
    monitor.rules.errors.QueryError: column 8: * for a word of a phrase is not in this version (write "dirty bomb"~2)
    """
    if not any(sign in text for sign in signs):
        return
    read = Text(text)
    for place in range(min(len(read.words), MAX_WORDS) + 1 if read.words else 0):
        at = _wildcard(read, place, signs)
        if at >= 0:
            start = read.ends[place - 1] if place else 0
            offset = read.span(start + at, start + at + 1)[0]
            raise absent(_told(text, offset, signs), column + offset)


def _wildcard(text: Text, place: int, signs: str) -> int:
    """Return where in the gap before a word a wildcard stands that is none, -1 if there is no such."""
    gap, last = text.gap(place), place == len(text.words)
    if "?" in signs and not last and (at := _question(text, place, gap)) >= 0:
        return at
    if "*" not in signs or not place:
        return gap.find("*") if "*" in signs else -1
    behind = len(gap) - len(gap.lstrip("*"))
    if not gap or last or behind < len(gap):
        return gap.find("*", behind)
    return 0 if max(map(len, text.words[place - 1 : place + 1])) > 1 else -1  # M*A*S*H


def _question(text: Text, place: int, gap: str) -> int:
    """Return where in the gap before a word a question mark stands for a letter: it touches words, and ends no sentence."""
    within = gap.strip("*?") == "" if place else gap.endswith("?") and gap[-2:-1].strip() == ""
    beside = text.words[max(place - 1, 0) : place + 1]
    start = text.ends[place - 1] if place else 0
    address = "/" in text.folded[:start].rpartition(" ")[2]  # example.org/a?b=1
    return -1 if not within or address or any(map(unspaced, beside)) else gap.find("?")


def _told(text: str, offset: int, signs: str) -> tuple[str, str]:
    """Return what the wildcard at an offset is called, and what to write."""
    sign = text[offset]
    start = max(text.rfind(space, 0, offset) for space in " \t\n\r\u00a0") + 1
    found = _PIECE.match(text, start)
    piece = found[0] if found else sign
    if piece.strip("*") == "":
        return "* for a word of a phrase", _apart(text.split())
    if re.fullmatch(r"[\w*?]+", piece):
        written = " ONEAR/1 ".join(text.split())
        aside = "; for the question mark, put a space after it" if sign == "?" else ""
        return f"{sign} inside a word of a phrase", f"write {shown(written)}, without the quotes{aside}"
    return f"{sign} in a phrase", 'write it behind the beginning of a word: "nuclear weap*"'


def _apart(pieces: list[str]) -> str:
    """Return what asks for words with so many others between them."""
    places = [place for place, piece in enumerate(pieces) if piece.strip("*")]
    if len(places) < 2:
        return "leave it out"
    words = " ".join(pieces[place] for place in places)
    return f'write "{shown(words)}"~{places[-1] - places[0]}'
