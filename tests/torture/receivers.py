"""Let a receiver fail in every way there is, and count what was lost; let another one beside it say whether it noticed.

    python -m tests.torture.receivers [--rounds 1000] [--samples 1000] [--seed 1]

In each round one alert is rung for two receivers; the broken one meets it with one to three faults before it takes it.
The store is a real file, the requests are real, over TLS; the clock is moved, so that five minutes' wait takes none. The well
one must have it before the clock moves at all.

Then, by the real clock: how long an alert takes from its commit to a well receiver that is alone, that stands beside a
well one, and beside one (a process of its own) that fails all the time; in turns of `TURN` alerts, in one run. The last line is one JSON object; exit
1 where an alert is lost or doubled without cause, or the p99 beside the broken one is above 1.2 times that of the one that is alone.
"""

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from random import Random
from typing import Any

from monitor.core.telling.notices import notice
from monitor.daemon.clock import SystemClock
from monitor.daemon.network.transport import Transport
from monitor.daemon.sending.dispatch import Desk, dispatch
from monitor.model import Alert, AlertType, Clock, Secret, Severity
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.torture.events import LocalServer
from tests.torture.unwell import FAULTS, Unwell
from tests.virtual import ManualClock, settle

CLAIM = "a receiver that fails loses no alert, and its neighbour's p99 stays within 1.2 times"
MUST = 1.2
DEADLINE = 1.3  # seconds an attempt may take, instead of 15
FAULTS_A_ROUND = (1, 1, 1, 2, 3)
TURN = 20  # alerts in a row for one side
SIDES = ("alone", "well", "broken")


