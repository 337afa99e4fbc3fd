"""All words of a document in one row, as the automaton of many rules reads them, and where it saw which.

What ends one text and begins the next stands side by side in a row, and none is held for a text by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from monitor.rules.document import ALONE, UNREAD, Document, values
from monitor.rules.folding import aligned
from monitor.rules.text import Text
from monitor.rules.tree import Term

Seen = Sequence[tuple[int, int, int]]  # number of a needle, offsets into the row


class Row:
    """Reads the texts of some fields, but not the language, in one row."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        plain = len(names) > 1 and ALONE.issuperset(names)
        self._several = attrgetter(*names) if plain else None

    def read(self, document: Document) -> tuple[str, bool]:
        """Return the words as `Text.apart`, and whether each character but the first stands for the one before it."""
        if self._several is not None:
            texts = "\n".join(self._several(document))
        else:
            texts = "\n".join([text for name in self._names for text in values(document, name)])
        row = aligned(texts)
        return (Text(texts).spaced, False) if row is None else (row, True)

    def bounds(self, document: Document) -> list[tuple[str, int, int]]:
        """Return which field each text of an aligned row is of, and between which offsets it stands there."""
        found, begin = list[tuple[str, int, int]](), 0
        for name, text in self._texts(document):
            found.append((name, begin, begin + len(text)))
            begin += len(text) + 1
        return found

    def _texts(self, document: Document) -> Iterable[tuple[str, str]]:
        if self._several is not None:
            return zip(self._names, self._several(document), strict=True)
        return [(name, text) for name in self._names for text in values(document, name)]


class Sighting:
    """What the automaton saw in an aligned row; what it was not asked for is not known."""

    def __init__(
        self,
        words: str,
        bounds: Sequence[tuple[str, int, int]],
        seen: Seen,
        found: Collection[int],
        numbers: Mapping[str, int],
    ) -> None:
        self._words = words
        self._bounds = bounds
        self._seen = seen
        self._found = found  # the numbers of the needles that were seen
        self._numbers = numbers
        self._known: dict[int, list[tuple[str, int, int]] | None] = {}  # by id of a term

    def of(self, term: Term) -> list[tuple[str, int, int]] | None:
        """Return where a term stands, field and offsets into its text as published; None if that is not known."""
        key = id(term)
        if key in self._known:
            return self._known[key]
        found = self._known[key] = self._look(term)
        return found

    def _look(self, term: Term) -> list[tuple[str, int, int]] | None:
        pattern = term.pattern
        if not pattern.exact or not pattern.single or pattern.needles is None or term.fields[0] in UNREAD:
            return None
        found = list[tuple[str, int, int]]()
        for needle in pattern.needles:
            number = self._numbers.get(needle)
            if number is None:
                return None
            if number in self._found:
                for at in [begin for seen, begin, _ in self._seen if seen == number]:
                    found += self._in(term.fields, at)
        return found

    def _in(self, names: Sequence[str], at: int) -> list[tuple[str, int, int]]:
        for name, begin, end in self._bounds:
            if begin <= at < end:
                last = self._words.index(" ", at + 1) - 1
                return [(name, at - begin, last - begin)] if name in names else []
        return []
