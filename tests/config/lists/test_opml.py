"""Lists as they are found: what can be recovered is, and what cannot is named with its line."""

import os
import random
from pathlib import Path
from time import process_time
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.config import lists
from monitor.config.lists import FeedList, Listing, opml
from monitor.config.lists.listing import tags_of
from tests.torture.opml import CORPUS, files, judge


def read(text: str) -> FeedList:
    return lists.read(text.encode())


def feeds(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(feed.url, feed.tags) for feed in read(text).feeds]


# -- well-formed ------------------------------------------------------------------------------


def test_folders_and_categories_are_tags() -> None:
    text = """<?xml version="1.0"?><opml version="2.0"><body>
    <outline text="World" title="not this"><outline title="War">
      <outline type="rss" text="A" xmlUrl="http://a.org/rss" category="/Boston/Weather, late"/>
    </outline><outline xmlUrl="http://b.org/rss"/></outline>
    <outline xmlUrl="http://c.org/rss"/></body></opml>"""
    assert feeds(text) == [
        ("http://a.org/rss", ("World", "War", "Boston/Weather", "late")),
        ("http://b.org/rss", ("World",)),
        ("http://c.org/rss", ()),
    ]
    assert read(text).broken == ""


def test_an_address_in_two_folders_is_one_feed_with_both_tags_and_is_reported() -> None:
    found = read(
        '<opml><body><outline text="x"><outline xmlUrl="http://a.org"/></outline>\n'
        '<outline text="y"><outline xmlUrl="HTTP://A.org:80/#top"/></outline></body></opml>'
    )
    assert [(feed.url, feed.tags) for feed in found.feeds] == [("http://a.org", ("x", "y"))]
    assert [(twice.url, twice.line) for twice in found.twice] == [("HTTP://A.org:80/#top", 2)]


def test_what_is_no_feed_is_named_with_its_line() -> None:
    found = read(
        '<opml><body>\n<outline type="rss" text="No address"/>\n<outline xmlUrl="|~/fetch.py"/>\n'
        '<outline xmlUrl="http://10.0.0.1/rss"/>\n<outline type="include" url="http://a.org/more.opml"/>\n'
        '<outline xmlUrl="htp://a.org/rss"/>\n<outline type="link" url="http://a.org/"/></body></opml>'
    )
    assert found.feeds == ()
    assert [(one.line, one.sentence) for one in found.refused] == [
        (2, "a feed without its address, xmlUrl (No address)"),
        (3, "xmlUrl '|~/fetch.py': is a command, which newsbell does not run"),
        (
            4,
            "xmlUrl 'http://10.0.0.1/rss': leads to a private address; type it into config.toml if it is meant",
        ),
        (5, "another list that this one includes is not followed"),
        (6, "xmlUrl 'htp://a.org/rss': begins with 'htp:', not http: or https: (did you mean 'https:'?)"),
    ]


def test_names_of_another_case_and_prefix_are_read() -> None:
    assert feeds('<OPML><Body><OUTLINE XMLURL="http://a.org/"/></Body></OPML>') == [("http://a.org/", ())]
    text = '<o:opml xmlns:o="urn:x"><o:outline o:xmlUrl="http://a.org/"/></o:opml>'
    assert feeds(text) == [("http://a.org/", ())]


# -- not well-formed --------------------------------------------------------------------------

ONE = [("http://a.org/rss?x=1&copy=2", ("R&D",))]


