"""Who a feed says pushes it: in the Link field (RFC 8288), in its body (WebSub §4), and which of them counts."""

import pytest

from monitor.core.websub import named
from monitor.daemon.network.links import READ, hub_of
from monitor.model import Hub, Response
from monitor.sources._select import Select
from monitor.sources.feed import Feed
from monitor.sources.json_feed import JsonFeed
from monitor.sources.page import Page
from tests.virtual import START

BASE = "https://a.example/rss"
HUB, TOPIC = "https://hub.example/", "https://a.example/feed"
BOTH = Hub(url=HUB, topic=TOPIC)


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"', BOTH),
        (f"<{HUB}>;rel=hub,<{TOPIC}>;rel=self", BOTH),
        (f'<{HUB}> ; type="a,b;c" ; REL = "preload HUB" , </feed>; rel=self', BOTH),
        (f'<{HUB}>; rel=hub; rel="next", <{TOPIC}>; rel="self"; rel="hub"', BOTH),  # the first rel counts
        (f'<https://first.example/>; title="x; rel=hub", <{HUB}>; rel=hub', Hub(url=HUB)),
        (f'<https://first.example/>; title="\\"; rel=hub", <{HUB}>; rel=hub', Hub(url=HUB)),
        (f'<{HUB}>; rel=hub; anchor="https://b.example/"', Hub()),  # a link of another address
        (f"<{HUB}>; rel=hub, <https://second.example/>; rel=hub", Hub(url=HUB)),
        ("<javascript:alert(1)>; rel=hub", Hub()),
        ("<http://[>; rel=hub", Hub()),
        (f"{HUB}; rel=hub", Hub()),
        (f"<{HUB}>; rel", Hub()),
        ("<" * READ, Hub()),
        ("<a>" + ";a" + " " * READ, Hub()),
        ('<a>;a="' + "\\" * READ, Hub()),
        ("", Hub()),
    ],
)
def test_a_link_field(field: str, found: Hub) -> None:
    assert hub_of(field, BASE) == found


ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><link rel="hub" href="%b"/><link rel="self" href="/feed"/></feed>'
RSS = (
    b'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>t</title>'
    b'<a:link rel="hub" href="%b"/><a:link rel="self" href="https://a.example/feed"/></channel></rss>'
)
JSON = (
    b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "feed_url": "https://a.example/feed",'
    b' "hubs": [{"type": "rssCloud", "url": "https://no.example/"}, {"type": "WebSub", "url": "%b"}], "items": []}'
)
HTML = (
    b'<html><head><base href="https://a.example/"><link rel="icon hub" href="%b"><link rel="self" href="feed"></head>'
    b'<body><link rel="hub" href="https://no.example/"><p class="row">one</p></body></html>'
)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(Feed(), ATOM), (Feed(), RSS), (JsonFeed(), JSON), (Page(select=Select(item=".row")), HTML)],
    ids=["atom", "rss", "json", "html"],
)
def test_a_body(kind: Feed | JsonFeed | Page, body: bytes) -> None:
    response = Response(url=BASE, status=200, body=body % HUB.encode(), received_at=START)
    assert kind.parse(response).hub == BOTH


def test_the_link_field_goes_before_the_body() -> None:
    other = Hub(url="https://other.example/", topic="https://other.example/feed")
    assert named(BOTH, other, BASE) == BOTH
    assert named(Hub(), other, BASE) == other
    assert named(Hub(topic=TOPIC), other, BASE) == other
    assert named(Hub(url=HUB), Hub(topic=TOPIC), BASE) == BOTH
    assert named(Hub(url=HUB), Hub(), BASE) == Hub(url=HUB, topic=BASE)
    assert named(Hub(topic=TOPIC), Hub(topic=TOPIC), BASE) == Hub()
