"""Lists of items in JSON, by the paths of a configuration and without any."""

import json
from pathlib import Path as File

import pytest

from monitor.config.errors import ConfigErrors
from monitor.config.loading import load
from monitor.model import Entry, RawDate
from monitor.sources import ParseError
from monitor.sources._json_path import Path
from monitor.sources.json_api import JsonApi
from tests.sources.kinds import DOCUMENTS, parse, response


def document(name: str) -> bytes:
    return (DOCUMENTS / "json_api" / name).read_bytes()


def test_wordpress_by_its_address_alone() -> None:
    (entry,) = parse("json_api", document("wordpress.json")).entries
    assert entry == Entry(
        keys=("guid:17", "guid:https://example.org/?p=17", "url:https://example.org/sirens/"),
        title="Sirens – Kyiv",
        summary="People in shelters […]",
        url="https://example.org/sirens/",
        author="Ann",
        tags=("War", "Kyiv"),
        dates=(
            RawDate(text="2024-03-11T13:44:00Z", parsed="2024-03-11T13:44:00+00:00"),
            RawDate(text="2024-03-11T13:50:00Z", origin="updated", parsed="2024-03-11T13:50:00+00:00"),
        ),
    )


def test_ghost_by_its_address_alone() -> None:
    (entry,) = parse("json_api", document("ghost.json")).entries
    assert (entry.keys[0], entry.title, entry.summary) == ("guid:5f", "Сирени", "People in shelters")
    assert (entry.author, entry.tags) == ("Ann", ("War",))
    assert [date.parsed for date in entry.dates] == ["2024-03-11T13:44:00+00:00", "2024-03-11T13:50:00+00:00"]


def test_seconds_and_milliseconds_and_the_next_page() -> None:
    parsed = parse("json_api", document("list.json"))
    assert [entry.dates[0].parsed for entry in parsed.entries] == ["2024-03-11T15:44:00+00:00"] * 2
    assert [entry.url for entry in parsed.entries] == [
        "https://example.org/ferry",
        "https://example.org/news/vote",
    ]
    assert parsed.older == ("https://example.org/api?page=2",)


def test_paths_of_ones_own() -> None:
    body = json.dumps(
        {"d": [{"rows": [{"t": ["", "Ferry halted"], "who": [{"n": "Ann"}], "k k": 5, "to": "/f"}]}]}
    )
    kind = JsonApi(items="d[0].rows", title="nothing | t[1]", author="who[-1].n", id='"k k"', link="to")
    (entry,) = kind.parse(response(body.encode())).entries
    assert (entry.title, entry.author, entry.keys[0], entry.url) == (
        "Ferry halted",
        "Ann",
        "guid:5",
        "https://example.org/f",
    )


@pytest.mark.parametrize(
    ("path", "ways"),
    [
        ("a", (("a",),)),
        (" a.b [0] . c | d ", (("a", "b", 0, "c"), ("d",))),
        (".", ((),)),
        ("[0][-1]", ((0, -1),)),
        ("wp:term.name", (("wp:term", "name"),)),
        ('"a.b".c', (("a.b", "c"),)),
        ("", ()),
    ],
)
def test_a_path_is_read(path: str, ways: tuple[object, ...]) -> None:
    assert Path.read(path).ways == ways


@pytest.mark.parametrize("path", ["a..b", "a[", "a[x]", "|", "a|", "a.[0", "a]", ".a", '"a'])
def test_a_path_that_is_none_is_refused_with_the_key_that_has_it(path: str, tmp_path: File) -> None:
    with pytest.raises(ValueError, match=r"^title: (cannot be read at|has an empty alternative)"):
        JsonApi(title=path)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[source.a]\nurl = "https://example.org/api"\ntype = "json_api"\ntitle = {json.dumps(path)}\n'
    )
    with pytest.raises(ConfigErrors, match=r":4:\d+: source 'a': title: "):
        load(config, environ={})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"a": 1, "b": {}}', "JSON without a list of items; it has a, b"),
        (b"[1, 2]", "JSON without items that have a title or a text"),
        (b'[{"id": 1}]', "JSON without items that have a title or a text"),
        (b'{"errors": [{"message": "Unknown Content API Key"}]}', 'JSON that says "Unknown Content API Key"'),
        (b'{"code": "rest_no_route", "message": "No route"}', 'JSON that says "No route"'),
        (b"<html><p>hi", "an HTML page, not JSON with a list of items"),
    ],
)
def test_what_is_none_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("json_api", body)
    assert str(error.value) == sentence


def test_an_empty_list_is_a_list() -> None:
    assert parse("json_api", b"[]").entries == []
    assert parse("json_api", b'{"posts": []}').entries == []
