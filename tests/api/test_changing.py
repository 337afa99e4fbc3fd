"""Keeping quiet over HTTP: with the token, by the store of the daemon."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from monitor.api.openapi import PATHS, document
from monitor.store.sqlite.asked import reading
from tests.api.conftest import House
from tests.api.test_resources import WRITE
from tests.desk import START, line


@pytest.fixture
def full(house: House) -> House:
    house.desk.read("wire", [], START)
    house.desk.read("wire", [line("quake in the north", url="http://e.org/1")], START)
    return house


def asked(house: House, method: str, path: str, said: object = None, **headers: str) -> tuple[int, Any]:
    body = b"" if said is None else json.dumps(said).encode()
    answer = house.ask(f"/api/v1/{path}", method=method, headers={**WRITE, **headers}, body=body)
    return answer.status, answer.json


def states(house: House) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in reading.deliveries(house.desk.connection, limit=9)]


def described(path: str, method: str, said: object) -> None:
    [content] = PATHS[path][method]["responses"]["200"]["content"].values()
    schema = {**content["schema"], "components": document("")["components"]}
    Draft202012Validator(schema).validate(said)


def test_a_silence_begins_is_listed_and_ends(full: House) -> None:
    status, said = asked(full, "POST", "silences", {"matchers": ["severity=warning"], "comment": "drill"})
    assert (status, said["held"]) == (200, 1)
    described("/api/v1/silences", "post", said)
    assert states(full) == [("held", "silenced")]
    listed = full.json("/api/v1/silences")
    assert listed == {"silences": [said["silence"]]}
    described("/api/v1/silences", "get", listed)
    status, ended = asked(full, "DELETE", f"silences/{said['silence']['id'][:8]}")
    assert (status, ended) == (200, {"ended": 1})
    described("/api/v1/silences/{id}", "delete", ended)
    assert full.json("/api/v1/silences") == {"silences": []}
    assert len(full.json("/api/v1/silences?ended=true")["silences"]) == 1


def test_an_ack_begins(full: House) -> None:
    [alert] = reading.alerts(full.desk.connection, limit=9)
    status, said = asked(full, "POST", "acks", {"alert": alert.id[:8]})
    assert (status, said["silence"]["alert"], said["silence"]["ends_at"]) == (200, alert.id, None)
    described("/api/v1/acks", "post", said)
    assert states(full) == [("held", "acked")]
    status, said = asked(full, "POST", "acks", {"alert": alert.id[:8], "for": 60})
    assert said["silence"]["ends_at"] is not None


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "silences", {"matchers": ["severity=warning"]}),
        ("POST", "acks", {"alert": ""}),
        ("DELETE", "silences/abc", None),
    ],
)
def test_nothing_is_kept_quiet_without_the_token(full: House, method: str, path: str, body: object) -> None:
    status, said = asked(full, method, path, body, Authorization="Bearer wrong")
    assert (status, "Authorization: Bearer" in said["error"]) == (401, True)
    assert states(full) == [("due", "")]


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("silences", {}, 'say what is to be silent, {"matchers": ["severity=critical"], "for": 7200}'),
        ("silences", {"matchers": ["severity=loud"]}, "matchers: severity is one of"),
        ("silences", {"matchers": [7]}, "matchers: '' is no matcher"),
        ("silences", {"matchers": ["tag=a"], "for": 0}, "for: must be seconds, from 1 to"),
        ("silences", {"matchers": ["tag=a"], "for": True}, "for: must be of type int"),
        ("silences", {"matchers": ["tag=a"], "for": "2h"}, "for: must be of type int"),
        (
            "silences",
            {"matchers": ["tag=a"], "til": 1},
            "til: there is no such key (known: matchers, for, comment)",
        ),
        ("acks", {"alert": "ffffff"}, "ffffff is no alert"),
        ("acks", {}, "nothing is no alert"),
        ("acks", {"alert": "\ud800"}, "the body has half a character in it, as \\ud800 is one"),
        ("silences", {"matchers": ["rule=\ud800"]}, "the body has half a character in it"),
    ],
)
def test_a_mistake_is_one_sentence(full: House, path: str, body: object, sentence: str) -> None:
    status, said = asked(full, "POST", path, body)
    assert status == 400
    assert said["error"].startswith(sentence)
    assert states(full) == [("due", "")]


def test_what_is_no_silence_cannot_be_ended(full: House) -> None:
    status, said = asked(full, "DELETE", "silences/abcdef")
    assert (status, said["error"].startswith("abcdef is no silence that goes on")) == (400, True)
