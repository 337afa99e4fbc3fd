"""Happy eyeballs: a dead address costs little, and none is tried that may not be reached."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.connections import Stream, connect
from monitor.daemon.network.failures import TransportError
from monitor.daemon.network.racing import NEXT_AFTER, Answered, first_of
from monitor.daemon.network.transport import Transport
from tests.virtual import ManualClock

if TYPE_CHECKING:
    from tests.conftest import Site

PORT = 1  # where nobody listens


@pytest.fixture
def dark() -> Iterator[int]:
    """A port of ::1 that answers nobody: the queue of who may be accepted is full."""
    with ExitStack() as stack:
        mute = stack.enter_context(socket.socket(socket.AF_INET6))
        mute.bind(("::1", 0))
        mute.listen(0)
        for _ in range(3):
            waits = stack.enter_context(socket.socket(socket.AF_INET6))
            waits.setblocking(False)
            waits.connect_ex(mute.getsockname())
        yield mute.getsockname()[1]


def read(site: Site, addresses: Sequence[str], ports: dict[str, int]) -> tuple[str, list[str]]:
    """Return what was read from a host at `addresses`, or what was wrong, and which of them were tried."""
    tried: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    async def dial(address: str, port: int) -> Stream:
        tried.append(address)
        return await connect(address, ports.get(address, port))

    async def story() -> str:
        async with Transport(clock=ManualClock(), resolve=resolve, connect=dial) as transport:
            try:
                answer = await transport.get(
                    f"http://two.example:{site.port}/", reach=Reach.TYPED, deadline=3.0
                )
            except TransportError as error:
                return str(error)
        return answer.body.decode()

    site.pages["/"] = (200, {}, b"here")
    return asyncio.run(story()), tried


def test_a_closed_port_of_one_family_is_followed_by_the_other(site: Site) -> None:
    assert read(site, ["::1", "127.0.0.1"], {"::1": PORT}) == ("here", ["::1", "127.0.0.1"])


def test_an_address_that_answers_nobody_is_not_waited_for(site: Site, dark: int) -> None:
    assert read(site, ["::1", "127.0.0.1"], {"::1": dark}) == ("here", ["::1", "127.0.0.1"])
    assert site.wait(lambda s: s.open == 0)


def test_the_families_take_turns(site: Site, dark: int) -> None:
    there = ["::1", "0:0:0:0:0:0:0:1", "127.0.0.1"]
    assert read(site, there, dict.fromkeys(there[:2], dark)) == ("here", ["::1", "127.0.0.1"])


def test_no_address_that_may_not_be_reached_takes_part(site: Site, dark: int) -> None:
    there = ["fe80::1", "169.254.169.254", "::1", "224.0.0.1", "127.0.0.1"]
    assert read(site, there, {"::1": dark}) == ("here", ["::1", "127.0.0.1"])


def test_where_nobody_answers_the_last_trouble_is_told(site: Site) -> None:
    there = ["::1", "127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"]
    assert read(site, there, dict.fromkeys(there, PORT)) == ("connection refused", there[:4])


def test_an_address_that_has_answered_is_given_time(site: Site) -> None:
    tried: list[str] = []

    async def attempt(address: str, answered: Answered) -> Stream:
        tried.append(address)
        stream = await connect("127.0.0.1", site.port)
        answered()
        await asyncio.sleep(2 * NEXT_AFTER)  # a handshake around the world
        return stream

    async def story() -> None:
        (await first_of(["::1", "127.0.0.1"], attempt)).abort()

    asyncio.run(story())
    assert tried == ["::1"]


def test_who_comes_second_is_hung_up_on(site: Site) -> None:
    """Both connect at the same instant, the worst there is."""

    async def story() -> None:
        both, here = asyncio.Event(), []

        async def attempt(address: str, answered: Answered) -> Stream:
            stream = await connect("127.0.0.1", site.port)
            here.append(stream)
            if len(here) == 2:
                both.set()
            await both.wait()
            return stream

        winner = await first_of(["::1", "127.0.0.1"], attempt)
        assert await asyncio.to_thread(site.wait, lambda s: s.connections == 2 and s.open == 1)
        winner.abort()

    asyncio.run(story())
    assert site.wait(lambda s: s.open == 0)


def test_a_trouble_that_is_not_of_one_address_ends_the_race() -> None:
    tried: list[str] = []

    async def attempt(address: str, answered: Answered) -> Stream:
        tried.append(address)
        raise TransportError("the proxy wants a user name and password")

    with pytest.raises(TransportError):
        asyncio.run(first_of(["::1", "127.0.0.1"], attempt))
    assert tried == ["::1"]


def test_one_that_answered_and_failed_gives_the_next_ones_no_more_time() -> None:
    """Only an address that shakes hands is waited for: after it comes one that is silent, and the one that works."""

    async def story() -> str:
        async def attempt(address: str, answered: Answered) -> str:
            if address == "first":
                answered()
                raise OSError("hung up in the midst of it")
            if address == "silent":
                await asyncio.sleep(60)
            return address

        async with asyncio.timeout(10 * NEXT_AFTER):  # 4 s more are spent if it does
            return await first_of(["first", "silent", "good"], attempt)  # type: ignore[type-var]

    assert asyncio.run(story()) == "good"
