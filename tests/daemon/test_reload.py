"""Another configuration takes the place of the one before: nothing is polled twice, lost or told twice for it."""

import asyncio
import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.config import Config
from monitor.core.cadence import Bounds
from monitor.daemon.plan import Plan
from monitor.daemon.reload import Reloads, changed, read
from monitor.daemon.service import Take, serve
from monitor.daemon.system.pulse import Pulse
from monitor.model import Inhibition, Rule, Secret, Source
from monitor.notifiers.webhook import Webhook
from monitor.store import Service, StoreError
from monitor.store.sqlite import SqliteStore, services
from monitor.store.sqlite.asked import reading
from tests.conftest import Answer, Asked, Site
from tests.virtual import ManualClock, run_until


def rss(*titles: str) -> Answer:
    items = "".join(
        f"<item><guid isPermaLink='false'>{title}</guid><title>{title}</title></item>" for title in titles
    )
    return 200, {}, f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


class Desk:
    """A daemon that is told to go by another plan."""

    def __init__(self, plan: Plan, path: Path) -> None:
        self.plan, self.clock = plan, ManualClock()
        self.store = SqliteStore(path, self.clock)
        self._stop, self._takes = asyncio.Event(), asyncio.Queue[Take]()

    async def __aenter__(self) -> "Desk":
        ready = asyncio.Event()

        async def follow(take: Take) -> None:
            await self._takes.put(take)

        self._task = asyncio.create_task(
            serve(
                self.plan,
                self.store,
                clock=self.clock,
                random=lambda: 0.0,
                stop=self._stop,
                ready=ready.set,
                follow=follow,
            )
        )
        self._take = await self._takes.get()
        await ready.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task
        self.store.close()

    async def take(self, **changes: Any) -> None:
        self.plan = replace(self.plan, **changes)
        await self._take(self.plan)

    async def after(self, seconds: float) -> None:
        await run_until(self.clock.now() + timedelta(seconds=seconds), self.store, self.clock)

    async def states(self) -> dict[str, str]:
        return {row.name: row.state for row in await self.store.read(reading.sources)}

    async def deliveries(self) -> list[tuple[str, str, str]]:
        rows = await self.store.read(reading.deliveries, limit=100)
        return [(row.notifier, row.state, row.reason) for row in rows]


def feed(site: Site, name: str, path: str = "") -> Source:
    return Source(name=name, url=f"{site.url}/{path or name}", every=60.0, pinned=True)


def plan(site: Site, *names: str) -> Plan:
    return Plan(
        sources=[feed(site, name) for name in names],
        rules=(Rule(name="fire", query="fire"),),
        notifiers={"desk": Webhook(url=Secret(f"{site.url}/hook"))},
        bounds=Bounds(min=1.0, max=3600.0),
    )


def told(site: Site, path: str = "/hook") -> list[tuple[str, str]]:
    bodies = (json.loads(asked.body)["data"] for asked in site.requests if asked.path == path)
    return [(body["rule"], body["item"]["title"]) for body in bodies]


@pytest.fixture
def hooked(site: Site) -> Site:
    site.pages |= {"/hook": (204, {}, b""), "/other": (204, {}, b"")}
    site.pages |= {f"/{name}": rss(f"{name} one") for name in ("a", "b", "c")}
    return site


def test_sources_come_and_go_and_the_others_are_not_polled_for_it(hooked: Site, tmp_path: Path) -> None:
    async def story() -> None:
        async with Desk(plan(hooked, "a", "b"), tmp_path / "db") as desk:
            await desk.after(30)
            await desk.take(sources=[feed(hooked, "b"), feed(hooked, "c")])
            await desk.after(1)
            assert sorted(hooked.paths()) == ["/a", "/b", "/c"]
            assert await desk.states() == {"b": "ok", "c": "ok"}
            hooked.pages["/c"] = rss("c one", "c fire")
            await desk.after(61)
            assert hooked.paths().count("/a") == 1
            assert (hooked.paths().count("/b"), hooked.paths().count("/c")) == (2, 2)
            assert told(hooked) == [("fire", "c fire")]

    asyncio.run(story())


