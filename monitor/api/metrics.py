"""What is exported to Prometheus: counts of this process, and what is stored.

No label grows with items or addresses: sources and notifiers are those of the configuration, all else is fixed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from monitor.api.office import Watched
from monitor.api.tally import Histogram, Tally
from monitor.store import SourceRow
from monitor.store.sqlite.asked.numbers import Snapshot
from monitor.values import dataclass

REMOVED = "(removed)"  # stands for all notifiers that are configured no more
STATES = ("new", "ok", "failing", "refused", "gone", "paused")
HUBS = ("asked", "active", "silent", "denied")
TELLING = ("due", "retrying", "held", "sent", "dead")
OWED = frozenset(("due", "retrying"))  # what is held is kept back on purpose
UP = {"ok": 1, "failing": 0, "refused": 0, "gone": 0}  # a new or paused source is neither


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """What one scrape goes by."""

    snapshot: Snapshot
    tally: Tally
    watched: Watched
    now: datetime
    version: str
    runs: bool  # its loops do, each of them
    clients: int  # of the stream


def exposed(scrape: Scrape, accept: str) -> tuple[bytes, str]:
    """Return all metrics and their content type: OpenMetrics where it is asked for, else the text format."""
    registry = CollectorRegistry()
    registry.register(_Given(families(scrape)))
    ProcessCollector(registry=registry)
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):  # a version that is none breaks it
        encode, content_type = choose_encoder("")
    return encode(registry), content_type


class _Given(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = list(found)

    def collect(self) -> Iterable[Metric]:
        return self._found


def families(scrape: Scrape) -> Iterator[Metric]:
    """Yield every metric of ours; docs/metrics.md says what each means."""
    yield InfoMetricFamily("newsbell_build", "The version that runs.", {"version": scrape.version})
    yield from _process(scrape)
    yield from _sources(scrape)
    yield from _deliveries(scrape)
    yield from _store(scrape)


# -- this process -----------------------------------------------------------------------------


def _process(scrape: Scrape) -> Iterator[Metric]:
    tally = scrape.tally
    yield GaugeMetricFamily("newsbell_ready", "1 while the loops run.", float(scrape.runs))
    polls = CounterMetricFamily(
        "newsbell_polls", "Polls that were committed, by outcome.", labels=["outcome"]
    )
    for outcome in ("ok", "not_modified", "failing", "refused", "gone"):
        polls.add_metric([outcome], tally.polls[outcome])
    yield polls
    items = CounterMetricFamily(
        "newsbell_items", "Items that polls and pushes brought, new or edited.", labels=["change"]
    )
    for change in ("new", "edited"):
        items.add_metric([change], tally.items[change])
    yield items
    yield CounterMetricFamily(
        "newsbell_alerts", "Alerts that rang for what polls and pushes brought.", tally.alerts
    )
    yield CounterMetricFamily(
        "newsbell_gaps", "Polls that had nothing in common with the one before.", tally.gaps
    )
    yield CounterMetricFamily(
        "newsbell_store_troubles", "Times the store could not do something.", tally.troubles
    )
    pushes = CounterMetricFamily("newsbell_pushes", "What hubs pushed, by outcome.", labels=["outcome"])
    for outcome in ("taken", "unreadable", "forged", "later"):
        pushes.add_metric([outcome], tally.pushes[outcome])
    yield pushes
    yield _histogram(
        "newsbell_item_delay_seconds",
        "From an item's stated date until it was seen.",
        [([], tally.item_delay)],
    )
    requests = CounterMetricFamily(
        "newsbell_http_requests", "Requests to this API.", labels=["route", "status"]
    )
    for (route, status), number in sorted(tally.requests.copy().items()):  # the loop goes on counting
        requests.add_metric([route, status], number)
    yield requests
    yield GaugeMetricFamily("newsbell_stream_clients", "Who listens to the stream now.", scrape.clients)


def _histogram(
    name: str, about: str, found: Iterable[tuple[list[str], Histogram]], labels: list[str] | None = None
) -> Metric:
    family = HistogramMetricFamily(name, about, labels=labels or [])
    for values, one in found:
        family.add_metric(values, one.cumulative(), one.sum)
    return family


# -- sources ----------------------------------------------------------------------------------


def _sources(scrape: Scrape) -> Iterator[Metric]:
    rows = scrape.snapshot.sources
    states = GaugeMetricFamily("newsbell_sources", "Sources, by state.", labels=["state"])
    found = Counter(row.state for row in rows)
    for state in STATES:
        states.add_metric([state], found[state])
    yield states
    yield _of_each(rows, "newsbell_source_up", "1 if its last poll went well.", lambda row: UP.get(row.state))
    yield _of_each(rows, "newsbell_source_failures", "Polls in a row that failed.", lambda row: row.failures)
    yield _of_each(rows, "newsbell_source_items", "Items of it that are stored.", lambda row: row.items)
    yield _of_each(
        rows,
        "newsbell_source_last_success_timestamp_seconds",
        "When it last answered well.",
        lambda row: _seconds(row.last_ok_at),
    )
    yield _of_each(
        rows,
        "newsbell_source_next_poll_timestamp_seconds",
        "When it is polled next.",
        lambda row: _seconds(row.next_poll_at),
    )
    hubs = GaugeMetricFamily(
        "newsbell_subscriptions", "Sources with a hub, by how it stands.", labels=["state"]
    )
    agreed = Counter("silent" if it.silent_at else it.state for it in (r.subscription for r in rows) if it)
    for state in HUBS:
        hubs.add_metric([state], agreed[state])
    yield hubs
    due = scrape.snapshot.next_poll_at
    late = max(0.0, (scrape.now - due).total_seconds()) if due else 0.0
    yield GaugeMetricFamily("newsbell_poll_overdue_seconds", "How late the first due poll is.", late)


def _of_each(
    rows: Iterable[SourceRow], name: str, about: str, value: Callable[[SourceRow], float | None]
) -> Metric:
    family = GaugeMetricFamily(name, about, labels=["source"])
    for row in rows:
        if (said := value(row)) is not None:
            family.add_metric([row.name], said)
    return family


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


# -- telling ----------------------------------------------------------------------------------


def _deliveries(scrape: Scrape) -> Iterator[Metric]:
    names = scrape.watched.notifiers
    counts: Counter[tuple[str, str]] = Counter()
    oldest: dict[str, float] = {}
    for one in scrape.snapshot.deliveries:
        name = one.notifier if one.notifier in names else REMOVED
        counts[name, one.state] += one.count
        if one.state in OWED:
            oldest[name] = min(oldest.get(name, one.oldest_at.timestamp()), one.oldest_at.timestamp())
    stored = GaugeMetricFamily(
        "newsbell_deliveries", "Deliveries that are stored, by state.", labels=["notifier", "state"]
    )
    for name in (*names, REMOVED):
        for state in TELLING:
            if name != REMOVED or counts[name, state]:
                stored.add_metric([name, state], counts[name, state])
    yield stored
    waiting = GaugeMetricFamily(
        "newsbell_delivery_oldest_waiting_timestamp_seconds",
        "When the oldest delivery became due that is not told yet.",
        labels=["notifier"],
    )
    for name, at in sorted(oldest.items()):
        waiting.add_metric([name], at)
    yield waiting
    up = GaugeMetricFamily("newsbell_receiver_up", "0 while its receiver is in trouble.", labels=["notifier"])
    for name in names:
        up.add_metric([name], float(name not in scrape.snapshot.down))
    yield up
    yield from _attempts(scrape)


def _attempts(scrape: Scrape) -> Iterator[Metric]:
    names, tally = scrape.watched.notifiers, scrape.tally
    attempts = CounterMetricFamily(
        "newsbell_attempts", "Attempts to tell somebody, by outcome.", labels=["notifier", "outcome"]
    )
    for name in names:
        for outcome in ("sent", "receiver", "delivery", "gone"):
            attempts.add_metric([name, outcome], tally.attempts[name, outcome])
    yield attempts
    told = [([name], tally.tell_delay[name]) for name in names if name in tally.tell_delay]
    yield _histogram(
        "newsbell_delivery_delay_seconds", "From an alert until it was told.", told, labels=["notifier"]
    )


# -- the store --------------------------------------------------------------------------------


def _store(scrape: Scrape) -> Iterator[Metric]:
    snapshot = scrape.snapshot
    yield GaugeMetricFamily("newsbell_stored_items", "Items that are stored.", snapshot.totals.items)
    yield GaugeMetricFamily("newsbell_stored_alerts", "Alerts that are stored.", snapshot.totals.alerts)
    size = GaugeMetricFamily("newsbell_store_bytes", "The database on disk.", labels=["file"])
    size.add_metric(["database"], snapshot.bytes)
    size.add_metric(["log"], snapshot.log_bytes)
    yield size
