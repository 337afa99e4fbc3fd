"""Known -> decide -> apply over a real SQLite database, without fetching and parsing: a body is a list of entries."""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from monitor.core.decide import Rulebook, decide, kin_wanted
from monitor.core.items import identity
from monitor.core.telling.route import Routing
from monitor.model import Applied, Entry, Item, Parsed, PollOutcome, RawDate, Response, Route, Rule, Source
from monitor.rules.engine import Engine
from monitor.store.sqlite.asked import reading
from monitor.store.sqlite.database import MEMORY, connect, migrate, transaction
from monitor.store.sqlite.items import stories
from monitor.store.sqlite.polling import claims, polls
from monitor.store.sqlite.polling import known as knowledge

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERYTHING = Rule(name="all", query="/./", on_edit="never")  # rings once for what is one item


def line(
    title: str = "",
    summary: str = "",
    *,
    at: str = "",
    day: str = "",
    guid: str = "",
    url: str = "",
    id: str = "",  # noqa: A002 - as the key is called
) -> Entry:
    """Return an entry, by default a row of a page: a clock time and words, no id, no link."""
    given = {"id": id, "guid": guid, "url": url}
    return Entry(
        keys=tuple(f"{kind}:{value}" for kind, value in given.items() if value),
        title=title,
        summary=summary,
        url=url,
        dates=(RawDate(text=at, day=day, origin="text" if len(at) < 9 else "stated"),) if at else (),
    )


@dataclass
class Desk:
    """A newsroom that reads bodies as they come."""

    sources: Sequence[Source]
    rules: Sequence[Rule] = ()
    told: list[tuple[str, str]] = field(default_factory=list)  # (rule, title), in the order of telling
    applied: Applied = Applied()  # what the last body brought
    path: str = MEMORY
    everyone: Sequence[str] = ("desk",)
    routes: Sequence[Route] = ()
    stories: bool = False  # items of one event join, as they do in the daemon

    def __post_init__(self) -> None:
        self._by_name = {source.name: source for source in self.sources}
        self._book = Rulebook(
            engine=Engine(list(self.rules)),
            routing=Routing(everyone=tuple(self.everyone), routes=tuple(self.routes)),
            retracting={rule.name: rule for rule in self.rules if rule.retracted},
        )
        self.connection = connect(self.path)
        weakref.finalize(self, self.connection.close)
        migrate(self.connection)
        claims.sync_sources(self.connection, self.sources, START)

    def read(self, name: str, entries: Sequence[Entry], at: datetime, *, whole: bool = True) -> PollOutcome:
        """Decide and apply one body of a source; one that is not `whole` broke off."""
        source = self._by_name[name]
        self.connection.execute("update sources set next_poll_at = 0 where name = ?", (name,))
        self.connection.execute("update budget set tokens = null")  # it is read when the test says so
        [claim] = [
            claim
            for claim in claims.claim_due(self.connection, self._by_name, at, 99)
            if claim.source.name == name
        ]
        parsed = Parsed(entries=tuple(entries), whole=whole)
        keys, prints = identity.lookups(name, identity.candidates(entries))
        twins = [source.twin] if source.twin else [s.name for s in self.sources if s.twin == name]
        known = knowledge.known(self.connection, name, keys, prints, twins, at)
        if self.stories:
            wanted = kin_wanted(identity.candidates(entries), known)
            known = replace(known, kin=stories.kin(self.connection, *wanted, at))
        response = Response(url=source.url, status=200, body=repr(entries).encode(), received_at=at)
        outcome = decide(claim, response, parsed, known, self._book, now=at)
        with transaction(self.connection):
            [self.applied] = polls.apply(self.connection, [outcome])
        assert not self.applied.stale
        assert not self.applied.dropped
        self.told += [(ring.alert.rule, ring.alert.item.title) for ring in outcome.rings if ring.alert.item]
        return outcome

    def items(self) -> list[Item]:
        """Return all items, oldest first."""
        return reading.items(self.connection, limit=100_000)[::-1]

    def alerts(self) -> int:
        """Return how many items rang, once for each rule; a gap rings too, and is none."""
        created = "select count(*) from alerts where type = 'alert.created'"
        count: int = self.connection.execute(created).fetchone()[0]
        return count