@pytest.mark.parametrize("other", ["gone", "moved"])
def test_a_poll_in_flight_of_a_source_that_is_gone_or_elsewhere_commits_nothing(
    hooked: Site, tmp_path: Path, other: str
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        assert answer.wait(20)
        return rss("from before")

    hooked.pages["/a"] = slow

    async def story() -> None:
        async with Desk(plan(hooked, "a", "b"), tmp_path / "db") as desk:
            await asyncio.to_thread(asked.wait, 20)
            after = [feed(hooked, "b")] if other == "gone" else [feed(hooked, "a", "c"), feed(hooked, "b")]
            await desk.take(sources=after)
            answer.set()
            await desk.after(5)
            titles = {item.title for item in await desk.store.read(reading.items, limit=10)}
            assert titles == ({"b one"} if other == "gone" else {"b one", "c one"})

    asyncio.run(story())


def test_a_new_rule_looks_forward_and_one_that_is_gone_rings_no_more(hooked: Site, tmp_path: Path) -> None:
    hooked.pages["/a"] = rss("fire one", "flood one")

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            await desk.take(rules=(Rule(name="flood", query="flood"),))
            await desk.after(61)
            assert told(hooked) == []
            hooked.pages["/a"] = rss("fire two", "flood two", "fire one", "flood one")
            await desk.after(61)
            assert told(hooked) == [("flood", "flood two")]

    asyncio.run(story())


def test_what_a_removed_notifier_was_due_is_held_and_told_when_its_name_returns(
    hooked: Site, tmp_path: Path
) -> None:
    hooked.pages["/hook"] = (503, {}, b"")

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            hooked.pages["/a"] = rss("fire", "a one")
            await desk.after(65)
            assert [state for _, state, _ in await desk.deliveries()] == ["retrying"]
            desk_again = desk.plan.notifiers
            await desk.take(notifiers={"other": Webhook(url=Secret(f"{hooked.url}/other"))})
            before = hooked.paths().count("/hook")
            await desk.after(600)
            assert await desk.deliveries() == [("desk", "held", "notifier-removed")]
            assert hooked.paths().count("/hook") == before
            hooked.pages["/a"] = rss("fire more", "fire", "a one")
            await desk.after(61)
            assert told(hooked, "/other") == [("fire", "fire more")]
            hooked.pages["/hook"] = (204, {}, b"")
            await desk.take(notifiers={**desk_again, **desk.plan.notifiers})
            await desk.after(400)
            assert set(await desk.deliveries()) == {("desk", "sent", ""), ("other", "sent", "")}
            assert told(hooked)[-1] == ("fire", "fire")

    asyncio.run(story())


def test_a_notifier_with_another_address_is_told_there_from_then_on(hooked: Site, tmp_path: Path) -> None:
    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            await desk.take(notifiers={"desk": Webhook(url=Secret(f"{hooked.url}/other"))})
            hooked.pages["/a"] = rss("fire", "a one")
            await desk.after(65)
            assert (told(hooked), told(hooked, "/other")) == ([], [("fire", "fire")])

    asyncio.run(story())


def test_what_an_address_refused_is_told_at_once_where_another_takes_its_place(
    hooked: Site, tmp_path: Path
) -> None:
    hooked.pages["/hook"] = (404, {}, b"")

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            hooked.pages["/a"] = rss("fire", "a one")
            await desk.after(400)  # refused three times: it comes again in half an hour
            assert await desk.deliveries() == [("desk", "retrying", "")]
            await desk.take(notifiers={"desk": Webhook(url=Secret(f"{hooked.url}/other"))})
            await desk.after(1)
            assert told(hooked, "/other") == [("fire", "fire")]
            assert await desk.deliveries() == [("desk", "sent", "")]

    asyncio.run(story())


def test_what_a_poll_decided_by_the_old_plan_leaves_for_a_removed_notifier_is_held(
    hooked: Site, tmp_path: Path
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        assert answer.wait(20)
        return rss("fire", "a one")

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            hooked.pages["/a"] = slow
            desk.clock.advance(61)
            await asyncio.to_thread(asked.wait, 20)
            await desk.take(notifiers={})
            answer.set()
            await desk.after(1)
            assert await desk.deliveries() == [("desk", "held", "notifier-removed")]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("status", "ends"), [(204, ("desk", "sent", "")), (503, ("desk", "held", "notifier-removed"))]
)
def test_what_is_being_told_by_a_removed_notifier_ends_as_it_ends(
    hooked: Site, tmp_path: Path, status: int, ends: tuple[str, str, str]
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        assert answer.wait(20)
        return status, {}, b""

    hooked.pages["/hook"] = slow

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            hooked.pages["/a"] = rss("fire", "a one")
            desk.clock.advance(61)
            await asyncio.to_thread(asked.wait, 20)
            await desk.take(notifiers={})
            answer.set()
            await desk.after(1)
            assert await desk.deliveries() == [ends]

    asyncio.run(story())


@pytest.mark.parametrize("status", [410, 503])
def test_what_an_address_of_before_answers_says_nothing_of_the_one_of_now(
    hooked: Site, tmp_path: Path, status: int
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(_: Asked) -> Answer:
        asked.set()
        assert answer.wait(20)
        return status, {}, b""

    hooked.pages["/hook"] = slow

    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            hooked.pages["/a"] = rss("fire", "a one")
            desk.clock.advance(61)
            await asyncio.to_thread(asked.wait, 20)
            await desk.take(notifiers={"desk": Webhook(url=Secret(f"{hooked.url}/other"))})
            answer.set()
            await desk.after(3)
            assert told(hooked, "/other") == [("fire", "fire")]
            assert await desk.deliveries() == [("desk", "sent", "")]

    asyncio.run(story())


def test_a_configuration_that_the_store_cannot_take_whole_leaves_the_one_before(
    hooked: Site, tmp_path: Path
) -> None:
    async def story() -> None:
        async with Desk(plan(hooked, "a"), tmp_path / "db") as desk:
            await desk.after(1)
            with closing(sqlite3.connect(tmp_path / "db")) as other, other:
                other.execute(
                    "create trigger no before insert on inhibitions begin select raise(abort, 'no'); end"
                )
            quiet = Inhibition(name="quiet", source=(), target=())
            with pytest.raises(StoreError):
                await desk.take(sources=[feed(hooked, "b")], rules=(), notifiers={}, inhibitions=[quiet])
            hooked.pages["/a"] = rss("fire", "a one")
            await desk.after(65)
            assert list(await desk.states()) == ["a"]
            assert told(hooked) == [("fire", "fire")]
            assert "/b" not in [asked.path for asked in hooked.requests]

    asyncio.run(story())


def test_a_shorter_max_counts_at_once_and_a_publisher_that_asks_for_longer_still_wins(
    hooked: Site, tmp_path: Path
) -> None:
    hooked.pages["/b"] = (503, {"Retry-After": "7200"}, b"")
    hooked.pages["/c"] = (403, {"Retry-After": "14400"}, b"")
    sources = [replace(feed(hooked, name), pinned=False, every=10_800.0) for name in ("a", "b", "c")]
    sources.append(replace(feed(hooked, "d", "a"), every=7_200.0))
    sources[1] = replace(sources[1], url=sources[1].url.replace("127.0.0.1", "localhost"))

    async def story() -> None:
        before = replace(plan(hooked), sources=sources, bounds=Bounds(min=1.0, max=21_600.0))
        async with Desk(before, tmp_path / "db") as desk:
            await desk.after(5)
            rows = {row.name: row for row in await desk.store.read(reading.sources)}
            far = desk.clock.now() + timedelta(seconds=600)
            assert all(row.next_poll_at and row.next_poll_at > far for row in rows.values())
            now = desk.clock.now()
            await desk.take(bounds=Bounds(min=1.0, max=300.0))
            after = {row.name: row for row in await desk.store.read(reading.sources)}
            assert after["a"].next_poll_at == now + timedelta(seconds=300)
            assert after["a"].next_why == "in 5 min: `max` of [polling] is that now"
            for name in "bcd":
                assert after[name].next_poll_at == rows[name].next_poll_at

    asyncio.run(story())


# -- reading it again -------------------------------------------------------------------------

TOML = """
[source.a]
url = "http://127.0.0.1/a"
[rule]
fire = "fire"
"""


class Reader:
    """Reloads over a store, and the plans it handed on."""

    def __init__(self, path: Path) -> None:
        self.file = path / "config.toml"
        self.file.write_text(TOML)
        self.store = SqliteStore(path / "db", ManualClock())
        self.reloads = Reloads(config=read(self.file, {}), store=self.store)
        self.taken: list[Config] = []
        self.fails = False

    async def take(self, config: Config) -> None:
        if self.fails:
            raise StoreError("the disk is full")
        self.taken.append(config)

    async def reads(self, text: str) -> Service:
        self.file.write_text(text)
        before = await self.noted()
        self.reloads.asked.set()
        while (now := await self.noted()).reads == before.reads:
            await asyncio.sleep(0.01)
        return now

    async def noted(self) -> Service:
        while (found := await self.store.read(services.read)) is None:
            await asyncio.sleep(0.01)
        return found


def test_a_good_file_is_handed_on_and_a_bad_one_leaves_the_old_in_effect(tmp_path: Path) -> None:
    async def story() -> None:
        reader = Reader(tmp_path)
        following = asyncio.create_task(reader.reloads.follow(reader.take))
        try:
            first = await reader.noted()
            assert (first.reads, first.config, first.refused) == (1, str(reader.file), "")
            good = await reader.reads(TOML + 'flood = "flood"\n')
            assert (good.refused, good.rules) == ("", ("flood",))
            assert good.changed == "rules: 1 new (flood)"
            bad = await reader.reads(TOML + 'flood = "(flood"\n')
            assert bad.refused.startswith(f"{reader.file}:6:10: ")
            assert (bad.changed, len(reader.taken)) == (good.changed, 1)
            assert reader.reloads.why().startswith(f"{reader.file}:6:10: ")
            untrue = await reader.reads(TOML + '[rule.b]\nquery = "b"\nrings = ["c"]\n')
            assert ":8:10: rule 'b': rings" in untrue.refused
            reader.fails = True
            assert (await reader.reads(TOML)).refused == "the disk is full"
            assert (
                "config.toml is not in effect yet: the disk is full; it is tried again"
                in reader.reloads.why()
            )
            reader.fails = False
            while (mended := await reader.noted()).refused:  # nobody asks again
                await asyncio.sleep(0.01)
            assert len(reader.taken) == 2
            assert (mended.refused, mended.changed, reader.reloads.why()) == ("", "rules: 1 gone (flood)", "")
        finally:
            following.cancel()
            reader.store.close()

    asyncio.run(story())


def test_a_reload_while_another_process_holds_the_store_takes_effect_once_it_lets_go(
    hooked: Site, tmp_path: Path
) -> None:
    async def story() -> None:
        reader = Reader(tmp_path)
        store = reader.store
        await store.database.write(lambda _: None)
        following = asyncio.create_task(
            reader.reloads.follow(lambda _: store.sync(sources=[feed(hooked, "b")]))
        )
        try:
            await reader.noted()
            store.database._locked = True  # it has waited its 30 s already
            with closing(sqlite3.connect(tmp_path / "db", isolation_level=None)) as other, other:
                other.execute("begin immediate")
                reader.file.write_text(TOML + 'flood = "flood"\n')
                reader.reloads.asked.set()
                while not reader.reloads.why():
                    await asyncio.sleep(0.01)
                other.execute("rollback")
            while not (now := await reader.noted()).changed:
                await asyncio.sleep(0.01)
            assert (now.changed, now.reads, reader.reloads.why()) == ("rules: 1 new (flood)", 2, "")
            assert [row.name for row in await store.read(reading.sources)] == ["b"]
        finally:
            following.cancel()
            store.close()

    asyncio.run(story())


def test_what_another_configuration_changes_is_told_in_a_sentence(tmp_path: Path) -> None:
    def config(text: str) -> Config:
        (tmp_path / "config.toml").write_text(text)
        return read(tmp_path / "config.toml", {})

    old = config(TOML)
    assert changed(old, old).sentence == "nothing changed"
    other = config(
        TOML.replace("/a", "/b") + '[source.c]\nurl = "http://127.0.0.1/c"\n[polling]\nmin = "2m"\n'
        '[store]\nurl = "sqlite:///else.db"\n[notify.desk]\nurl = "http://127.0.0.1/hook"\n'
        '[route.loud]\nnotify = ["desk"]\n'
    )
    assert changed(old, other).sentence == (
        "sources: 1 new (c), 1 changed (a); routes: 1 new (loud); notifiers: 1 new (desk); settings that hold for all changed;"
        " [store] url from the next start on"
    )


def test_another_proxy_or_header_of_a_notifier_is_a_change_that_is_told(tmp_path: Path) -> None:
    def with_keys(keys: str) -> Config:
        (tmp_path / "config.toml").write_text(f'{TOML}[notify.desk]\nurl = "http://127.0.0.1/hook"\n{keys}\n')
        return read(tmp_path / "config.toml", {})

    plain = with_keys("")
    proxied, other = (with_keys(f'proxy = "http://127.0.0.1:{port}"') for port in (1, 2))
    for old, new in (
        (plain, proxied),
        (proxied, other),
        (plain, with_keys('headers = { x-desk = "s3cret" }')),
    ):
        assert changed(old, new).sentence == "notifiers: 1 changed (desk)"
    assert changed(proxied, proxied).sentence == "nothing changed"


def test_a_loop_that_stands_still_is_known_by_its_name() -> None:
    now = [0.0]
    pulse = Pulse(clock=lambda: now[0])
    pulse.beat("poll", within=40)
    pulse.beat("notify.desk", within=40)
    now[0] = 30
    pulse.beat("notify.desk", within=40)
    assert pulse.still() == {}
    now[0] = 50
    assert pulse.still() == {"poll": 50}
    pulse.end("poll")
    assert pulse.still() == {}
