"""JSON Feeds of both versions."""

import json

import pytest

from monitor.core.text import text_key
from monitor.model import Entry, Parsed, RawDate
from monitor.sources import ParseError
from tests.sources.kinds import DOCUMENTS, parse

VERSION = "https://jsonfeed.org/version/1.1"


def read(*items: object, **others: object) -> Parsed:
    return parse("json_feed", written(*items, **others))


def written(*items: object, **others: object) -> bytes:
    return json.dumps({"version": VERSION, "items": items, **others}).encode()


def test_a_whole_item() -> None:
    parsed = parse("json_feed", (DOCUMENTS / "json_feed" / "version11.json").read_bytes())
    assert (parsed.title, parsed.older) == ("Desk", ("https://example.org/feed.json?page=2",))
    assert parsed.entries[0] == Entry(
        keys=("guid:17", "url:https://example.org/1"),
        title="Сирени",
        summary="Люди — в укриттях.",
        url="https://example.org/1",
        author="Ann, Bo",
        tags=("war", "uk"),
        dates=(
            RawDate(text="2024-03-11T15:44:00+02:00", parsed="2024-03-11T13:44:00+00:00"),
            RawDate(text="2024-03-11T15:50:00+02:00", origin="updated", parsed="2024-03-11T13:50:00+00:00"),
        ),
    )
    second = parsed.entries[1]
    assert (second.title, second.summary, second.author) == ("", "No title here.", "The Desk")
    assert second.url == "https://example.org/2", "an id that is an address is one"
    assert len(parsed.entries) == 2, "an item that shows nothing is none"


def test_version_one_has_one_author_and_links_elsewhere() -> None:
    first, second = parse("json_feed", (DOCUMENTS / "json_feed" / "version10.json").read_bytes()).entries
    assert (first.url, first.author) == ("https://example.net/x", "Me")
    assert second.url == "https://example.org/news/ep.mp3"


@pytest.mark.parametrize(
    "item",
    [
        {"id": "1", "title": None, "content_text": "t", "tags": None, "authors": [None, "x", {"name": 7}]},
        {"id": ["1"], "title": {"a": 1}, "content_text": "t", "url": 5, "attachments": {"url": "x"}},
        {"id": True, "content_text": "t", "tags": [1, ["a"], {}], "date_published": {}, "author": "me"},
        {"id": 10**400, "content_text": "t"},
    ],
)
def test_fields_of_a_wrong_type_are_as_good_as_missing(item: dict[str, object]) -> None:
    (entry,) = read(item).entries
    assert (entry.summary, entry.url, entry.tags, entry.author, entry.dates) == ("t", "", (), "", ())


def test_a_number_of_5000_digits_costs_no_item_beside_it() -> None:
    """Python refuses to read it, and would refuse the whole document."""
    body = written({"id": "N", "title": "One", "views": "N"}, {"id": 2, "title": "Two"})
    one, two = parse("json_feed", body.replace(b'"N"', b"9" * 5_000)).entries
    assert (one.title, one.keys) == ("One", (text_key("One", ""),))
    assert (two.title, two.keys) == ("Two", ("guid:2",))


def test_no_items_is_a_feed_without_entries() -> None:
    assert read().entries == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"version": "https://jsonfeed.org/version/1"}', "JSON, not a JSON Feed"),
        (b'{"items": {}}', "JSON, not a JSON Feed"),
        (b"[1]", "JSON, not a JSON Feed"),
        (b'{"items": [{"id": 1}]}', "a JSON Feed whose items have neither text nor address"),
        (b'{"items": [', "JSON that is cut off in line 1, column 12"),
        (b'{"items": [}', "JSON that is broken in line 1, column 12"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply to read"),
        (b"<rss><channel/></rss>", "a feed, not a JSON Feed"),
        (b"<html><p>hi", "an HTML page, not a JSON Feed"),
        (b'{"error": {"message": "Rate\\nlimited"}}', 'JSON that says "Rate limited", not a JSON Feed'),
    ],
)
def test_what_is_none_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("json_feed", body)
    assert str(error.value) == sentence
