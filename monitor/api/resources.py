"""What is stored, as JSON: the objects of the commands' `--json` (docs/json.md), page by page."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from monitor.answers import finding, life
from monitor.answers import latencies as latency
from monitor.answers.sources import source_json
from monitor.answers.wire import wire_json
from monitor.api.answer import Json, office_of
from monitor.api.asked import NO_CURSOR, USUAL, Asked, Mistake, cursor, place
from monitor.core.telling.render import alert_json, delivery_json, item_json
from monitor.model import JSON
from monitor.store.sqlite.asked import reading, wire

LOOKED_AT = 5_000  # items that one request for a query looks at; `next` leads on
WEEK = timedelta(days=7)
NAMES = 1_000  # sources in one answer

T = TypeVar("T")


async def items(request: Request) -> Response:
    """Items, newest first, or those that a query matches."""
    office, asked = office_of(request), _asked(request, "q", "source", "since", "limit", "cursor")
    query, limit = await office.query(asked, "q"), asked.number("limit", USUAL)
    said = asked.cursor("items")
    before = place(said)
    if said and before is None:
        raise Mistake(NO_CURSOR)
    if query is None:
        if asked.text("since"):
            raise Mistake("since: goes with q")
        rows = await office.reader.read(
            reading.items, limit=limit, before=before, source=asked.text("source")
        )
        after = rows[-1].seq if len(rows) == limit else None
    elif asked.text("source"):
        raise Mistake("source: does not go with q; write source:NAME in it")
    else:
        page = await office.reader.read(
            finding.page,
            query,
            office.clock.now(),
            limit=limit,
            most=LOOKED_AT,
            since=asked.instant("since"),
            before=before,
        )
        rows, after = list(page.items), page.before
    following = cursor("items", after) if after is not None else None
    return Json({"items": [item_json(row) for row in rows], "next": following})


async def alerts(request: Request) -> Response:
    """What rang, newest first."""
    asked = _asked(request, "since", "limit", "cursor")
    limit = asked.number("limit", USUAL)
    rows = await office_of(request).reader.read(
        reading.alerts, limit=limit, since=asked.instant("since"), before=asked.cursor("alerts")
    )
    return _page("alerts", rows, alert_json, limit)


async def deliveries(request: Request) -> Response:
    """What was told, newest first, and what became of it."""
    asked = _asked(request, "failed", "notifier", "alert", "since", "limit", "cursor")
    limit = asked.number("limit", USUAL)
    rows = await office_of(request).reader.read(
        reading.deliveries,
        limit=limit,
        failed=asked.truth("failed"),
        notifier=asked.text("notifier"),
        alert=asked.text("alert"),
        since=asked.instant("since"),
        before=asked.cursor("deliveries"),
    )
    return _page("deliveries", rows, delivery_json, limit)


async def latencies(request: Request) -> Response:
    """How long alerts took, by source and by notifier; of the last 7 days where `since` says no other."""
    office, asked = office_of(request), _asked(request, "since", "notifier")
    since = asked.instant("since") or office.clock.now() - WEEK
    found = await office.reader.read(latency.of, since, notifier=asked.text("notifier"))
    return Json({"latencies": [latency.as_json(one) for one in found]})


async def sources(request: Request) -> Response:
    """Sources, by name."""
    asked = _asked(request, "limit", "cursor")
    limit, after = asked.number("limit", NAMES, most=NAMES), asked.cursor("sources")
    rows = [row for row in await office_of(request).reader.read(reading.sources) if row.name > after][:limit]
    following = cursor("sources", rows[-1].name) if len(rows) == limit else None
    return Json({"sources": [source_json(row) for row in rows], "next": following})


async def why(request: Request) -> Response:
    """The whole life of what is meant: a source, an item, an alert."""
    office, what = office_of(request), _asked(request, "what").text("what")
    if not what.isprintable() or not any(char.isalnum() or not char.isascii() for char in what):
        raise Mistake("what: must be a source, an id, a URL or words of a headline")
    watched = office.watched()
    lives = await office.reader.read(life.of, what, watched.rules, watched.sources)
    return Json({"found": [life.as_json(one) for one in lives.found], "unseen": list(lives.unseen)})


async def on_the_wire(request: Request) -> Response:
    """The newest rows of the wire, lit, and where the stream goes on from them."""
    office, asked = office_of(request), _asked(request, "limit")
    lighting, limit = await office.lighting(), asked.number("limit", USUAL)
    end = await office.reader.read(
        reading.stream_end
    )  # first: what comes meanwhile comes again, never too late
    places = await office.reader.read(wire.places, limit)
    rows = await office.reader.read(lighting.rows, places.seq)
    shown = [wire_json(rows[seq]) for seq in reversed(places.seq) if seq in rows]
    return Json({"rows": shown, "cursor": str(end)})


def _asked(request: Request, *known: str) -> Asked:
    return Asked(request.query_params.multi_items(), known)


def _page(name: str, rows: Sequence[T], shape: "Callable[[T], dict[str, JSON]]", limit: int) -> Response:
    shown = [shape(row) for row in rows]
    following = cursor(name, shown[-1]["id"]) if len(rows) == limit else None
    return Json({name: shown, "next": following})
