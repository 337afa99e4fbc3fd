"""A site that publishes and a receiver that takes what is signed, on one port. Only the standard library."""

import base64
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

SECRET = "whsec_bmlnaHQtd2F0Y2gtbmlnaHQtd2F0Y2gtMzI="
KEY = SECRET.removeprefix("whsec_")


class Town:
    """What is published there, and what was heard."""

    def __init__(self) -> None:
        self.titles = ["old fire"]
        self.heard: list[tuple[str, str]] = []  # webhook-id, title
        self.forged = 0  # requests without a good signature
        self.lock = Lock()
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with town.lock:
                    items = "".join(
                        f"<item><guid isPermaLink='false'>{t}</guid><title>{t}</title></item>"
                        for t in reversed(town.titles)
                    )
                self.answer(f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                told, good = json.loads(body), self.headers.get("webhook-signature") == self.signature(body)
                with town.lock:
                    town.forged += not good
                    town.heard.append((self.headers["webhook-id"], told["data"]["item"]["title"]))
                self.answer(b"")

            def signature(self, body: bytes) -> str:
                """Return what the request must be signed with (Standard Webhooks 1.0)."""
                signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
                digest = hmac.digest(base64.b64decode(KEY), signed, hashlib.sha256)
                return "v1," + base64.b64encode(digest).decode()

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, title: str) -> None:
        """Put a headline on top."""
        with self.lock:
            self.titles.append(title)

    def ids(self, title: str) -> list[str]:
        """Return under which ids a headline was told, one for each time."""
        with self.lock:
            return [id_ for id_, told in self.heard if told == title]

    def told(self, title: str) -> bool:
        """Tell whether a headline was told, under one id however often."""
        return len(set(self.ids(title))) == 1
