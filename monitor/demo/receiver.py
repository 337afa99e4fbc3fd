"""The desk's webhook: verifies each signature as any receiver would, and refuses when the script says so."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from monitor.demo.loopback import Quiet, Server
from monitor.demo.record import Received
from monitor.demo.script import slug_of

LONGEST = 1 << 20  # bytes of a body that are read


class Receiver:
    """Answers the first delivery's first attempt with 503, all others with 204, and notes every one."""

    def __init__(self, secret: str, note: Callable[[Received], None], clock: Callable[[], float]) -> None:
        """Verify by `secret` ("whsec_..."); `clock` gives the seconds since the curtain rose."""
        from standardwebhooks import Webhook

        self.closed = False  # True: every request is refused
        self._verify = Webhook(secret)
        self._note = note
        self._clock = clock
        self._asked = False
        self._lock = Lock()
        self._server = Server(self._handler())
        self.url = f"{self._server.url}/desk"

    def __enter__(self) -> "Receiver":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Return what a request is answered with, having noted it."""
        at = self._clock()
        receipt = self._read(headers, body, at)
        if receipt is None:
            self.note(Received(at=at, status=401))
            return 401
        self.note(receipt)
        return receipt.status

    def note(self, receipt: Received) -> None:
        """Remember a request."""
        self._note(receipt)

    def _read(self, headers: dict[str, str], body: bytes, at: float) -> Received | None:
        """Return what a request says; None without a good signature, or if it is no alert.

        The library's own `verify` takes only timestamps that are near now (Standard Webhooks 1.0).
        """
        from standardwebhooks import WebhookVerificationError

        try:
            self._verify.verify(body, headers)
            said: dict[str, Any] = json.loads(body)
            data, item = said["data"], said["data"]["item"]
            lit = tuple((it["start"], it["end"]) for it in data["spans"] if it["field"] == "title")
            also = bool(data["story"].get("also_in"))
            with self._lock:
                status = 503 if self.closed or not self._asked else 204
                self._asked = True
            return Received(
                at=at,
                status=status,
                id=headers["webhook-id"],
                rule=data["rule"],
                slug=slug_of(item["title"]),
                also=also,
                lit=lit,
            )
        except (WebhookVerificationError, LookupError, TypeError, ValueError):
            return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(Quiet):
            def do_POST(self) -> None:  # noqa: N802 (a name of the base class)
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(min(length, LONGEST))
                if len(body) < length:  # the sender was killed in the midst of it
                    self.close_connection = True
                    return
                self.reply(receiver.take({k.lower(): v for k, v in self.headers.items()}, body))

        return Handler
