"""Characters as rules see them: letter case and typography folded away, and which of them make words.

Folding changes lengths (`ß` is `ss`, `é` may be two characters), so `Moved` tells where each folded
character stood; what is found can then be shown in the text as published.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from itertools import accumulate

_APOSTROPHES = "'’‘‛ʼʻʹ′´`＇"
DASHES = "-‐‑‒–—―−﹘﹣－"
_FIXED = {
    **dict.fromkeys(_APOSTROPHES, "'"),
    **dict.fromkeys(DASHES, "-"),
    "İ": "i",  # casefold would leave a combining dot: istanbul would not find İstanbul
    "ı": "i",
    "\u200b": " ",  # zero width space parts words where scripts have no other space
}

# Marks that may be written or left out without changing the word: Hebrew points, Arabic vowel
# signs and tatweel; selectors of a glyph's look; the grapheme joiner.
_OPTIONAL = (
    (0x0591, 0x05BD), (0x05BF, 0x05BF), (0x05C1, 0x05C2), (0x05C4, 0x05C5), (0x05C7, 0x05C7),
    (0x0640, 0x0640), (0x064B, 0x0652), (0x0670, 0x0670),
    (0x034F, 0x034F), (0x180B, 0x180D), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF),
)  # fmt: skip

# Scripts written without spaces between words: each character is a word of its own.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x11FF),  # Myanmar, (Georgian: see _class_of), Hangul jamo
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF), (0x1A20, 0x1AAF),  # Tai Le, New Tai Lue, Tai Tham
    (0x3005, 0x3007), (0x3021, 0x3035), (0x303B, 0x303C),  # ideographic iteration marks, numerals
    (0x3041, 0x318F), (0x31A0, 0x31FF),  # kana, bopomofo, compatibility jamo
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF),  # Han, Yi
    (0xA960, 0xA97F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xAC00, 0xD7FF),  # Hangul, Myanmar
    (0xF900, 0xFAFF), (0x1B000, 0x1B16F), (0x20000, 0x3FFFD),
)  # fmt: skip
_GEORGIAN = (0x10A0, 0x10FF)
_STRESS = re.compile("(?<=[\u0400-\u052f])\u0301")  # за́мок: an accent of dictionaries, no letter


class _Table(dict[int, str]):
    """A table for `str.translate` that works an entry out when its character first comes by."""

    def __init__(self, of: Callable[[str], str]) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        self[code] = value = self._of(chr(code))
        return value


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _fold_char(char: str) -> str:
    """Return what a character is alone; its marks are joined by `_fold_cluster`."""
    if char in _FIXED:
        return _FIXED[char]
    code, category = ord(char), unicodedata.category(char)
    if category == "Cc":
        return char if char.isspace() else " "
    if category == "Cs" or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    if category == "Cf" or _within(code, _OPTIONAL):
        return ""
    if category.startswith("S") or unicodedata.decomposition(char).startswith(("<super>", "<fraction>")):
        return char.casefold()  # ™ is not the word "tm", 2½ not 21/2
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())


_FOLD = _Table(_fold_char)


def _joins_left(char: str) -> bool:
    """Tell whether a character may melt into the one before it (marks, Hangul vowels and finals)."""
    first = unicodedata.normalize("NFKD", char)[0]
    return unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff"


def _shape(char: str) -> str:
    if _joins_left(char):
        return "m"
    return "1" if len(_FOLD[ord(char)]) == 1 else "x"


_SHAPES = _Table(_shape)
_PIECE = re.compile(
    "1+(?!m)|[^m]m{0,30}|m{1,30}"
)  # UAX 15: no text has more marks; sorting them is quadratic


@lru_cache(maxsize=10_000)  # a language has some hundred of them
def _fold_cluster(cluster: str) -> str:
    composed = unicodedata.normalize("NFC", cluster).translate(_FOLD)
    folded = unicodedata.normalize("NFC", composed).replace("i\u0307", "i")
    return _STRESS.sub("", folded)


class Moved:
    """Where the characters of a folded text stood that folding has moved: piece by piece.

    A piece is what is folded by itself: a run of characters that stay beside each other, one by one, or another with its marks.
    """

    def __init__(self, shapes: str, starts: list[int], lengths: Iterable[int]) -> None:
        self._shapes = shapes
        self._starts = starts  # of each piece in the text as it was
        self._moved = [0, *accumulate(lengths)]  # of each piece in the folded text

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return folded offsets (`start` < `end`) as offsets of the text as it was.

        >>> folded("ﬁne")[1].span(1, 3)
        (0, 2)
        """
        return self._edge(start, 0), self._edge(end - 1, 1)

    def _edge(self, at: int, side: int) -> int:
        """Return where the piece begins (`side` 0) or ends (1) of which a folded character is; of a run, the character alone."""
        piece = bisect_right(self._moved, at) - 1
        end = self._starts[piece + 1] if piece + 1 < len(self._starts) else len(self._shapes)
        if self._shapes[end - 1] == "1":
            return self._starts[piece] + at - self._moved[piece] + side
        return end if side else self._starts[piece]


def fold(text: str) -> str:
    """Return the text folded.

    >>> fold("McDonald’s"), fold("ﬁne")
    ("mcdonald's", 'fine')
    """
    return folded(text)[0]


