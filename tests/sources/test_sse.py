"""Event streams: cut as they come, read event by event, told from other bodies."""

import random

import pytest

from monitor.sources import ParseError
from monitor.sources._event_stream import LARGEST, Blocks, Event, events
from monitor.sources.auto import Auto
from monitor.sources.sse import Sse
from tests.sources.kinds import DOCUMENTS, response

MASTODON, PLAIN, WIKIMEDIA = (
    (DOCUMENTS / "sse" / f"{name}.txt").read_bytes() for name in ("mastodon", "plain", "wikimedia")
)


def test_the_posts_of_mastodon() -> None:
    two, one = Sse().parse(response(MASTODON)).entries
    assert one.keys == ("guid:11350", "url:https://social.example/@desk/11350")
    assert (one.title, one.summary) == ("", "A fire at the old harbour, live")
    assert (one.author, one.tags) == ("desk", ("fire", "harbour"))
    assert one.dates[0].parsed == "2026-03-01T11:58:02+00:00"
    assert (two.title, two.summary) == ("Traffic", "The bridge is closed (corrected)")
    assert [entry.keys[0] for entry in Sse(events=("update",)).parse(response(MASTODON)).entries] == [
        "guid:11350"
    ]


def test_the_changes_of_wikimedia() -> None:
    two, one = Sse().parse(response(WIKIMEDIA)).entries
    assert one.keys == (
        "guid:0f0c2a38-1111-4a5e-9d32-6f2f0d5a7d10",
        "url:https://en.wiki.example/wiki/Harbour",
    )
    assert (two.title, two.summary, two.author) == ("Порт", "Пожежа", "Читач")
    assert two.dates[0].parsed == "2026-03-01T11:58:03+00:00"


def test_texts_lists_and_ids_of_events() -> None:
    found = Sse().parse(response(PLAIN)).entries
    assert [(entry.keys[0], entry.title) for entry in found[::-1]] == [
        ("guid:41", "The ferry is late\nby an hour"),
        ("guid:42", "Fire at the old harbour"),
        ("guid:43#0", "One"),
        ("url:https://example.org/two", "Two"),
    ]


def test_a_number_of_5000_digits_costs_no_item() -> None:
    [entry] = Sse().parse(response(b'data: {"title": "One", "views": ' + b"9" * 5_000 + b"}\n\n")).entries
    assert entry.title == "One"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"data: a\n\n", [Event(data="a")]),
        (b"data: a\r\rdata:b\r\n\r\n", [Event(data="a"), Event(data="b")]),
        (b"\xef\xbb\xbfid\ndata:  a\nfoo: bar\n\n", [Event(id="", data=" a")]),
        (b"id: 1\0\nevent: e\nretry: 3000\n\n", [Event(name="e", retry=3.0)]),
        (b"retry: soon\ndata\n\n", [Event()]),
        (b"data: a\n", []),
    ],
)
def test_the_format(body: bytes, found: list[Event]) -> None:
    assert list(events(body)) == found


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_a_stream_cut_anywhere_is_the_same_blocks(end: bytes) -> None:
    whole = MASTODON + PLAIN + WIKIMEDIA
    rng, body = random.Random(7), whole.replace(b"\n", end)
    for size in (1, 2, 3, 50):
        blocks, found, at = Blocks(), b"", 0
        while at < len(body):
            step = rng.randint(1, size)
            found += b"".join(blocks.feed(body[at : at + step]))
            at += step
        assert found == whole


def test_line_ends_of_two_sorts_end_a_block_wherever_they_are_cut() -> None:
    blocks = Blocks()
    cut = [b"data: 1\r", b"\n", b"\n", b"data: 2\r\n", b"\n"]
    assert [block for chunk in cut for block in blocks.feed(chunk)] == [b"data: 1\n\n", b"data: 2\n\n"]


def test_an_event_beyond_all_bounds_is_passed_over() -> None:
    blocks = Blocks()
    assert blocks.feed(b"data: 1\n\ndata: ") == [b"data: 1\n\n"]
    for _ in range(2 * LARGEST // 65_536):
        assert blocks.feed(b"x" * 65_536) == []
    assert blocks.feed(b"y\n\ndata: 2\n\n") == [b"data: 2\n\n"]
    assert blocks.passed_over == 1


@pytest.mark.parametrize("body", [MASTODON, PLAIN, WIKIMEDIA])
def test_an_address_alone_is_told_how_a_stream_is_read(body: bytes) -> None:
    with pytest.raises(ParseError, match=r'^a stream of events \(read with type = "sse"\), not a feed$'):
        Auto().parse(response(body))


def test_who_comes_twice_comes_as_it_was_said_last() -> None:
    body = (
        b'data: {"id": 1, "title": "a"}\n\ndata: {"id": 2, "title": "b"}\n\ndata: {"id": 1, "title": "c"}\n\n'
    )
    assert [entry.title for entry in Sse().parse(response(body)).entries] == ["b", "c"]


def test_what_is_no_stream_is_said() -> None:
    with pytest.raises(ParseError, match="a login page, not an event stream"):
        Sse().parse(response(b"<!doctype html><input type=password>"))
    assert Sse().parse(response(b": hello\n\n")).entries == ()
    with pytest.raises(ValueError, match="link: "):
        Sse(link="a..b")
    with pytest.raises(ValueError, match="patience: "):
        Sse(patience=0)
