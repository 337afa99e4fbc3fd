"""Rows of a page that its JSON-LD dates: by their links or headlines, never by the date of the page itself."""

import json

import pytest

from monitor.model import Entry, RawDate
from monitor.sources._linked_dates import with_linked_dates
from monitor.sources._select import Select
from monitor.sources.page import Page
from tests.sources.test_page import URL, response

AT, LATER, OWN = "2024-11-21T13:44:00Z", "2024-11-21T14:02:00Z", "2024-03-11T08:00:00Z"
SELECT = Select(item="li", time="time@datetime | .time", title="h3", link="a@href", id="@id")


def page(*blocks: object) -> str:
    """Return an article of March with a list of four rows beside it."""
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(it)}</script>' for it in blocks)
    return f"""<!doctype html><html><head>{scripts}</head><body><ul>
<li><span class="time">3:44 PM</span><h3>Ministers meet in the capital</h3><a href="/news/1?utm_source=list">more</a></li>
<li><span class="time">3:40 PM</span><h3>A bridge is closed</h3></li>
<li id="p3"><span class="time">3:30 PM</span><h3>What the vote means</h3></li>
<li><span class="time">3:20 PM</span><h3>An article of March</h3><a href="{URL}">more</a></li>
</ul></body></html>"""


def linked(*blocks: object) -> list[str]:
    """Return what JSON-LD says of each row's date."""
    rows = Page(SELECT).parse(response(page(*blocks))).entries
    return [next((it.text for it in row.dates if it.origin == "json-ld"), "") for row in rows]


def article(**fields: object) -> dict[str, object]:
    return {"@type": "NewsArticle", "datePublished": AT, **fields}


def a_list(*articles: object) -> dict[str, object]:
    return {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": it} for it in articles]}


def test_an_article_dates_the_row_that_links_to_it() -> None:
    assert linked(article(url="https://desk.example.org/news/1")) == [AT, "", "", ""]
    assert (
        linked({"@graph": [{"@type": "WebPage", "datePublished": OWN}, article(url="/news/1#xtor=RSS-1")]})[0]
        == AT
    )
    assert linked(article(mainEntityOfPage={"@id": "http://desk.example.org/news/1/"}))[0] == AT


def test_the_items_of_a_list_date_rows_of_their_headlines() -> None:
    assert linked(a_list(article(headline="A bridge  is closed"))) == ["", AT, "", ""]
    assert linked(a_list(article(name="A bridge is <i>closed</i>", url=URL)))[1] == AT
    blog = {
        "@type": "LiveBlogPosting",
        "datePublished": OWN,
        "url": URL,
        "liveBlogUpdate": [
            {"@type": "BlogPosting", "headline": "A bridge is closed", "datePublished": AT},
            {"@type": "BlogPosting", "url": f"{URL}#p3", "datePublished": LATER},
        ],
    }
    assert linked(blog) == ["", AT, LATER, ""]


@pytest.mark.parametrize(
    "own",
    [
        article(datePublished=OWN, url=URL, headline="An article of March"),
        article(datePublished=OWN, headline="An article of March"),
        article(datePublished=OWN, headline="A bridge is closed"),
        article(datePublished=OWN, mainEntityOfPage=URL),
        article(datePublished=OWN, mainEntityOfPage={"@id": URL}, headline="What the vote means"),
        {"@graph": [article(datePublished=OWN), {"@type": "WebPage", "url": URL, "datePublished": OWN}]},
    ],
)
def test_the_page_s_own_date_dates_no_row(own: object) -> None:
    assert linked(own) == ["", "", "", ""]


def test_what_is_not_one_row_s_dates_none() -> None:
    one = article(url="/news/1")
    assert linked(one, article(url="/news/1", datePublished=LATER))[0] == "", "two dates"
    assert linked(one, one)[0] == AT, "the same twice"
    assert linked({**one, "@type": "VideoObject"})[0] == ""
    elsewhere = a_list(article(headline="Ministers meet in the capital", url="/news/of-last-year"))
    assert linked(elsewhere) == ["", "", "", ""]
    rows = [
        Entry(keys=("id:1",), title="Live", url=f"{URL}/a"),
        Entry(keys=("id:2",), title="Live", url=f"{URL}/a"),
    ]
    assert with_linked_dates(rows, [a_list(article(headline="Live", url=f"{URL}/a"))], URL) == rows


def test_what_the_row_shows_stays_first() -> None:
    [row, *_] = Page(SELECT).parse(response(page(article(url="/news/1")))).entries
    assert row.dates == (
        RawDate(text="3:44 PM", origin="text"),
        RawDate(text=AT, origin="json-ld", parsed="2024-11-21T13:44:00+00:00"),
    )


@pytest.mark.parametrize(
    "junk", [7, ["\ud800"], {"a": None}, "[http://[", "\ud800", "https://[::1", True, "x" * 70_000]
)
def test_junk_is_nobody_s_date(junk: object) -> None:
    fields = {"url": junk, "@id": junk, "headline": junk, "name": junk, "mainEntityOfPage": junk}
    rows = linked({"itemListElement": [article(**fields), article(**fields, datePublished=junk), junk]}, junk)
    assert rows == ["", "", "", ""]
