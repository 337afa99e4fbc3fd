"""A Discord channel, by its webhook: https://discord.com/developers/docs/resources/webhook#execute-webhook."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from monitor.core.telling.prose import Prose, Run, fitted
from monitor.core.telling.render import instant
from monitor.model import JSON, Delivery, Reply, Severity
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request

CONTENT_MAX = 2_000  # characters
DESCRIPTION_MAX = 4_096  # characters of an embed; all of it together at most 6,000
FOOTER_MAX = 2_048
COLOURS = {Severity.INFO: 0x2B8FBF, Severity.WARNING: 0xE0A000, Severity.CRITICAL: 0xD0021B}

_MARKUP = re.compile(r"([\\*_~|`>#\-+.\[\]()<:@!])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Discord(Chat):
    """Writes to a Discord channel. It mentions nobody, whatever a headline says."""

    rate: float = 0.5  # requests a second at most: Discord takes 30 a minute

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a message with one embed. `wait`: without it Discord answers before it has kept anything."""
        told = fitted(told, lambda it: len(_description(it)) <= DESCRIPTION_MAX)
        embed: dict[str, JSON] = {
            "description": _description(told),
            "color": COLOURS[delivery.alert.severity],
            "timestamp": instant(delivery.alert.at),
        }
        if told.about:
            embed["footer"] = {"text": told.about[:FOOTER_MAX]}
        return Request(
            url=_waiting(self.url.reveal()),
            payload={
                "content": escaped(told.label)[:CONTENT_MAX],
                "embeds": [embed],
                "allowed_mentions": {"parse": []},
            },
        )

    def refused(self, reply: Reply) -> NotifyError | None:
        """Discord says in words what is wrong, "Unknown Webhook", and in seconds how long to wait."""
        return _http.refused(
            _http.patient(reply, _http.said(reply).get("retry_after")),
            why=_http.plain(_http.said(reply).get("message")),
        )


def _waiting(url: str) -> str:
    """Return a webhook's address with `wait=true`; a thread named in it stays."""
    parts = urlsplit(url)
    asked = [(key, value) for key, value in parse_qsl(parts.query) if key != "wait"]
    return urlunsplit(parts._replace(query=urlencode([*asked, ("wait", "true")]), fragment=""))


def _description(told: Prose) -> str:
    link = f"<{told.url}>" if told.url else ""
    return "\n".join(
        filter(None, (f"**{_marked(told.title, '__')}**", _marked(told.body, "**"), escaped(told.note), link))
    )


def _marked(runs: Sequence[Run], mark: str) -> str:
    return "".join(f"{mark}{escaped(run.text)}{mark}" if run.lit else escaped(run.text) for run in runs)


def escaped(words: str) -> str:
    r"""Escape what Discord gives a meaning: emphasis, masked links, addresses, mentions, headings, quotes.

    >>> print(escaped("[free](http://evil.example) @everyone"))
    \[free\]\(http\://evil\.example\) \@everyone
    """
    return _MARKUP.sub(r"\\\1", words)
