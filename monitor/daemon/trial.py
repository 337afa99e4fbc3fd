"""Trying things once: a test alert to one notifier, one poll of one source, nothing stored."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook
from monitor.core.items import identity
from monitor.daemon.clock import SystemClock
from monitor.daemon.network.transport import Transport
from monitor.daemon.parsing.parse import Parsers
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.daemon.reading.fetch import fetch
from monitor.daemon.reading.hosts import Hosts
from monitor.daemon.reading.robots import Robots
from monitor.daemon.sending.ways import Through
from monitor.model import (
    Access,
    Alert,
    AlertType,
    Claim,
    Delivery,
    Item,
    Response,
    Rule,
    Severity,
    Source,
    Trouble,
)
from monitor.notifiers import Notifier, NotifyError
from monitor.rules.engine import Engine
from monitor.store import SourceRow
from monitor.store.sqlite import MEMORY, SqliteStore
from monitor.store.sqlite.asked import reading
from monitor.values import dataclass


async def send_test(notifier: Notifier, name: str, database: Path | None, access: Access) -> str:
    """Send one test alert; return the trouble in a sentence, "" if it arrived.

    A good answer enables a receiver that had been disabled, if there is a `database` that knows it.
    """
    clock = SystemClock()
    alert = Alert(
        id=identity.alert_id(f"test/{secrets.token_hex(8)}"),
        type=AlertType.TEST,
        dedupe="test",
        at=clock.now(),
        severity=Severity.INFO,
        sentence="a test from newsbell: this notifier works",
    )
    delivery = Delivery(
        id=identity.delivery_id(alert.id, name),
        alert=alert,
        notifier=name,
        created_at=clock.now(),
        attempts=0,
    )
    async with Transport(contact="", clock=clock) as transport:
        try:
            await notifier.send(Through(transport.post, access), delivery, clock.now())
        except NotifyError as error:
            return str(error)
    if database is not None:
        store = SqliteStore(database, clock)
        try:
            await store.enable(name)
        finally:
            store.close()
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one poll of one source brought."""

    items: Sequence[Item]  # in the order of the body
    row: SourceRow  # its `error` says what went wrong


async def look(source: Source, rules: Sequence[Rule], *, contact: str, bounds: Bounds) -> Look:
    """Poll `source` once through the whole line, over a store in memory: every match is counted, none rings."""
    clock = SystemClock()
    store = SqliteStore(MEMORY, clock)
    try:
        await store.sync(sources=[replace(source, paused=False, backlog="skip")])
        [claim] = await store.claim_due(limit=1)
        async with (
            Transport(contact=contact, clock=clock) as transport,
            Parsers(working=1, slow=0, spare=0) as parsers,
        ):
            hosts = Hosts()
            robots = Robots(transport, hosts, clock)

            async def fetch_one(claim: Claim) -> Response | Trouble:
                return await fetch(transport, claim, hosts, clock=clock, robots=robots)

            book = Rulebook(engine=Engine(rules), bounds=bounds)
            await poll(
                claim, Line(fetch=fetch_one, parse=parsers.parse, store=store, book=book, jitter=lambda: 0.0)
            )
        items = await store.read(reading.items, limit=10_000)
        [row] = await store.read(reading.sources)
    finally:
        store.close()
    return Look(items=items, row=row)
