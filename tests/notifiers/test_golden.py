"""What each service is sent, word for word, by a hostile headline, over real HTTP.

`python -m tests.notifiers.test_golden` writes golden/ anew: read the difference before it is kept.
"""

import asyncio
import html
import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from monitor import kinds
from monitor.core.telling.prose import APART
from monitor.core.telling.render import safe
from monitor.core.telling.wording import told
from monitor.daemon.network.transport import Transport
from monitor.model import (
    Alert,
    AlertType,
    Also,
    Delivery,
    Edit,
    Item,
    Published,
    Reply,
    Secret,
    Severity,
    Span,
    Wording,
)
from monitor.notifiers import Notifier, _http
from monitor.notifiers._chat import Chat, Request
from tests.conftest import Asked, Site, StillClock

GOLDEN = Path(__file__).parent / "golden"
SCHEMAS = Path(__file__).parent / "schemas"
AT = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)

HOSTILE = "@everyone <!channel> [free](http://evil.example) ICBM *launch* <a href='//x'>&"
ITEM = Item(
    id="7c1e9a4b2d6f80359bdf",
    source="bbc",
    title=HOSTILE,
    summary="Запуск «МБР» 🚀: ICBM, says @room. `code` <@U123> https://evil.example/a_b_c |x|",
    url="https://bbc.example/1?a=1&b=2",
    published=Published(earliest=AT, latest=AT, origin="stated"),
    first_seen_at=AT,
)
ALERT = Alert(
    id="0e3c5b7a9d1f42468ace",
    type=AlertType.UPDATED,
    dedupe="r/i1/2",
    at=AT,
    severity=Severity.CRITICAL,
    rule="launch",
    item=ITEM,
    spans=(
        Span(field="title", start=49, end=53),
        Span(field="title", start=54, end=62),
        Span(field="summary", start=16, end=20),
    ),
    edit=Edit(title=HOSTILE.replace("ICBM", "drone"), summary=ITEM.summary, kind="name"),
    also_in=(Also(source="pravda", publisher="pravda.example", url="https://pravda.example/2", title="x"),),
    publishers=2,
)
DELIVERY = Delivery(id="d41d8cd98f00b204e980", alert=ALERT, notifier="ops", created_at=AT, late=True)

USUAL = Wording()
WORDS = Wording(
    zone=ZoneInfo("Europe/Kyiv"),
    title="{{ rule }} <b>at {{ at.strftime('%H:%M') }}</b>",
    body="{{ title | lit }}\n*{{ source }}* @all http://evil.example <a href='x'>\n{{ summary | lit }}\n{{ url }}\n",
)

CONFIG: Mapping[str, Mapping[str, Any]] = {
    "discord": {"url": "/api/webhooks/1/token?thread_id=5"},
    "matrix": {"url": "", "room": "!desk:example.org", "token": Secret("syt_token")},
    "mattermost": {"url": "/hooks/abcdefghijklmnopqrstuvwxyz", "channel": "desk"},
    "ntfy": {"url": "/news-desk", "token": Secret("tk_token")},
    "pagerduty": {"url": "/v2/enqueue", "key": Secret("k" * 32)},
    "slack": {"url": "/services/T0/B0/token"},
    "teams": {"url": "/workflows/1/triggers/manual/paths/invoke?sig=token"},
    "telegram": {"url": "/bot1:token/sendMessage?chat_id=-1001", "thread": 7},
}


def build(name: str, url: str, wording: Wording = USUAL) -> Notifier:
    config = {**CONFIG[name], "url": Secret(f"{url}{CONFIG[name]['url']}"), "wording": wording}
    notifier: Notifier = kinds.load("monitor.notifiers", "newsbell.notifiers", name)(**config)
    return notifier


def chats() -> list[str]:
    every = kinds.names("monitor.notifiers", "newsbell.notifiers")
    return [n for n in every if issubclass(kinds.load("monitor.notifiers", "newsbell.notifiers", n), Chat)]


@pytest.fixture(params=chats())
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def requested(name: str, delivery: Delivery, wording: Wording = USUAL) -> Request:
    chat = build(name, "https://service.example", wording)
    assert isinstance(chat, Chat)
    return chat.request(delivery, told(delivery, wording))


