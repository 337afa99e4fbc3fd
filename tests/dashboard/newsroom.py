"""A store that tests fill as polls would: first bodies, new items, edits, trouble."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.core.items import identity
from monitor.model import (
    Alert,
    AlertType,
    Baseline,
    Claim,
    Item,
    ItemChange,
    PollOutcome,
    Published,
    Ring,
    Rule,
    Severity,
    Source,
    Trouble,
)
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.store.sqlite import SqliteStore
from tests.virtual import ManualClock

RULES = (
    Rule(
        name="escalation", query='ICBM OR "ballistic missile" OR 導彈 OR صواريخ', severity=Severity.CRITICAL
    ),
    Rule(name="diplomacy", query="talks OR summit"),
    Rule(name="grain", query="wheat", severity=Severity.INFO),
)
EVERY = 60.0  # seconds


@dataclass(slots=True)
class Newsroom:
    """Sources whose polls tests play by hand."""

    store: SqliteStore
    clock: ManualClock
    rules: tuple[Rule, ...] = RULES
    items: dict[str, Item] = field(default_factory=dict)  # by title
    _claims: dict[str, Claim] = field(default_factory=dict)

    @property
    def engine(self) -> Engine:
        return Engine(self.rules)

    async def open(self, *names: str, pinned: bool = False) -> None:
        sources = [
            Source(name=name, url=f"http://127.0.0.1/{name}", every=EVERY, pinned=pinned) for name in names
        ]
        await self.store.sync(sources=sources)
        await self.store.sync(notifiers={"desk": "a"})

    async def claim(self, name: str) -> Claim:
        """Lend out all that is due, and return the source `name` of it."""
        self._claims |= {claim.source.name: claim for claim in await self.store.claim_due(limit=99)}
        return self._claims.pop(name)

    async def first(self, name: str, *titles: str, ages: Sequence[float] = (), **found: object) -> None:
        """Store a first body: `ages` are hours since the items were published."""
        now = self.clock.now()
        nothing: list[datetime | None] = [None] * len(titles)
        dated = [now - timedelta(hours=hours) for hours in ages] or nothing
        items = [self.item(name, title, at) for title, at in zip(titles, dated, strict=True)]
        matching = sum(bool(self.engine.match(Document.of(item))) for item in items)
        baseline = Baseline(items=len(items), would_have_rung=matching)
        await self.poll(name, changes=_new(items), baseline=baseline, **found)

    async def publish(self, name: str, *titles: str, story: str = "", summary: str = "") -> None:
        """Store new items a minute later, of the story of the item that is called `story`; rules ring."""
        self.clock.advance(EVERY)
        items = [self.item(name, title) for title in titles]
        if story:
            items = [replace(item, story=self.items[story].story) for item in items]
        items = [replace(item, summary=summary) for item in items]
        await self.poll(name, changes=_new(items), rings=tuple(r for item in items for r in self.rings(item)))

    async def edit(self, name: str, title: str, new: str) -> None:
        """Store another text for the item that is called `title`; rules ring."""
        self.clock.advance(EVERY)
        old = self.items[title]
        item = replace(old, title=new, revision=old.revision + 1, digest=identity.digest(new, ""))
        change = ItemChange(item=item, keys=(f"guid:{title}",), edited=True)
        await self.poll(name, changes=(change,), rings=tuple(self.rings(item)))

    async def fail(self, name: str, sentence: str) -> None:
        self.clock.advance(EVERY)
        await self.poll(name, status="failing", trouble=Trouble(sentence=sentence, kind="status"))

    async def poll(self, name: str, **found: object) -> None:
        claim = await self.claim(name)
        values: dict[str, object] = {
            "claim": claim,
            "at": self.clock.now(),
            "next_poll_at": self.clock.now() + timedelta(seconds=EVERY),
            "status": "ok",
            **found,
        }
        [applied] = await self.store.apply([PollOutcome(**values)])  # type: ignore[arg-type]
        assert not applied.dropped
        assert not applied.stale

    def item(self, source: str, title: str, published: datetime | None = None) -> Item:
        now = self.clock.now()
        at = published or now
        made = identity.make_id("item", source, title)
        self.items[title] = Item(
            id=made,
            source=source,
            title=title,
            summary="",
            url=f"http://127.0.0.1/{source}/{len(self.items)}",
            publisher=f"{source}.example",
            published=Published(earliest=at, latest=at, origin="stated" if published else "first-seen"),
            first_seen_at=now,
            story=made,
            digest=identity.digest(title, ""),
        )
        return self.items[title]

    def rings(self, item: Item) -> list[Ring]:
        return [
            Ring(
                alert=Alert(
                    id=identity.alert_id(f"created/{match.rule.name}/{item.id}"),
                    type=AlertType.CREATED,
                    dedupe=f"created/{match.rule.name}/{item.id}",
                    at=self.clock.now(),
                    severity=match.rule.severity,
                    rule=match.rule.name,
                    item=item,
                    spans=match.spans,
                    source=item.source,
                ),
                notifiers=("desk",),
            )
            for match in self.engine.match(Document.of(item))
        ]


def _new(items: Sequence[Item]) -> tuple[ItemChange, ...]:
    return tuple(ItemChange(item=item, keys=(f"guid:{item.title}",), new=True) for item in items)
