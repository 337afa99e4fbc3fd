"""A sidebar like the one the project began with, read by selectors; pages that are none; pages that would hang."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from monitor.model import Entry, RawDate, Response
from monitor.sources import ParseError
from monitor.sources._select import Select
from monitor.sources.page import Page

URL = "https://desk.example.org/articles/1"
SIDEBAR = """<!doctype html><html><head><title>The Desk</title></head><body>
<article><h1>An article of March</h1><time datetime="2024-03-11">March 11, 2024</time></article>
<aside><ul class="news">
<li class="item" data-id="9001"><span class="time">3:44 PM</span><h3>Ministers meet in the capital.</h3><p>They spoke for two hours.</p></li>
<li class="item" data-id="9000"><span class="time"></span><h3>Bridge closed (Updated: )</h3><p>Repairs go on.</p></li>
<li class="day">Yesterday</li>
<li class="item" data-id="8999"><span class="time">11:02 PM</span><p>A train was stopped near the river on its way west. No one was hurt.</p></li>
<li class="item" data-id="8998"><span class="time">9:15 PM</span><h3><span>Analysis</span><span>What the vote means</span></h3>
 <a href="/news/vote?x=1">more</a></li>
</ul></aside></body></html>"""
SELECT = Select(
    item=".item",
    time="time@datetime | .time",
    title="h3",
    summary="p",
    link="a@href",
    day=".day",
    id="@data-id",
)


def response(body: str | bytes, content_type: str = "text/html; charset=utf-8") -> Response:
    raw = body.encode() if isinstance(body, str) else body
    return Response(
        url=URL, status=200, body=raw, content_type=content_type, received_at=datetime(2026, 3, 1, tzinfo=UTC)
    )


def rows(body: str, **select: str) -> list[Entry]:
    return list(Page(Select(**select)).parse(response(body)).entries)


def refusal(body: str | bytes, select: Select = SELECT) -> str:
    with pytest.raises(ParseError) as error:
        Page(select).parse(response(body))
    return str(error.value)


def test_the_sidebar_is_read_row_by_row() -> None:
    parsed = Page(SELECT).parse(response(SIDEBAR))
    assert parsed.title == "The Desk"
    assert [entry.title for entry in parsed.entries] == [
        "Ministers meet in the capital.",
        "Bridge closed",
        "A train was stopped near the river on its way west.",
        "Analysis What the vote means",
    ]
    assert [entry.keys[0] for entry in parsed.entries] == ["id:9001", "id:9000", "id:8999", "id:8998"]


def test_the_page_s_own_date_dates_no_row_and_a_divider_those_below_it() -> None:
    first, empty, late, last = Page(SELECT).parse(response(SIDEBAR)).entries
    assert first.dates == (RawDate(text="3:44 PM", origin="text"),)
    assert empty.dates == ()
    assert late.dates == (RawDate(text="11:02 PM", origin="text", day="Yesterday"),)
    assert last.dates == (RawDate(text="9:15 PM", origin="text", day="Yesterday"),)


def test_a_row_without_a_link_has_the_page_s_which_is_no_key() -> None:
    first, *_, last = Page(SELECT).parse(response(SIDEBAR)).entries
    assert (first.url, first.keys) == (URL, ("id:9001",))
    assert last.keys == ("id:8998", "url:https://desk.example.org/news/vote?x=1")


def test_an_anchor_is_a_permalink() -> None:
    (entry,) = rows(
        '<div class="e" id="p751105"><h3>Loud bang heard</h3></div>', item=".e", title="h3", id="@id"
    )
    assert (entry.url, entry.keys) == (f"{URL}#p751105", ("id:p751105", f"url:{URL}#p751105"))


def test_two_rows_that_share_a_link_but_not_an_anchor_are_two() -> None:
    body = "".join(f'<li id="post-{n}"><a href="/live">Update number {n}</a></li>' for n in (1, 2))
    one, two = rows(body, item="li", title="a", link="a@href", id="@id")
    assert one.keys[0] != two.keys[0]
    assert one.keys[1] == two.keys[1]


def test_the_attribute_goes_before_the_text_and_both_are_kept() -> None:
    body = '<li><time datetime="14:36">14:36 Uhr</time><h3>Snow on the hills</h3></li>'
    (entry,) = rows(body, item="li", time="time@datetime | time", title="h3")
    assert entry.dates == (
        RawDate(text="14:36", origin="attribute"),
        RawDate(text="14:36 Uhr", origin="text"),
    )


@pytest.mark.parametrize(
    ("stamps", "shown", "kept"),
    [
        (
            ["2026-03-01T15:50:07.1Z", "2026-03-01T15:50:07.9Z"] * 2,
            ["15:44", "15:20", "14:02", "11:50"],
            False,
        ),
        (["2026-03-01 15:50:07"] * 4, ["5 min ago", "30 min ago", "2 h ago", "4 h ago"], False),
        (["15:50"] * 3 + ["14:00"], ["15:44", "15:20", "14:02", "11:50"], False),
        (["2026-03-01"] * 4, ["15:44", "15:20", "14:02", "11:50"], True),  # the day of each
        (["2026-03-01T00:00:00Z"] * 4, ["15:44", "15:20", "14:02", "11:50"], True),  # so is this
        (["2026-03-01T06:00:00Z"] * 4, ["06:00"] * 4, True),  # written to appear together
        (["2026-03-01T06:00:00Z"] * 4, ["Kyiv", "Lviv", "Odesa", "Kherson"], True),  # no times
        (["2026-03-01T06:00:00Z"] * 2 + ["2026-03-01T05:00:00Z"] * 2, ["1", "2", "08:00", "07:00"], True),
    ],
)
def test_an_attribute_that_all_rows_share_dates_none_of_other_times(
    stamps: list[str], shown: list[str], kept: bool
) -> None:
    html = "".join(
        f'<li><time datetime="{stamp}">{text}</time><h3>Headline {n}</h3></li>'
        for n, (stamp, text) in enumerate(zip(stamps, shown, strict=True))
    )
    found = rows(html, item="li", title="h3", time="time@datetime | time")
    origins = {date.origin for entry in found for date in entry.dates}
    assert origins == ({"attribute", "text"} if kept else {"text"})


def test_a_day_in_a_row_is_carried_down() -> None:
    body = (
        "<table><tr><td>Dec-17-24 03:44PM</td><td><a>Rates stay where they are</a></td></tr>"
        "<tr><td>03:30PM</td><td><a>Oil falls for a third day</a></td></tr></table>"
    )
    one, two = rows(body, item="tr", time="td", title="a", day="tr:first-child td:first-child")
    assert (one.dates[0].day, two.dates[0].day) == ("Dec-17-24 03:44PM", "Dec-17-24 03:44PM")


def test_rows_inside_a_row_are_rows_of_their_own() -> None:
    body = (
        "<article><h3>On-line: the summit</h3><ul><li><h5>First they ate</h5></li>"
        "<li><h5>Then they spoke</h5></li></ul></article><article><h3>Another story</h3></article>"
    )
    found = rows(body, item="article, li", title="h3 | h5")
    assert [entry.title for entry in found] == [
        "On-line: the summit",
        "First they ate",
        "Then they spoke",
        "Another story",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "<div class=item><b class=time>{n}:00</b><h3>Headline number {n}</h3><p>Text {n}.</p>",
        "<li class=item><b class=time>{n}:00</b><p>Text {n}.</p><h3>Headline number {n}",
    ],
    ids=["div", "h3"],
)
@pytest.mark.parametrize("day", ["", "<div class=day>Yesterday</div>"])
def test_rows_whose_tags_are_not_closed_are_all_read(row: str, day: str) -> None:
    html = "".join(row.format(n=n) + (day if n == 20 else "") for n in range(23, 3, -1))
    found = Page(SELECT).parse(response(html)).entries
    assert [(entry.title, entry.summary, entry.dates[0].text, entry.dates[0].day) for entry in found] == [
        (f"Headline number {n}", f"Text {n}.", f"{n}:00", "Yesterday" if n < 20 and day else "")
        for n in range(23, 3, -1)
    ]


def test_a_row_without_a_time_has_not_that_of_a_row_inside_it() -> None:
    outer, inner = rows(
        '<article id="a"><h3>The summit of the week</h3><article id="b"><time>9:15</time><h3>They ate</h3>',
        item="article",
        title="h3",
        time="time",
        id="@id",
    )
    assert (outer.dates, inner.dates[0].text) == ((), "9:15")


@pytest.mark.parametrize(
    ("closing", "said"),
    [
        ("", "nested too deeply to read"),
        ("</div></div>", "rows of item = 'div' inside each other, too deeply to read"),
    ],
)
def test_rows_too_deep_inside_each_other_are_refused_soon(closing: str, said: str) -> None:
    body = ("<div>" * 900 + "<div>x</div>" * 20_000 if closing else "<div>" * 20_000) + closing
    assert refusal(body, Select(item="div", title="h3", summary="p", time="time", link="a@href")) == said


@pytest.mark.parametrize(
    ("headline", "read"),
    [
        ("Пожежа у Львові Фото, Відео", "Пожежа у Львові"),
        ("Пожежа у Львові<em>Фото</em>", "Пожежа у Львові"),
        ("Video: the minute it fell", "the minute it fell"),
        ("Video games sell well", "Video games sell well"),
        ("Fire (Updated: 3:44 PM)", "Fire"),
        ("Фото", "Фото"),
    ],
)
def test_badges_are_no_part_of_a_headline(headline: str, read: str) -> None:
    (entry,) = rows(f"<li><h3>{headline}</h3></li>", item="li", title="h3")
    assert entry.title == read


def test_elements_may_be_badges_and_words_may_be_chosen() -> None:
    body = "<li><h3><b>Premium</b>Snow on the hills EXKLUSIV</h3></li>"
    page = Page(Select(item="li", title="h3", badge="b"), badges=("EXKLUSIV",))
    assert [entry.title for entry in page.parse(response(body)).entries] == ["Snow on the hills"]


def test_a_time_in_a_headline_is_a_badge_that_still_dates_and_links_the_row() -> None:
    body = '<li><a class="at" href="#p7">15:44</a> – Snow on the hills – again</li>'
    (entry,) = rows(body, item="li", time=".at", title=".", link="a@href", badge=".at")
    assert entry.title == "Snow on the hills – again"
    assert entry.dates == (RawDate(text="15:44", origin="text"),)
    assert entry.url == f"{URL}#p7"


def test_the_first_alternative_that_yields_text_wins() -> None:
    body = "<li><h2> </h2><h3>Small</h3></li><li><h2>Large</h2><h3>Small</h3></li>"
    assert [entry.title for entry in rows(body, item=".none | li", title="h2 | h3")] == ["Small", "Large"]


def test_a_charset_that_only_the_page_names_is_read() -> None:
    body = '<meta charset="iso-8859-2"><li><h3>Žluťoučký kůň</h3></li>'.encode("iso-8859-2")
    (entry,) = Page(Select(item="li", title="h3")).parse(response(body, "text/html")).entries
    assert entry.title == "Žluťoučký kůň"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "an empty body"),
        (" \n", "an empty body"),
        ("<html><title>Just a moment...</title></html>", "a bot challenge, not the list"),
        ("<html><form><input type=password></form></html>", "a login page, not the list"),
        ('{"message": "No route"}', 'JSON that says "No route", not a page'),
        ("<rss><channel/></rss>", "a feed, not a page"),
        (
            "<html><body><p>nothing</p></body></html>",
            "the selectors find nothing: no row of item = '.item' in this page",
        ),
        (
            '<html><body><div class="item"></div></body></html>',
            "the selectors find nothing: 1 row of item = '.item', and no text in it",
        ),
        ("<div>" * 5_000, "nested too deeply to read"),
        ("<div " + " ".join(f"a{n}" for n in range(9_000)) + ">", "a tag with too many attributes to read"),
    ],
)
def test_what_is_no_list_is_a_sentence(body: str, said: str) -> None:
    assert refusal(body) == said


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "rows": lambda n: b"<li class=item><h3>x</h3>" * (n // 24),
    "nested rows": lambda n: b"<div class=item>" * 900 + b"<b>x</b>" * (n // 8),
    "open tags": lambda n: b"<a " * (n // 3),
    "open quotes": lambda n: b'<a x="' * (n // 6),
    "open comments": lambda n: b"<!--" * (n // 4),
    "scripts": lambda n: b"<script>" * (n // 8),
    "kickers": lambda n: b"<li class=item><h3>" + b"<b>ab</b>" * (n // 9),
    "days": lambda n: b"<i class=day>x</i>" * (n // 18) + b"<li class=item>y",
    "signs": lambda n: b"<" * n,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_megabyte_does_not_hang(name: str) -> None:
    """In quadratic time each of these would take longer than the test may."""
    with suppress(ParseError):
        assert len(Page(SELECT).parse(response(b"<html><body>" + HOSTILE[name](1_000_000))).entries) <= 10_001


@pytest.mark.parametrize("byte", [0, 9, 32, 34, 38, 39, 45, 47, 60, 62, 65, 128, 255])
def test_a_megabyte_of_one_byte_is_read_or_refused(byte: int) -> None:
    with pytest.raises(ParseError):
        Page(SELECT).parse(response(bytes([byte]) * 1_000_000))


def test_random_bytes_and_a_page_cut_anywhere_are_read_or_refused() -> None:
    raw = SIDEBAR.encode()
    for body in [os.urandom(20_000), *(raw[:end] for end in range(0, len(raw), 3))]:
        try:
            entries = Page(SELECT).parse(response(body)).entries
        except ParseError:
            continue
        assert all(entry.keys and entry.title for entry in entries)
