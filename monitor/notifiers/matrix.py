"""A Matrix room: https://spec.matrix.org/v1.16/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from monitor.core.telling.prose import Prose, Run, fitted
from monitor.model import JSON, Delivery, Reply, Secret, Severity
from monitor.notifiers import NotifyError, _http
from monitor.notifiers._chat import Chat, Request

LARGEST = 60_000  # bytes of JSON; an event is of 65,536 at most, with all that servers add

_ROOM = re.compile(r"![^\s:/?#]{1,200}(:[^\s/?#]{1,255})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Chat):
    """Writes to a Matrix room that is not encrypted. It mentions nobody, whatever a headline says."""

    room: str  # "!id:example.org", not an alias
    token: Secret  # an access token of who writes

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be sent."""
        Chat.__post_init__(self)
        if not _ROOM.fullmatch(self.room):
            raise ValueError('room: must be the id of a room, as in "!abc:example.org"; its settings show it')
        if not self.token.reveal().isprintable() or " " in self.token.reveal():
            raise ValueError("token: must hold no spaces or control characters")

    def request(self, delivery: Delivery, told: Prose) -> Request:
        """Return a message whose transaction is the delivery: sent again, it is the same message."""
        severity = delivery.alert.severity
        told = fitted(told, lambda it: len(_http.encoded(_message(it, severity))) <= LARGEST)
        room, id_ = quote(self.room, safe=""), quote(delivery.id, safe="")
        return Request(
            method="PUT",
            url=f"{self.url.reveal().rstrip('/')}/_matrix/client/v3/rooms/{room}/send/m.room.message/{id_}",
            headers={"authorization": f"Bearer {self.token.reveal()}"},
            payload=_message(told, severity),
        )

    def refused(self, reply: Reply) -> NotifyError | None:
        """Matrix says by a code what is wrong, "M_FORBIDDEN", and in milliseconds how long to wait."""
        answer = _http.said(reply)
        patient = _http.patient(reply, answer.get("retry_after_ms"), unit=0.001)
        return _http.refused(patient, why=_http.plain(answer.get("errcode")))


def _message(told: Prose, severity: Severity) -> JSON:
    return {
        "msgtype": "m.notice" if severity == Severity.INFO else "m.text",
        "body": f"{told.label}\n{told.plain()}",
        "format": "org.matrix.custom.html",
        "formatted_body": _html(told),
        "m.mentions": {},
    }


def _html(told: Prose) -> str:
    lines = (
        f"<strong>{html.escape(told.label)}</strong>",
        _marked(told.title),
        _marked(told.body),
        html.escape(told.note),
        html.escape(told.about),
        f'<a href="{html.escape(told.url)}">{html.escape(told.url)}</a>' if told.url else "",
    )
    return "<br>".join(filter(None, lines))


def _marked(runs: Sequence[Run]) -> str:
    return "".join(
        f"<strong>{html.escape(run.text)}</strong>" if run.lit else html.escape(run.text) for run in runs
    ).replace("\n", "<br>")
