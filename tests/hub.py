"""A WebSub hub on 127.0.0.1 (W3C, 2018): it asks back whoever asks it, promises for so long, signs and pushes."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Thread
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

from monitor.daemon.clock import SystemClock
from tests.conftest import Asked, Site

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>f</id>'
    '<link rel="hub" href="{hub}"/><link rel="self" href="{topic}"/>{entries}</feed>'
)
ENTRY = "<entry><id>{0}</id><title>{0}</title></entry>"
CHALLENGE = "c-1"


def atom(hub: str, topic: str, *titles: str) -> bytes:
    """Return a feed that names its hub and itself."""
    return ATOM.format(hub=hub, topic=topic, entries="".join(map(ENTRY.format, titles))).encode()


def signature(secret: str, body: bytes, method: str = "sha256") -> str:
    """Return an X-Hub-Signature field."""
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


@dataclass(slots=True)
class Subscriber:
    """Who is pushed to, as far as it was promised."""

    topic: str
    secret: str
    until: datetime


@dataclass(slots=True, kw_only=True)
class Hub:
    """The hub at `/hub` of a site; what it agreed to stands in `subscribers`, by callback."""

    site: Site
    lease: float = 86_400.0  # seconds that it promises, whatever it is asked for
    now: Callable[[], datetime] = SystemClock().now
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    agreed: int = 0  # times that somebody confirmed to have asked
    lapsed: int = 0  # of them, after a promise had run out
    asking: list[Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.pages["/hub"] = self._answer

    @property
    def url(self) -> str:
        return f"{self.site.url}/hub"

    def push(self, body: bytes, *, secret: str = "") -> list[int]:
        """Push to each subscriber, signed; return what they answered."""
        return [
            _sent(callback, body, signature(secret or it.secret, body))
            for callback, it in self.subscribers.items()
            if it.until > self.now()
        ]

    def close(self) -> None:
        for thread in self.asking:
            thread.join()

    def _answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        said = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        thread = Thread(target=self._ask_back, args=(said,))
        self.asking.append(thread)
        thread.start()
        return 202, {}, b""

    def _ask_back(self, said: dict[str, str]) -> None:
        query = {name: said[name] for name in ("hub.mode", "hub.topic")}
        query |= {"hub.challenge": CHALLENGE, "hub.lease_seconds": f"{self.lease:.0f}"}
        callback = said["hub.callback"]
        with urlopen(f"{callback}?{urlencode(query)}", timeout=30) as answer:
            if answer.read().decode() != CHALLENGE:
                return
        if said["hub.mode"] == "unsubscribe":
            self.subscribers.pop(callback, None)
            return
        before = self.subscribers.get(callback)
        self.lapsed += before is not None and before.until <= self.now()
        until = self.now() + timedelta(seconds=self.lease)
        self.subscribers[callback] = Subscriber(said["hub.topic"], said["hub.secret"], until)
        self.agreed += 1


def _sent(callback: str, body: bytes, signed: str) -> int:
    fields = {"Content-Type": "application/atom+xml", "X-Hub-Signature": signed}
    with urlopen(Request(callback, body, fields), timeout=30) as answer:  # raises for what is not 2xx
        status: int = answer.status
        return status
