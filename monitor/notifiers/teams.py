"""A Microsoft Teams channel, by a workflow "When a Teams webhook request is received", as an Adaptive Card."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core.telling.prose import Prose, Run, fitted, lines, text
from monitor.model import JSON, Delivery, Severity
from monitor.notifiers import _http
from monitor.notifiers._chat import Chat, Request

LARGEST = 27_000  # bytes; Teams takes 28 KB
COLOURS = {Severity.INFO: "accent", Severity.WARNING: "warning", Severity.CRITICAL: "attention"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Teams(Chat):
    """Writes to a Teams channel. The text of strangers is `TextRun`s, in which nothing is markup."""

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a message with one card."""
        severity = delivery.alert.severity
        told = fitted(told, lambda it: len(_http.encoded(_message(it, severity))) <= LARGEST)
        return Request(url=self.url.reveal(), payload=_message(told, severity))


def _message(told: Prose, severity: Severity) -> JSON:
    return {
        "type": "message",
        "summary": text(told.title)[:200],
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": card(told, severity),
            }
        ],
    }


def card(told: Prose, severity: Severity) -> JSON:
    """Return an Adaptive Card, version 1.4: what all Teams clients show."""
    blocks = [
        [_run(told.label, weight="bolder", color=COLOURS[severity])],
        _runs(told.title, size="medium"),
        *(_runs(line) for line in lines(told.body)),
        [_run(told.note)] if told.note else [],
        [_run(told.about, isSubtle=True)] if told.about else [],
    ]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": inlines} for inlines in blocks if inlines],
        "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": told.url}] if told.url else [],
    }


def _runs(runs: Sequence[Run], **style: JSON) -> list[JSON]:
    return [_run(run.text, **style, **({"highlight": True} if run.lit else {})) for run in runs]


def _run(words: str, **style: JSON) -> JSON:
    return {"type": "TextRun", "text": words, **style}
