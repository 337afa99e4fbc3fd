"""What one GET costs in the daemon's transport, beside httpx with its own pool and httpx on aiohttp: 1 to 1,000 hosts.

    python -m benchmarks.transport [--requests 1000] [--rounds 5] [--kib 16] [--at-once 64]

All three ask the same server, a process of its own, for the same body, at most 64 requests at once and two of a host, as
the daemon does; a host is an address of 127/8. The sides take turns in each round; what counts is the CPU time of
this process a request, the median of the rounds. Ours alone checks addresses, bounds headers, body and unpacking, and
holds one deadline over all of it. httpx on aiohttp takes part where it is installed (`pip install httpx-aiohttp`).
The last line is one JSON object; exit 1 where ours costs more than httpx's own pool at any number of hosts.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import platform
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

import httpx

from monitor.daemon.clock import SystemClock
from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.transport import Transport

HOSTS = (1, 10, 100, 1_000)
A_HOST = 2  # requests at once
OURS, POOL, AIOHTTP = "newsbell", "httpx, its own pool", "httpx on aiohttp"
Get = Callable[[str], Awaitable[bytes]]


class Server(asyncio.Protocol):
    """Answers every request with the same bytes, and keeps the connection."""

    answer = b""
    transport: asyncio.Transport

    def connection_made(self, transport: Any) -> None:
        self.transport, self.heard = transport, b""

    def data_received(self, data: bytes) -> None:
        *asked, self.heard = (self.heard + data).split(b"\r\n\r\n")
        for _ in asked:
            self.transport.write(self.answer)


def serve(told: Connection, size: int) -> None:
    """Serve bodies of `size` bytes on a port that `told` hears of, until killed."""

    async def forever() -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {size}\r\n\r\n"
        Server.answer = head.encode() + b"x" * size
        server = await asyncio.get_running_loop().create_server(Server, "0.0.0.0", 0, backlog=4096)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with suppress(KeyboardInterrupt):
        asyncio.run(forever())


async def opened(side: str, stack: AsyncExitStack) -> Get:
    """Return how `side` gets a URL."""
    if side == OURS:
        ours = await stack.enter_async_context(Transport(clock=SystemClock()))

        async def get(url: str) -> bytes:
            return (await ours.get(url, reach=Reach.TYPED)).body

        return get
    if side == POOL:
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    else:
        client = await stack.enter_async_context(import_module("httpx_aiohttp").HttpxAiohttpClient())

    async def read(url: str) -> bytes:
        return (await client.get(url)).content

    return read


async def ask(side: str, urls: Sequence[str], size: int, at_once: int) -> float:
    """Get all `urls` and return CPU seconds; connections of before are warm."""
    room, doors = (
        asyncio.Semaphore(at_once),
        defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(A_HOST)),
    )

    async def one(url: str) -> None:
        async with doors[url], room:
            if len(await get(url)) != size:
                raise ValueError(f"{side}: not the whole body of {url}")

    async with AsyncExitStack() as stack:
        get = await opened(side, stack)
        gc.collect()
        began = time.process_time()
        await asyncio.gather(*map(one, urls))
        return time.process_time() - began


def measured(
    port: int, hosts: int, options: argparse.Namespace, sides: Sequence[str]
) -> dict[str, list[float]]:
    """Return microseconds a request of each round, by side."""
    urls = [
        f"http://127.1.{n % hosts >> 8}.{n % hosts & 255}:{port}/rss"
        for n in range(max(options.requests, hosts))
    ]
    found: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(options.rounds):
        for side in sides[number % len(sides) :] + sides[: number % len(sides)]:  # nobody is always first
            seconds = asyncio.run(ask(side, urls, options.kib * 1024, options.at_once))
            found[side].append(seconds / len(urls) * 1e6)
    return found


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kib", type=int, default=16, help="of a body")
    parser.add_argument("--at-once", type=int, default=64)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # aiohttp keeps a connection to every host
    sides = [OURS, POOL]
    with suppress(ImportError):
        import_module("httpx_aiohttp")
        sides.append(AIOHTTP)
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(there, options.kib * 1024), daemon=True
    )
    server.start()
    try:
        port = here.recv()
        costs = {hosts: measured(port, hosts, options, sides) for hosts in HOSTS}
    finally:
        server.kill()
        server.join()
    for hosts, by_side in costs.items():
        for side, rounds in by_side.items():
            middle, pool = statistics.median(rounds), statistics.median(by_side[POOL])
            spread = f"{min(rounds):.0f} to {max(rounds):.0f}"
            print(
                f"{hosts:>5,} hosts  {side:<20} {middle:6.0f} us of CPU a request ({spread}), {middle / pool:.2f} of httpx"
            )
    medians = {h: {side: statistics.median(r) for side, r in by_side.items()} for h, by_side in costs.items()}
    worst = max(by_side[OURS] / by_side[POOL] for by_side in medians.values())
    print(
        json.dumps(
            {
                "claim": "a GET costs the daemon no more CPU than httpx's own pool, at 1, 10, 100 and 1,000 hosts",
                "ratio": round(worst, 3),
                "must": 1.0,
                "sides": {
                    str(h): {side: round(us, 1) for side, us in it.items()} for h, it in medians.items()
                },
                "machine": f"{platform.machine()}, Python {platform.python_version()}",
            }
        )
    )
    return 0 if worst <= 1.0 else 1


if __name__ == "__main__":
    sys.exit(main())
