import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser

import monitor.demo.site
from monitor.demo.script import COUNTED, CRESTS, EVACUATED, OLD, RESIGNS, SPEECH
from monitor.demo.site import Site

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def get(url: str, etag: str | None = None) -> tuple[HTTPResponse, bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("GET", parts.path, headers={"If-None-Match": etag} if etag else {})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("name", ["wire", "meridian"])
def test_a_feed_is_one_and_its_etag_tells_the_truth(name: str) -> None:
    with Site(OLD, NOW) as site:
        url = site.feed_url(name)
        first, body = get(url)
        etag = first.headers["ETag"]
        parsed = feedparser.parse(body)
        assert (first.status, parsed.bozo) == (200, False)
        assert {it.title for it in parsed.entries} == {it.title for it in OLD if name in it.feeds}

        again, empty = get(url, etag)
        assert (again.status, again.headers["ETag"], empty) == (304, etag, b"")

        assert site.publish(CRESTS, NOW) is False
        changed, body = get(url, etag)
        assert (changed.status, changed.headers["ETag"] == etag) == (200, False)
        newest = feedparser.parse(body).entries[0]
        assert (newest.title, newest.link) == (CRESTS.title, site.url + CRESTS.path)
        assert site.visits.asked == 3
        assert site.visits.unchanged == 1


def test_an_edit_keeps_its_place_and_its_id() -> None:
    with Site(OLD, NOW) as site:
        site.publish(SPEECH, NOW)
        before = feedparser.parse(get(site.feed_url("wire"))[1]).entries[0]
        assert site.publish(RESIGNS, NOW) is True
        after = feedparser.parse(get(site.feed_url("wire"))[1]).entries[0]
    assert (before.title, after.title) == (SPEECH.title, RESIGNS.title)
    assert (before.id, before.link, before.published) == (after.id, after.link, after.published)


def rows(html: bytes) -> list[list[str]]:
    found = HTMLParser(html).css(".latest li")
    return [[cell.text() for part in (".time", "h3", "p") for cell in row.css(part)] for row in found]


def test_a_sidebar_has_a_clock_time_a_headline_a_paragraph_and_no_link() -> None:
    with Site(OLD, NOW) as site:
        first, html = get(site.feed_url("sidebar"))
        assert first.headers["Content-Type"].startswith("text/html")
        assert rows(html) == [
            ["11:43 AM", "Calder market opens on Sundays", "From ten to four, from next month on."],
            ["11:26 AM", "Aurora watchers crowd north pier", "The last bus leaves at one."],
            ["11:09 AM", "Fishing fleet sails after storm", "All nineteen boats left on the tide."],
        ]
        assert HTMLParser(html).css(".latest a") == HTMLParser(html).css(".latest time") == []

        later = NOW + timedelta(minutes=3)
        site.publish(EVACUATED, later)
        site.publish(replace(EVACUATED, slug="other", title="Other"), later)
        assert site.publish(COUNTED, later + timedelta(minutes=2)) is True
        html = get(site.feed_url("sidebar"))[1]
        assert [row[:2] for row in rows(html)] == [
            ["12:03 PM", "Other"],
            ["12:03 PM", COUNTED.title],  # edited in place, its time as it was
            ["11:43 AM", "Calder market opens on Sundays"],
            ["11:26 AM", "Aurora watchers crowd north pier"],
        ]


def test_a_story_is_known_once_its_etag_comes_back() -> None:
    with Site(OLD, NOW) as site:
        site.publish(SPEECH, NOW)
        etag = get(site.feed_url("wire"))[0].headers["ETag"]
        assert not site.is_known(SPEECH), "fetched is not committed"
        get(site.feed_url("wire"), etag)
        assert site.is_known(SPEECH)
        assert not site.is_known(), "nobody asked for the other feed"
        site.publish(RESIGNS, NOW)
        get(site.feed_url("wire"), etag)
        assert not site.is_known(RESIGNS), "an old ETag does not know new words"


def test_there_is_nothing_else() -> None:
    with Site(OLD, NOW) as site:
        assert get(f"{site.url}/elsewhere")[0].status == 404


def test_its_examples_run() -> None:
    outcome = doctest.testmod(monitor.demo.site)
    assert outcome.attempted > 0
    assert outcome.failed == 0
