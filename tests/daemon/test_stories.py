"""One event in the words of several sources, through the real poll into a real file."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.core import stories
from monitor.core.cadence import Bounds
from monitor.core.decide import Rulebook, kin_wanted
from monitor.core.items import identity
from monitor.core.telling.route import Routing
from monitor.daemon.plan import Plan
from monitor.daemon.polling.line import Line
from monitor.daemon.polling.poll import poll
from monitor.model import Alert, Applied, Claim, Entry, Item, Parsed, Response, Rule, Secret, Source
from monitor.notifiers.webhook import Webhook
from monitor.rules.engine import Engine
from monitor.store.sqlite import SqliteStore
from monitor.store.sqlite.asked import reading
from tests.conftest import Site
from tests.daemon.test_service import Daemon, rss, run
from tests.virtual import ManualClock

RULES = [Rule(name="quake", query="quake OR earthquake OR tsunami")]
WIRE = "Magnitude 7.4 earthquake strikes off northern Japan, tsunami warning issued"
REWRITTEN = "Tsunami warning issued after magnitude 7.4 earthquake strikes off northern Japan"
THIRD = "7.4-magnitude earthquake strikes off northern Japan; tsunami warning is issued"
OTHER = "Quake drill surprises commuters in southern Chile"


def _turn(connection: sqlite3.Connection, name: str) -> None:
    """Make a source the only one that is due, whatever the budget says."""
    connection.execute("update sources set next_poll_at = iif(name = ?, 0, 4000000000000000)", (name,))
    connection.execute("update budget set tokens = null")


class Desk:
    """Some sources and what stands in them; `polled` polls one of them now."""

    def __init__(self, path: Path, clock: ManualClock, *names: str) -> None:
        self.clock, self.store = clock, SqliteStore(path, clock)
        self.sources = [
            Source(name=name, url=f"http://127.0.0.1/{name}", publisher=f"{name.split('-')[0]}.example")
            for name in names
        ]
        self.bodies: dict[str, list[Entry]] = {name: [] for name in names}
        self.line = Line(
            fetch=self._fetch,
            parse=self._parse,
            store=self.store,
            book=Rulebook(engine=Engine(RULES), routing=Routing(everyone=("desk",))),
            jitter=lambda: 0.0,
        )
        asyncio.run(self.store.sync(sources=self.sources))
        for name in names:
            self.polled(name)  # empty baselines

    async def _fetch(self, claim: Claim) -> Response:
        body = f"{claim.source.name} {claim.generation}".encode()
        return Response(url=claim.source.url, status=200, body=body, received_at=self.clock.now())

    async def _parse(self, source: Source, response: Response) -> Parsed:
        return Parsed(entries=self.bodies[source.name])

    def polled(self, name: str, *titles: str, summary: str = "") -> Applied:
        """Put entries on top of a source's body, and poll it."""
        for title in titles:
            number = len(self.bodies[name])
            self.put(name, entry(f"{name}-{number}", title, summary))

        async def once() -> Applied:
            await self.store.database.write(lambda connection: _turn(connection, name))
            [claim] = await self.store.claim_due(limit=9)
            return await poll(claim, self.line)

        return asyncio.run(once())

    def put(self, name: str, one: Entry) -> None:
        self.bodies[name] = [one, *(old for old in self.bodies[name] if old.keys != one.keys)]

    def items(self) -> list[Item]:
        """Return all items, oldest first."""
        return asyncio.run(self.store.read(reading.items, limit=100_000))[::-1]

    def alerts(self) -> list[Alert]:
        """Return all alerts, oldest first."""
        return asyncio.run(self.store.read(reading.alerts, limit=100_000))[::-1]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        def ask(connection: sqlite3.Connection) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.execute(sql)]

        return asyncio.run(self.store.database.read(ask))

    def stories(self) -> list[list[str]]:
        """Return the titles by story, oldest first."""
        told: dict[str, list[str]] = {}
        for item in self.items():
            told.setdefault(item.story, []).append(item.title)
        return list(told.values())


def entry(key: str, title: str, summary: str = "") -> Entry:
    return Entry(
        keys=(f"guid:{key}", f"url:http://e.example/{key}"),
        title=title,
        summary=summary,
        url=f"http://e.example/{key}",
    )


def word(number: int) -> str:
    """Return a word of its own for each number."""
    return "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))


