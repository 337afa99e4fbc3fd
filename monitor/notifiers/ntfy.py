"""A topic of ntfy, on ntfy.sh or a server of yours: https://docs.ntfy.sh/publish/#publish-as-json."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from monitor.core.telling.prose import Prose, fitted
from monitor.model import JSON, Delivery, Secret, Severity
from monitor.notifiers import _http
from monitor.notifiers._chat import Chat, Request

LARGEST = 4_096  # bytes of a message; a larger one becomes an attachment
ROOM = 8_000  # bytes of the JSON around it; a server reads 8,192
TITLE_MAX = 250  # bytes of a title
PRIORITIES = {Severity.INFO: 2, Severity.WARNING: 4, Severity.CRITICAL: 5}
TAGS = {Severity.INFO: "newspaper", Severity.WARNING: "warning", Severity.CRITICAL: "rotating_light"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ntfy(Chat):
    """Publishes to a topic of ntfy, by https://ntfy.sh/<topic>; critical rings through "do not disturb"."""

    token: Secret | None = None  # "tk_...", of a topic that asks for one
    rate: float = 0.2  # requests a second at most: ntfy.sh takes 60 at once, then one in 5 s

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        Chat.__post_init__(self)
        if not urlsplit(self.url.reveal()).path.strip("/"):
            raise ValueError('url: must end with a topic, as in "https://ntfy.sh/my-topic"')
        if self.token is not None and (not self.token.reveal().isprintable() or " " in self.token.reveal()):
            raise ValueError("token: must hold no spaces or control characters")

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a message. One with a known `sequence_id` takes the place of the first (ntfy 2.16)."""
        parts = urlsplit(self.url.reveal())
        place, _, topic = parts.path.rstrip("/").rpartition("/")
        told = fitted(told, lambda it: _fits(it, _message(it, delivery, unquote(topic))))
        headers = {"authorization": f"Bearer {self.token.reveal()}"} if self.token else {}
        return Request(
            url=urlunsplit(parts._replace(path=f"{place}/", fragment="")),
            payload=_message(told, delivery, unquote(topic)),
            headers=headers,
        )


def _fits(told: Prose, message: JSON) -> bool:
    return len(_plain(told)) <= LARGEST and len(_http.encoded(message)) <= ROOM


def _message(told: Prose, delivery: Delivery, topic: str) -> JSON:
    return {
        "topic": topic,
        "sequence_id": delivery.id,
        "title": told.label.encode("utf-8", "replace")[:TITLE_MAX].decode("utf-8", "ignore"),
        "message": _plain(told).decode(),
        "priority": PRIORITIES[delivery.alert.severity],
        "tags": [TAGS[delivery.alert.severity]],
        **({"click": told.url} if told.url else {}),
    }


def _plain(told: Prose) -> bytes:
    return told.plain().encode("utf-8", "replace")
