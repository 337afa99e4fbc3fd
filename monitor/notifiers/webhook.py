"""A signed POST to an address of yours, by Standard Webhooks 1.0 (docs/webhooks.md)."""

import base64
import binascii
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from monitor.core.telling import render
from monitor.model import Delivery, Secret
from monitor.notifiers import NotifyError, Post, PostError, _http

PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Sends each alert as JSON, with one id for all attempts."""

    posts: ClassVar[bool] = True

    url: Secret  # http or https; whoever knows it can post to it
    secret: Secret | None = None  # "whsec_..."; two with a space between while one replaces the other
    rate: float = 10.0  # requests a second at most

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent or signed."""
        if wrong := _http.wrong_url(self.url.reveal()):
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
        if refusal := _http.refused(reply):
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