def also(alert: Alert) -> list[str]:
    return [one.source for one in alert.also_in]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "newsbell.db", ManualClock(), "wire", "bbc", "bbc-world", "cnn")
    yield desk
    desk.store.close()


def test_rewritten_wire_copy_is_two_items_and_one_story_and_both_ring(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.clock.advance(300)
    desk.polled("bbc", REWRITTEN, OTHER)
    first, second, other = desk.items()
    assert first.story == second.story == first.id
    assert other.story == other.id
    rang = {alert.item.title: alert for alert in desk.alerts() if alert.item}
    assert rang.keys() == {WIRE, REWRITTEN, OTHER}
    assert (also(rang[WIRE]), rang[WIRE].publishers) == ([], 1)
    assert (also(rang[REWRITTEN]), rang[REWRITTEN].publishers) == (["wire"], 2)
    assert also(rang[OTHER]) == []
    [member] = rang[REWRITTEN].also_in
    assert (member.publisher, member.url, member.title) == (
        "wire.example",
        "http://e.example/wire-0",
        WIRE,
    )


def test_the_receiver_of_a_real_daemon_reads_where_else_it_stands(site: Site, tmp_path: Path) -> None:
    site.pages["/hook"] = (204, {}, b"")
    for name in ("wire", "bbc"):
        site.pages[f"/{name}"] = (200, {}, rss("old: budget"))
    sources = [
        Source(name=name, url=f"{site.url}/{name}", publisher=f"{name}.example", every=60.0, pinned=True)
        for name in ("wire", "bbc")
    ]
    plan = Plan(
        sources=sources,
        rules=RULES,
        notifiers={"desk": Webhook(url=Secret(f"{site.url}/hook"))},
        bounds=Bounds(min=1.0, max=3600.0),
    )

    async def story(daemon: Daemon) -> None:
        await daemon.after(1)
        site.pages["/wire"] = (200, {}, rss(WIRE))
        await daemon.after(61)
        site.pages["/bbc"] = (200, {}, rss(REWRITTEN))
        await daemon.after(61)

    run(plan, tmp_path, ManualClock(), story)
    hooks = [json.loads(asked.body)["data"] for asked in site.requests if asked.path == "/hook"]
    assert [data["item"]["source"] for data in hooks] == ["wire", "bbc"]
    assert hooks[0]["story"] == {"id": hooks[0]["item"]["id"], "also_in": [], "publishers": 1}
    assert hooks[1]["story"] == {
        "id": hooks[0]["item"]["id"],
        "also_in": [{"source": "wire", "publisher": "wire.example", "url": "", "title": WIRE}],
        "publishers": 2,
    }


def test_two_feeds_of_one_publisher_are_one_voice(desk: Desk) -> None:
    for name, title in (("bbc", WIRE), ("bbc-world", REWRITTEN), ("cnn", THIRD)):
        desk.polled(name, title)
    assert [alert.publishers for alert in desk.alerts()] == [1, 1, 2]
    assert also(desk.alerts()[-1]) == ["bbc", "bbc-world"]


def test_entries_of_one_body_and_of_the_first_body_join_too(desk: Desk) -> None:
    desk.polled("wire", WIRE, REWRITTEN)
    assert desk.stories() == [[WIRE, REWRITTEN]]
    asyncio.run(
        desk.store.sync(sources=[*desk.sources, late := Source(name="late", url="http://127.0.0.1/late")])
    )
    desk.bodies[late.name] = [entry("late", THIRD)]
    desk.polled("late")
    assert desk.stories() == [[WIRE, REWRITTEN, THIRD]]
    assert len(desk.alerts()) == 2  # a baseline rings nothing


ONE = "Harbour strike halts all ferries between the northern islands"
TWO = "Ferries between northern islands stand still in harbour strike"
LEAD = (
    "Ferry crews in Oban and Ullapool walked out at dawn on Friday after talks about winter rosters collapsed, and"
    " the union said that no vessel would leave the harbour before the employers come back to the table."
)


def test_two_stories_that_a_third_text_shows_to_be_one_are_folded_under_the_oldest(desk: Desk) -> None:
    desk.polled("wire", ONE)
    desk.polled("bbc", TWO, summary=LEAD)
    first, second = desk.items()
    assert stories.alike(first, second) < stories.SURE
    assert [len(told) for told in desk.stories()] == [1, 1]
    desk.polled("cnn", ONE, summary=LEAD)
    assert desk.stories() == [[ONE, TWO, ONE]]
    assert {item.story for item in desk.items()} == {first.id}
    assert desk.rows("select alias, story from story_aliases") == [(second.id, first.id)]

    stale = replace(second, story=second.id)  # what another process may have read before
    assert asyncio.run(desk.store.kin([], [stale.story])).members.keys() == {first.id}


def test_an_edit_that_makes_an_item_unlike_its_story_does_not_lose_it(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.polled("bbc", REWRITTEN)
    desk.put("bbc", entry("bbc-0", "Minister resigns after the northern quake and a day of silence"))
    applied = desk.polled("bbc")
    assert applied.edited == 1
    first, second = desk.items()
    assert (second.revision, second.story) == (2, first.id)


def test_an_item_rewritten_into_other_news_does_not_take_its_story_there(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.polled("bbc", REWRITTEN)
    desk.polled("cnn", OTHER)
    desk.put("bbc", entry("bbc-0", OTHER))
    desk.polled("bbc")
    assert desk.stories() == [[WIRE, OTHER], [OTHER]]
    assert desk.rows("select * from story_aliases") == []


def test_an_edit_can_bring_an_item_to_its_story_and_its_alert_says_so(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.polled("bbc", "Breaking news from Japan, more in a moment")
    assert len(desk.stories()) == 2
    desk.put("bbc", entry("bbc-0", REWRITTEN))
    desk.polled("bbc")
    assert [len(told) for told in desk.stories()] == [2]
    assert also(desk.alerts()[-1]) == ["wire"]


def test_after_the_window_the_same_words_are_another_story(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.clock.advance(71 * 3600)
    desk.polled("bbc", REWRITTEN)
    assert len(desk.stories()) == 1
    desk.clock.advance(73 * 3600)
    desk.polled("cnn", THIRD)
    assert [len(told) for told in desk.stories()] == [2, 1]
    assert also(desk.alerts()[-1]) == []


def test_fingerprints_out_of_the_window_are_forgotten(desk: Desk) -> None:
    desk.polled("wire", WIRE)
    desk.clock.advance(4 * 72 * 3600)
    desk.polled("bbc", OTHER)
    assert len(desk.rows("select distinct item from marks")) == 2
    asyncio.run(desk.store.prune(keep=timedelta(days=90).total_seconds()))
    assert len(desk.rows("select distinct item from marks")) == 1


def test_a_story_never_goes_where_its_first_text_does_not_lead(desk: Desk) -> None:
    """Each title is much like the one before, and the last is nothing like the first."""
    words = [word(n * 977) * 2 for n in range(14)]
    chain = [" ".join(words[at : at + 9]) for at in range(len(words) - 8)]
    for title in chain:
        desk.polled("wire", title)
    items = {item.id: item for item in desk.items()}
    for item in items.values():
        assert stories.alike(item, items[item.story]) >= stories.RELATED
    assert len(desk.stories()) > 1


@pytest.mark.torture
def test_a_story_of_thousands_costs_a_poll_no_more_than_one_of_a_dozen(desk: Desk) -> None:
    many = [entry(f"many-{n}", f"{WIRE} {word(n)}") for n in range(5_000)]
    desk.bodies["wire"] = many
    desk.polled("wire")
    assert [len(told) for told in desk.stories()] == [5_000]

    found = identity.candidates([entry("x", REWRITTEN)])

    async def ask() -> tuple[int, int]:
        known = await desk.store.known("bbc", ["guid:x"], [])
        kin = await desk.store.kin(*kin_wanted(found, known))
        return len(kin.items), max(len(ids) for ids in kin.by_mark.values())

    items, bucket = asyncio.run(ask())
    assert bucket <= stories.BUCKET
    assert items <= 10 * stories.BUCKET + stories.LISTED
    desk.polled("bbc", REWRITTEN)
    [alert] = [alert for alert in desk.alerts() if alert.source == "bbc"]
    assert len(alert.also_in) == stories.NAMED
    assert alert.publishers == 2


def test_known_entries_ask_for_no_kin(desk: Desk) -> None:
    desk.polled("wire", WIRE, OTHER)
    found = identity.candidates(desk.bodies["wire"])
    keys, prints = identity.lookups("wire", found)
    known = asyncio.run(desk.store.known("wire", keys, prints))
    assert kin_wanted(found, known) == (frozenset(), frozenset())
