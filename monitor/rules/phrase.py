"""What a term looks for: words in a row, or symbols alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.rules.text import Text, symbols, unspaced

Hit = tuple[int, int]  # where a pattern stands: offsets into the folded text, end exclusive


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word, or the beginning of one."""

    text: str
    prefix: bool = False

    def is_in(self, word: str) -> bool:
        """Tell whether a folded word of a text is this one."""
        return word.startswith(self.text) if self.prefix else word == self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that stand in a row; a single word is a row of one.

    Separators between them do not matter ("St. Petersburg" is `"St Petersburg"`), symbols do:
    `S&P` needs its &, `C++` its pluses. Words that touch in the query (`東京`) must touch.
    """

    words: tuple[Word, ...]
    gaps: tuple[str, ...] = ()  # folded, between the words: one fewer than there are words
    lead: str = ""  # symbols that touch the first word
    trail: str = ""  # symbols that touch the last word

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield every place in a text, left to right; places may overlap."""
        if len(self.words) == 1 and not self.lead and not self.trail:
            for place in _places(self.words[0], text):
                yield text.starts[place], text.ends[place]
            return
        anchor, places = self._rarest(text)
        last = len(text.words) - len(self.words)
        for place in places:
            first = place - anchor
            if 0 <= first <= last and self._stands(text, first):
                yield (
                    text.starts[first] - len(self.lead),
                    text.ends[first + len(self.words) - 1] + len(self.trail),
                )

    def _rarest(self, text: Text) -> tuple[int, list[int]]:
        """Return the number of the word with the fewest places, and these."""
        best: tuple[int, list[int]] = (0, [])
        for number, word in enumerate(self.words):
            places = _places(word, text)
            if number == 0 or len(places) < len(best[1]):
                best = (number, places)
            if not places:
                break
        return best

    def _stands(self, text: Text, first: int) -> bool:
        row = range(first, first + len(self.words))
        return (
            all(word.is_in(text.words[place]) for word, place in zip(self.words, row, strict=True))
            and all(
                _joins(gap, text.gap(place), text.words[place - 1], text.words[place])
                for gap, place in zip(self.gaps, row[1:], strict=True)
            )
            and (not self.lead or text.gap(first).endswith(self.lead))
            and (not self.trail or text.gap(row.stop).startswith(self.trail))
        )

    def key(self) -> str:
        """Return a key that is among `keys` of every text this phrase is in; `*` ends a prefix."""
        for left, gap, right in zip(self.words, self.gaps, self.words[1:], strict=False):
            if not gap and unspaced(left.text) and unspaced(right.text):
                return left.text + right.text  # one character would be in every second text
        word = max(self.words, key=lambda word: (not word.prefix, len(word.text)))
        return word.text + "*" * word.prefix


@dataclass(frozen=True, slots=True)
class Symbols:
    """Symbols without a word, an emoji for one: found wherever they stand."""

    text: str

    def find(self, text: Text) -> Iterator[Hit]:
        """Yield every place in a text, left to right."""
        at = text.folded.find(self.text)
        while at >= 0:
            yield at, at + len(self.text)
            at = text.folded.find(self.text, at + len(self.text))

    def key(self) -> None:
        """Return None: symbols are not among the keys of a text."""


def _places(word: Word, text: Text) -> list[int]:
    if not word.prefix:
        return text.index.get(word.text, [])
    return sorted(place for found in text.beginning(word.text) for place in text.index[found])


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


def keys(text: Text) -> set[str]:
    """Return the words of a text, and its pairs of touching characters of unspaced scripts.

    >>> sorted(keys(Text("ЗСУ 東京")))
    ['зсу', '京', '東', '東京']
    """
    found = set(text.index)
    for place in range(1, len(text.words)):
        left, right = text.words[place - 1], text.words[place]
        if text.ends[place - 1] == text.starts[place] and unspaced(left) and unspaced(right):
            found.add(left + right)
    return found


def read(written: str) -> Phrase | Symbols | None:
    """Return what a term looks for, None if it has neither word nor symbol.

    A star after a word makes it a prefix.

    >>> read("nuclear weap*").words
    (Word(text='nuclear', prefix=False), Word(text='weap', prefix=True))
    """
    text = Text(written)
    if text.words == [text.folded] and not unspaced(text.folded):
        return Phrase(words=(Word(text.folded),))  # nearly all are so
    if not text.words:
        return Symbols(alone) if (alone := symbols(text.folded)) else None
    outer = [text.gap(place) for place in range(len(text.words) + 1)]
    starred = [_is_star(gap, last=place == len(text.words)) for place, gap in enumerate(outer)][1:]
    gaps = [gap[1:] if star else gap for gap, star in zip(outer[1:], starred, strict=True)]
    words = zip(text.words, starred, strict=True)
    return Phrase(
        words=tuple(Word(word, prefix=star and not unspaced(word)) for word, star in words),
        gaps=tuple(gaps[:-1]),
        lead=_touching(outer[0][::-1])[::-1],
        trail=_touching(gaps[-1]),
    )


def _is_star(gap: str, *, last: bool) -> bool:
    return gap.startswith("*") and (last or len(gap) > 1)


def _touching(gap: str) -> str:
    """Return the symbols a gap begins with."""
    for end, char in enumerate(gap):
        if not symbols(char):
            return gap[:end]
    return gap
