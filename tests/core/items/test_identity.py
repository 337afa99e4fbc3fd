"""Same item or another: the traps that cost other readers items or doubled their alerts."""

from datetime import UTC, datetime

import pytest

from monitor.core.items import identity, recognition
from monitor.model import Claim, Entry, Item, Known, Published, Source

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOTHING = Known(by_key={}, ambiguous=frozenset(), by_print={})


def entry(title: str, *, guid: str = "", url: str = "", summary: str = "") -> Entry:
    keys = (*([f"guid:{guid}"] if guid else []), *([f"url:{url}"] if url else []))
    return Entry(keys=keys, title=title, summary=summary, url=url)


def stored(name: str, title: str, *, url: str = "", summary: str = "") -> Item:
    published = Published(earliest=NOW, latest=NOW, origin="stated")
    return Item(
        id=name,
        source="s",
        title=title,
        summary=summary,
        url=url,
        published=published,
        first_seen_at=NOW,
        digest=identity.digest(title, summary),
    )


def resolve(*entries: Entry, known: Known = NOTHING) -> tuple[list[recognition.Resolved], frozenset[str]]:
    claim = Claim(source=Source(name="s", url="http://e.org/"), generation=1, claimed_at=NOW)
    return recognition.resolve(claim, identity.candidates(entries), known, now=NOW)


def knowing(**items: Item) -> Known:
    by_key = {key.replace("__", ":").replace("_", "/"): item for key, item in items.items()}
    return Known(by_key=by_key, ambiguous=frozenset(), by_print={})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
        ("https://example.org/a?at_campaign=64&id=1", "https://example.org/a?id=1"),
        ("https://example.org/a#xtor=RSS-3", "https://example.org/a"),
        ("https://example.org/a/", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a", "https://example.org/a"),
    ],
)
def test_a_decorated_link_is_the_same_link(one: str, other: str) -> None:
    assert identity.canonical_url(one) == identity.canonical_url(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/live#751105", "https://example.org/live#751106"),
        ("https://example.org/a?id=1", "https://example.org/a?id=2"),
        ("https://example.org/a", "https://example.org:8443/a"),
        ("https://example.org/A", "https://example.org/a"),
    ],
)
def test_links_that_lead_elsewhere_differ(one: str, other: str) -> None:
    assert identity.canonical_url(one) != identity.canonical_url(other)


@pytest.mark.parametrize("url", ["", "http://[", "https://example.org:x/", "::", "https://example.org"])
def test_a_front_page_or_nonsense_identifies_nothing_or_itself(url: str) -> None:
    assert identity.permalink(url) in ("", url)


def test_ten_items_under_one_guid_are_ten_items() -> None:
    entries = [entry(f"Quake {n} off Chile", guid="quakes", url=f"http://e.org/{n}") for n in range(10)]
    resolved, ambiguous = resolve(*entries)
    assert len(resolved) == 10
    assert ambiguous == {"guid:quakes"}
    assert all(one.keys == (f"url:e.org/{n}",) for n, one in enumerate(resolved))


def test_a_guid_that_once_stood_for_several_is_never_trusted_again() -> None:
    known = Known(by_key={}, ambiguous=frozenset({"guid:quakes"}), by_print={})
    [one], _ = resolve(entry("Quake 11", guid="quakes", url="http://e.org/11"), known=known)
    assert one.item is None
    assert one.keys == ("url:e.org/11",)


def test_items_that_share_guid_and_link_and_nothing_else_are_kept_apart_by_their_text() -> None:
    resolved, ambiguous = resolve(
        entry("Fire at the port", guid="g", url="http://e.org/live"),
        entry("Parliament votes on budget", guid="g", url="http://e.org/live"),
    )
    assert len({one.keys for one in resolved}) == 2
    assert ambiguous == {"guid:g", "url:e.org/live"}


def test_the_same_entry_twice_in_a_body_is_one() -> None:
    twice = entry("Fire", guid="g", url="http://e.org/1")
    resolved, ambiguous = resolve(twice, twice)
    assert len(resolved) == 1
    assert not ambiguous


def test_an_edit_keeps_the_item() -> None:
    old = stored("i", "Fire at the port", url="http://e.org/1")
    [one], _ = resolve(
        entry("Three dead at the port", guid="g", url="http://e.org/1"), known=knowing(guid__g=old)
    )
    assert one.item is old


def test_a_guid_made_anew_by_a_site_build_is_the_same_item() -> None:
    old = stored("i", "Fire at the port", url="http://e.org/1")
    [one], _ = resolve(
        entry("Fire at the port", guid="new", url="http://e.org/1"), known=knowing(**{"url__e.org_1": old})
    )
    assert one.item is old
    assert one.keys == ("guid:new", "url:e.org/1")


def test_a_constant_guid_over_changing_stories_is_refuted() -> None:
    old = stored("i", "Fire at the port", url="http://e.org/1")
    [one], ambiguous = resolve(
        entry("Parliament votes on budget", guid="g", url="http://e.org/2"), known=knowing(guid__g=old)
    )
    assert one.item is None
    assert ambiguous == {"guid:g"}


def test_a_moved_article_keeps_its_guid() -> None:
    old = stored("i", "Fire at the port of Odesa", url="http://e.org/1")
    [one], _ = resolve(
        entry("Fire at the port of Odesa: 3 dead", guid="g", url="http://e.org/1-new"),
        known=knowing(guid__g=old),
    )
    assert one.item is old


def test_two_entries_are_never_one_stored_item() -> None:
    """A new guid on an old link beside the old guid: two entries, so two items."""
    old = stored("i", "Live: the vote", url="http://e.org/live")
    known = knowing(guid__a=old, **{"url__e.org_live": old})
    resolved, _ = resolve(
        entry("Live: the vote", guid="a", url="http://e.org/live"),
        entry("Live: the count", guid="b", url="http://e.org/live"),
        known=known,
    )
    assert [one.item and one.item.id for one in resolved] == ["i", None]
    assert resolved[1].keys == ("guid:b",)


def test_another_source_finds_the_item_by_its_link() -> None:
    old = stored("i", "Fire", url="https://e.org/1?utm_source=rss")
    known = Known(by_key={}, ambiguous=frozenset(), by_print={"url:e.org/1": old})
    [one], _ = resolve(entry("Fire", guid="other", url="http://e.org/1"), known=known)
    assert one.item is old
    assert not one.here


def test_an_entry_without_guid_and_link_goes_by_its_text() -> None:
    [one], _ = resolve(entry("3:44 PM Explosions in Kyiv"))
    [again], _ = resolve(entry("3:44 PM  Explosions in Kyiv "))
    assert one.keys == again.keys
    assert one.keys[0].startswith("text:")