def sent(name: str, site: Site, wording: Wording = USUAL) -> Any:
    """Return the one request that telling DELIVERY made."""

    def answer(asked: Asked) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {}, b"ok"

    class Anywhere(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            return answer

    site.pages = Anywhere()

    async def story() -> None:
        async with Transport(clock=StillClock()) as transport:
            await build(name, site.url, wording).send(transport.post, DELIVERY, AT)

    asyncio.run(story())
    [asked] = site.requests
    headers = {key: value for key, value in asked.headers.items() if key in {"content-type", "authorization"}}
    return {
        "method": asked.method,
        "path": asked.path,
        "headers": headers,
        "body": json.loads(asked.body),
    }


def written(request: Any) -> str:
    return json.dumps(request, ensure_ascii=False, indent=2) + "\n"


def test_the_request_is_the_golden_one(name: str, site: Site) -> None:
    assert written(sent(name, site)) == (GOLDEN / f"{name}.json").read_text(encoding="utf-8")


def test_the_request_in_the_words_of_a_template_is_the_golden_one(name: str, site: Site) -> None:
    """Its lines are lines, its signs are shown as they are, and the address is the link."""
    assert written(sent(name, site, WORDS)) == (GOLDEN / f"{name}-worded.json").read_text(encoding="utf-8")


# -- as the services publish what they take ---------------------------------------------------


def validate(schema: str, value: object) -> None:
    loaded = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(loaded)(loaded).validate(value)


def deliveries() -> list[Delivery]:
    notice = Alert(
        id="a2",
        type=AlertType.SOURCE_FAILING,
        dedupe="s",
        at=AT,
        severity=Severity.WARNING,
        source="bbc",
        sentence="bbc: answered 500 three times",
    )
    bare = replace(ALERT, item=replace(ITEM, title="", summary="", url="javascript:alert(1)"), spans=())
    return [DELIVERY, *(replace(DELIVERY, alert=alert, late=False) for alert in (notice, bare))]


@pytest.mark.parametrize("delivery", deliveries(), ids=["item", "notice", "bare"])
def test_a_card_is_one_by_the_schema_of_adaptive_cards(delivery: Delivery) -> None:
    message: Any = requested("teams", delivery).payload
    validate("adaptive-card", message["attachments"][0]["content"])


@pytest.mark.parametrize("delivery", deliveries(), ids=["item", "notice", "bare"])
def test_a_message_is_one_by_the_schema_of_discord(delivery: Delivery) -> None:
    validate("discord", requested("discord", delivery).payload)


@pytest.mark.parametrize("delivery", deliveries(), ids=["item", "notice", "bare"])
def test_an_event_has_what_pagerduty_asks_for_and_no_null(delivery: Delivery) -> None:
    """As github.com/PagerDuty/api-schema (events-v2, without a licence and so not here) has it: null is no text."""
    event: Any = requested("pagerduty", delivery).payload
    assert event.keys() >= {"routing_key", "event_action", "dedup_key"}
    assert event["payload"].keys() >= {"summary", "source", "severity"}
    assert event["payload"]["severity"] in {"critical", "warning", "error", "info"}
    told = {**event, **event["payload"], "custom_details": {}}
    assert [key for key, value in told.items() if value is None or value == ""] == []


def test_what_no_schema_allows_is_seen() -> None:
    card: Any = requested("teams", DELIVERY).payload
    card["attachments"][0]["content"]["body"][0]["inlines"][0]["weight"] = "heavy"
    with pytest.raises(jsonschema.ValidationError):
        validate("adaptive-card", card["attachments"][0]["content"])
    message: Any = requested("discord", DELIVERY).payload
    with pytest.raises(jsonschema.ValidationError):
        validate("discord", {**message, "content": "x" * 2_001})


# -- strangers' text --------------------------------------------------------------------------

LIMITS: Mapping[str, Any] = {  # what each service takes of the longest part
    "slack": lambda body: len(strings(body["blocks"])) <= 3_100,
    "discord": lambda body: (
        len(body["embeds"][0]["description"]) <= 4_096
        and len(body["embeds"][0]["footer"]["text"]) <= 2_048
        and len(body["content"]) <= 2_000
    ),
    "teams": lambda body: len(_http.encoded(body)) <= 28_000,
    "mattermost": lambda body: len(body["attachments"][0]["text"]) <= 16_383,
    "telegram": lambda body: (
        len(html.unescape(re.sub("<[^>]*>", "", body["text"])).encode("utf-16-le")) <= 2 * 4_096
    ),
    "ntfy": lambda body: (
        len(body["message"].encode()) <= 4_096
        and len(body["title"].encode()) <= 250
        and len(_http.encoded(body)) <= 8_192
    ),
    "matrix": lambda body: len(_http.encoded(body)) <= 65_000,
    "pagerduty": lambda body: (
        len(body["payload"]["summary"]) <= 1_024 and len(_http.encoded(body)) <= 512_000
    ),
}


def strings(value: object) -> str:
    if isinstance(value, Mapping):
        return "".join(strings(part) for key, part in value.items() if key not in {"type", "style"})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(map(strings, value))
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize("letter", ["x", "🚀", "&", "*", "<", "ї", "@", '"', "\\", "\ud800"])
def test_the_longest_text_is_within_the_limits(name: str, letter: str) -> None:
    item = replace(
        ITEM, title=letter * 30_000, summary=letter * 30_000, url="https://x.example/" + "y" * 1_900
    )
    spans = tuple(Span(field="title", start=n, end=n + 1) for n in range(0, 600, 2))
    alert = replace(ALERT, item=item, rule="r" * 100, spans=spans)
    request = requested(name, replace(DELIVERY, alert=alert))
    body = json.loads(_http.encoded(request.payload))
    assert LIMITS[name](body)
    assert (
        safe(letter) in strings(body)
        or letter in strings(body)
        or "&amp;" in strings(body)
        or "&lt;" in strings(body)
    )
    assert "…" in strings(body), "says that there was more"


def visible(name: str, body: Any) -> str:
    """Return the text of a message in which the service looks for markup."""
    parts = {
        "slack": lambda: body["text"],
        "discord": lambda: body["content"] + body["embeds"][0]["description"],
        "mattermost": lambda: body["text"] + body["attachments"][0]["text"],
        "telegram": lambda: body["text"],
        "matrix": lambda: body["formatted_body"],
    }
    return str(parts[name]()) if name in parts else ""


OWN = "https://bbc.example/1?a=1&b=2"


@pytest.mark.parametrize("wording", [USUAL, WORDS], ids=["usual", "worded"])
def test_a_headline_mentions_nobody_and_links_nowhere(name: str, wording: Wording) -> None:
    random_ = random.Random(7)
    pieces = [
        HOSTILE,
        "[a](http://e.example)",
        "<http://e.example|x>",
        "@here",
        "@all",
        "<!here>",
        "**",
        "</b>",
        "\\",
        "`",
        "||",
        "<@1>",
        "\n# ",
    ]
    for _ in range(200):
        words = " ".join(random_.choices(pieces, k=6))
        body: Any = requested(
            name,
            replace(DELIVERY, alert=replace(ALERT, item=replace(ITEM, title=words, summary=words))),
            wording,
        ).payload
        text = visible(name, body).replace(OWN, "").replace(OWN.replace("&", "&amp;"), "")
        if name in {"slack", "telegram", "matrix"}:
            tags = set(re.findall(r"<[^>]*>", text))
            assert tags <= {
                "<b>",
                "</b>",
                "<u>",
                "</u>",
                "<i>",
                "</i>",
                "<strong>",
                "</strong>",
                "<br>",
                '<a href="">',
                "</a>",
            }
        if name == "discord":
            assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]@:]|(?<!\\)(?:\\\\)*<(?!>)", text)
            assert body["allowed_mentions"] == {"parse": []}
        if name == "mattermost":
            assert not re.search(r"@\w|://|(?<!\\)(?:\\\\)*[\[\]]", text)
        if name == "telegram":
            assert not re.search(r"@\w|://|/[A-Za-z0-9_]", re.sub("<[^>]*>", "", text))
        if name == "matrix":
            assert body["m.mentions"] == {}


