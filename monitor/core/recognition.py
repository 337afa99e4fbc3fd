"""Same item, or another? Which item each entry of a body is, by its keys, its place and its text.

What says most goes first, over the whole body, so that no order of entries changes an answer: a
text that still stands at its displayed minute, the publisher's id, the guid, the permalink; then
how alike an entry is to what stood in the last body; then the twin. A key that once stood for different items
identifies nothing any more (ten items under one guid: Miniflux #4197). Memory is a set of keys,
never a date watermark. In doubt it is another item, for that one rings.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from monitor.core import identity
from monitor.core.identity import Candidate, permalink, prints_of
from monitor.core.pairing import Row, Score, alike, edited, moved, pairs, rebuilt, row, same_words, told_twice
from monitor.core.stamps import stamp
from monitor.model import Entry, Item, Known, Standing

RANKS = {"row": 0, "id": 1, "guid": 2, "url": 3, "text": 4}
MINUTE = len("2026-11-24T03:10")  # characters of an instant
BUILT_ANEW = 0.6  # share of a body that is new by its keys and old by its texts: the site was rebuilt
FEW = 3  # entries of which no share says anything
ROUNDS = 3  # a key that is refuted identifies nothing in this body either: all is looked at again
READINGS = 9  # ways in which one item may stand in one body
DAY = timedelta(days=1)
SAME_NEWS = timedelta(hours=6)  # after which the same words may tell of another event
ONE_EVENT = timedelta(hours=1)  # between the dates that two papers, or two ids, state of one
NEW_ROW = timedelta(hours=3)  # since the twin had it, that a row may be late by
SAME_HOUR = timedelta(hours=1)  # between the sights of what comes daily


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An entry and the item it is, None for a new one."""

    entry: Entry
    keys: tuple[str, ...]  # that identify, best first; never empty
    prints: tuple[str, ...]  # by which any source's entries find the item
    item: Item | None = None
    here: bool = False  # found by this source's own keys


def resolve(
    source: str, found: Sequence[Candidate], known: Known, *, now: datetime
) -> tuple[list[Resolved], frozenset[str]]:
    """Return each distinct entry with the item it is, and the keys that turned out ambiguous.

    Entries of one body that read alike and share their best key are one; sharing a key while reading
    otherwise, they are different items and the key is worth nothing.
    """
    unlike = _shared_by_different(found)
    for _ in range(ROUNDS):
        work = _Recognition(source, _distinct(found, known.ambiguous | unlike), known, now)
        work.run()
        unlike |= work.refuted
        if not work.refuted:
            break
    return work.result(), unlike


def _shared_by_different(found: Sequence[Candidate]) -> frozenset[str]:
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


def _reads_like(one: Entry | Item, other: Entry | Item) -> bool:
    return alike(one.title, other.title) or alike(one.summary, other.summary)


@dataclass(frozen=True, slots=True)
class _Keyed:
    """A candidate and those of its keys that identify, best first."""

    candidate: Candidate
    keys: tuple[str, ...]


def _distinct(found: Sequence[Candidate], bad: frozenset[str]) -> list[_Keyed]:
    """Return the entries with the keys that identify them; of those with one best key, the first."""
    rows = Counter(candidate.row for candidate in {(c.row, *c.keys): c for c in found}.values())
    first: dict[str, _Keyed] = {}
    for candidate in found:
        given = tuple(key for key in candidate.keys[:-1] if key not in bad)
        alone = rows[candidate.row] == 1 or not given
        place = candidate.row if alone and not any(key.startswith("guid:") for key in given) else ""
        keys = (*given, *filter(None, [place, "" if given else candidate.keys[-1]]))
        first.setdefault(keys[0], _Keyed(candidate, keys))
    return list(first.values())


