"""What a term looks for: words in a row, in any letter case or in the one written; or symbols alone."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.rules.words.folding import kept, symbols, unspaced
from monitor.rules.words.text import Text
from monitor.values import dataclass

Hit = tuple[int, int]  # where a pattern stands: offsets into the folded text, end exclusive

# Every pattern has `needles`: texts of which one stands in `Text.spaced` wherever the pattern is found, None if
# there are none such; `exact`: whether it is also found wherever one of them stands; and `single`: whether each is
# (a piece of) one word, so that `Text.apart` does as well.
Needles = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word, the beginning of one, or one with wildcards (? a letter, * any)."""

    text: str
    prefix: bool = False
    wild: bool = False

    def is_in(self, word: str) -> bool:
        """Tell whether a folded word of a text is this one."""
        if self.wild:
            return fits(self.text, word)
        return word.startswith(self.text) if self.prefix else word == self.text

    def places(self, text: Text) -> list[int]:
        """Return the numbers of the words of a text that are this one."""
        if not self.prefix and not self.wild:
            return text.places(self.text)
        words = text.beginning(self.text) if self.prefix else filter(self.is_in, text.vocabulary)
        return sorted(place for found in words for place in text.index[found])

    def pieces(self) -> list[str]:
        """Return what of it stands in `Text.spaced`, beginning and end marked by spaces."""
        if self.prefix:
            return [f" {self.text}"]
        return re.split(r"[*?]+", f" {self.text} ") if self.wild else [f" {self.text} "]


