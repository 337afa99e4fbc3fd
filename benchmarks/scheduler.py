"""What the scheduler costs a poll, and how that grows with the number of sources: 1,000, 10,000, 100,000.

    python -m benchmarks.scheduler [--polls 3000]

Two costs, in CPU time of this thread. "decide" is the rhythm's own: learn from a look, and plan the next one. "turn" is
the store's: find whose turn it is among all sources, in a real SQLite database in memory, and charge the budget; it
is asked for one source at a time, the dearest way, and what makes that source due again later is counted too. The last line is one JSON object; exit 1 above 200 us a decision,
or where a hundred times the sources make a turn more than twice as dear.
"""

import argparse
import json
import platform
import sqlite3
import statistics
import sys
import time
from datetime import timedelta

from benchmarks.freshness import ours, synthetic
from monitor.model import Source
from monitor.store.sqlite.database import MEMORY, connect, migrate
from monitor.store.sqlite.polling import budget, claims
from monitor.store.sqlite.rows import micros
from tests.virtual import START

SIZES = (1_000, 10_000, 100_000)
MUST, GROWTH = 200.0, 2.0  # microseconds a decision; times as dear at a hundred times the sources
ROUNDS = 5


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--polls", type=int, default=3_000)
    polls = options.parse_args().polls
    decide = {kind: decision(kind) for kind in ("poisson", "mixed", "batch")}
    for kind, cost in decide.items():
        print(f"decide  {kind:>8}           {cost:7.1f} us a poll")
    turn = {size: turns(size, polls) for size in SIZES}
    for size, cost in turn.items():
        print(f"turn    {size:>8,} sources   {cost:7.1f} us a poll")
    growth = turn[SIZES[-1]] / turn[SIZES[0]]
    worst = max(decide.values())
    print(
        json.dumps(
            {
                "claim": "a scheduling decision costs at most 200 us a poll, and grows with the logarithm of the sources",
                "ratio": round(worst / MUST, 3),
                "must": 1.0,
                "sides": {"decide_us": decide, "turn_us": turn, "turn_100x_sources": round(growth, 2)},
                "machine": f"{platform.machine()}, Python {platform.python_version()}",
            }
        )
    )
    return 1 if worst > MUST or growth > GROWTH else 0


def decision(kind: str) -> float:
    """Return microseconds a poll: the least of some runs, for other work on the machine only adds."""
    streams = synthetic.streams(kind, sources=20, days=3.0)
    runs = [ours.run(streams, 900.0, {}) for _ in range(3)]
    return min(run.cpu / run.polls * 1e6 for run in runs)


def turns(size: int, polls: int) -> float:
    """Return microseconds to find one source whose turn it is among `size`: the median of some rounds."""
    connection = connect(MEMORY)
    migrate(connection)
    sources = {f"s{n}": Source(name=f"s{n}", url=f"https://e.org/{n}", every=600.0) for n in range(size)}
    claims.sync_sources(connection, list(sources.values()), START)
    spread = micros(START + timedelta(minutes=10)) - micros(START)
    connection.execute(
        "update sources set last_poll_at = :now, next_poll_at = :now + :spread * rowid / :size",
        {"now": micros(START), "spread": spread, "size": size},
    )
    each = 600.0 / size
    costs = []
    now = START
    for _ in range(ROUNDS):
        began = time.thread_time()
        for _ in range(polls // ROUNDS):
            now += timedelta(seconds=each)
            budget.turns(connection, now, 64)
            _reschedule(connection, micros(now), spread)
        costs.append((time.thread_time() - began) / (polls // ROUNDS) * 1e6)
    connection.close()
    return statistics.median(costs)


def _reschedule(connection: sqlite3.Connection, now: int, spread: int) -> None:
    connection.execute(
        "update sources set last_poll_at = :now, next_poll_at = :now + :spread"
        " where removed_at is null and next_poll_at <= :now",
        {"now": now, "spread": spread},
    )


if __name__ == "__main__":
    sys.exit(main())
