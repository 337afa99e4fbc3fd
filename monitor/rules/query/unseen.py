"""Characters that nobody sees in a query: what web pages, word processors and right-to-left texts leave in what is copied."""

import re
from unicodedata import category

from monitor.rules.words.folding import unspaced

_SIGNS = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
_UNSEEN = re.compile(f"[{_SIGNS}]+")
# Persian words, conjuncts of Indic scripts and emoji are spelled with these
_JOINERS = re.compile("[\u200c\u200d]")
_ENDS = ')"”»*'  # what may end a term


def without(query: str) -> tuple[str, list[int]]:
    r"""Return a query without what is unseen, and where each of its characters stood; no places if nothing was left out.

    A zero width space that parts two words is a space, as in a text. What is inside a word of a script that needs it stays.

    >>> without("Kyiv \u200e-drone"), without("AND\u200bdrone")[0], without("می\u200cخواهم")[0] == "می\u200cخواهم"
    (('Kyiv -drone', [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]), 'AND drone', True)
    """
    if query.isascii() or not _UNSEEN.search(query):
        return query, []
    seen, stood, last = list[str](), list[int](), 0
    for found in _UNSEEN.finditer(query):
        start, end = found.span()
        seen.append(query[last:start])
        stood.extend(range(last, start))
        if stays := _stays(found[0], query[start - 1 : start], query[end : end + 1]):
            seen.append(stays)
            stood.append(start)
        last = end
    seen.append(query[last:])
    stood.extend(range(last, len(query)))
    return "".join(seen), stood


def _stays(unseen: str, before: str, after: str) -> str:
    """Return the one character that stays of those which stand between two others, "" if none does."""
    if not before or not after:
        return ""
    if "\u200b" in unseen and after.isalnum() and (before in _ENDS or _is_of_word(before)):
        return "\u200b" if unspaced(after) and (unspaced(before) or not before.isalnum()) else " "
    joiner = _JOINERS.search(unseen)
    return joiner[0] if joiner and _may_join(before) and _may_join(after) else ""


def _is_of_word(char: str) -> bool:
    return char.isalnum() or category(char).startswith("M")


def _may_join(char: str) -> bool:
    """Tell whether a character is one of those that joiners stand between: a letter, mark or symbol, none of an operator."""
    return not char.isascii() and not char.isspace() and not category(char).startswith("P")
