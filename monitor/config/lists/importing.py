"""What a list adds to a configuration: addresses that are new, by tag."""

from collections.abc import Iterable, Sequence

from monitor.config.lists import FeedList, Listing
from monitor.config.tables.sources import comparable, feed_behind
from monitor.model import Source
from monitor.values import dataclass

FEEDS = frozenset({"auto", "feed", "json_feed"})  # types that other readers read too


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be written, and what need not be."""

    feeds: dict[str, list[str]]  # addresses by tag
    new: int  # addresses that come in
    known: tuple[Listing, ...]  # those that are watched already


def plan(found: FeedList, watched: Iterable[Source], *, tags: Sequence[str], untagged: str) -> Plan:
    """Return what a list adds to what is watched.

    Every feed gets `tags` besides its own; one that has none then gets `untagged`, for under [feeds] all have one.

    >>> plan(FeedList(feeds=(Listing(url="http://a.org/"),)), [], tags=[], untagged="desk").feeds
    {'desk': ['http://a.org/']}
    """
    have = {comparable(source.url) for source in watched}
    feeds: dict[str, list[str]] = {}
    known: list[Listing] = []
    new = 0
    for feed in found.feeds:
        if feed_behind(feed.url) not in have:
            new += 1
            for tag in dict.fromkeys((*feed.tags, *tags)) or (untagged,):
                feeds.setdefault(tag, []).append(feed.url)
        else:
            known.append(feed)
    return Plan(feeds=feeds, new=new, known=tuple(known))


def exported(watched: Iterable[Source]) -> tuple[tuple[Listing, ...], tuple[Source, ...]]:
    """Return the feeds among some sources as a list has them, and the other sources, for which lists have no word."""
    watched = list(watched)
    feeds = tuple(
        Listing(url=source.url, title=source.name, tags=source.tags)
        for source in watched
        if source.kind in FEEDS
    )
    return feeds, tuple(source for source in watched if source.kind not in FEEDS)
