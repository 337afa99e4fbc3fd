"""What a notifier would send, without sending it: its requests as they are, its secrets hidden."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.core.telling import examples
from monitor.daemon.sending.ways import Through
from monitor.model import Access, Delivery, Proxy, Reply, Secret
from monitor.notifiers import Method, Notifier, Previewed

HIDDEN = "…"


async def preview(notifier: Notifier, name: str, access: Access, now: datetime) -> str:
    """Return what `notifier` would send of an example alert that rings `now`, as text; "" if its kind cannot say."""
    delivery = examples.delivery(examples.of_an_item(now), name)
    if isinstance(notifier, Previewed):
        return _hidden(notifier.preview(delivery, now), notifier, access)
    if getattr(notifier, "posts", False):
        return _hidden(await _requests(notifier, delivery, access, now), notifier, access)
    return ""


async def _requests(notifier: Notifier, delivery: Delivery, access: Access, now: datetime) -> str:
    """Return the requests that one delivery takes, to a receiver that takes them all."""
    said = list[str]()

    async def relay(
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        method: Method = "POST",
        via: Proxy | None = None,
    ) -> Reply:
        parts = urlsplit(url)
        lines = [
            f"{method} {parts.scheme}://{parts.hostname}/{HIDDEN}",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        said.append("\n".join([*lines, "", _shown(body)]))
        return Reply(status=200)

    await notifier.send(Through(relay, access), delivery, now)
    return "\n\n".join(said)


def _shown(body: bytes) -> str:
    """Return a body as text, JSON in lines."""
    words = body.decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(words), ensure_ascii=False, indent=2)
    except ValueError:
        return words


def _hidden(said: str, notifier: Notifier, access: Access) -> str:
    """Return `said` without what only its owner knows: secrets, and the parts of an address as whole values."""
    secrets = sorted(_secrets(notifier, access), key=lambda one: -len(one))
    for secret in secrets:
        for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1]):
            said = said.replace(form, HIDDEN)
    for part in {part for secret in secrets for part in _parts(secret)}:
        said = said.replace(json.dumps(part, ensure_ascii=False), f'"{HIDDEN}"')
    return said


def _secrets(notifier: Notifier, access: Access) -> Iterator[str]:
    held = (getattr(notifier, field.name) for field in fields(notifier))  # type: ignore[arg-type]  # each kind is one
    for value in (*held, *(value for _, value in access.headers)):
        if isinstance(value, Secret) and value.reveal().strip():
            yield value.reveal()
            yield from value.reveal().split()


def _parts(url: str) -> Iterator[str]:
    """Yield the parts of an address that may stand in a body: a topic, a chat."""
    if "://" not in url:
        return
    parts = urlsplit(url)
    yield from filter(None, map(unquote, parts.path.split("/")))
    yield from (value for _, value in parse_qsl(parts.query))
