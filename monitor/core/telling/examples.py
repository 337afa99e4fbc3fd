"""Alerts as they may come: to show what somebody would be told, and to try a template on."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from monitor.core.items import identity
from monitor.core.telling import digests
from monitor.core.telling.notices import notice
from monitor.model import Alert, AlertType, Also, Delivery, Edit, Item, Published, Severity, Span


def delivery(alert: Alert, notifier: str) -> Delivery:
    """Return the delivery of an alert that is told at once."""
    return Delivery(
        id=identity.delivery_id(alert.id, notifier), alert=alert, notifier=notifier, created_at=alert.at
    )


def of_each_sort(now: datetime, zone: tzinfo) -> tuple[Alert, ...]:
    """Return alerts that differ in what they have: an item of a story, an edited one, none at all, a digest."""
    story = of_an_item(now)
    alone = replace(
        story, also_in=(), edit=Edit(title="Dam at Example River holds", summary="", kind="state")
    )
    news = notice(AlertType.SOURCE_FAILING, "example", "example-wire failed 3 times in a row", at=now)
    return story, alone, news, digests.digest([story, news], "quiet", "example", now=now, zone=zone)


def of_an_item(now: datetime) -> Alert:
    """Return an alert of an item that was published two minutes before `now`, and of which another source tells too."""
    at = now - timedelta(minutes=2)
    item = Item(
        id=identity.make_id("example"),
        source="example-wire",
        title="Dam at Example River fails, 12 villages evacuated",
        summary="Water broke through the northern wall shortly after noon, says the governor.",
        url="https://news.example/2026/dam-fails",
        tags=("example",),
        publisher="news.example",
        published=Published(earliest=at, latest=at, origin="stated"),
        first_seen_at=now,
    )
    return Alert(
        id=identity.alert_id("example"),
        type=AlertType.CREATED,
        dedupe="example",
        at=now,
        severity=Severity.CRITICAL,
        rule="dams",
        item=item,
        spans=(Span(field="title", start=0, end=3), Span(field="title", start=21, end=26)),
        source=item.source,
        also_in=(
            Also(
                source="other", publisher="other.example", url="https://other.example/1", title="Dam bursts"
            ),
        ),
        publishers=2,
    )