@pytest.mark.parametrize(
    "text",
    [
        '<outline text="R&D"><outline xmlUrl="http://a.org/rss?x=1&copy=2"/></outline>',
        '<outline text="R&amp;D"><outline xmlUrl="http://a.org/rss?x=1&amp;copy=2" text="a" text="b"/></outline>',
        "<outline text='R&D'><outline xmlUrl='http://a.org/rss?x=1&copy=2' text=\"a's\"></outline></outline>",
        '<outline text="R&D"><outline text="1 < 2" xmlUrl="http://a.org/rss?x=1&copy=2">',
        '<outline text="R&D"><outline text=a xmlUrl=http://a.org/rss?x=1&copy=2 /></outline>',
        '<outline text="R&D"><outline text="never closed xmlUrl="http://a.org/rss?x=1&copy=2"/></outline>',
        '<outline text="R&D"><outline xmlUrl="http://a.org/rss?x=1&copy=2/></outline>',
        '<outline text="R&D"><outline text="by <a href="http://b.org">me</a>" xmlUrl="http://a.org/rss?x=1&copy=2"/>',
        '<outline text="R&D"><outline text="say "hi" to" xmlUrl="http://a.org/rss?x=1&copy=2"/></outline>',
        '<outline text="R&D"><!-- <outline xmlUrl="http://no.org/"/> --><outline xmlUrl="http://a.org/rss?x=1&copy=2"',
        '<outline text="R&D">\n<outline\n\txmlUrl = "http://a.org/rss?x=1&copy=2"\n>\n</outline>',
    ],
)  # fmt: skip
def test_a_list_that_is_no_xml_loses_no_feed(text: str) -> None:
    found = read(f'<?xml version="1.0"?>\n<opml><head><title>A & B</title></head><body>{text}</body></opml>')
    urls = [feed.url.removesuffix("/") for feed in found.feeds]
    assert (urls, [feed.tags for feed in found.feeds]) == ([ONE[0][0]], [ONE[0][1]])
    assert found.broken.startswith("line ")


def test_feeds_that_are_never_closed_stay_in_their_folder() -> None:
    text = """<opml><body>
    <outline text="x"><outline xmlUrl="http://a.org/"><outline xmlUrl="http://b.org/"></outline></outline>
    <outline xmlUrl="http://c.org/">&
    </body>"""
    assert feeds(text) == [("http://a.org/", ("x",)), ("http://b.org/", ("x",)), ("http://c.org/", ())]


def test_two_addresses_in_one_outline_are_two_feeds() -> None:
    assert feeds('<outline xmlUrl="http://a.org/" xmlUrl="http://b.org/"/>') == [
        ("http://a.org/", ()),
        ("http://b.org/", ()),
    ]


def test_letters_of_another_charset_do_not_spoil_the_rest() -> None:
    text = '<opml><outline text="Київ й Café"><outline xmlUrl="http://a.org/"/></outline></opml>'
    mixed = text.encode().replace("é".encode(), b"\xe9")
    assert lists.read(mixed).feeds[0].tags == ("Київ й Café",)
    assert lists.read(text.replace("Київ й ", "").encode("latin-1")).feeds[0].tags == ("Café",)
    assert lists.read(text.encode("utf-16")).feeds[0].tags == ("Київ й Café",)
    cyrillic = f'<?xml version="1.0" encoding="windows-1251"?>{text.replace("é", "e")}'
    assert lists.read(cyrillic.encode("cp1251")).feeds[0].tags == ("Київ й Cafe",)


def test_a_page_in_place_of_a_list_is_called_one() -> None:
    with pytest.raises(ValueError, match="is a web page, not a list of feeds"):
        read("<!doctype html><html><body>Log in</body></html>")
    assert feeds('<html><body><outline xmlurl="http://a.org/">') == [("http://a.org/", ())]


