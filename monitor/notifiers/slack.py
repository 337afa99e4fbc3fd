"""A Slack channel, by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.telling.prose import Prose, Run, fitted, text
from monitor.model import JSON, Delivery, Reply
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request, unnamed

LONGEST = 3_000  # characters of a block's text
IDS = uuid.UUID("8f0b8a70-5a5e-4c8e-9d0b-6e2f5f8d1c11")  # the space of our `client_msg_id`


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack(Chat):
    """Writes to a Slack channel. The text of strangers is a `rich_text` block, in which nothing is markup."""

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a message. `client_msg_id` is the delivery's, so that Slack can tell a repeated one."""
        told = fitted(told, lambda it: len(it.label) + len(it.plain()) <= LONGEST)
        return Request(
            url=self.url.reveal(),
            payload={
                "client_msg_id": str(uuid.uuid5(IDS, delivery.id)),
                "text": _escaped(f"{told.label}: {text(told.title)}"),  # what a notification shows
                "mrkdwn": False,
                "unfurl_links": False,
                "unfurl_media": False,
                "blocks": [{"type": "rich_text", "elements": [_section(told)]}],
            },
        )

    def refused(self, reply: Reply) -> NotifyError | None:
        """Slack says in one word what is wrong: "no_service", "invalid_payload"."""
        return _http.refused(reply, why=_http.plain(reply.head.decode("ascii", "replace")))


def _section(told: Prose) -> JSON:
    return {"type": "rich_text_section", "elements": _elements(told)}


def _elements(told: Prose) -> list[JSON]:
    lines: list[list[JSON]] = [
        [_text(told.label, bold=True)],
        _runs(told.title),
        _runs(told.body),
        [_text(told.note)] if told.note else [],
        [_text(told.about)] if told.about else [],
        [{"type": "link", "url": told.url}] if told.url else [],
    ]
    elements: list[JSON] = []
    for line in filter(None, lines):
        elements += [_text("\n"), *line] if elements else line
    return elements


def _runs(runs: Sequence[Run]) -> list[JSON]:
    return [_text(run.text, bold=run.lit) for run in runs]


def _text(words: str, *, bold: bool = False) -> JSON:
    return {"type": "text", "text": words, **({"style": {"bold": True}} if bold else {})}


def _escaped(words: str) -> str:
    """Escape the three characters that Slack gives a meaning, <!channel> and <http://…|…> with them, and part names of emoji."""
    return unnamed(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
