"""Which of many rules a text may ring: one automaton over the needles of all, each text read once.

A rule names groups of needles (pieces of text, see `phrase.Needles`): wherever it holds, one of each group
stands in the text. A rule with one group is called by each needle of it alone; one with more by pairs, a needle of the
rarest and one of the next, so that a word that a thousand rules share calls none of them alone. Further groups
are asked for before a rule is looked at. Rules that name none, a NOT alone for one, are looked at always.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from monitor.rules.document import UNREAD, Document
from monitor.rules.folding import unspaced
from monitor.rules.sighting import Row, Seen, Sighting
from monitor.rules.tree import And, AtLeast, Dated, First, Mark, Near, Node, Not, Often, Or, Term, terms

Needle = str
Group = frozenset[Needle]
_Named = tuple[float, list[int]]  # a group: how often it is guessed to stand in a text, and its needles
_Pair = tuple[int, int]
_MOST_PAIRS = 32  # by which one rule is called; with more, it is called by its first group alone
_OTHERS = 2  # further groups asked for; more would seldom spare a look


class Automaton:
    """The needles of all rules, and which rules each calls up."""

    def __init__(self, roots: Iterable[Node], sample: Sequence[Document] = ()) -> None:
        """`sample` is of what there is to read: which words are rare is learnt from it, else guessed by their length."""
        self._always: list[int] = []
        self._ids: dict[Needle, int] = {}
        self._together: dict[_Pair, list[int]] = {}  # needle and partner, or itself -> the rules they call
        self._asked: dict[int, tuple[frozenset[int], ...]] = {}  # rule -> further groups
        fields: set[str] = set()
        named: list[list[_Named]] = []  # by rule
        for root in roots:
            named.append([self._named(group) for group in _single(groups(root))])
            fields.update(*(term.fields for term, _ in terms(root)))
        self._row = Row(sorted(fields - UNREAD))
        self._found = AhoCorasick(list(self._ids), store_patterns=False) if self._ids else None
        stood = Counter(
            needle for document in sample for needle in {match[0] for match in self._seen(document)[2]}
        )
        for number, asked in enumerate(named):
            asked.sort(key=lambda one: sum(map(stood.__getitem__, one[1])) + one[0])
            self._add(number, [ids for _, ids in asked[: _OTHERS + 2]])
        self._partners = _partners(self._together, len(self._ids))  # by needle

    def _named(self, group: Group) -> _Named:
        return _cost(group), [self._ids.setdefault(needle, len(self._ids)) for needle in group]

    def _add(self, number: int, named: Sequence[Sequence[int]]) -> None:
        if not named:
            self._always.append(number)
            return
        first, *others = named
        if others and len(first) * len(others[0]) <= _MOST_PAIRS:
            second = others.pop(0)
            pairs = [(needle, other) for needle in first for other in second]
        else:
            pairs = [(needle, needle) for needle in first]
        for pair in pairs:
            self._together.setdefault(pair, []).append(number)
        if others:
            self._asked[number] = tuple(map(frozenset, others[:_OTHERS]))

    def _seen(self, document: Document) -> tuple[str, bool, Seen]:
        """Return the row of a document, whether it is aligned, and the needles in it."""
        words, is_aligned = self._row.read(document)
        return (
            words,
            is_aligned,
            self._found.find_matches_as_indexes(words, overlapping=True) if self._found else (),
        )

    def candidates(self, document: Document) -> tuple[list[int], Sighting | None]:
        """Return the numbers of the rules that may hold for a document, in order, and what was seen of it, if that is exact."""
        words, is_aligned, seen = self._seen(document)
        if not seen:
            return self._always, None
        found = {match[0] for match in seen}
        called = self._called(found)
        if self._asked:
            called = {number for number in called if self._is_asked_in(number, found)}
        called.update(self._always)
        if not called or not is_aligned:
            return sorted(called), None
        return sorted(called), Sighting(words, self._row.bounds(document), seen, found, self._ids)

    def _called(self, found: set[int]) -> set[int]:
        called: set[int] = set()
        partners, disjoint = self._partners, found.isdisjoint
        for needle in found:
            if not disjoint(known := partners[needle]):
                for other in known & found:
                    called.update(self._together[needle, other])
        return called

    def _is_asked_in(self, number: int, found: set[int]) -> bool:
        asked = self._asked.get(number)
        return asked is None or not any(map(found.isdisjoint, asked))


def _partners(together: Iterable[_Pair], needles: int) -> list[frozenset[int]]:
    partners: list[set[int] | None] = [None] * needles
    for needle, other in together:
        known = partners[needle]
        if known is None:
            partners[needle] = {other}
        else:
            known.add(other)
    return [frozenset(known or ()) for known in partners]


def _single(named: Iterable[Group]) -> Iterator[Group]:
    """Yield groups that ask for no more than words one by one: all of a phrase, the longest of each of several.

    So there are as many needles as words, however many phrases there are of them, and the automaton stays small
    enough for a processor's cache; whether the words stand in a row is seen when the rule is looked at.
    """
    for group in named:
        if len(group) == 1:
            for part in set(_parts(*group)):
                yield frozenset((part,))
        else:
            yield frozenset(max(_parts(needle), key=len) for needle in group)


def _parts(needle: Needle) -> Sequence[Needle]:
    """Return the words of a needle, each with the spaces that end it; of a script without spaces it stays whole."""
    words = needle.split()
    if len(words) < 2 or any(map(unspaced, words)):
        return (needle,)
    first, last = needle.removesuffix(needle.lstrip()), needle.removeprefix(needle.rstrip())
    return (f"{first}{words[0]} ", *(f" {word} " for word in words[1:-1]), f" {words[-1]}{last}")


def groups(node: Node, only: Collection[str] | None = None) -> Iterator[Group]:
    """Yield groups of needles: every document for which a tree holds has one of each.

    With `only`, those of terms that look nowhere but in these fields.
    """
    match node:
        case Term(pattern=pattern, fields=fields):
            if (
                pattern.needles is not None
                and fields[0] not in UNREAD
                and (only is None or set(fields) <= set(only))
            ):
                yield frozenset(pattern.needles)
        case And(parts=parts) | Near(parts=parts):
            for part in parts:
                yield from groups(part, only)
        case Or(parts=parts):
            yield from _one_of(parts, len(parts), only)
        case AtLeast(count=count, parts=parts):
            # of the others one at least holds, whichever they are: so the cheapest to look for
            yield from _one_of(parts, len(parts) - count + 1, only)
        case First(part=part) | Often(part=part):
            yield from groups(part, only)
        case Dated() | Mark() | Not():
            return


def _one_of(parts: Sequence[Node], enough: int, only: Collection[str] | None) -> Iterator[Group]:
    """Yield the group of which one stands wherever one of `enough` parts holds, if there is one."""
    best = [min(groups(part, only), key=_cost, default=None) for part in parts]
    known = sorted((group for group in best if group is not None), key=_cost)
    if len(known) >= enough:
        yield frozenset().union(*known[:enough])


def _cost(group: Group) -> float:
    """Return about how often some of these needles stand in a text, below one: the shorter, the more often."""
    return min(sum(2.0 ** -min(len(needle), 30) for needle in group), 0.99)
