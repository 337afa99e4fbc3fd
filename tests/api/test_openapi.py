"""The description is held against what the routes take and give."""

from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from monitor.api.app import ROUTES
from monitor.api.openapi import PATHS, SCHEMAS, document
from monitor.core.telling.render import alert_json, delivery_json, item_json
from monitor.model import Also, Delivery, Edit, Held
from monitor.store.sqlite.asked import reading
from tests.api.conftest import House
from tests.desk import START, line

OF_HUBS = "/push/{name}"  # spoken by the rules of WebSub, not by ours
OF_API = [
    route
    for route in ROUTES
    if not route.path.endswith((".css", ".js", ".svg")) and route.path not in ("/", OF_HUBS)
]


@pytest.fixture
def full(house: House) -> House:
    house.desk.read("wire", [line("quake", url="http://e.org/1")], START)
    return house


def test_it_describes_every_route() -> None:
    methods = {route.path: {method.lower() for method in route.methods or ()} - {"head"} for route in OF_API}
    assert {path: set(operations) for path, operations in PATHS.items()} == methods


def test_it_is_what_is_served(house: House) -> None:
    assert house.json("/api/v1/openapi.json") == document("1.2.3")


def test_it_names_all_that_an_answer_has(full: House) -> None:
    [alert] = reading.alerts(full.desk.connection, limit=1)
    assert alert.item is not None
    held = Held(reason="silenced", until=None, silence="s")
    other = Also(source="wire", publisher="e.org", url="", title="x")
    whole = replace(
        alert,
        edit=Edit(title="quakes", summary="", kind="number"),
        held=held,
        members=(other,),
        routes=("r",),
    )
    delivery = Delivery(id="d", alert=alert, notifier="ops", created_at=START)
    for name, value in (
        ("Alert", alert_json(whole)),
        ("Delivery", delivery_json(delivery)),
        ("Item", item_json(alert.item)),
    ):
        described: Any = {**SCHEMAS[name], "components": document("")["components"]}
        assert not [*Draft202012Validator(described).iter_errors(value)]
        _same_keys(SCHEMAS[name], value)


def _same_keys(schema: Any, value: Any) -> None:
    """Hold an object, and those in it, to have no key that is not described."""
    schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    schema = next((one for one in schema.get("anyOf", []) if one != {"type": "null"}), schema)
    schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(value, dict):
        assert value.keys() == schema["properties"].keys()
        for key, part in value.items():
            _same_keys(schema["properties"][key], part)
    elif isinstance(value, list):
        for part in value:
            _same_keys(schema["items"], part)


@pytest.mark.parametrize("path", [path for path, operations in PATHS.items() if "get" in operations])
def test_each_parameter_is_taken_and_no_other(full: House, path: str) -> None:
    if path.startswith("/api/v1/") and not path.endswith("json"):
        parameters = [one["name"] for one in PATHS[path]["get"]["parameters"]]
        said = full.ask(f"{path}?zzzzz=1").json["error"]
        assert said == f"zzzzz: there is no such parameter (known: {', '.join(sorted(parameters))})"


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("/healthz", "", "200"),
        ("/readyz", "", "200"),
        ("/api/v1/items", "", "200"),
        ("/api/v1/items", "?q=quake", "200"),
        ("/api/v1/items", "?limit=x", "400"),
        ("/api/v1/alerts", "", "200"),
        ("/api/v1/deliveries", "", "200"),
        ("/api/v1/latencies", "", "200"),
        ("/api/v1/latencies", "?notifier=desk&since=2026-01-01T00:00:00Z", "200"),
        ("/api/v1/sources", "", "200"),
        ("/api/v1/why", "?what=quake", "200"),
        ("/api/v1/why", "?what=wire", "200"),
        ("/api/v1/wire", "", "200"),
    ],
)
def test_each_answer_is_as_described(full: House, path: str, asked: str, status: str) -> None:
    answer = full.ask(path + asked)
    assert str(answer.status) == status
    content = PATHS[path]["get"]["responses"][status]["content"]["application/json"]
    described: Any = {**content["schema"], "components": document("")["components"]}
    Draft202012Validator.check_schema(described)
    assert [error.message for error in Draft202012Validator(described).iter_errors(answer.json)] == []
