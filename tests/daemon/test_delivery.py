"""Who is told, and when, in the daemon: a site, a store and receivers that are real, a clock that is moved."""

from dataclasses import replace
from pathlib import Path

import pytest

from monitor.core.matchers import parse
from monitor.daemon.service import Plan
from monitor.model import Route, Rule, Secret, Severity
from monitor.notifiers.webhook import Webhook
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
