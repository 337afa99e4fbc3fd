"""Who is told, and when, in the daemon: a site, a store and receivers that are real, a clock that is moved."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.core.telling.matchers import parse
from monitor.daemon.plan import Plan
from monitor.model import Access, Hearing, Inhibition, Route, Rule, Secret, Severity
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import Daemon, plan, rss, run
from tests.virtual import ManualClock

FIRE = Rule(name="fire", query="fire")
FLOOD = Rule(name="flood", query="flood", severity=Severity.CRITICAL)


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock()


def two(site: Site, *rules: Rule, routes: tuple[Route, ...] = ()) -> Plan:
    """Return a plan that tells a desk and a phone."""
    site.pages["/rss"] = (200, {}, rss("a: old"))
    site.pages["/desk"] = site.pages["/phone"] = (204, {}, b"")
    notifiers = {name: Webhook(url=Secret(f"{site.url}/{name}")) for name in ("desk", "phone")}
    return replace(plan(site, *rules, notifiers=notifiers), routes=routes)


def asked(site: Site) -> list[str]:
    return [one.path for one in site.requests if one.path != "/rss"]


def test_an_alert_goes_where_its_route_leads(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    loud = Route(name="loud", matchers=(parse("severity=critical"),), notify=("phone",))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/rss"] = (200, {}, rss("b: flood", "a: old"))
        await daemon.after(60)
        assert asked(site) == ["/phone"]
        site.pages["/rss"] = (200, {}, rss("c: fire", "b: flood", "a: old"))
        await daemon.after(60)
        assert sorted(asked(site)[1:]) == ["/desk", "/phone"]

    run(two(site, FIRE, FLOOD, routes=(loud,)), tmp_path, virtual, story)


def test_the_others_hear_of_a_receiver_in_the_transaction_that_writes_it(
    site: Site, tmp_path: Path, virtual: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """That it is gone is seen once: both are written, or neither, and made up for as soon as the store takes them."""

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/desk"] = (410, {}, b"")
        await daemon.store.database.write(
            lambda connection: connection.execute(
                "create trigger no before insert on alerts when new.type = 'receiver.disabled'"
                " begin select raise(abort, 'no'); end"
            )
        )
        site.pages["/rss"] = (200, {}, rss("b: flood", "a: old"))
        going = asyncio.create_task(daemon.after(60))
        while not any("desk: " in one.getMessage() for one in caplog.records):
            await asyncio.sleep(0.01)
        [row] = await daemon.store.database.read(
            lambda connection: connection.execute(
                "select count(*) from receivers where disabled_at"
            ).fetchone()
        )
        assert row == 0
        await daemon.store.database.write(lambda connection: connection.execute("drop trigger no"))
        await going
        assert types(site) == ["alert.created", "receiver.disabled"]

    run(two(site, FLOOD), tmp_path, virtual, story)


# -- what inhibits what -----------------------------------------------------------------------------------------

MINOR = Inhibition(
    name="minor", source=(parse("severity=critical"),), target=(parse("severity!=critical"),), within=1_800.0
)


def test_what_is_minor_is_held_after_what_is_loud_and_told_in_one_digest(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("b: fire at noon", "a: old"))
        await daemon.after(60)
        site.pages["/rss"] = (200, {}, rss("c: flood", "b: fire at noon", "a: old"))
        await daemon.after(60)
        for number in (1, 2):
            more = [f"d{n}: fire {n}" for n in range(number, 0, -1)]
            site.pages["/rss"] = (200, {}, rss(*more, "c: flood", "b: fire at noon", "a: old"))
            await daemon.after(60)
        assert types(site) == types(site, "/desk") == ["alert.created"] * 2
        [loud] = [one for one in await daemon.ask(reading.alerts, limit=9) if one.rule == "flood"]
        held = await daemon.ask(reading.deliveries, limit=2, notifier="phone")
        assert {(one.state, one.reason, one.joins) for one in held} == {("held", "inhibited", loud.id)}
        assert {one.until for one in held} == {loud.at + timedelta(minutes=30)}
        await daemon.after(1_800)
        assert types(site) == ["alert.created"] * 2 + ["digest"]
        assert bodies(site)[2]["data"]["digest"]["count"] == 2

    run(replace(two(site, FIRE, FLOOD), inhibitions=(MINOR,)), tmp_path, virtual, story)


# -- quiet hours, digests, budgets ------------------------------------------------------------------------------

NIGHT = Hearing(quiet=(time(12, 1), time(13, 0)), quiet_except=Severity.CRITICAL)  # the clock starts at 12:00


def bodies(site: Site, path: str = "/phone") -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in site.requests if one.path == path]


def types(site: Site, path: str = "/phone") -> list[str]:
    return [body["type"] for body in bodies(site, path)]


def fires(*numbers: int) -> bytes:
    return rss(*[f"n{number}: fire {number} burns" for number in reversed(numbers)], "a: old")


def phone(site: Site, hearing: Hearing, *rules: Rule) -> Plan:
    return replace(two(site, *rules), hearing={"phone": hearing})


async def burn(site: Site, daemon: Daemon, count: int, *, first: int = 1) -> None:
    """Let `count` fires break out, one a poll."""
    for number in range(first, first + count):
        site.pages["/rss"] = (200, {}, fires(*range(1, number + 1)))
        await daemon.after(60)


def test_quiet_hours_hold_and_end_in_one_digest(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 3)
        assert (types(site, "/desk"), types(site)) == (["alert.created"] * 3, [])
        held = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        assert {(one.state, one.reason, one.until) for one in held} == {
            ("held", "quiet", datetime(2026, 3, 1, 13, tzinfo=UTC))
        }
        await daemon.after(3_600)
        assert types(site) == ["digest"]
        told = bodies(site)[0]["data"]
        assert told["digest"]["count"] == 3
        assert [one["title"] for one in told["digest"]["alerts"]] == [
            f"n{n}: fire {n} burns" for n in (1, 2, 3)
        ]
        assert told["sentence"].startswith("3 alerts in quiet hours, since 2026-03-01 12:0")
        [digest, *members] = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        assert {(one.state, one.reason, one.digest) for one in members} == {("sent", "", digest.id)}
        await burn(site, daemon, 1, first=4)
        assert types(site) == ["digest", "alert.created"]

    run(phone(site, NIGHT), tmp_path, virtual, story)


def test_what_is_excepted_rings_in_quiet_hours(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("c: fire", "b: flood", "a: old"))
        await daemon.after(60)
        assert [body["data"]["rule"] for body in bodies(site)] == ["flood"]

    run(phone(site, NIGHT, FIRE, FLOOD), tmp_path, virtual, story)


def test_a_digest_that_does_not_arrive_keeps_its_members_until_it_does(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 2)
        site.pages["/phone"] = (503, {}, b"")
        await daemon.after(3_600)
        [digest, *members] = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        assert digest.state == "retrying"
        assert {(one.state, one.digest) for one in members} == {("held", digest.id)}
        site.pages["/phone"] = (204, {}, b"")
        await daemon.after(600)
        rows = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        assert {one.state for one in rows} == {"sent"}
        ids = {one.headers["webhook-id"] for one in site.requests if one.path == "/phone"}
        assert ids == {digest.id}

    run(phone(site, NIGHT), tmp_path, virtual, story)


def test_what_waited_for_a_receiver_does_not_ring_in_its_quiet_hours(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    evening = replace(NIGHT, quiet=(time(12, 10), time(13, 0)))

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/phone"] = (503, {}, b"")
        await burn(site, daemon, 2)
        await daemon.after(540)
        tried = len(types(site))
        site.pages["/phone"] = (204, {}, b"")
        await daemon.after(1_800)
        assert len(types(site)) == tried
        await daemon.after(3_600)
        assert types(site)[tried:] == ["digest"]

    run(phone(site, evening), tmp_path, virtual, story)


def test_who_comes_back_in_quiet_hours_is_told_when_they_end(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 2)
        at, hearing = await _addresses(daemon), daemon.plan.hearing
        await daemon.store.sync(notifiers={"desk": at["desk"]})
        await burn(site, daemon, 1, first=3)
        await daemon.store.sync(notifiers=at, hearing=hearing)
        await daemon.after(60)
        assert types(site) == []
        assert await reasons(daemon) == {("held", "quiet")}
        await daemon.after(3_600)
        assert types(site) == ["digest"]
        assert bodies(site)[0]["data"]["digest"]["count"] == 3

    run(phone(site, NIGHT), tmp_path, virtual, story)


async def reasons(daemon: Daemon) -> set[tuple[str, str]]:
    held = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
    return {(one.state, one.reason) for one in held}


def test_who_is_well_again_in_quiet_hours_is_told_of_the_rest_when_they_end(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    async def story(daemon: Daemon) -> None:
        site.pages["/phone"] = (410, {}, b"")
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("f: flood", "a: old"))
        await daemon.after(60)
        site.pages["/rss"] = (200, {}, rss("n1: fire 1 burns", "f: flood", "a: old"))
        await daemon.after(60)
        assert await reasons(daemon) == {("held", "receiver-disabled")}
        site.pages["/phone"] = (204, {}, b"")
        await daemon.store.enable("phone")  # a good `check --notify`
        await daemon.after(60)
        assert [body["data"]["rule"] for body in bodies(site)[1:]] == ["flood"]
        assert await reasons(daemon) == {("sent", ""), ("held", "quiet")}
        await daemon.after(3_600)
        assert types(site)[-1] == "digest"

    run(phone(site, NIGHT, FIRE, FLOOD), tmp_path, virtual, story)


@pytest.mark.torture
def test_an_hourly_digest_tells_at_the_full_hour_and_the_rest_at_once(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    hourly = Hearing(hourly=True, digest_except=Severity.CRITICAL)

    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("c: fire", "b: flood", "a: old"))
        await daemon.after(60)
        assert [body["data"]["rule"] for body in bodies(site)] == ["flood"]
        await daemon.after(3_600)
        assert types(site) == ["alert.created", "digest"]
        assert bodies(site)[1]["timestamp"].startswith("2026-03-01T13:00:0")

    run(phone(site, hourly, FIRE, FLOOD), tmp_path, virtual, story)


def test_what_is_beyond_the_budget_comes_in_a_digest(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 5)
        assert types(site) == ["alert.created"] * 2
        held = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        assert [one.reason for one in held] == ["budget"] * 3 + [""] * 2
        assert (await daemon.ask(reading.totals)).held == 3
        await daemon.after(3_600)
        assert types(site) == ["alert.created"] * 2 + ["digest"]
        assert bodies(site)[2]["data"]["digest"]["count"] == 3

    run(phone(site, Hearing(budget=2, within=1_800.0)), tmp_path, virtual, story)


@pytest.mark.torture
def test_a_group_is_told_together_and_not_again_before_its_interval(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    grouped = Hearing(group_by="rule", group_wait=150.0, group_interval=1_200.0)

    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 3)
        await daemon.after(60)
        assert types(site) == ["digest"]
        assert bodies(site)[0]["data"]["digest"]["count"] == 3
        await burn(site, daemon, 1, first=4)
        await daemon.after(600)
        assert types(site) == ["digest"]
        await daemon.after(900)
        assert types(site) == ["digest", "alert.created"]  # one alone is told as it is

    run(phone(site, grouped), tmp_path, virtual, story)


def test_after_an_absence_what_came_meanwhile_is_summed_up_and_the_loud_ring(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    plan_ = two(site, FIRE, FLOOD)

    async def before(daemon: Daemon) -> None:
        await daemon.after(61)

    run(plan_, tmp_path, virtual, before)
    virtual.advance(7_200)
    site.pages["/rss"] = (200, {}, rss("f: flood", *[f"n{n}: fire {n}" for n in (4, 3, 2, 1)], "a: old"))

    async def after(daemon: Daemon) -> None:
        await daemon.after(120)
        assert sorted(types(site)) == ["alert.created", "digest"]
        [flood] = [body for body in bodies(site) if body["type"] == "alert.created"]
        [digest] = [body for body in bodies(site) if body["type"] == "digest"]
        assert flood["data"]["rule"] == "flood"
        assert "while you were away (2026-03-01 12:01 to 14:01)" in digest["data"]["sentence"]
        titles = [one["title"] for one in digest["data"]["digest"]["alerts"]]
        assert titles == [f"n{n}: fire {n}" for n in (1, 2, 3, 4)]
        site.pages["/rss"] = (200, {}, rss("z: fire", "f: flood", "a: old"))
        await daemon.after(60)
        assert types(site)[-1] == "alert.created"

    run(plan_, tmp_path, virtual, after)


@pytest.mark.torture
def test_a_few_that_came_in_an_absence_ring_one_by_one(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    plan_ = two(site)

    async def before(daemon: Daemon) -> None:
        await daemon.after(61)

    run(plan_, tmp_path, virtual, before)
    virtual.advance(7_200)
    site.pages["/rss"] = (200, {}, fires(1, 2))

    async def after(daemon: Daemon) -> None:
        await daemon.after(120)
        assert types(site) == ["alert.created"] * 2

    run(plan_, tmp_path, virtual, after)


def test_other_quiet_hours_are_heeded_at_once(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 2)
        assert types(site) == []
        await daemon.store.sync(notifiers=await _addresses(daemon))
        await daemon.after(60)
        assert types(site) == ["digest"]

    run(phone(site, NIGHT), tmp_path, virtual, story)


async def _addresses(daemon: Daemon) -> dict[str, str]:
    rows = await daemon.ask(lambda store: store.execute("select notifier, address from receivers").fetchall())
    return {row["notifier"]: row["address"] for row in rows}


def test_each_notifier_is_asked_with_its_own_headers(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    access = {"phone": Access(headers=(("x-desk", Secret("s3cret")),))}

    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        await burn(site, daemon, 1)
        sent = {one.path: one.headers.get("x-desk") for one in site.requests if one.path != "/rss"}
        assert sent == {"/phone": "s3cret", "/desk": None}

    run(replace(two(site, FIRE), access=access), tmp_path, virtual, story)


def test_what_a_receiver_chokes_on_holds_up_no_other(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    wanted = two(site, FIRE, FLOOD)
    site.pages["/phone"] = lambda one: (500 if b"poison" in one.body else 204, {}, b"")

    async def story(daemon: Daemon) -> None:
        await daemon.after(61)
        site.pages["/rss"] = (200, {}, rss("b: fire of poison", "a: old"))
        await daemon.after(60)
        good = ["c: fire", "d: fire", "e: flood", "f: fire"]
        site.pages["/rss"] = (200, {}, rss(*reversed(good), "b: fire of poison", "a: old"))
        await daemon.after(60)
        rows = await daemon.ask(reading.deliveries, limit=9, notifier="phone")
        poison = rows.pop()
        assert {one.state for one in rows} == {"sent"}
        assert (poison.state, poison.failures) == (
            "retrying",
            1,
        )  # it has stepped aside, as if it were refused
        assert poison.until is not None
        titles = [body["data"]["item"]["title"] for body in bodies(site)]
        tries = titles.count("b: fire of poison")
        assert [title for title in titles if title in good] == ["e: flood", "c: fire", "d: fire", "f: fire"]
        site.pages["/rss"] = (200, {}, rss("g: fire", *reversed(good), "b: fire of poison", "a: old"))
        await daemon.after(59)
        assert [body["data"]["item"]["title"] for body in bodies(site)][-1] == "g: fire"
        site.pages["/phone"] = (204, {}, b"")
        await daemon.after(600)
        ids = {
            one.headers["webhook-id"]
            for one in site.requests
            if b"poison" in one.body and one.path == "/phone"
        }
        assert ids == {poison.id}
        assert {one.state for one in await daemon.ask(reading.deliveries, limit=9)} == {"sent"}
        assert tries > 3

    run(wanted, tmp_path, virtual, story)
