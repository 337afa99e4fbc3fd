"""A Mattermost channel, by an incoming webhook: https://developers.mattermost.com/integrate/webhooks/incoming/."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.telling.prose import Prose, Run, fitted, parted
from monitor.model import JSON, Delivery, Reply, Severity
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request, unnamed

LONGEST = 16_383  # characters of a post; a longer one is cut in two
COLOURS = {Severity.INFO: "#2b8fbf", Severity.WARNING: "#e0a000", Severity.CRITICAL: "#d0021b"}

_MARKUP = re.compile(r"([\\*_~|`>#\-+.!\[\](){}<])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mattermost(Chat):
    """Writes to a Mattermost channel. It mentions nobody, whatever a headline says."""

    channel: str = ""  # another one than the webhook's, by its name in addresses

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a post with one attachment."""
        told = fitted(told, lambda it: len(_words(it)) <= LONGEST)
        payload: dict[str, JSON] = {
            "text": escaped(told.label),
            "attachments": [
                {
                    "fallback": escaped(told.label),
                    "color": COLOURS[delivery.alert.severity],
                    "text": _words(told),
                }
            ],
        }
        if self.channel:
            payload["channel"] = self.channel
        return Request(url=self.url.reveal(), payload=payload)

    def refused(self, reply: Reply) -> NotifyError | None:
        """Mattermost says in words what is wrong."""
        return _http.refused(reply, why=_http.plain(_http.said(reply).get("message")))


def _words(told: Prose) -> str:
    lines = (f"#### {_marked(told.title)}", _marked(told.body), escaped(told.note), escaped(told.about))
    return "\n".join(filter(None, (*lines, f"<{told.url}>" if told.url else "")))


def _marked(runs: Sequence[Run]) -> str:
    return "".join(f"**{escaped(run.text)}**" if run.lit else escaped(run.text) for run in runs)


def escaped(words: str) -> str:
    r"""Escape what Markdown gives a meaning, and part what Mattermost would take for a mention, an address or an emoji.

    >>> print(escaped("[free](http://evil.example) @channel :smile:").replace("\u2060", "·"))
    \[free\]\(http:·/·/·evil\.example\) @·channel :·smile:·
    """
    return parted(_MARKUP.sub(r"\\\1", unnamed(words)))
