"""How alike two texts are, and which new rows of a page are the old ones: by ratio, best pairs first.

Measured: of the 428 updates of a real live blog no two in one displayed minute came near `EDIT`, none of the
30 before an update came near `MOVED`; of 932 edited headlines 82 % reach `EDIT`, of random pairs of
headlines 0.3 %. Of those edits 9 % exchange a name or a number, as the next alert of a pattern does, and are
told again where the row may have left instead. Ratios are rapidfuzz's, of 0 to 100; the order of words counts
only where the minute differs.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from monitor.core import diff
from monitor.values import dataclass

EDIT = 60.0  # title or body of one item before and after an edit
MOVED = 85.0  # titles of one item at another time
TYPO = 1  # letters in which one word differs from itself, misspelt; two that changed places are one
WHOLE = 7  # letters of a word of which one may be another: Iran is no misspelt Iraq
NAME = 3  # words of a name at most: in a longer run a headline was rewritten
COMPARED = 300  # characters of a text that are compared
MOST = 150  # rows a side that are compared with each other
LONG = 40  # characters of a body that says enough to stand for a missing title


@dataclass(frozen=True, slots=True)
class Row:
    """What is compared of an entry or item; make one with `row`."""

    title: str
    body: str
    minute: str  # as displayed, "" if none was
    path: str  # of its link, "" if it has none of its own
    at: str  # the date it states, to the minute, ISO 8601 UTC; "" if it states none
    name: str  # settles ties, so that no order of rows does
    written: tuple[str, str] = ("", "")  # title and body with their capitals


def row(title: str, body: str, *, minute: str = "", path: str = "", at: str = "", name: str = "") -> Row:
    """Return what is compared: case and whitespace do not count, but where a name is told by its capital."""
    written = (title[:COMPARED], body[:COMPARED])
    return Row(_folded(title), _folded(body), minute, path, at, name, written)


def _folded(text: str) -> str:
    return " ".join(text[: 2 * COMPARED].split())[:COMPARED].casefold()


def _ratio(one: str, other: str, *, least: float = EDIT) -> float:
    """Return the ratio, 0 where it is below `least` or nothing is compared."""
    return fuzz.ratio(one, other, score_cutoff=least) if one and other else 0.0


def alike(one: str, other: str) -> bool:
    """Tell whether `other` may be an edit of `one`.

    >>> alike("Fire at the port", "Fire at the port of Odesa"), alike("Fire at the port", "Budget passed")
    (True, False)
    """
    return _ratio(_folded(one), _folded(other)) > 0


def edited(new: Row, old: Row) -> float:
    """Return how sure `new` is an edit of `old`, 0 if it is none: one displayed minute, a like title or body."""
    if not new.minute or new.minute != old.minute:
        return 0.0
    titles = new.title and old.title
    words = fuzz.token_set_ratio(new.title, old.title, score_cutoff=EDIT) if titles else 0.0
    return max(words, _ratio(new.title, old.title), _ratio(new.body, old.body))


def mended(new: Row, old: Row) -> float:
    """Return how sure `new` is an edit of `old`, of which nothing but minute and text says so: 0 where a name
    or a number stands in another's place, and where only a short text under another headline is the same.

    >>> kyiv, lviv = row("Explosion in Kyiv", "", minute="15:44"), row("Explosion in Lviv", "", minute="15:44")
    >>> mended(lviv, kyiv), mended(row("Explosion in Kyiv, two dead", "", minute="15:44"), kyiv) > EDIT
    (0.0, True)
    """
    sure = edited(new, old)
    if not sure:
        return 0.0
    titles = bool(new.title and old.title)
    if titles and max(_ratio(new.title, old.title), fuzz.token_set_ratio(new.title, old.title)) >= EDIT:
        return 0.0 if other_names(new.written[0], old.written[0]) else sure
    short = titles and min(len(new.body), len(old.body)) < LONG
    return 0.0 if short or other_names(new.written[1], old.written[1]) else sure


def other_names(one: str, other: str) -> bool:
    """Tell whether a name or a number of one text stands in the place of one of the other: the same happened
    elsewhere, or to others. In scripts without capitals any word may be a name.

    >>> other_names("Explosion in Kharkiv", "Explosion in Kyiv"), other_names("Quake M5.1", "Quake M5.4")
    (True, True)
    >>> other_names("Fire at the port", "Fire at the port of Odesa"), other_names("Goverment falls", "Government falls")
    (False, False)
    """
    parts = diff.words(other, one)
    return any(
        gone.what == "gone"
        and new.what == "new"
        and _exchanged(gone.text, new.text, _folded(other), _folded(one))
        for gone, new in pairwise(parts)
    )


def _exchanged(gone: str, new: str, old_text: str, new_text: str) -> bool:
    before, after = gone.split(), new.split()
    if max(len(before), len(after)) > NAME or _misspelt(before, after):
        return False
    return any(_names(word) and not _has(new_text, word) for word in before) and any(
        _names(word) and not _has(old_text, word) for word in after
    )


def _has(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text) is not None


def _names(word: str) -> bool:
    """Tell whether a word may be a name or a number: one with a digit, a capital in front, or no capitals in its script."""
    first = next(filter(str.isalpha, word), "")
    return _counts([word]) or (first != "" and not first.islower())


def moved(new: Row, old: Row) -> float:
    """Return how sure `new` is `old` at another time, 0 if it is not.

    Headlines that follow a pattern are as alike as a headline and its correction, so more is asked than
    a ratio: no word in another's place; like bodies, or else no word added but in front.

    >>> moved(row("Air alert in Kyiv region", ""), row("Air alert in Sumy region", ""))
    0.0
    >>> moved(row("Air alert in the Kyiv region is over", ""), row("Air alert in the Kyiv region", ""))
    0.0
    >>> moved(row("UPDATED: Air alert in the Kyiv region", ""), row("Air alert in the Kyiv region", "")) > MOVED
    True
    """
    if new.title and old.title:
        bodies = bool(new.body and old.body)
        titles = _same_words(new.title, old.title, grown=bodies)
        return titles if titles and (not bodies or _ratio(new.body, old.body)) else 0.0
    if min(len(new.body), len(old.body)) < LONG:
        return 100.0 if new.body == old.body != "" else 0.0
    return _same_words(new.body, old.body, grown=False)


def rebuilt(new: Row, old: Row) -> float:
    """Return how sure `new` is `old` after a build that gave the site new ids and links, 0 if it is not.

    A wrong yes silences news: where the path of the link is new too, the texts and the date must be the same,
    for wires and warnings say much the same of one event after the other.

    >>> alert = row("Air alert in the Kyiv region", "Go to a shelter.", at="2026-11-24T03:10")
    >>> rebuilt(alert, row("Air alert in the Kyiv region", "Go to a shelter.", at="2026-11-23T03:10"))
    0.0
    """
    like = max(_ratio(new.title, old.title), _ratio(new.body, old.body))
    if len(new.path) > 1 and new.path == old.path and like:
        return 100.0 + like
    same = (new.title, new.body, new.at) == (old.title, old.body, old.at)
    return 100.0 if same else 0.0


def told_twice(new: Row, old: Row) -> float:
    """Return how sure two sources of one site tell the same, 0 if they do not.

    >>> told_twice(row("Fire at the port of Odesa", "Three are dead."), row("Fire at port of Odesa", "")) > MOVED
    True
    """
    if new.title and old.title:
        return _same_words(new.title, old.title, grown=True)
    if min(len(new.body), len(old.body)) < LONG:
        return 0.0
    return _same_words(new.body, old.body, grown=False)


def _same_words(one: str, other: str, *, grown: bool) -> float:
    ratio = _ratio(one, other, least=MOVED)
    if not ratio:
        return 0.0
    mine, its = one.split(), other.split()
    for kind, a, b, c, d in SequenceMatcher(None, mine, its, autojunk=False).get_opcodes():
        if kind == "replace" and not _misspelt(mine[a:b], its[c:d]):
            return 0.0
        if kind in ("insert", "delete") and (_counts(mine[a:b], its[c:d]) or (not grown and max(a, c))):
            return 0.0
    return ratio


def _misspelt(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether words are others with a slip: what holds a digit, or a letter more, is another matter.

    >>> _misspelt(["goverment"], ["government"]), _misspelt(["no.", "1005"], ["no.", "1006"]), _misspelt(["northern"], ["southern"])
    (True, False, False)
    """
    if len(one) != len(other) or _counts(one, other):
        return False
    return all(_slipped(a.casefold(), b.casefold()) for a, b in zip(one, other, strict=True))


