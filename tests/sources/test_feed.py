"""Feeds as sites write them: every entry is read, with what identifies it, whatever is missing or wrong."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import cleaned, text_key
from monitor.model import Entry, RawDate, Response
from monitor.sources import ParseError
from monitor.sources.feed import Feed
from tests.conftest import Site

AT = datetime(2026, 3, 1, tzinfo=UTC)


def read(
    body: str | bytes, *, url: str = "https://example.org/news/feed.xml", content_type: str = ""
) -> list[Entry]:
    raw = body.encode() if isinstance(body, str) else body
    response = Response(url=url, status=200, body=raw, content_type=content_type, received_at=AT)
    return [cleaned(entry) for entry in Feed().parse(response).entries]


def item(inside: str) -> Entry:
    (entry,) = read(f'<rss version="2.0"><channel><title>t</title><item>{inside}</item></channel></rss>')
    return entry


def atom(inside: str, attributes: str = "") -> Entry:
    (entry,) = read(f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><entry>{inside}</entry></feed>')
    return entry


def test_a_whole_rss_item() -> None:
    assert item("""
        <title>AT&amp;amp;T &lt;b&gt;falls&lt;/b&gt;</title>
        <link>https://example.org/1?a=1&amp;b=2</link>
        <guid isPermaLink="false">id-1</guid>
        <description><![CDATA[<p>First.</p><p>Second&nbsp;&mdash; <a href="/x">third</a>.</p>]]></description>
        <author>desk@example.org (The Desk)</author>
        <category>Markets</category><category>Markets</category><category domain="x">US</category>
        <pubDate>Mon, 11 Mar 2024 15:44:00 -0400</pubDate>
    """) == Entry(
        keys=("guid:id-1", "url:https://example.org/1?a=1&b=2"),
        title="AT&T falls",
        summary="First. Second — third.",
        url="https://example.org/1?a=1&b=2",
        author="The Desk",
        tags=("Markets", "US"),
        dates=(RawDate(text="Mon, 11 Mar 2024 15:44:00 -0400", parsed="2024-03-11T19:44:00+00:00"),),
    )


def test_a_whole_atom_entry() -> None:
    assert atom("""
        <title type="html">One &amp;lt;two&amp;gt;</title>
        <link rel="edit" href="https://example.org/edit"/><link href="/1"/>
        <id>tag:example.org,2024:1</id>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Deep <b>text</b></p></div></content>
        <author><name>Ann</name></author>
        <category term="x1" label="Label"/>
        <published>2024-03-11T10:00:00Z</published><updated>2024-03-12T10:00:00Z</updated>
    """) == Entry(
        keys=("guid:tag:example.org,2024:1", "url:https://example.org/1"),
        title="One <two>",
        summary="Deep text",
        url="https://example.org/1",
        author="Ann",
        tags=("Label",),
        dates=(
            RawDate(text="2024-03-11T10:00:00Z", parsed="2024-03-11T10:00:00+00:00"),
            RawDate(text="2024-03-12T10:00:00Z", origin="updated", parsed="2024-03-12T10:00:00+00:00"),
        ),
    )


@pytest.mark.parametrize("element", ["author", "dc:creator", "itunes:author", "managingEditor", "webMaster"])
def test_a_long_author_costs_little(element: str) -> None:
    """feedparser looks for an address in it, which took the square of its length: 14 s for this one."""
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/DTDs/Podcast-1.0.dtd"'
    begun = process_time()
    (entry,) = read(
        f'<rss version="2.0" {names}><channel><{element}>{"b" * 40_000}</{element}>'
        f"<item><title>One</title><{element}>{'a' * 40_000}</{element}></item></channel></rss>"
    )
    assert process_time() - begun < 1
    assert (entry.title, set(entry.author)) == ("One", set() if element == "webMaster" else {"a"})


def test_an_rdf_item_with_a_dublin_core_date() -> None:
    (entry,) = read("""<?xml version="1.0"?>
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
                 xmlns:dc="http://purl.org/dc/elements/1.1/">
          <channel rdf:about="https://example.org/"><title>t</title></channel>
          <item rdf:about="https://example.org/1"><title>One</title><link>https://example.org/1</link>
            <dc:date>2024-03-11T10:00+01:00</dc:date><dc:creator>Ann</dc:creator></item>
        </rdf:RDF>""")
    assert entry.keys == ("guid:https://example.org/1", "url:https://example.org/1")
    assert (entry.title, entry.author) == ("One", "Ann")
    assert [(date.text, date.origin) for date in entry.dates] == [("2024-03-11T10:00+01:00", "stated")]


@pytest.mark.parametrize(
    ("inside", "url"),
    [
        ("<link>../1</link>", "https://example.org/1"),
        ("<link> https://example.org/a b </link>", "https://example.org/a%20b"),
        ("<guid>https://example.org/permalink</guid>", "https://example.org/permalink"),
        ("<guid>12345</guid>", ""),
        ('<guid isPermaLink="false">https://example.org/x</guid>', ""),
        (
            "<enclosure url='https://cdn.example.org/1.mp3' type='audio/mpeg'/>",
            "https://cdn.example.org/1.mp3",
        ),
        ("<enclosure url='https://cdn.example.org/1.mp3'/><link>/1</link>", "https://example.org/1"),
        (
            "<media:content xmlns:media='http://search.yahoo.com/mrss/' url='/1.mp4'/>",
            "https://example.org/1.mp4",
        ),
        ("<link>javascript:alert(1)</link>", ""),
        ("<link>http://[broken</link>", ""),
        ("", ""),
    ],
)
def test_the_address_of_an_item(inside: str, url: str) -> None:
    entry = item(inside)
    assert entry.url == url
    assert [key for key in entry.keys if key.startswith("url:")] == ([f"url:{url}"] if url else [])


def test_a_base_in_the_document_counts_and_ids_stay_as_published() -> None:
    entry = atom('<link href="1"/><id>relative/id</id>')
    assert entry.keys == ("guid:relative/id", "url:https://example.org/news/1")
    assert atom('<link href="1"/>', 'xml:base="https://other.example/a/"').url == "https://other.example/a/1"
    assert atom('<link href="1"/>', 'xml:base="/b/"').url == "https://example.org/b/1"


def test_several_authors_are_all_kept() -> None:
    assert atom("<author><name>Ann</name></author><author><name>Bo</name></author>").author == "Ann, Bo"
    assert atom("<author><name>Ann</name></author><author><name>Ann</name></author>").author == "Ann"


def test_a_tag_with_an_attribute_makes_a_text_markup() -> None:
    assert (
        item("<title>safe&lt;embed src='x'&gt; title &lt;link rel=\"a\"/&gt;</title>").title == "safe title"
    )
    assert item("<title>Use &lt;blink&gt; if a &lt; b = c</title>").title == "Use <blink> if a < b = c"


def older(links: str, attributes: str = "") -> tuple[str, ...]:
    body = f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}>{links}<entry><title>x</title></entry></feed>'
    response = Response(url="https://example.org/feed?page=1", status=200, body=body.encode(), received_at=AT)
    return Feed().parse(response).older


def test_the_archive_and_the_next_page_are_where_older_entries_are() -> None:
    archive, following = '<link rel="prev-archive" href="/2024-02.xml"/>', '<link rel="next" href="?page=2"/>'
    first, second = "https://example.org/2024-02.xml", "https://example.org/feed?page=2"
    assert older(following + archive) == (first, second)
    assert older(following, 'xml:base="https://other.example/"') == ("https://other.example/?page=2",)
    assert older('<link rel="next" href="?page=1"/><link rel="self" href="/"/>') == ()
    assert older('<link rel="next" href="javascript:x()"/>') == ()


def test_the_next_page_of_an_rss_feed() -> None:
    link = '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="https://example.org/rss?paged=2"/>'
    body = f"<rss version='2.0'><channel>{link}<item><title>x</title></item></channel></rss>"
    response = Response(url="https://example.org/rss", status=200, body=body.encode(), received_at=AT)
    assert Feed().parse(response).older == ("https://example.org/rss?paged=2",)


def test_an_item_without_id_and_address_is_known_by_its_text() -> None:
    entry = item("<title>Big  News</title><description>soon</description>")
    assert entry.keys == (text_key("Big News", "soon"),)
    assert item("").keys[0].startswith("text:")


def test_an_empty_summary_falls_back_to_the_content() -> None:
    spaces = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    entry = item(
        f"<description> </description><content:encoded {spaces}>&lt;p&gt;Body&lt;/p&gt;</content:encoded>"
    )
    assert entry.summary == "Body"


def test_elements_that_shadow_the_librarys_fields_do_no_harm() -> None:
    entry = item('<links a="b"/><tags a="b"/><published_parsed x="y"/><title>T</title><guid>1</guid>')
    assert (entry.title, entry.keys) == ("T", ("guid:1",))


def test_escapes_of_the_terminal_do_not_arrive() -> None:
    entry = item("<title>a\x1b]0;x\x07b&#27;[31m\u202ec</title>")
    assert entry.title == "a]0;xb[31mc"


@pytest.mark.parametrize("reference", ["&#xD800;", "&#x110000;", "&#99999999999;", "&#xDFFF"])
def test_an_impossible_character_costs_only_itself(reference: str) -> None:
    assert item(f"<title>before{reference} after</title><guid>1</guid>").title.split()[-1] == "after"


@pytest.mark.parametrize(
    "wrong", ["Q & A", "caf&eacute;", "a\x0bb", "<p>a<br>b</p>", "&#xD800;"], ids=lambda wrong: repr(wrong)
)
def test_what_is_wrong_with_one_entry_changes_no_other(wrong: str) -> None:
    other = (
        "<item><title>AT&amp;T</title><guid isPermaLink='false'>a?b=1&amp;c=2</guid>"
        "<link>https://example.org/a?b=1&amp;copy=2</link><description>&lt;p&gt;Body&lt;/p&gt;</description></item>"
    )
    feed = "<rss version='2.0'><channel>{}</channel></rss>"
    [whole] = read(feed.format(other))
    broken, beside = read(
        feed.format(f"<item><guid>1</guid><description>{wrong}</description></item>{other}")
    )
    assert (beside, broken.keys) == (whole, ("guid:1",))


def test_a_bare_ampersand_is_one() -> None:
    entry = item(
        "<title>R&D at AT&T</title><link>https://example.org/a?b=1&copy=2</link>"
        "<description><![CDATA[Q&A, <b>Q&amp;A</b>]]></description>"
    )
    assert (entry.title, entry.url) == ("R&D at AT&T", "https://example.org/a?b=1&copy=2")
    assert entry.summary == "Q&A, Q&A"


@pytest.mark.parametrize("before", ["\n ", "\ufeff\ufeff", "\ufeff\r\n"], ids=repr)
def test_what_stands_before_the_declaration_changes_no_id(before: str) -> None:
    [entry] = read(
        f"{before}<?xml version='1.0'?><rss version='2.0'><channel><item>"
        "<guid>a?b=1&amp;c=2</guid></item></channel></rss>"
    )
    assert entry.keys[0] == "guid:a?b=1&c=2"


def test_the_same_id_twice_is_two_entries() -> None:
    body = "<rss><channel>" + "<item><guid>same</guid><title>{}</title></item>" * 3 + "</channel></rss>"
    assert len(read(body)) == 3


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0"><channel><title>Quiet</title></channel></rss>',
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Quiet</title></feed>',
        '<feed xmlns="http://www.w3.org/2005/Atom"/>',
        '<?xml version="1.0"?><!-- c --><rss version="0.91"><channel/></rss>',
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        "<channel/></rdf:RDF>",
    ],
)
def test_a_feed_without_entries_is_a_feed(body: str) -> None:
    assert read(body) == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "an empty body"),
        (b"\xef\xbb\xbf \r\n\0", "an empty body"),
        (b"<!DOCTYPE html><title>Home</title><p>hi", "an HTML page, not a feed"),
        (b"\n<html xmlns='http://www.w3.org/1999/xhtml'><body>", "an HTML page, not a feed"),
        (b"<html><form><input type=password></form></html>", "a login page, not a feed"),
        (b"<!doctype html><title>Just a moment...</title>", "a bot challenge, not a feed"),
        (b'{"version": "https://jsonfeed.org/version/1"}', "JSON, not a feed"),
        (b"[1, 2]", "JSON, not a feed"),
        (b"<opml><body/></opml>", "an OPML list, not a feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "a sitemap, not a feed"),
        (b"<?xml version='1.0'?><catalog><book/></catalog>", "an XML document of <catalog>, not a feed"),
        (b"\x1f\x8b\x08\x00rubbish", "compressed data, not a feed"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary data, not a feed"),
        (b"Service unavailable", "plain text, not a feed"),
        (b"<rss version='2.0'><channel><title>Cut", "a feed that is cut off before its first entry"),
        (
            b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><channel></channel>",
            "a feed that is cut off before its first entry",
        ),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        read(body)
    assert str(error.value) == sentence


def test_a_head_made_of_comments_is_recognised_in_linear_time() -> None:
    with pytest.raises(ParseError, match="plain text"):
        read(b"<!---->" * 9_000 + b"x")


def test_a_feed_cut_anywhere_is_entries_or_a_sentence() -> None:
    body = b'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>t</title>' + b"".join(
        f"<item><title>Новина {n} &amp; ще</title><link>https://example.org/{n}</link></item>".encode()
        for n in range(3)
    )
    counts = []
    for end in range(len(body)):
        try:
            counts.append(len(read(body[:end])))
        except ParseError:
            counts.append(0)
    assert counts == sorted(counts)
    assert counts[-1] == 3


def test_a_body_is_never_taken_for_the_name_of_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text("<rss><channel><item><title>secret</title></item></channel></rss>")
    with pytest.raises(ParseError, match="plain text"):
        read(str(secret))


def test_entities_open_no_file_and_no_connection(tmp_path: Path, site: Site) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the-secret")
    for reference in (secret.as_uri(), str(secret), f"{site.url}/x.dtd"):
        for doctype in (
            f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{reference}">]>',
            f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{reference}"> %p;]>',
            f'<!DOCTYPE rss SYSTEM "{reference}">',
            f'<!DOCTYPE rss PUBLIC "-//x" "{reference}" [<!ENTITY x SYSTEM "{reference}">]>',
        ):
            rss = (
                "<rss version='2.0'><channel><item><title>a&x;b</title><guid>1</guid></item></channel></rss>"
            )
            assert "secret" not in str(read(f'<?xml version="1.0"?>{doctype}{rss}'))
    assert site.requests == []


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_sentence(junk: bytes) -> None:
    for body in (junk, b"<rss><channel><item>" + junk, b"<?xml version='1.0' encoding='" + junk):
        with suppress(ParseError):
            read(body)