def folded(text: str) -> tuple[str, Moved | None]:
    """Return the text folded, and where its characters stood; None where folding moves none."""
    shapes = "" if text.isascii() else text.translate(_SHAPES)
    if "m" not in shapes and "x" not in shapes:
        return text.translate(_FOLD), None
    ends = list(accumulate(map(len, _PIECE.findall(shapes))))
    starts = [0, *ends[:-1]]
    pieces = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    known = {piece: _folded(piece) for piece in set(pieces)}  # few letters have marks, and stand often
    parts = [known[piece] for piece in pieces]
    return "".join(parts), Moved(shapes, starts, map(len, parts))


def _folded(piece: str) -> str:
    joined = len(piece) > 1 and _SHAPES[ord(piece[-1])] == "m"
    return _fold_cluster(piece) if joined else piece.translate(_FOLD)


def kept(text: str) -> str:
    """Return a text with its typography folded, its letter case kept.

    >>> kept("ﬁne Ca\u00adfe\u0301")
    'fine Café'
    """
    shown = "".join(char for char in text if _FOLD[ord(char)])
    return _STRESS.sub("", unicodedata.normalize("NFKC", shown))


def _class_of(char: str) -> str:
    """Return u: a word of its own, w: part of a word, m: mark, s: symbol, "_", space or "."."""
    code, category = ord(char), unicodedata.category(char)
    if char == "_":
        return "_"
    if category.startswith("M"):
        return "m"
    if unicodedata.decomposition(char).startswith(("<super>", "<fraction>")) and category == "No":
        return "s"
    if category.startswith(("L", "N")):
        unspaced = category.startswith("L") or category == "Nl" or code == 0x3007
        return "u" if unspaced and _within(code, _UNSPACED) and not _within(code, (_GEORGIAN,)) else "w"
    if category.startswith("S") or char in "#&@%" or category == "Cn":
        return "s"  # Cn: an emoji younger than our tables
    return " " if char.isspace() else "."


_CLASSES = _Table(_class_of)


def classes(folded: str) -> str:
    """Return what each character of a folded text is, by one of its own.

    u: a word of its own, w: part of a word, m: mark, s: symbol, "_", space or "."

    >>> classes("c++ 東_2.")
    'wss u_w.'
    """
    return folded.translate(_CLASSES)


_ASIDE = "\ufdd1"  # a noncharacter: stands for marks in `Text.spaced`


def _spaced(char: str) -> str:
    """Return a character folded, with spaces where it ends a word."""
    if _joins_left(char):
        return _ASIDE
    spaces = {"u": " {} ", "w": "{}", "m": _ASIDE}
    return "".join(spaces.get(_CLASSES[ord(one)], " ").format(one) for one in _FOLD[ord(char)])


_SPACED = _Table(_spaced)


def words_alone(text: str) -> list[str] | None:
    """Return the words of a text, folded, in order; None where a mark changes the letter before it.

    >>> words_alone("S&P, 東京 up")
    ['s', 'p', '東', '京', 'up']
    """
    spaced = text.translate(_SPACED)
    return None if _ASIDE in spaced else spaced.split()


_ALIGNED = _Table(lambda char: one if len(one := _SPACED[ord(char)]) == 1 else _ASIDE)
_ASCII = bytes(ord(_spaced(char)) for char in map(chr, range(128))) + bytes(128)
_BESIDE = (
    *range(0x2000, 0x2070),
    0x20AC,
    0x2122,
)  # general punctuation, €, ™: what Western texts have beside Latin-1


@cache  # when first asked for: it takes a millisecond
def _western() -> tuple[re.Pattern[str], bytes]:
    """Return a search for what the second does not know: the characters of Latin-1, aligned; for others that end words stands "?"."""
    alone = [_ALIGNED[code] for code in range(256)]
    known = [chr(code) for code, one in enumerate(alone) if one < "\u0100"]
    known += [chr(code) for code in _BESIDE if _ALIGNED[code] == " "]
    return re.compile(f"[^{re.escape(''.join(known))}]"), bytes(ord(one) & 0xFF for one in alone)


def aligned(text: str) -> str | None:
    """Return the words of a text, folded, with a space or more before, between and after them, each character but the first
    for the one before it in the text; None where folding moves some, or a script has no spaces.

    For what looks for words one by one it does for `Text.spaced`, at a fraction of the cost.

    >>> aligned("S&P, Été"), aligned("東京"), aligned("Straße")
    (' s p  été ', None, None)
    """
    if text.isascii():
        return f" {text} ".encode().translate(_ASCII).decode()
    strange, table = _western()
    if not strange.search(text):  # a fifth of the time that the table of all characters takes
        return f" {text} ".encode("latin-1", "replace").translate(table).decode("latin-1")
    words = text.translate(_ALIGNED)
    return None if _ASIDE in words else f" {words} "


def unspaced(word: str) -> bool:
    """Tell whether a folded word is of a script that has no spaces between words.

    >>> unspaced("震"), unspaced("київ")
    (True, False)
    """
    return _CLASSES[ord(word[0])] == "u"


def symbols(text: str) -> str:
    """Return the symbols of a folded text (+ & # $ emoji), without separators.

    >>> symbols(" & ")
    '&'
    """
    return "".join(char for char in text if _CLASSES[ord(char)] == "s")
