"""Which of many rules a text may ring: one automaton over the needles of all, each text read once.

A rule names groups of needles (pieces of text, see `phrase.Needles`): wherever it holds, one of each group
stands in the text. A rule with one group is called by each needle of it; one with more by pairs, a needle of the
first and one of the second, so that a word that a thousand rules share calls none of them alone. Further groups
are asked for before a rule is looked at. Rules that name none, a NOT alone for one, are looked at always.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick

from monitor.rules.reading import Reading
from monitor.rules.tree import And, AtLeast, Dated, First, Mark, Near, Node, Not, Often, Or, Term, terms

Needle = str
Group = frozenset[Needle]
_UNREAD = frozenset(("lang", "severity"))  # fields that are worked out only for a rule that asks
_MOST_PAIRS = 32  # by which one rule is called; with more, it is called by its first group alone
_OTHERS = 2  # further groups asked for; more would seldom spare a look


class Automaton:
    """The needles of all rules, and which rules each calls up."""

    def __init__(self, roots: Iterable[Node]) -> None:
        self._always: list[int] = []
        self._ids: dict[Needle, int] = {}
        self._alone: dict[int, list[int]] = {}  # needle -> rules
        self._partners: dict[int, set[int]] = {}  # needle -> those that call rules together with it
        self._together: dict[tuple[int, int], list[int]] = {}  # needle and partner -> rules
        self._asked: dict[int, tuple[frozenset[int], ...]] = {}  # rule -> further groups
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
            return
        first, *others = ([self._id(needle) for needle in group] for group in named[: _OTHERS + 2])
        if others and len(first) * len(others[0]) <= _MOST_PAIRS:
            second = others.pop(0)
            for needle in first:
                self._partners.setdefault(needle, set()).update(second)
                for other in second:
                    self._together.setdefault((needle, other), []).append(number)
        else:
            for needle in first:
                self._alone.setdefault(needle, []).append(number)
        if others:
            self._asked[number] = tuple(map(frozenset, others[:_OTHERS]))

    def _id(self, needle: Needle) -> int:
        return self._ids.setdefault(needle, len(self._ids))

    def candidates(self, reading: Reading) -> list[int]:
        """Return the numbers of the rules that may hold for a document, in order."""
        if self._found is None:
            return self._always
        read = reading.read(self._fields)
        found = {match[0] for match in self._found.find_matches_as_indexes(read, overlapping=True)}
        called = {number for number in self._called(found) if self._is_asked_in(number, found)}
        called.update(self._always)
        return sorted(called)

    def _called(self, found: set[int]) -> set[int]:
        called: set[int] = set()
        alone, partners, disjoint = self._alone, self._partners, found.isdisjoint
        for needle in found:
            if needle in alone:
                called.update(alone[needle])
            known = partners.get(needle)
            if known is not None and not disjoint(known):
                for other in known & found:
                    called.update(self._together[needle, other])
        return called

    def _is_asked_in(self, number: int, found: set[int]) -> bool:
        asked = self._asked.get(number)
        return asked is None or not any(map(found.isdisjoint, asked))


def groups(node: Node, only: Collection[str] | None = None) -> Iterator[Group]:
    """Yield groups of needles: every document for which a tree holds has one of each.

    With `only`, those of terms that look nowhere but in these fields.
    """
    match node:
        case Term(pattern=pattern, fields=fields):
            if (
                pattern.needles is not None
                and fields[0] not in _UNREAD
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
    """Return about how often some of these needles stand in a text: the shorter, the more often."""
    return sum(2.0 ** -min(len(needle), 30) for needle in group)
