"""A service of PagerDuty: https://developer.pagerduty.com/docs/send-alert-event (Events API v2)."""

from dataclasses import dataclass

from monitor.core.telling.prose import Prose, fitted, text
from monitor.core.telling.render import alert_json, instant
from monitor.model import JSON, Delivery, Reply, Secret
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request

SUMMARY_MAX = 1_024  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class PagerDuty(Chat):
    """Opens an incident of PagerDuty, by https://events.pagerduty.com/v2/enqueue (events.eu… in Europe)."""

    key: Secret  # the integration key of the service
    rate: float = 2.0  # requests a second at most

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        Chat.__post_init__(self)
        if not self.key.reveal().isprintable() or " " in self.key.reveal():
            raise ValueError("key: must hold no spaces or control characters")

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return an event under the alert's id: told twice, it is one incident."""
        told = fitted(told, lambda it: len(_summary(it)) <= SUMMARY_MAX)
        alert = delivery.alert
        payload: dict[str, JSON] = {
            "routing_key": self.key.reveal(),
            "event_action": "trigger",
            "dedup_key": alert.id,
            "client": "Newsbell",
            "payload": {
                "summary": _summary(told),
                "source": (alert.item.source if alert.item else alert.source) or "newsbell",
                "severity": str(alert.severity),
                "timestamp": instant(alert.at),
                "class": str(alert.type),
                **({"group": alert.rule} if alert.rule else {}),
                "custom_details": alert_json(alert),
            },
        }
        if told.url:
            payload["links"] = [{"href": told.url, "text": text(told.title)[:200]}]
        return Request(url=self.url.reveal(), payload=payload)

    def refused(self, reply: Reply) -> NotifyError | None:
        """PagerDuty says in words what is wrong."""
        return _http.refused(reply, why=_http.plain(_http.said(reply).get("message")))


def _summary(told: Prose) -> str:
    return f"{told.label}: {text(told.title)}"
