"""Sitemaps of all sorts: which pages, how they are dated, and which children of an index have news."""

import gzip

import pytest

from monitor.model import Entry, Parsed, RawDate
from monitor.sources import ParseError
from tests.sources.kinds import DOCUMENTS, parse
from tests.torture.corpus import CORPUS

NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:x="http://www.google.com/schemas/sitemap-news/0.9"'


def document(name: str) -> Parsed:
    return parse("news_sitemap", (DOCUMENTS / "news_sitemap" / name).read_bytes())


def read(inside: str, root: str = "urlset") -> Parsed:
    return parse("news_sitemap", f"<{root} {NEWS}>{inside}</{root}>".encode())


def test_a_google_news_sitemap_with_a_prefix_of_its_own() -> None:
    first, second = document("prefix.xml").entries
    assert first == Entry(
        keys=("url:https://example.org/world/sirens-in-kyiv.html",),
        title="Сирени & Київ",
        url="https://example.org/world/sirens-in-kyiv.html",
        tags=("war", "Kyiv"),
        dates=(RawDate(text="2024-03-11T13:44:00Z", parsed="2024-03-11T13:44:00+00:00"),),
    )
    assert (second.title, second.url) == ("Bread \xa0 circuses", "https://example.org/2?a=1&b=2")


def test_a_plain_sitemap_is_dated_by_its_changes_and_titled_by_its_addresses() -> None:
    first, second = document("plain.xml").entries
    assert first.title == "ferry halted 17"
    assert [(date.origin, date.parsed) for date in first.dates] == [("updated", "2024-03-11T11:44:00+00:00")]
    assert (second.title, second.dates, second.url) == ("A bridge", (), "https://example.org/b")


def test_an_index_asks_for_its_newest_children() -> None:
    parsed = document("index.xml")
    assert parsed.entries == ()
    assert parsed.more == ("https://example.org/a.xml", "https://example.org/b.xml.gz")


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (["post-1.xml", "google-news.xml", "page.xml"], ["google-news.xml"]),
        (["2022-01.xml", "2024-02.xml", "2023-03.xml"], ["2024-02.xml", "2023-03.xml", "2022-01.xml"]),
        (["sitemap-1.xml", "sitemap-2.xml"], ["sitemap-1.xml", "sitemap-2.xml"]),
    ],
)
def test_an_index_without_dates_goes_by_its_names(names: list[str], more: list[str]) -> None:
    inside = "".join(f"<sitemap><loc>https://example.org/{name}</loc></sitemap>" for name in names)
    assert read(inside, "sitemapindex").more == tuple(f"https://example.org/{name}" for name in more)


def test_all_fresh_children_are_named_newest_first() -> None:
    inside = "".join(
        f"<sitemap><loc>/{n}.xml</loc><lastmod>2024-03-11T10:{n:02}:00Z</lastmod></sitemap>"
        for n in range(40)
    )
    more = read(inside, "sitemapindex").more
    assert (len(more), more[0]) == (40, "https://example.org/39.xml")


def test_a_text_sitemap_is_its_lines_of_addresses() -> None:
    assert [entry.title for entry in document("lines.txt").entries] == ["ferry halted", "сирени у києві"]
    mixed = b"Random words: https://example.org/no\n\n https://example.org/a-b \r\nhttps://example.org/c-d"
    assert [entry.title for entry in parse("auto", mixed).entries] == ["a b", "c d"]


def test_a_packed_sitemap_is_unpacked_within_bounds() -> None:
    body = (DOCUMENTS / "news_sitemap" / "prefix.xml").read_bytes()
    for kind in ("news_sitemap", "auto"):
        assert parse(kind, gzip.compress(body)) == parse(kind, body)
        with pytest.raises(ParseError, match="compressed data of more than 32 MiB"):
            parse(kind, gzip.compress(b" " * (33 << 20)))
        with pytest.raises(ParseError, match="compressed data that is broken"):
            parse(kind, b"\x1f\x8b\x08\x00rubbish")
        with pytest.raises(ParseError, match="an empty body"):
            parse(kind, gzip.compress(b""))
    assert len(parse("news_sitemap", gzip.compress(body)[:-12]).entries) >= 1


def test_a_page_without_its_address_is_none_and_the_newest_of_too_many_are_kept() -> None:
    assert read("<url><lastmod>2024-01-01</lastmod></url><url><loc>javascript:x()</loc></url>").entries == []
    pages = "".join(
        f"<url><loc>/{n}</loc><lastmod>2024-01-{1 + n % 28:02}</lastmod></url>" for n in range(12_000)
    )
    entries = read(pages).entries
    assert len(entries) == 10_000
    assert min(entry.dates[0].text for entry in entries) > "2024-01-04"


BOMB = '<!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            f"{BOMB}<urlset><url><loc>&b;</loc></url></urlset>",
            "a document that declares entities, which no sitemap needs",
        ),
        (
            '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset/>',
            "a document that declares entities, which no sitemap needs",
        ),
        ("<urlset><url><loc>https://example.org/a</loc>", "a sitemap that is cut off before its first page"),
        ("<rss><channel/></rss>", "a feed, not a sitemap"),
        ("<html><p>hi", "an HTML page, not a sitemap"),
        ("Service unavailable", "plain text, not a sitemap"),
        ('{"a": 1}', "JSON, not a sitemap"),
    ],
)
def test_what_is_none_is_named(body: str, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("news_sitemap", body.encode())
    assert str(error.value) == sentence


def test_an_ampersand_in_cdata_is_one_though_another_stands_bare() -> None:
    body = "<urlset><url><loc><![CDATA[https://example.org/?a=1&b=2]]></loc></url><url><loc>https://example.org/?a=3&b=4</loc></url></urlset>"
    found = [entry.url for entry in parse("news_sitemap", body.encode()).entries]
    assert found == ["https://example.org/?a=1&b=2", "https://example.org/?a=3&b=4"]


def test_what_stands_before_a_break_counts() -> None:
    page = "<url><loc>https://example.org/{}</loc></url>"
    for rest in ("<url><loc>https://exa", "</oops>", "<url>&nope;<loc>"):
        parsed = parse("news_sitemap", f"<urlset>{page.format(1)}{page.format(2)}{rest}".encode())
        assert [entry.url for entry in parsed.entries][:1] == ["https://example.org/1"]


@pytest.mark.skipif(not (CORPUS / "feeds").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_sitemaps_of_others_are_read() -> None:
    def of(name: str) -> Parsed:
        return parse("auto", (CORPUS / "feeds" / name).read_bytes())

    post = of("news-sitemaps/washingtonpost_PoliticsXMLMocking.xml").entries
    assert post[0].title == "The Latest: Roy Moore thanks Trump in new fundraising appeal"
    assert all(entry.dates[0].parsed.startswith("2017-11-2") and entry.tags for entry in post)
    assert [entry.title for entry in of("usp/google-news.xml").entries] == [
        "News Article One",
        "News Article Two",
    ]
    assert of("usp/simple-index.xml").more == (
        "https://example.org/sitemap2.xml",
        "https://example.org/sitemap1.xml",
    )
    assert [
        len(of(f"usp/{name}").entries) for name in ("plaintext.txt", "hreflang.xml", "google-image.xml")
    ] == [2] * 3
