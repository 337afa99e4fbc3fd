"""All words of a document in one row, as the automaton of many rules reads them, and where it saw which.

What ends one text and begins the next stands side by side in a row, and none is held for a text by itself.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from operator import attrgetter

from monitor.rules.matching.document import ALONE, FIELDS, NUMBERS, UNREAD, Document, values
from monitor.rules.query.tree import Node, Or, Term
from monitor.rules.words.folding import aligned
from monitor.rules.words.text import Text

Stand = tuple[int, int, int]  # number of a field in `FIELDS`, offsets into its text as published
UNMARKED = -1  # a field without a text that is shown


class Row:
    """Reads the texts of some fields, but not the language, in one row."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._plain = len(names) > 1 and ALONE.issuperset(names)  # one text of each, read at once
        self._texts: Callable[[Document], tuple[str, ...]] = (
            attrgetter(*names) if self._plain else self._values
        )
        self._numbers = [NUMBERS.get(name, UNMARKED) for name in names]

    def aligned(self, document: Document) -> str | None:
        """Return the words, each character but the first for the one before it; None if they do not stand so, see `aligned`."""
        return aligned("\n".join(self._texts(document)))

    def spaced(self, document: Document) -> str:
        """Return the words as `Text.spaced`."""
        return Text("\n".join(self._texts(document))).spaced

    def bounds(self, document: Document) -> list[Stand]:
        """Return which field each text of an aligned row is of, and between which offsets it stands there."""
        bounds: list[Stand] = []
        begin = 0
        numbers = self._numbers if self._plain else self._of_each(document)
        for number, length in zip(numbers, map(len, self._texts(document)), strict=True):
            bounds.append((number, begin, begin := begin + length))
            begin += 1
        return bounds

    def _values(self, document: Document) -> tuple[str, ...]:
        return tuple([text for name in self.names for text in values(document, name)])

    def _of_each(self, document: Document) -> list[int]:
        return [
            number
            for name, number in zip(self.names, self._numbers, strict=True)
            for _ in values(document, name)
        ]


Sought = tuple[
    str, tuple[int, ...] | None
]  # a needle, and the numbers of its fields; None: all that are read


def sought(root: Node, needles: Collection[str], names: Collection[str]) -> tuple[Sought, ...]:
    """Return what a tree looks for, if it holds wherever one of these needles stands, and nowhere else; else nothing.

    `needles` are those that are looked for in a row of the fields `names`.
    """
    found: list[Sought] = []
    for node in root.parts if isinstance(root, Or) else (root,):
        if not isinstance(node, Term) or not _is_seen_whole(node) or not set(node.fields) <= set(FIELDS):
            return ()
        fields = None if set(names) <= set(node.fields) else tuple([NUMBERS[name] for name in node.fields])
        for needle in node.pattern.needles or ():
            if needle not in needles:
                return ()
            found.append((needle, fields))
    return tuple(found)


def _is_seen_whole(term: Term) -> bool:
    """Tell whether a term stands wherever one of its needles does, each within one word of a text that is read in a row."""
    pattern = term.pattern
    return pattern.exact and pattern.single and pattern.needles is not None and term.fields[0] not in UNREAD


class Sighting:
    """What the automaton saw in an aligned row; what it was not asked for is not known."""

    __slots__ = ("_asked", "_bounds", "_document", "_found", "_known", "_row", "_words")

    def __init__(
        self, row: Row, document: Document, words: str, found: Collection[str], asked: Collection[str]
    ) -> None:
        self._row = row
        self._document = document
        self._words = words
        self._found = found  # the needles that were seen, of
        self._asked = asked  # all that were looked for
        self._bounds: Sequence[Stand] = ()  # of the row, once somebody asks
        self._known: dict[int, list[Stand] | None] = {}  # by id of a term

    def of(self, term: Term) -> list[Stand] | None:
        """Return where a term stands; None if that is not known."""
        key = id(term)
        if key in self._known:
            return self._known[key]
        found = self._known[key] = (
            self.all(asked) if (asked := sought(term, self._asked, self._row.names)) else None
        )
        return found

    def has(self, asked: Iterable[Sought]) -> bool:
        """Tell whether a needle stands in a field it is sought in."""
        for one in asked:  # noqa: SIM110  any() with a generator takes twice the time
            if one[0] in self._found and (one[1] is None or self.all((one,))):
                return True
        return False

    def all(self, asked: Iterable[Sought]) -> list[Stand]:
        """Return where needles stand in the fields they are sought in."""
        stands: list[Stand] = []
        words, found = self._words, self._found
        self._bounds = bounds = self._bounds or self._row.bounds(self._document)
        for needle, fields in asked:
            at = words.find(needle) if needle in found else -1
            while at >= 0:
                for number, begin, end in bounds:
                    if at < end:
                        if fields is None or number in fields:
                            stands.append((number, at - begin, words.index(" ", at + 1) - 1 - begin))
                        break
                at = words.find(needle, at + 1)
        return stands
