"""A receiver of webhooks over TLS that fails in every way a receiver can, one way a request."""

import json
import socket
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from random import Random
from typing import Any

from monitor.daemon.clock import SystemClock
from tests.torture.events import LocalServer
from tests.torture.newsroom import hang_up

KEYS = Path(__file__).parents[1] / "daemon"
HUGE = 32 << 20  # bytes of a reply that nobody reads to its end
SILENT = 3.0  # seconds: longer than the sender's patience in these tests

FAULTS = (
    *("429", "429 with Retry-After", "500", "502", "503 with a date", "400", "404", "redirect"),
    *("reset before", "reset after", "closed", "silence", "slow head", "slow body", "huge reply", "no HTTP"),
    *("certificate expired", "certificate of another", "no TLS"),
)
ACCEPTING = ("slow body", "huge reply")  # the status is 200, only the rest is odd
NO_HTTP = b"\x00\x01 220 mail.example.org ESMTP\r\n"
SLOW_HEAD = b"HTTP/1.1 204 No Content\r\nX-Slow: " + b"z" * 40


class Unwell:
    """Meets each connection with what `fault` says, None for an answer of 204; each connection is closed after one."""

    def __init__(self, fault: Callable[[], str | None]) -> None:
        self.fault = fault
        self.met: Counter[str] = Counter()
        self.accepted: list[tuple[str, str]] = []  # webhook-id, id of the alert
        self.arrived: list[str] = []  # webhook-ids of all requests that were read
        self._well, self._expired, self._other = (_context(name) for name in ("good", "expired", "other"))
        self.server = _Server(self)
        self.url = self.server.url.replace("http:", "https:")

    def trust(self) -> ssl.SSLContext:
        """Return what a sender is to trust."""
        context = ssl.create_default_context()
        context.load_verify_locations(KEYS / "tls-good.pem")
        return context

    def secured(self, raw: socket.socket, fault: str | None) -> ssl.SSLSocket | None:
        """Shake hands as `fault` has it; return None where nobody comes through."""
        if fault == "no TLS":
            with suppress(OSError):
                raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return None
        other = {"certificate expired": self._expired, "certificate of another": self._other}
        with suppress(OSError):
            return other.get(fault or "", self._well).wrap_socket(raw, server_side=True)
        return None


def _context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(KEYS / f"tls-{name}.pem")
    return context


class _Server(LocalServer):
    def __init__(self, unwell: Unwell) -> None:
        self._unwell = unwell
        super().__init__(_Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(20)
        fault = self._unwell.fault()
        if fault is not None:
            self._unwell.met[fault] += 1
        secured = self._unwell.secured(request, fault)
        if secured is not None:
            with secured, suppress(OSError):
                _Handler(secured, client_address, self, self._unwell, fault)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, request: Any, client: Any, server: Any, unwell: Unwell, fault: str | None) -> None:
        self._unwell, self._fault = unwell, fault
        super().__init__(request, client, server)

    def do_POST(self) -> None:
        self.close_connection = True
        if self._fault == "reset before":
            hang_up(self)
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._unwell.arrived.append(self.headers["webhook-id"])
        if self._fault is None or self._fault in ACCEPTING:
            self._unwell.accepted.append((self.headers["webhook-id"], json.loads(body)["data"]["id"]))
        self._meet(self._fault)

    def _meet(self, fault: str | None) -> None:  # noqa: C901 - one case a fault
        match fault:
            case None:
                self._answer(204)
            case "429" | "500" | "502" | "400" | "404":
                self._answer(int(fault))
            case "429 with Retry-After":
                self._answer(429, ("Retry-After", "7"))
            case "503 with a date":
                self._answer(503, ("Retry-After", self.date_time_string(SystemClock().now().timestamp() + 9)))
            case "redirect":
                self._answer(307, ("Location", f"http://{self.headers['Host']}/elsewhere"))
            case "reset after":
                hang_up(self)
            case "silence":
                time.sleep(SILENT)
            case "slow head":
                self._slowly(SLOW_HEAD)
            case "slow body":
                self._answer(200, ("Content-Length", "1000"))
                self._slowly(b"z" * 1_000)
            case "huge reply":
                self._answer(200, ("Content-Length", str(HUGE)))
                for _ in range(HUGE >> 16):
                    self.wfile.write(b"z" * (1 << 16))
            case "no HTTP":
                self.wfile.write(NO_HTTP)

    def _slowly(self, said: bytes) -> None:
        for letter in said:
            self.wfile.write(bytes([letter]))
            time.sleep(SILENT / 50)

    def _answer(self, status: int, *fields: tuple[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        self.send_header("Connection", "close")
        if status >= 300:
            self.send_header("Content-Length", "0")
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    """Fail at random until killed, having said where: `python -m tests.torture.unwell SEED`."""
    dice = Random(int(sys.argv[1]))
    unwell = Unwell(lambda: dice.choice(FAULTS))
    print(unwell.url, flush=True)
    unwell.server.serve_forever()


if __name__ == "__main__":
    main()
