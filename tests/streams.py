"""A server of events on 127.0.0.1: it remembers what it sent, and goes on behind the id that it is asked by."""

import json
import select
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition

from tests.conftest import Asked, Site

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class Stream:
    """`/stream` of a site; `say` sends an event to whoever is there, and keeps it for who comes later."""

    site: Site
    retry: int = 1_000  # milliseconds that it asks for
    said: list[bytes] = field(default_factory=list)  # events, their place is their id
    asked: list[str | None] = field(default_factory=list)  # the Last-Event-ID of each connection
    sockets: list[socket.socket] = field(default_factory=list)
    _more: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self.site.pages["/stream"] = self._answer

    @property
    def url(self) -> str:
        return f"{self.site.url}/stream"

    def say(self, *titles: str) -> None:
        with self._more:
            for title in titles:
                data = json.dumps({"title": title, "created_at": "2026-03-01T11:00:00Z"})
                self.said.append(f"id: {len(self.said)}\ndata: {data}\n\n".encode())
            self._more.notify_all()

    def send(self, raw: bytes) -> None:
        """Send bytes that nobody will hear again."""
        self.sockets[-1].sendall(raw)

    def drop(self) -> None:
        """Cut every connection."""
        with self._more:
            for one in self.sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self.sockets.clear()
            self._more.notify_all()

    def _answer(self, asked: Asked) -> None:
        last = asked.headers.get("last-event-id")
        at = int(last) + 1 if last else len(self.said)
        with suppress(OSError), self._more:
            asked.socket.sendall(HEAD + f"retry: {self.retry}\n\n".encode())
            self.asked.append(last)
            self.sockets.append(asked.socket)
            while asked.socket in self.sockets:
                for one in self.said[at:]:
                    asked.socket.sendall(one)
                at = len(self.said)
                self._more.wait(0.05)
                if select.select([asked.socket], [], [], 0)[0] and not asked.socket.recv(1):
                    return  # nobody is there any more
