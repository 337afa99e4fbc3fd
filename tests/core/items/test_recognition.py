"""Which item an entry is where keys do not say: rows of a page, rebuilt sites, returns. Over a real store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.items.minutes import minute
from monitor.model import Entry, RawDate, Source
from tests.desk import EVERYTHING, START, Desk, line

PAGE = Source(name="page", url="https://e.org/")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> Desk:
    return Desk([PAGE], [EVERYTHING])


def read(desk: Desk, *bodies: list[Entry], every: timedelta = MINUTE) -> list[str]:
    """Return what rang for a page whose bodies come one after the other; the first is the baseline."""
    for number, body in enumerate(bodies):
        desk.read("page", body, START + number * every)
    return [title for _, title in desk.told]


OLD = line("Budget passed after a long night", at="3:30 PM")


# -- rows of a page without ids ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            line("Russia launches ICBM at Dnipro", at="3:44 PM"),
            line("Russia launches ICBM on Dnipro city", at="3:44 PM"),
        ),
        (
            line("Explosion in Kyiv", "Explosions were heard in the Podil district.", at="15:44"),
            line("Several dead in capital", "Explosions were heard in the Podil district, two.", at="15:44"),
        ),
        (
            line("", "Explosions were heard in the Podil district.", at="15:44"),
            line("Blasts", "Explosions were heard in the Podil district.", at="15:44"),
        ),
        (line("Quake off Chile", at="18.47"), line("Strong quake off Chile", at="18.47")),
        (
            line("Quake off Chile", at="2024-03-11T15:44:07+01:00"),
            line("Strong quake off Chile", at="2024-03-11T15:44:59+01:00"),
        ),
    ],
)
def test_the_same_minute_and_a_like_title_or_body_is_an_edit(desk: Desk, before: Entry, after: Entry) -> None:
    told = read(desk, [OLD], [before, OLD], [after, OLD], [after, OLD])
    assert told == [before.title]
    item = desk.items()[-1]
    assert (item.title, item.summary, item.revision) == (after.title, after.summary, 2)


def test_two_items_of_one_minute_stay_two(desk: Desk) -> None:
    one, other = line("Fire at the port of Odesa", at="15:44"), line("Parliament votes on budget", at="15:44")
    assert read(desk, [OLD], [one, OLD], [other, one, OLD], [other, OLD]) == [one.title, other.title]
    assert [item.revision for item in desk.items()] == [1, 1, 1]


def test_two_like_items_of_one_minute_that_both_stand_stay_two(desk: Desk) -> None:
    kyiv, sumy = line("Air alert in Kyiv region", at="15:44"), line("Air alert in Sumy region", at="15:44")
    assert read(desk, [OLD], [kyiv, OLD], [sumy, kyiv, OLD]) == [kyiv.title, sumy.title]


def test_an_item_that_moved_to_another_minute_is_the_same(desk: Desk) -> None:
    before = line("Russia launches ICBM at Dnipro", at="3:44 PM")
    after = line("Russia launches ICBM at Dnipro", at="3:51 PM")
    assert read(desk, [OLD], [before, OLD], [after, OLD]) == [before.title]
    assert [item.revision for item in desk.items()] == [1, 1]


def test_an_item_that_moved_and_was_marked_updated_is_the_same(desk: Desk) -> None:
    before = line("Russia launches ICBM at Dnipro", at="3:44 PM")
    after = line("UPDATED: Russia launches ICBM at Dnipro", at="3:51 PM")
    assert read(desk, [OLD], [before, OLD], [after, OLD]) == [before.title]
    assert desk.items()[-1].revision == 2


def test_the_same_headline_while_the_old_row_stands_is_a_repost(desk: Desk) -> None:
    before, again = line("Air alert in Kyiv", at="15:44"), line("Air alert in Kyiv", at="16:10")
    third = line("Air alert in Kyiv", at="16:30")
    bodies = [[OLD], [before, OLD], [again, before, OLD], [third, again, before], [third, again]]
    assert read(desk, *bodies) == [before.title] * 3
    assert len({item.id for item in desk.items()}) == 4


def test_a_repost_whose_old_row_then_moves_stays_two_items(desk: Desk) -> None:
    before, again = line("Air alert in Kyiv", at="15:44"), line("Air alert in Kyiv", at="16:10")
    moved = line("Air alert in Kyiv", at="15:45")
    assert read(desk, [before], [again, before], [again, moved], [again, moved]) == [before.title]


def test_the_same_alert_again_in_a_short_window_rings_again(desk: Desk) -> None:
    """Two rows are visible: the first alert is pushed out in the minute in which the second comes."""

    def alert(at: str) -> Entry:
        return line("Air alert in Kyiv region", "Go to a shelter.", at=at)

    def clear(at: str) -> Entry:
        return line("All clear in Kyiv region", "You may leave the shelter.", at=at)

    bodies = [[alert("09:50"), OLD], [clear("10:20"), alert("09:50")]]
    bodies += [[alert("10:40"), clear("10:20")], [clear("10:50"), alert("10:40")]]
    assert len(read(desk, [OLD], *bodies)) == 4


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Alert no. 1005 is in force", "Alert no. 1006 is in force"),
        ("Losses of the enemy on 24.11.2026", "Losses of the enemy on 25.11.2026"),
        ("Alert in the Chernivtsi region", "Alert in the Chernihiv region"),
        ("Storm warning for the northern coast", "Storm warning for the southern coast"),
    ],
)
def test_another_number_or_place_is_another_item(desk: Desk, before: str, after: str) -> None:
    first, second = line(before, "Stay inside.", at="15:44"), line(after, "Stay inside.", at="16:10")
    assert read(desk, [OLD], [first, OLD], [second, OLD]) == [before, after]


def test_another_id_and_date_under_one_link_is_another_item(desk: Desk) -> None:
    def alert(number: int, at: str) -> Entry:
        return line("Air alert in Kyiv", "Go.", guid=f"a{number}", url="https://e.org/alerts", at=at)

    old = line("Budget passed", guid="old")
    bodies = [[alert(1, "2026-03-01T12:01:00Z"), old], [old], [alert(2, "2026-03-01T15:30:00Z"), old]]
    assert read(desk, [old], *bodies) == ["Air alert in Kyiv"] * 2


def test_like_entries_under_one_guid_are_two_items(desk: Desk) -> None:
    kyiv, sumy = (line(f"Air alert in {place} region", guid="same") for place in ("Kyiv", "Sumy"))
    assert sorted(read(desk, [OLD], [kyiv, sumy, OLD])) == [kyiv.title, sumy.title]


def test_a_headline_of_a_pattern_is_another_item_when_the_old_one_has_left(desk: Desk) -> None:
    """A short window: the row of Kyiv fell off as the row of Sumy came."""
    kyiv, sumy = line("Air alert in Kyiv region", at="15:44"), line("Air alert in Sumy region", at="15:51")
    assert read(desk, [kyiv], [sumy]) == [sumy.title]


def test_the_same_words_hours_later_are_another_item(desk: Desk) -> None:
    told = read(
        desk,
        [OLD],
        [line("Air alert in Kyiv", at="15:44"), OLD],
        [line("All clear in Kyiv", at="16:20"), OLD],
        [line("Air alert in Kyiv", at="18:02"), OLD],
    )
    assert told == ["Air alert in Kyiv", "All clear in Kyiv", "Air alert in Kyiv"]


def test_the_same_words_at_the_same_minute_of_another_day_are_another_item(desk: Desk) -> None:
    daily = line("Markets open", at="09:00")
    told = read(
        desk, [OLD], [daily, OLD], [OLD], [daily, OLD], [OLD], [daily, OLD], every=timedelta(hours=12)
    )
    assert told == ["Markets open"] * 3
    assert len({item.id for item in desk.items()}) == 4


DATED = (
    "2026-03-{day} 08:00",
    "08:00, {day} March 2026",
    "{day} March 08:00",
    "March {day}, 08:00",
    "{day}.03. 08:00",
    "{day}.03 08:00",
    "08:00 | {day} Mar",
    "8:00 AM EDT, Thu March {day}, 2026",
    "Mar-{day}-26 08:00AM",
    "{weekday} 08:00",
    "{weekday}, 8:00 AM",
)


@pytest.mark.parametrize("zone", ["", "Europe/Kyiv"])
@pytest.mark.parametrize("shown", DATED)
def test_the_same_words_at_the_same_minute_of_another_date_are_another_item_while_the_old_one_stands(
    shown: str, zone: str
) -> None:
    desk = Desk([replace(PAGE, timezone=zone)], [EVERYTHING])
    begun = datetime(2026, 3, 11, 12, 30, tzinfo=UTC)
    days = [begun + n * timedelta(days=1) for n in range(4)]
    rows = [line("Air alert in Kyiv", at=shown.format(day=day.day, weekday=f"{day:%A}")) for day in days]
    body = [line("Budget passed after a long night", at=shown.format(day=10, weekday="Tuesday"))]
    desk.read("page", body, begun - timedelta(hours=5))
    for row, at in zip(rows, days, strict=True):
        body = [row, *body]
        for minutes in (0, 1, 60, 600, 1000):
            desk.read("page", body, at + timedelta(minutes=minutes))
    assert len(desk.told) == len(rows)
    for kept in (body[:2], body):  # the end leaves, and comes back
        desk.read("page", kept, days[-1] + timedelta(minutes=1100))
    assert len(desk.told) == len(rows)


@pytest.mark.parametrize("shown", DATED[1:])
def test_a_date_that_comes_or_goes_beside_a_clock_makes_no_other_item(shown: str) -> None:
    desk = Desk([PAGE], [EVERYTHING])
    begun = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
    dated = [
        line(word, at=shown.format(day=12, weekday="Thursday"))
        for word in ("Air alert in Kyiv", "Ministers resign")
    ]
    bare = [line(row.title, at="08:00") for row in dated]
    old = line("Budget passed after a long night", at=shown.format(day=11, weekday="Wednesday"))
    desk.read("page", [old], begun - timedelta(minutes=30))
    bodies = (
        [bare[0], old],
        [bare[1], dated[0], old],
        [dated[1], dated[0], old],
        [bare[1], bare[0], old],
        dated,
    )
    for number, body in enumerate(bodies):
        desk.read("page", body, begun + number * MINUTE)
    assert [title for _, title in desk.told] == [row.title for row in dated]


def test_the_same_words_at_the_same_clock_next_day_are_another_item_wherever_the_old_one_stands() -> None:
    desk = Desk([replace(PAGE, timezone="UTC")], [EVERYTHING])
    raid, brief, early = (
        line("Night raid", at="22:00"),
        line("Briefing", at="08:00"),
        line("Earlier", at="07:10"),
    )
    begun = datetime(2026, 3, 11, 7, 30, tzinfo=UTC)
    desk.read("page", [early], begun)
    desk.read("page", [brief, early], begun + timedelta(minutes=35))
    desk.read("page", [raid, brief, early], begun + timedelta(hours=14, minutes=35))
    desk.read("page", [raid, brief, early], begun + timedelta(hours=24, minutes=25))
    desk.read("page", [brief, raid, brief, early], begun + timedelta(hours=24, minutes=35))
    assert [title for _, title in desk.told] == ["Briefing", "Night raid", "Briefing"]


def test_a_row_that_stands_for_days_is_one_item(desk: Desk) -> None:
    pin = line("What we know so far", at="09:00")
    assert read(desk, [OLD], *[[pin, OLD]] * 9, every=timedelta(hours=12)) == [pin.title]


def test_a_row_that_comes_back_within_hours_is_the_same(desk: Desk) -> None:
    """A cache of the site serves an older page for a while."""
    new = line("Air alert in Kyiv", at="15:44")
    assert read(desk, [OLD], [new, OLD], [OLD], [new, OLD], [OLD], [new, OLD]) == [new.title]


def test_relative_times_are_no_identity(desk: Desk) -> None:
    told = read(
        desk,
        [line("Budget passed", at="1 h ago")],
        [line("Fire at the port", at="2 min ago"), line("Budget passed", at="1 h ago")],
        [line("Fire at the port", at="5 min ago"), line("Budget passed", at="2 h ago")],
        [line("Fire at the port", at="15:44"), line("Budget passed", at="13:12")],
    )
    assert told == ["Fire at the port"]


def test_a_day_divider_that_is_reworded_at_midnight_changes_nothing(desk: Desk) -> None:
    late = line("Fire at the port", at="23:58", day="Today")
    dated = line("Fire at the port", at="23:58", day="Monday, 11 March")
    assert read(desk, [OLD], [late, OLD], [dated, OLD]) == [late.title]


def test_whitespace_and_dates_alone_are_no_edit(desk: Desk) -> None:
    before = line("Fire at  the port", "Three\u00a0dead.", at="15:44")
    after = line("Fire at the port ", " Three dead.", at="15:46")
    assert read(desk, [OLD], [before, OLD], [after, OLD]) == [before.title]
    assert desk.items()[-1].revision == 1


# -- ids of a page -----------------------------------------------------------------------------------


def test_an_id_of_a_row_outlives_a_rewritten_text(desk: Desk) -> None:
    before = line("Fire at the port", "Smoke over Odesa.", id="p7", at="15:44")
    after = line("Three dead in Odesa blaze", "Officials confirm it.", id="p7", at="15:44")
    assert read(desk, [OLD], [before, OLD], [after, OLD]) == [before.title]
    assert desk.items()[-1].revision == 2


def test_two_ids_are_two_items_however_alike(desk: Desk) -> None:
    one = line("Goal in Kyiv, the fans sing", id="p1", at="15:44")
    other = line("Goal in Kyiv, the fans sing", id="p2", at="15:44")
    assert len(read(desk, [OLD], [one, OLD], [other, one, OLD], [other, one], [other])) == 2


@pytest.mark.parametrize("url", ["", "https://e.org/#row-%s"])
def test_an_id_that_only_counts_the_rows_identifies_nothing(desk: Desk, url: str) -> None:
    texts = [
        "Budget passed at night",
        "Fire at the port of Odesa",
        "Quake off Chile kills 7",
        "Vote in Paris",
    ]

    def rows(count: int) -> list[Entry]:
        newest_first = list(enumerate(texts[:count]))[::-1]
        return [
            line(text, at=f"15:4{n}", id=f"row-{i}", url=url and url % i)
            for i, (n, text) in enumerate(newest_first)
        ]

    assert read(desk, rows(1), rows(2), rows(3), rows(4), rows(4)) == texts[1:]
    assert [item.revision for item in desk.items()] == [1] * 4


# -- guids and links ---------------------------------------------------------------------------------


def feed(count: int, guid: str, url: str, *, extra: str = "") -> list[Entry]:
    texts = ["Budget passed at night", "Fire at the port", "Quake off Chile", "Vote in Paris", "Rain in Rome"]
    return [
        line(f"{text}{extra}", f"{text}: what is known and what is not.", guid=guid % n, url=url % n)
        for n, text in enumerate(texts[:count])
    ]


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("new-%s", "https://e.org/%s"),  # a site build gave new guids
        ("old-%s", "http://e.org/%s"),  # http for https
        ("new-%s", "http://www.e.net/a/%s?utm_source=rss"),  # new guids and another domain
        ("old-%s", "https://e.net/2024/%s.html"),  # another domain and other paths under the same guids
        ("https://e.org/%s#xtor=RSS-3", "https://e.org/%s#xtor=RSS-3"),
        ("new-%s", ""),  # no link any more
    ],
)
def test_a_site_that_is_built_anew_rings_nothing(desk: Desk, guid: str, url: str) -> None:
    before = feed(5, "old-%s", "https://e.org/%s")
    url = url or "%.0s"
    assert read(desk, before, feed(5, guid, url), feed(5, guid, url)) == []
    assert len(desk.items()) == 5


def test_after_a_build_an_edit_is_one(desk: Desk) -> None:
    read(desk, feed(5, "old-%s", "https://e.org/%s"), feed(5, "new-%s", "https://e.net/%s"))
    assert read(desk, feed(5, "new-%s", "https://e.net/%s", extra=", live")) == []
    assert {item.revision for item in desk.items()} == {2}


def test_what_is_new_in_a_build_rings(desk: Desk) -> None:
    new = line("Missile hits Kharkiv", "Breaking.", guid="new-9", url="https://e.net/9")
    body = [new, *feed(5, "new-%s", "https://e.net/a/%s")]
    assert read(desk, feed(5, "old-%s", "https://e.org/%s"), body) == [new.title]


def test_a_window_that_was_turned_over_is_all_new(desk: Desk) -> None:
    before = feed(5, "old-%s", "https://e.org/%s")
    after = [
        line(f"Story {word}", guid=word, url=f"https://e.org/{word}")
        for word in ("kiwi", "plum", "fig", "nut")
    ]
    assert len(read(desk, before, after)) == 4


def test_daily_titles_over_new_texts_are_new_items(desk: Desk) -> None:
    def day(n: int) -> list[Entry]:
        texts = [f"{n * 31 + k * 7} things happened in town number {n**3 + k}" for k in range(4)]
        names = ("Morning", "Noon", "Evening", "Night")
        return [
            line(f"{name} news", text, guid=f"{n}/{name}") for name, text in zip(names, texts, strict=True)
        ]

    other = [
        line(title, summary, guid=f"b{n}")
        for n, (title, summary) in enumerate(
            [
                ("Morning news", "The king is dead, long live the king."),
                ("Noon news", "Shares fell after the bank raised rates."),
                ("Evening news", "Rain is expected over the Alps tonight."),
                ("Night news", "A ferry sank off the coast of Mindanao."),
            ]
        )
    ]
    assert len(read(desk, day(1), other)) == 4


def test_rows_that_lead_to_their_page_are_not_one_another_for_that(desk: Desk) -> None:
    """A window of ids that was turned over, with headlines of a pattern."""

    def rows(first: int) -> list[Entry]:
        regions = ["Kyiv", "Sumy", "Odesa", "Lviv", "Dnipro", "Poltava", "Kherson", "Rivne"]
        found = [line(f"Air alert in {r} region", id=r, at=f"15:4{n}") for n, r in enumerate(regions)]
        return [replace(row, url="https://e.org/live") for row in found[first : first + 4]]

    assert len(read(desk, rows(0), rows(4))) == 4


def test_a_single_new_guid_is_a_new_item(desk: Desk) -> None:
    before = feed(5, "old-%s", "https://e.org/%s")
    again = line(
        "Fire at the port",
        "Fire at the port: what is known and what is not.",
        guid="x",
        url="https://e.org/x",
    )
    assert read(desk, before, [again, *before]) == [again.title]


def test_an_item_that_left_the_feed_and_came_back_rings_once(desk: Desk) -> None:
    a, b = feed(2, "g%s", "https://e.org/%s")
    told = read(desk, [b], [a, b], [b], [a, b], [b], [a, b], every=timedelta(days=5))
    assert told == [a.title]


def test_ten_items_under_one_guid_are_ten_alerts(desk: Desk) -> None:
    quakes = [line(f"M {n}.1 off Chile", guid="quakes", url=f"https://e.org/{n}") for n in range(10)]
    assert len(read(desk, [OLD], quakes, quakes, [*quakes[5:], OLD])) == 10


def test_one_guid_twice_under_two_links_is_one_item(desk: Desk) -> None:
    one = line("Fire at the port", guid="g", url="https://e.org/1")
    other = line("Fire at the port", guid="g", url="https://e.org/mirror/1")
    assert read(desk, [OLD], [one, other, OLD], [other, one, OLD]) == [one.title]


def test_titles_without_bodies_and_bodies_without_titles_keep_their_guids(desk: Desk) -> None:
    title = line("Fire at the port of Odesa", guid="t", url="https://e.org/t")
    body = line("", "Three people died in a fire at the port.", guid="b", url="https://e.org/b")
    again = [
        line("Fire at the port of Odesa kills 3", guid="t", url="https://e.org/new-t"),
        line("", "Three people died in a big fire at the port.", guid="b", url="https://e.org/new-b"),
    ]
    assert len(read(desk, [OLD], [title, body, OLD], [*again, OLD])) == 2
    assert [item.revision for item in desk.items()] == [1, 2, 2]


# -- minutes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("3:44 PM", "15:44"),
        ("12:05 a.m.", "00:05"),
        ("kl 12.17", "12:17"),
        ("15h44", "15:44"),
        ("Вчора, 21:52", "21:52"),
        ("Dec-17-24 03:44PM", "15:44"),
        ("12.03 15:44", "15:44"),
        ("12.03. 15.44", "15:44"),
        ("8. 11. 2026 15.44", "8. 11. 2026 15:44"),
        ("午後3:44", "15:44"),
        ("下午3:44", "15:44"),
        ("3:44 μμ", "15:44"),
        ("15時44分", "15:44"),
        ("3 PM", ""),
        ("12.03.", ""),
        ("15:44, 12.03", "15:44"),
        ("8:00 AM EDT, Thu March 12, 2026", "edt, thu march 12, 2026 08:00"),
        ("11.03.2024 15:44", "11.03.2024 15:44"),
        ("2024-03-11T15:44:07.25Z", "2024-03-11 15:44"),
        ("1722888018921", "28714800"),
        ("5 min ago", ""),
        ("11.03.2024", ""),
        ("25:99", ""),
        ("PT2M53S", ""),
        ("", ""),
    ],
)
def test_the_minute_that_is_displayed(text: str, shown: str) -> None:
    assert minute([RawDate(text=text)]) == shown
