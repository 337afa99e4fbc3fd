"""Bare clock times through the whole line: a site, parse children, a SQLite file that a restart reads again."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor.core.cadence import Bounds
from monitor.daemon.plan import Plan
from monitor.model import Item, Rule, Secret, Source
from monitor.notifiers.webhook import Webhook
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import Daemon, run
from tests.virtual import ManualClock

MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 3, 1, 21, 50, tzinfo=UTC)  # 23:50 in Kyiv


@pytest.fixture
def virtual() -> ManualClock:
    return ManualClock(NIGHT)


def plan(site: Site, timezone: str) -> Plan:
    source = Source(name="list", url=f"{site.url}/rss", every=60.0, pinned=True, timezone=timezone)
    return Plan(
        sources=[source],
        rules=(Rule(name="fire", query="fire"),),
        notifiers={"desk": Webhook(url=Secret(f"{site.url}/hook"))},
        bounds=Bounds(min=1.0, max=3600.0),
    )


def show(site: Site, *rows: str, date: datetime | None = None, age: int | None = None) -> None:
    """Show a list of "15:44 headline"; nothing in it says of which day or zone."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{row}</guid><title>{row.partition(' ')[2]}</title>"
        f"<pubDate>{row.partition(' ')[0].replace(',', ' ')}</pubDate></item>"
        for row in rows
    )
    headers = {"Date": format_datetime(date, usegmt=True)} if date else {}
    headers |= {} if age is None else {"Age": str(age)}
    site.pages["/rss"] = (
        200,
        headers,
        f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode(),
    )


async def dated(daemon: Daemon) -> dict[str, Item]:
    return {item.title: item for item in await daemon.ask(reading.items, limit=99)}


@pytest.mark.torture
def test_a_list_of_clock_times_crosses_midnight_and_a_restart(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    site.pages["/hook"] = (204, {}, b"")
    show(site, "23:40 one", "23:10 two")

    async def before(daemon: Daemon) -> None:
        await daemon.after(1)

    async def after(daemon: Daemon) -> None:
        await daemon.after(11 * 60)  # 00:01
        show(site, "00:01 fire", "23:58 three", "23:40 one", "23:10 two")
        await daemon.after(61)
        found = await dated(daemon)
        assert {title: item.published.earliest for title, item in found.items()} == {
            "fire": NIGHT + 11 * MINUTE,
            "three": NIGHT + 8 * MINUTE,
            "one": NIGHT - 10 * MINUTE,
            "two": NIGHT - 40 * MINUTE,
        }
        assert all(item.published.zone == "Europe/Kyiv" for item in found.values())
        assert [title for title, item in found.items() if not item.published.sure] == ["one", "two"]

        show(site, "00:09 fire", "00:01 fire")  # the list moves on, what is stored keeps its date
        await daemon.after(24 * 3600)
        assert (await dated(daemon))["three"] == found["three"]

    asked = plan(site, "Europe/Kyiv")
    run(asked, tmp_path, virtual, before)
    run(asked, tmp_path, virtual, after)
    bodies = [json.loads(it.body) for it in site.requests if it.path == "/hook"]
    assert bodies[0]["data"]["item"]["published"] == {
        "earliest": "2026-03-01T22:01:00Z",
        "latest": "2026-03-01T22:01:59.999999Z",
        "origin": "stated",
        "zone": "Europe/Kyiv",
        "sure": True,
    }


@pytest.mark.torture
def test_what_is_learned_of_a_zone_outlives_a_restart(
    site: Site, tmp_path: Path, virtual: ManualClock
) -> None:
    site.pages["/hook"] = (204, {}, b"")

    def clock(back: int) -> str:
        return f"{virtual.now() + timedelta(hours=5, minutes=45) - back * MINUTE:%H:%M}"

    async def learn(daemon: Daemon) -> None:
        rows: list[str] = [f"{clock(5)} first"]
        show(site, *rows)
        await daemon.after(1)
        for n in range(3):
            await daemon.after(180)
            rows = [f"{clock(0)} n{n}", *rows]
            show(site, *rows)
            await daemon.after(61)
        assert [it.published.zone for it in (await dated(daemon)).values()][:3] == ["+05:45"] * 3

    async def use(daemon: Daemon) -> None:
        await daemon.after(8 * 3600)  # a night without news says nothing of a zone by itself
        written = virtual.now()
        show(site, f"{clock(0)} late")
        await daemon.after(61)
        found = (await dated(daemon))["late"].published
        assert (found.earliest, found.zone, found.sure) == (
            written.replace(second=0, microsecond=0),
            "+05:45",
            True,
        )

    asked = plan(site, "")
    run(asked, tmp_path, virtual, learn)
    run(asked, tmp_path, virtual, use)


@pytest.mark.parametrize("fast", [3, 50])
def test_what_has_no_date_is_first_seen_by_our_clock(
    site: Site, tmp_path: Path, virtual: ManualClock, fast: int
) -> None:
    show(site, "? one")

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        before = virtual.now()
        show(site, "? two", "? one", date=before + fast * MINUTE)
        await daemon.after(61)
        found = (await dated(daemon))["two"]
        assert found.published.origin == "first-seen"
        assert before - MINUTE <= found.published.earliest <= before
        assert found.published.latest == found.first_seen_at < before + 3 * MINUTE

    run(plan(site, ""), tmp_path, virtual, story)


def test_a_page_out_of_a_cache_is_as_old_as_its_age(site: Site, tmp_path: Path, virtual: ManualClock) -> None:
    """At 00:05 a cache shows what was "today" before midnight, and counts its minutes from then."""
    show(site, "? one")

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        await daemon.after(14 * 60)
        made = virtual.now() - 10 * MINUTE
        show(site, "сьогодні,23:50 two", "5min,ago three", "? one", date=made, age=600)
        await daemon.after(61)
        found = await dated(daemon)
        assert found["two"].published.earliest == NIGHT
        assert found["three"].published.latest <= made - 3 * MINUTE

    run(plan(site, "Europe/Kyiv"), tmp_path, virtual, story)
