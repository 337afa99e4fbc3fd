"""The same text in every charset it may come in, labelled rightly, wrongly or not at all."""

import json

import pytest

from monitor.sources import ParseError
from monitor.sources._charset import charset, mended
from monitor.sources.feed import Feed
from tests.torture.corpus import CORPUS, Document, feeds

TEXT = "Зір вдалося зберегти: у Дніпрі лікарі рятують сапера, який підірвався на Донбасі"
FEED = '{}<rss version="2.0"><channel><item><title>{}</title><guid>1</guid></item></channel></rss>'


def title(body: bytes, content_type: str = "") -> str:
    (entry,) = Feed().parse(Document("test", body, content_type).response()).entries
    return entry.title


def declared(name: str) -> str:
    return f'<?xml version="1.0" encoding="{name}"?>' if name else ""


@pytest.mark.parametrize(
    ("bytes_in", "declaration", "content_type"),
    [
        ("utf-8", "", ""),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "", "text/xml"),
        ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
        ("utf-8", "windows-1251", "application/rss+xml; charset=windows-1251"),
        ("utf-8-sig", "", "text/xml; charset=windows-1251"),
        ("utf-16", "utf-16", ""),
        ("utf-16", "utf-8", ""),
        ("utf-16-le", "utf-16", ""),
        ("windows-1251", "windows-1251", "text/xml"),
        ("windows-1251", "", 'text/xml; charset="windows-1251"'),
        ("windows-1251", "", ""),
        ("windows-1251", "utf-8", "text/xml; charset=utf-8"),
        ("koi8-u", "koi8-u", ""),
        ("koi8-u", "", "text/html; charset=koi8-u"),
        ("koi8-u", "utf-8", ""),
    ],
)
def test_ukrainian_arrives_whole(bytes_in: str, declaration: str, content_type: str) -> None:
    body = FEED.format(declared(declaration), TEXT).encode(bytes_in)
    assert title(body, content_type) == TEXT


def test_seven_bit_japanese_is_read_as_declared() -> None:
    text = "首相が会見"
    assert title(FEED.format(declared("iso-2022-jp"), text).encode("iso-2022-jp"), "text/xml") == text


def test_western_text_is_not_taken_for_cyrillic() -> None:
    text = "Müller fährt über die Brücke – très bien, señor"
    assert title(FEED.format("", text).encode("cp1252")) == text
    assert charset(text.encode("latin-1", "replace"), "") == ""


def test_one_broken_character_does_not_turn_a_feed_into_another_charset() -> None:
    body = FEED.format(declared("utf-8"), TEXT + "!?").encode().replace(b"!", b"\xd0")
    assert title(body) == TEXT + "\ufffd?"
    assert mended(TEXT.encode("cp1251")) == TEXT.encode("cp1251")


@pytest.mark.parametrize("name", ["rot13", "zlib", "hex", "idna", "unicode_escape", "mbcs", "\\", "x" * 99])
def test_strange_names_of_charsets_break_nothing(name: str) -> None:
    assert title(FEED.format(declared(name), "news").encode(), f"text/xml; charset={name}") == "news"


def test_a_charset_that_nothing_can_be_in_is_a_sentence() -> None:
    with pytest.raises(ParseError, match="feedparser cannot read"):
        title(FEED.format(declared("undefined"), "news").encode())


@pytest.mark.skipif(not (CORPUS / "feeds").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_real_texts_are_equal_in_all_their_charsets() -> None:
    texts: dict[str, dict[str, set[str]]] = {}
    for document in feeds():
        folder, _, file = document.name.partition("/")
        if folder != "derived-encodings" or "truncated" in file:
            continue
        entries = Feed().parse(document.response()).entries
        assert "\ufffd" not in str(entries)
        titles = json.dumps([entry.title for entry in entries])
        texts.setdefault(file.partition(".")[0], {}).setdefault(titles, set()).add(file)
    assert texts
    assert {name: len(versions) for name, versions in texts.items()} == dict.fromkeys(texts, 1)