@pytest.mark.parametrize(
    "trap",
    [
        '<outline a="',
        "<outline ",
        "<!--",
        "<outline x" + " " * 50,
        'outline text="x=',
        "&",
        "<outline a='\"",
    ],
)
def test_traps_take_time_in_proportion_to_their_length(trap: str) -> None:
    def taken(size: int) -> float:
        began = process_time()
        assert lists.read(b"<opml>" + trap.encode() * (size // len(trap))).feeds == ()
        return process_time() - began

    short = min(taken(5_000) for _ in range(3))
    assert taken(100_000) < 100 * short + 0.1  # seconds; with the square of the length it would be 400 times


# -- round trip -------------------------------------------------------------------------------

TAG = st.text(min_size=1, max_size=40).map(lambda text: "".join(tags_of([text]))).filter(bool)
LISTING = st.builds(
    Listing,
    url=st.builds(
        "https://{}.example.org/{}?a={}&b".format, st.integers(0, 99), st.integers(0, 9), st.integers(0, 9)
    ),
    title=TAG,
    tags=st.lists(TAG, max_size=4, unique=True).map(tuple),
)
LISTINGS = st.lists(LISTING, max_size=8, unique_by=lambda listing: listing.url).map(tuple)


@given(LISTINGS)
def test_opml_round_trips(listings: tuple[Listing, ...]) -> None:
    found = lists.read(lists.write(listings, "opml").encode())
    assert found.broken == ""
    assert {feed.url: (feed.title, feed.tags) for feed in found.feeds} == {
        listing.url: (listing.title, listing.tags) for listing in listings
    }


@given(LISTINGS)
def test_urls_round_trip(listings: tuple[Listing, ...]) -> None:
    found = lists.read(lists.write(listings, "urls").encode())
    assert {feed.url: (feed.title, feed.tags) for feed in found.feeds} == {
        one.url: (one.title, tuple(tag for tag in one.tags if not tag.startswith(("~", "!"))))
        for one in listings
    }


@given(LISTINGS)
@example((Listing(url="https://1.example.org/0?a=0&b", title="Sum 0=", tags=()),))
def test_both_ways_of_reading_agree_on_what_is_well_formed(listings: tuple[Listing, ...]) -> None:
    text = opml.write(listings)
    broken = opml.read(text.replace("</opml>", "&"))
    assert broken.broken
    assert {(feed.url, feed.title, feed.tags) for feed in broken.feeds} == {
        (feed.url, feed.title, feed.tags) for feed in opml.read(text).feeds
    }


@given(
    st.lists(
        st.sampled_from(
            [
                "<outline ",
                "xmlUrl=",
                '"',
                "'",
                ">",
                "/>",
                "</outline>",
                "<!--",
                "-->",
                "&amp;",
                "&",
                "http://a.org/",
                " ",
                "\n",
                "text=",
                "<a href=",
                "<![CDATA[",
                "]]>",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_no_list_is_too_broken_to_be_read(text: str) -> None:
    for feed in opml.read(f"<opml>{text}").feeds:
        assert feed.url.startswith("http")


@given(
    st.lists(st.tuples(st.integers(0, 99), TAG), min_size=1, max_size=6, unique_by=lambda pair: pair[0]),
    st.randoms(),
)
def test_a_raw_ampersand_and_less_than_cost_nothing(
    named: list[tuple[int, str]], dice: random.Random
) -> None:
    outlines = [
        f'<outline xmlUrl="http://{n}.org/?a=1&amp;b=2" text={quoteattr(text)} description="{dice.choice("&<")} {n}"/>'
        for n, text in named
    ]
    found = read(f"<opml><body>{''.join(outlines)}</body></opml>")
    assert [(feed.url, feed.title) for feed in found.feeds] == [
        (f"http://{n}.org/?a=1&b=2", text) for n, text in named
    ]


# -- real ones --------------------------------------------------------------------------------


@pytest.mark.skipif(not (CORPUS / "opml").is_dir(), reason="no corpus: set NEWSBELL_CORPUS")
def test_a_sample_of_real_lists_is_kept_whole() -> None:
    sample = random.Random(os.environ.get("PYTEST_SEED", "1")).sample(sorted(files(CORPUS)), 40)
    for path in sample:
        if path.stat().st_size < 200_000:
            outcome = judge(path)
            assert (outcome.lost, outcome.changed) == (0, 0), path.name


def test_the_file_itself_may_be_missing_or_a_directory(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file"):
        lists.read_file(tmp_path / "a.opml")
    with pytest.raises(ValueError, match="is a directory"):
        lists.read_file(tmp_path)
