"""Same event, or another? Items that tell of one event form a story; it is named after its oldest item.

A story never silences: each member rings, and its alert says where else the story stands. An item
joins where its text is `SURE` to be one of the story's, and not far from the story's first text:
without that second look, one story would lead to the next, word by word, until all were one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import timedelta

from monitor.core.likeness import fingerprints, likeness
from monitor.core.voices import publisher
from monitor.model import Also, Fold, Item, ItemChange, Kin
from monitor.values import dataclass

WINDOW = timedelta(hours=72)  # in which an item's like is looked for
SURE = (
    0.85  # likeness of two that tell the same: precision 0.95 or better, also on a set it was not chosen on
)
RELATED = 0.7  # likeness to the first text that a member keeps
OPENING = 0.3  # likeness of the titles below which equal first paragraphs say nothing (boilerplate)
BUCKET = 12  # items looked at for one fingerprint, the newest
COMPARED = 24  # items that one is compared with, those with most fingerprints in common
NAMED = 10  # members that an alert names
LISTED = NAMED + 1  # members kept in hand, with the one that asks


def marks(title: str, summary: str) -> tuple[int, ...]:
    """Return the fingerprints by which an item's like is found."""
    return fingerprints(title or summary)


def alike(one: Item, other: Item) -> float:
    """Return how alike two items are: their titles, or titles and first paragraphs together."""
    titles = likeness(one.title or one.summary, other.title or other.summary)
    if titles >= SURE or titles < OPENING or not (one.summary and other.summary):
        return titles
    return max(titles, likeness(f"{one.title} {one.summary}", f"{other.title} {other.summary}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a body changes in the stories."""

    changes: tuple[ItemChange, ...]  # each new or edited item with its story and fingerprints
    folds: tuple[Fold, ...]
    story: Mapping[str, str]  # item -> story, of all that were looked at
    also: Mapping[str, "Members"]  # by story

    def rooted(self, story: str) -> str:
        """Return what `story` is called by now."""
        return next((fold.root for fold in self.folds if fold.alias == story), story)


@dataclass(slots=True)
class Members:
    """Who tells a story: its first items, oldest first, and all publishers."""

    items: dict[str, Item] = field(default_factory=dict)
    publishers: set[str] = field(default_factory=set)

    def add(self, item: Item) -> None:
        """Count `item` in."""
        if item.id in self.items or len(self.items) < LISTED:
            self.items[item.id] = item
        self.publishers.add(publisher(item))


def tell(changes: Sequence[ItemChange], kin: Kin) -> Told:
    """Put each new or edited item of a body, oldest first, into its story."""
    telling = _Telling(kin)
    told = [telling.place(change) if change.new or change.edited else change for change in changes]
    return Told(
        changes=tuple(_renamed(change, telling.story) for change in told),
        folds=tuple(Fold(alias=alias, root=telling.root(alias)) for alias in telling.roots),
        story=telling.story,
        also=telling.members,
    )


def _renamed(change: ItemChange, story: Mapping[str, str]) -> ItemChange:
    now = story.get(change.item.id, change.item.story)
    return change if now == change.item.story else replace(change, item=replace(change.item, story=now))


def also_in(told: Told, item: Item) -> tuple[tuple[Also, ...], int]:
    """Return the other members of `item`'s story, its first ones first, and how many publishers tell it."""
    members = told.also.get(told.story.get(item.id, item.story))
    if members is None:
        return (), 1
    others = [one for one in members.items.values() if one.id != item.id]
    named = tuple(map(also, others[:NAMED]))
    return named, len(members.publishers | {publisher(item)})


def also(item: Item) -> Also:
    """Return where `item` stands, as others' alerts name it."""
    return Also(source=item.source, publisher=publisher(item), url=item.url, title=item.title)


def overtaken(changes: Iterable[ItemChange], before: Kin, after: Kin) -> bool:
    """Tell whether the stories of `changes`, told by what was known `before`, might be told otherwise by now.

    So it is where another poll brought one that tells the same, or a further member of a story that was joined.
    """
    fresh = {one for one, item in after.items.items() if before.items.get(one) != item}
    found = {mark: fresh.intersection(ids) for mark, ids in after.by_mark.items()}
    return any(
        before.members.get(change.item.story) != after.members.get(change.item.story)
        or any(
            alike(change.item, after.items[one]) >= SURE
            for one in {one for mark in change.marks for one in found.get(mark, ())}
        )
        for change in changes
    )


class _Telling:
    """The stories of one body while its items join them."""

    def __init__(self, kin: Kin) -> None:
        self.roots: dict[str, str] = {}  # alias -> what it was folded into
        self.members: dict[str, Members] = {}
        self.story = {item.id: item.story for item in kin.items.values()}
        self._items = dict(kin.items)
        self._by_mark: defaultdict[int, list[str]] = defaultdict(list)
        for mark, ids in kin.by_mark.items():
            self._by_mark[mark] += ids[:BUCKET]
        for story, ids in kin.members.items():
            listed = {one: kin.items[one] for one in ids[:LISTED] if one in kin.items}
            self.members[story] = Members(items=listed, publishers=set(kin.publishers.get(story, ())))

    def root(self, story: str) -> str:
        """Return the story that `story` is by now."""
        while story in self.roots:
            story = self.roots[story]
        return story

    def place(self, change: ItemChange) -> ItemChange:
        """Join `change`'s item to its story, and fold those stories that it shows to be one."""
        item = change.item
        found = marks(item.title, item.summary)
        joined = self._joined(item, found) if change.new else self._rejoined(item, found)
        story = joined[0] if joined else item.story
        for other in joined[1:]:
            self._fold(other, story)
        item = replace(item, story=story)
        self._items[item.id], self.story[item.id] = item, story
        self.members.setdefault(story, Members()).add(item)
        for mark in found:
            self._by_mark[mark] = [item.id, *self._by_mark[mark][: BUCKET - 1]]
        return replace(change, item=item, marks=found)

    def _joined(self, item: Item, found: Iterable[int]) -> list[str]:
        """Return the stories that a new item tells, oldest first: those that all begin like it, else the likest one."""
        sure, related = self._like(item, found)
        return sure or related[:1]

    def _rejoined(self, item: Item, found: Iterable[int]) -> list[str]:
        """Return the stories that an edited item tells, oldest first; its own is never left.

        Others are the same story only where its own, if it has other members, still begins like it: an item
        that was rewritten into other news must not take its old story there.
        """
        own = self.root(item.story)
        others = self.members.get(own, Members()).items.keys() - {item.id}
        if others and self._nearness(item, own) < SURE:
            return [own]
        return sorted({own, *self._like(item, found)[0]}, key=self._age)

    def _like(self, item: Item, found: Iterable[int]) -> tuple[list[str], list[str]]:
        """Return the stories with a member that is sure to tell the same as `item`: those that also begin like it,
        oldest first, and those whose beginning is only related, likest first."""
        likest: dict[str, float] = {}
        near: dict[str, float] = {}
        for other in self._candidates(item, found):
            story = self.root(self.story[other.id])
            if near.get(story, 0.0) >= SURE:
                continue  # nothing that is left could tell more of it
            if (score := alike(item, other)) >= SURE:
                likest[story] = max(score, likest.get(story, 0.0))
                near[story] = self._nearness(item, story)
        sure = sorted((story for story in likest if near[story] >= SURE), key=self._age)
        related = [story for story in likest if RELATED <= near[story] < SURE]
        return sure, sorted(related, key=lambda story: -likest[story])

    def _candidates(self, item: Item, found: Iterable[int]) -> list[Item]:
        shared = Counter(one for mark in found for one in self._by_mark.get(mark, ()) if one != item.id)
        return [self._items[one] for one, _ in shared.most_common(COMPARED) if one in self._items]

    def _nearness(self, item: Item, story: str) -> float:
        """Return how alike `item` is to the story's oldest text that is still known."""
        first = self._first(story)
        return alike(item, first) if first else 0.0

    def _first(self, story: str) -> Item | None:
        listed = self.members.get(story, Members()).items
        return self._items.get(story) or next(iter(listed.values()), None)

    def _age(self, story: str) -> tuple[bool, float, int, str]:
        first = self._first(story)
        if first is None:
            return True, 0.0, 0, story
        return False, first.first_seen_at.timestamp(), first.seq or 1 << 62, story

    def _fold(self, alias: str, root: str) -> None:
        self.roots[alias] = root
        gone, kept = self.members.pop(alias, Members()), self.members.setdefault(root, Members())
        for item in gone.items.values():
            kept.add(item)
        kept.publishers |= gone.publishers
        for item_id, story in self.story.items():
            if story == alias:
                self.story[item_id] = root
