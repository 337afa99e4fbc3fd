"""A signed POST to an address of yours, by Standard Webhooks 1.0 (docs/webhooks.md)."""

import base64
import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from monitor.core import render
from monitor.model import Delivery, Reply, Secret
from monitor.notifiers import NotifyError, Post, PostError

PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Sends each alert as JSON, with one id for all attempts."""

    url: Secret  # http or https; whoever knows it can post to it
    secret: Secret | None = None  # "whsec_..."; two with a space between while one replaces the other
    rate: float = 10.0  # requests a second at most

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent or signed."""
        if wrong := _wrong_url(self.url.reveal()):
            raise ValueError(f"url: {wrong}")
        if self.secret is not None and (wrong := _wrong_secret(self.secret.reveal())):
            raise ValueError(f"secret: {wrong}")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"rate: requests a second, above 0, not {self.rate}")

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Post once. Redirects are a refusal: a signed alert goes where it was addressed, or nowhere."""
        body = render.body(delivery)
        try:
            reply = await post(self.url.reveal(), self._headers(delivery.id, now, body), body)
        except PostError as error:
            raise NotifyError(str(error), trouble="receiver") from error
        if refusal := refused(reply):
            raise refusal

    def _headers(self, id_: str, now: datetime, body: bytes) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "webhook-id": id_,
            "webhook-timestamp": str(math.floor(now.timestamp())),
        }
        if self.secret is not None:
            secrets = self.secret.reveal().split()
            headers["webhook-signature"] = " ".join(_signatures(secrets, id_, now, body))
        return headers


def _signatures(secrets: Sequence[str], id_: str, now: datetime, body: bytes) -> list[str]:
    from standardwebhooks import Webhook as Signer  # with the first alert, not with `--help`

    return [Signer(secret).sign(id_, now.astimezone(UTC), body.decode()) for secret in secrets]


def refused(reply: Reply) -> NotifyError | None:
    """Return what an answer means, None for a success (2xx).

    >>> refused(Reply(status=204)) is None
    True
    >>> error = refused(Reply(status=503, retry_after=30.0))
    >>> str(error), error.trouble, error.retry_after
    ('answered 503', 'receiver', 30.0)
    """
    status, sentence = reply.status, f"answered {reply.status}"
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return NotifyError(f"{sentence}, a redirect, which is never followed", trouble="delivery")
    if status == 410:
        return NotifyError(f"{sentence}, gone for good", trouble="gone")
    if status == 429 or status >= 500:
        return NotifyError(sentence, trouble="receiver", retry_after=reply.retry_after)
    return NotifyError(sentence, trouble="delivery")


def _wrong_url(url: str) -> str:
    """Return what is wrong with an address, without quoting it."""
    if not url.isprintable() or " " in url:
        return "must hold no spaces or control characters"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "must be an http or https address; its host or port makes no sense"
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        return 'must be an http or https address with a host, as in "https://desk.example.org/hook"'
    return ""


def _wrong_secret(text: str) -> str:
    """Return what is wrong with a secret, without quoting it."""
    secrets = text.split()
    if not secrets:
        return f'is empty; it must be "{PREFIX}" and base64, or be left out'
    if not all(secret.startswith(PREFIX) for secret in secrets):
        return f'must begin with "{PREFIX}"'
    if not all(_is_base64(secret.removeprefix(PREFIX)) for secret in secrets):
        return f'after "{PREFIX}" must be base64 (A-Z a-z 0-9 + /), whole and not empty'
    return ""


def _is_base64(text: str) -> bool:
    """Tell strictly: the library skips what is not base64 and would sign with another key."""
    bare = text.rstrip("=")
    try:
        return bool(base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True))
    except (binascii.Error, ValueError):
        return False
