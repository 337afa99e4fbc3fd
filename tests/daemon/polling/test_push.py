"""A hub on loopback, the daemon and its listener: asked, agreed, pushed, forged, renewed, fallen silent."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from monitor.api.callback import ROOM
from monitor.daemon.reading.gather import Errand
from monitor.model import Parsed, Response, Source, Trouble
from monitor.store.sqlite.asked import reading
from tests.conftest import Asked, Site
from tests.daemon.polling.pushing import LEASE, House
from tests.daemon.test_service import told
from tests.virtual import ManualClock


def run(site: Site, path: Path, story: Callable[[House], Awaitable[None]]) -> None:
    async def telling() -> None:
        async with House(site, path, ManualClock()) as house:
            await story(house)

    asyncio.run(telling())


def test_what_a_hub_pushes_rings_once_and_without_a_poll(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        polls = site.paths().count("/rss")
        for method in ("sha1", "sha256", "sha384", "sha512"):
            assert await house.push(f"{method} fire", method=method) == 200
        assert await house.push("sha1 fire") == 200

        await house.rings(4)
        assert told(site) == ["sha1 fire", "sha256 fire", "sha384 fire", "sha512 fire"]
        assert site.paths().count("/rss") == polls
        house.publish("sha512 fire", "sha384 fire", "sha256 fire", "sha1 fire", "old fire")
        house.clock.advance(601)
        await house.until(lambda: site.paths().count("/rss") > polls)
        await house.until(lambda: house.tally.polls["ok"] == 2)
        assert len(told(site)) == 4
        assert house.tally.gaps == 0

    run(site, tmp_path, story)


def test_a_forged_or_unsigned_push_is_ignored(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        path = urlsplit(house.asked[-1]["hub.callback"]).path
        assert await house.push("forged fire", secret="guessed") == 200
        assert (await house.ask("POST", path, house.feed("unsigned fire")))[0] == 200
        assert (await house.ask("POST", "/push/guessed", house.feed("fire")))[0] == 404
        assert await house.push("signed fire") == 200
        await house.until(lambda: told(site) == ["signed fire"])
        assert house.tally.pushes["forged"] == 2
        assert (await house.ask("GET", "/api/v1/items"))[0] == 403  # by the name that hubs use, nothing else

    run(site, tmp_path, story)


def test_only_what_was_asked_for_is_confirmed(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.until(lambda: len(house.asked) > 0)
        refused = b'{"error": "nobody asked for that"}\n'
        assert await house.verify(topic="http://other.example/") == (404, refused)
        assert (await house.verify("unsubscribe"))[0] == 404
        assert (await house.verify(challenge=""))[0] == 404
        assert (await house.verify(challenge="c" * 5_000))[0] == 404
        assert await house.push("early fire") == 410
        assert await house.verify() == (200, b"c-1")
        assert (await house.verify())[0] == 404  # it was not asked again

    run(site, tmp_path, story)


def test_a_lease_is_renewed_before_it_ends(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        first = await house.agreement()
        house.clock.advance(LEASE * 0.8)
        await house.until(lambda: len(house.asked) == 2)
        assert house.asked[1]["hub.callback"] == house.asked[0]["hub.callback"]
        assert await house.verify() == (200, b"c-1")
        second = await house.agreement()
        assert first
        assert first.lease_until
        assert second
        assert second.lease_until
        assert (second.lease_until - first.lease_until).total_seconds() == LEASE * 0.8
        assert second.state == "active"

    run(site, tmp_path, story)


def test_what_is_too_much_is_not_read_and_hears_later(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        path = urlsplit(house.asked[-1]["hub.callback"]).path
        held = [await asyncio.to_thread(house.hold, path, ROOM) for _ in range(2)]
        await house.until(lambda: house.pushes.inside == 2 * ROOM)
        third = await asyncio.to_thread(house.hold, path, ROOM)
        assert (await asyncio.to_thread(third.recv, 4_096)).startswith(b"HTTP/1.1 503 ")
        assert house.pushes.inside == 2 * ROOM
        for it in (*held, third):
            it.close()
        await house.until(lambda: house.pushes.inside == 0)
        assert await house.push("next fire") == 200

    run(site, tmp_path, story)


def test_a_push_waits_for_the_poll_of_its_source(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        go = Event()

        def slowly(_: Asked) -> tuple[int, dict[str, str], bytes]:
            go.wait(20)
            return 200, {}, house.feed("polled fire", "old fire")

        site.pages["/rss"] = slowly
        polls = site.paths().count("/rss")
        house.clock.advance(601)
        await house.until(lambda: site.paths().count("/rss") > polls)
        pushes = [asyncio.create_task(house.push(f"fire {n}")) for n in range(3)]
        await house.until(lambda: house.pushes.inside > 0)
        go.set()
        assert await asyncio.gather(*pushes) == [200] * 3

        await house.rings(4)
        assert sorted(told(site)) == ["fire 0", "fire 1", "fire 2", "polled fire"]

    run(site, tmp_path, story)


def test_a_bug_in_reading_a_push_costs_that_push_alone(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = Errand.read

    async def breaking(errand: Errand, response: Response, kind: str = "") -> Parsed | Trouble:
        if b"bad" in response.body:
            raise ZeroDivisionError
        return await read(errand, response, kind)

    monkeypatch.setattr(Errand, "read", breaking)

    async def story(house: House) -> None:
        await house.agree()
        await house.push("bad fire")
        assert await house.push("good fire") == 200
        await house.rings(1)
        assert told(site) == ["good fire"]
        assert sum("Newsbell broke on what came" in one.getMessage() for one in caplog.records) == 1

    run(site, tmp_path, story)


def test_a_push_says_nothing_of_what_else_was_not_there(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        [before] = await house.store.read(reading.sources)
        house.clock.advance(300)
        assert await house.push("pushed fire") == 200
        house.publish("missed fire", "pushed fire", "old fire")
        house.clock.advance(301)
        await house.rings(2)
        missed = await house.store.read(reading.items_like, "missed fire")
        assert [it.absent_at for it in missed] == [before.last_poll_at]

    run(site, tmp_path, story)


@pytest.mark.torture
def test_a_hub_that_pushes_no_more_is_found_out(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        house.publish("missed fire", "old fire")
        house.clock.advance(601)
        await house.until(lambda: told(site) == ["missed fire"])
        before = await house.agreement()
        assert before
        assert before.silent_at is None
        house.clock.advance(601)

        async def silent() -> bool:
            it = await house.agreement()
            return it is not None and it.silent_at is not None

        await house.until(silent)
        await house.until(lambda: len(house.asked) == 2)  # and is asked anew
        assert await house.verify() == (200, b"c-1")
        assert await house.push("missed fire") == 200
        assert await silent()  # what the polls had found long ago is no push
        assert await house.push("pushed fire") == 200
        assert not await silent()

    run(site, tmp_path, story)


def test_a_denial_is_kept(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.until(lambda: len(house.asked) > 0)
        assert (await house.verify("denied"))[0] == 200
        it = await house.agreement()
        assert it
        assert it.state == "denied"

    run(site, tmp_path, story)


@pytest.mark.torture
def test_the_no_of_a_hub_that_was_left_leaves_the_next_one_alone(site: Site, tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.agree()
        site.pages["/other"] = house.answer
        house.hub = f"{site.url}/other"
        house.publish("old fire")
        house.clock.advance(601)
        await house.until(lambda: len(house.asked) == 3)
        house.asked.sort(key=lambda it: it["hub.mode"])  # subscribe twice, unsubscribe
        assert (await house.verify("denied"))[0] == 200
        it = await house.agreement()
        assert it
        assert (it.hub.url, it.state) == (house.hub, "asked")

    run(site, tmp_path, story)


@pytest.mark.torture
@pytest.mark.parametrize("websub", [False, None])
def test_a_source_that_wants_no_hub_ends_what_was_agreed(
    site: Site, tmp_path: Path, websub: bool | None
) -> None:
    async def story(house: House) -> None:
        await house.agree()
        source = Source(name="wire", url=house.topic, websub=websub, paused=websub is None)
        await house.store.sync(sources=[source])
        await house.until(lambda: len(house.asked) == 2)
        assert house.asked[1]["hub.mode"] == "unsubscribe"
        assert await house.push("late fire") == 410
        assert await house.verify("unsubscribe") == (200, b"c-1")
        assert (await house.verify("unsubscribe"))[0] == 404

    run(site, tmp_path, story)
