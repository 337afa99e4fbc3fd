"""Does an edit tell something else? A number, a name, a denial, another claim do; typos and style do not.

No model: the words that came are looked at one by one. A headline of which most words are new tells something
else whatever they are. Set on one half of 200 edits labelled by hand and measured on the other
(tests/core/alerts/test_edits.py has the figures).
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from rapidfuzz import fuzz

from monitor.core.likeness import STEM, words
from monitor.rules.words.text import Text
from monitor.values import dataclass

SPELLED = 85  # likeness in percent from which on two words are one, spelled in two ways
OTHER = 0.55  # share of new words of weight from which on it is another statement
Kind = Literal["number", "name", "denial", "state", "statement"]

# what was to be and is, what may be and is not sure: a change between these is another state of things
_COMING_WORDS = """
    to will due set plans plan planned may might could expected urged considers mulls vows soll will könnte
    va devrait podría может планирует собирается може планує збирається має
"""
_COMING = frozenset(_COMING_WORDS.split())
_HAPPENED_WORDS = """
    dead dies died killed kills deadly injured hurt arrested arrests charged jailed guilty freed released
    fired sacked resigns quits leaves suspended cancelled canceled closed banned approved approves begins
    began ends ended under way detonated exit exits eliminated named identified riot violent strikes struck
    invades explodes exploded crashes collapses
"""
_HAPPENED = frozenset(_HAPPENED_WORDS.split())
_NAME = re.compile(
    r"(?<![.!?:'\"“‘«(\-–—|] )(?<![.!?:'\"“‘«(\-–—|])(?<!^)\b[^\W\d_a-zа-яёіїєґ][\w’'.-]*", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Change:
    """Why an edit is material."""

    kind: Kind
    words: tuple[str, ...]  # of the new text


def material(old: str, new: str) -> Change | None:
    """Return what makes `new` tell something else than `old`, None if it is the same told anew.

    >>> material("Blast kills 3 in Odesa", "Blast kills 7 in Odesa")
    Change(kind='number', words=('7',))
    >>> material("Blast kils 3 in Odesa", "Blast kills three in Odesa") is None
    True
    """
    return next(_changes(old, new), None)


def _changes(old: str, new: str) -> Iterator[Change]:
    before, after = words(old), words(new)
    if came := tuple(
        sorted(number for number in after.numbers - before.numbers if not _is_of_a_name(number, new))
    ):
        yield Change("number", came)
    if before.denies is not after.denies:
        yield Change("denial", ())
    had, has = set(Text(old).words), set(Text(new).words)
    stems = {word[:STEM] for word in had}
    if came := tuple(
        sorted(word for word in has & _HAPPENED if word[:STEM] not in stems and not _is_typo(word, had))
    ):
        yield Change("state", came)
    if went := tuple(sorted(_coming(old, has) - set(_coming(new, had)))):
        yield Change("state", went)
    if not _is_title_case(new) and (names := tuple(_new_names(old, new, stems))):
        yield Change("name", names)
    other = tuple(stem for stem in after.weights if stem not in before.weights)
    if other and len(other) / len(after.weights) >= OTHER:
        yield Change("statement", other)


def _is_typo(word: str, had: set[str]) -> bool:
    """Tell whether another spelling of a word was there."""
    return any(fuzz.ratio(word, other) >= SPELLED for other in had)


def _is_of_a_name(number: str, text: str) -> bool:
    """Tell whether a number is a part of a word or of a clock time: Covid-19, 21:00."""
    return re.search(rf"[^\W\d_]-{number}\b|\b{number}:\d\d|\d:{number}\b", text) is not None


def _coming(text: str, other: set[str]) -> set[str]:
    """Return the words by which a text says that something is to be, where the other text has what is to be."""
    told, stems = Text(text).words, {word[:STEM] for word in other}
    return {word for word, after in pairwise(told) if word in _COMING and after[:STEM] in stems}


def _new_names(old: str, new: str, stems: set[str]) -> Iterator[str]:
    """Yield names that came; a part of a name that was there, or its initials, is none."""
    known = {stem[:4] for stem in stems}
    initials = "".join(word[0] for word in old.split())
    told = [found[0] for found in _NAME.finditer(new)]
    for before, name, after in zip(["", *told], told, [*told[1:], ""], strict=False):
        beside = (f"{before} {name}" in new and _is_known(before, known)) or (
            f"{name} {after}" in new and _is_known(after, known)
        )
        if not _is_known(name, known) and not beside and not (len(name) > 1 and name in initials):
            yield name


def _is_known(name: str, known: set[str]) -> bool:
    return any(word[:4] in known for word in Text(name).words)


def _is_title_case(title: str) -> bool:
    words = [word for word in title.split() if len(word) > 3]
    return bool(words) and sum(word[0].isupper() for word in words) > 0.7 * len(words)
