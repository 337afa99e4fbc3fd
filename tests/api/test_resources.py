"""What is stored, over HTTP: the objects of `--json`, page by page, and what may be changed."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.answers import life
from monitor.answers.sources import source_json
from monitor.api import resources
from monitor.api.asked import cursor
from monitor.core.telling.render import alert_json, delivery_json, item_json
from monitor.model import Rule
from monitor.store.sqlite.asked import reading
from tests.api.conftest import RULES, SOURCES, TOKEN, House
from tests.desk import START, line

WRITE = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@pytest.fixture
def full(house: House) -> House:
    """A house with 120 items, of which every third rang."""
    at, titles = START, [f"quake {n}" if n % 3 == 0 else f"calm {n}" for n in range(120)]
    house.desk.read("wire", [line("nothing yet", url="http://e.org/")], at)
    for first in range(0, 120, 40):
        at += timedelta(minutes=10)
        body = [line(title, url=f"http://e.org/{title[-3:].strip()}") for title in titles[first : first + 40]]
        house.desk.read("wire", [*reversed(body), line("nothing yet", url="http://e.org/")], at)
    house.clock.advance_to(at)
    return house


def pages(house: House, path: str, name: str) -> list[dict[str, Any]]:
    found, cursor = [], ""
    while True:
        page = house.json(f"{path}{'&' if '?' in path else '?'}limit=7{cursor}")
        assert len(page[name]) <= 7
        found += page[name]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def test_each_list_has_what_the_commands_print(full: House) -> None:
    stored = full.desk.connection
    assert pages(full, "/api/v1/items", "items") == [
        item_json(one) for one in reading.items(stored, limit=999)
    ]
    assert pages(full, "/api/v1/alerts", "alerts") == [
        alert_json(one) for one in reading.alerts(stored, limit=999)
    ]
    told = [delivery_json(one) for one in reading.deliveries(stored, limit=999)]
    assert pages(full, "/api/v1/deliveries", "deliveries") == told
    assert len(told) == 40
    assert pages(full, "/api/v1/sources", "sources") == [source_json(row) for row in reading.sources(stored)]


def test_a_page_stays_where_it_was_when_items_come_in(full: House) -> None:
    first = full.json("/api/v1/items?limit=50")
    full.desk.read("desk", [line("late", url="http://d.org/1")], full.clock.now())
    second = full.json(f"/api/v1/items?limit=500&cursor={first['next']}")
    together = [one["id"] for one in (*first["items"], *second["items"])]
    assert len(set(together)) == len(together) == 121


def test_items_that_a_query_matches(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pages(full, "/api/v1/items?q=quake", "items")
    assert len(found) == 40
    monkeypatch.setattr(resources, "LOOKED_AT", 10)  # many requests, each of which looks at little
    assert pages(full, "/api/v1/items?q=quake", "items") == found
    since = full.clock.now().isoformat().replace("+00:00", "Z")
    assert len(pages(full, f"/api/v1/items?q=quake&since={since}", "items")) == 13


def test_a_query_may_call_the_aliases_of_the_configuration(full: House) -> None:
    full.watched = replace(full.watched, aliases={"shake": ("quake", "tremor")})
    assert len(pages(full, "/api/v1/items?q=alias:shake", "items")) == 40


def test_why(full: House) -> None:
    [made] = life.of(full.desk.connection, "quake 117", RULES, {one.name: one for one in SOURCES}).found
    assert full.json("/api/v1/why?what=quake%20117") == {
        "found": [json.loads(json.dumps(life.as_json(made)))],
        "unseen": [],
    }
    assert full.json("/api/v1/why?what=wire")["found"][0]["source"]["name"] == "wire"
    assert full.json("/api/v1/why?what=nobody%20said")["found"] == []


def test_why_takes_as_many_words_as_a_request_has_room_for(full: House) -> None:
    """A whole text, pasted: SQLite takes a thousand conditions, and the store is not out of order for some more."""
    assert len(full.json(f"/api/v1/why?what={'quake+117+' * 700}")["found"]) == 1
    assert full.json(f"/api/v1/why?what={'quake+117+' * 700}calm")["found"] == []
    assert full.json(f"/api/v1/why?what={'+'.join(f'word{n}' for n in range(1_400))}")["found"] == []


def test_the_wire_is_lit(full: House) -> None:
    shown = full.json("/api/v1/wire?limit=3")
    _, calm, quake = shown["rows"]
    assert (calm["severity"], calm["spans"]) == (None, [])
    assert (quake["severity"], quake["spans"]) == ("warning", [{"field": "title", "start": 0, "end": 5}])
    assert int(shown["cursor"]) == reading.stream_end(full.desk.connection)


def test_other_rules_light_other_words_at_once(full: House) -> None:
    """As after a reload: what is gone by is asked anew, and the rules are compiled once."""
    assert full.json("/api/v1/wire?limit=3")["rows"][1]["spans"] == []
    full.watched = replace(full.watched, rules=(Rule(name="calm", query="calm"),))
    calm = full.json("/api/v1/wire?limit=3")["rows"][1]
    assert calm["spans"] == [{"field": "title", "start": 0, "end": 4}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("items?limt=3", "limt: there is no such parameter (did you mean limit?)"),
        ("items?limit=0", "limit: must be a number from 1 to 500"),
        ("items?limit=501", "limit: must be a number from 1 to 500"),
        ("items?limit=3&limit=4", "a parameter stands twice"),
        ("items?q=(quake", "q: character 1: '(' is never closed (add ')')"),
        ("items?q=" + "a%20" * 2_001, "q: may have 4,000 characters, and this one has 4,002"),
        ("items?q=" + "%20NEAR/3%20".join(["a"] * 300), "q: character 453: NEAR joins more than 50 times"),
        ("items?q=quake&since=now", "since: must be an instant, as in 2026-11-24T14:05:00Z"),
        (
            "items?q=quake&since=2026-11-24T14:05:00",
            "since: must have its offset, as in 2026-11-24T14:05:00Z",
        ),
        ("items?since=2026-11-24T14:05:00Z", "since: goes with q"),
        ("items?q=a&source=wire", "source: does not go with q; write source:NAME in it"),
        ("alerts?cursor=aXRlbXM6MQ", "cursor: must be `next` of the page before, of the same list"),
        (f"alerts?cursor={cursor('alerts', 'feedface')}", "cursor: must be `next` of the page before"),
        (f"deliveries?cursor={cursor('deliveries', 'x')}", "cursor: must be `next` of the page before"),
        ("items?cursor=%D0%B6", "cursor: must be `next` of the page before, of the same list"),
        ("items?cursor=aXRlbXM6eA", "cursor: must be `next` of the page before, of the same list"),
        (f"items?cursor={cursor('items', '²')}", "cursor: must be `next` of the page before"),
        (f"items?cursor={cursor('items', '9' * 26)}", "cursor: must be `next` of the page before"),
        (f"items?q=a&cursor={cursor('items', '9' * 5_000)}", "cursor: must be `next` of the page before"),
        ("alerts?since=0001-01-01T00:00:00%2B14:00", "since: must be an instant, as in 2026-11-24T14:05:00Z"),
        ("alerts?since=9999-12-31T23:59:59-14:00", "since: must be an instant, as in 2026-11-24T14:05:00Z"),
        ("deliveries?failed=yes", "failed: must be true or false"),
        ("why", "what: must be a source, an id, a URL or words of a headline"),
        ("why?what=%00", "what: must be a source, an id, a URL or words of a headline"),
        ("why?what=-", "what: must be a source, an id, a URL or words of a headline"),
        ("stream?after=x", "after: must be the id of an event"),
    ],
)
def test_a_mistake_is_one_sentence(house: House, asked: str, said: str) -> None:
    answer = house.ask(f"/api/v1/{asked}")
    assert answer.status == 400
    assert answer.json["error"].startswith(said)


# -- replay -----------------------------------------------------------------------------------


def replay(house: House, said: object, **headers: str) -> tuple[int, Any]:
    answer = house.ask(
        "/api/v1/replay", method="POST", headers={**WRITE, **headers}, body=json.dumps(said).encode()
    )
    return answer.status, answer.json


def states(house: House) -> list[str]:
    return [one.state for one in reading.deliveries(house.desk.connection, limit=999)]


@pytest.fixture
def told(full: House) -> House:
    full.desk.connection.execute("update deliveries set state = 'sent', sent_at = 1")
    full.desk.connection.execute("update deliveries set state = 'dead' where seq <= 3")
    return full


def test_what_was_told_is_told_again(told: House) -> None:
    alert = reading.alerts(told.desk.connection, limit=1)[0]
    assert replay(told, {"ids": [alert.id[:10]]}) == (200, {"due": 1})
    assert states(told).count("due") == 1
    assert replay(told, {"failed": True}) == (200, {"due": 3})
    assert (states(told).count("due"), states(told).count("dead")) == (4, 0)


def test_nothing_is_changed_without_the_token(told: House) -> None:
    for header in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        status, said = replay(told, {"failed": True}, Authorization=header)
        assert (status, "Authorization: Bearer" in said["error"]) == (401, True)
        assert TOKEN not in str(said)
    told.office.token = None
    status, said = replay(told, {"failed": True})
    assert (status, said["error"]) == (
        403,
        "nothing can be changed here: write `token` under [api] to allow it",
    )
    assert "due" not in states(told)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "the body must be JSON"),
        (b"[" * 60_000, "the body must be JSON, and not deep"),
        (b'{"a":' * 9_000, "the body must be JSON, and not deep"),
        (b'{"ids": ["\\ud800"]}', "the body has half a character in it"),
        (b'{"failed": true, "to": "\\ud800"}', "the body has half a character in it"),
        (b"[]", "the body must be a JSON object"),
        (b"{}", 'name deliveries or alerts, {"ids": ["3f0f'),
        (b'{"id": "x"}', "id: there is no such key (known: ids, failed, to, as_new)"),
        (b'{"ids": [7]}', "ids: must be texts, the beginnings of ids"),
        (
            b'{"failed": true, "to": "nobody"}',
            "to: no notifier is called 'nobody' (there is: desk, terminal)",
        ),
        (b'{"failed": 1}', "failed: must be of type bool"),
        (b'{"ids": "abc"}', "ids: must be of type list"),
        (b'{"ids": ["ffffffffff"]}', "ffffffffff is no delivery and no alert"),
    ],
)
def test_what_cannot_be_told_again(told: House, body: bytes, said: str) -> None:
    answer = told.ask("/api/v1/replay", method="POST", headers=WRITE, body=body)
    assert answer.status == 400
    assert answer.json["error"].startswith(said)
    assert "due" not in states(told)


def test_a_form_of_another_page_changes_nothing(told: House) -> None:
    """A browser sends a form anywhere, but never with this header."""
    answer = told.ask(
        "/api/v1/replay",
        method="POST",
        headers={"Content-Type": "text/plain", "Origin": "https://evil.example"},
        body=b'{"failed": true}',
    )
    assert answer.status == 401
