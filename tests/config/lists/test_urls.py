"""newsboat's `urls`, and plain lists of addresses."""

import re

import pytest

from monitor.config import lists

NEWSBOAT = r"""
# my feeds
https://a.example.org/rss news "big news" "~The \"A\"" ! # trailing
  https://b.example.org/rss

"https://c.example.org/a b"	tabbed
www.d.example.org/feed
query:Unread:unread = "yes" tag
exec:~/bin/fetch.sh world
filter:~/bin/sieve:https://e.example.org/rss
htp://f.example.org/rss
https://A.example.org/rss again
"""


def test_a_newsboat_file() -> None:
    found = lists.read(NEWSBOAT.encode())
    assert [(feed.url, feed.title, feed.tags) for feed in found.feeds] == [
        ("https://a.example.org/rss", 'The "A"', ("news", "big news", "again")),
        ("https://b.example.org/rss", "", ()),
        ("https://c.example.org/a%20b", "", ("tabbed",)),
        ("https://www.d.example.org/feed", "", ()),
    ]
    assert [twice.line for twice in found.twice] == [12]
    assert [(one.line, one.sentence) for one in found.refused] == [
        (8, "'query:Unread:unread': a query feed of newsboat; write its filter as a rule"),
        (9, "'exec:~/bin/fetch.sh': a command, which newsbell does not run"),
        (10, "'filter:~/bin/sieve:https://e.example.org/rss': a command, which newsbell does not run; list the address behind it"),
        (11, "'htp://f.example.org/rss': begins with 'htp:', not http: or https: (did you mean 'https:'?)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"feeds": []}', "is JSON, not a list of feeds; export OPML instead"),
        (
            b"Dear reader,\nbuy this",
            "is no list of feeds; line 1: 'Dear': must begin with https:// or http://",
        ),
        (b"a\0b", "is no text"),
    ],
)
def test_what_is_no_list_is_told(body: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        lists.read(body)


def test_no_message_shows_a_password() -> None:
    for text in (
        "https://me:CANARY@a.example.org/rss\nhttps://b.example.org/",
        '<opml><outline xmlUrl="https://me:CANARY@a.org"/>',
    ):
        [refused] = lists.read(text.encode()).refused
        assert "a user name or password" in refused.sentence
        assert "CANARY" not in refused.sentence


def test_an_empty_list_names_nothing() -> None:
    assert lists.read(b"\n# nothing yet\n") == lists.FeedList()
