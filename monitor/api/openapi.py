"""The OpenAPI description of the API (https://spec.openapis.org/oas/v3.1.1): what each route takes and gives."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.api.asked import MOST, QUERY, USUAL
from monitor.api.resources import NAMES
from monitor.api.stream import KIND

Schema = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
SECONDS: Schema = {"type": "number", "minimum": 0}
TRUTH: Schema = {"type": "boolean"}
INSTANT: Schema = {"type": "string", "format": "date-time"}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _object(**properties: Schema) -> dict[str, Any]:
    """Return an object that has all of these; later versions may add some."""
    named = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {"type": "object", "required": list(named), "properties": named}


def _sent(**properties: Schema) -> dict[str, Any]:
    """Return an object that a request sends: some of these, and nothing else."""
    named = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {"type": "object", "additionalProperties": False, "properties": named}


def _some(*words: str) -> Schema:
    return {"enum": list(words)}


SEVERITY = _some("info", "warning", "critical")
_ITEM: dict[str, Schema] = {
    "id": TEXT,
    "source": TEXT,
    "title": TEXT,
    "url": TEXT,
    "summary": TEXT,
    "published": _ref("Published"),
    "first_seen": INSTANT,
    "revision": NUMBER,
    "story": TEXT,
}
SCHEMAS: dict[str, Any] = {
    "Error": _object(error=TEXT),
    "Health": _object(good=TRUTH, checks=_list(_object(name=TEXT, good=TRUTH, said=TEXT))),
    "Published": _object(earliest=INSTANT, latest=INSTANT, origin=TEXT, zone=TEXT, sure=TRUTH),
    "Item": _object(**_ITEM),
    "Span": _object(field=TEXT, start=NUMBER, end=NUMBER),
    "Row": _object(
        **_ITEM,
        at=INSTANT,
        severity=_or_null(SEVERITY),
        spans=_list(_ref("Span")),
        was=_or_null(TEXT),
        others=NUMBER,
    ),
    "Alert": _object(
        id=TEXT,
        type=TEXT,
        rule=_or_null(TEXT),
        severity=SEVERITY,
        at=INSTANT,
        source=_or_null(TEXT),
        sentence=_or_null(TEXT),
        item=_or_null(_ref("Item")),
        spans=_list(_ref("Span")),
        edit=_or_null(_object(kind=_or_null(TEXT), title=_list(_ref("Part")), summary=_list(_ref("Part")))),
        held=_or_null(
            _object(
                reason=_some("cooldown", "threshold", "silenced", "acked"),
                detail=_or_null(TEXT),
                until=_or_null(INSTANT),
                joins=_or_null(TEXT),
                silence=_or_null(TEXT),
            )
        ),
        members=_list(_object(source=TEXT, publisher=TEXT, url=TEXT, title=TEXT)),
        routes=_list(TEXT),
    ),
    "Part": _object(what=_some("same", "gone", "new"), text=TEXT),
    "Delivery": _object(
        id=TEXT,
        alert=TEXT,
        notifier=TEXT,
        state=_some("due", "sent", "retrying", "dead", "held"),
        reason=TEXT,
        until=_or_null(INSTANT),
        in_=_or_null(TEXT),
        joins=_or_null(TEXT),
        attempts=NUMBER,
        last_error=TEXT,
    ),
    "Source": _object(
        name=TEXT,
        type=TEXT,
        url=TEXT,
        state=_some("new", "ok", "failing", "refused", "gone", "paused"),
        items=NUMBER,
        last_poll_at=_or_null(INSTANT),
        next_poll_at=_or_null(INSTANT),
        polling_since=_or_null(INSTANT),
        failures=NUMBER,
        error=_or_null(TEXT),
        error_code=_or_null(TEXT),
        next_why=_or_null(TEXT),
        may_miss=_or_null(TEXT),
    ),
    "Items": _object(items=_list(_ref("Item")), next=_or_null(TEXT)),
    "Alerts": _object(alerts=_list(_ref("Alert")), next=_or_null(TEXT)),
    "Deliveries": _object(deliveries=_list(_ref("Delivery")), next=_or_null(TEXT)),
    "Sources": _object(sources=_list(_ref("Source")), next=_or_null(TEXT)),
    "Spread": _object(count=NUMBER, p50=SECONDS, p95=SECONDS, worst=SECONDS),
    "Latency": _object(
        by=_some("source", "notifier"),
        name=TEXT,
        told=NUMBER,
        seen=_or_null(_ref("Spread")),
        rung=_or_null(_ref("Spread")),
        delivered=_or_null(_ref("Spread")),
        whole=_or_null(_ref("Spread")),
    ),
    "Latencies": _object(latencies=_list(_ref("Latency"))),
    "Silence": _object(
        id=TEXT,
        matchers=_list(TEXT),
        starts_at=INSTANT,
        ends_at=_or_null(INSTANT),
        comment=TEXT,
        alert=_or_null(TEXT),
    ),
    "Silences": _object(silences=_list(_ref("Silence"))),
    "Silenced": _object(silence=_ref("Silence"), held=NUMBER),
    "Ended": _object(ended=NUMBER),
    "Hush": _sent(matchers=_list(TEXT), for_=NUMBER, comment=TEXT),
    "Ack": _sent(alert=TEXT, for_=NUMBER, comment=TEXT),
    "Why": _object(found=_list({"type": "object"}), unseen=_list(TEXT)),
    "Wire": _object(rows=_list(_ref("Row")), cursor=TEXT),
    "Replay": _sent(ids=_list(TEXT), failed=TRUTH, to=TEXT, as_new=TRUTH),
    "Due": _object(due=NUMBER),
}

PARAMETERS: dict[str, tuple[Schema, str]] = {
    "q": ({**TEXT, "maxLength": QUERY}, "A query of the rules' language."),
    "source": (TEXT, "Only of this source; not with q."),
    "since": (INSTANT, "Only what is this young."),
    "limit": ({**NUMBER, "minimum": 1, "maximum": MOST, "default": USUAL}, "At most so many."),
    "cursor": (TEXT, "`next` of the page before."),
    "failed": (TRUTH, "Only what did not arrive (yet)."),
    "notifier": (TEXT, "Only to this one."),
    "alert": (TEXT, "Only of the alert with this id."),
    "what": (
        TEXT,
        "A source; an item's URL or words of its headline; an id of an item, an alert or a delivery.",
    ),
    "ended": (TRUTH, "Also those that have ended."),
    "after": (TEXT, "The id of the last event that was seen; the header Last-Event-ID goes before it."),
}
PAGED = ("limit", "cursor")
OF_SOURCES: dict[str, tuple[Schema, str]] = {
    "limit": ({**NUMBER, "minimum": 1, "maximum": NAMES, "default": NAMES}, "At most so many."),
}


def _get(
    about: str, schema: str, *parameters: str, known: Mapping[str, tuple[Schema, str]] = PARAMETERS
) -> dict[str, Any]:
    return {
        "get": {
            "summary": about,
            "parameters": [_parameter(name, known) for name in parameters],
            "responses": _responses("application/json", _ref(schema)),
        }
    }


def _post(about: str, said: str, answer: str) -> dict[str, Any]:
    return {
        "post": {
            "summary": about,
            "parameters": [],
            "security": [{"token": []}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": _ref(said)}}},
            "responses": _responses("application/json", _ref(answer), ["401", "413"]),
        }
    }


def _parameter(name: str, known: Mapping[str, tuple[Schema, str]] = PARAMETERS) -> dict[str, Any]:
    schema, about = known[name]
    return {"name": name, "in": "query", "required": name == "what", "description": about, "schema": schema}


def _responses(kind: str, schema: Schema, more: Sequence[str] = ()) -> dict[str, Any]:
    good = {"200": {"description": "Done.", "content": {kind: {"schema": schema}}}}
    return good | {status: _error() for status in ("400", "403", "503", *more)}


def _error() -> dict[str, Any]:
    return {"description": "Why not.", "content": {"application/json": {"schema": _ref("Error")}}}


def _health(about: str) -> dict[str, Any]:
    found = {"description": "What was found.", "content": {"application/json": {"schema": _ref("Health")}}}
    return {"get": {"summary": about, "parameters": [], "responses": {"200": found, "503": found}}}


def _plain(about: str, kind: str, *parameters: str) -> dict[str, Any]:
    return {
        "get": {
            "summary": about,
            "parameters": [_parameter(name) for name in parameters],
            "responses": _responses(kind, TEXT),
        }
    }


PATHS: dict[str, Any] = {
    "/healthz": _health("Is it alive?"),
    "/readyz": _health("Does it watch and tell?"),
    "/metrics": _plain("Metrics, for Prometheus.", "text/plain"),
    "/api/v1/openapi.json": {
        "get": {
            "summary": "This description.",
            "parameters": [],
            "responses": _responses("application/json", {"type": "object"}),
        }
    },
    "/api/v1/items": _get(
        "Items, newest first, or those that a query matches.", "Items", "q", "source", "since", *PAGED
    ),
    "/api/v1/alerts": _get("What rang, newest first.", "Alerts", "since", *PAGED),
    "/api/v1/deliveries": _get(
        "What was told, newest first.", "Deliveries", "failed", "notifier", "alert", "since", *PAGED
    ),
    "/api/v1/latencies": _get(
        "How long alerts took, by source and by notifier; of the last 7 days where `since` says no other.",
        "Latencies",
        "since",
        "notifier",
    ),
    "/api/v1/sources": _get("Sources, by name.", "Sources", *PAGED, known=PARAMETERS | OF_SOURCES),
    "/api/v1/why": _get("The whole life of what is meant.", "Why", "what"),
    "/api/v1/wire": _get("The newest rows of the wire, lit where a rule holds.", "Wire", "limit"),
    "/api/v1/stream": _plain("What is committed, as it is.", KIND, "after"),
    "/api/v1/replay": _post("Tell again what was told, or never arrived.", "Replay", "Due"),
    "/api/v1/silences": _get("What is kept quiet.", "Silences", "ended")
    | _post("Keep quiet what matches.", "Hush", "Silenced"),
    "/api/v1/silences/{id}": {
        "delete": {
            "summary": "End a silence or an ack.",
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
            "security": [{"token": []}],
            "responses": _responses("application/json", _ref("Ended"), ["401"]),
        }
    },
    "/api/v1/acks": _post(
        "Keep the story of an alert quiet until it tells something else.", "Ack", "Silenced"
    ),
}


def document(version: str) -> dict[str, Any]:
    """Return the description."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Newsbell",
            "version": version,
            "description": "What a newsbell daemon has stored, as it stands and as it comes in. docs/api.md says more.",
        },
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
