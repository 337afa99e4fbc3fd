"""What the routes have at hand."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from datetime import tzinfo

from monitor.answers.wire import Lighting
from monitor.api.asked import Asked
from monitor.api.callback import Door
from monitor.api.tally import Tally
from monitor.model import Clock, Rule, Secret, Silence, Source
from monitor.rules.query.aliases import Aliases
from monitor.rules.query.tree import Query
from monitor.store.sqlite.outside.attached import Attached
from monitor.values import dataclass

Replay = Callable[[Sequence[str], str], Awaitable[int]]  # ids of deliveries, a nonce for new ids or ""
Hush = Callable[[Silence], Awaitable[int]]  # gives how many deliveries that waited are held
Unhush = Callable[[Sequence[str]], Awaitable[int]]  # ids of silences


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the daemon goes by now."""

    sources: Mapping[str, Source]
    rules: Sequence[Rule]
    notifiers: Sequence[str]  # their names
    aliases: Aliases = field(default_factory=dict)  # that queries may call


@dataclass(slots=True, kw_only=True)
class Office:
    """What answers a request: readers of its own, so that no question keeps the daemon's own waiting."""

    reader: Attached  # for what people ask, which may take its time
    quick: Attached  # for what is asked all the time and takes none: health, metrics, the stream
    clock: Clock
    tally: Tally
    watched: Callable[[], Watched]
    replay: Replay
    silence: Hush
    end_silences: Unhush
    version: str
    token: Secret | None = None
    door: Door | None = None  # where hubs come in; None: none was told of it
    still: Callable[[], Mapping[str, float]] = dict  # loops that stand still, and for how many seconds
    timezone: tzinfo | None = None  # the reader's, for the page; None: the browser's
    closing: asyncio.Event = field(default_factory=asyncio.Event)  # set: end what would never end by itself
    clients: int = 0  # of the stream
    queries: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "api-query"))
    _lit: tuple[Sequence[Rule], Lighting] | None = None

    async def query(self, asked: Asked, name: str) -> Query | None:
        """Return a query that a request asks by, read on a thread of its own: ~word may need dictionaries, which take seconds."""
        return await asyncio.get_running_loop().run_in_executor(
            self.queries, asked.query, name, self.watched().aliases
        )

    async def lighting(self) -> Lighting:
        """Return what lights rows by the present rules; a hundred thousand take seconds, in a thread."""
        rules = self.watched().rules
        if self._lit is None or self._lit[0] is not rules:
            self._lit = rules, await asyncio.to_thread(Lighting, rules, self.watched().aliases)
        return self._lit[1]
