"""In doubt it rings: what looks like an old item and may be a new one, and what must not ring for all that.
Over a real store; a body is what one poll read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.model import Entry, Rule, Source
from monitor.store.sqlite import pruning
from monitor.store.sqlite.polling import claims
from tests.desk import EVERYTHING, START, Desk, line

PAGE = Source(name="page", url="https://e.org/")
KYIV = Source(name="page", url="https://e.org/", timezone="Europe/Kyiv")
OTHER = Source(name="other", url="https://other.example/rss")
OLD = line("Budget passed after a long night", at="3:30 PM")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def desk() -> Desk:
    return Desk([PAGE, OTHER], [EVERYTHING])


def read(desk: Desk, *bodies: list[Entry], every: timedelta = MINUTE, at: datetime = START) -> list[str]:
    """Return what rang for a page whose bodies come one after the other; the first is the baseline."""
    for number, body in enumerate(bodies):
        desk.read("page", body, at + number * every)
    return [title for _, title in desk.told]


def stamped(title: str, at: datetime, summary: str = "", *, guid: str = "", url: str = "") -> Entry:
    return line(title, summary, at=at.isoformat(), guid=guid, url=url)


# -- one displayed minute ----------------------------------------------------------------------------

ALERTS = [
    ("Explosion in Kharkiv", "Explosion in Kyiv"),
    ("Kharkiv: explosion in the centre", "Kyiv: explosion in the centre"),
    ("Earthquake M5.1 off the coast of Chile", "Earthquake M5.4 off the coast of Chile"),
    ("Rockets fired at Iran", "Rockets fired at Iraq"),
    ("Explosion reported in New York City", "Explosion reported in Los Angeles"),
    ("Взрыв в Харькове", "Взрыв в Киеве"),
    ("基辅地区发生大规模爆炸事件", "敖德萨地区发生大规模爆炸事件"),
]


@pytest.mark.parametrize(("first", "second"), ALERTS)
def test_the_next_alert_of_the_minute_rings_though_the_first_was_pushed_out(
    desk: Desk, first: str, second: str
) -> None:
    one, two, third = line(first, at="15:44"), line(second, at="15:44"), line("Rain in Rome", at="15:44")
    assert read(desk, [OLD, OLD], [one, OLD], [third, two]) == [first, second, third.title]


@pytest.mark.parametrize(("first", "second"), ALERTS)
@pytest.mark.parametrize("summary", ["", "All are asked to go to a shelter and to wait for the all-clear."])
def test_an_alert_that_replaces_another_in_a_short_window_rings(
    desk: Desk, first: str, second: str, summary: str
) -> None:
    one, two = line(first, summary, at="15:44"), line(second, summary, at="15:44")
    assert read(desk, [OLD], [one, OLD], [two, OLD]) == [first, second]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (line("Goverment of Chile falls", at="15:44"), line("Government of Chile falls", at="15:44")),
        (
            line("", "Goverment of Chile falls.", at="15:44"),
            line("", "Government of Chile falls.", at="15:44"),
        ),
        (line("Explosion in Khakriv", at="15:44"), line("Explosion in Kharkiv", at="15:44")),
        (
            line("Explosion in Kyiv", at="15:44"),
            line("Explosion in Kyiv kills 3, Klitschko says", at="15:44"),
        ),
        (line("Explosion in Kyiv", at="15:44"), line("UPDATED: Explosion in Kyiv", at="15:44")),
        (
            line("Explosion in Kyiv", at="15:44"),
            line("Explosion in Kyiv", "Smoke rises over Podil.", at="15:44"),
        ),
        (line("Explosion in Kyiv", at="15:44"), line("EXPLOSION IN KYIV", at="15:44")),
        (line("Kyiv explosion kills two", at="15:44"), line("Two killed in Kyiv explosion", at="15:44")),
    ],
)
def test_a_plain_edit_in_a_short_window_rings_once(desk: Desk, before: Entry, after: Entry) -> None:
    assert read(desk, [OLD], [before, OLD], [after, OLD], [after, OLD]) == [before.title]
    assert desk.items()[-1].revision == 2


def test_where_the_rows_below_still_stand_another_number_is_an_edit(desk: Desk) -> None:
    """Nothing was pushed out of a list of which the rest still stands: the row itself was changed."""
    rest = [
        line(f"Story of {word}", at=f"15:3{9 - n}")
        for n, word in enumerate(("kiwi", "plum", "fig", "nut", "pea", "rye"))
    ]
    before, after = (
        line("Explosion in Kyiv kills 3", at="15:44"),
        line("Explosion in Kyiv kills 5", at="15:44"),
    )
    assert read(desk, rest, [before, *rest], [after, *rest]) == [before.title]


def test_the_same_alert_under_a_pinned_row_rings_again(desk: Desk) -> None:
    """Two rows, one of them pinned on top: the alert below was pushed out by the next one, word for word the same."""
    pin = line("What we know so far", at="09:00")
    first, second = line("Air alert in Kyiv", at="09:50"), line("Air alert in Kyiv", at="14:20")
    assert read(desk, [pin, OLD], [pin, first], [pin, second]) == ["Air alert in Kyiv"] * 2


# -- the same clock on another day ---------------------------------------------------------------------

BRIEFING = line("Morning briefing", "What matters today.", at="08:00")


@pytest.mark.parametrize("page", [PAGE, KYIV])
def test_the_daily_row_of_a_baseline_rings_the_next_morning(page: Source) -> None:
    desk = Desk([page], [EVERYTHING])
    desk.read("page", [OLD, BRIEFING], START + 3 * HOUR)
    for hour in (6, 12, 16):
        desk.read("page", [OLD], START + hour * HOUR)
    desk.read("page", [OLD], START + 18 * HOUR - MINUTE)
    desk.read("page", [BRIEFING, OLD], START + 18 * HOUR + MINUTE)  # 08:01 in Kyiv
    assert [title for _, title in desk.told] == ["Morning briefing"]


def test_the_daily_row_rings_each_morning(desk: Desk) -> None:
    desk = Desk([KYIV], [EVERYTHING])
    desk.read("page", [OLD], START)
    for day in range(3):
        eight = START + timedelta(hours=18, days=day)
        desk.read("page", [OLD], eight - MINUTE)
        desk.read("page", [BRIEFING, OLD], eight + MINUTE)
        desk.read("page", [BRIEFING, OLD], eight + 2 * HOUR)
        desk.read("page", [OLD], eight + 5 * HOUR)
    assert [title for _, title in desk.told] == ["Morning briefing"] * 3


@pytest.mark.parametrize("last", [[OLD, BRIEFING], [OLD, line("Rain in Rome", at="15:10"), BRIEFING]])
def test_the_daily_row_rings_though_that_of_yesterday_stood_below_until_now(last: list[Entry]) -> None:
    desk = Desk([KYIV], [EVERYTHING])
    eight = START + timedelta(hours=18)
    for at in (START + 3 * HOUR, eight - MINUTE):
        desk.read("page", last, at)
    desk.read("page", [BRIEFING, *last[:-1]], eight + MINUTE)
    desk.read("page", [BRIEFING, *last[:-1]], eight + 3 * HOUR)
    assert [title for _, title in desk.told] == ["Morning briefing"]


def test_a_row_pinned_on_top_for_days_rings_nothing() -> None:
    desk = Desk([KYIV], [EVERYTHING])
    for hour in range(0, 72, 2):
        desk.read("page", [BRIEFING, line(f"Story no. {hour}", guid=f"g{hour}")], START + hour * HOUR)
    assert "Morning briefing" not in [title for _, title in desk.told]


@pytest.mark.parametrize("page", [PAGE, KYIV])
def test_an_old_row_that_comes_back_at_another_hour_rings_nothing(page: Source) -> None:
    desk = Desk([page], [EVERYTHING])
    new = line("Air alert in Kyiv", at="15:44")
    back = START + timedelta(days=2, hours=9)
    for at, body in ((START + HOUR, [OLD]), (START + 1.8 * HOUR, [new, OLD]), (back - MINUTE, [OLD])):
        desk.read("page", body, at)
    desk.read("page", [new, OLD], back)
    assert [title for _, title in desk.told] == [new.title]


# -- relative ages -----------------------------------------------------------------------------------


def alert(age: str) -> Entry:
    return line("Air alert in Kyiv", at=age)


def clear(age: str) -> Entry:
    return line("All clear in Kyiv", at=age)


def test_the_same_words_with_a_younger_age_hours_later_ring_again(desk: Desk) -> None:
    bodies = [[OLD], [alert("3 min ago"), OLD], [clear("20 min ago"), OLD]]
    bodies.append([alert("4 min ago"), clear("3 h ago")])
    told = read(desk, *bodies, every=3 * HOUR)
    assert told == ["Air alert in Kyiv", "All clear in Kyiv", "Air alert in Kyiv"]


def test_the_same_words_at_two_ages_in_one_body_are_two(desk: Desk) -> None:
    bodies = [
        [alert("3 min ago"), OLD],
        [alert("8 min ago"), OLD],
        [alert("3 min ago"), clear("20 min ago"), alert("40 min ago")],
        [alert("5 min ago"), clear("22 min ago"), alert("42 min ago")],
        [alert("1 h ago"), clear("1 h ago"), alert("1 h ago")],
    ]
    for minutes, body in zip((0, 5, 37, 39, 100), bodies, strict=True):
        desk.read("page", body, START + minutes * MINUTE)
    assert sorted(title for _, title in desk.told) == ["Air alert in Kyiv", "All clear in Kyiv"]
    assert len(desk.items()) == 4


def test_the_same_words_with_a_younger_age_after_they_were_forgotten_ring_again(desk: Desk) -> None:
    for days, body in ((0, [OLD]), (1, [alert("3 min ago"), OLD]), (2, [OLD])):
        desk.read("page", body, START + timedelta(days=days))
    pruning.prune(desk.connection, START + timedelta(days=40), timedelta(days=90))
    desk.read("page", [alert("3 min ago"), OLD], START + timedelta(days=40))
    assert len(desk.told) == 2


def test_an_age_that_grows_is_one_item_however_it_is_rounded(desk: Desk) -> None:
    desk.read("page", [OLD], START)
    ages = {
        1: "just now",
        4: "3 min ago",
        30: "29 minutes ago",
        70: "1 hour ago",
        115: "1 h ago",
        1600: "1 day ago",
    }
    for minutes, age in ages.items():
        desk.read("page", [line("Fire at the port", at=age), OLD], START + minutes * MINUTE)
        desk.read("page", [OLD], START + minutes * MINUTE + MINUTE / 2)
    assert [title for _, title in desk.told] == ["Fire at the port"]


def test_a_row_that_shows_its_age_leaves_no_key_at_each_look(desk: Desk) -> None:
    for minutes in range(1, 30):
        desk.read("page", [line("Fire at the port", at=f"{minutes} min ago")], START + minutes * MINUTE)
    assert desk.connection.execute("select count(*) from item_keys").fetchone()[0] <= 2


def test_a_row_of_which_the_age_was_set_back_in_its_place_is_the_same(desk: Desk) -> None:
    bodies = [[OLD], [alert("3 min ago"), OLD], [alert("1 min ago"), OLD]]
    assert read(desk, *bodies, every=40 * MINUTE) == ["Air alert in Kyiv"]


def test_the_same_words_under_the_next_date_ring_again() -> None:
    desk, rows = (
        Desk([KYIV], [EVERYTHING]),
        [line("Losses of the enemy", at=f"{day}.03.2026") for day in (2, 3)],
    )
    for hours, body in (
        (0, [OLD]),
        (20, [rows[0], OLD]),
        (30, [rows[0], OLD]),
        (44, rows[::-1]),
        (50, rows[::-1]),
    ):
        desk.read("page", body, START + hours * HOUR)
    assert len(desk.told) == 2


def test_a_row_that_says_today_on_a_page_not_made_anew_rings_once() -> None:
    desk, row = Desk([KYIV], [EVERYTHING]), line("Losses of the enemy", at="today")
    for hours, body in ((0, [OLD]), (6, [row, OLD]), (10.1, [line("Rain", at="12:01"), row]), (30, [row])):
        desk.read("page", body, START + hours * HOUR)
    assert [title for _, title in desk.told].count("Losses of the enemy") == 1


# -- one link ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["https://e.org/live", "https://e.org/news/ukraine", "https://e.org/live/war-in-ukraine-day-812"]
)
def test_another_text_of_another_date_under_a_known_link_rings(desk: Desk, url: str) -> None:
    first = stamped("Missile hits the port of Odesa", START, guid="a", url=url)
    second = stamped("Parliament dissolved in Paris", START + 5 * HOUR, guid="b", url=url)
    for name in ("page", "other"):
        desk.read(name, [line("Budget", guid="0")], START - HOUR)
    desk.read("page", [first], START + MINUTE)
    desk.read("other", [second], START + 5 * HOUR + MINUTE)
    assert [title for _, title in desk.told] == [first.title, second.title]


def test_another_text_that_is_dated_after_an_undated_one_was_seen_rings(desk: Desk) -> None:
    url = "https://e.org/live/war-in-ukraine-day-812"
    for name in ("page", "other"):
        desk.read(name, [line("Budget", guid="0")], START - HOUR)
    desk.read("page", [line("Missile hits the port of Odesa", guid="a", url=url)], START)
    second = stamped("Parliament dissolved in Paris", START + 5 * HOUR, guid="b", url=url)
    desk.read("other", [second], START + 5 * HOUR + MINUTE)
    assert len(desk.told) == 2


@pytest.mark.parametrize("date", [START, START + 5 * HOUR])
def test_the_next_alert_of_a_pattern_under_the_address_of_all_alerts_rings(
    desk: Desk, date: datetime
) -> None:
    first = stamped("Air alert in the Kyiv region", START, guid="a", url="https://e.org/alerts")
    second = stamped("Air alert in the Sumy region", date, guid="b", url="https://e.org/alerts")
    for name in ("page", "other"):
        desk.read(name, [line("Budget", guid="0")], START - HOUR)
    desk.read("page", [first], START + MINUTE)
    desk.read("other", [second], date + 2 * MINUTE)
    assert len(desk.told) == 2


@pytest.mark.parametrize(
    "entry",
    [
        stamped(
            "Missile hits port in Odesa: what we know",
            START + 5 * HOUR,
            guid="b",
            url="https://e.org/2026/port-7",
        ),
        stamped("Missile hits the port of Odesa", START, guid="b", url="https://e.org/live"),
        line(
            "You will not believe this", guid="b", url="https://e.org/2026/port-7"
        ),  # shared, in other words
        stamped("Odesa attacked", START, guid="b", url="https://e.org/2026/port-7"),
    ],
)
def test_one_link_in_two_sources_is_one_item(desk: Desk, entry: Entry) -> None:
    first = stamped("Missile hits the port of Odesa", START, guid="a", url=entry.url)
    for name in ("page", "other"):
        desk.read(name, [line("Budget", guid="0")], START - HOUR)
    desk.read("page", [first], START + MINUTE)
    desk.read("other", [entry], START + 2 * MINUTE)
    assert [title for _, title in desk.told] == [first.title]


def test_rows_that_all_lead_to_one_page_are_not_one_for_that(desk: Desk) -> None:
    one, two = (
        replace(line(title, url="https://e.org/live"), dates=())
        for title in ("Fire in Rome", "Vote in Paris")
    )
    assert read(desk, [OLD], [one], [two]) == [one.title, two.title]


# -- another address ---------------------------------------------------------------------------------

NEAR = ["Budget passed at night", "Fire at the port", "Quake off Chile"]
FAR = ["Missile hits Kharkiv", "Ferry sinks off Mindanao", "Shares fall in Tokyo"]


def numbered(titles: list[str], *, url: str = "", first: int = 1) -> list[Entry]:
    return [line(title, guid=str(n), url=url and f"{url}/{n}") for n, title in enumerate(titles, first)]


def point_at(desk: Desk, url: str, at: datetime) -> None:
    desk.sources = [replace(PAGE, url=url), OTHER]
    desk._by_name = {source.name: source for source in desk.sources}
    claims.sync_sources(desk.connection, desk.sources, at)


@pytest.mark.parametrize("link", ["", "https://e.org/posts"])
def test_ids_that_begin_at_one_on_another_site_are_other_items(desk: Desk, link: str) -> None:
    read(desk, numbered(NEAR, url=link), numbered(NEAR, url=link))
    point_at(desk, "https://far.example/api", START + HOUR)
    there = link.replace("e.org", "far.example")
    told = read(desk, numbered(FAR, url=there), numbered(FAR, url=there), at=START + HOUR)
    assert sorted(told) == sorted(FAR)
    edited = numbered([f"{title}, officials say" for title in FAR], url=there)
    read(desk, edited, at=START + 2 * HOUR)  # what the ids stand for now
    assert len(desk.told) == 3
    assert [item.revision for item in desk.items()] == [1, 1, 1, 2, 2, 2]


def test_a_feed_that_moved_rings_nothing_old(desk: Desk) -> None:
    read(desk, numbered(NEAR, url="https://e.org/posts"))
    point_at(desk, "https://feeds.example/e", START + HOUR)
    edited = [NEAR[0], "UPDATED: Fire at the port", NEAR[2]]
    assert read(desk, numbered(edited, url="https://e.org/posts"), at=START + HOUR) == []
    assert len(desk.items()) == 3


# -- a site built anew, a window that grew ---------------------------------------------------------------


def feed(first: int, last: int, build: str = "a") -> list[Entry]:
    """Return the items of the hours `first` to `last` before the start, newest first."""
    return [
        stamped(
            f"Item {hour} of the day",
            START - hour * HOUR,
            f"Text number {hour} of it.",
            guid=f"{build}{hour}",
            url=f"https://e.org/{build}/{hour}",
        )
        for hour in range(first, last)
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_new_ids_of_the_same_text_and_date_ring_nothing(desk: Desk, count: int) -> None:
    before = feed(0, 6)
    assert read(desk, before, [*feed(0, count, "b"), *before[count:]]) == []
    assert len(desk.items()) == 6


def test_a_new_id_of_the_same_text_and_another_date_rings(desk: Desk) -> None:
    first = stamped("Air alert in Kyiv", START, "Go to a shelter.", guid="a1", url="https://e.org/a/1")
    again = stamped("Air alert in Kyiv", START + HOUR, "Go to a shelter.", guid="a2", url="https://e.org/a/2")
    rest = feed(3, 6)
    assert len(read(desk, rest, [first, *rest], [again, *rest], every=HOUR)) == 2


def test_a_long_feed_that_is_built_anew_rings_nothing(desk: Desk) -> None:
    assert read(desk, feed(0, 700), feed(0, 700, "b")) == []
    assert len(desk.items()) == 700


def test_a_window_that_grows_shows_old_items_that_ring_nothing(desk: Desk) -> None:
    assert read(desk, feed(0, 10), feed(0, 50), feed(0, 50)) == []
    assert len(desk.items()) == 50


def test_a_list_of_bare_clocks_that_grows_rings_nothing_though_its_top_was_a_guess() -> None:
    desk = Desk([Source(name="page", url="https://e.org/", timezone="UTC")], [EVERYTHING])
    rows = [line(f"Report of the night, no. {n}", at=f"{14 - n // 2}:{40 - n % 2 * 30}") for n in range(11)]
    desk.read("page", rows[:3], START.replace(hour=14, minute=50))
    desk.read("page", rows, START.replace(hour=14, minute=52))
    assert desk.told == []
    new = line("Missile hits Kharkiv", at="14:53")
    desk.read("page", [new, *rows], START.replace(hour=14, minute=54))
    assert [title for _, title in desk.told] == [new.title]


def test_what_is_new_while_a_window_grows_rings(desk: Desk) -> None:
    new = stamped("Missile hits Kharkiv", START + MINUTE, guid="new", url="https://e.org/new-9")
    assert read(desk, feed(0, 10), [new, *feed(0, 50)]) == [new.title]


def test_what_is_dated_back_and_put_among_the_known_rings(desk: Desk) -> None:
    back = [stamped(f"Secret report no. {n}", START - n * 100 * HOUR, guid=f"s{n}") for n in (1, 2, 3)]
    known = feed(0, 10)
    assert len(read(desk, known, [*known[:5], *back, *known[5:]])) == 3


def test_one_that_is_dated_back_rings_at_the_end_too(desk: Desk) -> None:
    back = stamped("Secret report", START - 100 * HOUR, guid="s")
    assert read(desk, feed(0, 10), [*feed(0, 10), back]) == [back.title]


def test_a_tail_below_a_window_that_was_turned_over_rings(desk: Desk) -> None:
    """The rows that stood there are gone: nobody knows what stood between."""
    pin = stamped("What we know so far", START, guid="pin")
    old = [replace(entry, keys=(f"guid:x{n}",)) for n, entry in enumerate(feed(20, 26))]
    assert len(read(desk, [pin, *feed(0, 6)], [pin, *old])) == 6


# -- a page read another way ---------------------------------------------------------------------------


def test_rows_that_all_read_otherwise_at_once_ring_nothing_and_one_among_them_does() -> None:
    desk = Desk([Source(name="page", url="https://e.org/")], [Rule(name="kyiv", query="kyiv")])
    rows = [line(f"Report no. {n}", id=f"r{n}") for n in range(6)]
    reread = [replace(row, title=f"Kyiv: {row.title}") for row in rows]
    new = line("Blast in Kyiv", id="r9")
    desk.read("page", rows, START)
    desk.read("page", [new, *reread], START + MINUTE)
    assert [title for _, title in desk.told] == [new.title]
    edited = replace(rows[2], title="Kyiv is dark")
    desk.read("page", [new, *reread[:2], edited, *reread[3:]], START + 2 * MINUTE)
    assert len(desk.told) == 1  # it held of the text before
    desk.read("page", [new, *rows[:2], edited, *rows[3:]], START + 3 * MINUTE)
    desk.read(
        "page", [new, replace(rows[0], title="Kyiv again"), rows[1], edited, *rows[3:]], START + 4 * MINUTE
    )
    assert [title for _, title in desk.told] == [new.title, "Kyiv again"]


# -- two sources -----------------------------------------------------------------------------------------


def test_an_edit_that_only_a_second_source_has_is_put_to_the_rules_once() -> None:
    one, two = Source(name="one", url="https://one.example/"), Source(name="two", url="https://two.example/")
    desk = Desk([one, two], [Rule(name="dead", query="dead")])
    url, minutes = "https://e.org/fire-at-the-port-17", iter(range(99))
    first = line("Fire at the port", "Smoke was seen.", url=url)
    longer = line("Fire at the port of Odesa", "Smoke was seen.", url=url)
    edited = line("Fire at the port of Odesa: five dead", "Smoke was seen.", url=url)

    def poll(source: str, *body: Entry) -> None:
        desk.read(source, body, START + next(minutes) * MINUTE)

    for name in ("one", "two"):
        poll(name, line("Budget passed", url="https://e.org/budget-passed-1"))
    poll("one", first)
    poll("two", longer)
    poll("two", longer)
    assert desk.told == []
    poll("two", edited)
    assert desk.told == [("dead", edited.title)]
    for body in (edited, longer, edited):
        poll("two", body)
        poll("one", first)
    assert len(desk.told) == 1
    assert [item.title for item in desk.items() if item.url == url] == [first.title]


def test_what_the_first_body_of_another_source_noted_just_now_rings_where_it_comes_out() -> None:
    one, two = Source(name="one", url="https://one.example/"), Source(name="two", url="https://two.example/")
    desk = Desk([one, two], [EVERYTHING])
    old = [line(f"Report of the night, no. {n}", url=f"https://e.org/report-of-night-{n}") for n in range(3)]
    new = line("Missile hits Kharkiv", url="https://e.org/missile-hits-kharkiv")
    desk.read("one", old, START)
    desk.read("two", [new, *old], START + MINUTE)
    assert desk.told == []
    for minutes in (2, 3):
        desk.read("one", [new, *old], START + minutes * MINUTE)
    assert [title for _, title in desk.told] == [new.title]
    desk.read("one", [*old, line("Long ago", url="https://e.org/long-ago-in-kharkiv")], START + 300 * MINUTE)
    assert len(desk.told) == 2


# -- names of sources ----------------------------------------------------------------------------------


def test_a_source_that_takes_a_name_used_before_keeps_its_history() -> None:
    gone, kept = Source(name="news", url="https://gone.example/"), Source(name="wire", url="https://e.org/")
    desk = Desk([gone, kept], [EVERYTHING])
    desk.read("news", numbered(FAR, first=50), START)
    desk.read("wire", numbered(NEAR), START)
    claims.sync_sources(desk.connection, [kept], START + MINUTE)
    renamed = replace(kept, name="news")
    desk.sources, desk._by_name = [renamed], {"news": renamed}
    claims.sync_sources(desk.connection, [renamed], START + 2 * MINUTE)
    desk.read("news", numbered([*NEAR, "Vote in Paris"]), START + 3 * MINUTE)
    assert desk.told == [("all", "Vote in Paris")]


def test_two_sources_that_swap_their_names_keep_their_history() -> None:
    one, two = Source(name="one", url="https://one.example/"), Source(name="two", url="https://two.example/")
    desk = Desk([one, two], [EVERYTHING])
    desk.read("one", numbered(FAR, first=50), START)
    desk.read("two", numbered(NEAR), START)
    swapped = [replace(one, url=two.url), replace(two, url=one.url)]
    desk.sources, desk._by_name = swapped, {source.name: source for source in swapped}
    claims.sync_sources(desk.connection, swapped, START + MINUTE)
    desk.read("one", numbered([*NEAR, "Vote in Paris"]), START + 2 * MINUTE)
    desk.read("two", numbered(FAR, first=50), START + 2 * MINUTE)
    assert desk.told == [("all", "Vote in Paris")]


@pytest.mark.parametrize("neighbour", ["wire:8080", "wir", "other"])
def test_a_renamed_source_knows_again_what_left_it_long_ago(neighbour: str) -> None:
    before, other = Source(name="wire", url="https://e.org/"), Source(name=neighbour, url="https://o.org/")
    desk = Desk([before, other], [EVERYTHING])
    bodies = {name: [line(f"Report of {name}", "Once.", guid=f"g-{name}")] for name in ("wire", neighbour)}
    for name, body in bodies.items():
        desk.read(name, body, START)
    renamed = replace(before, name="agency")
    desk.sources, desk._by_name = [renamed, other], {"agency": renamed, neighbour: other}
    claims.sync_sources(desk.connection, [renamed, other], START + 2 * MINUTE)
    desk.connection.execute("delete from item_keys")  # they are forgotten after some weeks
    for name, body in (("agency", bodies["wire"]), (neighbour, bodies[neighbour])):
        desk.read(name, body, START + 3 * MINUTE)
    assert desk.told == []
    assert len(desk.items()) == 2
