"""What the services share that show an alert to people: one HTTP request with JSON, once an attempt."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from monitor.core.telling.prose import APART, Prose
from monitor.core.telling.wording import told
from monitor.model import JSON, Delivery, Reply, Secret, Wording
from monitor.notifiers import Method, NotifyError, Post, PostError, _http

_COLON = re.compile(r":(?!\s|[0-9]{1,2}(?![\w:+-]))")  # that a name may follow: not that of a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a service is sent."""

    url: str
    payload: JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    method: Method = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A service behind one address. A kind says what it is sent, and how it tells trouble."""

    posts: ClassVar[bool] = True

    url: Secret  # http or https; whoever knows it can post to it
    rate: float = 1.0  # requests a second at most
    wording: Wording = Wording()

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        if wrong := _http.wrong_url(self.url.reveal()):
            raise ValueError(f"url: {wrong}")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"rate: requests a second, above 0, not {self.rate}")

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return what tells `told`, escaped as the service wants it and within its limits."""
        raise NotImplementedError

    def refused(self, reply: Reply) -> NotifyError | None:
        """Return what an answer means, None for a success."""
        return _http.refused(reply)

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Send once. A redirect is a refusal."""
        request = self.request(delivery, told(delivery, self.wording))
        headers = {"content-type": "application/json; charset=utf-8", **request.headers}
        body = _http.encoded(request.payload)
        try:
            reply = await post(request.url, headers, body, method=request.method)
        except PostError as error:
            raise NotifyError(str(error), trouble="receiver") from error
        if refusal := self.refused(reply):
            raise refusal


def unnamed(words: str) -> str:
    """Return `words` with an unseen character behind each ":" that may begin the name of an emoji, or a face.

    For services that look for them in any text. As with `parted`, what follows may stand in the next run.

    >>> unnamed("12:30, :smile: 1:100: :D").replace(APART, "·")
    '12:30, :·smile: 1:·100: :·D'
    """
    return _COLON.sub(rf":{APART}", words)
