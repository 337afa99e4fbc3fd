"""The whole line, real at each step: a site on loopback, parse children, a SQLite file, a receiver."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.cadence import Bounds
from monitor.core.decide import decide
from monitor.daemon.plan import Plan
from monitor.daemon.service import serve
from monitor.model import Advice, Claim, Rule, Secret, Severity, Source
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import history, reading
from tests.conftest import Answer, Asked, Site
from tests.virtual import ManualClock, run_until

Story = Callable[["Daemon"], Awaitable[None]]


def rss(*titles: str) -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{title.split(':')[0]}</guid><title>{title}</title></item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode()


class Daemon:
    """A daemon on a store, and the clock by which it lives."""

    def __init__(self, plan: Plan, path: Path, clock: ManualClock) -> None:
        self.plan, self.clock, self.store = plan, clock, SqliteStore(path, clock)
        self._stop = asyncio.Event()

    async def __aenter__(self) -> "Daemon":
        ready = asyncio.Event()
        serving = serve(
            self.plan, self.store, clock=self.clock, random=lambda: 0.0, stop=self._stop, ready=ready.set
        )
        self._task = asyncio.create_task(serving)
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([self._task, waiting], return_when=asyncio.FIRST_COMPLETED)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        await self._task
        self.store.close()

    async def after(self, seconds: float) -> None:
        """Return when all that falls due within `seconds` is done."""
        await run_until(self.clock.now() + timedelta(seconds=seconds), self.store, self.clock)

    async def ask(self, question: Callable[..., Any], **more: object) -> Any:
        return await self.store.read(question, **more)


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock()


def plan(site: Site, *rules: Rule, notifiers: dict[str, Any] | None = None, every: float = 60.0) -> Plan:
    source = Source(name="wire", url=f"{site.url}/rss", every=every, pinned=True)
    desk = {"desk": Webhook(url=Secret(f"{site.url}/hook"))}
    return Plan(
        sources=[source],
        rules=rules or (Rule(name="fire", query="fire"),),
        notifiers=desk if notifiers is None else notifiers,
        bounds=Bounds(min=1.0, max=3600.0),
    )


def run(plan: Plan, path: Path, clock: ManualClock, story: Story) -> None:
    async def telling() -> None:
        async with Daemon(plan, path / "newsbell.db", clock) as daemon:
            await story(daemon)

    asyncio.run(telling())


def told(site: Site, kind: str = "alert.created") -> list[str]:
    bodies = [json.loads(asked.body) for asked in site.requests if asked.path == "/hook"]
    return [body["data"]["item"]["title"] for body in bodies if body["type"] == kind]


def test_a_new_item_becomes_one_alert(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {"ETag": '"1"'}, rss("a: old fire", "b: budget"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        assert told(site) == []
        site.pages["/rss"] = (200, {"ETag": '"2"'}, rss("c: new fire", "a: old fire", "b: budget"))
        await daemon.after(61)
        assert told(site) == ["c: new fire"]
        await daemon.after(300)
        assert told(site) == ["c: new fire"]
        [row] = await daemon.ask(reading.sources)
        assert (row.state, row.items, row.baseline_items, row.baseline_matches) == ("ok", 3, 2, 1)

    run(plan(site), tmp_path, virtual, story)


def test_validators_are_sent_back_and_a_304_changes_nothing(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    def page(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.headers.get("if-none-match") == '"1"':
            return 304, {"ETag": '"1"'}, b""
        return 200, {"ETag": '"1"'}, rss("a: fire")

    site.pages["/rss"] = page

    async def story(daemon: Daemon) -> None:
        await daemon.after(190)
        sent = [asked.headers.get("if-none-match") for asked in site.requests]
        assert sent == [None, '"1"', '"1"', '"1"']
        [row] = await daemon.ask(reading.sources)
        assert (row.state, row.items) == ("ok", 1)

    run(plan(site), tmp_path, virtual, story)


def test_after_a_crash_before_the_commit_the_body_is_fetched_again_in_full(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """The validators of a body come with its items or not at all: else its items were lost to 304s."""
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {"ETag": '"1"'}, rss("a: old"))

    async def first(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {"ETag": '"2"'}, rss("b: fire", "a: old"))
        virtual.advance(60)
        await daemon.store.claim_due(limit=1)  # a worker that dies with the claim in its hands

    run(plan(site), tmp_path, virtual, first)

    async def second(daemon: Daemon) -> None:
        await daemon.after(1)
        assert told(site) == ["b: fire"]

    run(plan(site), tmp_path, virtual, second)
    assert site.requests[-2].headers.get("if-none-match") == '"1"'


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((403, {}, b""), "answered 403"),
        ((200, {}, b"<!DOCTYPE html><html><body>log in</body></html>"), "an HTML page, not a feed"),
        ((200, {}, b""), "an empty body"),
        ((500, {}, b""), "answered 500"),
    ],
)
def test_trouble_is_said_counted_and_ends(
    answer: tuple[int, dict[str, str], bytes], sentence: str, site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: old"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = answer
        await daemon.after(61)
        [row] = await daemon.ask(reading.sources)
        assert (row.state, row.failures) == ("failing", 1)
        assert sentence in row.error
        assert row.items == 1  # nothing is deleted, nothing is "0 new items"

        site.pages["/rss"] = (200, {}, rss("b: fire", "a: old"))
        await daemon.after(200)
        [row] = await daemon.ask(reading.sources)
        assert (row.state, row.failures, row.error) == ("ok", 0, "")
        assert told(site) == ["b: fire"]

    run(plan(site), tmp_path, virtual, story)


def test_retry_after_is_obeyed(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/rss"] = (429, {"Retry-After": "1800"}, b"")

    async def story(daemon: Daemon) -> None:
        await daemon.after(1799)
        assert len(site.requests) == 1
        await daemon.after(10)
        assert len(site.requests) == 2

    run(plan(site), tmp_path, virtual, story)


def test_a_410_is_asked_no_more(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/rss"] = (410, {}, b"")

    async def story(daemon: Daemon) -> None:
        await daemon.after(100_000)
        assert len(site.requests) == 1
        [row] = await daemon.ask(reading.sources)
        assert (row.state, row.next_poll_at, row.next_why) == ("gone", None, "")

    run(plan(site), tmp_path, virtual, story)


def test_a_receiver_that_is_gone_is_told_nothing_more_and_the_others_hear_of_it(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    site.pages["/hook"] = (410, {}, b"")
    site.pages["/other"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: old"))
    both = {
        "desk": Webhook(url=Secret(f"{site.url}/hook")),
        "other": Webhook(url=Secret(f"{site.url}/other")),
    }

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("c: fire", "b: fire", "a: old"))
        await daemon.after(300)
        assert site.paths().count("/hook") == 1
        types = [json.loads(asked.body)["type"] for asked in site.requests if asked.path == "/other"]
        assert sorted(types) == ["alert.created", "alert.created", "receiver.disabled"]
        held = await daemon.ask(reading.deliveries, limit=9, notifier="desk")
        assert {(one.state, one.reason) for one in held} == {("held", "receiver-disabled")}

    run(plan(site, notifiers=both), tmp_path, virtual, story)

    changed = {**both, "desk": Webhook(url=Secret(f"{site.url}/hook2"))}
    site.pages["/hook2"] = (204, {}, b"")

    async def again(daemon: Daemon) -> None:
        await daemon.after(5)
        assert site.paths().count("/hook2") == 2

    run(plan(site, notifiers=changed), tmp_path, virtual, again)


def test_a_refused_delivery_steps_aside_and_blocks_nobody(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    ids: list[str] = []

    def hook(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        ids.append(asked.headers["webhook-id"])
        return (400 if b"bad" in asked.body else 204), {}, b""

    site.pages["/hook"] = hook
    site.pages["/rss"] = (200, {}, rss("a: old"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("c: good fire", "b: bad fire", "a: old"))
        await daemon.after(7201)
        assert told(site)[:2] == ["b: bad fire", "c: good fire"]
        await daemon.after(6)
        assert told(site)[2] == "b: bad fire"
        assert ids[0] == ids[2]
        await daemon.after(400_000)
        [dead] = await daemon.ask(reading.deliveries, limit=9, failed=True)
        assert (dead.state, dead.failures) == ("dead", 10)
        assert await daemon.store.replay([dead.id]) == 1
        site.pages["/hook"] = (204, {}, b"")
        await daemon.after(5)
        assert not await daemon.ask(reading.deliveries, limit=9, failed=True)

    run(plan(site, every=7200.0), tmp_path, virtual, story)


def test_critical_alerts_go_first(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: old"))
    rules = (Rule(name="fire", query="fire"), Rule(name="war", query="missile", severity=Severity.CRITICAL))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("d: missile", "c: fire", "b: fire", "a: old"))
        await daemon.after(65)
        assert told(site)[0] == "d: missile"
        assert sorted(told(site)) == ["b: fire", "c: fire", "d: missile"]

    run(plan(site, *rules), tmp_path, virtual, story)


def test_an_edit_that_makes_a_rule_match_rings(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: blast at the port"))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("a: blast and fire at the port"))
        await daemon.after(61)
        assert told(site) == ["a: blast and fire at the port"]
        [item] = await daemon.ask(reading.items, limit=9)
        [old] = await daemon.store.read(reading.revisions, item.id)
        assert (item.revision, old.title) == (2, "a: blast at the port")

    run(plan(site), tmp_path, virtual, story)


def test_a_feed_that_broke_off_is_asked_for_again_in_full(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """Without a Content-Length nobody sees that a body is half; its ETag must not make the rest a 304."""
    whole = rss("old", "Fire at the port", "Fire in the hills")
    half = whole[: whole.index(b"Fire in") + 4]
    bodies = iter([rss("old"), half])

    def page(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"half"':
            return 304, {"ETag": '"half"'}, b""
        body = next(bodies, whole)
        return 200, {"ETag": '"half"' if body is half else f'"{len(body)}"'}, body

    site.pages["/rss"] = page
    site.pages["/hook"] = (204, {}, b"")

    async def story() -> list[str]:
        async with Daemon(plan(site), tmp_path / "newsbell.db", virtual) as daemon:
            await daemon.after(200)
            items = await daemon.ask(reading.items, limit=9)
        return [item.title for item in items]

    titles = asyncio.run(story())
    assert {"Fire at the port", "Fire in the hills"} <= set(titles)


def test_a_source_that_fails_is_told_to_those_who_are_named_and_so_is_its_end(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: budget"))
    named = replace(plan(site), health=("desk",))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (503, {}, b"")
        await daemon.after(3600)
        site.pages["/rss"] = (200, {}, rss("a: budget"))
        await daemon.after(7200)
        bodies = [json.loads(asked.body) for asked in site.requests if asked.path == "/hook"]
        assert [(body["type"], body["data"]["source"]) for body in bodies] == [
            ("source.failing", "wire"),
            ("source.recovered", "wire"),
        ]
        assert bodies[0]["data"]["sentence"] == "wire: answered 503, 3 times in a row"
        kept = await daemon.ask(reading.alerts, limit=9)
        assert [str(alert.type) for alert in kept] == ["source.recovered", "source.failing"]

    run(named, tmp_path, virtual, story)


def test_a_feed_is_left_alone_in_the_hours_in_which_it_asks_for_it_and_says_so(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """What it asked for outlives the 304s after it, and the daemon."""
    first = virtual.now()
    hours = [(first + timedelta(hours=n)).hour for n in (1, 2)]
    skip = "".join(f"<hour>{hour}</hour>" for hour in hours)
    feed = rss("1: a").replace(b"<title>t", f"<ttl>15</ttl><skipHours>{skip}</skipHours><title>t".encode())

    polled: list[int] = []

    def page(asked: Asked) -> Answer:
        polled.append(virtual.now().hour)
        return (304, {}, b"") if asked.headers.get("if-none-match") else (200, {"ETag": '"a"'}, feed)

    site.pages["/rss"] = page
    pinned = plan(site)
    shared = replace(
        pinned,
        sources=[replace(pinned.sources[0], pinned=False, every=600.0)],
        bounds=Bounds(min=60.0, max=14_400.0),
    )

    async def story(daemon: Daemon) -> None:
        await daemon.after(9_000)
        [row] = await daemon.ask(reading.sources)
        assert row.advice == Advice(every=900.0, skip_hours=tuple(sorted(hours)))

    run(shared, tmp_path, virtual, story)
    run(shared, tmp_path, virtual, story)
    assert len(polled) > 10
    assert not set(polled) & set(hours)


def test_an_etag_may_lie_either_way_and_the_body_decides(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    """It changes while the body stays: nothing is read again, and that is counted. It stays while the body changes."""
    asked = iter(range(100))
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = lambda _: (200, {"ETag": f'"{next(asked)}"'}, rss("1: calm"))

    async def story(daemon: Daemon) -> None:
        for _ in range(3):
            await daemon.after(60)
        [hour] = await daemon.ask(history.polled, since=virtual.now() - timedelta(hours=1))
        assert (hour.polls, hour.same, hour.not_modified) == (4, 3, 0)
        assert (await daemon.ask(history.by_source, since=virtual.now()))["wire"].same == 3
        etag = '"always"'
        for title in ("2: fire", "3: fire"):
            site.pages["/rss"] = (200, {"ETag": etag}, rss(title, "1: calm"))
            await daemon.after(60)

    run(plan(site), tmp_path, virtual, story)
    assert told(site) == ["2: fire", "3: fire"]


def test_a_rule_rings_where_nothing_comes(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages["/hook"] = (204, {}, b"")
    site.pages["/rss"] = (200, {}, rss("a: old"))

    def types() -> list[str]:
        return [json.loads(asked.body)["type"] for asked in site.requests if asked.path == "/hook"]

    async def story(daemon: Daemon) -> None:
        await daemon.after(1_801)
        async with asyncio.timeout(10):
            while not types():
                await asyncio.sleep(0.05)
        site.pages["/rss"] = (200, {}, rss("b: fire", "a: old"))
        await daemon.after(61)
        assert types() == ["rule.absent", "rule.recovered"]

    run(plan(site, Rule(name="fire", query="fire", absent=1_800.0)), tmp_path, virtual, story)


def beside(plan: Plan, site: Site) -> Plan:
    """Return a plan with a second source, /bad."""
    bad = Source(name="bad", url=f"{site.url}/bad", every=60.0, pinned=True)
    return replace(plan, sources=[*plan.sources, bad])


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
def test_a_date_at_the_end_of_all_days_stops_nobody(
    site: Site, tmp_path: Path, virtual: ManualClock, date: str
) -> None:
    head, items = (
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>t</title>",
        0,
    )

    def page(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        nonlocal items
        items += 1
        item = f"<item><title>fire {items} of the end</title><dc:date>{date}</dc:date></item>"
        return 200, {}, f"{head}{item}</channel></rss>".encode()

    site.pages |= {"/hook": (204, {}, b""), "/bad": page, "/rss": (200, {}, rss("a: old fire"))}

    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("b: new fire", "a: old fire"))
        await daemon.after(61)
        assert sorted(told(site)) == ["b: new fire", "fire 2 of the end", "fire 3 of the end"]

    run(beside(plan(site), site), tmp_path, virtual, story)


def test_a_bug_is_the_trouble_of_one_source_and_of_no_other(
    site: Site, tmp_path: Path, virtual: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaking(claim: Claim, *rest: Any, **more: Any) -> Any:
        if claim.source.name == "bad":
            raise ZeroDivisionError
        return decide(claim, *rest, **more)

    monkeypatch.setattr("monitor.daemon.polling.settle.decide", breaking)
    site.pages |= {
        "/hook": (204, {}, b""),
        "/bad": (200, {}, rss("x: fire")),
        "/rss": (200, {}, rss("a: fire")),
    }

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("b: new fire", "a: fire"))
        await daemon.after(61)
        assert told(site) == ["b: new fire"]
        rows = {row.name: row for row in await daemon.ask(reading.sources)}
        assert (rows["wire"].state, rows["bad"].failures >= 1) == ("ok", True)
        assert rows["bad"].error == "Newsbell broke on what came; the log has the traceback"

    run(beside(plan(site), site), tmp_path, virtual, story)


def test_the_others_hear_of_a_receiver_that_is_away(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    site.pages |= {"/hook": (204, {}, b""), "/ops": (503, {}, b""), "/rss": (200, {}, rss("a: old"))}
    both = {
        name: Webhook(url=Secret(f"{site.url}/{path}")) for name, path in (("desk", "hook"), ("ops", "ops"))
    }

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("b: new fire", "a: old"))
        await daemon.after(1_800)
        heard = [json.loads(asked.body) for asked in site.requests if asked.path == "/hook"]
        assert [body["type"] for body in heard] == ["alert.created", "receiver.failing"]
        assert "ops cannot be told since" in heard[1]["data"]["sentence"]

    run(plan(site, notifiers=both), tmp_path, virtual, story)