@pytest.mark.parametrize(
    "words", [":smile:", ":+1::100: a:fire:b", "1:100: :D :/ :o", ":slightly_smiling_face:"]
)
def test_a_headline_shows_no_emoji_by_name(name: str, words: str) -> None:
    """Mattermost takes `:name:` and `:D` for one in any text, Discord what is not escaped, Slack in a notification."""
    item = replace(ITEM, title=f"{words} at 12:30, 3:2", summary=words)
    body: Any = requested(
        name, replace(DELIVERY, alert=replace(ALERT, item=item, edit=None, spans=()))
    ).payload
    text = visible(name, body).replace(OWN, "")
    if name == "mattermost":
        assert not re.search(r":[a-zA-Z0-9_+\\-]+:|:[DdOoPp/]", text)
        assert f":{APART}" in text
        assert " at 12:30, 3:2\n" in text
    if name == "slack":
        assert not re.search(r":[a-zA-Z0-9_+-]+:", text)
        assert text.endswith(" at 12:30, 3:2")
    if name == "discord":
        assert not re.search(r"(?<!\\):", text)


def test_what_is_sent_again_has_the_same_id(name: str) -> None:
    """Where a service tells doubles apart, each attempt at a delivery is the same message, another one is not."""
    keys: Mapping[str, Callable[[Any], str]] = {
        "slack": lambda request: request.payload["client_msg_id"],
        "ntfy": lambda request: request.payload["sequence_id"],
        "matrix": lambda request: request.url.rsplit("/", 1)[1],
        "pagerduty": lambda request: request.payload["dedup_key"],
    }
    if name not in keys:
        return
    key = keys[name]
    other = replace(DELIVERY, id="another", alert=replace(ALERT, id="another"))
    assert key(requested(name, DELIVERY)) == key(requested(name, replace(DELIVERY, attempts=3, late=False)))
    assert key(requested(name, DELIVERY)) != key(requested(name, other))