@dataclass
class _Recognition:
    """One body's entries on their way to their items; each step goes on with those left open."""

    source: str
    entries: list[_Keyed]
    known: Known
    now: datetime
    items: dict[int, Item] = field(default_factory=dict)  # by index of the entry
    here: set[int] = field(default_factory=set)  # found by this source's own keys
    taken: set[str] = field(default_factory=set)  # ids of items that are some entry's
    refuted: set[str] = field(default_factory=set)  # keys that stood for other items than their entries
    places: dict[str, Standing] = field(init=False)

    def __post_init__(self) -> None:
        self.places = {place.item.id: place for place in self.known.standing}

    def _take(self, index: int, item: Item, *, here: bool) -> None:
        self.items[index] = item
        self.taken.add(item.id)
        if here:
            self.here.add(index)

    def _open(self) -> list[int]:
        return [index for index in range(len(self.entries)) if index not in self.items]

    def run(self) -> None:
        """Take the steps."""
        self.by_keys()
        self.by_own_text()
        self.by_prints()
        self.by_words()
        self.by_place()
        self.by_rebuild()
        self.by_twin()

    def by_keys(self) -> None:
        """Give each item to the entry with the best key of it, if the entry can be it."""
        claims = sorted(
            (_rank(key), self.known.by_key[key].digest != one.candidate.digest, key, place, one.keys, index)
            for index, one in enumerate(self.entries)
            for place, key in enumerate(one.keys)
            if key in self.known.by_key
        )
        for _, _, key, _, _, index in claims:
            item, one = self.known.by_key[key], self.entries[index]
            if index in self.items or item.id in self.taken:
                continue
            if self._is(one, key, item):
                self._take(index, item, here=True)
            elif not key.startswith(("row:", "text:")):
                self.refuted.add(key)

    def _is(self, one: _Keyed, key: str, item: Item) -> bool:
        """Tell whether `key`, which stood for `item`, still does: only where something speaks against
        it does the text decide."""
        candidate, kind = one.candidate, key.partition(":")[0]
        if kind == "row":
            return not self._another_day(candidate, item)
        if kind == "text":  # where a minute is displayed, the same words at another one are another item
            return not candidate.minute
        if not self._contradicted(one, kind, item):
            return True
        if kind == "url" and self._dated_apart(candidate, item):
            return False  # an unknown id, another date: one address may be that of all alerts
        return candidate.digest == item.digest or _reads_like(candidate.entry, item)

    def _dated_apart(self, candidate: Candidate, item: Item) -> bool:
        """Tell whether both state when they were published, and not the same."""
        stated = stamp(candidate.entry.dates, self.now)
        at = stated.says.at if stated else None
        if at is None or item.published.origin == "first-seen" or not item.published.sure:
            return False
        return not item.published.earliest - ONE_EVENT <= at <= item.published.latest + ONE_EVENT

    def _contradicted(self, one: _Keyed, kind: str, item: Item) -> bool:
        link = permalink(one.candidate.entry.url)
        if kind == "guid":
            return bool(link) and _path(link) != _path(permalink(item.url))
        if kind == "id":  # it may only count the rows of a page
            place = self.places.get(item.id)
            was = identity.shown_at(place.keys) if place else ""
            return bool(was) and was != one.candidate.minute
        return any(key.startswith(("id:", "guid:")) for key in one.keys)  # and that one is unknown

    def _another_day(self, candidate: Candidate, item: Item) -> bool:
        """Tell whether the words of a row come with the same clock time of another day: they are seen at
        the hour at which they were first seen. An old row that comes back is seen at any hour."""
        if item.id in self.places or not identity.timeless(candidate.minute):
            return False
        age = self.now - item.first_seen_at
        return age > DAY / 2 and min(age % DAY, -age % DAY) <= SAME_HOUR

    def by_own_text(self) -> None:
        """Go by the text where all better keys stand for others."""
        for index in self._open():
            candidate = self.entries[index].candidate
            if self._free(index) or candidate.keys[-1] in self.entries[index].keys:
                continue
            self.entries[index] = _Keyed(candidate, tuple(self._words(index)))
            item = self.known.by_key.get(candidate.row) or self.known.by_key.get(candidate.keys[-1])
            if item and item.id not in self.taken:
                self._take(index, item, here=True)

    def _free(self, index: int) -> list[str]:
        return [key for key in self.entries[index].keys if key not in self.known.by_key]

    def by_prints(self) -> None:
        """Find items that another source had first, and ones whose keys here were forgotten."""
        for index in self._open():
            candidate = self.entries[index].candidate
            free = [key for key in self._free(index) if not (candidate.minute and _rank(key) == 4)]
            for mark in prints_of(self.source, free) if free else ():
                item = self.known.by_print.get(mark)
                if item is None or item.id in self.taken:
                    continue
                if _rank(free[0]) or not self._another_day(candidate, item):
                    self._take(index, item, here=False)
                    break

    def by_words(self) -> None:
        """Find what another source told in the same words a few hours ago: one item, and one alert.

        A source that had it itself and says it again tells of another event.
        """
        for index in self._open():
            mark = identity.words_of(self.entries[index].candidate)
            item = self.known.by_print.get(mark) if mark else None
            if item is None or item.id in self.taken or item.id in self.known.had:
                continue
            apart = self._dated_apart(self.entries[index].candidate, item)
            if item.source != self.source and not apart and self.now - item.first_seen_at <= SAME_NEWS:
                self._take(index, item, here=False)

    def by_place(self) -> None:
        """Find edited and moved rows among what stood in the last body and is gone: entries without
        ids only, for an unknown id is another item."""
        self._pair(self._loose_ones(), self._gone(), edited, here=True)
        first = min(
            (index for index, item in self.items.items() if item.id in self.places), default=len(self.entries)
        )
        self._pair([index for index in self._loose_ones() if index > first], self._gone(), moved, here=True)
        self._pair(self._loose_ones(), self._left_out(), moved, here=True)

    def _loose_ones(self) -> list[int]:
        return [index for index in self._open() if self._loose(index)]

    def _loose(self, index: int) -> bool:
        return all(key in self.refuted or _rank(key) in (0, 4) for key in self.entries[index].keys)

    def _gone(self) -> list[Item]:
        return [place.item for place in self.known.standing if place.item.id not in self.taken]

    def _left_out(self) -> list[Item]:
        """Return what is gone from between rows that still stand, or showed no minute. What is gone from the
        end was pushed out: the same words on top, at another minute, are then another event."""
        standing = self.known.standing
        end = max(
            (number for number, place in enumerate(standing) if place.item.id in self.taken), default=-1
        )
        return [
            place.item
            for number, place in enumerate(standing)
            if place.item.id not in self.taken and (number < end or not identity.shown_at(place.keys))
        ]

    def by_rebuild(self) -> None:
        """Re-key what a build of the site gave new ids and links: most of the body new by its keys,
        and most of that, by titles and paths, what is gone. Texts that stand twice tell nothing."""
        opened = self._open()
        if len(self.entries) < FEW or len(opened) <= BUILT_ANEW * len(self.entries):
            return
        texts = Counter(self.entries[index].candidate.digest for index in opened)
        once = [index for index in opened if texts[self.entries[index].candidate.digest] == 1]
        gone = self._gone()
        stood = Counter(item.digest for item in gone)
        found = self._pairs(once, [item for item in gone if stood[item.digest] == 1], rebuilt)
        if len(found) >= max(FEW, BUILT_ANEW * len(opened)):
            for index, item in found:
                self._take(index, item, here=True)

    def by_twin(self) -> None:
        """Find what the same site's other source had first, a few hours ago at most."""
        free = [item for item in self.known.twins if item.id not in self.taken]
        if self.known.standing:
            free = [item for item in free if self.now - item.published.latest <= NEW_ROW]
        opened = self._open()
        for index, item in self._pairs(opened, free, told_twice):
            if not self._dated_apart(self.entries[index].candidate, item):
                self._take(index, item, here=False)

    def _pair(self, opened: list[int], items: list[Item], score: Score, *, here: bool) -> None:
        for index, item in self._pairs(opened, items, score):
            self._take(index, item, here=here)

    def _pairs(self, opened: list[int], items: list[Item], score: Score) -> list[tuple[int, Item]]:
        if not opened or not items:
            return []
        new = [_row(self.entries[index].candidate) for index in opened]
        old = [self._standing_row(item) for item in items]
        return [(opened[here], items[there]) for here, there in pairs(new, old, score)]

    def _standing_row(self, item: Item) -> Row:
        keys = self.places[item.id].keys if item.id in self.places else ()
        stated = item.published.origin == "stated"
        return row(
            item.title,
            item.summary,
            minute=identity.shown_at(keys),
            path=_own_path(keys),
            at=item.published.latest.isoformat()[:MINUTE] if stated else "",
            name=item.id,
        )

    def result(self) -> list[Resolved]:
        """Return the entries in the order of the body; a key goes to one of them, and what is left
        with none says only what another one says."""
        own = [self._own(index) or self._words(index) for index in range(len(self.entries))]
        wanted = sorted(
            (place, index not in self.items, self.entries[index].keys, index, key)
            for index, keys in enumerate(own)
            for place, key in enumerate(keys)
        )
        owner: dict[str, int] = {}
        for *_, index, key in wanted:
            owner.setdefault(key, index)
        kept = [tuple(key for key in keys if owner[key] == index) for index, keys in enumerate(own)]
        return [self._resolved(index, keys) for index, keys in enumerate(kept) if keys]

    def _words(self, index: int) -> list[str]:
        candidate = self.entries[index].candidate
        return [key for key in (candidate.row, candidate.keys[-1]) if key]

    def _own(self, index: int) -> list[str]:
        """Return the keys that are this entry's: those that stand for no other item."""
        item = self.items.get(index)
        keys = [key for key in self.entries[index].keys if key not in self.refuted]
        if item is None:
            return [key for key in keys if self._unclaimed(key)]
        own = [key for key in keys if _rank(key) in (0, 4) or self.known.by_key.get(key, item).id == item.id]
        return [key for key in own if self.known.by_print.get(key, item).id == item.id] or own

    def _unclaimed(self, key: str) -> bool:
        return _rank(key) in (0, 4) or not (key in self.known.by_key or key in self.known.by_print)

    def _resolved(self, index: int, keys: tuple[str, ...]) -> Resolved:
        candidate, item = self.entries[index].candidate, self.items.get(index)
        if item is None and self._born(keys[0]):
            again = identity.make_id(keys[0], candidate.digest, self.now.date().isoformat())
            keys = (f"again:{again}", *keys)
        return Resolved(
            entry=candidate.entry,
            keys=keys,
            prints=tuple(filter(None, (*prints_of(self.source, keys), identity.words_of(candidate)))),
            item=item,
            here=index in self.here,
        )

    def _born(self, key: str) -> bool:
        """Tell whether an item was born with `key`: another one needs another id."""
        return key in self.known.by_key or f"born:{self.source}:{key}" in self.known.by_print


def _rank(key: str) -> int:
    return RANKS.get(key.partition(":")[0], RANKS["guid"])


def _path(link: str) -> str:
    """Return what of a link stays when a site moves to another domain."""
    return link[link.index("/") :] if "/" in link else link


def _own_path(keys: Sequence[str]) -> str:
    """Return the path of a link that is one item's own; an entry may lead to the page that it stands on."""
    return next((_path(key.removeprefix("url:")) for key in keys if key.startswith("url:")), "")


def _row(candidate: Candidate) -> Row:
    entry = candidate.entry
    name = "\x1f".join((candidate.row, *candidate.keys))
    path = _own_path(candidate.keys)
    at = next((date.parsed[:MINUTE] for date in entry.dates if date.parsed), "")
    return row(entry.title, entry.summary, minute=candidate.minute, path=path, at=at, name=name)
