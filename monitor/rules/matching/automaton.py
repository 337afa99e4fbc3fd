"""Which of many rules a text may ring: one automaton over the needles of all, each text read once.

A rule names groups of needles (pieces of text, see `phrase.Needles`): wherever it holds, one of each group
stands in the text. A rule with one group is called by each needle of it alone; one with more by pairs, a needle of the
rarest and one of the next, so that a word that a thousand rules share calls none of them alone. Further groups
are asked for before a rule is looked at. Rules that name none, a NOT alone for one, are looked at always.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from ahocorasick_rs import AhoCorasick

from monitor.rules.matching.document import UNREAD, Document
from monitor.rules.matching.sighting import Row, Sighting, Sought, sought
from monitor.rules.query.tree import And, AtLeast, Dated, First, Mark, Near, Node, Not, Often, Or, Term, terms
from monitor.rules.words.folding import unspaced

Needle = str
Group = frozenset[Needle]
_MOST_PAIRS = 32  # by which one rule is called; with more, it is called by its first group alone
_FEW = 100  # needles, up to which the library takes a table of all steps; there it would stop at each space if needles began with one
_OTHERS = 2  # further groups asked for; more would seldom spare a look


class Automaton:
    """The needles of all rules, and which rules each calls up."""

    def __init__(self, roots: Sequence[Node], sample: Sequence[Document] = ()) -> None:
        """`sample` is of what there is to read: which words are rare is learnt from it, else guessed by their length."""
        fields = {name for root in roots for term, _ in terms(root) for name in term.fields}
        self._row = Row(sorted(fields - UNREAD))
        named = [list(_single(groups(root))) for root in roots]
        self._needles = _side_by_side(needle for asked in named for group in asked for needle in group)
        self._seen = _search(list(self._needles))
        self._always: list[int] = []
        self._alone: dict[Needle, list[int]] = {}  # the rules that a needle calls alone
        self._together: dict[Needle, dict[Needle, list[int]]] = {}  # those that a partner and a needle call
        self._asked: dict[int, tuple[Group, ...]] = {}  # further groups of a rule
        stood = Counter(needle for one in sample for needle in set(self._seen(self._row.spaced(one))))
        for number, asked in enumerate(named):
            asked.sort(key=lambda group: sum(map(stood.__getitem__, group)) + _cost(group))
            self._add(number, [[self._needles[needle] for needle in group] for group in asked[: _OTHERS + 2]])
        self._callers = frozenset(self._alone)
        self._partners = _partners(self._together)

    def _add(self, number: int, named: Sequence[Sequence[Needle]]) -> None:
        if not named:
            self._always.append(number)
            return
        first, *others = named
        if others and len(first) * len(others[0]) <= _MOST_PAIRS:
            second = others.pop(0)
            for needle, partner in itertools.product(first, second):
                self._together.setdefault(partner, {}).setdefault(needle, []).append(number)
        else:
            for needle in first:
                self._alone.setdefault(needle, []).append(number)
        if others:
            self._asked[number] = tuple(map(frozenset, others[:_OTHERS]))

    def sought(self, root: Node) -> tuple[Sought, ...]:
        """Return what a tree looks for, if the automaton tells alone whether it holds; else nothing."""
        return sought(root, self._needles, self._row.names)

    def candidates(self, document: Document) -> tuple[Sequence[int], Sighting | None]:
        """Return the numbers of the rules that may hold for a document, in order, and what was seen of it, if that is exact."""
        row = self._row.aligned(document)
        seen = self._seen(self._row.spaced(document) if row is None else row)
        if not seen:
            return self._always, None
        found = frozenset(seen)
        called = self._called(found)
        if self._asked:
            called = {number for number in called if self._is_asked_in(number, found)}
        if self._always:
            called.update(self._always)
        if not called:
            return (), None
        sighting = Sighting(self._row, document, row, found, self._needles) if row is not None else None
        return sorted(called), sighting

    def _called(self, found: frozenset[Needle]) -> set[int]:
        called: set[int] = set()
        for needle in self._callers & found:
            called.update(self._alone[needle])
        if self._partners:
            none_of = found.isdisjoint
            for partners in filter(None, map(self._partners.get, found)):  # most needles find none of theirs
                if not none_of(partners):
                    for partner in found.intersection(partners):
                        rules = self._together[partner]
                        for needle in rules.keys() & found:
                            called.update(rules[needle])
        return called

    def _is_asked_in(self, number: int, found: frozenset[Needle]) -> bool:
        asked = self._asked.get(number)
        return asked is None or not any(group.isdisjoint(found) for group in asked)


def _side_by_side(needles: Iterable[Needle]) -> dict[Needle, Needle]:
    """Return each needle once, and a copy of it.

    The copies stand side by side in memory, where the needles stand wherever a rule was read: of a hundred thousand
    rules, an item finds its own in two thirds of the time.
    """
    return {needle: needle[:1] + needle[1:] for needle in dict.fromkeys(needles)}


def _search(needles: Sequence[Needle]) -> Callable[[str], Sequence[Needle]]:
    """Return what tells which of some needles stand in a row, as often as they do."""
    if not needles:
        return lambda row: ()
    if len(needles) > _FEW:
        return partial(AhoCorasick(needles, store_patterns=True).find_matches_as_strings, overlapping=True)
    whole: dict[str, list[Needle]] = {}
    for needle in needles:
        whole.setdefault(needle.lstrip(), []).append(needle)
    find = AhoCorasick(list(whole), store_patterns=True).find_matches_as_strings

    def few(row: str) -> list[Needle]:
        ends = find(row, True)
        return [needle for end in ends for needle in whole[end] if needle in row] if ends else ends

    return few


def _partners(together: Mapping[Needle, Iterable[Needle]]) -> dict[Needle, tuple[Needle, ...]]:
    partners: dict[Needle, list[Needle]] = {}
    for partner, needles in together.items():
        for needle in needles:
            partners.setdefault(needle, []).append(partner)
    return {needle: tuple(found) for needle, found in partners.items()}


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
