"""Which of many rules a text may ring: one automaton over the needles of all, each text read once.

A rule names groups of needles (pieces of text, see `phrase.Needles`): wherever it holds, one of each group
stands in the text. One group calls the rule up, the others are asked for before it is looked at. Rules that
name none, a NOT alone for one, are looked at always.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from ahocorasick_rs import AhoCorasick

from monitor.rules.reading import Reading
from monitor.rules.tree import And, AtLeast, Dated, First, Mark, Near, Node, Not, Often, Or, Term, terms

Needle = str
Group = frozenset[Needle]
_UNREAD = frozenset(("lang", "severity"))  # fields that are worked out only for a rule that asks
_OTHERS = 3  # further groups asked for; more would seldom spare a look


class Automaton:
    """The needles of all rules, and which rules each calls up."""

    def __init__(self, roots: Iterable[Node]) -> None:
        self._always: list[int] = []
        self._ids: dict[Needle, int] = {}
        self._calls: list[list[int]] = []
        self._others: list[tuple[int | tuple[int, ...], ...]] = []
        fields: set[str] = set()
        for number, root in enumerate(roots):
            self._add(number, sorted(groups(root), key=_cost))
            fields.update(*(term.fields for term, _ in terms(root)))
        self._fields = tuple(sorted(fields - _UNREAD))
        self._found = AhoCorasick(list(self._ids), store_patterns=False) if self._ids else None
        self._ids = {}  # the automaton knows them

    def _add(self, number: int, named: Sequence[Group]) -> None:
        if not named:
            self._always.append(number)
            self._others.append(())
            return
        first, *others = ([self._id(needle) for needle in group] for group in named[: _OTHERS + 1])
        for needle in first:
            self._calls[needle].append(number)
        self._others.append(tuple(group[0] if len(group) == 1 else tuple(group) for group in others))

    def _id(self, needle: Needle) -> int:
        known = self._ids.setdefault(needle, len(self._ids))
        if known == len(self._calls):
            self._calls.append([])
        return known

    def candidates(self, reading: Reading) -> list[int]:
        """Return the numbers of the rules that may hold for a document, in order."""
        if self._found is None:
            return self._always
        read = "\n".join(text.spaced for name in self._fields for text in reading.texts(name))
        found = {match[0] for match in self._found.find_matches_as_indexes(read, overlapping=True)}
        calls, others = self._calls, self._others
        called = {number for needle in found for number in calls[needle]}
        candidates = [number for number in called if not (asked := others[number]) or _all_in(asked, found)]
        return sorted(chain(candidates, self._always))


def _all_in(asked: tuple[int | tuple[int, ...], ...], found: set[int]) -> bool:
    """Tell whether one needle of each group was found."""
    for group in asked:
        if group not in found if isinstance(group, int) else found.isdisjoint(group):
            return False
    return True


def groups(node: Node) -> Iterator[Group]:
    """Yield groups of needles: every document for which a tree holds has one of each."""
    match node:
        case Term(pattern=pattern, fields=fields):
            if pattern.needles is not None and fields[0] not in _UNREAD:
                yield frozenset(pattern.needles)
        case And(parts=parts) | Near(parts=parts):
            for part in parts:
                yield from groups(part)
        case Or(parts=parts):
            yield from _one_of(parts, len(parts))
        case AtLeast(count=count, parts=parts):
            # of the others one at least holds, whichever they are: so the cheapest to look for
            yield from _one_of(parts, len(parts) - count + 1)
        case First(part=part) | Often(part=part):
            yield from groups(part)
        case Dated() | Mark() | Not():
            return


def _one_of(parts: Sequence[Node], enough: int) -> Iterator[Group]:
    """Yield the group of which one stands wherever one of `enough` parts holds, if there is one."""
    best = [min(groups(part), key=_cost, default=None) for part in parts]
    known = sorted((group for group in best if group is not None), key=_cost)
    if len(known) >= enough:
        yield frozenset().union(*known[:enough])


def _cost(group: Group) -> float:
    """Return about how often some of these needles stand in a text: the shorter, the more often."""
    return sum(2.0 ** -min(len(needle), 30) for needle in group)
