"""The routes, behind the guard."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from monitor.api import health, questions
from monitor.api.guard import Guard
from monitor.api.office import Office
from monitor.store import StoreError


def application(office: Office, hosts: Collection[str] | None) -> ASGIApp:
    """Return what answers requests; `hosts` as the guard takes them."""
    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
        ],
        exception_handlers={HTTPException: _refused, StoreError: _unread, ClientDisconnect: _gone},
    )
    app.state.office = office
    return Guard(app, office.tally, hosts)


class Json(JSONResponse):
    """JSON as the commands print it: one line, in UTF-8."""

    def render(self, content: Any) -> bytes:
        """Encode."""
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def office_of(request: Request) -> Office:
    """Return what a route has at hand."""
    office: Office = request.app.state.office
    return office


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
        snapshot=await office.reader.read(questions.snapshot),
        tally=office.tally,
        watched=office.watched(),
        now=office.clock.now(),
        version=office.version,
        clients=office.clients,
    )
    body, content_type = exposed(scrape, request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})


# -- what goes wrong --------------------------------------------------------------------------

SENTENCES: Mapping[int, str] = {404: "there is no such thing here", 405: "this takes no such method"}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Json({"error": SENTENCES.get(error.status_code, error.detail)}, error.status_code, error.headers)


async def _unread(request: Request, error: Exception) -> Response:
    return Json({"error": str(error)}, 503)


async def _gone(request: Request, error: Exception) -> Response:
    return Json({"error": "the request broke off"}, 400)
