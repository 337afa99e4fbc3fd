"""The routes, behind the guard."""

import asyncio
from collections.abc import Collection, Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.api import changing, health, openapi, pages, push, resources, stream
from monitor.api.answer import Json, office_of
from monitor.api.asked import NO_CURSOR, Mistake
from monitor.api.changing import Refusal
from monitor.api.guard import Guard
from monitor.api.office import Office
from monitor.store import StoreError
from monitor.store.sqlite.asked import numbers
from monitor.store.sqlite.asked.reading import NotThere


def application(office: Office, hosts: Collection[str] | None) -> ASGIApp:
    """Return what answers requests; `hosts` as the guard takes them.

    The guard stands within Starlette, whose own answer to what breaks would come before it otherwise.
    """
    app = Starlette(
        routes=ROUTES,
        middleware=[Middleware(Guard, office.tally, hosts)],
        exception_handlers={
            HTTPException: _refused,
            Mistake: _mistaken,
            NotThere: _no_cursor,
            Refusal: _not_allowed,
            StoreError: _unread,
            ClientDisconnect: _gone,
        },
    )
    app.state.office = office
    app.router.redirect_slashes = False  # or what ends in one too many is answered 307, and no JSON
    return app


async def healthz(request: Request) -> Response:
    """Tell whether it is alive."""
    found = await health.live(office_of(request))
    return Json(health.as_json((found,)), 200 if found.good else 503)


async def readyz(request: Request) -> Response:
    """Tell whether it watches and tells."""
    found = await health.ready(office_of(request))
    return Json(health.as_json(found), 200 if all(check.good for check in found) else 503)


async def metrics(request: Request) -> Response:
    """Export all metrics."""
    from monitor.api.metrics import Scrape, exposed  # half of what a daemon with [api] spends at its start

    office = office_of(request)
    scrape = Scrape(
        snapshot=await office.quick.read(numbers.snapshot),
        tally=office.tally,
        watched=office.watched(),
        now=office.clock.now(),
        version=office.version,
        runs=health.running(office).good,
        clients=office.clients,
    )
    # ten thousand sources are a second of writing: not on the daemon's loop
    body, content_type = await asyncio.to_thread(exposed, scrape, request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})


async def described(request: Request) -> Response:
    """Describe this API."""
    return Json(openapi.document(office_of(request).version))


ROUTES = (
    Route("/", pages.wall),
    Route("/wall.css", pages.style),
    Route("/wall.js", pages.script),
    Route("/icon.svg", pages.icon),
    Route("/healthz", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
    Route("/push/{name}", push.push, methods=["GET", "POST"]),
    Route("/api/v1/openapi.json", described),
    Route("/api/v1/items", resources.items),
    Route("/api/v1/alerts", resources.alerts),
    Route("/api/v1/deliveries", resources.deliveries),
    Route("/api/v1/latencies", resources.latencies),
    Route("/api/v1/sources", resources.sources),
    Route("/api/v1/why", resources.why),
    Route("/api/v1/wire", resources.on_the_wire),
    Route("/api/v1/stream", stream.stream),
    Route("/api/v1/replay", changing.replay, methods=["POST"]),
    Route("/api/v1/silences", changing.silences, methods=["GET", "POST"]),
    Route("/api/v1/silences/{id}", changing.end, methods=["DELETE"]),
    Route("/api/v1/acks", changing.ack, methods=["POST"]),
)

# -- what goes wrong --------------------------------------------------------------------------

SENTENCES: Mapping[int, str] = {404: "there is no such thing here", 405: "this takes no such method"}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json({"error": SENTENCES.get(error.status_code, error.detail)}, error.status_code, error.headers)


async def _mistaken(request: Request, error: Exception) -> Response:
    return Json({"error": str(error)}, 400)


async def _no_cursor(request: Request, error: Exception) -> Response:
    return Json({"error": NO_CURSOR}, 400)


async def _not_allowed(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return Json({"error": str(error)}, error.status, headers)


async def _unread(request: Request, error: Exception) -> Response:
    return Json({"error": str(error)}, 503)


async def _gone(request: Request, error: Exception) -> Response:
    return Json({"error": "the request broke off"}, 400)
