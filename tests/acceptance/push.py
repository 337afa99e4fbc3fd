"""A WebSub hub and a stream push: how soon a webhook hears, what becomes of forgeries, of a lease, of a silent hub.

    python -m tests.acceptance.push [--pushes 50] [--leases 10]

The daemon as a process of its own, a hub, a server of events and a receiver on 127.0.0.1, real time for what is pushed;
then the same hub under a clock that is moved, for leases of a day and for silence. The last line is one JSON object;
exit 1 where the median from a push, or from an event, to the webhook is a second or more, a forgery was told, a lease
lapsed, or a hub that accepts and never pushes was not found out and polled around.
"""

import argparse
import asyncio
import json
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from tests.acceptance.test_api import daemon
from tests.conftest import Asked, Site
from tests.daemon.polling.pushing import LEASE, House
from tests.daemon.test_service import told
from tests.hub import Hub, atom
from tests.streams import Stream
from tests.virtual import ManualClock

SHOWN = 20  # entries of what is pushed: a feed as it is usual, with one that is new
MOST = 1.0  # seconds, of the median
WAITS = 30.0  # seconds for anything to happen


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + WAITS
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.002)


def soon(site: Site, home: Path, pushes: int) -> dict[str, Any]:
    """Push to a real daemon, well signed and forged; return how long the webhook waited, in seconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    hub, heard, topic = Hub(site=site), listening(site), f"{site.url}/rss"
    shown = [f"old {n}" for n in range(SHOWN)]
    site.pages["/rss"] = (200, {}, atom(hub.url, topic, *shown))
    config = home / "config.toml"
    config.write_text(
        f'[source.wire]\nurl = "{topic}"\nevery = "1h"\n[rule]\nfire = "fire"\n[notify.desk]\nurl = "{site.url}/hook"\n'
        f'[api]\nlisten = "127.0.0.1:{port}"\ncallback = "http://127.0.0.1:{port}/push/"\n'
    )
    took, forged = [], []
    with daemon(config):
        until(lambda: bool(hub.subscribers))
        for number in range(pushes):
            forged += hub.push(atom(hub.url, topic, f"forged fire {number}", *shown), secret="guessed")
            title = f"fire {number}"
            shown = [title, *shown][:SHOWN]
            begun = time.monotonic()
            assert hub.push(atom(hub.url, topic, *shown)) == [200]
            until(lambda title=title: title in heard)  # type: ignore[misc]  # bound at once
            took.append(heard[title] - begun)
        polls = site.paths().count("/rss")
    hub.close()
    return {
        "pushes": len(took),
        "median_s": round(statistics.median(took), 3),
        "p95_s": round(statistics.quantiles(took, n=20)[-1], 3),
        "polls": polls,
        "forged": len(forged),
        "forged_answers": sorted(set(forged)),
        "forged_told": sum(title.startswith("forged") for title in heard),
    }


def listening(site: Site) -> dict[str, float]:
    """Return when the webhook heard of what, as it comes to hear of it."""
    heard: dict[str, float] = {}

    def hook(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        heard[json.loads(asked.body)["data"]["item"]["title"]] = time.monotonic()
        return 204, {}, b""

    site.pages["/hook"] = hook
    return heard


def streamed(site: Site, home: Path, times: int) -> dict[str, Any]:
    """Send events to a real daemon; return how long the webhook waited, in seconds."""
    stream, heard, took = Stream(site=site), listening(site), list[float]()
    config = home / "config.toml"
    config.write_text(
        f'[source.wire]\nurl = "{stream.url}"\ntype = "sse"\n[rule]\nfire = "fire"\n[notify.desk]\nurl = "{site.url}/hook"\n'
    )
    with daemon(config):
        until(lambda: bool(stream.asked))
        for number in range(times):
            title, begun = f"fire {number}", time.monotonic()
            stream.say(title)
            until(lambda title=title: title in heard)  # type: ignore[misc]  # bound at once
            took.append(heard[title] - begun)
    stream.drop()
    return {"events": len(took), "event_median_s": round(statistics.median(took), 3)}


async def _under_a_clock(site: Site, home: Path, leases: int) -> dict[str, Any]:
    clock = ManualClock()
    hub = Hub(site=site, lease=LEASE, now=clock.now)
    async with House(site, home, clock, hub=hub) as house:
        await house.until(lambda: hub.agreed == 1)
        for number in range(leases):
            clock.advance(LEASE * 0.8)
            await house.until(lambda number=number: hub.agreed == number + 2)  # type: ignore[misc]  # bound at once
        renewed, begun = hub.agreed - 1, clock.now()
        assert await asyncio.to_thread(hub.push, house.feed("pushed fire")) == [200]
        await house.rings(1)
        days = (begun - house.began).total_seconds() / 86_400
        house.publish("silent fire", "pushed fire", "old fire")  # of which the hub says nothing
        polled = clock.now()
        while "silent fire" not in told(site):
            clock.advance(10)
            await asyncio.sleep(0.01)
        rang = clock.now()
        while (it := await house.agreement()) is None or it.silent_at is None:
            clock.advance(10)
            await asyncio.sleep(0.01)
    hub.close()
    return {
        "days": round(days, 1),
        "renewed": renewed,
        "lapsed": hub.lapsed,
        "silent_rang_after_s": (rang - polled).total_seconds(),
        "silent_found_after_s": (it.silent_at - polled).total_seconds(),
    }


def served(work: Callable[[Site], dict[str, Any]]) -> dict[str, Any]:
    """Do `work` with a site of its own."""
    site = Site()
    with site.serve() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            return work(site)
        finally:
            server.shutdown()
            site.hang_up()
            thread.join()


def main() -> int:
    """Return 0 where all that is claimed holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pushes", type=int, default=50)
    parser.add_argument("--leases", type=int, default=10)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        real = served(lambda site: soon(site, Path(home), args.pushes))
    with tempfile.TemporaryDirectory() as home:
        real |= served(lambda site: streamed(site, Path(home), args.pushes))
    with tempfile.TemporaryDirectory() as home:
        moved = served(lambda site: asyncio.run(_under_a_clock(site, Path(home), args.leases)))
    found = (
        {"claim": "a hub that pushes is heard within a second, and is not relied on otherwise"} | real | moved
    )
    print(json.dumps(found))
    good = (
        max(real["median_s"], real["event_median_s"]) < MOST
        and real["forged_answers"] == [200]
        and not real["forged_told"]
        and not moved["lapsed"]
        and moved["renewed"] == args.leases
    )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
