import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from monitor.demo.receiver import Receiver
from monitor.demo.record import Received

SECRET = "whsec_bm90IGEgc2VjcmV0LCBhIHRlc3Qgb2Ygb25l"
DATA: dict[str, Any] = {
    "rule": "flood",
    "item": {"title": "Comet Halvorsen visible to naked eye", "url": ""},
    "story": {"id": "1", "also_in": [{"source": "wire"}], "publishers": 2},
    "spans": [{"field": "title", "start": 0, "end": 5}, {"field": "summary", "start": 1, "end": 2}],
}
BODY = json.dumps({"type": "alert.created", "data": DATA})


def headers(
    body: str, *, id_: str = "msg-1", at: datetime | None = None, secret: str = SECRET
) -> dict[str, str]:
    from monitor.daemon.clock import SystemClock

    at = at or SystemClock().now()
    return {
        "Webhook-Id": id_,
        "Webhook-Timestamp": str(int(at.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(id_, at, body),
    }


def post(url: str, body: str, with_: Mapping[str, str]) -> int:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("POST", parts.path, body.encode(), dict(with_))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def test_the_first_attempt_is_refused_and_the_next_accepted() -> None:
    notes: list[Received] = []
    with Receiver(SECRET, notes.append, lambda: 2.5) as desk:
        assert [post(desk.url, BODY, headers(BODY)) for _ in range(2)] == [503, 204]
        desk.closed = True
        assert post(desk.url, BODY, headers(BODY, id_="msg-2")) == 503
        desk.closed = False
        assert post(desk.url, BODY, headers(BODY, id_="msg-2")) == 204
    assert [(note.status, note.id) for note in notes] == [
        (503, "msg-1"),
        (204, "msg-1"),
        (503, "msg-2"),
        (204, "msg-2"),
    ]
    assert notes[1] == Received(
        at=2.5, status=204, id="msg-1", rule="flood", slug="comet", also=True, lit=((0, 5),)
    )


def test_what_is_not_signed_well_is_no_alert() -> None:
    notes: list[Received] = []
    other = "whsec_YW5vdGhlciBzZWNyZXQgYWx0b2dldGhlcg=="
    stale = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=1)
    with Receiver(SECRET, notes.append, lambda: 0.0) as desk:
        answers = [
            post(desk.url, BODY, {}),
            post(desk.url, BODY, headers(BODY, secret=other)),
            post(desk.url, BODY.replace("flood", "drill"), headers(BODY)),
            post(desk.url, BODY, headers(BODY, at=stale)),
            post(desk.url, "{}", headers("{}")),  # signed, but no alert
            post(desk.url, "[]", headers("[]")),
        ]
    assert answers == [401] * 6
    assert {note.status for note in notes} == {401}