@dataclass(slots=True)
class Well:
    """A receiver that takes everything, and notes when."""

    came: dict[str, float] = field(default_factory=dict)  # seconds of the monotonic clock, by the alert's id
    twice: int = 0
    server: LocalServer = field(init=False)

    def __post_init__(self) -> None:
        well = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                at = time.monotonic()
                alert = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["data"]["id"]
                well.twice += alert in well.came
                well.came.setdefault(alert, at)
                self.send_response_only(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = LocalServer(Handler)


@asynccontextmanager
async def telling(
    database: Path, clock: Clock, addresses: Mapping[str, str], tls: Any = None, *, rate: float = 10_000.0
) -> AsyncIterator[tuple[SqliteStore, Desk]]:
    """Run the telling half of the daemon."""
    store = SqliteStore(database, clock)
    notifiers = {name: Webhook(url=Secret(url), rate=rate) for name, url in addresses.items()}
    with closing(store):
        async with Transport(clock=clock, tls=tls) as transport:
            post = partial(transport.post, deadline=DEADLINE)
            desk = Desk(store=store, clock=clock, post=post, notifiers=notifiers, jitter=lambda: 0.0)
            await store.sync(notifiers=addresses)
            task = asyncio.create_task(dispatch(desk))
            try:
                yield store, desk
            finally:
                desk.stop()
                await task


def alert(number: int, clock: Clock) -> Alert:
    sentence = f"number {number} of the wire"
    return notice(AlertType.TEST, f"test/{number}", sentence, at=clock.now(), severity=Severity.WARNING)


# -- nothing is lost ------------------------------------------------------------------------------


async def rounds(database: Path, count: int, seed: int) -> dict[str, Any]:
    """Ring `count` alerts, each met by faults, and return what came of them."""
    dice, clock, well = Random(seed), ManualClock(), Well()
    coming: list[str] = []
    broken = Unwell(lambda: coming.pop(0) if coming else None)
    for server in (well.server, broken.server):
        server.start()
    rung, delayed = [], 0
    addresses = {"well": well.server.url, "broken": broken.url}
    async with telling(database, clock, addresses, broken.trust()) as (store, desk):
        for number in range(count):
            coming[:] = dice.choices(FAULTS, k=dice.choice(FAULTS_A_ROUND))
            one = alert(number, clock)
            rung.append(one.id)
            at = clock.now()
            await store.ring(one, ("well", "broken"))
            desk.wake()
            while one.id not in well.came and clock.now() == at:
                await asyncio.sleep(0.001)
            delayed += one.id not in well.came
            while one.id not in {id_ for _, id_ in broken.accepted}:
                await settle(store, clock)
                due = await store.next_delivery_at("broken")
                if due is not None and due > clock.now():
                    clock.advance_to(due)
                desk.wake()
            if number % 50 == 49:
                print(f"{number + 1:5} rounds, {broken.met.total():5} faults", flush=True)
        await settle(store, clock)
        rows = await store.database.read(lambda connection: reading.deliveries(connection, limit=3 * count))
    for server in (well.server, broken.server):
        server.stop()
    again = Counter(broken.arrived)
    return {
        "rounds": count,
        "faults": dict(sorted(broken.met.items())),
        "lost": {
            "well": len(set(rung) - well.came.keys()),
            "broken": len(set(rung) - {id_ for _, id_ in broken.accepted}),
        },
        "not_sent": sum(row.state != "sent" for row in rows),
        "well_waited": delayed,
        "well_twice": well.twice,
        "accepted_twice": len(broken.accepted) - len({id_ for _, id_ in broken.accepted}),
        "ids_differ": len(set(broken.accepted)) - len(set(rung)),
        "arrived_again": again.total() - len(again),
        "arrived_again_explained": broken.met.total(),
        "attempts": sum(row.attempts for row in rows if row.notifier == "broken"),
        "errors": [repr(error) for error in (*well.server.errors, *broken.server.errors)],
    }


# -- nobody else notices ---------------------------------------------------------------------------


@contextmanager
def failing(seed: int) -> Iterator[str]:
    """Run a receiver that fails all the time, in a process of its own; yield its address."""
    words = [sys.executable, "-m", "tests.torture.unwell", str(seed)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def latencies(directory: Path, samples: int, broken: str) -> dict[str, list[float]]:
    """Return the milliseconds that `samples` alerts a side took from before their commit to their receiver."""
    found: dict[str, list[float]] = {side: [] for side in SIDES}
    well, neighbour, clock = Well(), Well(), SystemClock()
    for server in (well.server, neighbour.server):
        server.start()
    addresses = {"well": well.server.url, "neighbour": neighbour.server.url, "broken": broken}
    heard = {"alone": ("well",), "well": ("well", "neighbour"), "broken": ("well", "broken")}
    async with telling(directory / "pace.db", clock, addresses, Unwell(lambda: None).trust()) as (
        store,
        desk,
    ):
        for number in range(len(SIDES) * samples):
            side = SIDES[number // TURN % len(SIDES)]
            one, began = alert(number, clock), time.monotonic()
            await store.ring(one, heard[side])
            desk.wake(heard[side])
            while one.id not in well.came:
                await asyncio.sleep(0.0005)
            found[side].append(1_000 * (well.came[one.id] - began))
            await asyncio.sleep(0.005)
    for server in (well.server, neighbour.server):
        server.stop()
    return found


def p99(of: list[float]) -> float:
    return statistics.quantiles(of, n=100)[98]


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rounds", type=int, default=1_000)
    options.add_argument("--samples", type=int, default=1_000, help="alerts a side; 0: no latencies")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="receivers-") as place:
        figures = asyncio.run(rounds(Path(place, "news.db"), given.rounds, given.seed))
        paces = {}
        if given.samples:
            with failing(given.seed) as broken:
                paces = asyncio.run(latencies(Path(place), given.samples, broken))
    zero = ("not_sent", "well_waited", "well_twice", "accepted_twice", "ids_differ")
    wrong = [f"{name} is {figures[name]}" for name in zero if figures[name]]
    wrong += [f"{lost} lost at the {name} one" for name, lost in figures["lost"].items() if lost]
    wrong += figures["errors"]
    if figures["arrived_again"] > figures["arrived_again_explained"]:
        wrong.append("more came again than faults explain")
    sides = {
        side: {"p50_ms": round(statistics.median(of), 2), "p99_ms": round(p99(of), 2), "alerts": len(of)}
        for side, of in paces.items()
    }
    ratio, to_well = (
        round(p99(paces["broken"]) / p99(paces[side]), 3) if paces else None for side in ("alone", "well")
    )
    if ratio is not None and ratio > MUST:
        wrong.append(f"the p99 beside a broken receiver is {ratio} times that of one that is alone")
    for name, value in {**figures, "sides": sides, "ratio": ratio, "ratio_to_well": to_well}.items():
        print(f"{name:>24}  {value}")
    for complaint in wrong:
        print(f"WRONG: {complaint}")
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    out = {"claim": CLAIM, "ratio": ratio, "ratio_to_well": to_well, "must": MUST, "sides": sides, **figures}
    print(
        json.dumps(
            {**out, "seconds": round(time.monotonic() - began, 1), "seed": given.seed, "machine": machine}
        )
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