def fits(wild: str, word: str) -> bool:
    """Tell whether a word is what one with wildcards asks for, in time that grows with both, never faster.

    >>> fits("wom?n", "woman"), fits("*berg", "spielberg"), fits("f*o", "foot")
    (True, True, False)
    """
    at = place = 0
    star, resume = -1, 0
    while place < len(word):
        if at < len(wild) and wild[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(wild) and wild[at] in ("?", word[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return all(char == "*" for char in wild[at:])


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand in a row; a single word is a row of one.

    Separators between them do not matter ("St. Petersburg" is `"St Petersburg"`), symbols do:
    `S&P` needs its &, `C++` its pluses. Words that touch in the query (`東京`) must touch.
    """

    words: tuple[Word, ...]
    needles: Needles
    exact: bool
    single: bool = True  # one word, and so its needle
    gaps: tuple[str, ...] = ()  # folded, between the words: one fewer than there are words
    lead: str = ""  # symbols that touch the first word
    trail: str = ""  # symbols that touch the last word

    def find(self, text: Text) -> Iterator[Hit]:
        """Return every place in a text, left to right; places may overlap."""
        if not self.single or self.lead or self.trail:
            return self._rows(text)
        word = self.words[0]
        if self.needles and text.aligned is not None and not word.wild:
            return iter(text.beginnings(self.needles[0]))
        return ((text.starts[place], text.ends[place]) for place in word.places(text))

    def _rows(self, text: Text) -> Iterator[Hit]:
        anchor, places = self._rarest(text)
        others = [(number, word) for number, word in enumerate(self.words) if number != anchor]
        last = len(text.words) - len(self.words)
        for place in places:
            first = place - anchor
            if 0 <= first <= last and self._stands(text, first, others):
                yield (
                    text.starts[first] - len(self.lead),
                    text.ends[first + len(self.words) - 1] + len(self.trail),
                )

    def _rarest(self, text: Text) -> tuple[int, list[int]]:
        """Return the number of the word with the fewest places, and these."""
        best: tuple[int, list[int]] = (0, [])
        for number, word in enumerate(self.words):
            places = word.places(text)
            if number == 0 or len(places) < len(best[1]):
                best = (number, places)
            if not places:
                break
        return best

    def _stands(self, text: Text, first: int, others: Sequence[tuple[int, Word]]) -> bool:
        """Tell whether the words stand in a row from `first` on; of one of them that is known, the `others` are looked at."""
        words = text.words
        for number, word in others:
            if not word.is_in(words[first + number]):
                return False
        for place, gap in enumerate(self.gaps, start=first + 1):
            if not _joins(gap, text.gap(place), words[place - 1], words[place]):
                return False
        return (not self.lead or text.gap(first).endswith(self.lead)) and (
            not self.trail or text.gap(first + len(self.words)).startswith(self.trail)
        )


@dataclass(frozen=True, slots=True)
class Cased:
    """A phrase in the letter case in which it is written."""

    phrase: Phrase
    written: tuple[str, ...]  # its words, letter case kept
    exact = False

    @property
    def needles(self) -> Needles:
        """Return those of the phrase."""
        return self.phrase.needles

    @property
    def single(self) -> bool:
        """Tell whether the phrase is one word."""
        return self.phrase.single

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield every place in a text, left to right."""
        for start, end in self.phrase.find(text):
            first = text.word_at(start + len(self.phrase.lead))
            if all(
                _same_case(written, word, _original(text, first + number))
                for number, (word, written) in enumerate(zip(self.phrase.words, self.written, strict=True))
            ):
                yield start, end


def _original(text: Text, place: int) -> str:
    start, end = text.span(text.starts[place], text.ends[place])
    return kept(text.original[start:end])


def _same_case(written: str, word: Word, found: str) -> bool:
    if word.wild:
        return fits(written, found)
    return found.startswith(written) if word.prefix else found == written


@dataclass(frozen=True, slots=True)
class Symbols:
    """Symbols without a word, an emoji for one: found wherever they stand."""

    text: str
    needles = None  # `Text.spaced` has no symbols
    exact = single = False

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield every place in a text, left to right."""
        at = text.folded.find(self.text)
        while at >= 0:
            yield at, at + len(self.text)
            at = text.folded.find(self.text, at + len(self.text))


def _joins(asked: str, found: str, left: str, right: str) -> bool:
    """Tell whether the gap `found` between two words of a text is the one `asked` for."""
    if asked == found:
        return True
    if not asked:
        return False
    if wanted := symbols(asked):
        return symbols(found) == wanted
    if not found:
        return unspaced(left) and unspaced(right)
    if any(char.isspace() for char in asked):
        return True
    if left[-1].isdigit() and right[0].isdigit():
        return False  # 3.5 is not 3-5
    return asked != "." or found.startswith(".")  # u.s. is not "u, s"


@lru_cache(maxsize=65_536)  # rules share their words
def read(written: str, *, wild: bool = False) -> Phrase | Symbols | None:
    """Return what a term looks for, None if it has neither word nor symbol.

    A star after a word makes it a prefix; with `wild`, stars and question marks may stand anywhere in it.

    >>> read("nuclear weap*").words
    (Word(text='nuclear', prefix=False, wild=False), Word(text='weap', prefix=True, wild=False))
    """
    text = Text(written)
    if text.words == [text.folded] and not unspaced(text.folded):
        return Phrase((Word(text.folded),), (text.spaced,), True)  # nearly all are so
    if not text.words:
        return Symbols(alone) if (alone := symbols(text.folded)) else None
    gaps = [text.gap(place) for place in range(len(text.words) + 1)]
    words, gaps = (
        _globs(text.words, gaps) if wild and _WILD.search(text.folded) else _prefixes(text.words, gaps)
    )
    lead, trail = _touching(gaps[0][::-1])[::-1], _touching(gaps[-1])
    inside = gaps[1:-1]
    return Phrase(
        tuple(words),
        _needles(words),
        not (lead or trail) and all(map(_is_loose, inside)) and _is_one_piece(words),
        len(words) == 1,
        tuple(inside),
        lead,
        trail,
    )


def cased(phrase: Phrase, written: str) -> Cased:
    """Return a phrase in the letter case of `written`, from which it was read.

    >>> list(cased(read("US"), "US").find(Text("US tells us")))
    [(0, 2)]
    """
    text = Text(written)
    return Cased(phrase, tuple(_original(text, place) for place in range(len(text.words))))


_WILD = re.compile(r"[*?]\w|\?")


def _prefixes(words: list[str], gaps: list[str]) -> tuple[list[Word], list[str]]:
    """Take a star that ends a word out of the gap after it."""
    starred = [_is_star(gap, last=place == len(words)) for place, gap in enumerate(gaps)][1:]
    return (
        [Word(word, prefix=star and not unspaced(word)) for word, star in zip(words, starred, strict=True)],
        [gaps[0], *(gap[1:] if star else gap for gap, star in zip(gaps[1:], starred, strict=True))],
    )


def _is_star(gap: str, *, last: bool) -> bool:
    return gap.startswith("*") and (last or len(gap) > 1)


def _globs(parts: list[str], gaps: list[str]) -> tuple[list[Word], list[str]]:
    """Join the parts of a word that wildcards hold together."""
    words: list[str] = []
    outer = [gaps[0]]
    for number, (part, gap) in enumerate(zip(parts, gaps[1:], strict=True), start=1):
        before, after = _wildcards(outer[-1][::-1])[::-1], _wildcards(gap)
        if words and outer[-1] == before != "":  # nothing but wildcards parts it from the word before
            outer.pop()
            words.append(f"{words.pop()}{before}{part}")
        else:
            outer[-1] = outer[-1].removesuffix(before)
            words.append(f"{before}{part}")
        if after != gap or number == len(parts):
            words[-1] += after
            gap = gap.removeprefix(after)  # noqa: PLW2901
        outer.append(gap)
    return [_wild(word) for word in words], outer


def _wild(written: str) -> Word:
    bare = written.removesuffix("*")
    if re.search(r"[*?]", bare):
        return Word(written, wild=True)
    return Word(bare, prefix=bare != written)


def _wildcards(gap: str) -> str:
    """Return the wildcards a gap begins with."""
    return gap[: len(gap) - len(gap.lstrip("*?"))]


def _needles(words: list[Word]) -> Needles:
    pieces: list[str] = [""]
    for word in words:
        first, *rest = word.pieces()
        if pieces[-1].endswith(" ") and first.startswith(" "):
            pieces[-1] += first[1:]
        else:
            pieces.append(first)
        pieces += rest
    best = max(pieces, key=len)
    return (best,) if best.strip() else None


def _is_one_piece(words: list[Word]) -> bool:
    return not any(word.wild for word in words) and not any(word.prefix for word in words[:-1])


def _is_loose(gap: str) -> bool:
    """Tell whether nothing is asked of what stands between two words."""
    return not symbols(gap) and any(char.isspace() for char in gap)


def _touching(gap: str) -> str:
    """Return the symbols a gap begins with."""
    for end, char in enumerate(gap):
        if not symbols(char):
            return gap[:end]
    return gap