# -- what services say of waiting in their own words ------------------------------------------


@pytest.mark.parametrize(
    ("name_", "head", "seconds", "sentence"),
    [
        ("discord", {"message": "You are being rate limited.", "retry_after": 0.65}, 0.65, "answered 429"),
        (
            "telegram",
            {"description": "Too Many Requests", "parameters": {"retry_after": 31}},
            31.0,
            "answered 429 (Too Many Requests)",
        ),
        (
            "matrix",
            {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2_000},
            2.0,
            "answered 429 (M_LIMIT_EXCEEDED)",
        ),
    ],
)
def test_a_body_may_say_when_to_come_again(name_: str, head: Any, seconds: float, sentence: str) -> None:
    chat = build(name_, "https://service.example")
    assert isinstance(chat, Chat)
    error = chat.refused(Reply(status=429, head=json.dumps(head).encode()))
    assert error is not None
    assert (error.retry_after, str(error)) == (seconds, sentence)
    asked = chat.refused(Reply(status=429, retry_after=5.0, head=json.dumps(head).encode()))
    assert asked is not None
    assert asked.retry_after == 5.0, "the header is the first to be asked"
    for junk in (b"", b"[]", b"{", b'{"retry_after": "x", "parameters": 3, "retry_after_ms": true}'):
        error = chat.refused(Reply(status=429, head=junk))
        assert error is not None
        assert error.retry_after is None


def test_discord_waits_until_a_message_is_kept() -> None:
    query = parse_qs(urlsplit(requested("discord", DELIVERY).url).query)
    assert query == {"thread_id": ["5"], "wait": ["true"]}


if __name__ == "__main__":
    for kind in chats():
        for suffix, words_ in (("", USUAL), ("-worded", WORDS)):
            with ExitStack() as stack:
                place = Site()
                server = stack.enter_context(place.serve())
                thread = Thread(target=server.serve_forever, args=(0.01,))
                thread.start()
                stack.callback(thread.join)
                stack.callback(server.shutdown)
                (GOLDEN / f"{kind}{suffix}.json").write_text(
                    written(sent(kind, place, words_)), encoding="utf-8"
                )
