"""Which entries of one body are one, and which of their keys tell them from each other."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from monitor.core.items.identity import Candidate
from monitor.core.items.occasions import Occasions
from monitor.core.items.pairing import same_words
from monitor.values import dataclass

READINGS = 9  # ways in which one item may stand in one body


@dataclass(frozen=True, slots=True)
class Keyed:
    """A candidate and those of its keys that identify, best first."""

    candidate: Candidate
    keys: tuple[str, ...]


def shared_by_different(found: Sequence[Candidate]) -> frozenset[str]:
    """Return the keys that entries of one body share which do not read alike."""
    by_key: defaultdict[str, dict[tuple[str, ...], Candidate]] = defaultdict(dict)
    for candidate in found:
        for key in candidate.keys[:-1]:
            by_key[key][candidate.keys] = candidate
    return frozenset(key for key, sharers in by_key.items() if not _one(list(sharers.values())))


def _one(sharers: Sequence[Candidate]) -> bool:
    """Tell whether all read the same or like each other."""
    if len({candidate.digest for candidate in sharers}) == 1:
        return True
    return len(sharers) <= READINGS and all(_same(one, other) for one, other in combinations(sharers, 2))


def _same(one: Candidate, other: Candidate) -> bool:
    if one.digest == other.digest:
        return True
    return one.keys[:-1] == other.keys[:-1] and same_words(one.entry.title, other.entry.title)


def distinct(found: Sequence[Candidate], bad: frozenset[str], occasions: Occasions) -> list[Keyed]:
    """Return the entries with the keys that identify them; of those with one best key, the first."""
    rows = Counter(candidate.row for candidate in {(c.row, *c.keys): c for c in found}.values())
    ages = _Ages(occasions)
    first: dict[str, Keyed] = {}
    for candidate in found:
        given = tuple(key for key in candidate.keys[:-1] if key not in bad)
        alone = rows[candidate.row] == 1 or not given
        named = any(key.startswith("guid:") for key in given)
        place = () if named else (candidate.on, candidate.row if alone else "")
        words = () if given else (ages.key(candidate), candidate.keys[-1])
        keys = (*given, *filter(None, (*place, *words)))
        first.setdefault(keys[0], Keyed(candidate, keys))
    return list(first.values())


class _Ages:
    """Rows that show an age ("3 min ago") and the same words: two, where the one came after the other."""

    def __init__(self, occasions: Occasions) -> None:
        self._occasions = occasions
        self._seen: defaultdict[str, list[tuple[str, Candidate]]] = defaultdict(list)

    def key(self, candidate: Candidate) -> str:
        """Return the key of these words at that age, "" for a row that shows none."""
        came = self._occasions.came(candidate.entry)
        if came is None:
            return ""
        for key, other in self._seen[candidate.digest][-READINGS:]:
            if not self._occasions.two(candidate.entry, other.entry):
                return key
        key = f"age:{came[1].isoformat(timespec='minutes')}|{candidate.digest}"
        self._seen[candidate.digest].append((key, candidate))
        return key
