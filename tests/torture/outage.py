"""A receiver is down for six hours while ten thousand alerts come for it: what it is told then, in which order, and how fast.

    python -m tests.torture.outage [--queued 10000]

The store is a real file, the receiver a real server, the clock is moved. Once it is back, and while the backlog drains,
critical alerts and others are raised. The last line is one JSON object; exit 1 where an alert is lost or comes twice, a critical one takes more
than 5 s, the backlog is out of order (behind the one that found the receiver well) or not marked late, or the rate is above the cap.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

from monitor.model import Severity
from monitor.store.sqlite import SqliteStore
from tests.torture.events import LocalServer
from tests.torture.receivers import alert, telling
from tests.virtual import START, ManualClock, settle

CLAIM = "six hours of outage lose nothing, and a critical alert raised after it waits for no backlog"
DOWN = timedelta(hours=6)
STEP = timedelta(minutes=1)  # between two batches of what comes meanwhile
RATE = 10.0  # deliveries a second: the default of a webhook
WITHIN = timedelta(seconds=5)
FRESH = 5  # times, while the backlog drains, one critical and one other alert are raised


@dataclass(frozen=True, slots=True)
class Post:
    at: datetime  # virtual
    alert: str
    late: bool
    accepted: bool


@dataclass(slots=True)
class Desk:
    """A receiver that answers 503 until it is `up`."""

    clock: ManualClock
    up: bool = False
    posts: list[Post] = field(default_factory=list)
    server: LocalServer = field(init=False)

    def __post_init__(self) -> None:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]
                desk.posts.append(Post(desk.clock.now(), data["id"], data.get("late", False), desk.up))
                self.send_response_only(204 if desk.up else 503)
                if not desk.up:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = LocalServer(Handler)

    def accepted(self) -> list[Post]:
        return [post for post in self.posts if post.accepted]


async def live(database: Path, queued: int) -> dict[str, Any]:
    """Let the receiver be down, and up again; return what came of it."""
    clock = ManualClock()
    desk = Desk(clock)
    desk.server.start()
    backlog: list[str] = []
    fresh: dict[str, tuple[datetime, Severity]] = {}
    async with telling(database, clock, {"desk": desk.server.url}, rate=RATE) as (store, bells):

        async def ring(severity: Severity = Severity.WARNING) -> str:
            one = replace(alert(len(backlog) + len(fresh), clock), severity=severity)
            await store.ring(one, ["desk"])
            return one.id

        batches = DOWN // STEP
        for batch in range(1, batches + 1):
            while len(backlog) < queued * batch // batches:
                backlog.append(await ring())
            bells.wake()
            await settle(store, clock)
            clock.advance_to(START + batch * STEP)
        probes = len(desk.posts)
        desk.up = True
        for turn in range(FRESH + 1):
            await drained(desk, store, clock, 1 + turn * queued // (FRESH + 1))
            for severity in (Severity.WARNING, Severity.CRITICAL) if turn < FRESH else ():
                fresh[await ring(severity)] = clock.now(), severity
            bells.wake()
        await drained(desk, store, clock, queued + len(fresh))
    desk.server.stop()
    came = desk.accepted()
    order = [post.alert for post in came if post.alert in set(backlog)]
    at = {post.alert: post.at for post in came}
    waits = {
        kind: [
            (at[one] - raised).total_seconds()
            for one, (raised, severity) in fresh.items()
            if severity is kind
        ]
        for kind in (Severity.CRITICAL, Severity.WARNING)
    }
    late = {post.alert for post in came if post.late}
    return {
        "queued": queued,
        "probes": probes,
        "lost": len({*backlog, *fresh} - at.keys()),
        "twice": len(came) - len(at),
        "in_order": order == [came[0].alert, *(one for one in backlog if one != came[0].alert)],
        "not_marked_late": len(set(backlog) - late),
        "wrongly_late": len(late - set(backlog)),
        "critical_waited_s": max(waits[Severity.CRITICAL]),
        "others_waited_s": max(waits[Severity.WARNING]),
        "least_gap_s": min((b.at - a.at).total_seconds() for a, b in pairwise(came)),
        "drained_in_s": (came[-1].at - came[0].at).total_seconds(),
        "errors": [repr(error) for error in desk.server.errors],
    }


async def drained(desk: Desk, store: SqliteStore, clock: ManualClock, count: int) -> None:
    """Move the clock until so many were accepted."""
    while len(desk.accepted()) < count:
        due = clock.earliest()
        waiting = await store.next_delivery_at("desk")
        coming = min((at for at in (due, waiting) if at is not None and at > clock.now()), default=None)
        if not await in_flight(store) and coming is not None:
            clock.advance_to(coming)
        await asyncio.sleep(0)


async def in_flight(store: SqliteStore) -> bool:
    found = await store.database.read(
        lambda connection: connection.execute(
            "select 1 from deliveries where claimed_at is not null"
        ).fetchone()
    )
    return found is not None


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--queued", type=int, default=10_000)
    given = options.parse_args()
    logging.disable()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="outage-") as place:
        figures = asyncio.run(live(Path(place, "news.db"), given.queued))
    wrong = [
        f"{name} is {figures[name]}"
        for name in ("lost", "twice", "not_marked_late", "wrongly_late")
        if figures[name]
    ]
    wrong += figures["errors"]
    if not figures["in_order"]:
        wrong.append("the backlog came out of order")
    if figures["critical_waited_s"] > WITHIN.total_seconds():
        wrong.append(f"a critical alert waited for {figures['critical_waited_s']} s")
    if figures["least_gap_s"] < 1 / RATE:
        wrong.append(f"two deliveries were {figures['least_gap_s']} s apart: the cap is {RATE:.0f} a second")
    for name, value in figures.items():
        print(f"{name:>20}  {value}")
    for complaint in wrong:
        print(f"WRONG: {complaint}")
    print(json.dumps({"claim": CLAIM, **figures, "seconds": round(time.monotonic() - began, 1)}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