def _slipped(one: str, other: str) -> bool:
    """Tell whether a letter of a word was left out, doubled or changed places, or in a long one is another."""
    if OSA.distance(one, other, score_cutoff=TYPO) > TYPO:
        return False
    return len(one) != len(other) or len(one) >= WHOLE or sorted(one) == sorted(other)


def _counts(*words: Sequence[str]) -> bool:
    return any(char.isdigit() for group in words for word in group for char in word)


def same_words(one: str, other: str) -> bool:
    """Tell whether two titles are one, but for a slip or for words added.

    >>> same_words("Fire at the port of Odesa", "Fire at port of Odesa"), same_words("Alert: Sumy", "Alert: Kyiv")
    (True, False)
    """
    return _same_words(_folded(one), _folded(other), grown=True) > 0


Score = Callable[[Row, Row], float]
Fits = Callable[[int, int], bool]  # of the positions in both lists


def anywhere(_here: int, _there: int) -> bool:
    """Tell that a row may be any of the others."""
    return True


def pairs(
    new: Sequence[Row], old: Sequence[Row], score: Score, fits: Fits = anywhere
) -> Iterator[tuple[int, int]]:
    """Yield (index in `new`, index in `old`) of rows that fit and are one, the surest first, each row once.

    No order of rows changes the result; of more than `MOST` that may be one another the rest pairs with none.
    """
    old_by, new_by = _buckets(old, score), _buckets(new, score)
    found = {
        (-sure, new[here].name, old[there].name, here, there)
        for bucket in new_by.keys() & old_by.keys()
        for here in new_by[bucket]
        for there in old_by[bucket]
        if (sure := score(new[here], old[there])) and fits(here, there)
    }
    taken: tuple[set[int], set[int]] = (set(), set())
    for *_, here, there in sorted(found):
        if here not in taken[0] and there not in taken[1]:
            taken[0].add(here)
            taken[1].add(there)
            yield here, there


def _buckets(rows: Sequence[Row], score: Score) -> dict[tuple[str, ...], list[int]]:
    """Return which rows are compared with each other: `MOST` at most of those that have in common what the
    score asks for, so that a body twice as long costs twice as much."""
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index in sorted(range(len(rows)), key=lambda index: rows[index].name):
        for bucket in _common(rows[index], score):
            if len(found[bucket]) < MOST:
                found[bucket].append(index)
    return found


def _common(one: Row, score: Score) -> Iterator[tuple[str, ...]]:
    if score is rebuilt:
        yield one.title, one.body, one.at
        if len(one.path) > 1:
            yield (one.path,)
    else:
        yield (one.minute if score in (edited, mended) else "",)
