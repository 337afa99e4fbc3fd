"""What the notifiers that send by HTTP share: which addresses are good, what an answer means."""

import json
import math
import re
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.model import JSON, Reply
from monitor.notifiers import NotifyError

_PLAIN = re.compile(r"[A-Za-z][A-Za-z ,:'_-]{2,79}")


def encoded(value: JSON) -> bytes:
    """Encode as JSON; a lone surrogate, which UTF-8 cannot say, becomes "?"."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def refused(reply: Reply, *, why: str = "") -> NotifyError | None:
    """Return what an answer means, None for a success (2xx). `why` is what it says of itself, without secrets.

    >>> refused(Reply(status=204)) is None
    True
    >>> error = refused(Reply(status=503, retry_after=30.0))
    >>> str(error), error.trouble, error.retry_after
    ('answered 503', 'receiver', 30.0)
    """
    status, sentence = reply.status, f"answered {reply.status}" + (f" ({why})" if why else "")
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return NotifyError(f"{sentence}, a redirect, which is never followed", trouble="delivery")
    if status == 410:
        return NotifyError(f"{sentence}, gone for good", trouble="gone")
    if status == 429 or status >= 500:
        return NotifyError(sentence, trouble="receiver", retry_after=reply.retry_after)
    return NotifyError(sentence, trouble="delivery")


def said(reply: Reply) -> dict[str, object]:
    """Return the JSON object that a service answered, {} if it is none."""
    try:
        value = json.loads(reply.head)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def plain(words: object) -> str:
    """Return a service's own words for what is wrong, "" if they may hold anything but words: tokens have digits.

    >>> plain("Bad Request: chat not found"), plain("no bot 12345:AbC")
    ('Bad Request: chat not found', '')
    """
    return words if isinstance(words, str) and _PLAIN.fullmatch(words) else ""


def wrong_url(url: str) -> str:
    """Return what is wrong with an address, without quoting it; "" if nothing is."""
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


def patient(reply: Reply, asked: object, *, unit: float = 1.0) -> Reply:
    """Return an answer with the time to wait that its body asks for (in `unit` s), where the header asks for none."""
    if reply.retry_after is not None or isinstance(asked, bool) or not isinstance(asked, int | float):
        return reply
    return replace(reply, retry_after=asked * unit) if 0 < asked < math.inf else reply
