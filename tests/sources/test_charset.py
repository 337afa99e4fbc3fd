"""The same text in every charset it may come in, labelled rightly, wrongly or not at all."""

import json
from collections.abc import Callable

import pytest

from monitor.core.text import clean
from monitor.sources import ParseError
from monitor.sources._charset import charset, decoded, mended
from monitor.sources.feed import Feed
from tests.sources.kinds import parse
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


@pytest.mark.parametrize("label", ["", "; charset=utf-8"])
def test_western_text_without_a_true_label_is_read_by_every_kind(label: str) -> None:
    text = "Müller fährt über die Brücke"
    assert (
        decoded(f'{{"title": "{text}"}}'.encode("latin-1"), f"application/json{label}")
        == f'{{"title": "{text}"}}'
    )


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


# -- every kind -------------------------------------------------------------------------------

UKRAINIAN = ["Зір вдалося зберегти: у Дніпрі лікарі рятують сапера", "Сирени в Києві та області"]
CHINESE = ["英国首相在北京会见记者", "香港股市收盘下跌"]
JAPANESE = ["首相が会見、円相場は急落", "台風が接近"]


def sitemap(titles: list[str], label: str) -> str:
    pages = "".join(
        f"<url><loc>https://example.org/{n}</loc><n:news><n:title>{title}</n:title></n:news></url>"
        for n, title in enumerate(titles)
    )
    return f'{declared(label)}<urlset xmlns="s" xmlns:n="n">{pages}</urlset>'


def html(inside: str, label: str) -> str:
    return f"<!doctype html><html><head>{f'<meta charset={label}>' if label else ''}</head><body>{inside}</body></html>"


def live_blog(titles: list[str], label: str) -> str:
    blog = {"@type": "LiveBlogPosting", "liveBlogUpdate": [{"headline": title} for title in titles]}
    return html(f'<script type="application/ld+json">{json.dumps(blog, ensure_ascii=False)}</script>', label)


def telegram(titles: list[str], label: str) -> str:
    posts = [
        f'<div class="tgme_widget_message" data-post="d/{n}"><div class="tgme_widget_message_text">{title}</div></div>'
        for n, title in enumerate(titles)
    ]
    return html("".join(reversed(posts)), label)


def json_feed(titles: list[str], _: str) -> str:
    items = [{"id": str(n), "title": title} for n, title in enumerate(titles)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}, ensure_ascii=False)


def json_api(titles: list[str], _: str) -> str:
    return json.dumps(
        [{"id": n, "title": {"rendered": title}} for n, title in enumerate(titles)], ensure_ascii=False
    )


def feed(titles: list[str], label: str) -> str:
    items = "".join(f"<item><title>{title}</title></item>" for title in titles)
    return f'{declared(label)}<rss version="2.0"><channel>{items}</channel></rss>'


WRITERS: dict[str, Callable[[list[str], str], str]] = {
    "feed": feed,
    "json_api": json_api,
    "json_feed": json_feed,
    "live_blog": live_blog,
    "news_sitemap": sitemap,
    "telegram": telegram,
}
# (bytes in, label in the document, charset in the Content-Type, texts): the ways of data/feeds/derived-encodings
WAYS = [
    ("utf-8", "", "", UKRAINIAN),
    ("utf-8-sig", "windows-1251", "", UKRAINIAN),
    ("utf-16", "", "", UKRAINIAN),
    ("utf-16-le", "", "", UKRAINIAN),
    ("utf-16-be", "", "", UKRAINIAN),
    ("windows-1251", "utf-8", "utf-8", UKRAINIAN),
    ("windows-1251", "", "", UKRAINIAN),
    ("windows-1251", "windows-1251", "windows-1251", UKRAINIAN),
    ("koi8-u", "", "", UKRAINIAN),
    ("koi8-u", "koi8-u", "koi8-u", UKRAINIAN),
    ("iso-8859-5", "iso-8859-5", "iso-8859-5", UKRAINIAN),
    ("gb18030", "gb18030", "gb18030", CHINESE),
    ("gb18030", "gb2312", "gb2312", CHINESE),
    ("shift_jis", "shift_jis", "shift_jis", JAPANESE),
]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize(("bytes_in", "label", "header", "titles"), WAYS)
def test_every_kind_reads_every_charset(
    kind: str, bytes_in: str, label: str, header: str, titles: list[str]
) -> None:
    body = WRITERS[kind](titles, label).encode(bytes_in)
    for reader in {kind, kind if kind in ("live_blog", "telegram") else "auto"}:
        parsed = parse(reader, body, content_type=f"text/x; charset={header}" if header else "")
        assert sorted(entry.title for entry in parsed.entries) == sorted(titles)


@pytest.mark.parametrize("kind", ["feed", "live_blog", "news_sitemap", "telegram"])
def test_a_label_inside_the_document_is_enough(kind: str) -> None:
    body = WRITERS[kind](CHINESE, "gb2312").encode("gb18030")
    assert sorted(entry.title for entry in parse(kind, body).entries) == sorted(CHINESE)


DERIVED = {  # the part of a file's name that says how it was written: the codec, and the label that it bears
    "gb2312-declared": ("gb18030", "gb2312"),
    "cp1251-declared-utf8": ("cp1251", "utf-8"),
    "cp1251-undeclared": ("cp1251", ""),
    "utf-16be-bom": ("utf-16", ""),
    "utf-16le-nobom": ("utf-16-le", "utf-16"),
    "utf-8-bom": ("utf-8-sig", "utf-8"),
    "truncated": ("utf-8", "utf-8"),
}


@pytest.mark.skipif(not (CORPUS / "feeds").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
@pytest.mark.parametrize("kind", WRITERS)
def test_the_texts_of_the_derived_encodings_are_equal_in_every_kind(kind: str) -> None:
    derived = [document for document in feeds() if document.name.startswith("derived-encodings/")]
    assert len(derived) == 13
    for document in derived:
        way = document.name.split("/")[1].split(".")[1]
        codec, label = DERIVED.get(way, (way, way))
        texts = [clean(entry.title) for entry in Feed().parse(document.response()).entries]
        writable = (text.encode(codec, "ignore").decode(codec) for text in texts)
        titles = [clean(text.translate({ord("&"): "+", ord("<"): "("})) for text in writable]
        body = WRITERS[kind](titles, label).encode(codec)
        content_type = f"text/x; charset={label}" if label else ""
        found = [clean(entry.title) for entry in parse(kind, body, content_type=content_type).entries]
        assert sorted(found) == sorted(titles), document.name
        assert len(titles) >= 10
