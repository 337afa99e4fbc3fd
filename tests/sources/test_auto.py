"""An address alone: the body decides; who writes a type gets that one."""

import asyncio
import subprocess
import sys

import pytest

from monitor.daemon.parsing.parse import Parsers
from monitor.model import Source
from monitor.sources import ParseError
from monitor.sources.auto import PAGE
from tests.sources.kinds import DOCUMENTS, URL, documents, parse, response
from tests.torture.corpus import CORPUS, feeds


def test_every_document_is_read_in_the_children_without_a_type() -> None:
    async def story() -> None:
        async with Parsers() as parsers:
            source = Source(name="s", url=URL)
            for path in documents("auto"):
                parsed = await parsers.parse(source, response(path.read_bytes()))
                assert parsed.entries or parsed.more, path.name

    asyncio.run(story())


@pytest.mark.parametrize(
    ("kind", "document", "sentence"),
    [
        ("feed", "json_feed/version11.json", "JSON, not a feed"),
        ("feed", "news_sitemap/prefix.xml", "a sitemap, not a feed"),
        ("feed", "live_blog/graph.html", "an HTML page, not a feed"),
        ("json_feed", "feed/rss20.xml", "a feed, not a JSON Feed"),
        ("json_feed", "json_api/wordpress.json", "JSON, not a JSON Feed"),
        ("news_sitemap", "feed/atom10.xml", "a feed, not a sitemap"),
        ("json_api", "feed/rss10.rdf", "a feed, not JSON with a list of items"),
        ("telegram", "live_blog/graph.html", "an HTML page without messages of a Telegram channel: "),
        ("live_blog", "telegram/channel.html", "an HTML page without a live blog "),
    ],
)
def test_a_type_that_was_written_is_kept_and_says_what_came(kind: str, document: str, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse(kind, (DOCUMENTS / document).read_bytes())
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<!doctype html><title>Home</title>", PAGE),
        (b"<html><title>Just a moment...</title>", "a bot challenge, not a feed"),
        (b"<html><input type='password'>", "a login page, not a feed"),
        (b"<opml><body/></opml>", "an OPML list, not a feed"),
        (b"Service unavailable\nhttps://example.org/status\nsorry", "plain text, not a feed"),
        (b'{"status": 404, "error": "Not Found"}', 'JSON that says "Not Found"'),
        (b'{"jsonfeed.org": 1}', "JSON, not a JSON Feed"),
    ],
)
def test_what_no_kind_reads_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(ParseError) as error:
        parse("auto", body)
    assert str(error.value) == sentence


@pytest.mark.skipif(not (CORPUS / "feeds").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
def test_what_servers_sent_in_place_of_feeds() -> None:
    said = {}
    for document in feeds():
        folder, _, file = document.name.partition("/")
        if folder == "server-errors-2020-2021":
            try:
                said[file.partition("_")[0]] = str(len(parse("auto", document.body).entries))
            except ParseError as error:
                said[file.partition("_")[0]] = str(error)
    assert said == {"3abn": PAGE, "dailytelegraph": "an empty body", "straittimes": "0"}, (
        "an empty channel is a feed"
    )


def test_looking_for_kinds_loads_no_heavy_library() -> None:
    """What reading a configuration imports, whatever types stand in it."""
    code = (
        "import sys; from monitor import kinds; g = ('monitor.sources', 'newsbell.sources');"
        "[kinds.load(*g, name) for name in kinds.names(*g) if name != 'feed'];"
        "print({'feedparser', 'httpx', 'rich'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
