"""Text as rules see it: folded, cut into words, offsets kept."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from monitor.rules.once import once
from monitor.rules.words.folding import Moved, aligned, classes, folded, words_alone

BOUNDARY = "\ufdd0"  # a noncharacter: stands for a word edge in `Text.marked`, never in folded text

FEW = 20  # places of a word that are found one by one; more are looked up where all words are
MARKED_LENGTH = 20_000  # characters of a text that regular expressions see

_FULL_STOP = re.compile(r"[.!?…]['\")\]]*\s|[。！？]|\n")
_SHORT_FORMS = (
    "mr mrs ms dr st gen sen gov rep col lt sgt capt prof rev jr sr no vs etc inc ltd co corp jan feb mar apr jun jul aug"
    " sep sept oct nov dec ул г им др св гр"
)
_SHORT = frozenset(_SHORT_FORMS.split())
_WORD = re.compile("um*|w[wm]*")
_SIGNS = re.compile("[wum_]+")  # of a word, for regular expressions


class Text:
    """One text, folded and cut into words once, for all the patterns that will look at it.

    >>> Text("Putin’s C++").words
    ['putin', 's', 'c']
    """

    def __init__(self, original: str) -> None:
        self.original = original

    @once
    def folded(self) -> str:
        """The text folded."""
        return self._folding[0]

    @once
    def _folding(self) -> tuple[str, Moved | None]:
        return folded(self.original)

    @once
    def _classes(self) -> str:
        return classes(self.folded)

    @once
    def _cut(self) -> list[tuple[int, int]]:
        return [found.span() for found in _WORD.finditer(self._classes)]

    @once
    def starts(self) -> list[int]:
        """Where each word begins in the folded text."""
        return [start for start, _ in self._cut]

    @once
    def ends(self) -> list[int]:
        """Where each word ends."""
        return [end for _, end in self._cut]

    @once
    def words(self) -> list[str]:
        """The words, folded, in order."""
        return [self.folded[start:end] for start, end in self._cut]

    @once
    def spaced(self) -> str:
        """The words with one space before, between and after them: where needles stand.

        It costs a fraction of cutting the text, for which most rules have no need.

        >>> Text("S&P, 東京 up").spaced
        ' s p 東 京 up '
        """
        alone = words_alone(self.original) if self.aligned is None else self.aligned.split()
        return f" {' '.join(self.words if alone is None else alone)} "

    @once
    def aligned(self) -> str | None:
        """See `aligned`."""
        return aligned(self.original)

    @once
    def apart(self) -> str:
        """The words with a space or more before, between and after them: where a needle of one word stands."""
        return self.spaced if self.aligned is None else self.aligned

    def beginnings(self, needle: str) -> list[tuple[int, int]]:
        """Return where words stand that are `needle`, " word ", or begin with it, " wo": of an `aligned` text, which need not be cut.

        >>> Text("now, or nowhere").beginnings(" now"), Text("now, or nowhere").beginnings(" now ")
        ([(0, 3), (8, 15)], [(0, 3)])
        """
        words, found = self.apart, list[tuple[int, int]]()
        at = words.find(needle)
        while at >= 0:
            end = words.index(" ", at + 1)
            found.append((at, end - 1))
            at = words.find(needle, end)
        return found

    def places(self, word: str) -> list[int]:
        """Return the numbers of the words that are `word`, in order.

        >>> Text("now, or never, now").places("now")
        [0, 3]
        """
        spaced, needle = self.spaced, f" {word} "
        if spaced.count(needle) > FEW:
            return self.index.get(word, [])
        found, place, last = list[int](), 0, 0
        at = spaced.find(needle)
        while at >= 0:
            place += spaced.count(" ", last, at)
            found.append(place)
            last, at = at, spaced.find(needle, at + 1)
        return found

    @once
    def index(self) -> dict[str, list[int]]:
        """Every word and its places, in order."""
        index: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            index.setdefault(word, []).append(place)
        return index

    @once
    def vocabulary(self) -> list[str]:
        """The different words, sorted."""
        return sorted(self.index)

    def beginning(self, prefix: str) -> Iterator[str]:
        """Yield the different words that begin with `prefix`."""
        words = self.vocabulary
        for at in range(bisect_left(words, prefix), len(words)):
            if not words[at].startswith(prefix):
                return
            yield words[at]

    @once
    def sentences(self) -> list[int]:
        """The numbers of the words with which sentences begin; always at least one.

        A full stop ends none after a single letter or a short form (St. Petersburg, U.S. troops).
        """
        begins = [0]
        for place in range(1, len(self.words)):
            gap = self.gap(place)
            if _FULL_STOP.search(gap) and not (
                gap.startswith(". ") and (len(self.words[place - 1]) == 1 or self.words[place - 1] in _SHORT)
            ):
                begins.append(place)
        return begins

    def word_at(self, offset: int) -> int:
        """Return the number of the word that stands at a folded offset, or last before it."""
        return max(bisect_right(self.starts, offset) - 1, 0)

    def gap(self, place: int) -> str:
        """Return what stands between word `place` - 1 and word `place`, folded."""
        start = self.ends[place - 1] if place > 0 else 0
        return self.folded[start : self.starts[place] if place < len(self.starts) else None]

    @once
    def _edges(self) -> list[int]:
        """Where words begin and end in what regular expressions see of the folded text, in order."""
        edges = list[int]()
        for found in _SIGNS.finditer(self._classes, 0, MARKED_LENGTH):
            edges += found.span()
        return edges

    @once
    def marked(self) -> str:
        """The folded text with `BOUNDARY` at each word edge.

        Only the beginning: it bounds what the worst regular expression may cost.
        """
        folded, edges = self.folded[:MARKED_LENGTH], self._edges
        return BOUNDARY.join(
            [folded[last:edge] for last, edge in zip([0, *edges], [*edges, None], strict=True)]
        )

    @once
    def _markers(self) -> list[int]:
        return [edge + number for number, edge in enumerate(self._edges)]

    def unmarked(self, offset: int) -> int:
        """Return an offset of `marked` as one of the folded text.

        >>> text = Text("up 3")
        >>> [text.unmarked(offset) for offset in range(len(text.marked))]
        [0, 0, 1, 2, 2, 3, 3, 4]
        """
        return offset - bisect_left(self._markers, offset)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return folded offsets (`start` < `end`) as offsets of the original."""
        if self.aligned is not None:
            return start, end
        moved = self._folding[1]
        return moved.span(start, end) if moved else (start, end)
