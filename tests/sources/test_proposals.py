"""Selectors that are found: for a list with times, by known headlines after a rebuild; none for what is no list."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from monitor.daemon.parsing.parse import Parsers
from monitor.model import Proposal, Response
from monitor.sources import ParseError
from monitor.sources._proposals import propose
from monitor.sources._select import Select
from monitor.sources.page import Page
from tests.sources.test_page import SIDEBAR

HEADLINES = [
    "Ministers meet in the capital for talks",
    "Bridge over the northern river closed again",
    "Train stopped near the border on its way west",
    "What the vote in parliament means for schools",
    "Storm leaves ten thousand houses without light",
]


def page(html: str) -> Response:
    body = f"<!doctype html><html><body><h1>A page of The Desk</h1>{html}</body></html>".encode()
    return Response(
        url="https://desk.example.org/", status=200, body=body, received_at=datetime(2026, 3, 1, tzinfo=UTC)
    )


def rows(build: str, *, times: Sequence[str] = ("15:44", "15:20", "14:02", "11:50", "09:05")) -> str:
    return "".join(
        f'<div class="News_row__{build}"><span class="News_time__{build}">{time}</span>'
        f'<a class="News_link__{build}" href="/n/{n}">{headline}</a></div>'
        for n, (time, headline) in enumerate(zip(times, HEADLINES, strict=True))
    )


def test_a_list_of_clock_times_and_headlines_is_found() -> None:
    best = propose(page(rows("aX3fQ")))[0]
    assert [entry.title for entry in best.entries] == HEADLINES
    assert [entry.dates[0].text for entry in best.entries] == ["15:44", "15:20", "14:02", "11:50", "09:05"]
    assert best.entries[0].keys == ("url:https://desk.example.org/n/0",)
    assert best.why == "5 rows with a headline, 5 of them with a time"


def test_what_is_found_survives_the_next_build() -> None:
    best = propose(page(rows("aX3fQ")))[0]
    later = Page(Select(**best.select)).parse(page(rows("Zk81v")))
    assert [entry.title for entry in later.entries] == HEADLINES


def test_the_sidebar_of_the_seed_is_found() -> None:
    best = propose(page(SIDEBAR.replace("<p>A train", "<h3>Train stopped near river</h3><p>A train")))
    assert best
    assert {"3:44 PM", "11:02 PM", "9:15 PM"} <= {d.text for entry in best[0].entries for d in entry.dates}


@pytest.mark.parametrize(
    "html",
    [
        "<p>An article of one page, written at 15:44 and long enough to be taken for a headline.</p>",
        rows("aX3fQ", times=("06:00", "07:30", "09:00", "12:15", "20:15")),  # a programme
        rows("aX3fQ").replace("News_time", "video-duration"),
        "".join(
            f'<li><time datetime="PT2M{n}S">2:{n}</time><a href="/{n}">{h}</a></li>'
            for n, h in enumerate(HEADLINES, 10)
        ),
        "".join(f"<li><time>15:4{n}</time> Goal</li>" for n in range(9)),  # no headlines
        "".join(f"<li><a href='/{n}'>{h}</a></li>" for n, h in enumerate(HEADLINES)),  # no times
    ],
    ids=["article", "programme", "durations by name", "durations by attribute", "scores", "no times"],
)
def test_what_is_no_list_of_news_is_not_proposed(html: str) -> None:
    assert propose(page(html)) == ()


TIMES = ("15:44", "15:20", "14:02", "11:50", "09:05")
TICKER = "".join(f"<li><span>{time}</span> {it}</li>" for time, it in zip(TIMES, HEADLINES, strict=True))


@pytest.mark.parametrize(
    ("html", "badge"),
    [
        (f"<ul>{TICKER}</ul>", "li > span:first-child"),
        (f"<ul>{TICKER.replace('<span>', '<span class=time>')}</ul>", ".time"),
        (f"<ul>{TICKER.replace('span>', 'time>')}</ul>", "time"),
        (f"<ul>{TICKER.replace('</span>', '</span> | ')}</ul>", "li > span:first-child"),
        (
            f"<nav>{'<li><a>A section</a></li>' * 30}</nav><aside><ul>{TICKER}</ul></aside>",
            "li > span:first-child",
        ),
        (
            "".join(f"<li>{it} <span>{time}</span></li>" for time, it in zip(TIMES, HEADLINES, strict=True)),
            "li > span:last-child",
        ),
    ],
    ids=["a bare tag", "a class", "time", "a mark between", "beside a menu", "behind"],
)
def test_a_time_in_the_text_of_a_headline_is_taken_out_of_it(html: str, badge: str) -> None:
    best = propose(page(html))[0]
    assert [entry.title for entry in best.entries] == HEADLINES
    assert [entry.dates[0].text for entry in best.entries] == list(TIMES)
    assert best.select["badge"] == badge


def test_a_ticker_beside_the_main_list_is_read_with_it_and_alone() -> None:
    articles = "".join(
        f'<article><h2><a href="/a/{n}">Main article number {n} of that day</a></h2>'
        f'<time datetime="2026-02-2{n}T10:00Z">2{n} Feb</time></article>'
        for n in range(8, 0, -1)
    )
    both, main, ticker = propose(page(f"<main>{articles}</main><aside><ul>{TICKER}</ul></aside>"))
    assert [entry.title for entry in ticker.entries] == HEADLINES
    assert [entry.title for entry in both.entries] == [
        entry.title for entry in (*main.entries, *ticker.entries)
    ]
    assert both.select["link"] == main.select["link"] == "h2 a@href"


def test_rows_with_a_date_in_an_attribute_are_selected_by_it_rather_than_by_their_place() -> None:
    found = "".join(
        f'<li data-date="2026-02-2{9 - n}T10:00Z"><span>New</span> <a href="/{n}">{it}</a></li>'
        for n, it in enumerate(HEADLINES, 1)
    )
    assert propose(page(f"<aside><ul>{found}</ul></aside>"))[0].select["item"] == "li[data-date]"


def test_posts_that_begin_with_their_time_in_bold_are_found() -> None:
    posts = "".join(
        f"<div class=post id=post-{1009 - n}><p><strong>{time}</strong> {headline}</p>"
        f"<p><strong>They</strong> spoke for {n + 2} hours.</p></div>"
        for n, (time, headline) in enumerate(zip(TIMES, HEADLINES, strict=True))
    )
    best = propose(page(posts))[0]
    assert [entry.title for entry in best.entries] == HEADLINES
    assert best.entries[0].summary == "They spoke for 2 hours."
    assert best.entries[0].keys[0] == "id:post-1009"


@pytest.mark.parametrize(
    ("ids", "proposed"),
    [
        (("item-01", "item-02", "item-03", "item-04", "item-05"), ""),
        (("0000", "0001", "0002", "0004", "0005"), ""),  # the fourth is an advertisement
        (("row-1-of-5", "row-2-of-5", "row-3-of-5", "row-4-of-5", "row-5-of-5"), ""),
        (("item-05", "item-04", "item-03", "item-02", "item-01"), "@id"),
        (("post-1", "post-190", "post-207", "post-350", "post-351"), "@id"),
    ],
)
def test_ids_that_only_count_the_rows_identify_none(ids: Sequence[str], proposed: str) -> None:
    html = "".join(
        f'<li id="{one}"><span class="time">{time}</span><h3>{headline}</h3></li>'
        for one, time, headline in zip(ids, TIMES, HEADLINES, strict=True)
    )
    assert propose(page(f"<ul>{html}</ul>"))[0].select.get("id", "") == proposed


DAYS = {
    "headings": ("<h2>{}</h2>", "h2"),
    "named rows": ("<li class=day>{}</li>", ".day"),
    "rows": ("<li>{}</li>", "li:not(:has(.time))"),
    "in a box": ("<div class=head><div><b>{}</b></div></div>", ".head"),
}


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize(
    "days", [("Today", "Yesterday"), ("30 November 2026", "29 November 2026"), ("", "Вчора")]
)
def test_headings_between_the_rows_are_their_days(name: str, days: tuple[str, str]) -> None:
    heading, css = DAYS[name]
    times = ("15:44", "15:20", "23:59", "23:10", "18:05")
    found = [
        f"<li><span class=time>{time}</span><h3>{it}</h3></li>"
        for time, it in zip(times, HEADLINES, strict=True)
    ]
    first, second = (heading.format(day) if day else "" for day in days)
    best = propose(page("".join([first, *found[:2], second, *found[2:]])))[0]
    assert best.select["day"] == css
    assert [entry.dates[0].day for entry in best.entries] == [days[0]] * 2 + [days[1]] * 3


@pytest.mark.parametrize("between", ["<h2>More news</h2>", "<h2>Yesterday</h2><h2>In other news</h2>"])
def test_a_heading_that_names_no_day_is_none(between: str) -> None:
    found = [
        f"<li><span class=time>{time}</span><h3>{it}</h3></li>"
        for time, it in zip(TIMES, HEADLINES, strict=True)
    ]
    assert "day" not in propose(page("".join([*found[:2], between, *found[2:]])))[0].select


def test_a_link_in_a_paragraph_leads_to_no_row() -> None:
    found = "".join(
        f"<li data-id='90{9 - n}1'><b class=time>{time}</b><h3>{it}</h3><p>So <a href='/about/{n}'>it</a> was.</p></li>"
        for n, (time, it) in enumerate(zip(TIMES, HEADLINES, strict=True))
    )
    less = found.replace("<a href='/about/0'>it</a>", "it").replace("<a href='/about/1'>it</a>", "it")
    best = propose(page(less))[0]
    assert (best.select.get("link"), best.select["id"]) == (None, "@data-id")


def test_known_headlines_find_the_list_after_a_rebuild_even_without_times() -> None:
    new = "".join(
        f'<section data-testid="story"><h4><a href="/new/{n}">{h}</a></h4></section>'
        for n, h in enumerate(HEADLINES)
    )
    best = propose(page(new), HEADLINES[:4])[0]
    assert best.select["item"] == '[data-testid="story"]'
    assert [entry.title for entry in best.entries] == HEADLINES


def test_headlines_that_are_not_there_find_nothing() -> None:
    assert propose(page(rows("aX3fQ")), ["A headline of another newspaper altogether"]) == ()


def test_it_runs_in_a_child_with_the_limits_of_parsing() -> None:
    async def ask() -> tuple[Sequence[Proposal], Sequence[Proposal]]:
        async with Parsers(working=1, slow=0, spare=0) as parsers:
            with pytest.raises(ParseError, match="an empty body"):
                await parsers.propose(
                    Response(url="https://e.org/", status=200, received_at=page("").received_at)
                )
            return await parsers.propose(page(rows("aX3fQ"))), await parsers.propose(
                page("<p>nothing</p>"), HEADLINES
            )

    found, none = asyncio.run(ask())
    assert found == propose(page(rows("aX3fQ")))
    assert none == ()
