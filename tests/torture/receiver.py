"""A receiver of webhooks for the kill test: moody, and it keeps a log of every arrival."""

import json
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Literal

from standardwebhooks import Webhook, WebhookVerificationError

from tests.torture.events import Events, LocalServer
from tests.torture.newsroom import RULES, hang_up

SECRET = "whsec_bm90IGEgc2VjcmV0LCBhIHRlc3Qgb2Ygb25l"
Mood = Literal["accepted", "refused", "asked to wait", "reset before", "reset after", "huge"]
MOODS: dict[Mood, float] = {
    "accepted": 0.95,
    "refused": 0.02,  # 503
    "asked to wait": 0.005,  # 429 with Retry-After: 1
    "reset before": 0.0075,  # without having read the body
    "reset after": 0.0075,  # having read it: it arrived, but nobody said so
    "huge": 0.01,  # accepted, with a megabyte of reply
}
ARRIVED: tuple[Mood, ...] = ("accepted", "huge", "reset after")
ANSWERS: dict[Mood, int] = {"accepted": 204, "refused": 503, "asked to wait": 429, "huge": 200}
HUGE = 1 << 20  # bytes
ACCEPTED: tuple[Mood, ...] = ("accepted", "huge")
SLOW_SHARE = 0.3  # of answers that take up to 30 ms


@dataclass(frozen=True, slots=True)
class Receipt:
    """One request that was read and whose signature was good."""

    id: str
    rule: str
    link: str
    mood: Mood
    at: int  # ns of the wall clock
    digest: bool = False  # it came in one: the id is that of the digest


class Receiver:
    """Answers 204, now and then 503, now and then with a reset. Only what it accepted has arrived."""

    def __init__(self, events: Events, seed: int) -> None:
        self.events = events
        self.calm = False  # True: everything is accepted
        self.receipts: list[Receipt] = []
        self.moods: Counter[Mood] = Counter()
        self.unlisted = 0  # alerts that a digest only counts
        self.forged = 0  # requests whose signature or shape was wrong
        self._dice = random.Random(seed)
        self._lock = Lock()
        self._verify = Webhook(SECRET)
        self.server = LocalServer(self._handler())

    def mood(self) -> tuple[Mood, float]:
        """Return how the next request is answered, and after how many seconds."""
        with self._lock:
            slow = self._dice.uniform(0, 0.03) if self._dice.random() < SLOW_SHARE else 0.0
            [mood] = self._dice.choices(list(MOODS), list(MOODS.values()))
            mood = "accepted" if self.calm else mood
            self.moods[mood] += 1
            return mood, slow

    def note(self, headers: dict[str, str], body: bytes, mood: Mood, at: int) -> None:
        try:
            said = self._verify.verify(body, headers)
            assert said == json.loads(body)
            if said["type"].startswith("source.") or said["type"] == "alert.updated":
                return  # what the site's faults mean for a source, and edits of what was told
            data = said["data"]
            if said["type"] == "digest":
                told = data["digest"]["alerts"]
                self.unlisted += data["digest"]["count"] - len(
                    told
                )  # a digest of very many lists the loudest
                receipts = [
                    Receipt(headers["webhook-id"], one["rule"], one["url"], mood, at, digest=True)
                    for one in told
                    if one["rule"] in RULES  # not what became of a source
                ]
            else:
                assert said["type"] == "alert.created"
                receipts = [Receipt(headers["webhook-id"], data["rule"], data["item"]["url"], mood, at)]
        except (WebhookVerificationError, AssertionError, LookupError, TypeError, ValueError):
            self.forged += 1
            return
        self.receipts.extend(receipts)

    def accepted(self) -> set[tuple[str, str]]:
        """Return (rule, link) of each alert that was answered 2xx."""
        return {(it.rule, it.link) for it in list(self.receipts) if it.mood in ACCEPTED}

    def arrived(self) -> list[Receipt]:
        """Return what reached its reader, whether the sender heard of it or not."""
        return [it for it in list(self.receipts) if it.mood in ARRIVED]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                at = time.time_ns()
                receiver.events.note("send", at)
                mood, slow = receiver.mood()
                if mood == "reset before":
                    hang_up(self)
                    return
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the sender died in the midst of it
                    self.close_connection = True
                    return
                time.sleep(slow)
                receiver.note({name.lower(): value for name, value in self.headers.items()}, body, mood, at)
                if mood == "reset after":
                    hang_up(self)
                    return
                self.send_response(ANSWERS[mood])
                if mood == "asked to wait":
                    self.send_header("Retry-After", "1")
                if mood != "accepted":
                    self.send_header("Content-Length", str(HUGE if mood == "huge" else 0))
                self.end_headers()
                if mood == "huge":
                    with suppress(OSError):  # nobody reads that far
                        self.wfile.write(b"x" * HUGE)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
