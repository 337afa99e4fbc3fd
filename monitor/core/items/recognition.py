"""Same item, or another? Which item each entry of a body is, by its keys, its place and its text.

What says most goes first, over the whole body, so that no order of entries changes an answer, but
for rows without ids, of which the place is evidence: a text that still stands at its displayed minute, the publisher's id, the guid, the permalink; then
how alike an entry is to what stood in the last body; then the twin. A key that once stood for different items
identifies nothing any more (ten items under one guid: Miniflux #4197). Memory is a set of keys,
never a date watermark. In doubt it is another item, for that one rings.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import field
from datetime import datetime, timedelta

from monitor.core.items import identity
from monitor.core.items.compared import path_of, row_of_entry, row_of_item
from monitor.core.items.distinct import Keyed, distinct, shared_by_different
from monitor.core.items.identity import Candidate, names_one, permalink, prints_of, rank
from monitor.core.items.minutes import timeless
from monitor.core.items.occasions import HALF_A_DAY, Occasions
from monitor.core.items.order import Order
from monitor.core.items.pairing import (
    Row,
    Score,
    anywhere,
    edited,
    mended,
    moved,
    pairs,
    rebuilt,
    told_twice,
)
from monitor.core.items.reuse import one_link, reads_like, without_reused
from monitor.model import Claim, Entry, Item, Known, Standing
from monitor.values import dataclass

BUILT_ANEW = 0.6  # share of a body that is new by its keys and old by its texts: the site was rebuilt
FEW = 3  # entries of which no share says anything
ROUNDS = 3  # a key that is refuted identifies nothing in this body either: all is looked at again
SHORT = 5  # rows of a window that may change whole between two polls
SAME_NEWS = timedelta(hours=6)  # after which the same words may tell of another event
NEW_ROW = timedelta(hours=3)  # since the twin had it, that a row may be late by


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """An entry and the item it is, None for a new one."""

    entry: Entry
    keys: tuple[str, ...]  # that identify, best first; never empty
    prints: tuple[str, ...]  # by which any source's entries find the item
    item: Item | None = None
    here: bool = False  # found by this source's own keys


def resolve(
    claim: Claim, found: Sequence[Candidate], known: Known, *, now: datetime
) -> tuple[list[Resolved], frozenset[str]]:
    """Return each distinct entry with the item it is, and the keys that turned out ambiguous.

    Entries of one body that read alike and share their best key are one; sharing a key while reading
    otherwise, they are different items and the key is worth nothing.
    """
    occasions = Occasions.of(claim, now)
    if claim.baselined_at is not None and claim.rhythm.looked_at is None:
        known = without_reused(found, known, occasions)
    unlike = shared_by_different(found)
    for _ in range(ROUNDS):
        entries = distinct(found, known.ambiguous | unlike, occasions)
        work = _Recognition(claim.source.name, entries, known, occasions)
        work.run()
        unlike |= work.refuted
        if not work.refuted:
            break
    return work.result(), unlike


@dataclass
class _Recognition:
    """One body's entries on their way to their items; each step goes on with those left open."""

    source: str
    entries: list[Keyed]
    known: Known
    occasions: Occasions
    items: dict[int, Item] = field(default_factory=dict)  # by index of the entry
    here: set[int] = field(default_factory=set)  # found by this source's own keys
    taken: set[str] = field(default_factory=set)  # ids of items that are some entry's
    refuted: set[str] = field(default_factory=set)  # keys that stood for other items than their entries
    denied: set[tuple[int, str]] = field(
        default_factory=set
    )  # entries, and items of their words that they are not
    later: set[tuple[int, str]] = field(default_factory=set)  # and of their words and clock, on another day
    places: dict[str, Standing] = field(init=False)
    _order: Order = field(init=False)

    def __post_init__(self) -> None:
        self.places = {place.item.id: place for place in self.known.standing}
        best = [(self.known.by_key.get(one.keys[0]), index) for index, one in enumerate(self.entries)]
        self._order = Order(self.known.standing, {item.id: index for item, index in best if item})

    def _take(self, index: int, item: Item, *, here: bool) -> None:
        self.items[index] = item
        self.taken.add(item.id)
        if here:
            self.here.add(index)

    def _open(self) -> list[int]:
        return [index for index in range(len(self.entries)) if index not in self.items]

    def run(self) -> None:
        """Take the steps."""
        self.by_age()
        self.by_keys()
        self.by_own_text()
        self.by_prints()
        self.by_words()
        self.by_place()
        self.by_rebuild()
        self.by_twin()

    def by_age(self) -> None:
        """Give rows that show an age to those with their words that stood there and came at that time."""
        came = {index: self.occasions.came(self.entries[index].candidate.entry) for index in self._open()}
        loose = [index for index in came if self.entries[index].keys[0].startswith("age:")]
        aged = sorted(loose, key=lambda index: (came[index], self.entries[index].keys), reverse=True)
        stood: defaultdict[str, list[Standing]] = defaultdict(list)
        for place in self.known.standing if aged else ():
            stood[place.item.digest].append(place)
        for index in aged:
            one = self.entries[index].candidate
            free = (place.item for place in stood[one.digest] if place.item.id not in self.taken)
            near = next((item for item in free if not self.occasions.another(one.entry, item)), None)
            if near is not None:
                self._take(index, near, here=True)

    def by_keys(self) -> None:
        """Give each item to the entry with the best key of it, if the entry can be it."""
        claims = sorted(
            (rank(key), self.known.by_key[key].digest != one.candidate.digest, key, place, one.keys, index)
            for index, one in enumerate(self.entries)
            for place, key in enumerate(one.keys)
            if key in self.known.by_key
        )
        for _, _, key, _, _, index in claims:
            item = self.known.by_key[key]
            if index in self.items or item.id in self.taken:
                continue
            if self._is(index, key, item):
                self._take(index, item, here=True)
            elif not rank(key):
                self.later.add((index, item.id))
            elif key.startswith("text:"):
                self.denied.add((index, item.id))
            else:
                self.refuted.add(key)

    def _is(self, index: int, key: str, item: Item) -> bool:
        """Tell whether `key`, which stood for `item`, still does: only where something speaks against
        it does the text decide."""
        one = self.entries[index]
        candidate, kind = one.candidate, key.partition(":")[0]
        if kind in ("on", "row"):
            return not self._another_day(index, item)
        if kind == "text":  # where a minute is displayed, the same words at another one are another item
            return not candidate.minute and not self.occasions.later(candidate.entry, item)
        if kind == "url" and identity.front(key.removeprefix("url:")):
            return one_link(candidate, item, self.occasions)
        if not self._contradicted(one, kind, item):
            return True
        if kind == "url" and self.occasions.apart(candidate.entry, item):
            return False  # an unknown id, another date: one address may be that of all alerts
        return candidate.digest == item.digest or reads_like(candidate.entry, item)

    def _contradicted(self, one: Keyed, kind: str, item: Item) -> bool:
        link = permalink(one.candidate.entry.url)
        if kind == "guid":
            return bool(link) and path_of(link) != path_of(permalink(item.url))
        if kind == "id":  # it may only count the rows of a page
            place = self.places.get(item.id)
            was = identity.shown_at(place.keys) if place else ""
            return bool(was) and was != one.candidate.minute
        return any(key.startswith(("id:", "guid:")) for key in one.keys)  # and that one is unknown

    def _another_day(self, index: int, item: Item) -> bool:
        """Tell whether a row that shows a clock is of another day. A date beside it says so; of a bare clock what
        stood there at the last poll is not, unless it now stands above rows that it stood below."""
        one = self.entries[index].candidate
        if one.day:
            which = self.occasions.which(one.entry, item)
            if not which:
                return which is None
        elif not self.occasions.another_day(one, item):
            return False
        return item.id not in self.places or self._order.rose(index, item.id)

    def by_own_text(self) -> None:
        """Go by the text where all better keys stand for others."""
        for index in self._open():
            candidate = self.entries[index].candidate
            if self._free(index) or candidate.keys[-1] in self.entries[index].keys:
                continue
            self.entries[index] = Keyed(candidate, tuple(self._words(index)))
            item = self.known.by_key.get(candidate.row) or self.known.by_key.get(candidate.keys[-1])
            free = (
                item is not None
                and item.id not in self.taken
                and (index, item.id) not in self.denied | self.later
            )
            if item and free and not self.occasions.later(candidate.entry, item):
                self._take(index, item, here=True)

    def _free(self, index: int) -> list[str]:
        return [key for key in self.entries[index].keys if key not in self.known.by_key]

    def by_prints(self) -> None:
        """Find items that another source had first, and ones whose keys here were forgotten."""
        for index in self._open():
            candidate = self.entries[index].candidate
            free = [key for key in self._free(index) if not (candidate.minute and rank(key) == 4)]
            for mark in prints_of(self.source, free) if free else ():
                item = self.known.by_print.get(mark)
                if item and item.id not in self.taken and self._bears(index, mark, free[0], item):
                    self._take(index, item, here=False)
                    break

    def _bears(self, index: int, mark: str, key: str, item: Item) -> bool:
        """Tell whether an entry with a fingerprint of `item` is that item."""
        candidate = self.entries[index].candidate
        if mark.startswith("url:"):
            return one_link(candidate, item, self.occasions)
        if not rank(key):
            return not self._another_day(index, item)
        like = reads_like(candidate.entry, item) or candidate.digest == item.digest
        return like and not self.occasions.later(candidate.entry, item)

    def by_words(self) -> None:
        """Find what another source told in the same words a few hours ago: one item, and one alert.

        A source that had it itself and says it again tells of another event.
        """
        for index in self._open():
            mark = identity.words_of(self.entries[index].candidate)
            item = self.known.by_print.get(mark) if mark else None
            if item is None or item.id in self.taken or item.id in self.known.had:
                continue
            apart = self.occasions.apart(self.entries[index].candidate.entry, item)
            if (
                item.source != self.source
                and not apart
                and self.occasions.now - item.first_seen_at <= SAME_NEWS
            ):
                self._take(index, item, here=False)

    def by_place(self) -> None:
        """Find edited and moved rows among what stood in the last body and is gone: entries without
        ids only, for an unknown id is another item. What was pushed out of the end is not what stands
        there now, however alike: in a short window another name or number is another item."""
        long = len(self.known.standing) > SHORT
        self._order = Order(self.known.standing, {item.id: index for index, item in self.items.items()})
        self._pair(lambda index, item: long and self._order.in_place(index, item.id), edited)
        self._pair(lambda index, item: (index, item.id) not in self.denied | self.later, mended)
        self._pair(self._stayed, moved)

    def _pair(self, fits: Callable[[int, Item], bool], score: Score) -> None:
        loose = [index for index in self._open() if self._loose(index)]
        for index, item in self._pairs(loose, self._gone(), score, fits):
            self._take(index, item, here=True)

    def _loose(self, index: int) -> bool:
        return all(key in self.refuted or not names_one(key) for key in self.entries[index].keys)

    def _gone(self) -> list[Item]:
        return [place.item for place in self.known.standing if place.item.id not in self.taken]

    def _stayed(self, index: int, item: Item) -> bool:
        """Tell whether the same words may be those of `item`, moved: not where it was pushed out, and they are on
        top at another minute, for that is another event."""
        if (index, item.id) in self.later:
            return False
        entry = self.entries[index].candidate.entry
        timed = identity.shown_at(self.places[item.id].keys) or self.occasions.later(entry, item)
        return not timed or self._order.in_place(index, item.id) or self._under(index)

    def _under(self, index: int) -> bool:
        """Tell whether an entry stands below one that was known, and is no later: it is not new there."""
        above = self._order.above(index)
        if above is None:
            return False
        mine, other = self.entries[index].candidate.minute, self.entries[above].candidate.minute
        recent = self.occasions.now - self.items[above].published.latest < HALF_A_DAY
        return recent and timeless(mine) and timeless(other) and mine <= other

    def by_rebuild(self) -> None:
        """Re-key what a build of the site gave new ids and links: the same text of the same stated date;
        and where most of the body is new by its keys, and most of that, by titles and paths, what is gone,
        all that is. Texts that stand twice tell nothing."""
        opened, gone = self._open(), self._gone()
        texts = Counter(self.entries[index].candidate.digest for index in opened)
        once = [index for index in opened if texts[self.entries[index].candidate.digest] == 1]
        stood = Counter(item.digest for item in gone)
        found = self._pairs(once, [item for item in gone if stood[item.digest] == 1], rebuilt)
        built = len(self.entries) >= FEW and len(opened) > BUILT_ANEW * len(self.entries)
        most = built and len(found) >= max(FEW, BUILT_ANEW * len(opened))
        for index, item in found:
            if most or self._dated_alike(index, item):
                self._take(index, item, here=True)

    def _dated_alike(self, index: int, item: Item) -> bool:
        """Tell whether an entry has the text of `item`, and states its date."""
        same, at = self.entries[index].candidate.digest == item.digest, self._row(index).at
        return same and at != "" and at == self._standing_row(item).at

    def by_twin(self) -> None:
        """Find what the same site's other source had first, a few hours ago at most."""
        free = [item for item in self.known.twins if item.id not in self.taken]
        if self.known.standing:
            free = [item for item in free if self.occasions.now - item.published.latest <= NEW_ROW]
        opened = self._open()
        for index, item in self._pairs(opened, free, told_twice):
            if not self.occasions.apart(self.entries[index].candidate.entry, item):
                self._take(index, item, here=False)

    def _pairs(
        self,
        opened: list[int],
        items: list[Item],
        score: Score,
        fits: Callable[[int, Item], bool] | None = None,
    ) -> list[tuple[int, Item]]:
        if not opened or not items:
            return []
        new = [self._row(index) for index in opened]
        old = [self._standing_row(item) for item in items]
        may = anywhere if fits is None else lambda here, there: fits(opened[here], items[there])
        return [(opened[here], items[there]) for here, there in pairs(new, old, score, may)]

    def _row(self, index: int) -> Row:
        return row_of_entry(self.entries[index].candidate, self.occasions.now)

    def _standing_row(self, item: Item) -> Row:
        return row_of_item(item, self.places[item.id].keys if item.id in self.places else ())

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
        return [key for key in (candidate.on, candidate.row, candidate.keys[-1]) if key]

    def _own(self, index: int) -> list[str]:
        """Return the keys that are this entry's: those that stand for no other item."""
        item = self.items.get(index)
        keys = [key for key in self.entries[index].keys if key not in self.refuted]
        if item is not None:  # an age is another at each look: what names a row is the first
            stood = self.places[item.id].keys if item.id in self.places else ()
            ages = [key for key in stood if key.startswith("age:")]
            keys = [*ages, *(key for key in keys if not key.startswith("age:"))]
        if item is None:
            return [key for key in keys if self._unclaimed(key)]
        own = [key for key in keys if not names_one(key) or self.known.by_key.get(key, item).id == item.id]
        return [key for key in own if self.known.by_print.get(key, item).id == item.id] or own

    def _unclaimed(self, key: str) -> bool:
        return not names_one(key) or not (key in self.known.by_key or key in self.known.by_print)

    def _resolved(self, index: int, keys: tuple[str, ...]) -> Resolved:
        candidate, item = self.entries[index].candidate, self.items.get(index)
        if item is None and self._born(keys[0]):
            again = identity.make_id(keys[0], candidate.digest, self.occasions.now.date().isoformat())
            keys = (f"again:{again}", *keys)
        if (
            item is not None and item.source != self.source
        ):  # by it an edit is known that only this source has
            keys = tuple(dict.fromkeys((*keys, candidate.keys[-1])))
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
