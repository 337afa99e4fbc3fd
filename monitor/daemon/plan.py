"""What the daemon is to do: the configuration as values, and what the store and the rules make of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import field, replace

from monitor.core.alerts.absence import watches
from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook
from monitor.core.domains import domain_of
from monitor.core.telling.route import Routing
from monitor.daemon.reading.hosts import AT_ONCE, GAP
from monitor.model import Access, Hearing, Inhibition, Route, Rule, Secret, Source
from monitor.notifiers import Notifier, fingerprint
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.store import Store
from monitor.values import dataclass

SAMPLE = 300  # items from which the rules learn which words are rare


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the daemon is to do: the configuration, as values."""

    sources: Sequence[Source]
    rules: Sequence[Rule]
    notifiers: Mapping[str, Notifier]
    access: Mapping[str, Access] = field(default_factory=dict)  # headers and proxies of notifiers, by name
    routes: Sequence[Route] = ()
    inhibitions: Sequence[Inhibition] = ()
    hearing: Mapping[str, Hearing] = field(default_factory=dict)  # by notifier; the rest hear at once
    bounds: Bounds = Bounds()
    contact: str = ""
    at_once: int = AT_ONCE
    gap: float = GAP  # seconds
    keep: float = 90 * 86_400.0  # seconds
    health: Sequence[str] = ()  # notifiers that hear how sources do
    heartbeat: Secret | None = None
    evidence: bool = False  # what bodies say of items is kept
    callback: str = ""  # the address below which hubs may push; "": none is asked to

    async def noted_in(self, store: Store) -> None:
        """Make rows of it, all at once or none."""
        await store.sync(
            sources=[with_publisher(source) for source in self.sources],
            longest=self.bounds.max,
            rules=self.rules,
            notifiers={name: fingerprint(one, self.access.get(name)) for name, one in self.notifiers.items()},
            hearing=self.hearing,
            inhibitions=self.inhibitions,
        )

    async def book(self, store: Store) -> Rulebook:
        """Return the rules, ready to be held against items like those stored: a hundred thousand take seconds, on another thread."""
        sample = [Document.of(item) for item in await store.newest(SAMPLE)]
        return Rulebook(
            engine=await asyncio.to_thread(Engine, self.rules, sample),
            routing=Routing(everyone=tuple(self.notifiers), routes=tuple(self.routes)),
            health=tuple(self.health),
            bounds=self.bounds,
            retracting={rule.name: rule for rule in self.rules if rule.retracted and rule.ring},
            watched=watches(self.rules, [with_publisher(source) for source in self.sources]),
        )


def with_publisher(source: Source) -> Source:
    """Return `source` with who publishes it: by default the registrable domain of its address."""
    if source.publisher:
        return source
    return replace(source, publisher=domain_of(source.url))
