"""A site is rebuilt: the page answers 200, and the daemon says that its selectors drift, and which would read it."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from monitor.daemon.plan import Plan
from monitor.model import Source
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import Daemon
from tests.virtual import ManualClock

HEADLINES = [f"Report number {n} on what the ministers have said" for n in "ABCDEFGH"]
SELECT = {"item": "li.news", "time": ".time", "title": "h3", "link": "a@href"}


def old(count: int = 8) -> bytes:
    rows = "".join(
        f'<li class="news"><span class="time">1{9 - n}:00</span><h3><a href="/{n}">{headline}</a></h3></li>'
        for n, headline in enumerate(HEADLINES[:count])
    )
    return f"<!doctype html><html><body><ul>{rows}</ul><i>{count}</i></body></html>".encode()


def rebuilt() -> bytes:
    rows = "".join(
        f'<div data-testid="story"><time>1{9 - n}:00</time><a href="/new/{n}"><h4>{headline}</h4></a></div>'
        for n, headline in enumerate(HEADLINES)
    )
    return f"<!doctype html><html><body><main><section>{rows}</section></main></body></html>".encode()


@pytest.fixture
def source(site: Site) -> Source:
    return Source(
        name="desk", url=f"{site.url}/page", kind="page", options={"select": SELECT}, every=60, pinned=True
    )


def run(story: Any, source: Source, path: Path) -> None:
    async def all_of_it() -> None:
        async with Daemon(Plan(sources=(source,), rules=(), notifiers={}), path, ManualClock()) as daemon:
            await story(daemon)

    asyncio.run(all_of_it())


def drifts(store_rows: Any) -> list[str]:
    return [alert.sentence for alert in store_rows if alert.type.value == "source.drifting"]


def test_a_rebuilt_page_is_failing_and_drifting_and_told_once_with_new_selectors(
    site: Site, source: Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def story(daemon: Daemon) -> None:
        for count in (5, 6, 7, 8):
            site.pages["/page"] = (200, {"Content-Type": "text/html"}, old(count))
            await daemon.after(61)
        site.pages["/page"] = (200, {"Content-Type": "text/html"}, rebuilt())
        await daemon.after(300)
        [row] = await daemon.ask(reading.sources)
        assert row.state == "failing"
        assert row.error.startswith("the selectors find nothing")
        [said] = drifts(await daemon.ask(reading.alerts, limit=50))
        assert "no rows where there were usually" in said
        assert "these would read 8 rows" in said
        assert "item = '[data-testid=\"story\"]'" in said

    run(story, source, tmp_path / "db")
    assert sum("its selectors drift" in record.message for record in caplog.records) == 1


def test_corrected_selectors_read_the_same_body_at_once(site: Site, source: Source, tmp_path: Path) -> None:
    site.pages["/page"] = (200, {"Content-Type": "text/html", "ETag": '"1"'}, old())
    run(lambda daemon: daemon.after(61), source, tmp_path / "db")
    other = {**SELECT, "summary": "h3"}
    changed = Source(
        name="desk", url=source.url, kind="page", options={"select": other}, every=60, pinned=True
    )

    async def story(daemon: Daemon) -> None:
        await daemon.after(121)
        items = await daemon.ask(reading.items, limit=50)
        assert all(item.summary for item in items)

    run(story, changed, tmp_path / "db")


def test_the_shape_of_a_page_outlives_the_daemon(site: Site, source: Source, tmp_path: Path) -> None:
    site.pages["/page"] = (200, {"Content-Type": "text/html"}, old())
    run(lambda daemon: daemon.after(61), source, tmp_path / "db")

    async def claimed() -> None:
        clock = ManualClock()
        clock.advance(3_600)
        store = SqliteStore(tmp_path / "db", clock)
        await store.sync(sources=[source])
        [claim] = await store.claim_due(limit=1)
        store.close()
        assert (claim.shape.bodies, claim.shape.rows, claim.shape.dated, claim.shape.linked) == (
            1,
            8.0,
            1.0,
            1.0,
        )

    asyncio.run(claimed())
