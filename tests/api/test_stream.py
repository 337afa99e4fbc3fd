"""Items and alerts as they come: two listeners, a restart, a store that was replaced, beats."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from monitor.api import stream
from tests.api.conftest import House
from tests.desk import START, line

NEWS = frozenset(("item", "revision", "alert", "reset"))


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: Any


class Listener:
    """What an EventSource does: reads events, and remembers where it is."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.comments: list[str] = []
        self.last = ""

    def next(self) -> Event:
        """Return the next event, whatever it is."""
        fields: dict[str, str] = {}
        while (said := self._response.readline().decode()) != "\n" or "event" not in fields:
            assert said, "the stream ended"
            if said.startswith(":"):
                self.comments.append(said.strip(": \n"))
            elif said != "\n":
                name, _, value = said.rstrip("\n").partition(": ")
                fields[name] = value
        self.last = fields.get("id", self.last)
        return Event(fields["event"], fields.get("id", ""), json.loads(fields["data"]))

    def news(self, many: int) -> list[tuple[str, str]]:
        """Return the next items and alerts, by title."""
        found: list[tuple[str, str]] = []
        while len(found) < many:
            event = self.next()
            if event.name in NEWS:
                about = event.data.get("item") or event.data
                found.append((event.name, about.get("title", "")))
        return found

    def ended(self) -> bool:
        return self._response.read() == b""


@contextmanager
def listening(house: House, path: str = "/api/v1/stream", **headers: str) -> Iterator[Listener]:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    try:
        assert response.status == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Listener(response)
    finally:
        response.close()
        connection.close()


def read(house: House, *titles: str, minutes: int = 0) -> None:
    at = START + timedelta(minutes=minutes)
    house.desk.read("wire", [line(title, url=f"http://e.org/{title.split()[-1]}") for title in titles], at)


def test_two_listeners_hear_the_same_from_now_on(house: House) -> None:
    read(house, "calm 0")
    with listening(house) as one, listening(house) as other:
        assert one.next().name == other.next().name == "state"
        read(house, "quake 1", "calm 0", minutes=10)
        for each in (one, other):
            assert each.news(2) == [("item", "quake 1"), ("alert", "quake 1")]
        read(house, "quake 1", "calm and quiet 0", minutes=20)
        assert one.news(1) == other.news(1) == [("revision", "calm and quiet 0")]
        assert one.last == other.last


def test_an_item_comes_lit(house: House) -> None:
    with listening(house) as one:
        one.next()
        read(house, "no quake 1")
        event = one.next()
        assert (event.data["severity"], event.data["spans"]) == (
            "warning",
            [{"field": "title", "start": 3, "end": 8}],
        )


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(house: House) -> None:
    """After a restart of the daemon too: places are those of the store."""
    with listening(house) as one:
        one.next()
        read(house, "quake 1", "calm 0")
        assert one.news(3) == [("item", "calm 0"), ("item", "quake 1"), ("alert", "quake 1")]
        last = one.last
        house.stop()
        assert one.ended()
    read(house, "calm 2", "calm 0", "quake 1", minutes=10)
    house.start()
    with listening(house, Last_Event_ID=last) as again:
        assert again.news(1) == [("item", "calm 2")]
        read(house, "calm 3", "calm 2", "calm 0", "quake 1", minutes=20)
        assert again.news(1) == [("item", "calm 3")]
    with listening(house, f"/api/v1/stream?after={last}") as also:
        assert also.news(2) == [("item", "calm 2"), ("item", "calm 3")]


def test_a_backlog_longer_than_a_page_comes_whole(house: House) -> None:
    read(house, *(f"calm {n}" for n in reversed(range(250))))
    with listening(house, Last_Event_ID="0") as one:
        assert one.news(250) == [("item", f"calm {n}") for n in range(250)]


def test_who_knows_another_store_is_told_to_begin_anew(house: House) -> None:
    read(house, "calm 0")
    with listening(house, Last_Event_ID="999999") as one:
        event = one.next()
        assert (event.name, event.id) == ("reset", "1")
        read(house, "calm 1", "calm 0", minutes=10)
        assert one.news(1) == [("item", "calm 1")]


def test_a_quiet_stream_beats(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT", 0.5)
    with listening(house) as one:
        states = [one.next() for _ in range(3)]
        assert {event.name for event in states} == {"state"}
        assert states[0].data["sources"] == 2
        assert one.comments == ["heartbeat"] * 3


def test_listeners_are_counted_and_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CLIENTS", 1)
    with listening(house) as one:
        one.next()
        answer = house.ask("/api/v1/stream")
        assert (answer.status, answer.json) == (503, {"error": "1 clients listen already"})
        assert b"newsbell_stream_clients 1.0" in house.ask("/metrics").body


def test_who_asks_for_the_head_alone_does_not_listen(house: House) -> None:
    """A probe keeps its connection for the next question: it would hold the place of a listener, and never be answered again."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    for path in ("/api/v1/stream", "/api/v1/stream", "/healthz"):
        connection.request("HEAD", path)
        with connection.getresponse() as answer:
            assert (answer.status, answer.read()) == (200, b"")
            if path.endswith("stream"):
                assert answer.headers["content-type"].startswith("text/event-stream")
    assert house.office.clients == 0
    connection.close()


def test_many_that_come_at_once_are_bounded_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "CLIENTS", 3)
    clients = [socket.create_connection(("127.0.0.1", house.port), timeout=30) for _ in range(12)]
    for client in clients:
        client.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answered = sorted(client.recv(12) for client in clients)
    assert answered == [b"HTTP/1.1 200"] * 3 + [b"HTTP/1.1 503"] * 9
    for client in clients:
        client.close()
    until = time.monotonic() + 20
    while house.office.clients and time.monotonic() < until:
        time.sleep(0.05)
    assert house.office.clients == 0


def test_a_store_that_vanishes_is_said_and_found_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT", 0.5)
    with listening(house) as one:
        one.next()
        away = house.path.with_suffix(".away")
        house.path.rename(away)
        while (event := one.next()).name != "trouble":
            pass
        assert "has vanished" in event.data["error"]
        away.rename(house.path)
        while one.next().name != "state":
            pass
        read(house, "calm 0")
        assert one.news(1) == [("item", "calm 0")]
