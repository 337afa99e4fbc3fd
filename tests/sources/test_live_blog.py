"""Live blogs in JSON-LD: every update, with its own date or none."""

import gzip
import json
from datetime import datetime

import pytest

from monitor.core.text import clean
from monitor.model import Entry, Parsed, RawDate
from monitor.sources import ParseError
from tests.sources.kinds import DOCUMENTS, parse
from tests.torture.corpus import CORPUS


def page(*blocks: object) -> bytes:
    scripts = (f'<script type="application/ld+json">{json.dumps(block)}</script>' for block in blocks)
    return f"<!doctype html><html><head>{''.join(scripts)}</head></html>".encode()


def read(*updates: object, **others: object) -> Parsed:
    return parse("live_blog", page({"@type": "LiveBlogPosting", "liveBlogUpdate": updates, **others}))


def test_a_whole_update_in_a_graph() -> None:
    parsed = parse("live_blog", (DOCUMENTS / "live_blog" / "graph.html").read_bytes())
    first, second = parsed.entries
    assert parsed.title == "War & peace: live"
    assert first == Entry(
        keys=("url:https://example.org/live#p2",),
        title="Sirens & smoke",
        summary="People are in shelters.",
        url="https://example.org/live#p2",
        author="Ann",
        dates=(
            RawDate(text="2024-03-11T15:44:00+02:00", origin="json-ld", parsed="2024-03-11T13:44:00+00:00"),
            RawDate(text="2024-03-11T15:50:00+02:00", origin="updated", parsed="2024-03-11T13:50:00+00:00"),
        ),
    )
    assert (second.title, second.summary) == ("No headline here.", "No headline here. Only text.")
    assert second.dates == (), "the article's own date dates no update"


def test_an_address_that_all_share_identifies_none() -> None:
    first, second = parse("live_blog", (DOCUMENTS / "live_blog" / "array.html").read_bytes()).entries
    assert first.url == second.url == "https://example.org/live"
    assert first.keys == ("guid:live 2024-03-11T10:00:00Z",)
    assert second.keys == ("guid:live 2024-03-11T10:05:00Z",)


def test_two_updates_of_one_moment_without_addresses_are_known_by_their_texts() -> None:
    at = "2024-03-11T10:00:00Z"
    entries = read({"headline": "a", "datePublished": at}, {"headline": "b", "datePublished": at}).entries
    assert [entry.keys[0].partition(":")[0] for entry in entries] == ["text", "text"]
    assert len({entry.keys for entry in entries}) == 2


def test_the_address_of_the_page_itself_is_no_updates_own() -> None:
    (entry,) = read({"headline": "a", "url": "https://example.org/news/feed", "identifier": 7}).entries
    assert entry.keys == ("guid:7",)


@pytest.mark.parametrize(
    "body",
    [
        page(
            [
                {"@type": "Person"},
                {"x": {"@type": "https://schema.org/LiveBlogPosting", "liveBlogUpdate": {"headline": "a"}}},
            ]
        ),
        b'{"@type": "LiveBlogPosting", "liveBlogUpdate": [{"headline": "a"}]}',
        b"<html><script type=application/ld+json>{&quot;@type&quot;: &quot;LiveBlogPosting&quot;, &quot;liveBlogUpdate&quot;: {&quot;headline&quot;: &quot;a&quot;}}</script>",
        b'<html><script type="application/LD+JSON">// <![CDATA[\n</script><script type="application/LD+JSON"><![CDATA[{"@type": "LiveBlogPosting",\n"liveBlogUpdate": [{"headline": "a"}, 1, null, {}]}]]>;</script>',
        page({"@type": "LiveBlogPosting", "liveBlogUpdate": {"headline": "a", "position": "N"}}).replace(
            b'"N"', b"9" * 5_000
        ),
    ],
)
def test_json_ld_as_pages_write_it(body: bytes) -> None:
    assert [entry.title for entry in parse("live_blog", body).entries] == ["a"]


def test_a_live_blog_that_has_not_begun_has_no_updates() -> None:
    assert parse("live_blog", page({"@type": "LiveBlogPosting"})).entries == []


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            page({"@type": "NewsArticle"}),
            "an HTML page without a live blog (schema.org LiveBlogPosting in JSON-LD)",
        ),
        (b"<rss/>", "a feed, not a page with a live blog"),
        (b"plain", "plain text, not a page with a live blog"),
    ],
)
def test_what_is_none_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("live_blog", body)
    assert str(error.value) == sentence


def test_a_page_with_a_live_blog_is_a_page_until_its_type_is_written() -> None:
    with pytest.raises(ParseError, match=r"^an HTML page, not a feed \(`newsbell add URL`"):
        parse("auto", (DOCUMENTS / "live_blog" / "graph.html").read_bytes())


@pytest.mark.skipif(not (CORPUS / "tickers").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_all_428_updates_of_a_real_one() -> None:
    truth = json.loads((CORPUS / "tickers" / "liveblog-mirror-428-updates.json").read_text(encoding="utf-8"))
    body = gzip.decompress((CORPUS / "pages" / "uk_TheMirror_2024_08_05.html.gz").read_bytes())
    url = "https://www.mirror.co.uk/news/uk-news/uk-riots-live-hotel-rotherham-33386398"
    entries = parse("live_blog", body, url=url).entries
    assert len(entries) == len(truth) == 428
    assert len({entry.keys[0] for entry in entries}) == 428
    for entry, update in zip(entries, truth, strict=True):
        assert (entry.url, clean(entry.title)) == (update["url"], clean(update["headline"]))
        published, modified = (datetime.fromisoformat(date.parsed) for date in entry.dates)
        assert published == datetime.fromisoformat(update["published"])
        assert modified == datetime.fromisoformat(update["modified"])
