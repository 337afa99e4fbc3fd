"""What is published when: real streams of the corpus, and seeded ones."""

import gzip
import json
import os
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from monitor.core.rhythm import trust

CORPUS = Path(os.environ.get("NEWSBELL_CORPUS", Path(__file__).parents[3] / "shared" / "data"))
ARRIVALS = CORPUS / "streams" / "arrivals-complete.jsonl.gz"
CHAINS = CORPUS / "streams" / "chains.json"
SNAPSHOTS = ("world-2020-apr-may", "bbc-2021")

HOUR, DAY = 3_600.0, 86_400.0  # seconds
SHORTEST = 6 * HOUR  # a chain of less is left out: it says nothing about a day
LONGEST = 28 * DAY
LEAST = 10  # items that make a section
MOST = 0.9  # share of a source: a section of more is the source itself
SECTION_WINDOW = 20  # items that a section's feed shows


@dataclass(frozen=True, slots=True)
class Stream:
    """One source in virtual time, which begins at 0 for all of them."""

    name: str
    arrivals: Sequence[float]  # seconds, in order: when each item became visible
    until: float  # seconds: nothing is known of it from then on
    window: int  # items that a body shows
    history: Sequence[float] = ()  # dates below 0 of what the first body shows, in order
    titles: Sequence[str] = ()  # of the arrivals, where they are known, and
    had: Sequence[str] = ()  # of the history
    seams: Sequence[tuple[float, float]] = ((0.0, 0.0),)  # from when on its own clock shows how much more
    intensity: Callable[[float], float] | None = field(
        default=None, compare=False
    )  # items a second, if known

    def ahead(self, now: float) -> float:
        """Return what its own clock shows more than virtual time, in seconds."""
        return self.seams[bisect_right(self.seams, (now, float("inf"))) - 1][1]


# -- real news --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """What was published."""

    at: float  # seconds since 1970
    title: str
    section: str


@dataclass(frozen=True, slots=True)
class Body:
    """What a source showed at a moment."""

    at: float  # seconds since 1970
    keys: frozenset[int]
    items: Sequence[Item]  # those that have a date


def news() -> list[Stream]:
    """Return the recorded sources, and the sections of the larger ones as feeds of their own.

    A publisher has a feed for each section; which items stand in it, their addresses tell. Left out are sources
    whose dates stand for days (by the daemon's own test): they do not say when an item came.
    """
    feeds, arrivals = _bodies(), _arrivals()
    streams = []
    for name, bodies in sorted(feeds.items()):
        if trust.made_up([item.at for item in arrivals[name]]):
            continue
        chains = list(_chains(bodies))
        streams.append(_stitched(name, chains, arrivals[name]))
        for section, items in _sections(arrivals[name]):
            part = _stitched(f"{name}#{section}", chains, items, section)
            if len(part.arrivals) >= LEAST:
                streams.append(part)
    return streams


def recorded() -> list[Stream]:
    """Return each recorded source as one stream: its chains one after the other.

    A chain is a time in which every two bodies in a row had an item in common, so that nothing between them was
    lost. Between two chains everybody's clock stands still, by whole hours of the source's own, so that hours and
    minutes of its day stay what they were.
    """
    return [stream for stream in news() if "#" not in stream.name]


def _stitched(
    name: str, chains: Sequence[Sequence[Body]], items: Sequence[Item], section: str = ""
) -> Stream:
    kept: list[Item] = []
    times: list[float] = []
    seams: list[tuple[float, float]] = []
    end = 0.0
    for chain in chains:
        begin = chain[0].at + -(chain[0].at - end) % HOUR if seams else chain[0].at
        ahead = begin - end  # of virtual time; after the first seam by whole hours more than before
        seams.append((end, ahead))
        found = [item for item in items if begin <= item.at < chain[-1].at and item.at - ahead < LONGEST]
        kept += found
        times += [item.at - ahead for item in found]
        end = min(chain[-1].at - ahead, LONGEST)
    first = chains[0][0]
    before = sorted(item for item in first.items if item.at < first.at and section in ("", item.section))
    windows = sorted(len(body.keys) for chain in chains for body in chain)
    return Stream(
        name=name,
        arrivals=times,
        until=end,
        window=SECTION_WINDOW if section else windows[len(windows) // 2],
        history=[item.at - first.at for item in before],
        titles=[item.title for item in kept],
        had=[item.title for item in before],
        seams=seams,
    )


def _sections(items: Sequence[Item]) -> Iterator[tuple[str, Sequence[Item]]]:
    for section, found in groupby(
        sorted(items, key=lambda item: item.section), key=lambda item: item.section
    ):
        part = sorted(found)
        if section and LEAST <= len(part) < len(items) * MOST:
            yield section, part


def _chains(bodies: Sequence[Body]) -> Iterator[Sequence[Body]]:
    chain: list[Body] = []
    for body in bodies:
        if chain and chain[-1].keys.isdisjoint(body.keys):
            if chain[-1].at - chain[0].at >= SHORTEST:
                yield chain
            chain = []
        chain.append(body)
    if chain and chain[-1].at - chain[0].at >= SHORTEST:
        yield chain


# -- the files --------------------------------------------------------------------------------


def _arrivals() -> defaultdict[str, list[Item]]:
    arrivals: defaultdict[str, list[Item]] = defaultdict(list)
    with gzip.open(ARRIVALS, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            arrivals[row["source"]].append(_item(row))
    for items in arrivals.values():
        items.sort()
    return arrivals


def _bodies() -> dict[str, list[Body]]:
    bodies: defaultdict[str, list[Body]] = defaultdict(list)
    for stream in SNAPSHOTS:
        with gzip.open(CORPUS / "streams" / f"{stream}.items.jsonl.gz", "rt", encoding="utf-8") as lines:
            items = {row["n"]: _item(row) for row in map(json.loads, lines) if row["published"]}
        with gzip.open(CORPUS / "streams" / f"{stream}.snapshots.jsonl.gz", "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row["items"]:
                    shown = [items[n] for n in row["items"] if n in items]
                    bodies[row["source"]].append(Body(_seconds(row["at"]), frozenset(row["items"]), shown))
    return {name: sorted(found, key=lambda body: body.at) for name, found in bodies.items()}


def _item(row: dict[str, str]) -> Item:
    return Item(_seconds(row["published"]), row["title"] or "", _section(row["url"] or ""))


def _section(url: str) -> str:
    """Return what an address says about the section.

    >>> _section("https://www.bbc.co.uk/news/world-europe-52350082"), _section("https://x.org/2020/04/20/us/politics/a.html")
    ('world-europe', 'us/politics')
    """
    parts = [part for part in urlsplit(url).path.split("/") if part and not part.isdigit()]
    numbered = re.fullmatch(r"([a-z_-]+?)-\d+", parts[-1]) if parts else None
    return numbered[1] if numbered else "/".join(parts[:-1][:2])


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
